// The weeks after the demonstration quarter, sent to a running daemon as its clock comes to them.
#pragma once

#include <string>

#include "config/result.h"
#include "ingest/demo/sequel.h"

namespace tthc {

// `url`: of a daemon on this machine, "http://127.0.0.1:8766". Tells on standard output what a
// watcher may look for. Ends after the last line; an error where the daemon refuses a line or has
// been gone for kLongestAbsence.
Result<void> SendLive(const demo::Sequel& sequel, const std::string& url);

}  // namespace tthc
