#include "ingest/registers/read.h"

#include <gmock/gmock.h>

#include "ingest/registers/rows.h"

namespace tthc {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// 15 June 2025, 09:00 in Viet Nam.
Instant Now() { return ParseInstant("2025-06-15T09:00:00+07:00").value(); }

RegisterChecks Checks() {
  RegisterChecks checks;
  checks.now = Now();
  checks.knows_procedure = [](std::string_view key) {
    return key == "1.001193" || key == "1.001022";
  };
  checks.knows_indicator = [](std::string_view id) { return id == "MDSH.2"; };
  checks.knows_unit = [](std::string_view unit) { return unit == "H34" || unit == "H34.23"; };
  return checks;
}

Result<RegisterFile> TryRead(std::string_view name, std::string_view text,
                             RegisterFormat format = RegisterFormat::kJson,
                             const RegisterLimits& limits = {}) {
  return ReadRegister(*SchemaNamed(name), text, format, Checks(), limits);
}
RegisterFile Read(std::string_view name, std::string_view text,
                  RegisterFormat format = RegisterFormat::kJson,
                  const RegisterLimits& limits = {}) {
  auto file = TryRead(name, text, format, limits);
  EXPECT_TRUE(file.has_value()) << file.error().message;
  return file.has_value() ? std::move(*file) : RegisterFile();
}
RegisterFile ReadCsv(std::string_view name, std::string_view text) {
  return Read(name, text, RegisterFormat::kCsv);
}

std::string Described(const std::vector<RejectedRow>& rows) {
  std::string text;
  for (const RejectedRow& row : rows) {
    text += std::to_string(row.line) + " " + row.field + " " + row.code + ": " + row.reason + "\n";
  }
  return text;
}

auto Row(uint64_t line, const std::string& field, const std::string& code,
         const std::string& reason = "") {
  return AllOf(Field(&RejectedRow::line, line), Field(&RejectedRow::field, field),
               Field(&RejectedRow::code, code), Field(&RejectedRow::reason, HasSubstr(reason)));
}

// --- good rows

// A petition with `more` members behind those that it needs.
std::string Petition(const std::string& more = "", const std::string& id = "P1") {
  return R"({"id":")" + id + R"(","unit":"H34","sent_at":"2025-03-03T08:00:00+07:00")" +
         (more.empty() ? "" : "," + more) + "}";
}

TEST(ReadRegister, ReadsEveryKindOfValue) {
  const RegisterFile file = Read("petitions",
                                 R"({"id":" P1 ","unit":"000.00.23.H34",)"
                                 R"("sent_at":"20250303080000",)"
                                 R"("first_received_at":"03/03/2025 09:30",)"
                                 R"("answered_at":"2025-03-10T01:00:00Z","likes":2,)"
                                 R"("dislikes":"1","complained_again":1,)"
                                 R"("case_id":" H34.01-250101-1 ","about":"staff"})");
  ASSERT_THAT(file.rejected, IsEmpty()) << Described(file.rejected);
  ASSERT_THAT(file.rows, SizeIs(1));
  EXPECT_EQ(file.rows[0].key, "P1");
  const auto petition = PetitionFrom(file.rows[0]);
  EXPECT_EQ(petition.id, "P1");
  EXPECT_EQ(petition.unit, "H34.23");
  EXPECT_EQ(FormatInstant(petition.sent_at), "2025-03-03T08:00:00+07:00");
  EXPECT_EQ(FormatInstant(*petition.first_received_at), "2025-03-03T09:30:00+07:00");
  EXPECT_EQ(FormatInstant(*petition.answered_at), "2025-03-10T08:00:00+07:00");
  EXPECT_EQ(petition.published_at, std::nullopt);
  EXPECT_EQ(petition.likes, 2);
  EXPECT_EQ(petition.dislikes, 1);
  EXPECT_TRUE(petition.complained_again);
  EXPECT_EQ(petition.case_id, "H34.01-250101-1");
  EXPECT_EQ(petition.about, "staff");
}

TEST(ReadRegister, ReadsProceduresAsTheCatalogueHasThem) {
  const RegisterFile file = Read(
      "procedures",
      R"({"code":"1.999999.000.00.00.H34","name":"Tên","field":"LV","field_name":"Lĩnh vực",)"
      R"("level":"commune","units":["000.00.23.H34","H34"],"limit_amount":3,)"
      R"("limit_unit":"working_day","returns_document":false,"fee":true,"citizens":true,)"
      R"("online":"full","service_state":"closed","eligible_full":true,"complete":false,)"
      R"("public":false})"
      "\n"
      R"({"code":"2.000001","name":"x","level":"province"})");
  ASSERT_THAT(file.rejected, IsEmpty()) << Described(file.rejected);
  ASSERT_THAT(file.rows, SizeIs(2));
  EXPECT_THAT(file.flagged, IsEmpty()) << "the catalogue says itself what is known";
  const Procedure first = ProcedureFrom(file.rows[0]);
  EXPECT_EQ(first.code, "1.999999");
  EXPECT_THAT(first.units, ElementsAre("H34.23", "H34"));
  EXPECT_EQ(first.limit->amount, 3);
  EXPECT_EQ(first.limit->unit, LimitUnit::kWorkingDay);
  EXPECT_FALSE(first.returns_document);
  EXPECT_TRUE(first.has_fee);
  EXPECT_EQ(first.citizens, true);
  EXPECT_EQ(first.online, OnlineService::kFull);
  EXPECT_FALSE(first.service_open);
  EXPECT_EQ(first.complete, false);
  EXPECT_FALSE(first.is_public);
  const Procedure second = ProcedureFrom(file.rows[1]);
  EXPECT_TRUE(second.returns_document);
  EXPECT_FALSE(second.has_fee);
  EXPECT_EQ(second.citizens, std::nullopt);
  EXPECT_EQ(second.online, std::nullopt);
  EXPECT_TRUE(second.service_open);
  EXPECT_TRUE(second.is_public);
  EXPECT_EQ(second.limit, std::nullopt);
}

TEST(ReadRegister, ReadsTheOtherRegisters) {
  const auto publication = PublicationFrom(
      Read("publications",
           R"({"decision":"12/QĐ-UBND","procedure":"1.001193","unit":"H34","level":"ministry",)"
           R"("kind":"amended","decided_on":"05/03/2025","effective_on":"2027-01-01"})")
          .rows.at(0));
  EXPECT_TRUE(publication.ministry);
  EXPECT_EQ(FormatDay(publication.decided_on), "2025-03-05");
  EXPECT_EQ(FormatDay(*publication.effective_on), "2027-01-01");
  EXPECT_EQ(publication.published_at, std::nullopt);

  const RegisterFile payments = Read(
      "payments",
      R"({"id":"1","case_id":"c","paid_at":"2025-03-05T10:00:00+07:00","amount_dong":50000,)"
      R"("gateway":"local","kind":"land_duty"})"
      "\n"
      R"({"id":"2","paid_at":"2025-03-05T10:00:00+07:00","gateway":"counter","succeeded":false})");
  EXPECT_TRUE(PaymentFrom(payments.rows.at(0)).online);
  EXPECT_TRUE(PaymentFrom(payments.rows.at(0)).succeeded);
  EXPECT_EQ(PaymentFrom(payments.rows.at(0)).kind, PaymentKind::kLandDuty);
  EXPECT_EQ(PaymentFrom(payments.rows.at(1)).kind, PaymentKind::kFee) << "what is not told";
  EXPECT_FALSE(PaymentFrom(payments.rows.at(1)).online);
  EXPECT_FALSE(PaymentFrom(payments.rows.at(1)).succeeded);

  const RegisterFile counts = Read(
      "sync-counts",
      R"({"unit":"H34","period":"2025-Q1","bcqg":5,"portal":0})"
      "\n"
      R"({"unit":"H34","period":"2025-Q1","indicator":"MDSH.2","numerator":3,"denominator":3})");
  ASSERT_THAT(counts.rows, SizeIs(2)) << Described(counts.rejected);
  EXPECT_EQ(counts.rows[0].key, "H34|2025-Q1|");
  EXPECT_EQ(counts.rows[1].key, "H34|2025-Q1|MDSH.2");
  EXPECT_EQ(SyncCountFrom(counts.rows[0]).portal, 0);
  EXPECT_EQ(SyncCountFrom(counts.rows[0]).synchronised, std::nullopt);
  EXPECT_EQ(SyncCountFrom(counts.rows[1]).denominator, 3);

  const RegisterFile targets = Read(
      "targets",
      R"({"unit":"H34","year":2026,"target":"online","percent_hundredths":10000,)"
      R"("excluded":["1.001022","1.001193.H34","1.001022"],"reason":"Chứng thực"})");
  ASSERT_THAT(targets.rows, SizeIs(1)) << Described(targets.rejected);
  EXPECT_EQ(targets.rows[0].key, "H34|2026|online");
  EXPECT_THAT(TargetFrom(targets.rows[0]).excluded, ElementsAre("1.001022", "1.001193"));

  const auto copy = EformCopyFrom(
      Read("eform-copies", R"({"unit":"H34.23","offered":true,"since":"2023-07-01",)"
                           R"("until":"2030-01-01"})")
          .rows.at(0));
  EXPECT_TRUE(copy.offered);
  EXPECT_EQ(FormatDay(*copy.until), "2030-01-01");
}

TEST(ReadRegister, ComposesTextsAsTheDecoderDoes) {
  // "e" with two combining marks, and the same letter composed.
  const RegisterFile file = Read(
      "ratings", R"({"id":"1","case_id":"Tie\u0302\u0301p-1","rated_at":"20250301080000",)"
                 R"("rating":"like"})");
  EXPECT_EQ(RatingFrom(file.rows.at(0)).case_id, "Ti\xE1\xBA\xBFp-1");
}

TEST(ReadRegister, TakesNumbersOfCasesOfEveryForm) {
  for (const std::string id : {"000.00.53.H48-220921-0099", "G09.20-20260609-0092637", "HS_12/TNMT",
                               "ĐK-2025-001"}) {
    const RegisterFile file = Read("petitions", Petition("\"case_id\":\"" + id + "\""));
    ASSERT_THAT(file.rows, SizeIs(1)) << Described(file.rejected);
    EXPECT_EQ(PetitionFrom(file.rows[0]).case_id, id);
  }
  const RegisterFile name = Read("petitions", Petition(R"("case_id":"Nguyễn Văn A")"));
  EXPECT_THAT(name.rejected.at(0).reason, Not(HasSubstr("Nguy"))) << "a name is not told back";
}

TEST(ReadRegister, TakesWithdrawnRowsByTheirKey) {
  const RegisterFile file = Read("petitions", R"({"id":"P1","withdrawn":true})"
                                              "\n" +
                                                  Petition(R"("withdrawn":true)", "P2") + "\n" +
                                                  Petition(R"("withdrawn":false)", "P3"));
  ASSERT_THAT(file.rejected, IsEmpty()) << Described(file.rejected);
  EXPECT_TRUE(file.rows.at(0).withdrawn);
  EXPECT_TRUE(file.rows.at(1).withdrawn);
  EXPECT_FALSE(file.rows.at(2).withdrawn);
  RegisterRow expected = file.rows[0];
  expected.key = "P2";
  expected.values[0] = std::string("P2");
  EXPECT_EQ(file.rows[1], expected) << "nothing but the key is kept of it";

  const RegisterFile gone = Read(
      "publications", R"({"decision":"1","procedure":"9.999999","withdrawn":true})");
  EXPECT_THAT(gone.rows, SizeIs(1)) << "its procedure may be gone from the catalogue as well";
}

TEST(ReadRegister, FlagsWhatIsNotKnownAndKeepsIt) {
  const RegisterFile file = Read(
      "payments",
      R"({"id":"1","unit":"H34.99","procedure":"9.999999","paid_at":"20250301080000",)"
      R"("amount_dong":1,"gateway":"national"})");
  EXPECT_THAT(file.rows, SizeIs(1));
  EXPECT_THAT(file.flagged, ElementsAre(Row(1, "unit", "unknown_unit", "\"H34.99\""),
                                        Row(1, "procedure", "unknown_procedure", "\"9.999999\"")));
  const RegisterFile procedure = Read(
      "procedures", R"({"code":"1","name":"x","level":"commune","units":["H34","H34.98"]})");
  EXPECT_THAT(procedure.flagged, ElementsAre(Row(1, "units", "unknown_unit", "\"H34.98\"")));
  EXPECT_THAT(Read("payments", R"({"id":"1","unit":"H34.99"})").flagged, IsEmpty())
      << "a refused row is told once";
}

TEST(ReadRegister, TakesAllForKnownWhereNothingIsSaidToCheckAgainst) {
  RegisterChecks checks;
  checks.now = Instant{INT64_MAX};
  const auto file = ReadRegister(
      SchemaOf(RegisterId::kTargets),
      R"({"unit":"H99","year":2100,"target":"score","percent_hundredths":1,"excluded":"9",)"
      R"("reason":"r"})",
      RegisterFormat::kJson, checks, {});
  ASSERT_TRUE(file.has_value());
  EXPECT_THAT(file->rows, SizeIs(1)) << Described(file->rejected);
  EXPECT_THAT(file->flagged, IsEmpty());
}

// --- bad rows

struct BadRow {
  std::string_view name;
  std::string row;
  std::string field;
  std::string code;
  std::string reason;
};

std::string Publication(const std::string& more, const std::string& procedure = "1.001193") {
  return R"({"decision":"1","procedure":")" + procedure +
         R"(","unit":"H34","level":"province","kind":"new",)" + more + "}";
}
std::string Sync(const std::string& more, const std::string& period = "2025-Q1") {
  return R"({"unit":"H34","period":")" + period + R"(",)" + more + "}";
}
std::string Target(const std::string& more, const std::string& year = "2025") {
  return R"({"unit":"H34","target":"online","year":)" + year + "," + more + "}";
}
std::string Payment(const std::string& more) {
  return R"({"id":"1","paid_at":"20250301080000","gateway":"local",)" + more + "}";
}
std::string Procedure(const std::string& more) {
  return R"({"code":"1.001193","name":"x","level":"commune",)" + more + "}";
}

