// What a fuzz target demands of its code; an input that breaks it ends the process.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace tthc {

inline void Require(bool holds) {
  if (!holds) std::abort();
}

// The first byte of an input says which way it goes, the others are the text.
struct FuzzInput {
  unsigned way = 0;
  std::string_view text;
};
inline FuzzInput InputOf(const uint8_t* data, size_t size) {
  if (size == 0) return {};
  return {data[0], {reinterpret_cast<const char*>(data) + 1, size - 1}};
}

}  // namespace tthc
