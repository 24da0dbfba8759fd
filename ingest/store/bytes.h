// Bounded reading and writing of stored bytes: LEB128 varints, zigzag, length-prefixed texts.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "config/instant.h"

namespace tthc {

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}
  void Byte(uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void Varint(uint64_t value) {
    char buffer[10];
    int n = 0;
    for (; value >= 0x80; value >>= 7) buffer[n++] = static_cast<char>(value | 0x80);
    buffer[n++] = static_cast<char>(value);
    out_.append(buffer, static_cast<size_t>(n));
  }
  void Signed(int64_t value) {
    Varint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
  }
  void Text(std::string_view text) {
    Varint(text.size());
    out_.append(text);
  }
  // `count` low bytes of `value`, big-endian.
  void Fixed(uint64_t value, int count) {
    for (int i = count - 1; i >= 0; --i) Byte(static_cast<uint8_t>(value >> (8 * i)));
  }
  // An instant near `base`: whole seconds in half the room of microseconds.
  //   varint((zigzag(seconds - base seconds) << 1) | 0)   where `at` is a whole second
  //   varint((zigzag(micros - base micros) << 1) | 1)     else
  void Time(Instant at, Instant base) {
    const bool whole = at.us % kMicrosPerSecond == 0;
    const int64_t delta = whole ? at.us / kMicrosPerSecond - base.us / kMicrosPerSecond
                                : at.us - base.us;
    const uint64_t zigzag =
        (static_cast<uint64_t>(delta) << 1) ^ static_cast<uint64_t>(delta >> 63);
    Varint(zigzag << 1 | (whole ? 0 : 1));
  }

 private:
  std::string& out_;
};

// Reads what ByteWriter wrote. Reading past the end sets failed() and yields zeros: check it once
// after a record, never trust a value before.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : p_(bytes.data()), end_(p_ + bytes.size()) {}
  bool failed() const { return failed_; }
  // What was read makes no sense.
  void Refuse() { failed_ = true; }
  bool AtEnd() const { return p_ == end_; }
  size_t remaining() const { return static_cast<size_t>(end_ - p_); }

  uint8_t Byte() {
    if (p_ == end_) return Fail();
    return static_cast<uint8_t>(*p_++);
  }
  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && p_ != end_; shift += 7) {
      const auto byte = static_cast<uint8_t>(*p_++);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return Fail();
  }
  int64_t Signed() {
    const uint64_t v = Varint();
    return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
  }
  std::string_view Text() { return Raw(Varint()); }
  std::string_view Raw(uint64_t size) {
    if (size > remaining()) {
      Fail();
      return {};
    }
    const std::string_view text(p_, size);
    p_ += size;
    return text;
  }
  uint64_t Fixed(int count) {
    uint64_t value = 0;
    for (int i = 0; i < count; ++i) value = value << 8 | Byte();
    return value;
  }
  Instant Time(Instant base) {
    const uint64_t v = Varint();
    const uint64_t zigzag = v >> 1;
    const int64_t delta = static_cast<int64_t>(zigzag >> 1) ^ -static_cast<int64_t>(zigzag & 1);
    if ((v & 1) != 0) return {static_cast<int64_t>(static_cast<uint64_t>(base.us) +
                                                   static_cast<uint64_t>(delta))};
    const uint64_t seconds =
        static_cast<uint64_t>(base.us / kMicrosPerSecond) + static_cast<uint64_t>(delta);
    return {static_cast<int64_t>(seconds * static_cast<uint64_t>(kMicrosPerSecond))};
  }

 private:
  uint8_t Fail() {
    failed_ = true;
    p_ = end_;
    return 0;
  }
  const char* p_;
  const char* end_;
  bool failed_ = false;
};

}  // namespace tthc