const std::vector<BadRow> kBadRows = {
    // what contradicts itself
    {"petitions", Petition(R"("answered_at":"2025-03-02T08:00:00+07:00")"), "answered_at",
     "contradiction", "answered_at 2025-03-02T08:00:00+07:00 is before sent_at 2025-03-03T08:00"},
    {"petitions", Petition(R"("refused_at":"2025-03-03T07:59:59+07:00")"), "refused_at",
     "contradiction", "is before sent_at"},
    {"petitions", Petition(R"("first_received_at":"2025-03-02T08:00:00+07:00")"),
     "first_received_at", "contradiction", "is before sent_at"},
    {"petitions", Petition(R"("handed_over_at":"2025-03-02T08:00:00+07:00")"), "handed_over_at",
     "contradiction", "is before sent_at"},
    {"petitions", Petition(R"("supplement_asked_at":"2025-03-02T08:00:00+07:00")"),
     "supplement_asked_at", "contradiction", "is before sent_at"},
    {"petitions",
     Petition(R"("first_received_at":"20250305080000","answered_at":"20250304080000")"),
     "answered_at", "contradiction", "is before first_received_at"},
    {"petitions", Petition(R"("answered_at":"20250305080000","published_at":"20250304080000")"),
     "published_at", "contradiction", "is before answered_at"},
    {"petitions", Petition(R"("published_at":"20250304080000")"), "published_at",
     "contradiction", "stands without answered_at"},
    {"publications", Publication(R"("decided_on":"2025-03-05","published_at":"20250304235959")"),
     "published_at", "contradiction", "is before decided_on 2025-03-05"},
    {"publications",
     Publication(R"("decided_on":"2025-03-05","published_at":"20250306080000",)"
                 R"("state":"waiting")"),
     "state", "contradiction", "published_at"},
    {"eform-copies", R"({"unit":"H34","offered":true,"since":"2024-02-02","until":"2024-02-01"})",
     "until", "contradiction", "until 2024-02-01 is before since 2024-02-02"},
    {"procedures", Procedure(R"("limit_amount":3)"), "limit_amount", "contradiction",
     "without limit_unit"},
    {"procedures", Procedure(R"("limit_unit":"day")"), "limit_unit", "contradiction",
     "without limit_amount"},
    {"payments", Payment(R"("amount_dong":0)"), "amount_dong", "contradiction", "succeeded"},
    {"payments", Payment(R"("succeeded":true)"), "amount_dong", "missing", "has one"},
    {"targets", Target(R"("percent_hundredths":1,"excluded":["1.001193"])"), "reason", "missing",
     "excluded"},
    // counts
    {"sync-counts", Sync(R"("indicator":"MDSH.2","numerator":5,"denominator":4)"), "numerator",
     "contradiction", "numerator 5 is above denominator 4"},
    {"sync-counts", Sync(R"("indicator":"MDSH.2","numerator":5)"), "numerator", "contradiction",
     "without denominator"},
    {"sync-counts", Sync(R"("indicator":"MDSH.2","denominator":5)"), "denominator",
     "contradiction", "without numerator"},
    {"sync-counts", Sync(R"("numerator":1,"denominator":5)"), "numerator", "contradiction",
     "without indicator"},
    {"sync-counts", Sync(R"("indicator":"MDSH.2")"), "indicator", "contradiction",
     "without numerator"},
    {"sync-counts", Sync(R"("indicator":"MDSH.2","numerator":1,"denominator":5,"bcqg":5)"),
     "indicator", "contradiction", "beside bcqg"},
    {"sync-counts", R"({"unit":"H34","period":"2025-Q1"})", "bcqg", "missing", "no count"},
    {"sync-counts", Sync(R"("synchronised":5)"), "bcqg", "missing", "no count"},
    {"petitions", Petition(R"("case_id":"Nguyễn Văn A")"), "case_id", "bad_value",
     "no number of a case"},
    {"petitions", Petition(R"("case_id":"H34.01-250101-1\u00a0A")"), "case_id", "bad_value",
     "no number of a case"},
    {"petitions", Petition(R"("case_id":"H34.01-250101-1, A")"), "case_id", "bad_value",
     "no number of a case"},
    {"sync-counts", Sync(R"("bcqg":-1)"), "bcqg", "bad_value", "outside 0 to"},
    {"sync-counts", Sync(R"("bcqg":1.5)"), "bcqg", "bad_value", "fraction"},
    {"sync-counts", Sync(R"("bcqg":"1.000")"), "bcqg", "bad_value", "no whole number"},
    {"sync-counts", Sync(R"("bcqg":99999999999999999999)"), "bcqg", "bad_value", ""},
    {"sync-counts", Sync(R"("indicator":"MDSH.9","numerator":1,"denominator":5)"), "indicator",
     "unknown_indicator", "\"MDSH.9\""},
    {"targets", Target(R"("percent_hundredths":10001)"), "percent_hundredths", "bad_value",
     "outside 0 to 10000"},
    // unknown procedures
    {"publications", Publication(R"("decided_on":"2025-03-05")", "9.999999"), "procedure",
     "unknown_procedure", "\"9.999999\""},
    {"targets",
     Target(R"("percent_hundredths":1,"excluded":["1.001193","9.999999"],"reason":"r")"),
     "excluded", "unknown_procedure", "\"9.999999\""},
    // the future
    {"petitions", R"({"id":"1","unit":"H34","sent_at":"2025-06-15T09:00:01+07:00"})", "sent_at",
     "in_future", "2025-06-15T09:00:01+07:00"},
    {"petitions", Petition(R"("answered_at":"2025-06-16T08:00:00+07:00")"), "answered_at",
     "in_future", ""},
    {"ratings", R"({"id":"1","case_id":"c","rated_at":"20990101000000","rating":"like"})",
     "rated_at", "in_future", ""},
    {"payments",
     R"({"id":"1","paid_at":"20250616080000","gateway":"local","amount_dong":1})", "paid_at",
     "in_future", ""},
    {"publications", Publication(R"("decided_on":"2025-06-16")"), "decided_on", "in_future", ""},
    {"eform-copies", R"({"unit":"H34","offered":true,"since":"2025-06-16"})", "since", "in_future",
     ""},
    {"sync-counts", Sync(R"("bcqg":1)", "2025-07"), "period", "in_future", "2025-07 begins after"},
    {"targets", Target(R"("percent_hundredths":1)", "2027"), "year", "in_future", "2027"},
    {"targets", Target(R"("percent_hundredths":1)", "25"), "year", "bad_value", "before 1990"},
    // what is missing, and what is none
    {"petitions", R"({"unit":"H34","sent_at":"20250301080000"})", "id", "missing", ""},
    {"petitions", R"({"id":"  ","unit":"H34","sent_at":"20250301080000"})", "id", "missing", ""},
    {"petitions", R"({"id":null,"unit":"H34","sent_at":"20250301080000"})", "id", "missing", ""},
    {"petitions", R"({"withdrawn":true,"unit":"H34"})", "id", "missing", ""},
    {"petitions", Petition(R"("withdrawn":"ja")"), "withdrawn", "bad_value", "neither true"},
    {"petitions", Petition(R"("nguoi_gui":"Nguyễn Văn A")"), "nguoi_gui", "unknown_field",
     "petitions"},
    {"petitions", Petition(R"("likes":1,"likes":2)"), "likes", "repeated_field", "twice"},
    {"petitions", Petition(R"("likes":[1])"), "likes", "bad_value", "list"},
    {"petitions", Petition(R"("likes":{"n":1})"), "likes", "bad_value", "object"},
    {"petitions", Petition(R"("about":"Rules")"), "about", "bad_value", "rules staff other"},
    {"petitions", Petition(R"("complained_again":"yes")"), "complained_again", "bad_value", ""},
    {"petitions", Petition(R"("answered_at":"2025-03-04")"), "answered_at", "bad_value",
     "no time of day"},
    {"petitions", Petition(R"("answered_at":"2025-02-30T08:00:00Z")"), "answered_at", "bad_value",
     "no day of the calendar"},
    {"petitions", Petition(R"("case_id":")" + std::string(51, 'x') + R"(")"), "case_id",
     "too_long", "the limit is 50"},
    {"petitions", Petition(R"("case_id":"a\u0007b")"), "case_id", "bad_value", "control"},
    {"petitions", R"({"id":"1","unit":"Kon Tum","sent_at":"20250301080000"})", "unit",
     "bad_value", "no unit code"},
    {"publications", R"({"decision":"1|2","procedure":"1.001193","withdrawn":true})", "decision",
     "bad_value", "'|'"},
    {"publications", Publication(R"("decided_on":"2025-03-05T08:00:00Z")"), "decided_on",
     "bad_value", "time of day"},
    {"procedures", Procedure(R"("units":["H34",{"x":1}])"), "units", "bad_value", ""},
    {"procedures", R"({"code":1.00065,"name":"x","level":"commune"})", "code", "bad_value",
     "in quotes"},
    {"sync-counts", Sync(R"("bcqg":1)", "2025-13"), "period", "bad_value", "2025-Q1"},
    // rows that are none
    {"petitions", R"("P1")", "", "not_an_object", ""},
    {"petitions", "17", "", "not_an_object", ""},
    {"petitions", R"({"id":"P1")", "", "not_json", "too early"},
    {"petitions", "{\"id\":\"\xC3\"}", "", "not_json", "UTF-8"},
};

