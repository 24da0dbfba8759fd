#include "config/indicators.h"

#include <algorithm>
#include <array>

#include "config/toml_reader.h"

namespace tthc {
namespace {

struct ZeroRow {
  std::string_view name;
  ZeroDenominator rule;
};
constexpr std::array<ZeroRow, 3> kZeroRules = {{{"none", ZeroDenominator::kNone},
                                                {"zero", ZeroDenominator::kZero},
                                                {"full", ZeroDenominator::kFull}}};
constexpr int64_t kMaxPoints = 100;
constexpr int64_t kMaxPercent = 100;

int Bounded(TableReader& reader, std::string_view key, int64_t otherwise, int64_t most) {
  const int64_t value = reader.Integer(key).value_or(otherwise);
  if (value >= 1 && value <= most) return static_cast<int>(value);
  reader.Add(reader.LineOfKey(key),
             std::string(key) + " must lie between 1 and " + std::to_string(most));
  return 1;
}

IndicatorGroup ReadGroup(const toml::table& table, const std::string& file,
                         std::vector<Problem>& problems) {
  TableReader reader(table, file, problems);
  IndicatorGroup group;
  group.id = reader.RequiredText("id");
  group.name = reader.RequiredText("name");
  group.max_points = Bounded(reader, "max", 0, kMaxPoints);
  reader.Finish();
  return group;
}

Indicator ReadIndicator(const toml::table& table, const std::string& file,
                        std::vector<Problem>& problems) {
  TableReader reader(table, file, problems);
  Indicator indicator;
  indicator.id = reader.RequiredText("id");
  indicator.group = reader.RequiredText("group");
  indicator.portal_code = reader.Text("portal_code");
  indicator.name = reader.RequiredText("name");
  indicator.max_points = Bounded(reader, "max", 0, kMaxPoints);
  indicator.target_percent = Bounded(reader, "target_percent", kMaxPercent, kMaxPercent);
  const std::string zero = reader.RequiredText("zero_denominator");
  const auto row = std::find_if(kZeroRules.begin(), kZeroRules.end(),
                                [&](const ZeroRow& rule) { return rule.name == zero; });
  if (row == kZeroRules.end()) {
    reader.Add(reader.LineOfKey("zero_denominator"),
               "zero_denominator is \"none\", \"zero\" or \"full\"");
  } else {
    indicator.zero_denominator = row->rule;
  }
  indicator.constant = reader.Bool("constant").value_or(false);
  indicator.province_only = reader.Bool("province_only").value_or(false);
  reader.Finish();
  return indicator;
}

// Every indicator has its group, no id stands twice, and the maxima add up.
void CheckTogether(const std::vector<Indicator>& indicators,
                   const std::vector<IndicatorGroup>& groups, const std::string& file,
                   std::vector<Problem>& problems) {
  for (const IndicatorGroup& group : groups) {
    int sum = 0;
    for (const Indicator& indicator : indicators) {
      if (indicator.group == group.id) sum += indicator.max_points;
    }
    if (sum != group.max_points) {
      problems.push_back({file, 0,
                          "group " + group.id + " has " + std::to_string(group.max_points) +
                              " points, its indicators " + std::to_string(sum)});
    }
  }
  for (size_t i = 0; i < indicators.size(); ++i) {
    const Indicator& indicator = indicators[i];
    const bool known = std::any_of(groups.begin(), groups.end(), [&](const IndicatorGroup& group) {
      return group.id == indicator.group;
    });
    if (!known) {
      problems.push_back(
          {file, 0, "indicator " + indicator.id + " names the unknown group " + indicator.group});
    }
    for (size_t j = 0; j < i; ++j) {
      if (indicators[j].id == indicator.id) {
        problems.push_back({file, 0, "indicator " + indicator.id + " stands twice"});
      }
    }
  }
}

}  // namespace

Result<std::shared_ptr<const IndicatorTable>> IndicatorTable::Load(const std::string& file) {
  std::vector<Problem> problems;
  auto table = std::make_shared<IndicatorTable>();
  const auto root = LoadToml(file, problems);
  if (root) {
    TableReader reader(*root, file, problems);
    reader.RequiredText("source");
    for (const toml::table* group : reader.Tables("group")) {
      table->groups_.push_back(ReadGroup(*group, file, problems));
    }
    for (const toml::table* indicator : reader.Tables("indicator")) {
      table->indicators_.push_back(ReadIndicator(*indicator, file, problems));
    }
    reader.Finish();
    CheckTogether(table->indicators_, table->groups_, file, problems);
  }
  if (!problems.empty()) return ToError(problems);
  return std::shared_ptr<const IndicatorTable>(std::move(table));
}

const Indicator* IndicatorTable::Find(std::string_view id) const {
  const auto row = std::find_if(indicators_.begin(), indicators_.end(),
                                [&](const Indicator& indicator) { return indicator.id == id; });
  return row == indicators_.end() ? nullptr : &*row;
}

}  // namespace tthc
