// Stored bytes: golden, round trip, and damaged.
#include "ingest/store/codec.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "ingest/store/bytes.h"
#include "ingest/store/store.h"
#include "server/alerts/alert_codec.h"

namespace tthc {
namespace {

std::string Hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", static_cast<uint8_t>(c));
    out += two;
  }
  return out;
}

Instant At(const char* text) { return ParseInstant(text).value(); }

// --- examples with every field

Entry ASnapshot() {
  Entry e;
  e.seq = 7;
  e.identity = 0x0102030405a6;
  e.event = At("2025-03-10T08:00:00+07:00");
  e.recorded = At("2025-03-10T08:00:01.5+07:00");
  e.sender_sequence = 300;
  e.position = 2;
  e.status = Status::kReceived;
  e.status_sent = 2;
  e.channel = 2;
  e.flags = kHasFeeLine | kInsert;
  e.procedure = 11;
  e.field = 12;
  e.unit = 13;
  e.sender = 14;
  e.received_at = e.event;
  e.due_at = At("2025-03-21T17:00:00+07:00");
  return e;
}

Entry AProgressRow() {
  Entry e;
  e.seq = 9;
  e.identity = 0xffeeddccbbaa;
  e.kind = StatementKind::kProgress;
  e.event = At("2025-03-11T09:30:00+07:00");
  e.recorded = At("2025-03-11T09:31:00+07:00");
  e.status = Status::kProcessing;
  e.status_sent = 5;
  e.note = ActionNote::kSupplementDone;
  e.officer = 0xdeadbeef;
  e.step_due_at = At("2025-03-12T17:00:00+07:00");
  e.sender = 14;
  return e;
}

Claim AClaim() {
  Claim claim;
  claim.kind = AlertKind::kOverdue;
  claim.episode = 1;
  claim.due = At("2025-03-21T17:00:00+07:00");
  claim.at = At("2025-03-21T17:00:01+07:00");
  claim.alert_seq = 500;
  claim.resolved = true;
  return claim;
}

StoredCase ACase() {
  StoredCase stored;
  stored.unit_of_id = 3;
  stored.names_unit = true;
  stored.end_day = 20160;
  stored.entries = {ASnapshot(), AProgressRow()};
  stored.claims = {AClaim()};
  return stored;
}

LogBlock ABlock() {
  LogBlock block;
  block.statements = {{"H34.01-250310-00001", ASnapshot()},
                      {"H34.01-250310-00002", AProgressRow()}};
  block.statements[1].entry.seq = 8;
  block.claims = {{"H34.01-250310-00001", AClaim()}};
  block.notes = {{NoteKind::kAccess, At("2025-03-21T17:00:02+07:00"), "{}"}};
  return block;
}
const std::string kChain(32, '\x5a');
std::string Stored(const LogBlock& block) {
  std::string bytes;
  EncodeLogBlock(block, bytes);
  return bytes + kChain;
}

StoredRejected ARejected() {
  StoredRejected r;
  r.at = At("2025-03-10T08:00:00+07:00");
  r.sender = "H34";
  r.service = "DongBoHoSoMC";
  r.what = {4, "H34.01-250310-00003", "NgayHenTra", "bad_date", "no date", 0x0102030405060708};
  return r;
}

AlertMessage AnAlert() {
  AlertMessage m;
  m.seq = 500;
  m.type = AlertType::kResolved;
  m.id = "x~1~overdue~1742551200";
  m.kind = m.rung = "overdue";
  m.unit = "H34.01";
  m.case_id = "x";
  m.at = At("2025-03-21T17:00:01+07:00");
  m.due_at = At("2025-03-21T17:00:00+07:00");
  m.text = "Quá hạn";
  return m;
}

template <typename T>
std::string Encoded(void (*encode)(const T&, std::string&), const T& value) {
  std::string bytes;
  encode(value, bytes);
  return bytes;
}

// --- golden bytes: a change here is a new format version