TEST(ReadRegister, RefusesABadRowAndKeepsItsNeighbours) {
  const std::vector<std::pair<std::string_view, std::string>> good = {
      {"petitions", Petition()},
      {"ratings", R"({"id":"g","case_id":"c","rated_at":"20250301080000","rating":"like"})"},
      {"payments", R"({"id":"g","paid_at":"20250301080000","gateway":"local","amount_dong":1})"},
      {"procedures", R"({"code":"7.000001","name":"x","level":"commune"})"},
      {"publications", R"({"decision":"g","procedure":"1.001193","unit":"H34",)"
                       R"("level":"province","kind":"new","decided_on":"2025-03-05"})"},
      {"eform-copies", R"({"unit":"H34.01","offered":false})"},
      {"sync-counts", R"({"unit":"H34.01","period":"2025","portal":0})"},
      {"targets", R"({"unit":"H34.01","year":2026,"target":"score","percent_hundredths":0})"},
  };
  for (const BadRow& bad : kBadRows) {
    SCOPED_TRACE(std::string(bad.name) + ": " + bad.row);
    std::string neighbour;
    for (const auto& [name, row] : good) {
      if (name == bad.name) neighbour = row;
    }
    const RegisterFile file = Read(bad.name, "\n" + bad.row + "\r\n\n" + neighbour + "\n");
    EXPECT_THAT(file.rejected, ElementsAre(Row(2, bad.field, bad.code, bad.reason)))
        << Described(file.rejected);
    EXPECT_THAT(file.rows, SizeIs(1));
    EXPECT_EQ(file.lines, 2u);
  }
}

