// The indicators of Quyết định 766/QĐ-TTg (23/6/2022), with their points, targets and what an empty
// denominator gives.
//
// Thread safety: immutable after loading.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.h"

namespace tthc {

enum class ZeroDenominator {
  kNone,  // no ratio and no points: null, adds nothing
  kZero,  // 0 points
  kFull,  // the maximum
};

struct Indicator {
  std::string id;           // "TDGQ.1"
  std::string group;        // "TDGQ"
  std::string portal_code;  // of the national portal; empty where it shows none
  std::string name;         // Vietnamese
  int max_points = 0;
  int target_percent = 100;  // points = min(max, max × ratio ÷ target)
  ZeroDenominator zero_denominator = ZeroDenominator::kZero;
  bool constant = false;       // always the maximum where its group is scored
  bool province_only = false;  // not awarded to units below the province
};

struct IndicatorGroup {
  std::string id;
  std::string name;
  int max_points = 0;
};

class IndicatorTable {
 public:
  // `file`: a path or "builtin:indicators_766.toml", the format of the latter. All problems are
  // told, each with file and line.
  static Result<std::shared_ptr<const IndicatorTable>> Load(const std::string& file);

  const Indicator* Find(std::string_view id) const;
  const std::vector<Indicator>& indicators() const { return indicators_; }  // in file order
  const std::vector<IndicatorGroup>& groups() const { return groups_; }

 private:
  std::vector<Indicator> indicators_;
  std::vector<IndicatorGroup> groups_;
};

}  // namespace tthc
