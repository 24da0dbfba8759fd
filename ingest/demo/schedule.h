// When the messages of the demonstration's cases arrive, and in which order their lines stand.
#pragma once

#include <vector>

#include "ingest/demo/random.h"
#include "ingest/demo/render.h"
#include "ingest/demo/timeline.h"
#include "ingest/demo/world.h"

namespace tthc::demo {

// May drop a record that its sender's nightly batch overtook. The result is in the order of the
// lines: by arrival, but for those that come late.
std::vector<Message> ScheduleMessages(const World& world, std::vector<DemoCase>& cases,
                                      Random& random);

}  // namespace tthc::demo