TEST(ReadRegister, LateIsNoContradiction) {
  EXPECT_THAT(Read("publications",
                   Publication(R"("decided_on":"2025-03-05","effective_on":"2025-01-01",)"
                               R"("published_at":"2025-03-05T00:00:00+07:00")"))
                  .rows,
              SizeIs(1));
  EXPECT_THAT(Read("petitions", Petition(R"("answered_at":"2025-03-03T08:00:00+07:00",)"
                                         R"("published_at":"2025-06-15T09:00:00+07:00")"))
                  .rows,
              SizeIs(1))
      << "all at once, and now, are allowed";
  EXPECT_THAT(Read("sync-counts", Sync(R"("bcqg":1,"portal":1,"synchronised":9)", "2025-06")).rows,
              SizeIs(1))
      << "a period that has begun; counts of others do not bind each other";
}

TEST(ReadRegister, RefusesTheLaterOfTwoRowsWithOneKey) {
  const RegisterFile file =
      Read("petitions", Petition(R"("likes":1)") + "\n" + Petition(R"("likes":2)") + "\n" +
                            Petition(R"("likes":-1)", "P2") + "\n" + Petition("", "P2"));
  EXPECT_THAT(file.rejected, ElementsAre(Row(2, "", "duplicate_key", "\"P1\""),
                                         Row(3, "likes", "bad_value")));
  ASSERT_THAT(file.rows, SizeIs(2));
  EXPECT_EQ(PetitionFrom(file.rows[0]).likes, 1);
  EXPECT_EQ(file.rows[1].key, "P2") << "the bad row did not take the key";
}

