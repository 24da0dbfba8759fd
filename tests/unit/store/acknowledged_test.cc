#include "ingest/store/acknowledged.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace tthc {
namespace {

class AcknowledgedTest : public testing::Test {
 protected:
  AcknowledgedTest() {
    std::string name = testing::TempDir() + "acknowledged-XXXXXX";
    dir_ = ::mkdtemp(name.data());
  }
  ~AcknowledgedTest() override { std::filesystem::remove_all(dir_); }
  void Put(const std::string& text) const { std::ofstream(dir_ + "/ACKNOWLEDGED") << text; }
  std::string dir_;
};

TEST_F(AcknowledgedTest, ReadsTheLastNumberWritten) {
  const auto file = Acknowledged::Open(dir_);
  ASSERT_TRUE(file);
  for (const uint64_t number : {uint64_t{0}, uint64_t{41}, UINT64_MAX, uint64_t{42}}) {
    file->Write(number);
    EXPECT_EQ(Acknowledged::Read(dir_).value(), number);
  }
}
TEST_F(AcknowledgedTest, IsAbsentWhereThereIsNone) {
  EXPECT_EQ(Acknowledged::Read(dir_).value(), std::nullopt);
}
TEST_F(AcknowledgedTest, AnyOtherByteIsNoticed) {
  const auto file = Acknowledged::Open(dir_);
  ASSERT_TRUE(file);
  file->Write(1234567);
  std::ifstream in(dir_ + "/ACKNOWLEDGED");
  const std::string whole(std::istreambuf_iterator<char>(in), {});
  for (size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 1 << bit);
      Put(flipped);
      EXPECT_FALSE(Acknowledged::Read(dir_)) << "byte " << at << " bit " << bit;
    }
    Put(whole.substr(0, at));
    EXPECT_FALSE(Acknowledged::Read(dir_)) << "cut to " << at;
  }
}

}  // namespace
}  // namespace tthc
