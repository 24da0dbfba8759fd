#include "config/indicators.h"

#include <algorithm>
#include <map>
#include <set>

#include "config/toml_reader.h"

namespace tthc {
namespace {

constexpr int64_t kAllPoints = 100;
constexpr int64_t kMaxPercent = 100;
constexpr int64_t kCentsPerPoint = 100;
constexpr size_t kMaxIndicators = 200;
constexpr size_t kMaxIdBytes = 64;
constexpr int64_t kFirstYear = 1990;  // as in the names of periods (ParsePeriod)
constexpr int64_t kLastYear = 2100;

template <typename Rule>
struct NamedRule {
  std::string_view name;
  Rule rule;
};
constexpr NamedRule<ZeroDenominator> kZeroRules[] = {{"none", ZeroDenominator::kNone},
                                                     {"zero", ZeroDenominator::kZero},
                                                     {"full", ZeroDenominator::kFull},
                                                     {"split", ZeroDenominator::kSplit}};
constexpr NamedRule<BelowProvince> kBelowRules[] = {{"own", BelowProvince::kOwn},
                                                    {"inherits", BelowProvince::kInherits},
                                                    {"no_points", BelowProvince::kNoPoints},
                                                    {"full", BelowProvince::kFull}};
// The five groups of the decision.
constexpr std::string_view kLegalGroups[] = {"I", "II", "III", "IV", "V"};

// Keys that only an indicator with points may have.
constexpr std::string_view kPointKeys[] = {"constant", "multiplier", "target_of_year",
                                           "target_percent"};

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool IsIdCharacter(char c) {
  return IsLowerOrDigit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
}
bool IsCounterCharacter(char c) { return IsLowerOrDigit(c) || c == '_' || c == '.'; }

// An id goes into addresses, labels and stored figures.
std::string ReadId(TableReader& reader, std::string_view key) {
  std::string id = reader.RequiredText(key);
  if (id.size() > kMaxIdBytes || !std::all_of(id.begin(), id.end(), IsIdCharacter)) {
    reader.Add(reader.LineOfKey(key), std::string(key) + ": an id has at most " +
                                          std::to_string(kMaxIdBytes) +
                                          " letters A-Z a-z, digits, '.', '-' and '_'");
  }
  return id;
}

// Which counters there are is known where they are counted; here only their shape.
std::string ReadCounter(TableReader& reader, std::string_view key) {
  std::string name = reader.Text(key);
  if (!std::all_of(name.begin(), name.end(), IsCounterCharacter)) {
    reader.Add(reader.LineOfKey(key),
               std::string(key) + ": the name of a counter has only a-z, 0-9, '_' and '.'");
  }
  return name;
}

int ReadBounded(TableReader& reader, std::string_view key, int64_t otherwise, int64_t least,
                int64_t most) {
  const int64_t value = reader.Integer(key).value_or(otherwise);
  if (value >= least && value <= most) return static_cast<int>(value);
  reader.Add(reader.LineOfKey(key), std::string(key) + ": must lie between " +
                                        std::to_string(least) + " and " + std::to_string(most));
  return static_cast<int>(least);
}

template <typename Rule, size_t N>
Rule ReadRule(TableReader& reader, std::string_view key, const NamedRule<Rule> (&rules)[N],
              Rule otherwise) {
  const std::string name = reader.Text(key);
  if (!reader.Has(key)) return otherwise;
  std::string known;
  for (const NamedRule<Rule>& each : rules) {
    if (each.name == name) return each.rule;
    known += (known.empty() ? "" : ", ") + std::string(each.name);
  }
  reader.Add(reader.LineOfKey(key), std::string(key) + ": '" + name + "' is none of " + known);
  return otherwise;
}

IndicatorGroup ReadGroup(TableReader& reader) {
  IndicatorGroup group;
  group.id = ReadId(reader, "id");
  group.name = reader.RequiredText("name");
  group.name_en = reader.Text("name_en");
  group.max_points = ReadBounded(reader, "max", 0, 1, kAllPoints);
  group.legal_group = reader.RequiredText("legal_group");
  const bool known = std::find(std::begin(kLegalGroups), std::end(kLegalGroups),
                               group.legal_group) != std::end(kLegalGroups);
  if (!known && !group.legal_group.empty()) {
    reader.Add(reader.LineOfKey("legal_group"),
               "legal_group: '" + group.legal_group + "' is none of I, II, III, IV, V");
  }
  return group;
}

Band ReadBand(TableReader& reader) {
  Band band;
  band.code = ReadId(reader, "code");
  band.name = reader.RequiredText("name");
  band.from_points = ReadBounded(reader, "from", -1, 0, kAllPoints);
  return band;
}

void ReadTargetsOfYears(TableReader& reader, Indicator& indicator) {
  std::set<int> years;
  for (const toml::table* row : reader.Tables("target_of_year")) {
    TableReader target(*row, reader.file(), reader.problems());
    const int year = ReadBounded(target, "year", 0, kFirstYear, kLastYear);
    const int percent = ReadBounded(target, "percent", 0, 1, kMaxPercent);
    target.Finish();
    if (!years.insert(year).second) {
      target.Add("target_of_year: the year " + std::to_string(year) + " stands twice");
    }
    indicator.target_of_year.emplace_back(year, percent);
  }
  std::sort(indicator.target_of_year.begin(), indicator.target_of_year.end());
}

void CheckCounting(TableReader& reader, const Indicator& indicator) {
  const bool counts_top = !indicator.numerator.empty();
  const bool counts_bottom = !indicator.denominator.empty();
  if (counts_top && !counts_bottom) {
    reader.Add(reader.LineOfKey("numerator"),
               "numerator: stands without a denominator; give both or neither");
  }
  if (counts_bottom && !counts_top) {
    reader.Add(reader.LineOfKey("denominator"),
               "denominator: stands without a numerator; give both or neither");
  }
  if (indicator.constant && (counts_top || counts_bottom)) {
    reader.Add(reader.LineOfKey("constant"),
               "constant: always the maximum, so nothing is counted; leave the counters out");
  }
}

// An indicator of 0 points is information; what would give it points is a mistake.
void CheckInformation(TableReader& reader, const Indicator& indicator) {
  if (indicator.max_points != 0) return;
  constexpr std::string_view kWhy = ": an indicator of 0 points is only shown; leave it out";
  const auto refuse = [&](std::string_view key) {
    reader.Add(reader.LineOfKey(key), std::string(key) + std::string(kWhy));
  };
  for (const std::string_view key : kPointKeys) {
    if (reader.Has(key)) refuse(key);
  }
  if (indicator.zero_denominator != ZeroDenominator::kNone) refuse("zero_denominator");
  if (indicator.below_province == BelowProvince::kFull ||
      indicator.below_province == BelowProvince::kNoPoints) {
    refuse("below_province");
  }
}

Indicator ReadIndicator(TableReader& reader) {
  Indicator indicator;
  indicator.id = ReadId(reader, "id");
  indicator.group = reader.RequiredText("group");
  indicator.portal_code = reader.Text("portal_code");
  indicator.name = reader.RequiredText("name");
  indicator.name_en = reader.Text("name_en");
  indicator.source = reader.Text("source");
  indicator.max_points = ReadBounded(reader, "max", -1, 0, kAllPoints);
  indicator.target_percent = ReadBounded(reader, "target_percent", kMaxPercent, 1, kMaxPercent);
  ReadTargetsOfYears(reader, indicator);
  indicator.numerator = ReadCounter(reader, "numerator");
  indicator.denominator = ReadCounter(reader, "denominator");
  indicator.multiplier = reader.Text("multiplier");
  indicator.constant = reader.Bool("constant").value_or(false);
  indicator.zero_denominator =
      ReadRule(reader, "zero_denominator", kZeroRules, ZeroDenominator::kNone);
  indicator.below_province = ReadRule(reader, "below_province", kBelowRules, BelowProvince::kOwn);
  reader.Text("note");
  if (indicator.max_points > 0 && !reader.Has("zero_denominator")) {
    reader.Add("zero_denominator: is missing; say what an empty denominator gives");
  }
  CheckCounting(reader, indicator);
  CheckInformation(reader, indicator);
  return indicator;
}

// A thing of the file and where it stands.
template <typename T>
struct Placed {
  T value;
  const toml::table* table = nullptr;
};

template <typename T>
std::vector<Placed<T>> ReadAll(TableReader& root, std::string_view key, T (*read)(TableReader&)) {
  std::vector<Placed<T>> all;
  for (const toml::table* table : root.Tables(key)) {
    TableReader reader(*table, root.file(), root.problems());
    all.push_back({read(reader), table});
    reader.Finish();
  }
  return all;
}

template <typename T>
std::vector<T> Values(std::vector<Placed<T>> placed) {
  std::vector<T> values;
  for (Placed<T>& each : placed) values.push_back(std::move(each.value));
  return values;
}

// What only the whole file shows.
class Whole {
 public:
  Whole(const std::vector<Placed<IndicatorGroup>>& groups, const std::vector<Placed<Band>>& bands,
        const std::vector<Placed<Indicator>>& indicators, TableReader& root)
      : groups_(groups), bands_(bands), indicators_(indicators), root_(root) {}