// --- forms of one file

constexpr std::string_view kPaymentLines =
    R"({"id":"1;a","case_id":"c/1","unit":"H34","procedure":"1.001193",)"
    R"("paid_at":"20250301080000","amount_dong":5,"gateway":"national","kind":"fee"})"
    "\n"
    R"({"id":"2","paid_at":"01/03/2025 08:00","gateway":"counter","succeeded":false})"
    "\n"
    R"({"id":"3","withdrawn":true})";

TEST(ReadRegister, GivesTheSameRowsFromEveryForm) {
  const RegisterFile lines = Read("payments", kPaymentLines);
  ASSERT_THAT(lines.rows, SizeIs(3)) << Described(lines.rejected);

  std::string array = "\xEF\xBB\xBF[";
  for (const char c : kPaymentLines) array += c == '\n' ? "\n ,\n" : std::string(1, c);
  EXPECT_EQ(Read("payments", array + "\n]\n").rows, lines.rows);

  const std::string comma =
      "id,case_id,unit,procedure,paid_at,amount_dong,gateway,kind,succeeded,withdrawn\n"
      "\"1;a\",c/1,H34,1.001193,20250301080000,5,national,fee,,\n"
      "2,,,,01/03/2025 08:00,,counter,,false,\n"
      "3,,,,,,,,,true\n";
  EXPECT_EQ(ReadCsv("payments", comma).rows, lines.rows);

  const std::string semicolon =
      "\xEF\xBB\xBFwithdrawn;id; unit ;procedure;case_id;paid_at;gateway;kind;succeeded;"
      "amount_dong\r\n"
      "0;\"1;a\"; 000.00.00.H34 ;1.001193.000.00.00.H34;c/1;2025-03-01 08:00;national;fee;;5\r\n"
      "\r\n"
      ";2;;;;01/03/2025 08:00:00;counter;;0;\r\n"
      "1;3;;;;;;;;\r\n";
  EXPECT_EQ(ReadCsv("payments", semicolon).rows, lines.rows);
}

