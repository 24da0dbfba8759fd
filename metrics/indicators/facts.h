// What one case is for the indicators of QĐ 766: yes/no facts, taken from its folded statements, the
// catalogue of procedures and the registers. Pure.
//
// Three populations are kept apart: *handled* (carried over + new: the population of TDGQ.1),
// *received* (received within the period) and *synchronised* (a fact: a dossier record, and not only
// progress rows, has come).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "config/procedures.h"
#include "ingest/case/fold.h"
#include "ingest/case/verdict.h"
#include "ingest/registers/book.h"

namespace tthc {

enum class Fact : uint8_t {
  // of the case alone: kept beside it (the first kStoredFacts bits)
  kOnline = 0,        // KenhThucHien 2
  kDocumented,        // its procedure hands out a document (unknown procedure: yes)
  kEResult,           // documented, and a result with code and link (MaKetQua, DuongDanTepTinKetQua)
  kDigitised,         // a file among its components and, where documented, in its result
  kDigitisedPart,     // HoSoCoThanhPhanSoHoa = 1 or TaiLieuNop.DuocSoHoa = 1
  kReused,            // TaiLieuNop.DuocTaiSuDung
  kStored,            // TaiLieuNop.DuocLayTuKhoDMQG = 1
  kPopulation,        // VNeID-verified, from the personal store, or a population database named
  kOnlineComplete,    // online and, where documented, with an e-result
  kFee,               // its procedure has a fee and not every fee line is 0
  kFeeTold,           // … and a fee line other than 0 has come
  kPaidOnline,        // fee, and paid over a gateway (dossier or register of payments)
  kSynchronised,      // a dossier record has come
  kSyncedInTime,      // synchronised, and no step was first told later than the setting allows
  kTroubled,          // a petition is about it, or its latest rating is a dislike
  // of the case and its verdict under qd766: derived
  kAll,
  kOnTime,            // ended on time, or pending in time
  kContent,           // on time and not troubled
};
inline constexpr size_t kStoredFacts = 15;
inline constexpr size_t kFactCount = 18;
static_assert(kStoredFacts <= 16, "kept in 16 bits beside each case");
std::string_view NameOf(Fact fact);                       // "e_result"
std::optional<Fact> FactNamed(std::string_view name);

using FactSet = uint32_t;   // bit per Fact
constexpr FactSet BitOf(Fact fact) { return FactSet{1} << static_cast<unsigned>(fact); }

struct FactPolicy {
  int64_t sync_in_time_us = kMicrosPerDay;   // kSyncedInTime
};
// Only the stored facts. `procedure` is nullptr where the catalogue does not have it.
FactSet FactsOf(const Case& the_case, const Procedure* procedure, CaseLinks links,
                const FactPolicy& policy);
// All facts, by the verdict's state under qd766.
FactSet WithVerdict(FactSet stored, CaseState state);

// Which stored facts a sender must have told for this one to mean anything: a sender that never
// once sets one of them over many cases does not tell it (WIRE section 10, constant flags).
FactSet ToldFacts(Fact fact);

struct FactCounts {
  std::array<int32_t, kFactCount> handled{};
  std::array<int32_t, kFactCount> received{};
  friend bool operator==(const FactCounts&, const FactCounts&) = default;
};
void Add(std::array<int32_t, kFactCount>& counts, FactSet facts, int sign = 1);
void Add(FactCounts& counts, const FactCounts& other);

// Where a case is counted.
struct FactKey {
  TextId unit = 0;
  TextId procedure = 0;
  TextId sender = 0;   // of the latest dossier record
  friend auto operator<=>(const FactKey&, const FactKey&) = default;
};
struct FactKeyHash {
  size_t operator()(const FactKey& key) const;
};
struct FactCell {
  FactKey key;
  FactCounts counts;
  // TDGQ.2, of cases received in the period and ended with 9 or 10: how many, and their working
  // time from receipt to end. Walks only.
  int64_t ended = 0;
  int64_t handling_us = 0;
};

}  // namespace tthc
