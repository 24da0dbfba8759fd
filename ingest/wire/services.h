// The operations of the interface: which carry cases, which say nothing about one.
#pragma once

#include <optional>
#include <string_view>

namespace tthc {

enum class RecordKind {
  kDossier,   // a whole dossier record
  kCreation,  // generation 2: a new dossier; the operation itself is its status
  kProgress,  // a row of the progress log
  kStatus,    // generation 2: the present status, without a time of its own
  kNotice,    // status of a dossier that came from the portal; its own, longer status list
  kNothing,   // carries nothing for the monitor
};

struct Service {
  std::string_view name;  // as senders write it; matched without regard to case
  std::string_view canonical;
  RecordKind kind;
  std::optional<bool> is_updating;  // where the name itself says it
};

// nullptr for a name that is in no list.
const Service* FindService(std::string_view name);
// The service whose canonical records are of `kind`.
const Service& ServiceOf(RecordKind kind);

}  // namespace tthc
