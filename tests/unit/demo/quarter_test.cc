#include "ingest/demo/quarter.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <streambuf>
#include <vector>

#include "ingest/demo/random.h"

namespace tthc::demo {
namespace {

// Counts and hashes (FNV-1a) what it is given; refuses everything beyond `limit` bytes.
class HashingBuffer : public std::streambuf {
 public:
  explicit HashingBuffer(uint64_t limit = UINT64_MAX) : limit_(limit) {}
  uint64_t hash() const { return hash_; }
  uint64_t bytes() const { return bytes_; }

 protected:
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    if (bytes_ + static_cast<uint64_t>(size) > limit_) return 0;
    for (std::streamsize i = 0; i < size; ++i) {
      hash_ = (hash_ ^ static_cast<unsigned char>(text[i])) * 1099511628211ULL;
    }
    bytes_ += static_cast<uint64_t>(size);
    return size;
  }
  int overflow(int c) override {
    const char one = static_cast<char>(c);
    return xsputn(&one, 1) == 1 ? c : traits_type::eof();
  }

 private:
  uint64_t limit_;
  uint64_t hash_ = 14695981039346656037ULL;
  uint64_t bytes_ = 0;
};

uint64_t HashOfQuarter(uint64_t seed) {
  HashingBuffer buffer;
  std::ostream out(&buffer);
  const auto written = WriteDemoQuarter({.seed = seed}, out, {});
  EXPECT_TRUE(written) << written.error().message;
  EXPECT_GT(buffer.bytes(), 100'000'000u);
  return buffer.hash();
}

TEST(DemoQuarterTest, TheSameSeedWritesTheSameBytesAndAnotherSeedOthers) {
  const uint64_t first = HashOfQuarter(kDefaultSeed);
  EXPECT_EQ(first, HashOfQuarter(kDefaultSeed));
  EXPECT_NE(first, HashOfQuarter(kDefaultSeed + 1));
}

TEST(DemoQuarterTest, ProgressRisesToTheTotal) {
  HashingBuffer buffer;
  std::ostream out(&buffer);
  uint64_t last = 0;
  uint64_t total = 0;
  ASSERT_TRUE(WriteDemoQuarter({}, out, [&](uint64_t written, uint64_t of) {
    EXPECT_GT(written, last);
    EXPECT_LE(written, of);
    last = written;
    total = of;
  }));
  EXPECT_GT(total, 170'000u);
  EXPECT_EQ(last, total);
}

TEST(DemoQuarterTest, AFullDiskIsAnErrorThatSaysHowFarItCame) {
  constexpr uint64_t kRoom = 20'000'000;
  uint64_t fitting = 0;   // lines that had gone out whole when the room was not yet used up
  {
    HashingBuffer buffer;
    std::ostream out(&buffer);
    ASSERT_TRUE(WriteDemoQuarter({}, out, [&](uint64_t written, uint64_t) {
      if (buffer.bytes() <= kRoom) fitting = written;
    }));
  }
  ASSERT_GT(fitting, 0u);
  HashingBuffer buffer(kRoom);
  std::ostream out(&buffer);
  const auto written = WriteDemoQuarter({}, out, {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kIo);
  EXPECT_EQ(written.error().message, "the demonstration quarter could not be written after line " +
                                         std::to_string(fitting));
}

// xoshiro256** seeded by splitmix64 from 0: computed from the published reference algorithms.
TEST(DemoRandomTest, GivesTheReferenceSequence) {
  Random random(0);
  const std::vector<uint64_t> expected = {0x99ec5f36cb75f2b4ULL, 0xbf6e1f784956452aULL,
                                          0x1a5f849d4933e6e0ULL, 0x6aa594f1262d2d2cULL};
  for (const uint64_t value : expected) EXPECT_EQ(random.Next(), value);
}

TEST(DemoRandomTest, BetweenReachesBothEndsAndNothingBeyond) {
  Random random(7);
  bool low = false;
  bool high = false;
  for (int i = 0; i < 1'000; ++i) {
    const int64_t value = random.Between(-2, 3);
    ASSERT_GE(value, -2);
    ASSERT_LE(value, 3);
    low |= value == -2;
    high |= value == 3;
  }
  EXPECT_TRUE(low && high);
}

}  // namespace
}  // namespace tthc::demo
