#include "ingest/demo/timeline.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tthc::demo {
namespace {

constexpr int kAttempts = 20'000;  // draws of one case before its quota counts as impossible

constexpr int64_t Clock(int hour, int minute) {
  return hour * kMicrosPerHour + minute * kMicrosPerMinute;
}
// People click between 07:35 and 11:25, and between 13:05 and 16:50.
constexpr int64_t kMorning = Clock(7, 35);
constexpr int64_t kMorningSeconds = (Clock(11, 25) - kMorning) / kMicrosPerSecond;
constexpr int64_t kAfternoon = Clock(13, 5);
constexpr int64_t kAfternoonSeconds = (Clock(16, 50) - kAfternoon) / kMicrosPerSecond;

// Chances per ten thousand.
constexpr uint64_t kSupplementChance = 680;      // of cases long enough: about 4 % of all
constexpr uint64_t kSecondRequestChance = 300;   // of those
constexpr uint64_t kNewDueAfterSupplement = 2'500;
constexpr uint64_t kTaxChance = 1'500;           // of resolved land cases long enough
constexpr uint64_t kResumedChance = 12;          // stopped for a while, then resumed
constexpr uint64_t kReopenedChance = 25;
constexpr uint64_t kBackdatedChance = 80;        // of cases ended on their due day
constexpr uint64_t kCorrectedChance = 70;
constexpr uint64_t kNoDueChance = 40;            // of OpenCPS and province-wide cases
constexpr uint64_t kLateClickChance = 7'000;     // of late cases: ready in time, closed late
constexpr uint64_t kApologyChance = 6'000;       // of late cases with room for it
constexpr uint64_t kHandedOverOpenChance = 5'000;  // of open late cases: result given, not closed
constexpr uint64_t kReturnedChance = 3'000;      // of resolved cases: status 10 is sent too
constexpr uint64_t kDueAtCutOffChance = 3'000;  // of open cases that fall on it
constexpr uint64_t kManyStepsChance = 30;
constexpr uint64_t kSignatureChance = 1'500;    // a row of its own for the way to the signature
constexpr uint64_t kAssignedChance = 8'000;

constexpr std::array<std::string_view, 21> kWords = {
    "Tiếp nhận hồ sơ",
    "Chuyển thụ lý-Phân công xử lý",
    "Thẩm định hồ sơ",
    "Trình ký-Trình lãnh đạo duyệt",
    "Ký duyệt-Đã ký kết quả, chuyển Bộ phận một cửa",
    "Yêu cầu bổ sung-Thiếu thành phần hồ sơ",
    "Hoàn thành bổ sung hồ sơ",
    "Chuyển thông tin địa chính-Chờ thực hiện nghĩa vụ tài chính",
    "Đã thực hiện nghĩa vụ tài chính",
    "Dừng xử lý-Chờ ý kiến cơ quan liên quan",
    "Tiếp tục xử lý",
    "Công dân yêu cầu rút hồ sơ",
    "Phiếu xin lỗi và hẹn lại ngày trả kết quả",
    "Đã xử lý xong",
    "Đã trả kết quả",
    "Xử lý lại-Kết quả có sai sót",
    "Cán bộ trả hồ sơ bổ sung",
    "Công dân thực hiện NVTC",
    "Cán bộ trả bổ sung hồ sơ",
    "Hồ sơ không có ngày hẹn trả",
    "Kết thúc xử lý hồ sơ",
};
static_assert(kWords.size() == static_cast<size_t>(Text::kClosing) + 1);

// What the province-wide product writes as "9" while the case waits.
Text AsFinished(uint8_t waiting_status) {
  if (waiting_status == 5) return Text::kSupplementAskedAsFinished;
  return waiting_status == 6 ? Text::kTaxAskedAsFinished : Text::kStoppedAsFinished;
}
Text AskText(uint8_t waiting_status) {
  if (waiting_status == 5) return Text::kSupplementAsked;
  return waiting_status == 6 ? Text::kTaxAsked : Text::kStopped;
}

}  // namespace

std::string_view WordsOf(Text text) { return kWords[static_cast<size_t>(text)]; }

Instant WorkInstant(Day day, Random& random) {
  const int64_t second = random.Between(0, kMorningSeconds + kAfternoonSeconds - 1);
  const int64_t micros = second < kMorningSeconds
                             ? kMorning + second * kMicrosPerSecond
                             : kAfternoon + (second - kMorningSeconds) * kMicrosPerSecond;
  return AtLocal(day, micros);
}