  void Check() {
    CheckBands();
    if (indicators_.size() > kMaxIndicators) {
      root_.Add("more than " + std::to_string(kMaxIndicators) + " indicators");
      return;
    }
    CheckIndicators();
    CheckGroups();
  }

 private:
  void Add(const toml::table& table, std::string_view key, std::string reason) {
    const toml::node* node = table.get(key);
    root_.Add(LineOf(node == nullptr ? table : *node), std::move(reason));
  }

  void CheckBands() {
    std::set<std::string> codes;
    int above = static_cast<int>(kAllPoints) + 1;
    for (const auto& [band, table] : bands_) {
      if (!codes.insert(band.code).second) {
        Add(*table, "code", "band " + band.code + " stands twice");
      }
      if (band.from_points >= above) {
        Add(*table, "from", "from: bands stand from the highest to the lowest");
      }
      above = band.from_points;
    }
    if (!bands_.empty() && above != 0) {
      Add(*bands_.back().table, "from", "from: the last band must begin at 0");
    }
  }

  void CheckGroups() {
    std::set<std::string> ids;
    int total = 0;
    for (const auto& [group, table] : groups_) {
      if (!ids.insert(group.id).second) Add(*table, "id", "group " + group.id + " stands twice");
      total += group.max_points;
      const int sum = points_[group.id];
      if (sum == group.max_points) continue;
      Add(*table, "max", "group " + group.id + " has " + std::to_string(group.max_points) +
                             " points, its indicators " + std::to_string(sum));
    }
    if (total != kAllPoints) {
      root_.Add(groups_.empty() ? 0 : LineOf(*groups_.front().table),
                "the groups have " + std::to_string(total) + " points together, not " +
                    std::to_string(kAllPoints));
    }
  }

