// What a token may do: rights, and the roles that bundle them. One table; routes name rights.
//
// Thread safety: constant data and values.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace tthc {

enum class Right : uint8_t {
  kNone,          // open to everybody, without a token
  kDeliver,       // statements and register rows
  kRead,          // figures, cases, reports, alerts
  kAcknowledge,   // say that an alert was noticed
  kManageAlerts,  // put alerts off or silence them
  kAudit,         // what was put aside, and proofs
  kAdminister,    // close periods
};
inline constexpr size_t kRights = static_cast<size_t>(Right::kAdminister) + 1;
std::string_view NameOf(Right right);  // "deliver"; "none"

class Rights {
 public:
  constexpr Rights() = default;
  constexpr Rights(std::initializer_list<Right> rights) {
    for (const Right right : rights) bits_ |= BitOf(right);
  }
  constexpr bool Has(Right right) const {
    return right == Right::kNone || (bits_ & BitOf(right)) != 0;
  }
  constexpr void Add(Rights more) { bits_ |= more.bits_; }
  friend constexpr bool operator==(Rights, Rights) = default;

 private:
  static constexpr uint32_t BitOf(Right right) { return 1u << static_cast<unsigned>(right); }
  uint32_t bits_ = 0;
};

struct Role {
  std::string_view name;
  std::string_view former;  // the name of version 0.1, told to who still writes it; may be empty
  Rights rights;
};
std::span<const Role> Roles();
const Role* RoleNamed(std::string_view name);  // nullptr where there is none; not by former name
const Role* RoleOfAdministrator();

}  // namespace tthc
