// A message cut by owner says together what it said as a whole.
#include "ingest/wire/split.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "tests/unit/wire/wire_testing.h"

namespace tthc {
namespace {

constexpr size_t kDepth = 32;
constexpr std::string_view kBatchType = "application/cloudevents-batch+json";

// What a message says, whatever the order of its records.
struct Said {
  std::string sender;
  std::multiset<std::string> statements;
  std::multiset<std::string> rejected;

  void Add(const DecodedMessage& message) {
    sender = message.sender;
    for (const Statement& s : message.statements) {
      statements.insert(s.case_id + " " + std::to_string(s.identity) + " " + std::to_string(s.event.us));
    }
    for (const Rejected& r : message.rejected) rejected.insert(r.code + " " + r.field + " " + r.case_id);
  }
  bool operator==(const Said&) const = default;
};

// The unit in the number; records without one belong to nobody.
std::vector<std::string> OwnersOf(const DecodedMessage& message) {
  std::vector<std::string> owners(message.records, "nobody");
  const auto unit = [](const std::string& id) {
    return id.find('-') == std::string::npos ? "nobody" : id.substr(0, id.find('-'));
  };
  for (const Statement& s : message.statements) owners[s.position] = unit(s.case_id);
  for (const Rejected& r : message.rejected) owners[r.position] = unit(r.case_id);
  return owners;
}

const std::string kRecords = R"([
  {"MaHoSo":"H34.05-250101-1","TrangThaiHoSo":2,"NgayTiepNhan":"20250101080000","PhiHoSo":1.50,"GhiChu":"a\"b\u00e2"},
  {"MaHoSo":"H34.23.09-250101-2","TrangThaiHoSo":"2","NgayTiepNhan":"20250101080000","Tep":[{"Ten":"x"},[]]},
  17,
  {"MaHoSo":"H34.05-250101-3","TrangThaiHoSo":"2","NgayTiepNhan":"never"},
  {"MaHoSo":"H34.05-250101-1","TrangThaiHoSo":"9","NgayTiepNhan":"20250101080000","NgayKetThucXuLy":"20250102080000"},
  {"MaHoSo":"","TrangThaiHoSo":"2"}])";

TEST(Split, APartForEachOwnerAndTogetherTheSame) {
  Decoder decoder(TestProfiles(), kTestKey, {});
  MessageHints hints;
  hints.service = "DongBoHoSoMC";
  hints.token_name = "token-o";
  hints.is_updating = "False";
  const std::string envelope = R"({"madonvi":"H56","isUpdating":"True","data":)" + kRecords + "}";
  const std::string named = R"({"service":"DongBoHoSoMC","madonvi":"000.00.00.H34","data":)" + kRecords + "}";
  for (const std::string& body : {kRecords, envelope, named}) {
    const auto whole = decoder.Decode(body, hints);
    ASSERT_TRUE(whole.has_value());
    ASSERT_EQ(whole->records, 6u);
    const std::vector<std::string> owners = OwnersOf(*whole);
    const auto split = SplitOnestop(body, hints, whole->service, kDepth, [&](uint32_t at) { return owners.at(at); });
    ASSERT_TRUE(split.has_value());
    Said expected, said;
    expected.Add(*whole);
    std::vector<std::string> keys;
    MessageHints part_hints;
    part_hints.service = split->service;
    part_hints.sender_unit = split->sender_unit;
    part_hints.is_updating = split->is_updating;
    part_hints.token_name = hints.token_name;
    for (const MessagePart& part : split->parts) {
      keys.push_back(part.key);
      const auto decoded = decoder.Decode(part.body, part_hints);
      ASSERT_TRUE(decoded.has_value()) << part.body;
      for (const std::string& owner : OwnersOf(*decoded)) EXPECT_EQ(owner, part.key);
      said.Add(*decoded);
    }
    EXPECT_THAT(keys, testing::ElementsAre("H34.05", "H34.23.09", "nobody"));
    EXPECT_EQ(expected, said);
    EXPECT_EQ(said.statements.size(), 3u);
  }
}

TEST(Split, TheRecordsOfAnOwnerKeepTheirOrder) {
  Decoder decoder(TestProfiles(), kTestKey, {});
  MessageHints hints;
  hints.service = "DongBoHoSoMC";
  const auto split = SplitOnestop(kRecords, hints, hints.service, kDepth, [](uint32_t at) { return at % 2 ? "b" : "a"; });
  ASSERT_TRUE(split.has_value());
  ASSERT_EQ(split->parts.size(), 2u);
  const auto decoded = decoder.Decode(split->parts[0].body, hints);
  ASSERT_EQ(decoded->statements.size(), 2u);
  EXPECT_EQ(decoded->statements[0].status, Status::kReceived);
  EXPECT_EQ(decoded->statements[1].status, Status::kFinished);
}

TEST(Split, CloudEventsOfEveryForm) {
  const auto event = [](const std::string& id, const std::string& data) {
    return R"({"specversion":"1.0","id":")" + id + R"(","source":"/s","type":"vn.gov.tthc.case.dossier.v1","data":)" +
           data + "}";
  };
  const std::string first = event("1", R"({"MaHoSo":"H34.05-1-1","NgayTiepNhan":"20250102080000","TrangThaiHoSo":"2"})");
  const std::string second = event("2", R"({"MaHoSo":"H34.23-1-1","NgayTiepNhan":"20250102080000","TrangThaiHoSo":"2"})");
  const std::string bad = event("3", R"({"MaHoSo":"H34.23-1-2"})");
  Decoder decoder(TestProfiles(), kTestKey, {});
  const std::pair<std::string, std::string> bodies[] = {
      {first, "application/cloudevents+json"},
      {"[" + first + "," + second + "," + bad + "]", std::string(kBatchType)},
      {first + "\n\n" + second + "\n" + bad + "\n", "application/x-ndjson"}};
  for (const auto& [body, type] : bodies) {
    const auto whole = decoder.DecodeCloudEvents(body, type, {});
    ASSERT_TRUE(whole.has_value());
    const std::vector<std::string> owners = OwnersOf(*whole);
    const auto split = SplitCloudEvents(body, type, kDepth, [&](uint32_t at) { return owners.at(at); });
    ASSERT_TRUE(split.has_value());
    Said expected, said;
    expected.Add(*whole);
    for (const MessagePart& part : split->parts) said.Add(*decoder.DecodeCloudEvents(part.body, kBatchType, {}));
    EXPECT_EQ(expected, said) << type;
  }
}

TEST(Split, ALineThatIsNoJsonIsPutAsideStill) {
  Decoder decoder(TestProfiles(), kTestKey, {});
  const auto split =
      SplitCloudEvents("no JSON\n", "application/x-ndjson", kDepth, [](uint32_t) { return "nobody"; });
  ASSERT_TRUE(split.has_value());
  ASSERT_EQ(split->parts.size(), 1u);
  const auto decoded = decoder.DecodeCloudEvents(split->parts[0].body, kBatchType, {});
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->rejected.size(), 1u);
}

}  // namespace
}  // namespace tthc
