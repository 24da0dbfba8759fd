// The hash chain over the log: each block holds the hash of all before it and of itself.
//
//   chain = SHA-256(chain of the block before | first_seq(8, big-endian) | block without chain)
//
// Before the first block that has one the chain is zeros. Pure.
#pragma once

#include <string_view>

#include "ingest/proof/hash.h"

namespace tthc {

Hash ChainOf(const Hash& before, uint64_t first_seq, std::string_view body);

}  // namespace tthc
