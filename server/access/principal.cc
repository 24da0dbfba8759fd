#include "server/access/principal.h"

#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "config/json_text.h"

namespace tthc {

std::vector<std::string> BoundUnits(const Principal& principal, Day today) {
  std::vector<std::string> codes;
  for (const UnitBinding& binding : principal.bindings) {
    if (binding.BindsOn(today)) codes.push_back(binding.code);
  }
  return codes;
}

bool MaySee(const Principal& principal, const UnitTree& tree, Day today, std::string_view unit) {
  if (principal.sees_all_units) return true;
  const auto binds = [&](const std::string& code) {
    return std::any_of(
        principal.bindings.begin(), principal.bindings.end(),
        [&](const UnitBinding& binding) { return binding.code == code && binding.BindsOn(today); });
  };
  std::optional<UnitId> id = tree.Find(unit);
  for (size_t steps = 0; id && steps < tree.size(); ++steps) {
    if (binds(tree.at(*id).code)) return true;
    id = tree.ParentOn(*id, today);
  }
  return false;
}

bool MaySeeAllBelow(const Principal& principal, const UnitTree& tree, Day today,
                    std::string_view unit, const UnitTree& asked, Day day) {
  if (principal.sees_all_units) return true;
  const auto root = asked.Find(unit);
  if (!root) return false;
  const std::vector<bool> below = asked.SubtreeOn(*root, day);
  for (UnitId id = 0; id < below.size(); ++id) {
    if (below[id] && !MaySee(principal, tree, today, asked.at(id).code)) return false;
  }
  return true;
}

std::vector<std::string> WithPredecessors(std::vector<std::string> codes, const UnitTree& tree,
                                          Day today) {
  Principal watcher;
  for (const std::string& code : codes) watcher.bindings.push_back({code, {}, {}});
  for (UnitId id = 0; id < tree.size(); ++id) {
    const Unit& unit = tree.at(id);
    if (!unit.valid_to || *unit.valid_to >= today || unit.successor.empty()) continue;
    if (MaySee(watcher, tree, today, unit.code)) codes.push_back(unit.code);
  }
  return codes;
}

std::string CleanName(std::string_view utf8) {
  const auto text =
      icu::UnicodeString::fromUTF8({utf8.data(), static_cast<int32_t>(utf8.size())});
  icu::UnicodeString kept;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    const int8_t kind = u_charType(c);
    if (kind != U_CONTROL_CHAR && kind != U_FORMAT_CHAR && kind != U_LINE_SEPARATOR &&
        kind != U_PARAGRAPH_SEPARATOR) {
      kept.append(c);
    }
  }
  std::string name;
  kept.trim().toUTF8String(name);
  return std::string(CutUtf8(name, kMaxNameBytes));
}

}  // namespace tthc
