// One case of the demonstration quarter: what happened to it, and when its sender said so.
//
// A case is drawn so that its outcome under form06 holds by construction, in every order in which
// its messages may arrive:
//  * its state at the cut-off follows from statements that carry their own time; a snapshot whose
//    status is dated by its arrival (1, 4, 5, 6, 8) is sent only for a case that is still open and
//    says its last state, but for the waiting sent as finished (WIRE.md 10.4, 14), which is sent
//    only for a case that is resolved in the end;
//  * where a due date or an end was revised, the outcome is the same under either.
// Instants are whole seconds. Pure: every function is determined by its arguments and the Random.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/instant.h"
#include "config/result.h"
#include "ingest/demo/quotas.h"
#include "ingest/demo/random.h"
#include "ingest/demo/world.h"

namespace tthc::demo {

// NoiDungXuLy of the progress rows.
enum class Text : uint8_t {
  kReceived,
  kAssigned,
  kReviewed,
  kSubmittedForSignature,
  kSigned,           // the result is ready; only the closing click is missing
  kSupplementAsked,
  kSupplementDone,
  kTaxAsked,
  kTaxDone,
  kStopped,
  kResumed,
  kWithdrawn,
  kApology,
  kFinished,
  kReturned,
  kReopened,
  // Written by the province-wide product beside or in place of the true status (WIRE.md 10.4).
  kSupplementAskedAsFinished,
  kTaxAskedAsFinished,
  kStoppedAsFinished,
  kNoDueDateFiller,
  kClosing,
};
std::string_view WordsOf(Text text);

struct Step {  // a progress row
  Instant at;
  uint8_t status = 4;
  Text text = Text::kAssigned;
};

struct Record {  // a dossier snapshot
  Instant trigger;      // what made the sender send it
  uint8_t status = 2;
  std::optional<Instant> received, due, finished, returned, refused;
  bool mistaken = false;   // HinhThuc is wrong here; a later record puts it right
  // Sent at its time and only once: what it says depends on when it arrives.
  bool punctual = false;
};

struct DemoCase {
  uint16_t unit = 0;
  Origin origin = Origin::kNewDirect;
  Outcome outcome = Outcome::kOnTime;
  const DemoProcedure* procedure = nullptr;
  std::string number;      // MaHoSo
  Instant received;        // or submitted, where it was never received
  Instant due;             // by law; what is sent stands in the records
  std::vector<Step> steps;      // by time
  std::vector<Record> records;  // by trigger
  bool digitised = false, reused = false, electronic_result = false, paid_online = false;
  Instant paid_since;           // of a case paid online: its records say so from then on
  std::vector<int64_t> fees;    // đồng, one line of DanhSachLePhi each
  bool by_post = false;    // HinhThuc
};

// Refused after receipt, a case is outside under form06 and counted under qd766: without a fee it
// leaves the share of cases that are paid alone.
inline bool MayBe(OutsideKind kind, const DemoProcedure& procedure) {
  return kind != OutsideKind::kRefusedReceived || !procedure.procedure->has_fee;
}

// A second of that day at which people click.
Instant WorkInstant(Day day, Random& random);

// The longest list of steps of one case; a set of steps is a mask of 32 bits.
inline constexpr size_t kMaxSteps = 32;

class CaseDrawer {
 public:
  CaseDrawer(const World& world, Random& random) : world_(world), random_(random) {}
  // Error where the unit's procedures cannot give the outcome.
  Result<DemoCase> Draw(uint16_t unit, Origin origin, Outcome outcome);
  Result<DemoCase> DrawOutside(uint16_t unit, OutsideKind kind);

 private:
  struct Draft;
  bool TryDates(Draft& draft);
  bool TryResolved(Draft& draft);
  bool TryOpen(Draft& draft);
  bool TryWaiting(Draft& draft);
  const DemoProcedure& PickProcedure(const Draft& draft);
  Instant DrawReceipt(const Draft& draft);
  std::optional<Instant> WorkInstantWithin(const Draft& draft);
  Instant BetweenInstants(Instant low, Instant high);
  std::vector<Instant> Moments(Instant after, Instant before, size_t count);
  std::optional<Instant> Appointment(const DemoUnit& unit, Instant from, int days) const;

  void TellOpening(Draft& draft);
  void TellMiddle(Draft& draft);
  void TellSupplement(Draft& draft, int requests);
  void TellInterruption(Draft& draft, uint8_t status);
  bool TellReopened(Draft& draft);
  void TellApology(Draft& draft);
  void TellEnd(Draft& draft);
  void TellOpenState(Draft& draft);
  void TellWaiting(Draft& draft);
  void TellSatellite(Draft& draft);
  void AddRecord(Draft& draft, Instant trigger, uint8_t status);
  DemoCase Finish(Draft& draft);

  const World& world_;
  Random& random_;
};

}  // namespace tthc::demo
