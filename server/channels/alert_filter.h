// Which messages of the stream a channel is for. Values; any thread.
#pragma once

#include <string>
#include <vector>

#include "config/units.h"
#include "server/monitor.h"

namespace tthc {

struct AlertFilter {
  std::vector<std::string> units;   // canonical codes, with all below them; empty: all
  std::vector<std::string> kinds;   // empty: all

  // By the tree of the day of the message.
  bool Wants(const AlertMessage& message, const UnitTree& tree) const;
};

// Kinds of alerts as the stream names them.
std::vector<std::string> AlertKinds();

}  // namespace tthc
