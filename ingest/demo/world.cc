#include "ingest/demo/world.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace tthc::demo {
namespace {

constexpr std::string_view kRootCode = "H34";
constexpr int kCarriedDays = 240;       // how long before the period a carried-over case may begin
constexpr int kHoursPerDay = 8;
constexpr int kWorkingDaysPerMonth = 21;

struct LevelShare {
  UnitLevel level;
  std::string_view procedure_level;
  int percent;
};
constexpr LevelShare kLevelShares[] = {
    {UnitLevel::kDepartment, "province", 25},
    {UnitLevel::kDistrict, "district", 34},
    {UnitLevel::kCommune, "commune", 41},
};

// How busy a unit is beside its like, by a part of its name; 4 where no row fits.
struct Busy {
  std::string_view name_part;
  int factor;
};
constexpr Busy kBusy[] = {
    {"Văn phòng", 1}, {"Thanh tra", 1},  {"Dân tộc", 1}, {"Khu kinh tế", 2}, {"Giáo dục", 2},
    {"Tư pháp", 20},  {"Môi trường", 16}, {"Xây dựng", 12}, {"Công Thương", 8}, {"Nội vụ", 8},
    {"Y tế", 8},      {"hành phố", 12},  {"hường", 8},
};
constexpr int kOrdinaryFactor = 4;

// What a department handles, by a part of its name and parts of the names of fields. A department
// without a row handles every field of the province.
struct Competence {
  std::string_view unit_part;
  std::array<std::string_view, 4> fields;
};
constexpr Competence kCompetences[] = {
    {"Văn phòng", {"Tiếp công dân", "", "", ""}},
    {"Nội vụ", {"Việc làm", "Người có công", "Thi đua", ""}},
    {"Tài chính", {"doanh nghiệp", "Đầu tư", "Tin học, thống kê", ""}},
    {"Xây dựng", {"xây dựng", "Đường bộ", "", ""}},
    {"Nông nghiệp và Môi trường", {"Đất đai", "Môi trường", "Nông nghiệp", "Địa chất"}},
    {"Khoa học", {"Khoa học", "", "", ""}},
    {"Văn hóa", {"Văn hóa", "", "", ""}},
    {"Dân tộc", {"tôn giáo", "dân tộc", "", ""}},
    {"Giáo dục", {"Giáo dục", "", "", ""}},
    {"Y tế", {"Khám bệnh", "", "", ""}},
    {"Tư pháp", {"Bổ trợ tư pháp", "Lý lịch tư pháp", "Hộ tịch", "Chứng thực"}},
    {"Công Thương", {"thương mại", "hóa chất", "", ""}},
    {"Thanh tra", {"Tiếp công dân", "", "", ""}},
    {"Khu kinh tế", {"Đầu tư", "xây dựng", "Môi trường", ""}},
};

// How often the procedures of a field are asked for beside those of others, by a part of its name;
// 4 where no row fits.
struct Popularity {
  std::string_view field_part;
  uint64_t factor;
};
constexpr Popularity kPopularity[] = {
    {"Chứng thực", 20},      {"Hộ tịch", 10},   {"Đất đai", 20}, {"Lý lịch tư pháp", 24},
    {"Bảo trợ xã hội", 8},   {"Bổ trợ tư pháp", 2}, {"Đường bộ", 16},
    {"Thi đua", 1},          {"khiếu nại", 1},  {"Nuôi con nuôi", 1},
};
constexpr uint64_t kOrdinaryPopularity = 4;

bool Contains(std::string_view text, std::string_view part) {
  return !part.empty() && text.find(part) != std::string_view::npos;
}

bool Claims(const Competence& competence, const Procedure& procedure) {
  return std::ranges::any_of(competence.fields, [&](std::string_view field) {
    return Contains(procedure.field_name, field);
  });
}

const Competence* CompetenceOf(const DemoUnit& unit) {
  if (unit.level != UnitLevel::kDepartment) return nullptr;
  for (const Competence& row : kCompetences) {
    if (Contains(unit.name, row.unit_part)) return &row;
  }
  return nullptr;
}

uint32_t SaltOf(std::string_view text) {  // FNV-1a
  uint32_t hash = 2166136261u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

std::vector<std::string_view> Groups(std::string_view code) {
  std::vector<std::string_view> groups;
  while (true) {
    const size_t dot = code.find('.');
    groups.push_back(code.substr(0, dot));
    if (dot == std::string_view::npos) return groups;
    code.remove_prefix(dot + 1);
  }
}

// "H34.23.09" -> "000.09.23.H34": lowest level first, absent levels as zeros.
std::string OldSchemeCode(std::string_view canonical) {
  const std::vector<std::string_view> groups = Groups(canonical);
  const auto group = [&](size_t i, size_t width) {
    std::string text(i < groups.size() ? groups[i] : "");
    return std::string(width > text.size() ? width - text.size() : 0, '0') + text;
  };
  return group(3, 3) + "." + group(2, 2) + "." + group(1, 2) + "." + std::string(groups[0]);
}

int LimitDays(const Procedure& procedure) {
  if (!procedure.limit) return 0;
  const int amount = procedure.limit->amount;
  switch (procedure.limit->unit) {
    case LimitUnit::kWorkingHour: return std::max(1, amount / kHoursPerDay);
    case LimitUnit::kWorkingDay: return amount;
    case LimitUnit::kDay: return std::max(1, amount * 5 / 7);
    case LimitUnit::kMonth: return amount * kWorkingDaysPerMonth;
  }
  return amount;
}

// Senders are a matter of the place: nearly all units use the province-wide product, the only one
// that tells of digitisation, re-use and payment (WIRE.md 3); four departments and one district with
// its communes kept OpenCPS, the education system is a satellite of its own.
Shape ShapeOf(const DemoUnit& unit) {
  if (unit.level == UnitLevel::kDepartment) {
    if (Contains(unit.name, "Giáo dục")) return Shape::kSatellite;
    return unit.salt % 4 == 3 ? Shape::kOpenCps : Shape::kProvinceWide;
  }
  const std::vector<std::string_view> groups = Groups(unit.code);
  const uint32_t district = groups.size() > 1 ? SaltOf(groups[1]) : 0;
  return district % 5 == 3 ? Shape::kOpenCps : Shape::kProvinceWide;
}

uint64_t PopularityOf(const Procedure& procedure) {
  for (const Popularity& row : kPopularity) {
    if (Contains(procedure.field_name, row.field_part)) return row.factor;
  }
  return kOrdinaryPopularity;
}

void AssignProcedures(DemoUnit& unit, const ProcedureCatalogue& catalogue,
                      std::string_view procedure_level) {
  const Competence* own = CompetenceOf(unit);
  const auto add = [&](auto&& accepts) {
    for (const Procedure& procedure : catalogue.all()) {
      if (procedure.level != procedure_level || !accepts(procedure)) continue;
      const uint64_t rank = SaltOf(unit.code + procedure.code) % 12 + 1;
      // Rather more than half of all cases carry a fee: so many that those paid online are hardly
      // fewer than the transactions.
      const uint64_t weight = (procedure.has_fee ? 262 : 240) * PopularityOf(procedure) / rank;
      unit.procedures.push_back({&procedure, LimitDays(procedure), weight,
                                 Contains(procedure.field_name, "ất đai")});
    }
  };
  add([&](const Procedure& procedure) { return own == nullptr || Claims(*own, procedure); });
  if (unit.procedures.empty()) add([](const Procedure&) { return true; });
  unit.has_land = std::ranges::any_of(unit.procedures, &DemoProcedure::land);
}

uint64_t BusyFactor(const DemoUnit& unit) {
  for (const Busy& row : kBusy) {
    if (Contains(unit.name, row.name_part)) return static_cast<uint64_t>(row.factor);
  }
  return kOrdinaryFactor;
}

// Shares `total` over `units` in proportion to their weights, the rest to the largest remainders.
void Apportion(std::span<DemoUnit*> units, int total) {
  std::vector<uint64_t> weights;
  uint64_t sum = 0;
  for (const DemoUnit* unit : units) {
    weights.push_back(BusyFactor(*unit) * (50 + unit->salt % 100));
    sum += weights.back();
  }
  std::vector<std::pair<uint64_t, size_t>> remainders;
  int given = 0;
  for (size_t i = 0; i < units.size(); ++i) {
    const uint64_t exact = weights[i] * static_cast<uint64_t>(total);
    units[i]->share = static_cast<int>(exact / sum);
    given += units[i]->share;
    remainders.emplace_back(exact % sum, i);
  }
  std::ranges::sort(remainders, std::greater<>());
  for (size_t i = 0; given < total; ++i, ++given) ++units[remainders[i].second]->share;
}

std::vector<DemoUnit> UnitsAlive(const UnitTree& tree, UnitId root, Day day) {
  std::vector<DemoUnit> units;
  const std::vector<bool> below = tree.SubtreeOn(root, day);
  for (UnitId id = 0; id < tree.size(); ++id) {
    const Unit& unit = tree.at(id);
    const bool alive = (!unit.valid_from || *unit.valid_from <= day) &&
                       (!unit.valid_to || day <= *unit.valid_to);
    if (!below[id] || !alive || id == root) continue;
    DemoUnit& added = units.emplace_back();
    added.code = unit.code;
    added.name = unit.name;
    added.level = unit.level;
    added.salt = SaltOf(unit.code);
  }
  std::ranges::sort(units, {}, &DemoUnit::code);
  return units;
}

Result<void> Furnish(World& world, int total) {
  int left = total;
  for (const LevelShare& row : kLevelShares) {
    std::vector<DemoUnit*> of_level;
    for (DemoUnit& unit : world.units) {
      if (unit.level != row.level) continue;
      unit.shape = ShapeOf(unit);
      unit.nightly = unit.salt % 3 != 0;
      unit.wire_code = unit.shape == Shape::kProvinceWide ? unit.code : OldSchemeCode(unit.code);
      unit.calendar = &world.calendars->For(unit.code);
      AssignProcedures(unit, *world.catalogue, row.procedure_level);
      if (unit.procedures.empty()) {
        return Invalid("the shipped catalogue has no procedure of level " +
                       std::string(row.procedure_level));
      }
      of_level.push_back(&unit);
    }
    if (of_level.empty()) {
      return Invalid("the shipped units have none of level " + std::string(NameOf(row.level)));
    }
    const bool last = &row == &kLevelShares[std::size(kLevelShares) - 1];
    const int share = last ? left : total * row.percent / 100;
    Apportion(of_level, share);
    left -= share;
  }
  std::erase_if(world.units, [](const DemoUnit& unit) { return unit.share == 0; });
  return {};
}

}  // namespace

WorkingDays::WorkingDays(const WorkCalendar& calendar, Day first, Day last) {
  for (Day day = first; day <= last; day = day + 1) {
    if (calendar.IsWorkingDay(day)) days_.push_back(day);
  }
}
int WorkingDays::AtOrBefore(Day day) const { return After(day) - 1; }
int WorkingDays::After(Day day) const {
  return static_cast<int>(std::ranges::upper_bound(days_, day) - days_.begin());
}

Result<World> LoadWorld(Period period, int total) {
  const auto tree = UnitTree::Load({"builtin:units_kontum_2025.toml"});
  if (!tree) return tree.error();
  const auto calendars = CalendarBook::Load({"builtin:calendar_vn.toml"});
  if (!calendars) return calendars.error();
  const auto catalogue = ProcedureCatalogue::Load({"builtin:procedures_kontum.toml"});
  if (!catalogue) return catalogue.error();

  World world{.tree = *tree, .calendars = *calendars, .catalogue = *catalogue, .period = period,
              .units = {}, .days = {}, .first_index = 0};
  const std::optional<UnitId> root = world.tree->Find(kRootCode);
  if (!root) return Invalid("the shipped units lack " + std::string(kRootCode));
  world.units = UnitsAlive(*world.tree, *root, period.to);
  world.days = WorkingDays(world.calendars->Default(), period.from - kCarriedDays, period.to);
  world.first_index = world.days.After(period.from - 1);
  if (const auto furnished = Furnish(world, total); !furnished) return furnished.error();
  return world;
}

}  // namespace tthc::demo
