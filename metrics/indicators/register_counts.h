// Counts that come from the registers and the catalogue: publications (CKMB.1, 2), completeness and
// services (CKMB.3, CLGQ.1, 2, MDSH.7, TTTT), petitions (MDHL.1, 2), e-certified copies (MDSH.3),
// the counts of BCQG and the portal (CKMB.4). Pure over what it is given.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/calendar.h"
#include "config/units.h"
#include "ingest/registers/rows.h"

namespace tthc {

// A register count: absent with the reason why ("register_not_kept", "no_row_for_period",
// "competence_not_told", …) where it is not measured.
struct RegisterCount {
  std::optional<int64_t> value;
  std::string_view reason;
};

// --- working-day limits of publications (766 spec F 1.1, 1.2): ministry / province
inline constexpr int kPublishBeforeDaysMinistry = 20;
inline constexpr int kPublishBeforeDaysProvince = 5;
inline constexpr int kMakePublicDaysMinistry = 10;
inline constexpr int kMakePublicDaysProvince = 5;
// CKMB.1: decided at least so many working days before the legal basis takes effect.
bool PublishedInTime(const Publication& publication, const WorkCalendar& calendar);
// CKMB.2: the last day on which the click "Công khai" is in time.
Day MakePublicBy(const Publication& publication, const WorkCalendar& calendar);

// --- petitions (766 spec F 5.2): working days
inline constexpr int kRefusePetitionDays = 2;
inline constexpr int kSupplementPetitionDays = 5;
inline constexpr int kAnswerPetitionDays = 15;
inline constexpr int kPublishAnswerDays = 2;
enum class PetitionState { kOutside, kHandledInTime, kHandledLate, kInProcessInTime, kInProcessLate };
// As of `cut_off`: what is dated after it has not happened. Outside: sent or received after the
// cut-off, or finished before `from`.
PetitionState JudgePetition(const Petition& petition, Instant from, Instant cut_off,
                            const WorkCalendar& calendar);

struct RegisterQuestion {
  Period period;
  Instant cut_off;
};
// Everything that was read of the registers for one question, once for all units.
struct RegisterFacts {
  bool publications_kept = false;
  bool petitions_kept = false;
  bool copies_kept = false;
  bool sync_kept = false;
  std::vector<Publication> publications;
  std::vector<Petition> petitions;
  std::vector<EformCopy> copies;
  std::vector<SyncCount> sync_counts;
  std::vector<Procedure> procedures;    // the catalogue that stands
};

// A unit as it is asked.
struct RegisterUnit {
  UnitId id = 0;
  std::vector<bool> subtree;            // by UnitId
  std::vector<UnitLevel> levels;        // of the subtree, each once
  static RegisterUnit Of(UnitId id, std::vector<bool> subtree, const UnitTree& tree);
};

// Names: publications.due publications.on_time publications.decided publications.decided_on_time
//   publications.update_due publications.updated_on_time
//   catalogue.public catalogue.complete catalogue.authority catalogue.online catalogue.services
//   catalogue.citizen catalogue.fee petitions.handled petitions.on_time petitions.first_received
//   petitions.satisfied petitions.about_rules petitions.about_staff copies.offering copies.managed
//   sync.expected (max of BCQG and portal, of the period or summed over its parts; where there is no
//   row the BCQG count of the year before, by months)
bool IsRegisterCounter(std::string_view name);
// True where a catalogue counter ("catalogue.services") counts this procedure for the unit: a
// numerator of procedures counts only those that its denominator does.
bool CountsProcedure(std::string_view name, const Procedure& procedure, const RegisterUnit& unit,
                     const UnitTree& tree);
RegisterCount CountRegister(std::string_view name, const RegisterFacts& facts,
                            const RegisterUnit& unit, const RegisterQuestion& question,
                            const UnitTree& tree, const CalendarBook& calendars);

}  // namespace tthc
