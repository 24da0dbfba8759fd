#include "ingest/demo/registers.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>

#include "config/json_text.h"
#include "ingest/demo/drawing.h"
#include "ingest/demo/quotas.h"
#include "ingest/demo/random.h"

namespace tthc::demo {
namespace {

constexpr std::string_view kProvince = "H34";
constexpr uint64_t kOwnStream = 0x5265'6769'7374'6572;   // apart from the numbers of the cases

constexpr int64_t At(int hour, int minute) {
  return hour * kMicrosPerHour + minute * kMicrosPerMinute;
}
Instant On(unsigned month, unsigned day, int64_t micros) {
  return AtLocal(DayOf(CivilDate{2025, month, day}), micros);
}
std::string DayText(unsigned month, unsigned day) {
  return FormatDay(DayOf(CivilDate{2025, month, day}));
}

// "TT-2025-000001"
std::string Numbered(std::string_view prefix, size_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "-2025-%06zu", number);
  return std::string(prefix) + text;
}

// A register while it is written.
class Rows {
 public:
  explicit Rows(std::string_view name) { made_.name = name; }
  void Add(const json::object& row) {
    made_.rows += JsonText(row);
    made_.rows.push_back('\n');
    ++count_;
  }
  size_t count() const { return count_; }
  DemoRegister Done() && { return std::move(made_); }

