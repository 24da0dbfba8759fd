#include "ingest/proof/chain.h"

#include "ingest/store/bytes.h"

namespace tthc {

Hash ChainOf(const Hash& before, uint64_t first_seq, std::string_view body) {
  thread_local Sha256 digest;
  std::string number;
  ByteWriter(number).Fixed(first_seq, 8);
  return digest.Add(before).Add(number).Add(body).Finish();
}

}  // namespace tthc
