// The stream over a real store: numbers, what listeners get, digests, answers, reopening.
#include "server/alerts/alert_stream.h"

#include "server/alerts/alert_index.h"

#include <unistd.h>

#include <filesystem>

#include "alerts_testing.h"

namespace tthc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Unit UnitOf(std::string code, UnitLevel level, std::string parent) {
  Unit unit;
  unit.name = unit.code = std::move(code);
  unit.level = level;
  unit.parent = std::move(parent);
  return unit;
}

class AlertStreamTest : public testing::Test {
 protected:
  AlertStreamTest() { Open(); }
  ~AlertStreamTest() override {
    Close();
    std::filesystem::remove_all(dir_);
  }

  void Open() {
    StoreOptions options;
    options.dir = dir_ + "/data";
    options.sync = false;
    options.block_cache_bytes = 1 << 20;
    store_ = Store::Open(options).value();
    registry_ = std::make_shared<prometheus::Registry>();
    metrics_ = std::make_unique<ProcessMetrics>(registry_);
    directory_ = std::make_unique<Directory>(
        UnitTree::Build({UnitOf("H34", UnitLevel::kProvince, ""),
                         UnitOf("H34.01", UnitLevel::kDepartment, "H34"),
                         UnitOf("H34.01.02", UnitLevel::kDepartment, "H34.01"),
                         UnitOf("H34.02", UnitLevel::kDepartment, "H34")})
            .value(),
        DirectoryLimits{});
    DigestPolicy policy;
    policy.calendars = CalendarBook::Load({"builtin:calendar_vn.toml"}).value();
    policy.rules = AlertRules::Load("builtin:alerts.toml").value();
    stream_ = std::make_unique<AlertStream>(*store_, *directory_, *metrics_, policy, limits_);
    ASSERT_TRUE(stream_->Load("epoch").has_value());
    Listen();
  }
  void Close() {
    stream_.reset();
    directory_.reset();
    metrics_.reset();
    store_.reset();
  }
  void Reopen() {
    Close();
    Open();
  }

  void Listen() {
    uint64_t subscription = 0;
    stream_->Listen({}, "", std::nullopt,
                    [this](std::shared_ptr<const AlertMessage> m) {
                      heard_.push_back(std::string(NameOf(m->type)) + " " +
                                       (m->case_id.empty() ? m->recipient : m->case_id) + " " +
                                       m->rung);
                    },
                    subscription);
  }

  void Commit(const std::string& now) {
    StoreBatch batch;
    stream_->Seal(At(now), batch);
    ASSERT_TRUE(store_->Commit(batch, false).has_value());
    stream_->Publish();
  }
  void Tell(AlertMessage message, const std::string& now) {
    stream_->Prepare(std::move(message), At(now));
    Commit(now);
  }
  void Resolve(AlertMessage message, const std::string& now) {
    message.type = AlertType::kResolved;
    Tell(std::move(message), now);
  }
  void Digest(const std::string& now) {
    if (!stream_->DigestIsDue(At(now))) return;
    stream_->PrepareDigests(At(now));
    Commit(now);
  }
  std::vector<std::string> Heard() { return std::exchange(heard_, {}); }

  StreamLimits limits_{1000, 1000};
  const std::string dir_ = [] {
    std::string name = (std::filesystem::temp_directory_path() / "tthc_alerts_XXXXXX").string();
    return std::string(mkdtemp(name.data()));
  }();
  std::unique_ptr<Store> store_;
  std::shared_ptr<prometheus::Registry> registry_;
  std::unique_ptr<ProcessMetrics> metrics_;
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<AlertStream> stream_;
  std::vector<std::string> heard_;
};

constexpr char kDay[] = "2025-03-10 09:00";
constexpr char kNight[] = "2025-03-10 21:00";
constexpr char kMorning[] = "2025-03-11 07:00";

