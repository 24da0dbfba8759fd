// One case under two numbers: a sender that cannot use a number makes up another one and tells the
// whole story again. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "ingest/case/fold.h"

namespace tthc {

// Equal for two numbers of one unit that have procedure, receipt, due dates and every dated step with
// its officer in common. nullopt where too few steps are told to tell one case from another: cases
// are received, and even passed on, by the dozen in one second.
std::optional<uint64_t> StoryKey(const Case& folded, std::span<const Entry> entries,
                                 TextId unit_text);

}  // namespace tthc