TEST(ReadRegister, ReadsListsOfEveryForm) {
  const std::string head = R"({"unit":"H34","year":2025,"target":"online",)"
                           R"("percent_hundredths":1,"reason":"r","excluded":)";
  const RegisterFile list = Read("targets", head + R"(["1.001193","1.001022"]})");
  ASSERT_THAT(list.rows, SizeIs(1)) << Described(list.rejected);
  EXPECT_EQ(Read("targets", head + R"(" 1.001193; 1.001022 "})").rows, list.rows);
  EXPECT_EQ(ReadCsv("targets", "unit,year,target,percent_hundredths,reason,excluded\n"
                               "H34,2025,online,1,r,1.001193 1.001022\n")
                .rows,
            list.rows);
  const RegisterFile none = Read("targets", head + R"([]})");
  EXPECT_EQ(none.rows, Read("targets", head + R"(null})").rows);
}

TEST(ReadRegister, TellsLinesOfEveryForm) {
  const RegisterFile array = Read("petitions", "\n[\n" + Petition() + ",\n{\"id\":\"P2\",\n" +
                                                   "\"unit\":\"H34\"\n},\n\"x\"]");
  EXPECT_THAT(array.rejected,
              ElementsAre(Row(4, "sent_at", "missing"), Row(7, "", "not_an_object")))
      << Described(array.rejected);
  EXPECT_EQ(array.lines, 3u);

  const RegisterFile csv = ReadCsv("petitions",
                                   "id,unit,sent_at,about\n"
                                   "1,H34,20250301080000,rules\n"
                                   "\n"
                                   "2,H34,20250301080000\n"
                                   "\"3\n\",H34,20250301080000,other\n"
                                   "4,H34,20250399080000,other\n"
                                   "5,H34,20250301080000,\"x\"y\n"
                                   "6,H34,20250301080000,\xFF\n");
  EXPECT_THAT(csv.rejected,
              ElementsAre(Row(4, "", "bad_line", "3 fields, the header 4"),
                          Row(7, "sent_at", "bad_value"), Row(8, "", "bad_line", "quote"),
                          Row(9, "", "bad_line", "UTF-8")))
      << Described(csv.rejected);
  EXPECT_THAT(csv.rows, SizeIs(2));
}