// A case while it is drawn.
struct CaseDrawer::Draft {
  DemoCase made;
  const DemoUnit* unit = nullptr;
  bool due_sent = true;             // NgayHenTra stands in the records
  std::optional<Instant> new_due;   // from here on
  Instant end;                      // of a resolved case
  Instant waiting_since;            // of a waiting case
  Instant last;                     // the latest step so far
  Instant middle_end;               // steps before the end lie before this

  bool resolved() const { return IsResolved(made.outcome); }
  bool carried() const { return made.origin == Origin::kCarriedOver; }
  bool tells_steps() const { return unit->shape != Shape::kSatellite; }
  bool province_wide() const { return unit->shape == Shape::kProvinceWide; }
  // The record that says 9 while the case waits is taken back only by a true 9 later on.
  bool sends_waiting_as_finished() const {
    return province_wide() && resolved() && made.outcome != Outcome::kWithdrawn;
  }
  void Tell(Instant at, uint8_t status, Text text) {
    made.steps.push_back({at, status, text});
    last = std::max(last, at);
  }
  // The request, and beside it the "9" of the province-wide product.
  void TellAsk(Instant at, uint8_t status) {
    Tell(at, status, AskText(status));
    if (province_wide()) Tell(at, 9, AsFinished(status));
  }
  std::optional<Instant> due_as_sent() const {
    if (!due_sent) return std::nullopt;
    return new_due ? *new_due : made.due;
  }
};

// A whole second strictly between, or `low` where there is none.
Instant CaseDrawer::BetweenInstants(Instant low, Instant high) {
  const int64_t seconds = (high - low) / kMicrosPerSecond;
  if (seconds < 2) return low;
  return low + random_.Between(1, seconds - 1) * kMicrosPerSecond;
}

// A working instant after the latest step and no later than the due instant.
std::optional<Instant> CaseDrawer::WorkInstantWithin(const Draft& draft) {
  const int low = world_.days.AtOrBefore(DayOf(draft.last));
  const int high = world_.days.AtOrBefore(DayOf(draft.made.due));
  for (int attempt = 0; attempt < 20 && low <= high; ++attempt) {
    const Instant at = WorkInstant(world_.days[static_cast<int>(random_.Between(low, high))], random_);
    if (at > draft.last && at <= draft.made.due) return at;
  }
  return std::nullopt;
}

// `count` working instants on different working days strictly between the days of two instants;
// empty where there are too few days.
std::vector<Instant> CaseDrawer::Moments(Instant after, Instant before, size_t count) {
  const int first = world_.days.After(DayOf(after));
  const int last = world_.days.AtOrBefore(DayOf(before) - 1);
  if (last - first + 1 < static_cast<int>(count)) return {};
  std::vector<int> chosen;
  while (chosen.size() < count) {
    const int index = static_cast<int>(random_.Between(first, last));
    if (std::ranges::find(chosen, index) == chosen.end()) chosen.push_back(index);
  }
  std::ranges::sort(chosen);
  std::vector<Instant> moments;
  for (const int index : chosen) moments.push_back(WorkInstant(world_.days[index], random_));
  return moments;
}

std::optional<Instant> CaseDrawer::Appointment(const DemoUnit& unit, Instant from,
                                               int days) const {
  const auto at = unit.calendar->AddWorkingDays(from, days);
  if (!at) return std::nullopt;
  return *at;
}

const DemoProcedure& CaseDrawer::PickProcedure(const Draft& draft) {
  const auto weight = [&](const DemoProcedure& procedure) -> uint64_t {
    if (draft.made.outcome == Outcome::kWaitingTax && !procedure.land) return 0;
    // The longer a procedure takes, the likelier one of its cases crosses the turn of the year.
    return draft.carried() ? procedure.weight * static_cast<uint64_t>(1 + procedure.limit_days)
                           : procedure.weight;
  };
  uint64_t sum = 0;
  for (const DemoProcedure& procedure : draft.unit->procedures) sum += weight(procedure);
  uint64_t at = random_.Below(sum);
  for (const DemoProcedure& procedure : draft.unit->procedures) {
    if (at < weight(procedure)) return procedure;
    at -= weight(procedure);
  }
  return draft.unit->procedures.back();
}

