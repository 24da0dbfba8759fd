// What the demonstration quarter is drawn over: units with their volume and sender, the procedures
// each unit handles, the working days.
//
// Thread safety: immutable after loading.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/calendar.h"
#include "config/instant.h"
#include "config/procedures.h"
#include "config/result.h"
#include "config/units.h"

namespace tthc::demo {

// WIRE.md names the three families of senders.
enum class Shape : uint8_t { kOpenCps, kProvinceWide, kSatellite };

struct DemoProcedure {
  const Procedure* procedure = nullptr;
  int limit_days = 0;   // about, in working days; 0 where the law sets none
  uint64_t weight = 1;
  bool land = false;    // may wait for the tax office (status 6)
};

struct DemoUnit {
  std::string code;       // canonical
  std::string wire_code;  // as it stands in MaHoSo: by QCVN 102:2016 or by QĐ 20/2020
  std::string name;
  UnitLevel level = UnitLevel::kUnknown;
  Shape shape = Shape::kOpenCps;
  bool nightly = false;   // a province-wide sender that pushes once a day, at night
  int share = 0;          // of the population, exact
  uint32_t salt = 0;      // of the code: the same for every seed
  std::vector<DemoProcedure> procedures;
  bool has_land = false;
  const WorkCalendar* calendar = nullptr;
};

// Working days from the first on which a carried-over case can have been received to the cut-off.
class WorkingDays {
 public:
  WorkingDays() = default;
  WorkingDays(const WorkCalendar& calendar, Day first, Day last);
  int size() const { return static_cast<int>(days_.size()); }
  Day operator[](int index) const { return days_[static_cast<size_t>(index)]; }
  int AtOrBefore(Day day) const;  // -1 where there is none
  int After(Day day) const;       // size() where there is none

 private:
  std::vector<Day> days_;
};

struct World {
  std::shared_ptr<const UnitTree> tree;
  std::shared_ptr<const CalendarBook> calendars;
  std::shared_ptr<const ProcedureCatalogue> catalogue;
  Period period;
  std::vector<DemoUnit> units;
  WorkingDays days;
  int first_index = 0;  // of `days`: the first working day of the period
};

// The shipped data of Kon Tum, `total` cases shared out over its units as they stood at the end of
// `period`. Errors where the shipped data lack a level or a procedure.
Result<World> LoadWorld(Period period, int total);

}  // namespace tthc::demo
