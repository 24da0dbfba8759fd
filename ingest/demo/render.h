// The demonstration's messages as bytes, in the shapes of WIRE.md section 12.
//
// Pure. Every person is invented: "NGUYEN VAN MAU", 0900000000, example.invalid.
#pragma once

#include <cstdint>
#include <string>

#include "ingest/demo/timeline.h"
#include "ingest/demo/world.h"

namespace tthc::demo {

// What one line carries: a record of a case, or some of its steps.
struct Message {
  Instant arrived;
  uint32_t case_index = 0;
  int16_t record = -1;      // index into DemoCase::records, or -1: the steps of the mask
  uint32_t step_mask = 0;
};

// Appends one line, ended by '\n'.
void AppendLine(const DemoUnit& unit, const DemoCase& made, const Message& message,
                std::string& out);

}  // namespace tthc::demo