TEST(ReadRegister, AnEmptyFileHasNoRows) {
  for (const std::string_view text : {"", "\n \r\n", "[]", " [ ] \n", "\xEF\xBB\xBF"}) {
    const RegisterFile file = Read("petitions", text);
    EXPECT_THAT(file.rows, IsEmpty());
    EXPECT_THAT(file.rejected, IsEmpty()) << text;
    EXPECT_EQ(file.lines, 0u);
  }
  EXPECT_THAT(ReadCsv("petitions", "id,unit,sent_at\n").rows, IsEmpty());
}

struct BadFile {
  std::string text;
  RegisterFormat format;
  std::string message;
};
const std::vector<BadFile> kBadFiles = {
    {"[" + Petition(), RegisterFormat::kJson, "line 1: not a JSON array: it is never closed"},
    {"[" + Petition() + ",]", RegisterFormat::kJson, "a row is missing"},
    {"[,]", RegisterFormat::kJson, "a row is missing"},
    {"[]]", RegisterFormat::kJson, "text behind its end"},
    {"[" + Petition() + "] {}", RegisterFormat::kJson, "text behind its end"},
    {"[\n" + Petition() + ",\n{\"id\":}\n]", RegisterFormat::kJson, "line 3: not JSON"},
    {"[" + Petition() + " " + Petition() + "]", RegisterFormat::kJson, "line 1: not JSON"},
    {"[\n\"abc", RegisterFormat::kJson, "line 2: not a JSON array: it is never closed"},
    {"\xFF\xFE{", RegisterFormat::kJson, "UTF-16"},
    {"", RegisterFormat::kCsv, "empty"},
    {"id,unit\n", RegisterFormat::kCsv, "line 1: the column \"sent_at\" is missing"},
    {"unit,withdrawn\n", RegisterFormat::kCsv, "the column \"id\" is missing"},
    {"id,unit,sent_at,id\n", RegisterFormat::kCsv, "the column \"id\" stands twice"},
    {"id,unit,sent_at,ten_nguoi_gui\n", RegisterFormat::kCsv,
     "there is no column \"ten_nguoi_gui\" in the register petitions"},
    {"id,unit,sent_at,\n", RegisterFormat::kCsv, "there is no column \"\""},
    {"\"id\"x,unit,sent_at\n", RegisterFormat::kCsv, "line 1: text behind the closing quote"},
};