TEST_F(AlertStreamTest, TheNightIsToldInTheMorningAlsoAfterARestart) {
  Tell(AnAlert("1"), kNight);
  Tell(AnAlert("2"), kNight);
  EXPECT_THAT(Heard(), IsEmpty());
  Reopen();
  Digest("2025-03-11 06:59:59");
  EXPECT_THAT(Heard(), IsEmpty());
  Digest(kMorning);
  EXPECT_THAT(Heard(), ElementsAre("digest H34.01 digest"));
  Digest("2025-03-11 07:05");
  Reopen();
  Digest("2025-03-11 07:06");
  EXPECT_THAT(Heard(), IsEmpty()) << "once";
  Resolve(AnAlert("1"), "2025-03-11 08:00");
  EXPECT_THAT(Heard(), ElementsAre("resolved H34.01-250303-1 overdue")) << "the digest told it";
}

TEST_F(AlertStreamTest, WhatNobodyWasToldOfEndsInSilence) {
  Tell(AnAlert("1"), kNight);
  Resolve(AnAlert("1"), "2025-03-10 22:00");
  Reopen();
  Digest(kMorning);
  EXPECT_THAT(Heard(), IsEmpty());
  EXPECT_THAT(stream_->Alerts({}, true, 10), IsEmpty());
  EXPECT_EQ(stream_->Alerts({}, false, 10).size(), 1u);
}

TEST_F(AlertStreamTest, AHigherRungTakesTheLowerOnesPlaceInTheDigest) {
  Tell(AnAlert("1"), kDay);
  AlertMessage higher = AnAlert("1", "H34.01", AlertLevel::kAgency);
  higher.rung = "overdue_agency";
  Tell(higher, kNight);
  AlertMessage highest = higher;
  highest.rung = "overdue_province";
  highest.level = AlertLevel::kProvince;
  Tell(highest, "2025-03-10 22:00");
  Heard();
  Digest(kMorning);
  EXPECT_THAT(Heard(), ElementsAre("digest H34 digest"));
  const auto states = stream_->Alerts({}, true, 10);
  ASSERT_EQ(states.size(), 1u);
  EXPECT_EQ(states[0].message.rung, "overdue_province");
}

TEST_F(AlertStreamTest, TheRecipientStandsAtTheLevel) {
  struct Row {
    AlertLevel level;
    const char* recipient;
  };
  for (const Row& row : {Row{AlertLevel::kOfficer, "H34.01.02"}, Row{AlertLevel::kHead, "H34.01.02"},
                         Row{AlertLevel::kAgency, "H34.01"}, Row{AlertLevel::kProvince, "H34"}}) {
    AlertMessage message = AnAlert(std::string(NameOf(row.level)), "H34.01.02", row.level);
    Tell(message, kDay);
    for (const AlertState& state : stream_->Alerts({}, true, 10)) {
      if (state.message.id == message.id) {
        EXPECT_EQ(state.message.recipient, row.recipient);
      }
    }
  }
  AlertMessage of_province = AnAlert("p", "H34", AlertLevel::kAgency);
  Tell(of_province, kDay);
  EXPECT_EQ(stream_->Alerts({"H34"}, true, 1)[0].message.recipient, "H34");
}

TEST_F(AlertStreamTest, ReplayPassesOverWhatWasHeld) {
  Tell(AnAlert("1"), kDay);
  Tell(AnAlert("2"), kNight);
  Digest(kMorning);
  uint64_t subscription = 0;
  const auto resume = stream_->Listen({}, "epoch", 0, [](auto) {}, subscription);
  EXPECT_EQ(resume.outcome, AlertResume::Outcome::kReplayed);
  std::vector<uint64_t> seqs;
  for (const auto& message : resume.messages) seqs.push_back(message->seq);
  EXPECT_THAT(seqs, ElementsAre(1u, 3u));
}