  void CheckIndicators() {
    std::set<std::string> groups;
    for (const auto& [group, table] : groups_) groups.insert(group.id);
    for (const auto& [indicator, table] : indicators_) {
      if (!by_id_.emplace(indicator.id, &indicator).second) {
        Add(*table, "id", "indicator " + indicator.id + " stands twice");
      }
      if (!groups.contains(indicator.group) && !indicator.group.empty()) {
        Add(*table, "group", "group: there is no [[group]] " + indicator.group);
      }
      points_[indicator.group] += indicator.max_points;
      scored_[indicator.group] += indicator.max_points > 0 ? 1 : 0;
    }
    for (const auto& [indicator, table] : indicators_) {
      CheckMultiplier(indicator, *table);
      if (indicator.zero_denominator == ZeroDenominator::kSplit && scored_[indicator.group] < 2) {
        Add(*table, "zero_denominator",
            "zero_denominator: 'split' needs another indicator with points in group " +
                indicator.group);
      }
    }
  }

  // A multiplier is a plain ratio, so that multipliers form neither a chain nor a circle.
  void CheckMultiplier(const Indicator& indicator, const toml::table& table) {
    if (indicator.multiplier.empty()) return;
    const auto found = by_id_.find(indicator.multiplier);
    if (found == by_id_.end()) {
      Add(table, "multiplier", "multiplier: there is no indicator " + indicator.multiplier);
    } else if (found->first == indicator.id) {
      Add(table, "multiplier", "multiplier: " + indicator.id + " cannot multiply itself");
    } else if (!found->second->multiplier.empty()) {
      Add(table, "multiplier", "multiplier: " + indicator.multiplier + " is multiplied by " +
                                   found->second->multiplier + "; only a plain ratio may multiply");
    } else if (found->second->numerator.empty()) {
      Add(table, "multiplier", "multiplier: " + indicator.multiplier + " counts nothing");
    }
  }

