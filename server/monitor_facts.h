// Facts of a store that are made once, with it: column `facts`, by name.
#pragma once

#include <string>
#include <string_view>

#include "ingest/store/store.h"

namespace tthc {

inline constexpr std::string_view kEpochFact = "epoch";           // of the store: the origin of its checkpoints
inline constexpr std::string_view kAlertEpochFact = "alert_epoch";   // of the alert stream since a restore
inline constexpr std::string_view kHashKeyFact = "hash_key";
inline constexpr size_t kEpochBytes = 8;
inline constexpr size_t kHashKeyBytes = 8;

std::string RandomHex(size_t bytes);
Result<std::string> FactOrNew(Store& store, std::string_view name, size_t random_bytes);
// After a restore numbers of alert messages are given anew: the stream has another epoch then.
Result<std::string> AlertEpoch(const Store& store, const std::string& store_epoch);

}  // namespace tthc
