// Who asks: a name, rights, and the units whose cases it may know of.
//
// Two kinds of time. Which units are seen follows the monitor's own day (the process clock, as the
// unit tree does): `today` below. Whether a token still counts follows the machine's wall clock, so
// that no `--clock` makes an old token live. Thread safety: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/instant.h"
#include "config/units.h"
#include "server/access/roles.h"

namespace tthc {

// A unit and all below it, from the first to the last of these days (Asia/Ho_Chi_Minh), both
// included; without them since ever and for ever.
struct UnitBinding {
  std::string code;  // canonical
  std::optional<Day> from;
  std::optional<Day> to;

  bool BindsOn(Day day) const { return (!from || *from <= day) && (!to || day <= *to); }
  friend bool operator==(const UnitBinding&, const UnitBinding&) = default;
};

inline constexpr size_t kMaxBindings = 1000;  // of one principal
inline constexpr size_t kMaxNameBytes = 100;  // of a principal

// One that was made by nobody may do nothing and sees nothing.
struct Principal {
  std::string name;  // in acknowledgements and closings
  Rights rights;
  bool sees_all_units = false;
  std::vector<UnitBinding> bindings;  // of no account where it sees all units
  std::optional<Instant> expires;     // wall clock; from then on the token counts for nothing

  bool May(Right right) const { return rights.Has(right); }
  bool ExpiredAt(Instant wall_now) const { return expires && *expires <= wall_now; }
};

// The codes that bind on `today`; empty also where none does, which means no unit at all.
std::vector<std::string> BoundUnits(const Principal& principal, Day today);

// True where `unit` (canonical) is one of the units that bind on `today` or below one in the tree
// of `today`: after a merger whoever answers for the old unit sees its cases.
bool MaySee(const Principal& principal, const UnitTree& tree, Day today, std::string_view unit);

// True where MaySee holds for every unit that was `unit` or below it on `day`: figures of a past
// cut-off are counted over the tree of that day, and over the tree that was `asked` for (as known at
// an earlier time it may be another one than that of `tree`).
bool MaySeeAllBelow(const Principal& principal, const UnitTree& tree, Day today,
                    std::string_view unit, const UnitTree& asked, Day day);

// The codes and the units that one of them (or one below it) has come to answer for by `today`:
// what is filed under the tree of an earlier day is found by these.
std::vector<std::string> WithPredecessors(std::vector<std::string> codes, const UnitTree& tree,
                                          Day today);

// Of a name that others chose: without control and format characters (line breaks, overrides of
// the writing direction), at most kMaxNameBytes.
std::string CleanName(std::string_view utf8);

}  // namespace tthc
