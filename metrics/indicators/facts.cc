#include "metrics/indicators/facts.h"

#include <algorithm>

namespace tthc {
namespace {

constexpr std::array<std::string_view, kFactCount> kNames = {
    "online",     "documented",      "e_result",     "digitised", "digitised_part", "reused",
    "stored",     "population",      "online_complete", "fee",    "fee_told",       "paid_online",
    "synchronised", "synced_in_time", "troubled",    "all",       "on_time",        "content"};

bool AllOf(uint32_t flags, uint32_t wanted) { return (flags & wanted) == wanted; }
bool AnyOf(uint32_t flags, uint32_t wanted) { return (flags & wanted) != 0; }

FactSet If(bool on, Fact fact) { return on ? BitOf(fact) : 0; }

// A step counts by whoever told it first: told again later, or implied by a later snapshot, it was
// known all the same. Rows stand by event.
bool SyncedInTime(const Case& c, int64_t most_us) {
  const auto in_time = [&](const StatusRow& row) { return row.recorded - row.event <= most_us; };
  return c.synchronised && std::all_of(c.rows.begin(), c.rows.end(), [&](const StatusRow& row) {
           return in_time(row) || std::any_of(c.rows.begin(), c.rows.end(), [&](const auto& other) {
                    return other.event == row.event && other.status == row.status &&
                           in_time(other);
                  });
         });
}

// Facts that are read off fields of the sender's own; a fact made of others needs theirs.
struct ToldRow {
  Fact fact;
  FactSet needs;
};
constexpr ToldRow kTold[] = {
    {Fact::kEResult, BitOf(Fact::kEResult)},
    {Fact::kDigitised, BitOf(Fact::kDigitised)},
    {Fact::kDigitisedPart, BitOf(Fact::kDigitisedPart)},
    {Fact::kReused, BitOf(Fact::kReused)},
    {Fact::kStored, BitOf(Fact::kStored)},
    {Fact::kPopulation, BitOf(Fact::kPopulation)},
    {Fact::kOnlineComplete, BitOf(Fact::kEResult)},
    {Fact::kFeeTold, BitOf(Fact::kFeeTold)},
    {Fact::kPaidOnline, BitOf(Fact::kPaidOnline)},
};

}  // namespace

std::string_view NameOf(Fact fact) { return kNames[static_cast<size_t>(fact)]; }

std::optional<Fact> FactNamed(std::string_view name) {
  const auto at = std::find(kNames.begin(), kNames.end(), name);
  if (at == kNames.end()) return std::nullopt;
  return static_cast<Fact>(at - kNames.begin());
}

FactSet FactsOf(const Case& c, const Procedure* procedure, CaseLinks links,
                const FactPolicy& policy) {
  const uint32_t flags = c.flags;
  const bool online = c.channel == 2;
  const bool documented = procedure == nullptr || procedure->returns_document;
  const bool e_result = documented && AllOf(flags, kHasElectronicResult | kHasResultCode);
  const bool digitised =
      AnyOf(flags, kHasSubmittedFile) && (!documented || AnyOf(flags, kHasElectronicResult));
  const bool all_lines_free = AnyOf(flags, kHasFeeLine) && !AnyOf(flags, kHasNonZeroFee);
  const bool fee = procedure != nullptr && procedure->has_fee && !all_lines_free;
  const bool paid = AnyOf(flags, kPaidOnNationalGateway | kPaidOnLocalGateway) ||
                    (links & kLinkPaidOnline) != 0;
  return If(online, Fact::kOnline) | If(documented, Fact::kDocumented) |
         If(e_result, Fact::kEResult) | If(digitised, Fact::kDigitised) |
         If(AnyOf(flags, kHasDigitisedPart), Fact::kDigitisedPart) |
         If(AnyOf(flags, kHasReusedPart), Fact::kReused) |
         If(AnyOf(flags, kFromPersonalStore), Fact::kStored) |
         If(AnyOf(flags, kVneidVerified | kFromPersonalStore | kUsesPopulationData),
            Fact::kPopulation) |
         If(online && (!documented || e_result), Fact::kOnlineComplete) | If(fee, Fact::kFee) |
         If(fee && AnyOf(flags, kHasNonZeroFee), Fact::kFeeTold) |
         If(fee && paid, Fact::kPaidOnline) | If(c.synchronised, Fact::kSynchronised) |
         If(SyncedInTime(c, policy.sync_in_time_us), Fact::kSyncedInTime) |
         If((links & (kLinkComplained | kLinkDisliked)) != 0, Fact::kTroubled);
}

FactSet WithVerdict(FactSet stored, CaseState state) {
  if (state == CaseState::kOutside) return 0;
  const bool on_time = !IsLate(state);
  const bool troubled = (stored & BitOf(Fact::kTroubled)) != 0;
  return stored | BitOf(Fact::kAll) | If(on_time, Fact::kOnTime) |
         If(on_time && !troubled, Fact::kContent);
}

FactSet ToldFacts(Fact fact) {
  const auto row = std::find_if(std::begin(kTold), std::end(kTold),
                                [&](const ToldRow& told) { return told.fact == fact; });
  return row == std::end(kTold) ? 0 : row->needs;
}

size_t FactKeyHash::operator()(const FactKey& key) const {
  uint64_t h = key.unit * 0x9E3779B97F4A7C15ull;
  h = (h ^ key.procedure) * 0xC2B2AE3D27D4EB4Full;
  h = (h ^ key.sender) * 0x165667B19E3779F9ull;
  return h ^ h >> 32;
}

void Add(std::array<int32_t, kFactCount>& counts, FactSet facts, int sign) {
  for (; facts != 0; facts &= facts - 1) {
    counts[static_cast<size_t>(__builtin_ctz(facts))] += sign;
  }
}

void Add(FactCounts& counts, const FactCounts& other) {
  for (size_t i = 0; i < kFactCount; ++i) {
    counts.handled[i] += other.handled[i];
    counts.received[i] += other.received[i];
  }
}

}  // namespace tthc
