#include "ingest/registers/schema.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "ingest/registers/rows.h"

namespace tthc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

// What writers of registers rely on; a star marks the parts of the key.
const std::map<std::string_view, std::string_view> kContract = {
    {"procedures",
     "code* name field field_name level units limit_amount limit_unit returns_document fee "
     "citizens online service_state eligible_full complete public"},
    {"publications",
     "decision* procedure* unit level kind decided_on effective_on published_at state"},
    {"petitions",
     "id* unit sent_at first_received_at handed_over_at refused_at supplement_asked_at "
     "answered_at published_at likes dislikes complained_again case_id about"},
    {"ratings", "id* case_id rated_at rating"},
    {"payments", "id* case_id unit procedure paid_at amount_dong gateway kind succeeded"},
    {"eform-copies", "unit* offered since until"},
    {"sync-counts",
     "unit* period* indicator* bcqg portal synchronised numerator denominator"},
    {"targets", "unit* year* target* percent_hundredths excluded reason"},
};

std::string Described(const RegisterSchema& schema) {
  std::string text;
  for (const RegisterField& field : schema.fields) {
    text += (text.empty() ? "" : " ") + std::string(field.name) + (field.in_key ? "*" : "");
  }
  return text;
}

const RegisterField& FieldOf(std::string_view schema, std::string_view name) {
  for (const RegisterField& field : SchemaNamed(schema)->fields) {
    if (field.name == name) return field;
  }
  throw std::out_of_range(std::string(name));
}

TEST(RegisterSchemas, AreTheEightOfTheContract) {
  ASSERT_EQ(RegisterSchemas().size(), kContract.size());
  for (const auto& [name, fields] : kContract) {
    const RegisterSchema* const schema = SchemaNamed(name);
    ASSERT_NE(schema, nullptr) << name;
    EXPECT_EQ(Described(*schema), fields) << name;
  }
  EXPECT_EQ(SchemaNamed("petition"), nullptr);
  EXPECT_EQ(SchemaNamed(""), nullptr);
}

TEST(RegisterSchemas, HaveStoredNumbers) {
  const std::vector<std::pair<int, std::string_view>> stored = {
      {1, "procedures"}, {2, "publications"}, {3, "petitions"},   {4, "ratings"},
      {5, "payments"},   {6, "eform-copies"}, {7, "sync-counts"}, {8, "targets"}};
  for (const auto& [number, name] : stored) {
    EXPECT_EQ(SchemaOf(static_cast<RegisterId>(number)).name, name);
  }
}

TEST(RegisterSchemas, TellEveryFieldToPeople) {
  for (const RegisterSchema& schema : RegisterSchemas()) {
    EXPECT_THAT(schema.title, Not(IsEmpty())) << schema.name;
    EXPECT_THAT(schema.help, Not(IsEmpty())) << schema.name;
    std::set<std::string_view> names;
    for (const RegisterField& field : schema.fields) {
      SCOPED_TRACE(std::string(schema.name) + "." + std::string(field.name));
      EXPECT_TRUE(names.insert(field.name).second);
      EXPECT_NE(field.name, "withdrawn");
      EXPECT_THAT(field.label, Not(IsEmpty()));
      EXPECT_THAT(field.help, Not(IsEmpty()));
      const bool bounded = field.kind == ValueKind::kText || field.kind == ValueKind::kCount ||
                           field.kind == ValueKind::kCaseId ||
                           field.kind == ValueKind::kProcedure ||
                           field.kind == ValueKind::kProcedures;
      EXPECT_EQ(field.max > 0, bounded);
      EXPECT_EQ(!field.choices.empty(), field.kind == ValueKind::kChoice);
    }
    EXPECT_LE(schema.fields.size(), 63u) << "a row is stored with a mask of its fields";
  }
}

TEST(RegisterSchemas, RefuseUnknownProceduresWhereOneWouldChangeARatio) {
  EXPECT_TRUE(FieldOf("publications", "procedure").must_exist);
  EXPECT_TRUE(FieldOf("targets", "excluded").must_exist);
  EXPECT_FALSE(FieldOf("payments", "procedure").must_exist);
  EXPECT_FALSE(FieldOf("sync-counts", "indicator").required);
}

// --- typed access

const RegisterSchema& kTargets = SchemaOf(RegisterId::kTargets);
RegisterRow TargetRow() {
  RegisterRow row;
  row.key = "H34|2025|online";
  row.values = {std::string("H34"),
                int64_t{2025},
                std::string("online"),
                int64_t{6000},
                std::vector<std::string>{"1.001193"},
                std::monostate()};
  return row;
}

TEST(RegisterRow, IsReadByName) {
  const RegisterRow row = TargetRow();
  EXPECT_EQ(*TextOf(kTargets, row, "target"), "online");
  EXPECT_EQ(CountOf(kTargets, row, "year"), 2025);
  EXPECT_THAT(*ListOf(kTargets, row, "excluded"), ElementsAre("1.001193"));
  EXPECT_EQ(TextOf(kTargets, row, "reason"), nullptr);
  const Target target = TargetFrom(row);
  EXPECT_EQ(target.unit, "H34");
  EXPECT_EQ(target.year, 2025);
  EXPECT_EQ(target.hundredths, 6000);
  EXPECT_EQ(target.reason, "");
}

TEST(RegisterRowDeathTest, DoesNotGuessNamesOrKinds) {
  const RegisterRow row = TargetRow();
  EXPECT_DEATH((void)TextOf(kTargets, row, "unti"), "");
  EXPECT_DEATH((void)TextOf(kTargets, row, "year"), "");
  EXPECT_DEATH((void)CountOf(kTargets, row, "unit"), "");
  EXPECT_DEATH((void)CountOf(kTargets, RegisterRow(), "year"), "") << "a row of another register";
}

}  // namespace
}  // namespace tthc
