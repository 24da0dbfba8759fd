#include <gtest/gtest.h>

#include "tests/unit/wire/wire_testing.h"

namespace tthc {
namespace {

constexpr std::string_view kSingle = "application/cloudevents+json";
constexpr std::string_view kBatch = "application/cloudevents-batch+json; charset=utf-8";
constexpr std::string_view kLines = "application/x-ndjson";

std::string Event(const std::string& type, const std::string& data, const std::string& more = "",
                  const std::string& id = "1") {
  return R"({"specversion":"1.0","id":")" + id + R"(","source":"/onestop/H34","type":")" + type +
         R"(",)" + more + R"("data":)" + data + "}";
}

DecodedMessage Decode(const std::string& body, std::string_view content_type = kSingle,
                      const DecodeLimits& limits = {}) {
  Decoder decoder(TestProfiles(), kTestKey, limits);
  Result<DecodedMessage> message = decoder.DecodeCloudEvents(body, content_type, {});
  EXPECT_TRUE(message) << (message ? "" : message.error().message);
  return message ? std::move(*message) : DecodedMessage();
}

const std::string kDossier =
    R"({"MaHoSo":"a","NgayTiepNhan":"20250102080000","TrangThaiHoSo":"2"})";
const std::string kRow = R"({"MaHoSo":"a","ThoiDiemXuLy":"20250102080000","TrangThai":"4"})";

TEST(CloudEvents, ADossierAndAProgressRow) {
  const DecodedMessage dossier = Decode(Event("vn.gov.tthc.case.dossier.v1", kDossier));
  EXPECT_EQ(dossier.service, "CloudEvents");
  ASSERT_EQ(dossier.statements.size(), 1u);
  EXPECT_EQ(dossier.statements[0].kind, StatementKind::kSnapshot);
  EXPECT_EQ(dossier.statements[0].event, At("2025-01-02T08:00:00+07:00"));
  const DecodedMessage row = Decode(Event("vn.gov.tthc.case.status.v1", kRow));
  ASSERT_EQ(row.statements.size(), 1u);
  EXPECT_EQ(row.statements[0].kind, StatementKind::kProgress);
}

TEST(CloudEvents, TheFieldsTellWhereTheTypeDoesNot) {
  EXPECT_EQ(Decode(Event("vn.gov.tthc.case.changed", kRow)).statements.at(0).kind,
            StatementKind::kProgress);
  EXPECT_EQ(Decode(Event("vn.gov.tthc.case.changed", kDossier)).statements.at(0).kind,
            StatementKind::kSnapshot);
}

TEST(CloudEvents, TimeDatesWhatItsOwnFieldsDoNot) {
  const std::string time = R"("time":"2025-01-05T03:00:00Z",)";
  const Statement undated =
      Decode(Event("vn.gov.tthc.case.dossier.v1", R"({"MaHoSo":"a","TrangThaiHoSo":"4"})", time))
          .statements.at(0);
  EXPECT_EQ(undated.dated_by, DatedBy::kOwnField);
  EXPECT_EQ(undated.event, At("2025-01-05T10:00:00+07:00"));
  const Statement dated =
      Decode(Event("vn.gov.tthc.case.dossier.v1", kDossier, time)).statements.at(0);
  EXPECT_EQ(dated.event, At("2025-01-02T08:00:00+07:00"));
  const Statement row =
      Decode(Event("vn.gov.tthc.case.progress.v1", R"({"MaHoSo":"a","TrangThai":"4"})", time))
          .statements.at(0);
  EXPECT_EQ(row.event, At("2025-01-05T10:00:00+07:00"));
}

TEST(CloudEvents, SubjectIsTheCase) {
  const std::string subject = R"("subject":"a",)";
  EXPECT_EQ(Decode(Event("vn.gov.tthc.case.dossier.v1", R"({"TrangThaiHoSo":"4"})", subject))
                .statements.at(0)
                .case_id,
            "a");
  EXPECT_EQ(Decode(Event("vn.gov.tthc.case.dossier.v1", R"({"MaHoSo":"b"})", subject))
                .rejected.at(0)
                .code,
            "subject_mismatch");
}

