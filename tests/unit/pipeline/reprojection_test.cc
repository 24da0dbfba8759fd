// The record of a pass: its stored form, and what it says has changed.
#include "server/pipeline/reprojection.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace tthc {
namespace {

Reprojection ARecord() {
  Reprojection record;
  record.number = 3;
  record.reason = "calendars";
  record.before = "a";
  record.after = "b";
  record.begun = Instant{100};
  record.ended = Instant{-1};
  record.cases = 300;
  record.changed = 2;
  return record;
}

TEST(ReprojectionRecord, StoredFormStaysTheSame) {
  const std::string bytes = EncodeReprojection(ARecord());
  EXPECT_EQ(bytes, std::string("\x01\x03\xc8\x01\x01\x01\xac\x02\x02\x09" "calendars" "\x01" "a"
                               "\x01" "b"));
  const auto read = DecodeReprojection(bytes);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->number, 3u);
  EXPECT_EQ(read->begun, Instant{100});
  EXPECT_EQ(read->ended, Instant{-1});
  EXPECT_EQ(read->cases, 300u);
  EXPECT_EQ(read->changed, 2u);
  EXPECT_EQ(read->reason + read->before + read->after, "calendarsab");
  EXPECT_EQ(EncodeReprojection(*read), bytes);
}

TEST(ReprojectionRecord, OneUnderWayHasNoEnd) {
  Reprojection record = ARecord();
  record.ended.reset();
  const auto read = DecodeReprojection(EncodeReprojection(record));
  ASSERT_TRUE(read.has_value());
  EXPECT_FALSE(read->ended.has_value());
}

RC_GTEST_PROP(ReprojectionRecord, EveryCutIsRefused, ()) {
  const std::string bytes = EncodeReprojection(ARecord());
  const size_t cut = *rc::gen::inRange<size_t>(0, bytes.size());
  RC_ASSERT(!DecodeReprojection(std::string_view(bytes).substr(0, cut)).has_value());
  RC_ASSERT(!DecodeReprojection(bytes + "x").has_value());
}

TEST(ReprojectionRecord, TellsWhatDiffers) {
  const ReferenceVersions before{"vn-1 aa", "12 procedures bb", "a.b = 1\na.c = 2\na.d = 3\n"};
  EXPECT_EQ(ChangeBetween(before, before).reason, "");
  const Reprojection one = ChangeBetween(before, {"vn-1 cc", "12 procedures bb", before.settings});
  EXPECT_EQ(one.reason, "calendars");
  EXPECT_EQ(one.before, "vn-1 aa");
  EXPECT_EQ(one.after, "vn-1 cc");
  EXPECT_EQ(VietnameseReason(one), "lịch làm việc");
  const Reprojection both = ChangeBetween(before, {"vn-2 cc", "13 procedures dd", before.settings});
  EXPECT_EQ(both.reason, "calendars, procedures");
  EXPECT_EQ(both.after, "vn-2 cc, 13 procedures dd");
  EXPECT_EQ(VietnameseReason(both), "lịch làm việc, danh mục thủ tục");
  const Reprojection settings =
      ChangeBetween(before, {"vn-1 aa", "12 procedures bb", "a.b = 1\na.c = 20\na.d = 4\n"});
  EXPECT_EQ(settings.reason, "settings");
  EXPECT_EQ(settings.before, "a.c = 2, a.d = 3");
  EXPECT_EQ(settings.after, "a.c = 20, a.d = 4");
  EXPECT_EQ(VietnameseReason(settings), "tham số tính toán");
}

TEST(ReprojectionRecord, WhatWasKeptWithoutSettingsDiffersInNone) {
  const ReferenceVersions now{"vn-1 aa", "12 procedures bb", "a.b = 1\n"};
  EXPECT_EQ(ChangeBetween(DecodeVersions("vn-1 aa\n12 procedures bb"), now).reason, "");
}

TEST(ReprojectionRecord, VersionsAreReadAsWritten) {
  const ReferenceVersions versions{"vn-1 aa", "12 procedures bb", "a.b = 1\na.c = 2\n"};
  EXPECT_EQ(DecodeVersions(EncodeVersions(versions)), versions);
  EXPECT_EQ(DecodeVersions(""), ReferenceVersions());
}

}  // namespace
}  // namespace tthc