Instant CaseDrawer::DrawReceipt(const Draft& draft) {
  if (!draft.carried()) {
    return WorkInstant(world_.days[static_cast<int>(
        random_.Between(world_.first_index, world_.days.size() - 1))], random_);
  }
  const int span = std::clamp(draft.made.procedure->limit_days * 3 / 2, 2, world_.first_index);
  return WorkInstant(world_.days[static_cast<int>(
      random_.Between(world_.first_index - span, world_.first_index - 1))], random_);
}

bool CaseDrawer::TryDates(Draft& draft) {
  draft.made.procedure = &PickProcedure(draft);
  draft.made.received = DrawReceipt(draft);
  draft.last = draft.made.received;
  const Procedure& procedure = *draft.made.procedure->procedure;
  draft.due_sent = procedure.limit && draft.unit->shape != Shape::kSatellite;
  if (procedure.limit) {
    const auto due = StatutoryDue(*procedure.limit, draft.made.received, *draft.unit->calendar);
    if (!due) return false;
    draft.made.due = *due;
  } else {
    // The law sets no time: no date is sent, what stands here only shapes the case.
    const auto due = Appointment(*draft.unit, draft.made.received, 10);
    if (!due) return false;
    draft.made.due = *due;
  }
  switch (draft.made.outcome) {
    case Outcome::kOnTime:
    case Outcome::kWithdrawn:
    case Outcome::kLate: return TryResolved(draft);
    case Outcome::kRunningInTime:
    case Outcome::kRunningLate: return TryOpen(draft);
    case Outcome::kWaitingSupplement:
    case Outcome::kWaitingTax:
    case Outcome::kStopped: return TryWaiting(draft);
    case Outcome::kOutside: return true;
  }
  return false;
}