TEST(ReadRegister, RefusesWhatIsUnreadableAsAWhole) {
  for (const BadFile& bad : kBadFiles) {
    const auto file = TryRead("petitions", bad.text, bad.format);
    ASSERT_TRUE(file.has_error()) << bad.text;
    EXPECT_EQ(file.error().kind, ErrorKind::kInvalidInput);
    EXPECT_THAT(file.error().message, HasSubstr(bad.message)) << bad.text;
  }
}

// --- limits

TEST(ReadRegister, CountsRows) {
  RegisterLimits limits;
  limits.rows = 2;
  const std::string two = Petition("", "1") + "\n" + Petition("", "2");
  EXPECT_THAT(Read("petitions", two, RegisterFormat::kJson, limits).rows, SizeIs(2));
  const auto lines = TryRead("petitions", two + "\n17", RegisterFormat::kJson, limits);
  ASSERT_TRUE(lines.has_error());
  EXPECT_THAT(lines.error().message, HasSubstr("line 3: the file has more than 2 rows"));
  const std::string csv = "id,withdrawn\n1,1\n2,1\n";
  EXPECT_THAT(Read("petitions", csv, RegisterFormat::kCsv, limits).rows, SizeIs(2));
  EXPECT_TRUE(TryRead("petitions", csv + "3,1\n", RegisterFormat::kCsv, limits).has_error());
}

TEST(ReadRegister, BoundsRowsAndLists) {
  RegisterLimits limits;
  limits.row_bytes = Petition().size();
  limits.list_items = 2;
  const std::string long_row = Petition(R"("likes":1)", "2");
  const auto read = [&](const std::string& text, RegisterFormat format = RegisterFormat::kJson) {
    return Read("petitions", text, format, limits);
  };
  EXPECT_THAT(read(long_row + "\n" + Petition()).rejected, ElementsAre(Row(1, "", "too_long")));
  EXPECT_THAT(read("[" + long_row + "\n," + Petition() + "]").rejected,
              ElementsAre(Row(1, "", "too_long")));
  EXPECT_THAT(read("[" + long_row + "\n," + Petition() + "]").rows, SizeIs(1));
  EXPECT_THAT(read("id,withdrawn\n" + std::string(limits.row_bytes + 1, 'x') + ",1\n2,1\n",
                   RegisterFormat::kCsv)
                  .rejected,
              ElementsAre(Row(2, "", "bad_line", "longer than")));
  limits.row_bytes = 1000;
  const std::string head = R"({"code":"1","name":"x","level":"commune","units":)";
  const auto items = Read("procedures", head + R"(["H34","H34.23","H34.01"]})",
                          RegisterFormat::kJson, limits);
  EXPECT_THAT(items.rejected, ElementsAre(Row(1, "units", "too_long", "3 items")));
}

TEST(ReadRegister, DoesNotFollowDeepNesting) {
  const std::string deep =
      R"({"id":)" + std::string(500, '[') + std::string(500, ']') + "}";
  EXPECT_THAT(Read("petitions", deep).rejected, ElementsAre(Row(1, "", "not_json", "nested")));
}

TEST(RegisterFormats, AreToldByTypeOrName) {
  EXPECT_EQ(FormatOfContentType("text/csv; charset=utf-8"), RegisterFormat::kCsv);
  EXPECT_EQ(FormatOfContentType("Application/X-NDJSON"), RegisterFormat::kJson);
  EXPECT_EQ(FormatOfContentType("application/json"), RegisterFormat::kJson);
  EXPECT_EQ(FormatOfContentType("text/plain"), std::nullopt);
  EXPECT_EQ(FormatOfContentType(""), std::nullopt);
  EXPECT_EQ(FormatOfFileName("/a.b/petitions.JSONL"), RegisterFormat::kJson);
  EXPECT_EQ(FormatOfFileName("x.csv"), RegisterFormat::kCsv);
  EXPECT_EQ(FormatOfFileName("x.xlsx"), std::nullopt);
  EXPECT_EQ(FormatOfFileName("csv"), std::nullopt);
}

}  // namespace
}  // namespace tthc
