// The published figures of Kon Tum, quarter I/2025, and how they are shared out.
//
// Source: the province's report of quarter I/2025 to the Ministry of Home Affairs. The report
// gives the totals asserted below; how pending cases divide into late, waiting and running, and
// how outcomes divide over channels, is not published and chosen here. So is what the registers
// hold beyond the published numbers: those are marked "chosen".
#pragma once

#include <cstdint>
#include <string_view>

namespace tthc::demo {

enum class Origin : uint8_t { kNewOnline, kNewDirect, kNewPost, kCarriedOver };

enum class Outcome : uint8_t {
  kOnTime,             // ended no later than the due day
  kWithdrawn,          // 7: on time, whatever else
  kLate,               // ended after the due day
  kRunningInTime,      // open at the cut-off, due on its day or later
  kRunningLate,        // open, due before the day of the cut-off
  kWaitingSupplement,  // 5
  kWaitingTax,         // 6
  kStopped,            // 8
  kOutside,            // not of the population: see OutsideKind
};

struct Quota {
  Origin origin;
  Outcome outcome;
  int count;
};

inline constexpr Quota kQuotas[] = {
    // Those that fit only some units come first, see DealUnits.
    {Origin::kNewOnline, Outcome::kWaitingTax, 40},
    {Origin::kNewDirect, Outcome::kWaitingTax, 340},
    {Origin::kNewPost, Outcome::kWaitingTax, 4},
    {Origin::kCarriedOver, Outcome::kWaitingTax, 150},
    {Origin::kNewOnline, Outcome::kStopped, 2},
    {Origin::kNewDirect, Outcome::kStopped, 4},
    {Origin::kCarriedOver, Outcome::kStopped, 3},
    {Origin::kNewOnline, Outcome::kWaitingSupplement, 96},
    {Origin::kNewDirect, Outcome::kWaitingSupplement, 146},
    {Origin::kNewPost, Outcome::kWaitingSupplement, 6},
    {Origin::kCarriedOver, Outcome::kWaitingSupplement, 38},
    {Origin::kNewOnline, Outcome::kRunningLate, 18},
    {Origin::kNewDirect, Outcome::kRunningLate, 63},
    {Origin::kNewPost, Outcome::kRunningLate, 1},
    {Origin::kCarriedOver, Outcome::kRunningLate, 61},
    {Origin::kNewOnline, Outcome::kLate, 118},
    {Origin::kNewDirect, Outcome::kLate, 602},
    {Origin::kNewPost, Outcome::kLate, 16},
    {Origin::kCarriedOver, Outcome::kLate, 216},
    {Origin::kNewOnline, Outcome::kWithdrawn, 90},
    {Origin::kNewDirect, Outcome::kWithdrawn, 118},
    {Origin::kNewPost, Outcome::kWithdrawn, 4},
    {Origin::kCarriedOver, Outcome::kWithdrawn, 48},
    {Origin::kCarriedOver, Outcome::kRunningInTime, 200},
    {Origin::kCarriedOver, Outcome::kOnTime, 5'124},
    {Origin::kNewOnline, Outcome::kRunningInTime, 1'580},
    {Origin::kNewOnline, Outcome::kOnTime, 13'742},
    {Origin::kNewPost, Outcome::kRunningInTime, 96},
    {Origin::kNewPost, Outcome::kOnTime, 1'034},
    {Origin::kNewDirect, Outcome::kRunningInTime, 3'051},
    {Origin::kNewDirect, Outcome::kOnTime, 23'522},
};

template <typename Which>
constexpr int SumOfQuotas(Which which) {
  int sum = 0;
  for (const Quota& quota : kQuotas) sum += which(quota) ? quota.count : 0;
  return sum;
}
constexpr bool IsResolved(Outcome outcome) {
  return outcome == Outcome::kOnTime || outcome == Outcome::kWithdrawn || outcome == Outcome::kLate;
}

inline constexpr int kReceived = 50'533;
inline constexpr int kResolved = 44'634;
static_assert(SumOfQuotas([](const Quota&) { return true; }) == kReceived);
static_assert(SumOfQuotas([](const Quota& q) { return q.origin == Origin::kNewOnline; }) == 15'686);
static_assert(SumOfQuotas([](const Quota& q) {
                return q.origin == Origin::kNewDirect || q.origin == Origin::kNewPost;
              }) == 29'007);
static_assert(SumOfQuotas([](const Quota& q) { return q.origin == Origin::kCarriedOver; }) ==
              5'840);
static_assert(SumOfQuotas([](const Quota& q) { return IsResolved(q.outcome); }) == kResolved);
static_assert(SumOfQuotas([](const Quota& q) { return q.outcome == Outcome::kLate; }) == 952);
static_assert(SumOfQuotas([](const Quota& q) { return !IsResolved(q.outcome); }) == 5'899);

// Cases beside the population, so that whoever counts them is found out.
enum class OutsideKind : uint8_t {
  kOnlySubmitted,        // status 1 and nothing more
  kRefusedUnreceived,    // 1, then 3
  kRefusedReceived,      // 2, then 3: outside under form06, judged under qd766
  kEndedBefore,          // ended in December 2024
};
struct OutsideQuota {
  OutsideKind kind;
  int count;
};
inline constexpr OutsideQuota kOutsideQuotas[] = {
    {OutsideKind::kOnlySubmitted, 180},
    {OutsideKind::kRefusedUnreceived, 120},
    {OutsideKind::kRefusedReceived, 40},
    {OutsideKind::kEndedBefore, 90},
};

// Shares of the same report, per ten thousand: digitised and reused of all received, electronic
// results of all resolved, paid online of those whose procedure has a fee.
inline constexpr int kDigitisedShare = 7'893;
inline constexpr int kElectronicResultShare = 8'032;
inline constexpr int kReusedShare = 2'536;
inline constexpr int kOnlinePaymentShare = 7'636;

// --- payments, same report: transactions and what they came to, published as 2.319 and 5.505
// billion đồng. The single amounts are chosen: draws of `least` to `most` steps, then moved by
// `mend` until the sum is met.
struct PaymentQuota {
  int transactions;
  int64_t dong;
  int64_t step;
  int least, most;
  int64_t mend;
};
inline constexpr PaymentQuota kFeePayments = {21'287, 2'319'000'000, 5'000, 1, 42, 1'000};
inline constexpr PaymentQuota kLandDutyPayments = {1'108, 5'505'000'000, 100'000, 5, 95, 10'000};
constexpr bool CanBeMet(const PaymentQuota& quota) {
  return quota.dong % quota.mend == 0 && quota.step % quota.mend == 0 &&
         quota.dong > quota.transactions * quota.step * quota.least &&
         quota.dong < quota.transactions * quota.step * quota.most;
}
static_assert(CanBeMet(kFeePayments) && CanBeMet(kLandDutyPayments));
// One payment in so many goes over the province's gateway instead of the national one: chosen.
inline constexpr int kLocalGatewayOneIn = 4;

// --- petitions, same report: received, answered, in process. Their times are chosen.
inline constexpr int kPetitionsReceived = 3;
inline constexpr int kPetitionsAnswered = 2;
inline constexpr int kPetitionsInProcess = 1;
static_assert(kPetitionsReceived == kPetitionsAnswered + kPetitionsInProcess);

// --- ratings: chosen, per ten thousand: of resolved cases that were rated, and of those ratings.
inline constexpr int kRatedShare = 600;
inline constexpr int kLikeShare = 9'400;
inline constexpr int kNeutralShare = 450;
static_assert(kLikeShare + kNeutralShare < 10'000, "the rest are dislikes");

// --- e-certified copies: one commune in so many does not offer them yet. Chosen.
inline constexpr int kNoCopiesOneIn = 8;

// --- BCQG counts one case in so many more than the case systems sent. Chosen.
inline constexpr int kUnsentOneIn = 120;

// --- targets of 2025, in hundredths of a percent. The share filed online and why certification is
// no part of it: resolution 01/NQ-CP of 2025 as the same report puts it. Payment: the emulation plan
// 2023-2030 (from 50 %). The other two are chosen.
struct TargetQuota {
  std::string_view target;
  int hundredths;
  std::string_view excluded_field;   // part of the name of a sector, or empty
  std::string_view reason;
};
inline constexpr int kTargetYear = 2025;
inline constexpr TargetQuota kTargets[] = {
    {"online", 6'000, "Chứng thực",
     "Chứng thực phải nộp trực tiếp, không thực hiện được trên môi trường điện tử"},
    {"online_payment", 5'000, "", ""},
    {"on_time", 9'800, "", ""},
    {"digitisation", 8'000, "", ""},
};

}  // namespace tthc::demo