bool CaseDrawer::TryResolved(Draft& draft) {
  const int received = world_.days.AtOrBefore(DayOf(draft.made.received));
  const int due = world_.days.AtOrBefore(DayOf(draft.made.due));
  const int cut_off = world_.days.size() - 1;
  const int low = std::max(received, world_.first_index);
  int end = 0;
  if (draft.made.outcome == Outcome::kLate) {
    if (!draft.due_sent) return false;
    const int delay = random_.Chance(6'000) ? 0 : static_cast<int>(random_.Between(0, 8));
    end = std::max(world_.days.After(DayOf(draft.made.due)), low) + delay;
    if (end > cut_off) return false;
  } else {
    const int high = std::min(due, cut_off);
    if (high < low) return false;
    end = random_.Chance(2'500) ? high : static_cast<int>(random_.Between(low, high));
  }
  draft.end = WorkInstant(world_.days[end], random_);
  if (draft.end - draft.made.received < 10 * kMicrosPerMinute) return false;
  return draft.made.outcome == Outcome::kLate || draft.end <= draft.made.due;
}

bool CaseDrawer::TryOpen(Draft& draft) {
  const Day cut_off = world_.period.to;
  if (draft.made.outcome == Outcome::kRunningLate) {
    const int due = world_.days.AtOrBefore(DayOf(draft.made.due));
    const bool recent = due > world_.days.size() - 25;
    return draft.due_sent && DayOf(draft.made.due) < cut_off && (recent || random_.Chance(1'500));
  }
  if (DayOf(draft.made.due) > cut_off) return true;
  // Due on the day of the cut-off: in time by the date, no longer by the minute.
  if (DayOf(draft.made.due) == cut_off) return random_.Chance(kDueAtCutOffChance);
  if (!draft.carried() || !draft.due_sent) return false;
  // Hardly any lawful time is that long: the unit gave a later appointment from the start.
  const auto agreed = Appointment(*draft.unit, StartOf(cut_off),
                                  static_cast<int>(random_.Between(1, 40)));
  if (!agreed) return false;
  draft.made.due = *agreed;
  return true;
}

bool CaseDrawer::TryWaiting(Draft& draft) {
  int low = world_.days.AtOrBefore(DayOf(draft.made.received));
  // Under qd766 a stop ends the case: one before the period would take it out of the population.
  if (draft.made.outcome == Outcome::kStopped) low = std::max(low, world_.first_index);
  const int due = world_.days.AtOrBefore(DayOf(draft.made.due));
  const int high = std::min(due, world_.days.size() - 1);
  if (high < low) return false;
  draft.waiting_since = WorkInstant(world_.days[static_cast<int>(random_.Between(low, high))], random_);
  return draft.waiting_since - draft.made.received >= 30 * kMicrosPerMinute;
}

void CaseDrawer::AddRecord(Draft& draft, Instant trigger, uint8_t status) {
  Record& record = draft.made.records.emplace_back();
  record.trigger = trigger;
  record.status = status;
  record.received = draft.made.received;
  record.due = draft.due_as_sent();
}

void CaseDrawer::TellOpening(Draft& draft) {
  const Instant received = draft.made.received;
  AddRecord(draft, received, 2);
  if (draft.province_wide()) {
    draft.Tell(received, 2, Text::kReceived);
    if (!draft.due_sent) draft.Tell(received, 9, Text::kNoDueDateFiller);
  }
  const Instant latest = std::min(draft.middle_end, received + 90 * kMicrosPerMinute);
  const Instant assigned = BetweenInstants(received, latest);
  if (draft.tells_steps() && assigned > received && random_.Chance(kAssignedChance)) {
    draft.Tell(assigned, 4, Text::kAssigned);
  }
  if (draft.tells_steps() && random_.Chance(kCorrectedChance)) {
    const Instant latest_edit = std::min(draft.middle_end, received + 2 * kMicrosPerHour);
    draft.made.records.back().mistaken = true;
    AddRecord(draft, BetweenInstants(received, latest_edit), 2);
  }
}

void CaseDrawer::TellSupplement(Draft& draft, int requests) {
  const std::vector<Instant> moments =
      Moments(draft.last, draft.middle_end, static_cast<size_t>(2 * requests));
  for (size_t i = 0; i + 1 < moments.size(); i += 2) {
    draft.TellAsk(moments[i], 5);
    if (draft.sends_waiting_as_finished()) {
      AddRecord(draft, moments[i], 9);
      draft.made.records.back().punctual = true;
    }
    // The province-wide product writes 5 again; only the text tells.
    draft.Tell(moments[i + 1], draft.province_wide() ? 5 : 4, Text::kSupplementDone);
  }
  const bool late =
      draft.made.outcome == Outcome::kLate || draft.made.outcome == Outcome::kRunningLate;
  if (moments.empty() || late || !draft.due_sent || !random_.Chance(kNewDueAfterSupplement)) return;
  const int waited = static_cast<int>((moments[1] - moments[0]) / kMicrosPerDay) + 1;
  draft.new_due = Appointment(*draft.unit, draft.made.due, waited);
}

// Asked for a duty or stopped, and taken up again.
void CaseDrawer::TellInterruption(Draft& draft, uint8_t status) {
  const std::vector<Instant> moments = Moments(draft.last, draft.middle_end, 2);
  if (moments.empty()) return;
  draft.TellAsk(moments[0], status);
  if (draft.sends_waiting_as_finished()) {
    AddRecord(draft, moments[0], 9);
    draft.made.records.back().punctual = true;
  }
  draft.Tell(moments[1], 4, status == 6 ? Text::kTaxDone : Text::kResumed);
}

// Finished, handed over, and taken up again because the result was wrong.
bool CaseDrawer::TellReopened(Draft& draft) {
  const Instant after = std::max(draft.last, StartOf(world_.period.from));
  const std::vector<Instant> moments = Moments(after, draft.middle_end, 3);
  if (moments.empty()) return false;
  AddRecord(draft, moments[0], 9);
  draft.made.records.back().finished = moments[0];
  AddRecord(draft, moments[1], 10);
  draft.made.records.back().finished = moments[0];
  draft.made.records.back().returned = moments[1];
  draft.Tell(moments[0], 9, draft.province_wide() ? Text::kClosing : Text::kFinished);
  draft.Tell(moments[1], 10, Text::kReturned);
  draft.Tell(moments[2], 4, Text::kReopened);
  return true;
}

void CaseDrawer::TellMiddle(Draft& draft) {
  if (!draft.tells_steps()) return;
  const bool in_time =
      draft.made.outcome == Outcome::kOnTime || draft.made.outcome == Outcome::kRunningInTime;
  if (in_time && random_.Chance(kReopenedChance) && TellReopened(draft)) return;
  if (draft.made.procedure->land && draft.resolved() && random_.Chance(kTaxChance)) {
    TellInterruption(draft, 6);
  } else if (random_.Chance(kSupplementChance)) {
    TellSupplement(draft, random_.Chance(kSecondRequestChance) ? 2 : 1);
  } else if (random_.Chance(kResumedChance)) {
    TellInterruption(draft, 8);
  }
  const int reviews = random_.Chance(kManyStepsChance)   ? 10
                      : random_.Chance(kSignatureChance) ? 1
                                                         : 0;
  for (const Instant at : Moments(draft.last, draft.middle_end, static_cast<size_t>(reviews))) {
    draft.Tell(at, 4, reviews > 1 ? Text::kReviewed : Text::kSubmittedForSignature);
  }
}

// The slip of Nghị định 61/2018 Điều 19 and a new appointment that is missed too.
void CaseDrawer::TellApology(Draft& draft) {
  const int first = world_.days.After(DayOf(draft.made.due));
  const int end = draft.resolved() ? world_.days.AtOrBefore(DayOf(draft.end))
                                   : world_.days.size() - 1;
  if (end - first < 2 || world_.days[first] < DayOf(draft.last) + 1 ||
      !random_.Chance(kApologyChance)) {
    return;
  }
  const Instant at = WorkInstant(world_.days[first], random_);
  const auto later = Appointment(*draft.unit, at, 1);
  if (!later || DayOf(*later) >= world_.days[end]) return;
  draft.Tell(at, 4, Text::kApology);
  draft.new_due = later;
  AddRecord(draft, at, draft.resolved() ? 2 : 4);
}

void CaseDrawer::TellEnd(Draft& draft) {
  const Instant end = draft.end;
  if (draft.made.outcome == Outcome::kWithdrawn) {
    draft.Tell(end, 7, Text::kWithdrawn);
    return;
  }
  std::optional<Instant> handed_over_before;
  if (draft.made.outcome == Outcome::kLate) {
    if (random_.Chance(kLateClickChance)) handed_over_before = WorkInstantWithin(draft);
    if (handed_over_before) draft.Tell(*handed_over_before, 4, Text::kSigned);
    TellApology(draft);
  }
  const Text closing = draft.province_wide() ? Text::kClosing : Text::kFinished;
  const bool on_due_day = DayOf(end) == DayOf(draft.made.due) && draft.due_sent &&
                          !draft.new_due && draft.made.outcome == Outcome::kOnTime;
  if (on_due_day && draft.tells_steps() && random_.Chance(kBackdatedChance)) {
    // Clicked after the due minute of the due day, later set back to it.
    const Instant clicked = draft.made.due + random_.Between(5, 150) * kMicrosPerMinute;
    const Instant close_of_day = AtLocal(DayOf(end), Clock(21, 0));
    if (clicked < close_of_day) {
      AddRecord(draft, clicked, 9);
      draft.made.records.back().finished = clicked;
      draft.Tell(clicked, 9, closing);
      const int edited = world_.days.After(DayOf(end));
      if (edited < world_.days.size()) {
        AddRecord(draft, WorkInstant(world_.days[edited], random_), 9);
        draft.made.records.back().finished = draft.made.due;
      }
      return;
    }
  }
  AddRecord(draft, end, 9);
  draft.made.records.back().finished = end;
  draft.made.records.back().returned = handed_over_before;
  if (draft.tells_steps()) draft.Tell(end, 9, closing);
  if (handed_over_before || !random_.Chance(kReturnedChance)) return;
  const Instant returned = end + random_.Between(5, 60) * kMicrosPerMinute;
  AddRecord(draft, returned, 10);
  draft.made.records.back().finished = end;
  draft.made.records.back().returned = returned;
}

void CaseDrawer::TellOpenState(Draft& draft) {
  std::optional<Instant> handed_over;
  if (draft.made.outcome == Outcome::kRunningLate) {
    if (random_.Chance(kHandedOverOpenChance)) handed_over = WorkInstantWithin(draft);
    if (handed_over) draft.Tell(*handed_over, 4, Text::kSigned);
    else TellApology(draft);
  }
  const bool told = draft.made.records.back().status == 4;
  if (told || draft.last == draft.made.received) return;
  AddRecord(draft, draft.last, 4);
  draft.made.records.back().returned = handed_over;
}

void CaseDrawer::TellWaiting(Draft& draft) {
  const uint8_t status = draft.made.outcome == Outcome::kWaitingSupplement ? 5
                         : draft.made.outcome == Outcome::kWaitingTax      ? 6
                                                                           : 8;
  // Now and then it is the second request.
  if (status == 5 && random_.Chance(500)) TellSupplement(draft, 1);
  const Instant since = std::max(draft.waiting_since, draft.last + kMicrosPerMinute);
  draft.TellAsk(since, status);
  // The province-wide product would send this record as "9" (WIRE.md 10.4): what it says of a case
  // that still waits at the cut-off comes in its rows.
  if (!draft.province_wide()) AddRecord(draft, since, status);
}

// A satellite inserts with "1" and at once updates with "2", both with the same NgayTiepNhan.
void CaseDrawer::TellSatellite(Draft& draft) {
  if (draft.resolved()) return TellEnd(draft);
  Record bare = draft.made.records.front();
  bare.status = 1;
  bare.punctual = true;
  draft.made.records.insert(draft.made.records.begin(), bare);
  AddRecord(draft, draft.made.received + 20 * kMicrosPerMinute, 4);
}

DemoCase CaseDrawer::Finish(Draft& draft) {
  std::ranges::stable_sort(draft.made.steps, {}, &Step::at);
  std::ranges::stable_sort(draft.made.records, {}, &Record::trigger);
  draft.made.by_post = draft.made.origin == Origin::kNewPost || random_.Chance(400);
  return std::move(draft.made);
}

Result<DemoCase> CaseDrawer::Draw(uint16_t unit, Origin origin, Outcome outcome) {
  Draft draft;
  draft.unit = &world_.units[unit];
  draft.made.unit = unit;
  draft.made.origin = origin;
  draft.made.outcome = outcome;
  int attempt = 0;
  while (!TryDates(draft)) {
    if (++attempt == kAttempts) {
      return Invalid("the procedures of unit " + draft.unit->code +
                     " cannot give outcome " + std::to_string(static_cast<int>(outcome)));
    }
  }
  // Without a due date the time that the law sets decides: the outcome must be the same by it.
  const bool may_lack_due = outcome == Outcome::kOnTime ||
                            (outcome == Outcome::kRunningInTime && !draft.carried());
  if (may_lack_due && random_.Chance(kNoDueChance)) draft.due_sent = false;
  const Instant last_click = AtLocal(world_.period.to, Clock(17, 0));
  draft.middle_end = last_click;
  if (draft.resolved()) draft.middle_end = draft.end;
  if (draft.waiting_since.us != 0) draft.middle_end = draft.waiting_since;
  if (outcome == Outcome::kLate || outcome == Outcome::kRunningLate) {
    draft.middle_end = std::min(draft.middle_end, draft.made.due);
  }

  TellOpening(draft);
  if (draft.waiting_since.us != 0) {
    TellWaiting(draft);
    return Finish(draft);
  }
  if (draft.unit->shape == Shape::kSatellite) {
    TellSatellite(draft);
    return Finish(draft);
  }
  TellMiddle(draft);
  draft.resolved() ? TellEnd(draft) : TellOpenState(draft);
  return Finish(draft);
}

Result<DemoCase> CaseDrawer::DrawOutside(uint16_t unit, OutsideKind kind) {
  Draft draft;
  draft.unit = &world_.units[unit];
  draft.made.unit = unit;
  draft.made.outcome = Outcome::kOutside;
  draft.made.origin = kind == OutsideKind::kEndedBefore ? Origin::kCarriedOver : Origin::kNewOnline;
  int attempt = 0;
  while (!TryDates(draft) || !MayBe(kind, *draft.made.procedure)) {
    if (++attempt == kAttempts) {
      return Invalid("the procedures of unit " + draft.unit->code +
                     " cannot give a case outside the population");
    }
  }
  const Instant refused = draft.made.received + random_.Between(15, 40) * kMicrosPerMinute;
  switch (kind) {
    case OutsideKind::kOnlySubmitted:
    case OutsideKind::kRefusedUnreceived:
      AddRecord(draft, draft.made.received, 1);
      if (kind == OutsideKind::kRefusedUnreceived) {
        AddRecord(draft, refused, 3);
        draft.made.records.back().refused = refused;
      }
      for (Record& record : draft.made.records) record.received = record.due = std::nullopt;
      break;
    case OutsideKind::kRefusedReceived:
      AddRecord(draft, draft.made.received, 2);
      AddRecord(draft, refused, 3);
      draft.made.records.back().refused = refused;
      break;
    case OutsideKind::kEndedBefore: {
      draft.end = draft.made.received + 20 * kMicrosPerMinute;
      draft.middle_end = draft.end;
      TellOpening(draft);
      AddRecord(draft, draft.end, 9);
      draft.made.records.back().finished = draft.end;
      break;
    }
  }
  return Finish(draft);
}

}  // namespace tthc::demo
