// The dated tree of units (cơ quan, đơn vị): who belongs to whom on which day.
//
// Codes exist in two schemes (QCVN 102:2016/BTTTT, lowest level first: "000.09.23.H34"; and
// QĐ 20/2020/QĐ-TTg, highest level first: "H34.23.09"). Both are brought to the second form, root
// first, zero groups dropped. Thread safety: a tree is immutable; share it by pointer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config_files.h"
#include "config/instant.h"
#include "config/result.h"

namespace tthc {

using UnitId = uint32_t;

enum class UnitLevel { kProvince, kDepartment, kDistrict, kCommune, kUnknown };
// "province", "department", "district", "commune", "unknown".
std::string_view NameOf(UnitLevel level);

struct Unit {
  std::string code;      // canonical: root first, "H34.23.09"
  std::string name;      // Vietnamese, NFC
  UnitLevel level = UnitLevel::kUnknown;
  std::string parent;    // canonical code; empty for a root
  std::optional<Day> valid_from;
  std::optional<Day> valid_to;    // last day of life
  std::string successor;          // who answers for it after valid_to; empty where nobody does
  bool demonstration_code = false;  // the code stands in for one that no source gives
  bool provisional = false;       // not in any file: seen on the wire only (finding unknown_unit)
};

inline constexpr size_t kMaxUnitCodeBytes = 64;

// "000.09.23.H34" and "H34.23.09" -> "H34.23.09". Surrounding blanks are dropped. Where the first
// group is a root group (letter + 2 digits) the text is of the new scheme, else where the last is
// one, of the old. Idempotent. Error where the text is no unit code (empty, over 64 bytes,
// characters outside [A-Za-z0-9._-], an empty group, no root group at either end).
Result<std::string> CanonicalUnitCode(std::string_view raw);

class UnitTree {
 public:
  // Reads one or more TOML files (format: config/data/units_kontum_2025.toml), each a path or
  // "builtin:NAME". All problems are told, each with file and line.
  static Result<std::shared_ptr<const UnitTree>> Load(const std::vector<std::string>& files);
  static Result<std::shared_ptr<const UnitTree>> FromTexts(const std::vector<ConfigText>& texts);
  // The same checks on units that come from no file; problems name the unit's position.
  static Result<std::shared_ptr<const UnitTree>> Build(std::vector<Unit> units);

  std::optional<UnitId> Find(std::string_view canonical_code) const;
  const Unit& at(UnitId id) const { return units_[id]; }
  size_t size() const { return units_.size(); }

  // A copy of this tree with `code` added provisionally: its parent is the unit with the longest
  // known prefix of its groups, or none; provisional units whose longest known prefix it now is
  // move below it, so that the order in which codes come leaves no trace. Ids of the units that
  // were there stay the same.
  std::shared_ptr<const UnitTree> WithProvisional(std::string_view canonical_code) const;

  // The parent on `day`. A unit whose life has ended hangs under its successor (where it has one,
  // else still under its parent) from the day after valid_to, so an old case rolls up to whoever
  // answers for it now. Following ParentOn from any unit on any day ends at exactly one root.
  std::optional<UnitId> ParentOn(UnitId id, Day day) const;
  // Units whose ParentOn(day) is `id` and that exist or are succeeded into it on `day`: as
  // the files name them, then provisional ones by code, in whatever order they came.
  std::vector<UnitId> ChildrenOn(UnitId id, Day day) const;
  // For every unit id: true where it is `root` or below it on `day`.
  std::vector<bool> SubtreeOn(UnitId root, Day day) const;

 private:
  std::optional<UnitId> LongestKnownPrefix(std::string_view canonical_code) const;
  bool EndedBefore(UnitId id, Day day) const;
  void Append(Unit unit);

  std::vector<Unit> units_;
  std::unordered_map<std::string, UnitId> by_code_;
  // By unit id, kNone where there is none.
  static constexpr UnitId kNone = UINT32_MAX;
  std::vector<UnitId> parents_;
  std::vector<UnitId> successors_;
};

}  // namespace tthc
