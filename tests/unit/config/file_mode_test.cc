#include "config/file_mode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace tthc {
namespace {

using ::testing::HasSubstr;

class FileMode : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tthc-mode-XXXXXX";
    directory_ = mkdtemp(name);
    file_ = directory_ / "secret";
    std::ofstream(file_) << "x";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  Result<void> Check(mode_t mode, OthersMay may) const {
    ::chmod(file_.c_str(), mode);
    return CheckMode(file_, may);
  }

  std::filesystem::path directory_;
  std::string file_;
};

TEST_F(FileMode, OwnerAndGroupAreTheOperatorsChoice) {
  for (const mode_t mode : {0400, 0600, 0640, 0660, 0750}) {
    EXPECT_TRUE(Check(mode, OthersMay::kNothing)) << std::oct << mode;
  }
}

TEST_F(FileMode, ASecretIsNobodyElsesToReadOrChange) {
  struct Row {
    mode_t mode;
    const char* said;
  };
  for (const Row& row : {Row{0644, "can be read by everybody on this machine (mode 0644): chmod o= "},
                         Row{0604, "can be read"}, Row{0602, "can be changed"},
                         Row{0666, "can be changed"}, Row{0601, "can be read"}}) {
    const auto checked = Check(row.mode, OthersMay::kNothing);
    ASSERT_FALSE(checked) << std::oct << row.mode;
    EXPECT_THAT(checked.error().message, HasSubstr(file_ + " " + row.said));
  }
}

TEST_F(FileMode, WhatIsNoSecretMayBeRead) {
  EXPECT_TRUE(Check(0644, OthersMay::kRead));
  const auto written = Check(0646, OthersMay::kRead);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("can be changed"));
  EXPECT_THAT(written.error().message, HasSubstr("(mode 0646): chmod o-w " + file_));
}

TEST_F(FileMode, TheFileThatALinkPointsToCounts) {
  const std::string link = directory_ / "link";
  std::filesystem::create_symlink(file_, link);
  ::chmod(file_.c_str(), 0600);
  EXPECT_TRUE(CheckMode(link, OthersMay::kNothing));
  ::chmod(file_.c_str(), 0644);
  EXPECT_FALSE(CheckMode(link, OthersMay::kNothing));
}

TEST_F(FileMode, AFileThatIsNotThereIsSaid) {
  const auto checked = CheckMode(directory_ / "none", OthersMay::kNothing);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::kIo);
  EXPECT_THAT(checked.error().message, HasSubstr("none cannot be opened: No such file"));
}

}  // namespace
}  // namespace tthc
