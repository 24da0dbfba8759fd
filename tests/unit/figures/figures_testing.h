// A real monitor in a folder of its own, told of cases and registers.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "server/monitor.h"

namespace tthc::figures {

inline Instant At(unsigned month, unsigned day, int hour = 9, int year = 2025) {
  return AtLocal(DayOf(CivilDate{year, month, day}), hour * kMicrosPerHour);
}
inline Period PeriodOf(std::string_view text) { return ParsePeriod(text).value(); }

// One dossier record.
struct Record {
  std::string case_id;
  Status status = Status::kProcessing;
  std::optional<Instant> received, due, finished;
  std::string procedure = "1.000656";
  uint8_t channel = 1;
  uint32_t flags = 0;
  std::string sender = "H34.01";
};

class Rig {
 public:
  explicit Rig(Instant now) {
    std::string name = (std::filesystem::temp_directory_path() / "tthc_figures_XXXXXX").string();
    folder_ = mkdtemp(name.data());
    OpenAt(now);
  }
  ~Rig() {
    monitor_.reset();
    std::filesystem::remove_all(folder_);
  }

  // Stops and opens the store again, its clock standing at `now`.
  void OpenAt(Instant now) {
    static const Reference kReference = LoadReference(Settings::Defaults()).value();
    if (monitor_ != nullptr) monitor_->Stop();
    monitor_.reset();
    MonitorOptions options;
    options.reference = kReference;
    options.data_dir = folder_.string();
    options.clock = ProcessClock::From(now, 0);
    options.fires_alerts = false;
    auto opened = Monitor::Open(std::move(options));
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    monitor_ = std::move(*opened);
  }

  void Say(const Record& record) {
    Statement s;
    s.case_id = record.case_id;
    s.status = record.status;
    s.status_sent = static_cast<uint8_t>(record.status);
    s.received_at = record.received;
    s.due_at = record.due;
    s.finished_at = record.finished;
    s.dated_by = record.finished ? DatedBy::kOwnField : DatedBy::kArrival;
    s.event = record.finished.value_or(monitor_->Now());
    s.procedure = record.procedure;
    s.channel = record.channel;
    s.flags = record.flags;
    Submit(std::move(s), record.sender);
  }
  void Step(const std::string& case_id, Status status, Instant at) {
    Statement s;
    s.case_id = case_id;
    s.kind = StatementKind::kProgress;
    s.status = status;
    s.status_sent = static_cast<uint8_t>(status);
    s.event = at;
    Submit(std::move(s), "H34.01");
  }
  void Put(std::string_view name, std::string_view json_lines) {
    const RegisterSchema& schema = *SchemaNamed(name);
    const auto file =
        ReadRegister(schema, json_lines, RegisterFormat::kJson, monitor_->ChecksForRegisters(), {});
    ASSERT_TRUE(file.has_value()) << file.error().message;
    for (const RejectedRow& row : file->rejected) ADD_FAILURE() << row.field << ": " << row.reason;
    std::promise<Result<RegisterPutAnswer>> done;
    monitor_->PutRegister(schema.id, file->rows, std::nullopt,
                          [&](Result<RegisterPutAnswer> answer) { done.set_value(std::move(answer)); });
    const auto answer = done.get_future().get();
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
  }

  Monitor& monitor() { return *monitor_; }
  Sheet SheetOf(const std::string& unit, std::string_view period) {
    SheetQuery query;
    query.unit = unit;
    query.period = PeriodOf(period);
    auto answer = monitor_->Sheet(query);
    EXPECT_TRUE(answer.has_value()) << answer.error().message;
    kept_ = answer->table;
    return answer->unit.sheet;
  }
  std::vector<std::string> Listed(const std::string& unit, std::string_view period, CaseState state) {
    CaseListQuery query;
    query.unit = unit;
    query.period = PeriodOf(period);
    query.rule = Rule::kQd766;
    query.states = 1u << static_cast<int>(state);
    query.limit = 10'000;
    std::vector<std::string> ids;
    for (const CaseLine& line : monitor_->Cases(query).value().lines) ids.push_back(line.case_id);
    return ids;
  }

 private:
  void Submit(Statement statement, const std::string& sender) {
    statement.identity = ++identities_;
    DecodedMessage message;
    message.service = "DongBoHoSoMC";
    message.sender = sender;
    message.records = 1;
    message.statements.push_back(std::move(statement));
    const auto answer = monitor_->SubmitAndWait(std::move(message));
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
  }

  std::filesystem::path folder_;
  std::unique_ptr<Monitor> monitor_;
  std::shared_ptr<const IndicatorTable> kept_;
  uint64_t identities_ = 0;
};

inline const Component* ComponentOf(const Sheet& sheet, std::string_view id) {
  for (const Component& component : sheet.components) {
    if (component.indicator->id == id) return &component;
  }
  ADD_FAILURE() << "no indicator " << id;
  return nullptr;
}

}  // namespace tthc::figures
