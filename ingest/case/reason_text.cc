// The sentence that explains a verdict to an official, in Vietnamese.
#include "ingest/case/verdict.h"

namespace tthc {
namespace {

std::string Shown(Rule rule, Instant at) {
  const std::string text = FormatVietnamese(at);
  return rule == Rule::kForm06 ? text.substr(0, 10) : text;
}

std::string DueText(const Verdict& v, Rule rule) {
  if (!v.due) return "không có ngày hẹn trả";
  return (v.due_basis == DueBasis::kStatutory ? "thời hạn theo quy định " : "hẹn trả ") +
         Shown(rule, *v.due);
}

std::string WaitedText(const Verdict& v) {
  if (v.waited_us == 0) return "";
  const int64_t minutes = v.waited_us / kMicrosPerMinute;
  return ", trừ thời gian chờ bổ sung " + std::to_string(minutes / 1440) + " ngày " +
         std::to_string(minutes % 1440 / 60) + " giờ " + std::to_string(minutes % 60) + " phút";
}

}  // namespace

std::string_view VietnameseNameOf(CaseState state) {
  switch (state) {
    case CaseState::kResolvedEarly: return "trước hạn";
    case CaseState::kResolvedOnTime: return "đúng hạn";
    case CaseState::kResolvedLate: return "quá hạn";
    case CaseState::kPendingInTime: return "đang giải quyết, trong hạn";
    case CaseState::kPendingLate: return "đang giải quyết, quá hạn";
    case CaseState::kOutside: break;
  }
  return "ngoài kỳ";
}

std::string VietnameseReason(const Verdict& v, Rule rule) {
  const std::string outcome = ": " + std::string(VietnameseNameOf(v.state)) + ".";
  const auto at = [&](const std::optional<Instant>& instant) {
    return instant ? Shown(rule, *instant) : std::string("?");
  };
  switch (v.reason) {
    case Reason::kNotReceived: return "Hồ sơ chưa được tiếp nhận nên không tính.";
    case Reason::kReceivedAfter: return "Hồ sơ tiếp nhận sau thời điểm chốt số liệu nên không tính.";
    case Reason::kRefused: return "Hồ sơ bị từ chối nên không tính trong Biểu số 06.";
    case Reason::kEndedBefore: return "Hồ sơ đã kết thúc trước kỳ báo cáo nên không tính.";
    case Reason::kWithdrawn: return "Công dân rút hồ sơ ngày " + at(v.ended_at) + outcome;
    case Reason::kSecondSupplement:
      return "Yêu cầu bổ sung " + std::to_string(v.requests) + " lần (quá một lần)" + outcome;
    case Reason::kNoDueDate:
      return (v.ended_at ? "Kết thúc " + at(v.ended_at) + ", không có ngày hẹn trả"
                         : std::string("Không có ngày hẹn trả")) +
             outcome;
    case Reason::kEndedByDue:
    case Reason::kEndedAfterDue:
      return "Kết thúc " + at(v.ended_at) + WaitedText(v) + ", " + DueText(v, rule) + outcome;
    case Reason::kWaiting:
    case Reason::kWaitingAskedLate:
      return "Đang chờ công dân bổ sung, yêu cầu lúc " + at(v.compared) + ", " + DueText(v, rule) +
             outcome;
    case Reason::kPaused:
      return "Đang tạm dừng (" + std::string(VietnameseNameOf(v.current)) + ")" + outcome;
    case Reason::kRunningByDue:
    case Reason::kRunningAfterDue:
      return "Chưa kết thúc, tính đến " + at(v.compared) + WaitedText(v) + ", " +
             DueText(v, rule) + outcome;
  }
  return "";
}

}  // namespace tthc
