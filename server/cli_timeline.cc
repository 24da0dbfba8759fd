// tthcmon timeline: one case out of a store, for a person.
#include <iostream>

#include "server/cli.h"
#include "server/http/render.h"

namespace tthc {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  tthcmon timeline H34.05-250328-00042 --data store\n"
    "  tthcmon timeline H34.05-250328-00042 --data store --known-at 2025-03-01T00:00:00+07:00\n"
    "\n"
    "The store must not be open in another process: ask a running daemon at\n"
    "/api/v1/cases/{id}/timeline.";

struct TimelineArguments {
  std::string config;
  std::string data;
  std::string case_id;
  std::string as_of;
  std::string known_at;
  bool json = false;
};

Result<View> ViewFrom(const TimelineArguments& arguments) {
  const auto as_of = OptionalInstant("--as-of", arguments.as_of);
  if (!as_of) return as_of.error();
  const auto known_at = OptionalInstant("--known-at", arguments.known_at);
  if (!known_at) return known_at.error();
  return View{*as_of, *known_at};
}

std::string Date(const std::optional<Instant>& at) { return at ? FormatVietnamese(*at) : "-"; }

void PrintAlerts(const std::vector<CaseAlert>& alerts, std::ostream& out) {
  if (!alerts.empty()) out << "\nCảnh báo\n";
  for (const CaseAlert& alert : alerts) {
    for (const CaseAlert::Told& told : alert.messages) {
      out << FormatVietnamese(told.message.at) << "   " << told.message.text << "  [gửi "
          << told.message.recipient << "]";
      if (told.digest) out << "  trong bản tổng hợp " << FormatVietnamese(told.digest->at);
      out << '\n';
    }
    if (alert.acknowledgement) {
      out << FormatVietnamese(alert.acknowledgement->at) << "   Đã tiếp nhận cảnh báo: "
          << alert.acknowledgement->by << ". " << alert.acknowledgement->comment << '\n';
    }
    for (const CaseAlert::Answer& snooze : alert.snoozes) {
      out << FormatVietnamese(snooze.at) << "   Tạm hoãn đến " << FormatVietnamese(snooze.until)
          << ": " << snooze.by << ". " << snooze.comment << '\n';
    }
  }
}

void Print(const CaseAnswer& answer, std::ostream& out) {
  out << answer.case_id << "  " << answer.unit << "  " << answer.unit_name << '\n';
  out << "Thủ tục: " << answer.procedure << "  " << answer.procedure_name << '\n';
  out << "Tiếp nhận: " << Date(answer.folded.received_at)
      << "   Hẹn trả: " << Date(answer.folded.due())
      << "   Trạng thái: " << VietnameseNameOf(answer.clock.current);
  if (!answer.remaining_text.empty()) out << "   " << answer.remaining_text;
  out << '\n';
  for (const Rule rule : kRules) {
    const auto i = static_cast<size_t>(rule);
    out << NameOf(rule) << ": " << NameOf(answer.verdicts[i].state) << "  "
        << answer.reason_texts[i] << '\n';
  }
  out << "\nThời điểm          Ghi nhận           Trạng thái\n";
  for (const TimelineStatement& statement : answer.statements) {
    const Entry& entry = statement.entry;
    out << FormatVietnamese(entry.event) << "   " << FormatVietnamese(entry.recorded) << "   "
        << VietnameseNameOf(entry.status);
    if (entry.due_at) out << "  (hẹn trả " << FormatVietnamese(*entry.due_at) << ")";
    out << "  [" << statement.sender << "]" << (statement.counted ? "" : "  không tính") << '\n';
  }
  if (!answer.revisions.empty()) out << "\nThay đổi\n";
  for (const Revision& revision : answer.revisions) {
    out << FormatVietnamese(revision.recorded) << "   " << revision.fact << ": " << revision.before
        << " -> " << revision.after << "  [" << revision.sender << "]\n";
  }
  if (!answer.findings.empty()) out << "\nPhát hiện\n";
  for (const CaseFinding& finding : answer.findings) {
    const FindingRow& row = RowOf(finding.kind);
    out << FormatVietnamese(finding.since) << "   " << row.title << ": " << row.sentence << '\n';
  }
}

int Timeline(const TimelineArguments& arguments) {
  const auto view = ViewFrom(arguments);
  if (!view) return Failed(view.error().message);
  auto settings = SettingsFrom(arguments.config);
  if (!settings) return Failed(settings.error().message);
  auto monitor = OpenOffline(*settings, arguments.data, false);
  if (!monitor) return Failed(monitor.error().message);
  const auto found = (*monitor)->FindCase(arguments.case_id, *view);
  if (!found && found.error().kind == ErrorKind::kNotFound) {
    return Failed("there is no case " + Shown(arguments.case_id) + " in " + arguments.data);
  }
  if (!found) return Failed(found.error().message);
  const auto alerts = (*monitor)->AlertsOf(arguments.case_id, *view);
  if (!alerts) return Failed(alerts.error().message);
  if (arguments.json) {
    std::cout << JsonText(TimelineJson(*found, *alerts)) << '\n';
  } else {
    Print(*found, std::cout);
    PrintAlerts(*alerts, std::cout);
  }
  std::cout.flush();
  return std::cout ? kExitOk : Failed("the timeline could not be written");
}

}  // namespace

void AddTimeline(CLI::App& program, int& exit_code) {
  auto* command =
      program.add_subcommand("timeline", "every statement about a case, its verdicts, findings and alerts");
  auto arguments = std::make_shared<TimelineArguments>();
  command->footer(kExamples);
  command->add_option("case", arguments->case_id, "number of the case (MaHoSo)")->required();
  command->add_option("--data", arguments->data, "directory of the store")->required();
  command->add_option("--config", arguments->config, "settings file (TOML)");
  command->add_option("--as-of", arguments->as_of, "only what had happened by then (RFC 3339)");
  command->add_option("--known-at", arguments->known_at,
                      "only what had been recorded by then (RFC 3339)");
  command->add_flag("--json", arguments->json, "as /api/v1/cases/{id}/timeline writes it");
  command->callback([arguments, &exit_code] { exit_code = Timeline(*arguments); });
}

}  // namespace tthc