 private:
  DemoRegister made_;
  size_t count_ = 0;
};

std::string_view NameOf(Gateway gateway) {
  constexpr std::array<std::string_view, 3> kNames = {"national", "local", "counter"};
  return kNames[static_cast<size_t>(gateway)];
}

DemoRegister Payments(const Quarter& quarter, Random&) {
  Rows rows("payments");
  for (const DemoPayment& payment : quarter.payments) {
    const DemoCase& made = quarter.cases[payment.case_index];
    rows.Add({{"id", Numbered("TT", rows.count() + 1)},
              {"case_id", made.number},
              {"unit", quarter.world.units[made.unit].code},
              {"procedure", made.procedure->procedure->code},
              {"paid_at", FormatInstant(payment.paid_at)},
              {"amount_dong", payment.dong},
              {"gateway", NameOf(payment.gateway)},
              {"kind", payment.land_duty ? "land_duty" : "fee"},
              {"succeeded", true}});
  }
  return std::move(rows).Done();
}

// The case of an outcome that was due last, but before `day`: who is not answered in time complains.
const DemoCase* Complained(const Quarter& quarter, Outcome outcome, Day day) {
  const DemoCase* found = nullptr;
  for (const DemoCase& made : quarter.cases) {
    if (made.outcome != outcome || DayOf(made.due) >= day) continue;
    if (found == nullptr || made.due > found->due) found = &made;
  }
  return found;
}

json::object PetitionRow(const Quarter& quarter, size_t number, const DemoCase* about_case,
                         std::string_view about, Instant sent) {
  json::object row = {{"id", Numbered("PAKN", number)},
                      {"unit", about_case == nullptr
                                   ? std::string(kProvince)
                                   : quarter.world.units[about_case->unit].code},
                      {"sent_at", FormatInstant(sent)},
                      {"first_received_at", FormatInstant(sent + 2 * kMicrosPerHour)},
                      {"about", about}};
  if (about_case != nullptr) row["case_id"] = about_case->number;
  return row;
}

// Two answered well within 15 working days, one of which waits for 7 at the end of the quarter.
DemoRegister Petitions(const Quarter& quarter, Random&) {
  Rows rows("petitions");
  const Instant first_sent = On(2, 11, At(9, 12));
  json::object first = PetitionRow(quarter, 1, Complained(quarter, Outcome::kLate, DayOf(first_sent)),
                                   "staff", first_sent);
  first["answered_at"] = FormatInstant(On(2, 21, At(15, 30)));
  first["published_at"] = FormatInstant(On(2, 24, At(8, 45)));
  first["likes"] = 1;
  rows.Add(first);

  json::object second = PetitionRow(quarter, 2, nullptr, "rules", On(3, 3, At(14, 5)));
  second["answered_at"] = FormatInstant(On(3, 19, At(10, 10)));
  second["published_at"] = FormatInstant(On(3, 20, At(16, 0)));
  rows.Add(second);
  static_assert(kPetitionsAnswered == 2 && kPetitionsInProcess == 1);

  const Instant third_sent = On(3, 20, At(8, 40));
  rows.Add(PetitionRow(quarter, 3,
                       Complained(quarter, Outcome::kRunningLate, DayOf(third_sent)), "other",
                       third_sent));
  return std::move(rows).Done();
}

std::string_view DrawRating(Random& random) {
  const uint64_t at = random.Below(10'000);
  if (at < kLikeShare) return "like";
  return at < kLikeShare + kNeutralShare ? "neutral" : "dislike";
}

// Rated on the day of the result, or on the next where that was not the last of the quarter.
DemoRegister Ratings(const Quarter& quarter, Random& random) {
  Rows rows("ratings");
  for (const DemoCase& made : quarter.cases) {
    const std::optional<Instant> finished = made.records.back().finished;
    const bool ended = made.outcome == Outcome::kOnTime || made.outcome == Outcome::kLate;
    if (!ended || !finished || !random.Chance(kRatedShare)) continue;
    const bool last_day = DayOf(*finished) == quarter.world.period.to;
    const int64_t minutes = random.Between(5, last_day ? 120 : 24 * 60);
    rows.Add({{"id", Numbered("DG", rows.count() + 1)},
              {"case_id", made.number},
              {"rated_at", FormatInstant(*finished + minutes * kMicrosPerMinute)},
              {"rating", DrawRating(random)}});
  }
  return std::move(rows).Done();
}

// Decisions (quyết định công bố) of the quarter. Invented: some early enough and some not, some made
// public at once and some late; the last is not public yet.
struct Decision {
  std::string_view number;
  std::string_view kind;
  std::string_view state;
  size_t procedures;
  unsigned decided[2], effective[2], published[2];   // month, day; {0, 0}: not yet
};
constexpr Decision kDecisions[] = {
    {"9012/QĐ-UBND", "new", "public", 4, {1, 6}, {1, 15}, {1, 8}},
    {"9058/QĐ-UBND", "amended", "public_amended", 3, {1, 22}, {1, 24}, {2, 12}},
    {"9097/QĐ-UBND", "amended", "public_amended", 5, {2, 14}, {2, 24}, {2, 20}},
    {"9131/QĐ-UBND", "abolished", "abolished", 2, {2, 27}, {3, 1}, {3, 3}},
    {"9166/QĐ-UBND", "amended", "public_amended", 4, {3, 17}, {3, 18}, {3, 28}},
    {"9171/QĐ-UBND", "new", "waiting", 2, {3, 20}, {3, 31}, {0, 0}},
};

DemoRegister Publications(const Quarter& quarter, Random&) {
  Rows rows("publications");
  auto next = quarter.world.catalogue->all().begin();
  for (const Decision& decision : kDecisions) {
    for (size_t i = 0; i < decision.procedures; ++i, ++next) {
      json::object row = {{"decision", decision.number},
                          {"procedure", next->code},
                          {"unit", kProvince},
                          {"level", "province"},
                          {"kind", decision.kind},
                          {"decided_on", DayText(decision.decided[0], decision.decided[1])},
                          {"effective_on", DayText(decision.effective[0], decision.effective[1])},
                          {"state", decision.state}};
      if (decision.published[0] != 0) {
        row["published_at"] =
            FormatInstant(On(decision.published[0], decision.published[1], At(10, 20)));
      }
      rows.Add(row);
    }
  }
  return std::move(rows).Done();
}

DemoRegister EformCopies(const Quarter& quarter, Random& random) {
  Rows rows("eform-copies");
  for (const DemoUnit& unit : quarter.world.units) {
    if (unit.level != UnitLevel::kCommune) continue;
    const bool offered = random.Below(kNoCopiesOneIn) != 0;
    json::object row = {{"unit", unit.code}, {"offered", offered}};
    if (offered) row["since"] = "2023-07-01";
    rows.Add(row);
  }
  return std::move(rows).Done();
}

// The portal has what the case systems sent; the units report more to BCQG than they sent.
DemoRegister SyncCounts(const Quarter& quarter, Random&) {
  Rows rows("sync-counts");
  for (const std::string_view label : {"2025-01", "2025-02", "2025-03", "2025-Q1"}) {
    const Period period = *ParsePeriod(label);
    const auto within = [&](const DemoCase& made) {
      const Day day = DayOf(made.received);
      return period.from <= day && day <= period.to;
    };
    const int64_t sent = std::ranges::count_if(quarter.cases, within);
    const int64_t counted = std::ranges::count_if(quarter.cases, [&](const DemoCase& made) {
      return within(made) && made.outcome != Outcome::kOutside;
    });
    rows.Add({{"unit", kProvince},
              {"period", label},
              {"bcqg", sent + sent / kUnsentOneIn},
              {"portal", sent},
              {"synchronised", counted}});
  }
  return std::move(rows).Done();
}

DemoRegister Targets(const Quarter& quarter, Random&) {
  Rows rows("targets");
  for (const TargetQuota& quota : kTargets) {
    json::object row = {{"unit", kProvince},
                        {"year", kTargetYear},
                        {"target", quota.target},
                        {"percent_hundredths", quota.hundredths}};
    json::array excluded;
    for (const Procedure& procedure : quarter.world.catalogue->all()) {
      const bool matches = !quota.excluded_field.empty() &&
                           procedure.field_name.find(quota.excluded_field) != std::string::npos;
      if (matches) excluded.emplace_back(procedure.code);
    }
    if (!excluded.empty()) {
      row["excluded"] = excluded;
      row["reason"] = quota.reason;
    }
    rows.Add(row);
  }
  return std::move(rows).Done();
}

using MakeRegister = DemoRegister (*)(const Quarter&, Random&);
constexpr MakeRegister kRegisters[] = {Payments,    Petitions,  Ratings, Publications,
                                       EformCopies, SyncCounts, Targets};

}  // namespace

Result<std::vector<DemoRegister>> MakeDemoRegisters(const DemoOptions& options) {
  const auto quarter = DrawQuarter(options.seed);
  if (!quarter) return quarter.error();
  Random random(options.seed ^ kOwnStream);
  std::vector<DemoRegister> registers;
  for (const MakeRegister make : kRegisters) registers.push_back(make(*quarter, random));
  return registers;
}

Result<void> WriteDemoRegisters(const DemoOptions& options, const std::string& directory) {
  const auto registers = MakeDemoRegisters(options);
  if (!registers) return registers.error();
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed) {
    return Error{ErrorKind::kIo, "cannot make the directory '" + directory + "': " +
                                     failed.message()};
  }
  for (const DemoRegister& made : *registers) {
    const std::string path = (std::filesystem::path(directory) / (made.name + ".jsonl")).string();
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << made.rows << std::flush;
    if (!file) return Error{ErrorKind::kIo, "cannot write to '" + path + "'"};
  }
  return {};
}

}  // namespace tthc::demo
