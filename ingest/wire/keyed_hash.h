// Keyed 64-bit hashes (SipHash-2-4 of OpenSSL): equal values can be matched, the value itself can
// not be found again without the key.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace tthc {

// What a hash stands for: the same text in two domains gives two unrelated hashes.
enum class HashDomain : uint8_t {
  kSnapshot = 1,
  kProgress = 2,
  kCloudEvent = 3,
  kOfficer = 4,
  kBody = 5,
};

class KeyedHash {
 public:
  explicit KeyedHash(uint64_t key);
  uint64_t operator()(HashDomain domain, std::string_view bytes);

 private:
  struct Freed {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Freed> context_;
};

}  // namespace tthc
