#include "ingest/wire/profiles.h"

#include <gtest/gtest.h>

namespace tthc {
namespace {

TEST(Profiles, TokenGoesBeforeUnitAndUnitBeforeGeneric) {
  const Settings::Sender senders[] = {{"one", "t", {"000.00.14.H56"}, "token-one"},
                                      {"two", "h", {"H22.01"}, "token-two"}};
  const auto table = ProfileTable::Build(senders);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ((*table)->Find("token-two", "H56.14").sender, "two");
  EXPECT_EQ((*table)->Find("token-two", "H56.14").profile->name, "h");
  EXPECT_EQ((*table)->Find("", "H56.14").sender, "one") << "either scheme of codes is one unit";
  EXPECT_EQ((*table)->Find("", "000.00.01.H22").sender, "two");
  EXPECT_EQ((*table)->Find("other", "H34.23.09").sender, "H34.23.09");
  EXPECT_EQ((*table)->Find("other", "H34.23.09").profile->name, "generic");
  EXPECT_EQ((*table)->Find("", "").sender, "unknown");
}

TEST(Profiles, ATextThatIsNoCodeNeverBecomesASender) {
  const auto table = ProfileTable::Default();
  EXPECT_EQ(table->Find("", "Nguyễn Văn Mẫu").sender, "unknown");
  EXPECT_EQ(table->Find("", std::string(10'000, 'H')).sender, "unknown");
}

TEST(Profiles, ContradictorySettingsAreRefused) {
  const Settings::Sender unknown[] = {{"one", "igate", {}, ""}};
  EXPECT_NE(ProfileTable::Build(unknown).error().message.find("unknown profile \"igate\""),
            std::string::npos);
  const Settings::Sender same_unit[] = {{"one", "t", {"H56.14"}, ""},
                                        {"two", "t", {"000.00.14.H56"}, ""}};
  EXPECT_FALSE(ProfileTable::Build(same_unit));
  const Settings::Sender same_token[] = {{"one", "t", {}, "x"}, {"two", "t", {}, "x"}};
  EXPECT_FALSE(ProfileTable::Build(same_token));
}

TEST(Profiles, AnUndatedFinishIsTrustedBesidesFromT) {
  for (const char* name : {"generic", "opencps", "h", "gen2"}) {
    ASSERT_NE(FindProfile(name), nullptr) << name;
    EXPECT_TRUE(FindProfile(name)->trusts_undated_finish) << name;
  }
  EXPECT_FALSE(FindProfile("t")->trusts_undated_finish);
}

struct NoteCase {
  const char* text;
  Status sent;
  ActionNote note;
  Status meaning;
};

TEST(Profiles, NotesSayWhatTheStatusReallyIs) {
  const NoteCase cases[] = {
      {"Hoàn thành bổ sung hồ sơ", Status::kSupplement, ActionNote::kSupplementDone,
       Status::kProcessing},
      {"Cán bộ trả hồ sơ bổ sung", Status::kFinished, ActionNote::kSupplementAsked,
       Status::kSupplement},
      {"Công dân thực hiện NVTC", Status::kFinished, ActionNote::kFinancialDuty,
       Status::kFinancial},
      {"Cán bộ trả bổ sung hồ sơ", Status::kFinished, ActionNote::kStoppedAsFinished,
       Status::kStopped},
      {"Hồ sơ không có ngày hẹn trả", Status::kFinished, ActionNote::kNoDueDateFiller,
       Status::kNone},
      {"Kết thúc xử lý hồ sơ", Status::kFinished, ActionNote::kClosing, Status::kFinished},
      {"Phiếu xin lỗi và hẹn lại ngày trả", Status::kProcessing, ActionNote::kApology,
       Status::kProcessing},
      {"Xin lỗi công dân", Status::kProcessing, ActionNote::kApology, Status::kProcessing},
      // A status other than the one of the table stays as it was sent.
      {"Cán bộ trả hồ sơ bổ sung", Status::kSupplement, ActionNote::kSupplementAsked,
       Status::kSupplement},
      {"Kết thúc xử lý hồ sơ", Status::kReturned, ActionNote::kClosing, Status::kReturned},
      {"Chuyển lãnh đạo ký", Status::kProcessing, ActionNote::kOther, Status::kProcessing},
      {"", Status::kProcessing, ActionNote::kNone, Status::kProcessing},
  };
  for (const char* profile : {"t", "generic", "opencps", "h", "gen2"}) {
    for (const NoteCase& c : cases) {
      const NoteReading read = ReadNote(*FindProfile(profile), c.text, c.sent);
      EXPECT_EQ(read.note, c.note) << profile << ": " << c.text;
      EXPECT_EQ(read.status, c.meaning) << profile << ": " << c.text;
    }
  }
}

TEST(Profiles, TheCommentBehindTheDashIsNoPartOfTheAction) {
  const std::string_view text = "Hoàn thành bổ sung hồ sơ - đã nộp bản sao";
  EXPECT_EQ(ReadNote(*FindProfile("opencps"), text, Status::kSupplement).note,
            ActionNote::kSupplementDone);
  EXPECT_EQ(ReadNote(*FindProfile("t"), text, Status::kSupplement).note, ActionNote::kOther);
}

}  // namespace
}  // namespace tthc
