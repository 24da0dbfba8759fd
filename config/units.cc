#include "config/units.h"

#include <algorithm>
#include <set>

#include "config/toml_reader.h"

namespace tthc {
namespace {

struct LevelName {
  UnitLevel level;
  std::string_view name;
};
constexpr LevelName kLevelNames[] = {
    {UnitLevel::kProvince, "province"}, {UnitLevel::kDepartment, "department"},
    {UnitLevel::kDistrict, "district"}, {UnitLevel::kCommune, "commune"},
    {UnitLevel::kUnknown, "unknown"},
};

std::optional<UnitLevel> LevelNamed(std::string_view name) {
  for (const LevelName& each : kLevelNames) {
    if (each.name == name) return each.level;
  }
  return std::nullopt;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool IsCodeCharacter(char c) {
  return IsDigit(c) || IsLetter(c) || c == '.' || c == '_' || c == '-';
}
bool IsRootGroup(std::string_view group) {
  return group.size() == 3 && IsLetter(group[0]) && IsDigit(group[1]) && IsDigit(group[2]);
}
bool IsZeroGroup(std::string_view group) {
  return group.find_first_not_of('0') == std::string_view::npos;
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::vector<std::string_view> GroupsOf(std::string_view code) {
  std::vector<std::string_view> groups;
  for (size_t start = 0;;) {
    const size_t dot = code.find('.', start);
    groups.push_back(code.substr(start, dot - start));
    if (dot == std::string_view::npos) return groups;
    start = dot + 1;
  }
}

// A unit as read, with the place to name in a problem.
struct Located {
  Unit unit;
  std::string file;
  int line = 0;
  std::string reason_prefix;  // "unit H34.01: "
};

class Checker {
 public:
  explicit Checker(const std::vector<Located>& units) : units_(units) {
    for (size_t i = 0; i < units.size(); ++i) CheckAlone(i);
    for (size_t i = 0; i < units.size(); ++i) CheckReferences(i);
    if (!problems_.empty()) return;
    CheckCycles("parent", [this](size_t i) { return IndexOf(units_[i].unit.parent); });
    CheckCycles("successor", [this](size_t i) { return IndexOf(units_[i].unit.successor); });
    if (problems_.empty()) CheckCyclesOverTime();
  }

  const std::vector<Problem>& problems() const { return problems_; }

 private:
  void Add(size_t i, const std::string& reason) {
    problems_.push_back({units_[i].file, units_[i].line, units_[i].reason_prefix + reason});
  }

  std::optional<size_t> IndexOf(const std::string& code) const {
    const auto found = code.empty() ? by_code_.end() : by_code_.find(code);
    return found == by_code_.end() ? std::nullopt : std::optional(found->second);
  }

  void CheckAlone(size_t i) {
    const Unit& unit = units_[i].unit;
    const auto canonical = CanonicalUnitCode(unit.code);
    if (!canonical) return Add(i, canonical.error().message);
    if (*canonical != unit.code) return Add(i, "write the code as " + *canonical);
    const auto [first, is_new] = by_code_.emplace(unit.code, i);
    if (!is_new) {
      Add(i, "the code is already taken by the unit at " +
                 Problem{units_[first->second].file, units_[first->second].line, "line"}.Text());
    }
    if (unit.name.empty()) Add(i, "the name is empty");
    if (unit.valid_from && unit.valid_to && *unit.valid_to < *unit.valid_from) {
      Add(i, "valid_to " + FormatDay(*unit.valid_to) + " lies before valid_from " +
                 FormatDay(*unit.valid_from));
    }
    if (!unit.successor.empty() && !unit.valid_to) {
      Add(i, "a successor needs valid_to, the last day before it");
    }
  }

  void CheckReferences(size_t i) {
    const Unit& unit = units_[i].unit;
    if (!unit.parent.empty() && !IndexOf(unit.parent)) {
      Add(i, "there is no unit " + unit.parent + " (parent)");
    }
    if (!unit.successor.empty() && !IndexOf(unit.successor)) {
      Add(i, "there is no unit " + unit.successor + " (successor)");
    }
  }

  // Follows `next` from every unit; each unit is visited once.
  template <typename Next>
  void CheckCycles(std::string_view what, Next next) {
    enum class Mark : uint8_t { kNew, kOnPath, kDone };
    std::vector<Mark> marks(units_.size(), Mark::kNew);
    for (size_t start = 0; start < units_.size(); ++start) {
      std::vector<size_t> path;
      std::optional<size_t> at = start;
      while (at && marks[*at] == Mark::kNew) {
        marks[*at] = Mark::kOnPath;
        path.push_back(*at);
        at = next(*at);
      }
      if (at && marks[*at] == Mark::kOnPath) {
        Add(*at, "following " + std::string(what) + " from here leads back here (cycle)");
      }
      for (size_t i : path) marks[i] = Mark::kDone;
    }
  }

  // Parents and successors may be sound apart and still close a ring on some day.
  void CheckCyclesOverTime() {
    std::set<Day> ends;
    for (const Located& each : units_) {
      if (each.unit.valid_to && !each.unit.successor.empty()) ends.insert(*each.unit.valid_to);
    }
    for (const Day end : ends) {
      const Day day = end + 1;
      CheckCycles("parent and successor on " + FormatDay(day), [this, day](size_t i) {
        const Unit& unit = units_[i].unit;
        const bool succeeded = !unit.successor.empty() && day > *unit.valid_to;
        return IndexOf(succeeded ? unit.successor : unit.parent);
      });
      if (!problems_.empty()) return;
    }
  }

  const std::vector<Located>& units_;
  std::unordered_map<std::string, size_t> by_code_;
  std::vector<Problem> problems_;
};

Located ReadUnit(const toml::table& table, const std::string& file, bool demonstration,
                 std::vector<Problem>& problems) {
  TableReader reader(table, file, problems);
  Located located;
  Unit& unit = located.unit;
  unit.code = reader.RequiredText("code");
  unit.name = reader.RequiredText("name");
  const std::string level = reader.RequiredText("level");
  if (const auto named = LevelNamed(level)) {
    unit.level = *named;
  } else if (!level.empty()) {
    reader.Add(reader.LineOfKey("level"),
               "level: '" + level +
                   "' is none of province, department, district, commune, unknown");
  }
  unit.parent = reader.Text("parent");
  unit.valid_from = reader.Date("valid_from");
  unit.valid_to = reader.Date("valid_to");
  unit.successor = reader.Text("successor");
  unit.demonstration_code = reader.Bool("demonstration_code").value_or(demonstration);
  reader.Text("note");  // for people who read the file
  reader.Finish();
  located.file = file;
  located.line = reader.line();
  located.reason_prefix = "unit " + unit.code + ": ";
  return located;
}

void ReadFile(const ConfigText& from, std::vector<Located>& units,
              std::vector<Problem>& problems) {
  const std::string& file = from.file;
  const auto root = LoadToml(from, problems);
  if (!root) return;
  TableReader reader(*root, file, problems);
  bool demonstration = false;
  if (const toml::table* about = reader.Table("about")) {
    TableReader about_reader(*about, file, problems);
    about_reader.RequiredText("title");
    about_reader.TextList("sources");
    about_reader.TextList("notes");
    demonstration = about_reader.Bool("demonstration_codes").value_or(false);
    about_reader.Finish();
  }
  for (const toml::table* table : reader.Tables("unit")) {
    units.push_back(ReadUnit(*table, file, demonstration, problems));
  }
  reader.Finish();
}

}  // namespace

std::string_view NameOf(UnitLevel level) {
  for (const LevelName& each : kLevelNames) {
    if (each.level == level) return each.name;
  }
  return "unknown";
}

Result<std::string> CanonicalUnitCode(std::string_view raw) {
  const std::string_view text = Trimmed(raw);
  const auto bad = [text](std::string_view why) {
    return Invalid("'" + std::string(text.substr(0, kMaxUnitCodeBytes)) + "' is no unit code: " +
                   std::string(why));
  };
  if (text.empty()) return Invalid("the unit code is empty");
  if (text.size() > kMaxUnitCodeBytes) {
    return bad("it is over " + std::to_string(kMaxUnitCodeBytes) + " bytes");
  }
  if (!std::all_of(text.begin(), text.end(), IsCodeCharacter)) {
    return bad("it has characters outside A-Z a-z 0-9 . _ -");
  }
  std::vector<std::string_view> groups = GroupsOf(text);
  if (std::any_of(groups.begin(), groups.end(), [](auto group) { return group.empty(); })) {
    return bad("it has an empty group");
  }
  if (!IsRootGroup(groups.front())) {
    if (!IsRootGroup(groups.back())) return bad("neither end is a root group like H34");
    std::reverse(groups.begin(), groups.end());
  }
  std::string code(groups.front());
  if (code[0] >= 'a') code[0] = static_cast<char>(code[0] - 'a' + 'A');
  for (size_t i = 1; i < groups.size(); ++i) {
    if (!IsZeroGroup(groups[i])) code.append(".").append(groups[i]);
  }
  return code;
}

namespace {

Result<void> CheckAll(const std::vector<Located>& units) {
  const Checker checker(units);
  if (!checker.problems().empty()) return ToError(checker.problems());
  return {};
}

}  // namespace

Result<std::shared_ptr<const UnitTree>> UnitTree::Load(const std::vector<std::string>& files) {
  return FromTexts(ReadConfigTexts(files));
}

Result<std::shared_ptr<const UnitTree>> UnitTree::FromTexts(const std::vector<ConfigText>& texts) {
  std::vector<Located> located;
  std::vector<Problem> problems;
  for (const ConfigText& from : texts) ReadFile(from, located, problems);
  if (!problems.empty()) return ToError(problems);
  if (auto sound = CheckAll(located); !sound) return sound.error();
  std::vector<Unit> units;
  for (Located& each : located) units.push_back(std::move(each.unit));
  return Build(std::move(units));
}

Result<std::shared_ptr<const UnitTree>> UnitTree::Build(std::vector<Unit> units) {
  std::vector<Located> located;
  for (size_t i = 0; i < units.size(); ++i) {
    located.push_back({units[i], "units", static_cast<int>(i + 1), "unit " + units[i].code + ": "});
  }
  if (auto sound = CheckAll(located); !sound) return sound.error();
  auto tree = std::make_shared<UnitTree>();
  for (Unit& unit : units) tree->Append(std::move(unit));
  const auto id_of = [&tree](const std::string& code) { return tree->Find(code).value_or(kNone); };
  for (UnitId id = 0; id < tree->size(); ++id) {
    tree->parents_[id] = id_of(tree->units_[id].parent);
    tree->successors_[id] = id_of(tree->units_[id].successor);
  }
  return std::shared_ptr<const UnitTree>(std::move(tree));
}

void UnitTree::Append(Unit unit) {
  by_code_.emplace(unit.code, static_cast<UnitId>(units_.size()));
  units_.push_back(std::move(unit));
  parents_.push_back(kNone);
  successors_.push_back(kNone);
}

std::optional<UnitId> UnitTree::Find(std::string_view canonical_code) const {
  const auto found = by_code_.find(std::string(canonical_code));
  return found == by_code_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<UnitId> UnitTree::LongestKnownPrefix(std::string_view canonical_code) const {
  while (true) {
    const size_t dot = canonical_code.rfind('.');
    if (dot == std::string_view::npos) return std::nullopt;
    canonical_code = canonical_code.substr(0, dot);
    if (const auto id = Find(canonical_code)) return id;
  }
}

std::shared_ptr<const UnitTree> UnitTree::WithProvisional(std::string_view canonical_code) const {
  auto tree = std::make_shared<UnitTree>(*this);
  if (Find(canonical_code)) return tree;
  const auto parent = LongestKnownPrefix(canonical_code);
  Unit unit;
  unit.code = canonical_code;
  unit.name = canonical_code;
  unit.parent = parent ? units_[*parent].code : "";
  unit.provisional = true;
  tree->Append(std::move(unit));
  tree->parents_.back() = parent.value_or(kNone);
  const auto added = static_cast<UnitId>(tree->units_.size() - 1);
  for (UnitId id = 0; id < added; ++id) {
    Unit& other = tree->units_[id];
    if (!other.provisional || tree->LongestKnownPrefix(other.code) != added) continue;
    other.parent = canonical_code;
    tree->parents_[id] = added;
  }
  return tree;
}

bool UnitTree::EndedBefore(UnitId id, Day day) const {
  return units_[id].valid_to && *units_[id].valid_to < day;
}

std::optional<UnitId> UnitTree::ParentOn(UnitId id, Day day) const {
  const UnitId above =
      successors_[id] != kNone && EndedBefore(id, day) ? successors_[id] : parents_[id];
  return above == kNone ? std::nullopt : std::optional(above);
}

std::vector<UnitId> UnitTree::ChildrenOn(UnitId id, Day day) const {
  std::vector<UnitId> children;
  for (UnitId child = 0; child < units_.size(); ++child) {
    if (ParentOn(child, day) != id) continue;
    const bool begun = !units_[child].valid_from || *units_[child].valid_from <= day;
    const bool lives_or_succeeded = !EndedBefore(child, day) || successors_[child] != kNone;
    if (begun && lives_or_succeeded) children.push_back(child);
  }
  const auto known_end = std::stable_partition(
      children.begin(), children.end(), [&](UnitId unit) { return !units_[unit].provisional; });
  std::sort(known_end, children.end(),
            [&](UnitId a, UnitId b) { return units_[a].code < units_[b].code; });
  return children;
}

std::vector<bool> UnitTree::SubtreeOn(UnitId root, Day day) const {
  enum class Mark : uint8_t { kUnknown, kInside, kOutside };
  std::vector<Mark> marks(units_.size(), Mark::kUnknown);
  marks[root] = Mark::kInside;
  std::vector<UnitId> path;
  for (UnitId start = 0; start < units_.size(); ++start) {
    path.clear();
    std::optional<UnitId> at = start;
    while (at && marks[*at] == Mark::kUnknown) {
      path.push_back(*at);
      at = ParentOn(*at, day);
    }
    const Mark mark = at ? marks[*at] : Mark::kOutside;
    for (UnitId id : path) marks[id] = mark;
  }
  std::vector<bool> inside(units_.size());
  for (UnitId id = 0; id < units_.size(); ++id) inside[id] = marks[id] == Mark::kInside;
  return inside;
}

}  // namespace tthc