TEST(CloudEvents, SequenceOrdersOneSource) {
  EXPECT_EQ(Decode(Event("vn.gov.tthc.case.dossier.v1", kDossier, R"("sequence":"00042",)"))
                .statements.at(0)
                .sender_sequence,
            42u);
  EXPECT_EQ(Decode(Event("vn.gov.tthc.case.dossier.v1", kDossier, R"("sequence":"4a",)"))
                .rejected.at(0)
                .code,
            "bad_sequence");
}

TEST(CloudEvents, SourceAndIdAreTheIdentity) {
  const auto identity = [](const std::string& id, const std::string& data) {
    return Decode(Event("vn.gov.tthc.case.dossier.v1", data, "", id)).statements.at(0).identity;
  };
  EXPECT_EQ(identity("1", kDossier), identity("1", kDossier));
  EXPECT_NE(identity("1", kDossier), identity("2", kDossier));
  EXPECT_NE(identity("1", R"({"MaHoSo":"b"})"), identity("1", R"({"MaHoSo":"c"})"));
}

TEST(CloudEvents, ABatchIsAnsweredPerEvent) {
  const std::string good = Event("vn.gov.tthc.case.dossier.v1", kDossier);
  const DecodedMessage message =
      Decode("[" + good + ",7," + Event("com.example.other", kDossier) + "," + good + "]", kBatch);
  EXPECT_EQ(message.records, 4u);
  ASSERT_EQ(message.statements.size(), 2u);
  EXPECT_EQ(message.statements[1].position, 3u);
  ASSERT_EQ(message.rejected.size(), 2u);
  EXPECT_EQ(message.rejected[0].code, "bad_event");
  EXPECT_EQ(message.rejected[0].position, 1u);
  EXPECT_EQ(message.rejected[1].code, "unknown_event_type");
}

TEST(CloudEvents, LinesAreAnsweredPerEventEvenWhereOneIsNoJson) {
  const std::string good = Event("vn.gov.tthc.case.dossier.v1", kDossier);
  const DecodedMessage message = Decode(good + "\r\n\n{broken\n" + good, kLines);
  EXPECT_EQ(message.records, 3u);
  ASSERT_EQ(message.statements.size(), 2u);
  EXPECT_EQ(message.statements[1].position, 2u);
  ASSERT_EQ(message.rejected.size(), 1u);
  EXPECT_EQ(message.rejected[0].position, 1u);
  EXPECT_NE(message.rejected[0].reason.find("not JSON"), std::string::npos);
}

TEST(CloudEvents, WhatTheEventLacksIsNamed) {
  const std::pair<std::string, const char*> events[] = {
      {R"({"specversion":"1.0","id":"1","source":"s","type":"vn.gov.tthc.case.dossier"})", "data"},
      {R"({"specversion":"1.0","source":"s","type":"t","data":{}})", "id"},
      {R"({"specversion":"1.0","id":"1","type":"t","data":{}})", "source"},
      {R"({"specversion":"1.0","id":"1","source":"s","data":{}})", "type"},
      {R"({"specversion":"0.3","id":"1","source":"s","type":"t","data":{}})", "specversion"},
      {R"({"specversion":1,"id":"1","source":"s","type":"t","data":{}})", "specversion"},
  };
  for (const auto& [event, field] : events) {
    const DecodedMessage message = Decode(event);
    ASSERT_EQ(message.rejected.size(), 1u) << event;
    EXPECT_EQ(message.rejected[0].field, field) << event;
    EXPECT_EQ(message.rejected[0].code, "bad_event") << event;
  }
  EXPECT_EQ(Decode(Event("vn.gov.tthc.case.dossier", kDossier, R"("time":"5 January",)"))
                .rejected.at(0)
                .code,
            "bad_date");
}

TEST(CloudEvents, TooManyEventsAreRefused) {
  DecodeLimits limits;
  limits.records = 1;
  Decoder decoder(TestProfiles(), kTestKey, limits);
  EXPECT_FALSE(decoder.DecodeCloudEvents("[7,7]", kBatch, {}));
  EXPECT_FALSE(decoder.DecodeCloudEvents("7\n7", kLines, {}));
  EXPECT_TRUE(decoder.DecodeCloudEvents("7\n\n", kLines, {}));
}

}  // namespace
}  // namespace tthc