TEST_F(AlertStreamTest, AnswersAreKept) {
  const AlertMessage alert = AnAlert("1");
  Tell(alert, kDay);
  ASSERT_TRUE(stream_->Snooze(alert.id, At("2025-03-12 09:00"), "Lan", "chờ", At(kDay)));
  EXPECT_FALSE(stream_->HoldOf(alert.id).acknowledged);
  ASSERT_TRUE(stream_->Acknowledge(alert.id, "Minh", "đã rõ", At(kDay)));
  Reopen();
  const Hold hold = stream_->HoldOf(alert.id);
  EXPECT_TRUE(hold.acknowledged);
  EXPECT_EQ(hold.snoozed_until, At("2025-03-12 09:00"));
  const AlertState state = stream_->Alerts({}, true, 1).at(0);
  EXPECT_EQ(state.acked_by, "Minh");
  EXPECT_EQ(state.snooze_comment, "chờ");
  EXPECT_EQ(stream_->Snooze("none", At(kDay), "a", "b", At(kDay)).error().kind,
            ErrorKind::kNotFound);
}

TEST_F(AlertStreamTest, AMuteHoldsTheUnitAndThoseBelowAndIsKept) {
  ASSERT_TRUE(stream_->Mute("H34.01", At("2025-03-12 10:00"), "Lan", "chuyển hệ thống", At(kDay)));
  Reopen();
  Tell(AnAlert("1", "H34.01.02"), kDay);
  Tell(AnAlert("2", "H34.02"), kDay);
  EXPECT_THAT(Heard(), ElementsAre("alert H34.02-250303-2 overdue"));
  EXPECT_EQ(stream_->Mutes(At(kDay)).size(), 1u);
  ASSERT_TRUE(stream_->Mute("H34.01", At("2025-03-10 09:30"), "Lan", "xong", At("2025-03-10 09:30")));
  EXPECT_THAT(stream_->Mutes(At("2025-03-10 09:30")), IsEmpty());
  Digest("2025-03-10 09:30");
  EXPECT_THAT(Heard(), ElementsAre("digest H34.01.02 digest"));
}

TEST_F(AlertStreamTest, WhatDidNotReachTheDiskIsToldToNobody) {
  stream_->Prepare(AnAlert("1"), At(kDay));
  StoreBatch lost;
  stream_->Seal(At(kDay), lost);
  stream_->Discard();
  stream_->Publish();
  EXPECT_THAT(Heard(), IsEmpty());
  EXPECT_THAT(stream_->Alerts({}, false, 10), IsEmpty());
}

TEST_F(AlertStreamTest, OpenAlertsOfAKindAreFoundByTheirIds) {
  AlertMessage silent;
  silent.id = "sender_silent~one";
  silent.kind = silent.rung = "sender_silent";
  silent.unit = "H34";
  Tell(silent, kDay);
  Tell(AnAlert("1"), kDay);
  EXPECT_EQ(stream_->OpenOf(AlertKind::kSenderSilent).size(), 1u);
  Resolve(silent, kDay);
  EXPECT_THAT(stream_->OpenOf(AlertKind::kSenderSilent), IsEmpty());
}

// --- how much who comes is sent

std::vector<uint64_t> Seqs(const AlertResume& resume) {
  std::vector<uint64_t> seqs;
  for (const auto& message : resume.messages) seqs.push_back(message->seq);
  return seqs;
}

TEST_F(AlertStreamTest, WhoComesIsSentTheNewestOfTooManyAndToldOfTheOthers) {
  limits_.resume = 3;
  Reopen();
  for (int i = 1; i <= 5; ++i) Tell(AnAlert(std::to_string(i)), kDay);
  uint64_t subscription = 0;
  const auto ignore = [](std::shared_ptr<const AlertMessage>) {};
  const auto fresh = stream_->Listen({}, "", std::nullopt, ignore, subscription);
  EXPECT_THAT(Seqs(fresh), ElementsAre(3u, 4u, 5u));
  EXPECT_EQ(fresh.omitted, 2u);
  const auto missed = stream_->Listen({}, "epoch", 2, ignore, subscription);
  EXPECT_EQ(missed.outcome, AlertResume::Outcome::kReplayed);
  EXPECT_THAT(Seqs(missed), ElementsAre(3u, 4u, 5u));
  EXPECT_EQ(missed.omitted, 0u);
  // More than it may be sent: not half of what was missed, but what is open.
  Resolve(AnAlert("5"), kDay);
  const auto more = stream_->Listen({}, "epoch", 1, ignore, subscription);
  EXPECT_EQ(more.outcome, AlertResume::Outcome::kSnapshot);
  EXPECT_THAT(Seqs(more), ElementsAre(2u, 3u, 4u));
  EXPECT_EQ(more.omitted, 1u);
}

