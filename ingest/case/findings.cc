#include "ingest/case/findings.h"

#include <algorithm>

#include "ingest/case/detectors.h"

namespace tthc {
namespace {

constexpr auto kInfo = FindingSeverity::kInfo;
constexpr auto kWarning = FindingSeverity::kWarning;
constexpr auto kCritical = FindingSeverity::kCritical;

constexpr std::array<FindingRow, kFindingCount> kRows = {{
    {Finding::kBackdatedCompletion, "backdated_completion", "Lùi ngày kết thúc",
     "Ngày kết thúc được gửi lần đầu muộn hơn nhiều so với chính ngày đó, bị sửa lùi về trước, hoặc "
     "trùng đúng giờ hẹn trả trong khi đã quá hạn.",
     kCritical, true, "findings.backdated_after_seconds findings.moved_back_seconds",
     BackdatedCompletion},
    {Finding::kDueMovedAfterDeadline, "due_moved_after_deadline", "Dời hẹn trả sau khi đã quá hạn",
     "Ngày hẹn trả mới được gửi khi ngày hẹn trả cũ đã qua (không tính thời gian chờ bổ sung).",
     kCritical, true, "", DueMovedAfterDeadline},
    {Finding::kPausedSentAsFinished, "paused_sent_as_finished", "Đang tạm dừng nhưng gửi là đã xong",
     "Hồ sơ được gửi với trạng thái 9 trong khi đang chờ bổ sung, chờ nghĩa vụ tài chính hoặc dừng "
     "xử lý.",
     kWarning, false, "", PausedSentAsFinished},
    {Finding::kReopened, "reopened", "Xử lý lại sau khi đã kết thúc",
     "Sau trạng thái 9 hoặc 10, hồ sơ lại có trạng thái đang xử lý.", kWarning, false, "", Reopened},
    {Finding::kSecondSupplement, "second_supplement", "Yêu cầu bổ sung quá một lần",
     "Hồ sơ bị yêu cầu bổ sung từ lần thứ hai.", kWarning, false, "", SecondSupplement},
    {Finding::kNoApology, "no_apology", "Quá hạn chưa có văn bản xin lỗi",
     "Hồ sơ quá hạn mà hệ thống không gửi văn bản xin lỗi nào.", kWarning, false,
     "findings.no_apology_working_minutes", NoApology},
    {Finding::kFrozen, "frozen", "Quá hạn và không có chuyển biến",
     "Hồ sơ quá hạn đã lâu mà không có thông tin mới nào được gửi.", kCritical, false,
     "findings.frozen_working_minutes", Frozen},
    {Finding::kReturnedNotClosed, "returned_not_closed", "Đã trả kết quả nhưng chưa kết thúc",
     "Bản ghi mới nhất có ngày trả hoặc ngày kết thúc nhưng trạng thái vẫn là đang xử lý.", kWarning,
     false, "findings.returned_not_closed_working_minutes", ReturnedNotClosed},
    {Finding::kSenderSilent, "sender_silent", "Hệ thống một cửa im lặng",
     "Hệ thống gửi dữ liệu im lặng lâu hơn nhịp gửi thường lệ; số liệu của đơn vị là tạm tính.",
     kCritical, false, "ingest.sender_silence_seconds ingest.sender_rare_one_in_silences", nullptr},
    {Finding::kDuplicateNumber, "duplicate_number", "Một hồ sơ mang hai mã số",
     "Hai mã hồ sơ của cùng đơn vị có cùng thủ tục, ngày tiếp nhận, ngày hẹn trả và mọi bước xử lý.",
     kWarning, false, "", nullptr},
    {Finding::kNoDueDate, "no_due_date", "Không có ngày hẹn trả",
     "Hồ sơ đã tiếp nhận mà chưa bản ghi nào có ngày hẹn trả.", kInfo, false, "", NoDueDate},
    {Finding::kDueLongerThanStatutory, "due_longer_than_statutory", "Hẹn trả dài hơn quy định",
     "Ngày hẹn trả đầu tiên muộn hơn thời hạn giải quyết của thủ tục.", kWarning, false,
     "findings.statutory_tolerance_days", DueLongerThanStatutory},
    {Finding::kFutureTime, "future_time", "Thời điểm ở tương lai",
     "Thời điểm xử lý, tiếp nhận hoặc kết thúc muộn hơn lúc bản ghi được nhận.", kInfo, false,
     "ingest.future_tolerance_seconds", FutureTime},
    {Finding::kEndBeforeReceipt, "end_before_receipt", "Kết thúc trước khi tiếp nhận",
     "Ngày kết thúc sớm hơn ngày tiếp nhận.", kWarning, false, "", EndBeforeReceipt},
    {Finding::kUnknownUnit, "unknown_unit", "Đơn vị chưa khai báo",
     "Mã đơn vị không có trong danh mục đơn vị.", kWarning, false, "", UnknownUnit},
    {Finding::kUnknownProcedure, "unknown_procedure", "Thủ tục chưa khai báo",
     "Mã thủ tục không có trong danh mục thủ tục hành chính.", kInfo, false, "", UnknownProcedure},
    {Finding::kBlankStatus, "blank_status", "Trạng thái trống",
     "Bản ghi hồ sơ không có trạng thái hoặc trạng thái ngoài danh mục.", kInfo, false, "",
     BlankStatus},
}};

constexpr bool RowsStandByFinding() {
  for (size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<size_t>(kRows[i].finding) != i) return false;
  }
  return true;
}
static_assert(RowsStandByFinding());
static_assert(kFindingCount <= 8 * sizeof(FindingSet));

}  // namespace

std::span<const FindingRow> FindingTable() { return kRows; }
const FindingRow& RowOf(Finding finding) { return kRows[static_cast<size_t>(finding)]; }
std::string_view NameOf(Finding finding) { return RowOf(finding).name; }

std::string_view NameOf(FindingSeverity severity) {
  static constexpr std::array<std::string_view, 3> kNames = {"info", "warning", "critical"};
  return kNames[static_cast<size_t>(severity)];
}

std::optional<Finding> FindingNamed(std::string_view name) {
  const auto row = std::find_if(kRows.begin(), kRows.end(),
                                [&](const FindingRow& one) { return one.name == name; });
  return row == kRows.end() ? std::nullopt : std::optional(row->finding);
}

FindingSet BackDatingFindings() {
  FindingSet set = 0;
  for (const FindingRow& row : kRows) {
    if (row.back_dating) set |= BitOf(row.finding);
  }
  return set;
}

Found FindingsOf(const CaseOnTrial& on_trial) {
  Found found;
  for (const FindingRow& row : kRows) {
    if (row.detect == nullptr) continue;
    const auto since = row.detect(on_trial, nullptr);
    if (!since) continue;
    if (*since <= on_trial.now) {
      found.set |= BitOf(row.finding);
    } else if (!found.next || *since < *found.next) {
      found.next = since;
    }
  }
  return found;
}

}  // namespace tthc
