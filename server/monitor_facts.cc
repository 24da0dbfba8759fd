#include "server/monitor_facts.h"

#include <openssl/rand.h>

namespace tthc {

std::string RandomHex(size_t bytes) {
  std::string raw(bytes, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(bytes));
  std::string hex;
  for (const char c : raw) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex.push_back(kDigits[static_cast<uint8_t>(c) >> 4]);
    hex.push_back(kDigits[static_cast<uint8_t>(c) & 0x0f]);
  }
  return hex;
}

Result<std::string> FactOrNew(Store& store, std::string_view name, size_t random_bytes) {
  auto known = store.Get(Column::kFacts, name);
  if (!known) return known.error();
  if (known->has_value()) return **known;
  const std::string made = RandomHex(random_bytes);
  StoreBatch batch;
  batch.Put(Column::kFacts, name, made);
  const auto written = store.Commit(batch, true);
  if (!written) return written.error();
  return made;
}

Result<std::string> AlertEpoch(const Store& store, const std::string& store_epoch) {
  const auto since_restore = store.Get(Column::kFacts, kAlertEpochFact);
  if (!since_restore) return since_restore.error();
  return since_restore->value_or(store_epoch);
}

}  // namespace tthc