// --- the history of one case

TEST_F(AlertStreamTest, AStoreWithoutAnIndexIsIndexedWhenItIsOpened) {
  AlertMessage held = AnAlert("1");
  Tell(held, kDay);
  ASSERT_TRUE(stream_->Snooze(held.id, At("2025-03-12 09:00"), "officer", "", At(kDay)).has_value());
  Resolve(held, kDay);
  Claim claim;
  claim.alert_seq = 1;
  const auto history = [&] {
    return ReadCaseAlerts(*store_, {claim}, kEndOfTime).value().at(0);
  };
  ASSERT_EQ(history().messages.size(), 2u);
  ASSERT_EQ(history().snoozes.size(), 1u);
  StoreBatch forget;
  for (const char prefix : {'r', 'd', 's', 'x'}) {
    const std::string all = NoteKey(prefix, "");
    ASSERT_TRUE(store_->Scan(Column::kAlerts, all, nullptr,
                             [&](std::string_view key, std::string_view) {
                               if (!key.starts_with(all)) return false;
                               forget.Delete(Column::kAlerts, key);
                               return true;
                             })
                    .has_value());
  }
  ASSERT_TRUE(store_->Commit(forget, true).has_value());
  EXPECT_EQ(history().messages.size(), 1u) << "the index is gone";
  Reopen();
  EXPECT_EQ(history().messages.back().message.type, AlertType::kResolved);
  EXPECT_EQ(history().snoozes.size(), 1u);
}

// --- read from the store, further back than memory goes

std::vector<uint64_t> Seqs(const AlertPage& page) {
  std::vector<uint64_t> seqs;
  for (const auto& message : page.messages) seqs.push_back(message->seq);
  return seqs;
}

TEST_F(AlertStreamTest, IsReadFromAnyPlaceInPages) {
  constexpr uint64_t kMessages = 50;
  limits_.history = 10;
  Reopen();
  EXPECT_THAT(stream_->ReadAfter(0, 5)->messages, IsEmpty());
  StoreBatch batch;
  for (uint64_t i = 1; i <= kMessages; ++i) {
    EXPECT_EQ(stream_->Prepare(AnAlert(std::to_string(i)), At(kDay)), i);
  }
  stream_->Seal(At(kDay), batch);
  EXPECT_THAT(stream_->ReadAfter(0, 5)->messages, IsEmpty()) << "not written yet";
  // Keys beside the messages, on both sides of them.
  batch.Put(Column::kAlerts, ShardKey(kOnlyShard, "c"), "?");
  batch.Put(Column::kAlerts, ShardKey(kOnlyShard, "n"), "?");
  ASSERT_TRUE(store_->Commit(batch, true).has_value());
  stream_->Publish();
  Reopen();
  const auto first = stream_->ReadAfter(0, 3);
  EXPECT_THAT(Seqs(*first), ElementsAre(1u, 2u, 3u));
  EXPECT_EQ(first->messages[0]->id, AnAlert("1").id);
  EXPECT_EQ(first->epoch, "epoch");
  EXPECT_EQ(first->last_seq, kMessages);
  EXPECT_THAT(Seqs(*stream_->ReadAfter(3, 2)), ElementsAre(4u, 5u));
  EXPECT_THAT(Seqs(*stream_->ReadAfter(kMessages - 2, 100)),
              ElementsAre(kMessages - 1, kMessages));
  EXPECT_THAT(stream_->ReadAfter(kMessages, 100)->messages, IsEmpty());
  EXPECT_THAT(stream_->ReadAfter(UINT64_MAX, 100)->messages, IsEmpty());
  EXPECT_THAT(stream_->ReadAfter(0, 0)->messages, IsEmpty());
}

}  // namespace
}  // namespace tthc
