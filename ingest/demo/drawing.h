// The demonstration quarter as it is drawn, before anything of it is written: cases, when their
// messages arrive, what was paid.
//
// Pure: everything is determined by the seed. Thread safety: reentrant.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "config/result.h"
#include "ingest/demo/render.h"
#include "ingest/demo/timeline.h"
#include "ingest/demo/world.h"

namespace tthc::demo {

enum class Gateway : uint8_t { kNational, kLocal, kCounter };

struct DemoPayment {
  uint32_t case_index = 0;
  Instant paid_at;
  int64_t dong = 0;
  Gateway gateway = Gateway::kNational;
  bool land_duty = false;
};

// The cases point into the world: moved, never copied.
struct Quarter {
  World world;
  std::vector<DemoCase> cases;
  std::vector<Message> messages;      // in the order of their lines
  std::vector<DemoPayment> payments;  // by time

  Quarter() = default;
  Quarter(Quarter&&) = default;
  Quarter& operator=(Quarter&&) = default;
};

// One case for each of the quotas, each unit of the world getting its share. Errors where they cannot
// give the outcomes.
Result<std::vector<DemoCase>> DrawCases(const World& world, std::span<const Quota> quotas,
                                        Random& random);
// unit - yyMMdd of receipt - number: four digits in sequence, five without visible order from the
// province-wide product.
void NumberCases(const World& world, std::vector<DemoCase>& cases);

// Errors where the shipped units, calendar and procedures cannot give the figures.
Result<Quarter> DrawQuarter(uint64_t seed);

}  // namespace tthc::demo