  const std::vector<Placed<IndicatorGroup>>& groups_;
  const std::vector<Placed<Band>>& bands_;
  const std::vector<Placed<Indicator>>& indicators_;
  TableReader& root_;
  std::map<std::string, const Indicator*> by_id_;
  std::map<std::string, int> points_;  // of a group's indicators
  std::map<std::string, int> scored_;  // how many of them have points
};

}  // namespace

int Indicator::TargetIn(int year) const {
  for (const auto& [known, percent] : target_of_year) {
    if (known == year) return percent;
  }
  return target_percent;
}

Result<std::shared_ptr<const IndicatorTable>> IndicatorTable::Load(const std::string& file) {
  return FromText({file, ReadConfigText(file)});
}

Result<std::shared_ptr<const IndicatorTable>> IndicatorTable::FromText(const ConfigText& from) {
  std::vector<Problem> problems;
  auto table = std::make_shared<IndicatorTable>();
  const std::string& file = from.file;
  const auto root = LoadToml(from, problems);
  if (root) {
    TableReader reader(*root, file, problems);
    table->id_ = ReadId(reader, "id");
    table->title_ = reader.RequiredText("title");
    table->source_ = reader.RequiredText("source");
    table->valid_from_ = reader.Date("valid_from");
    table->valid_to_ = reader.Date("valid_to");
    if (table->valid_from_ && table->valid_to_ && *table->valid_to_ < *table->valid_from_) {
      reader.Add(reader.LineOfKey("valid_to"), "valid_to: lies before valid_from");
    }
    auto groups = ReadAll(reader, "group", ReadGroup);
    auto bands = ReadAll(reader, "band", ReadBand);
    auto indicators = ReadAll(reader, "indicator", ReadIndicator);
    reader.Finish();
    Whole(groups, bands, indicators, reader).Check();
    table->groups_ = Values(std::move(groups));
    table->bands_ = Values(std::move(bands));
    table->indicators_ = Values(std::move(indicators));
  }
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem& a, const Problem& b) { return a.line < b.line; });
  if (!problems.empty()) return ToError(problems);
  return std::shared_ptr<const IndicatorTable>(std::move(table));
}

bool IndicatorTable::ValidOn(Day day) const {
  return (!valid_from_ || *valid_from_ <= day) && (!valid_to_ || day <= *valid_to_);
}

const Indicator* IndicatorTable::Find(std::string_view id) const {
  const auto row = std::find_if(indicators_.begin(), indicators_.end(),
                                [&](const Indicator& indicator) { return indicator.id == id; });
  return row == indicators_.end() ? nullptr : &*row;
}

const Band* IndicatorTable::BandOf(int64_t cents) const {
  const auto band = std::find_if(bands_.begin(), bands_.end(), [&](const Band& each) {
    return cents >= each.from_points * kCentsPerPoint;
  });
  return band == bands_.end() ? nullptr : &*band;
}

Result<std::shared_ptr<const IndicatorBook>> IndicatorBook::Load(
    const std::vector<std::string>& files) {
  return FromTexts(ReadConfigTexts(files));
}

Result<std::shared_ptr<const IndicatorBook>> IndicatorBook::FromTexts(
    const std::vector<ConfigText>& texts) {
  auto book = std::make_shared<IndicatorBook>();
  std::map<std::string, std::string> file_of;
  std::string problems;
  const auto add = [&](const std::string& text) {
    problems += (problems.empty() ? "" : "\n") + text;
  };
  if (texts.empty()) add("there is no file of indicators");
  for (const ConfigText& from : texts) {
    const std::string& file = from.file;
    const auto table = IndicatorTable::FromText(from);
    if (!table) {
      add(table.error().message);
      continue;
    }
    const auto [first, is_new] = file_of.emplace((*table)->id(), file);
    if (!is_new) add(file + ": id: " + first->first + " is already that of " + first->second);
    book->tables_.push_back(*table);
  }
  if (!problems.empty()) return Invalid(problems);
  return std::shared_ptr<const IndicatorBook>(std::move(book));
}

const IndicatorTable& IndicatorBook::For(const Period& period) const {
  const auto valid = std::find_if(tables_.begin(), tables_.end(),
                                  [&](const auto& table) { return table->ValidOn(period.to); });
  return valid == tables_.end() ? *tables_.front() : **valid;
}

const IndicatorTable* IndicatorBook::Find(std::string_view id) const {
  const auto found = std::find_if(tables_.begin(), tables_.end(),
                                  [&](const auto& table) { return table->id() == id; });
  return found == tables_.end() ? nullptr : found->get();
}

}  // namespace tthc
