// The definitions of the indicators of Quyết định 766/QĐ-TTg (23/6/2022) as data: what is counted
// over what, points, targets per year, what an empty denominator gives, who is scored by it. A new
// year's targets or an amended decision is a new file with the days it is valid for.
//
// Thread safety: immutable after loading.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config_files.h"
#include "config/instant.h"
#include "config/result.h"

namespace tthc {

enum class ZeroDenominator {
  kNone,   // no ratio and no points: null, adds nothing
  kZero,   // 0 points
  kFull,   // the maximum
  kSplit,  // its maximum goes in equal parts to the other scored indicators of its group
};

// What a unit below the province gets.
enum class BelowProvince {
  kOwn,        // its own figures
  kInherits,   // the province's numerator and denominator
  kNoPoints,   // its own figures, without points
  kFull,       // the maximum
};

struct Indicator {
  std::string id;           // "TDGQ.1"
  std::string group;        // "TDGQ"
  std::string portal_code;  // of the national portal; empty where it shows none
  std::string name;         // Vietnamese
  std::string name_en;
  std::string source;       // legal source, where it is not the table's own
  int max_points = 0;       // 0: shown, not scored
  int target_percent = 100;  // points = min(max, max × ratio ÷ target)
  std::vector<std::pair<int, int>> target_of_year;   // {year, percent}, sorted; where it differs
  // Names of counters (metrics/indicators/counters.h). Both empty where nothing is counted
  // (constant) or nothing can be (never measured).
  std::string numerator;
  std::string denominator;
  std::string multiplier;   // id of the indicator whose ratio multiplies this one's; usually empty
  ZeroDenominator zero_denominator = ZeroDenominator::kZero;
  bool constant = false;    // always the maximum where its group is scored
  BelowProvince below_province = BelowProvince::kOwn;

  int TargetIn(int year) const;   // percent
};

struct IndicatorGroup {
  std::string id;
  std::string name;      // Vietnamese
  std::string name_en;
  int max_points = 0;
  std::string legal_group;   // of the decision's five groups, "I" … "V"
};

struct Band {                // xếp loại
  std::string code;          // "excellent", "good", "fair", "average", "weak"
  std::string name;          // Vietnamese
  int from_points = 0;       // inclusive
};

class IndicatorTable {
 public:
  // `file`: a path or "builtin:indicators_766.toml", the format of the latter. All problems are
  // told, each with file and line; maxima that do not add up to their group's or to 100 are one.
  static Result<std::shared_ptr<const IndicatorTable>> Load(const std::string& file);
  static Result<std::shared_ptr<const IndicatorTable>> FromText(const ConfigText& from);

  const std::string& id() const { return id_; }          // "qd766-portal-2026"
  const std::string& title() const { return title_; }    // Vietnamese
  const std::string& source() const { return source_; }  // legal source
  std::optional<Day> valid_from() const { return valid_from_; }
  std::optional<Day> valid_to() const { return valid_to_; }   // last day
  bool ValidOn(Day day) const;

  const Indicator* Find(std::string_view id) const;
  const std::vector<Indicator>& indicators() const { return indicators_; }  // in file order
  const std::vector<IndicatorGroup>& groups() const { return groups_; }
  const std::vector<Band>& bands() const { return bands_; }   // highest first
  const Band* BandOf(int64_t cents) const;   // of a total in hundredths of a point

 private:
  std::string id_;
  std::string title_;
  std::string source_;
  std::optional<Day> valid_from_;
  std::optional<Day> valid_to_;
  std::vector<Indicator> indicators_;
  std::vector<IndicatorGroup> groups_;
  std::vector<Band> bands_;
};

// All definitions of an installation, in the order of its files.
class IndicatorBook {
 public:
  // Refuses two files with one id.
  static Result<std::shared_ptr<const IndicatorBook>> Load(const std::vector<std::string>& files);
  static Result<std::shared_ptr<const IndicatorBook>> FromTexts(
      const std::vector<ConfigText>& texts);

  // The first table valid on the last day of the period; the first of all where none is.
  const IndicatorTable& For(const Period& period) const;
  const IndicatorTable* Find(std::string_view id) const;
  const std::vector<std::shared_ptr<const IndicatorTable>>& tables() const { return tables_; }

 private:
  std::vector<std::shared_ptr<const IndicatorTable>> tables_;
};

}  // namespace tthc
