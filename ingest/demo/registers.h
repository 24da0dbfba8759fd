// The side registers of the demonstration quarter: what the published report says beside its cases
// (payments, petitions), and as much of the other registers as the indicators of QĐ 766 ask for.
// All numbers stand in ingest/demo/quotas.h.
#pragma once

#include <string>
#include <vector>

#include "config/result.h"
#include "ingest/demo/quarter.h"

namespace tthc::demo {

struct DemoRegister {
  std::string name;   // "payments", as in the path of the API
  std::string rows;   // JSON lines
};

// About the cases that WriteDemoQuarter writes for the same options; no row says anything of a time
// after its last message. The same seed gives the same bytes. Errors: as WriteDemoQuarter.
// Thread safety: reentrant.
Result<std::vector<DemoRegister>> MakeDemoRegisters(const DemoOptions& options);

// Each as `directory`/NAME.jsonl; the directory is made where it is missing. Error kIo: a file
// cannot be written.
Result<void> WriteDemoRegisters(const DemoOptions& options, const std::string& directory);

}  // namespace tthc::demo
