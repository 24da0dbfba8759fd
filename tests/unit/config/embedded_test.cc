#include "config/embedded.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tthc {
namespace {

TEST(Embedded, EveryShippedFileIsInTheProgramByteForByte) {
  size_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(TTHC_SOURCE_DIR) + "/config/data")) {
    std::ostringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    const auto embedded = EmbeddedFile(entry.path().filename().string());
    ASSERT_TRUE(embedded.has_value()) << entry.path();
    EXPECT_EQ(*embedded, text.str()) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, EmbeddedFileNames().size());
  EXPECT_GE(files, 3u);
}

TEST(Embedded, UnknownNameIsNothing) {
  EXPECT_FALSE(EmbeddedFile("calendar_atlantis.toml").has_value());
  EXPECT_FALSE(EmbeddedFile("").has_value());
}

}  // namespace
}  // namespace tthc