TEST(GoldenBytes, Case) {
  EXPECT_EQ(Hex(Encoded(EncodeCase, ACase())),
            "01030180bb0202c09de3decffc97060e98220102030405a60102ac02020e230002bcf8ef010d0b0c"
            "8044046540ffeeddccbbaaccb616dcb4160502deadbeefbc8c32010301bcf8ef01c0f8ef01f403");
}
TEST(GoldenBytes, LogBlock) {
  EXPECT_EQ(Hex(Encoded(EncodeLogBlock, ABlock())),
            "02c09de3decffc97060200134833342e30312d3235303331302d303030303198220102030405a601"
            "02ac02020e230002bcf8ef010d0b0c80441201326540ffeeddccbbaaccb616dcb4160502deadbeef"
            "bc8c32011201310301bcf8ef01c0f8ef01f4030101c4f8ef01027b7d");
}
TEST(GoldenBytes, LogBlockOfVersionOneIsRead) {
  std::string bytes;
  const std::string hex =
      "01c09de3decffc97060200134833342e30312d3235303331302d303030303198220102030405a601"
      "02ac02020e230002bcf8ef010d0b0c80441201326540ffeeddccbbaaccb616dcb4160502deadbeef"
      "bc8c32011201310301bcf8ef01c0f8ef01f403";
  for (size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  LogBlock block;
  ASSERT_TRUE(DecodeLogBlock(bytes, 7, block).has_value());
  EXPECT_EQ(block.statements[1].entry, ABlock().statements[1].entry);
  EXPECT_EQ(block.claims[0].claim, AClaim());
  EXPECT_TRUE(block.notes.empty());
  EXPECT_TRUE(SplitLogBlock(bytes)->chain.empty());
}
// Only such a case is of version 2.
TEST(GoldenBytes, WithAStepOfItsOwn) {
  StoredCase stored = ACase();
  stored.entries[1].step = 300;
  EXPECT_EQ(Hex(Encoded(EncodeCase, stored)),
            "02030180bb0202c09de3decffc97060e98220102030405a60102ac02020e230002bcf8ef010d0b0c"
            "8044046540ffeeddccbbaaccb616dcb4160582deadbeefac02bc8c32010301bcf8ef01c0f8ef01f40300");
  LogBlock block = ABlock();
  block.statements[1].entry.step = 300;
  EXPECT_EQ(Hex(Encoded(EncodeLogBlock, block)),
            "02c09de3decffc97060200134833342e30312d3235303331302d303030303198220102030405a601"
            "02ac02020e230002bcf8ef010d0b0c80441201326540ffeeddccbbaaccb616dcb4160582deadbeef"
            "ac02bc8c32011201310301bcf8ef01c0f8ef01f4030101c4f8ef01027b7d");
}
TEST(GoldenBytes, WithAStatementThatGaveWay) {
  StoredCase stored = ACase();
  stored.replaced = {300};
  EXPECT_EQ(Hex(Encoded(EncodeCase, stored)),
            "02030180bb0202c09de3decffc97060e98220102030405a60102ac02020e230002bcf8ef010d0b0c"
            "8044046540ffeeddccbbaaccb616dcb4160502deadbeefbc8c32010301bcf8ef01c0f8ef01f40301ac02");
}
TEST(GoldenBytes, Rejected) {
  EXPECT_EQ(Hex(Encoded(EncodeRejected, ARejected())),
            "018090acddcffc9706034833340c446f6e67426f486f536f4d4304134833342e30312d3235303331"
            "302d30303030330a4e67617948656e547261086261645f64617465076e6f20646174650102030405"
            "060708");
}
TEST(GoldenBytes, Alert) {
  EXPECT_EQ(Hex(Encoded(EncodeAlert, AnAlert())),
            "02f4030116787e317e6f7665726475657e31373432353531323030076f766572647565076f766572"
            "647565064833342e303101780a5175c3a12068e1baa16e80a9b595eab598060180a0bb94eab59806"
            "0001000000");
}
TEST(GoldenBytes, Primitives) {
  std::string out;
  ByteWriter w(out);
  w.Byte(0xfe);
  w.Varint(0);
  w.Varint(300);
  w.Varint(UINT64_MAX);
  w.Signed(-1);
  w.Signed(INT64_MIN);
  w.Text("ạ");
  w.Fixed(0x010203, 3);
  w.Time(Instant{-3 * kMicrosPerSecond}, Instant{0});
  w.Time(Instant{7}, Instant{5});
  EXPECT_EQ(Hex(out),
            "fe" "00" "ac02" "ffffffffffffffffff01" "01" "ffffffffffffffffff01" "03e1baa1"
            "010203" "0a" "09");
}

TEST(Keys, BeginWithTheirShardAndSortByNumber) {
  EXPECT_EQ(Hex(CaseKey(0x0102, "H34")), "0102483334");
  EXPECT_EQ(Hex(NumberKey(1, 0x0203)), "00010000000000000203");
  EXPECT_EQ(Hex(ShardKey(0, "m")), "00006d");
  EXPECT_LT(NumberKey(0, 255), NumberKey(0, 256));
  EXPECT_LT(NumberKey(0, UINT64_MAX), NumberKey(1, 0));
  EXPECT_EQ(NumberOf(NumberKey(9, UINT64_MAX - 1)), UINT64_MAX - 1);
  EXPECT_EQ(AfterShard(CaseKey(5, "H34")), "H34");
  EXPECT_EQ(AfterShard("x"), "");
}

// --- round trips

constexpr int64_t kFirst = 631'152'000;    // 1990, seconds
constexpr int64_t kLast = 4'133'980'800;   // 2101

rc::Gen<Instant> AnyInstant() {
  return rc::gen::oneOf(
      rc::gen::map(rc::gen::inRange(kFirst, kLast),
                   [](int64_t s) { return Instant{s * kMicrosPerSecond}; }),
      rc::gen::map(rc::gen::inRange(kFirst * kMicrosPerSecond, kLast * kMicrosPerSecond),
                   [](int64_t us) { return Instant{us}; }));
}
rc::Gen<std::optional<Instant>> MaybeInstant() {
  return rc::gen::oneOf(rc::gen::just(std::optional<Instant>()),
                        rc::gen::map(AnyInstant(), [](Instant at) { return std::optional(at); }));
}

Entry AnyEntry() {
  Entry e;
  e.kind = *rc::gen::element(StatementKind::kSnapshot, StatementKind::kProgress);
  e.identity = *rc::gen::inRange<uint64_t>(0, kIdentityMask);
  e.recorded = *AnyInstant();
  e.dated_by = *rc::gen::element(DatedBy::kOwnField, DatedBy::kArrival);
  e.event = e.dated_by == DatedBy::kArrival ? e.recorded : *AnyInstant();
  e.status = static_cast<Status>(*rc::gen::inRange(0, kStatusCount));
  e.status_sent = *rc::gen::oneOf(rc::gen::just(static_cast<uint8_t>(e.status)),
                                  rc::gen::arbitrary<uint8_t>());
  e.sender_sequence = *rc::gen::element<uint64_t>(0, 1, 300, UINT64_MAX);
  e.position = *rc::gen::element<uint32_t>(0, 1, UINT32_MAX);
  e.sender = *rc::gen::element<TextId>(0, 1, 2, UINT32_MAX);
  if (e.kind == StatementKind::kProgress) {
    e.note = static_cast<ActionNote>(*rc::gen::inRange(0, 9));
    e.officer = *rc::gen::element<uint32_t>(0, 1, UINT32_MAX);
    e.step = *rc::gen::element<TextId>(0, 0, 1, UINT32_MAX);
    e.step_due_at = *MaybeInstant();
    return e;
  }
  e.channel = static_cast<uint8_t>(*rc::gen::inRange(0, 4));
  e.flags = *rc::gen::element<uint32_t>(0, 5, UINT32_MAX);
  e.procedure = *rc::gen::element<TextId>(0, 1, UINT32_MAX);
  e.field = *rc::gen::element<TextId>(0, 1, UINT32_MAX);
  e.unit = *rc::gen::element<TextId>(0, 1, UINT32_MAX);
  e.received_at = *MaybeInstant();
  e.due_at = *MaybeInstant();
  e.finished_at = *MaybeInstant();
  e.returned_at = *MaybeInstant();
  e.refused_at = *MaybeInstant();
  return e;
}

std::vector<Entry> SomeEntries() {
  std::vector<Entry> entries;
  const int count = *rc::gen::inRange(0, 6);
  for (int i = 0; i < count; ++i) {
    // Half of them repeat what the one before said: the codec stores only differences.
    Entry e = i > 0 && *rc::gen::arbitrary<bool>() ? entries.back() : AnyEntry();
    e.seq = *rc::gen::arbitrary<uint32_t>();
    entries.push_back(e);
  }
  return entries;
}

std::vector<Claim> SomeClaims() {
  std::vector<Claim> claims;
  const int count = *rc::gen::inRange(0, 3);
  for (int i = 0; i < count; ++i) {
    claims.push_back({static_cast<AlertKind>(*rc::gen::inRange<int>(0, kCaseAlertKinds)),
                      static_cast<uint8_t>(*rc::gen::inRange<size_t>(0, kMaxRungs)),
                      *rc::gen::arbitrary<uint32_t>(), *AnyInstant(), *AnyInstant(),
                      *rc::gen::arbitrary<uint64_t>(), *rc::gen::arbitrary<bool>()});
  }
  return claims;
}

RC_GTEST_PROP(RoundTrip, Case, ()) {
  StoredCase stored;
  stored.unit_of_id = *rc::gen::arbitrary<TextId>();
  stored.names_unit = *rc::gen::arbitrary<bool>();
  stored.end_day = *rc::gen::element(kNoEndDay, 0, -1, 20160);
  stored.entries = SomeEntries();
  stored.claims = SomeClaims();
  stored.replaced = *rc::gen::element(std::vector<uint64_t>(), std::vector<uint64_t>{0},
                                       std::vector<uint64_t>{7, UINT64_MAX});
  const std::string bytes = Encoded(EncodeCase, stored);
  StoredCase back = ACase();   // what was in it must not shine through
  RC_ASSERT(DecodeCase(bytes, back).has_value());
  RC_ASSERT(back.unit_of_id == stored.unit_of_id);
  RC_ASSERT(back.names_unit == stored.names_unit);
  RC_ASSERT(back.end_day == stored.end_day);
  RC_ASSERT(back.entries.size() == stored.entries.size());
  for (size_t i = 0; i < back.entries.size(); ++i) {
    RC_ASSERT(back.entries[i] == stored.entries[i]);
  }
  RC_ASSERT(back.claims.size() == stored.claims.size());
  for (size_t i = 0; i < back.claims.size(); ++i) RC_ASSERT(back.claims[i] == stored.claims[i]);
  const StoredCaseHead head = DecodeCaseHead(bytes);
  RC_ASSERT(head.unit_of_id == stored.unit_of_id);
  RC_ASSERT(head.names_unit == stored.names_unit);
  RC_ASSERT(head.end_day == stored.end_day);
}

RC_GTEST_PROP(RoundTrip, LogBlock, ()) {
  LogBlock block;
  const uint64_t first_seq = *rc::gen::arbitrary<uint32_t>();
  uint64_t seq = first_seq;
  for (Entry e : SomeEntries()) {
    e.seq = seq++;
    block.statements.push_back({*rc::gen::element<std::string>("H34-1", "H34-12", "", "X"), e});
  }
  for (const Claim& claim : SomeClaims()) {
    block.claims.push_back({*rc::gen::element<std::string>("H34-1", "H34-12"), claim});
  }
  for (const std::string& text : *rc::gen::arbitrary<std::vector<std::string>>()) {
    block.notes.push_back({NoteKind::kAnswer, Instant{*rc::gen::arbitrary<int32_t>()}, text});
  }
  LogBlock back = ABlock();
  const std::string stored = Stored(block);
  RC_ASSERT(DecodeLogBlock(stored, first_seq, back).has_value());
  RC_ASSERT(SplitLogBlock(stored)->chain == kChain);
  RC_ASSERT(back.notes == block.notes);
  RC_ASSERT(back.statements.size() == block.statements.size());
  for (size_t i = 0; i < back.statements.size(); ++i) {
    RC_ASSERT(back.statements[i].case_id == block.statements[i].case_id);
    RC_ASSERT(back.statements[i].entry == block.statements[i].entry);
  }
  RC_ASSERT(back.claims.size() == block.claims.size());
  for (size_t i = 0; i < back.claims.size(); ++i) {
    RC_ASSERT(back.claims[i].case_id == block.claims[i].case_id);
    RC_ASSERT(back.claims[i].claim == block.claims[i].claim);
  }
}

TEST(RoundTrip, RejectedAndAlert) {
  const auto rejected = DecodeRejected(Encoded(EncodeRejected, ARejected()));
  ASSERT_TRUE(rejected.has_value());
  EXPECT_EQ(Encoded(EncodeRejected, *rejected), Encoded(EncodeRejected, ARejected()));
  EXPECT_EQ(rejected->what.reason, "no date");
  EXPECT_EQ(rejected->what.body_hash, 0x0102030405060708u);

  AlertMessage alert = AnAlert();
  for (const bool with_due : {true, false}) {
    if (!with_due) alert.due_at.reset();
    const auto back = DecodeAlert(Encoded(EncodeAlert, alert));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(Encoded(EncodeAlert, *back), Encoded(EncodeAlert, alert));
    EXPECT_EQ(back->due_at, alert.due_at);
    EXPECT_EQ(back->text, alert.text);
  }
}

RC_GTEST_PROP(RoundTrip, Primitives, (uint64_t varint, int64_t number, std::string text)) {
  const Instant base = *AnyInstant();
  const Instant at = *AnyInstant();
  std::string bytes;
  ByteWriter w(bytes);
  w.Varint(varint);
  w.Signed(number);
  w.Text(text);
  w.Time(at, base);
  w.Fixed(varint, 8);
  ByteReader r(bytes);
  RC_ASSERT(r.Varint() == varint);
  RC_ASSERT(r.Signed() == number);
  RC_ASSERT(r.Text() == text);
  RC_ASSERT(r.Time(base) == at);
  RC_ASSERT(r.Fixed(8) == varint);
  RC_ASSERT(r.AtEnd());
  RC_ASSERT(!r.failed());
}

// --- damage

// Tries every prefix and every value of every byte.
template <typename Decode>
void ExpectPrefixesRefusedAndDamageSurvived(const std::string& bytes, Decode decode) {
  EXPECT_TRUE(decode(bytes));
  for (size_t size = 0; size < bytes.size(); ++size) {
    // In its own allocation, so that a sanitizer sees a read past its end.
    EXPECT_FALSE(decode(std::string(bytes.data(), size))) << "the first " << size << " bytes";
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(value);
      (void)decode(damaged);
    }
  }
  std::string other_version = bytes;
  other_version[0] = 0x7f;
  EXPECT_FALSE(decode(other_version));
}

