#include "server/access/roles.h"

#include <algorithm>
#include <array>

namespace tthc {
namespace {

constexpr std::array<std::string_view, kRights> kRightNames = {
    "none", "deliver", "read", "acknowledge", "manage_alerts", "audit", "administer"};

// The last row is the administrator.
constexpr std::array kRoles = std::to_array<Role>({
    {"producer", "sender", {Right::kDeliver}},
    {"officer", "reader", {Right::kRead, Right::kAcknowledge}},
    {"leader", "", {Right::kRead, Right::kAcknowledge, Right::kManageAlerts}},
    // An auditor looks and leaves no trace in what is looked at: no acknowledgements.
    {"auditor", "", {Right::kRead, Right::kAudit}},
    {"administrator", "admin",
     {Right::kDeliver, Right::kRead, Right::kAcknowledge, Right::kManageAlerts, Right::kAudit,
      Right::kAdminister}},
});

}  // namespace

std::string_view NameOf(Right right) { return kRightNames[static_cast<size_t>(right)]; }

std::span<const Role> Roles() { return kRoles; }

const Role* RoleNamed(std::string_view name) {
  const auto row =
      std::find_if(kRoles.begin(), kRoles.end(), [&](const Role& role) { return role.name == name; });
  return row == kRoles.end() ? nullptr : &*row;
}

const Role* RoleOfAdministrator() { return &kRoles.back(); }

}  // namespace tthc