TEST(Damage, Case) {
  ExpectPrefixesRefusedAndDamageSurvived(Encoded(EncodeCase, ACase()), [](const std::string& b) {
    StoredCase out;
    (void)DecodeCaseHead(b);
    return DecodeCase(b, out).has_value();
  });
}
TEST(Damage, LogBlock) {
  ExpectPrefixesRefusedAndDamageSurvived(Stored(ABlock()),
                                         [](const std::string& b) {
                                           LogBlock out;
                                           return DecodeLogBlock(b, 1, out).has_value();
                                         });
}
TEST(Damage, Rejected) {
  ExpectPrefixesRefusedAndDamageSurvived(
      Encoded(EncodeRejected, ARejected()),
      [](const std::string& b) { return DecodeRejected(b).has_value(); });
}
TEST(Damage, Alert) {
  ExpectPrefixesRefusedAndDamageSurvived(
      Encoded(EncodeAlert, AnAlert()),
      [](const std::string& b) { return DecodeAlert(b).has_value(); });
}
TEST(Damage, BytesAfterTheEndAreRefused) {
  StoredCase stored;
  EXPECT_FALSE(DecodeCase(Encoded(EncodeCase, ACase()) + "x", stored).has_value());
  LogBlock block;
  EXPECT_FALSE(DecodeLogBlock(Stored(ABlock()) + "x", 1, block).has_value());
}
TEST(Damage, AVarintWithoutEndFails) {
  ByteReader r(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12));
  (void)r.Varint();
  EXPECT_TRUE(r.failed());
}

}  // namespace
}  // namespace tthc
