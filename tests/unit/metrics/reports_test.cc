// The reports over a handful of cases whose figures are counted by hand.
#include "metrics/reports/reports.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "ingest/registers/read.h"
#include "metrics/reports/makers.h"

namespace tthc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Instant At(std::string local) {
  local[10] = 'T';
  return ParseInstant(local + ":00+07:00").value();
}

// Monday to Friday, 08:00 to 12:00 and 13:00 to 17:00.
std::shared_ptr<const CalendarBook> PlainCalendar() {
  WorkCalendar::Definition definition;
  definition.version = "plain";
  const Session morning{8 * kMicrosPerHour, 12 * kMicrosPerHour};
  const Session afternoon{13 * kMicrosPerHour, 17 * kMicrosPerHour};
  for (int day = 0; day < 5; ++day) definition.weekly[day] = {morning, afternoon};
  definition.horizon = DayOf(CivilDate{2030, 12, 31});
  return CalendarBook::Of(WorkCalendar::Build(std::move(definition)).value());
}

Unit UnitOf(std::string code, std::string name, UnitLevel level, std::string parent) {
  Unit unit;
  unit.code = std::move(code);
  unit.name = std::move(name);
  unit.level = level;
  unit.parent = std::move(parent);
  return unit;
}

std::shared_ptr<const UnitTree> Units() {
  return UnitTree::Build({UnitOf("H34", "Tỉnh Kon Tum", UnitLevel::kProvince, ""),
                          UnitOf("H34.01", "Sở Một", UnitLevel::kDepartment, "H34"),
                          UnitOf("H34.02", "Sở Hai", UnitLevel::kDepartment, "H34"),
                          UnitOf("H34.03", "Sở Ba", UnitLevel::kDepartment, "H34")})
      .value();
}

std::shared_ptr<const ProcedureCatalogue> Procedures() {
  Procedure land;
  land.code = "1.000001";
  land.name = "Đăng ký đất đai";
  land.field = "G13-DD01";
  land.field_name = "Đất đai";
  land.level = "province";
  land.has_fee = true;
  Procedure plain = land;
  plain.code = "1.000002";
  plain.name = "Xác nhận";
  plain.has_fee = false;
  plain.returns_document = false;
  return ProcedureCatalogue::Of({land, plain});
}

struct Told {
  std::string received = "";
  std::string due = "";
  std::string ended = "";            // empty: still open
  std::string first_due = "";        // as promised at receipt, where it was moved
  Status last = Status::kFinished;
  std::string field = "G13-DD01";
  std::string procedure = "1.000001";
  std::string sender = "S1";
  std::string unit = "";             // named by the sender
  uint8_t channel = 1;
  uint32_t flags = 0;
  uint32_t officer = 0;
};

CountingRules CountingWith(int64_t constant_flag_cases) {
  CountingRules counting;
  counting.constant_flag_cases = constant_flag_cases;
  return counting;
}

class ReportsTest : public testing::Test {
 protected:
  explicit ReportsTest(int64_t constant_flag_cases = 200)
      : store_(OpenStore(dir_)),
        directory_(Units(), {}),
        book_(*store_, kOnlyShard),
        registers_(kOnlyShard, 1'000),
        figures_({book_, directory_, registers_, *store_, casework_,
                  IndicatorBook::Load({"builtin:indicators_766.toml",
                                       "builtin:indicators_766_m2026.toml"})
                      .value(),
                  CountingWith(constant_flag_cases), [] { return At("2025-04-02 09:00"); },
                  [](const std::vector<bool>&, Instant) { return false; }}) {
    casework_.Use(calendars_, Procedures());
  }
  ~ReportsTest() override { std::filesystem::remove_all(dir_); }

  // The quarter that the tests below count.
  void TellQuarter() {
    constexpr uint32_t kFull = kHasDigitisedPart | kHasReusedPart | kHasElectronicResult |
                               kHasResultCode | kPaidOnNationalGateway;
    Tell("H34.01-250110-0001", {.received = "2025-01-10 08:00",
                                .due = "2025-01-20 17:00",
                                .ended = "2025-01-15 10:00",
                                .channel = 2,
                                .flags = kFull,
                                .officer = 0xAB});
    // Late by Tuesday and two hours of Wednesday.
    Tell("H34.01-250203-0001", {.received = "2025-02-03 08:00",
                                .due = "2025-02-10 17:00",
                                .ended = "2025-02-12 10:00",
                                .officer = 0xCD});
    // Carried over; on the due day, but half an hour after the due time.
    Tell("H34.02-241220-0001", {.received = "2024-12-20 09:00",
                                .due = "2025-01-06 16:00",
                                .ended = "2025-01-06 16:30",
                                .procedure = "1.000002",
                                .flags = kHasDigitisedPart});
    Tell("H34.02-250301-0001", {.received = "2025-03-03 08:00",
                                .due = "2025-04-10 17:00",
                                .last = Status::kProcessing,
                                .field = "",
                                .officer = 0xAB});
    // Due on Friday, open at the end of Monday.
    Tell("H34.01-250303-0001", {.received = "2025-03-03 08:00",
                                .due = "2025-03-28 17:00",
                                .last = Status::kProcessing,
                                .field = "X-99",
                                .officer = 0xCD});
    // Asked for a supplement before the due date.
    Tell("H34.02-250304-0001", {.received = "2025-03-04 08:00",
                                .due = "2025-03-20 17:00",
                                .last = Status::kSupplement,
                                .field = "X-99",
                                .procedure = "1.000002"});
    // Outside: ended before the quarter; received after it.
    Tell("H34.02-241201-0001", {.received = "2024-12-02 08:00",
                                .due = "2024-12-20 17:00",
                                .ended = "2024-12-10 09:00"});
    Tell("H34.01-250401-0001", {.received = "2025-04-01 08:00",
                                .due = "2025-04-20 17:00",
                                .last = Status::kProcessing});
  }

  void Tell(const std::string& id, const Told& told) {
    StoredCase stored;
    StoreBatch batch;
    const auto number = [&](TextKind kind, const std::string& text) {
      return text.empty() ? TextId{0} : directory_.Intern(kind, text, batch).value();
    };
    stored.unit_of_id = number(TextKind::kUnit, UnitCodeOf(id).value());
    stored.end_day = kNoEndDay;
    Entry snapshot;
    snapshot.identity = ++identity_;
    snapshot.status = told.ended.empty() ? Status::kReceived : Status::kFinished;
    snapshot.event = snapshot.recorded = At(told.ended.empty() ? told.received : told.ended);
    snapshot.received_at = At(told.received);
    snapshot.due_at = At(told.due);
    if (!told.ended.empty()) snapshot.finished_at = At(told.ended);
    snapshot.channel = told.channel;
    snapshot.flags = told.flags;
    snapshot.procedure = number(TextKind::kProcedure, told.procedure);
    snapshot.field = number(TextKind::kField, told.field);
    snapshot.sender = number(TextKind::kSender, told.sender);
    snapshot.unit = number(TextKind::kUnit, told.unit);
    if (!told.first_due.empty()) {
      Entry promise = snapshot;
      promise.identity = ++identity_;
      promise.status = Status::kReceived;
      promise.event = promise.recorded = At(told.received);
      promise.due_at = At(told.first_due);
      promise.finished_at.reset();
      stored.entries.push_back(promise);
    }
    stored.entries.push_back(snapshot);
    Entry step;
    step.identity = ++identity_;
    step.kind = StatementKind::kProgress;
    step.status = told.ended.empty() ? told.last : Status::kProcessing;
    step.event = step.recorded = At(told.received) + kMicrosPerHour;
    step.officer = told.officer;
    step.sender = snapshot.sender;
    stored.entries.push_back(step);
    ASSERT_TRUE(store_->Commit(batch, false).has_value());
    book_.Put(nullptr, id, stored);
  }

  void PutRows(RegisterId id, const std::string& lines) {
    RegisterChecks checks;
    checks.now = At("2025-04-02 09:00");
    checks.knows_procedure = checks.knows_indicator = checks.knows_unit = [](std::string_view) {
      return true;
    };
    const auto read = ReadRegister(SchemaOf(id), lines, RegisterFormat::kJson, checks, {});
    ASSERT_TRUE(read.has_value()) << read.error().message;
    ASSERT_TRUE(read->rejected.empty()) << read->rejected.front().reason;
    StoreBatch batch;
    ASSERT_TRUE(
        registers_.Prepare(id, read->rows, At("2025-04-01 09:00"), batch).has_value());
    ASSERT_TRUE(store_->Commit(batch, false).has_value());
    registers_.Apply();
  }

  Result<Report> Make(std::string_view name, const std::string& unit = "H34",
                      std::string_view period = "2025-Q1", std::string definition = "",
                      View asked = {}) const {
    const auto view = directory_.View();
    const ReportSources sources{book_,    directory_,           registers_,
                                figures_, *calendars_, *view.units,
                                At("2025-04-02 09:00")};
    return ReportNamed(name)->make(
        sources, {unit, ParsePeriod(period).value(), asked, std::move(definition)});
  }
  Report Made(std::string_view name, const std::string& unit = "H34") const {
    auto report = Make(name, unit);
    EXPECT_TRUE(report.has_value()) << report.error().message;
    return std::move(*report);
  }

  static std::unique_ptr<Store> OpenStore(const std::string& dir) {
    StoreOptions options;
    options.dir = dir + "/data";
    options.sync = false;
    options.block_cache_bytes = 1 << 20;
    return Store::Open(options).value();
  }
  static std::string NewDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "tthc_reports_XXXXXX").string();
    return mkdtemp(name.data());
  }

  const std::string dir_ = NewDirectory();
  std::unique_ptr<Store> store_;
  Directory directory_;
  CaseBook book_;
  RegisterBook registers_;
  const std::shared_ptr<const CalendarBook> calendars_ = PlainCalendar();
  CaseworkInForce casework_{CaseworkOptions()};
  Figures figures_;
  uint64_t identity_ = 0;
};

// --- reading a report

size_t ColumnAt(const ReportTable& table, std::string_view id) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].id == id) return i;
  }
  ADD_FAILURE() << "no column " << id;
  return 0;
}
const std::vector<ReportCell>& RowWith(const ReportTable& table, std::string_view column,
                                       const std::string& text) {
  const size_t at = ColumnAt(table, column);
  for (const auto& row : table.rows) {
    if (row[at] == ReportCell{text}) return row;
  }
  ADD_FAILURE() << "no row " << text;
  return table.rows.front();
}
ReportCell CellOf(const ReportTable& table, std::string_view key_column, const std::string& key,
                  std::string_view column) {
  return RowWith(table, key_column, key)[ColumnAt(table, column)];
}
const ReportTable& TableNamed(const Report& report, std::string_view id) {
  for (const ReportTable& table : report.tables) {
    if (table.id == id) return table;
  }
  ADD_FAILURE() << "no table " << id;
  return report.tables.front();
}
std::vector<std::string> TextsIn(const ReportTable& table, std::string_view column) {
  std::vector<std::string> texts;
  for (const auto& row : table.rows) {
    texts.push_back(std::get<std::string>(row[ColumnAt(table, column)]));
  }
  return texts;
}
// From column `from` on, -1 where a cell is empty.
std::vector<int64_t> NumbersIn(const std::vector<ReportCell>& row, size_t from) {
  std::vector<int64_t> numbers;
  for (size_t i = from; i < row.size(); ++i) {
    const auto* number = std::get_if<int64_t>(&row[i]);
    numbers.push_back(number == nullptr ? -1 : *number);
  }
  return numbers;
}
constexpr ReportCell kEmpty;
ReportCell N(int64_t number) { return number; }

// --- every report

TEST_F(ReportsTest, EveryReportHasItsNameAndItsRowsAreAsLongAsItsColumns) {
  TellQuarter();
  std::vector<std::string_view> names;
  for (const ReportRow& row : ReportTableOf()) {
    names.push_back(row.name);
    const Report report = Made(row.name);
    EXPECT_EQ(report.id, row.name);
    EXPECT_EQ(report.title, row.title);
    EXPECT_EQ(report.unit, "H34");
    EXPECT_EQ(report.unit_name, "Tỉnh Kon Tum");
    EXPECT_EQ(FormatInstant(report.cut_off), "2025-03-31T23:59:59+07:00");
    EXPECT_EQ(report.made_at, At("2025-04-02 09:00"));
    EXPECT_FALSE(report.definition.empty());
    for (const ReportTable& table : report.tables) {
      std::set<std::string> ids;
      for (const ReportColumn& column : table.columns) {
        EXPECT_TRUE(ids.insert(column.id).second) << column.id;
      }
      for (const auto& cells : table.rows) EXPECT_EQ(cells.size(), table.columns.size());
    }
    for (const ReportCheck& check : report.checks) EXPECT_TRUE(check.holds) << check.detail;
    for (const ReportFormat format :
         {ReportFormat::kJson, ReportFormat::kCsv, ReportFormat::kXlsx}) {
      EXPECT_TRUE(Render(report, format).has_value());
    }
  }
  EXPECT_THAT(names, ElementsAre("form06", "cchc", "qd766", "late-cases", "emulation",
                                 "honest", "open-data"));
  EXPECT_EQ(ReportNamed("form07"), nullptr);
}

TEST_F(ReportsTest, WrongQuestionsAreRefused) {
  TellQuarter();
  for (const ReportRow& row : ReportTableOf()) {
    const auto unknown = Make(row.name, "H34.99");
    ASSERT_FALSE(unknown.has_value());
    EXPECT_EQ(unknown.error().kind, ErrorKind::kNotFound);
    const auto future = Make(row.name, "H34", "2026-Q1");
    ASSERT_FALSE(future.has_value());
    EXPECT_EQ(future.error().kind, ErrorKind::kInvalidInput);
  }
  for (const std::string_view name : {"qd766", "open-data"}) {
    const auto undefined = Make(name, "H34", "2025-Q1", "qd000");
    ASSERT_FALSE(undefined.has_value());
    EXPECT_EQ(undefined.error().kind, ErrorKind::kNotFound);
  }
}

TEST_F(ReportsTest, AUnitWithoutCasesHasEmptyRatiosAndIsNotCommended) {
  TellQuarter();
  const Report cchc = Made("cchc", "H34.03");
  const ReportTable& figures = TableNamed(cchc, "figures");
  EXPECT_EQ(CellOf(figures, "figure", "received.total", "number"), N(0));
  EXPECT_EQ(CellOf(figures, "figure", "share.online", "percent"), kEmpty);
  EXPECT_EQ(CellOf(figures, "figure", "share.digitised", "number"), kEmpty);
  EXPECT_THAT(cchc.paragraphs[2], HasSubstr("tỷ lệ số hóa hồ sơ: chưa có số liệu"));
  EXPECT_TRUE(TableNamed(Made("emulation", "H34.03"), "units").rows.empty());
  EXPECT_TRUE(TableNamed(Made("open-data", "H34.03"), "units").rows.empty());
  const Report form = Made("form06", "H34.03");
  EXPECT_EQ(form.tables[0].rows.size(), 1u);
  EXPECT_THAT(NumbersIn(form.tables[0].rows[0], 2), testing::Each(0));
}

// --- form06

TEST_F(ReportsTest, Form06HasARowPerSectorAndTheTotalLast) {
  TellQuarter();
  const ReportTable table = Made("form06").tables[0];
  ASSERT_EQ(table.columns.size(), 13u);
  EXPECT_THAT(TextsIn(table, "field"),
              ElementsAre("Đất đai (G13-DD01)", "X-99", "Không rõ lĩnh vực", "Tổng cộng"));
  EXPECT_TRUE(table.last_row_is_total);
  // 3 4 5 6 | 7 8 9 10 | 11 12 13
  EXPECT_THAT(NumbersIn(table.rows[0], 2), ElementsAre(3, 1, 1, 1, 3, 1, 1, 1, 0, 0, 0));
  EXPECT_THAT(NumbersIn(table.rows[1], 2), ElementsAre(2, 0, 2, 0, 0, 0, 0, 0, 2, 1, 1));
  EXPECT_THAT(NumbersIn(table.rows[2], 2), ElementsAre(1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0));
  EXPECT_THAT(NumbersIn(table.rows[3], 2), ElementsAre(6, 1, 4, 1, 3, 1, 1, 1, 3, 2, 1));
  EXPECT_EQ(table.rows[0][0], N(1));
  EXPECT_EQ(table.rows[3][0], kEmpty);
}

TEST(Form06Test, AnIdentityThatDoesNotHoldIsNamed) {
  Counts counts;
  counts.online = 2;
  counts.on_time = 1;
  counts.pending_late = 1;
  const FieldCounts field{"F", "Lĩnh vực", counts};
  ReportTable table = Form06Table(std::span(&field, 1), counts);
  const auto failed = [&] {
    std::vector<std::string> names;
    for (const ReportCheck& check : Form06Checks(table)) {
      if (!check.holds) names.push_back(check.name);
    }
    return names;
  };
  EXPECT_THAT(failed(), ElementsAre());
  table.rows[0][2] = int64_t{3};
  table.rows[1][2] = int64_t{3};
  EXPECT_THAT(failed(), ElementsAre("(3) = (4) + (5) + (6)", "(3) = (7) + (11)"));
  EXPECT_EQ(Form06Checks(table)[0].detail, "Lĩnh vực (F): 3 ≠ 2; Tổng cộng: 3 ≠ 2; ");
  table.rows[1][2] = int64_t{2};
  table.rows[0][2] = int64_t{2};
  table.rows[1][6] = int64_t{5};
  EXPECT_THAT(failed(), ElementsAre("(7) = (8) + (9) + (10)", "(3) = (7) + (11)",
                                    "Tổng cộng = tổng các dòng"));
}

TEST_F(ReportsTest, AClosedPeriodStandsBesideWhatCameLater) {
  TellQuarter();
  ASSERT_TRUE(figures_.Close("H34", ParsePeriod("2025-Q1").value(), "", "test").has_value());
  Tell("H34.03-250310-0001",
       {.received = "2025-03-10 08:00", .due = "2025-03-14 17:00", .ended = "2025-03-12 17:00"});
  const Report form = Made("form06");
  const ReportTable& closed = TableNamed(form, "closed");
  EXPECT_THAT(NumbersIn(RowWith(closed, "figure", "received"), 2), ElementsAre(6, 7, 1));
  EXPECT_THAT(NumbersIn(RowWith(closed, "figure", "resolved_early"), 2), ElementsAre(1, 2, 1));
  EXPECT_THAT(NumbersIn(RowWith(closed, "figure", "pending_late"), 2), ElementsAre(1, 1, 0));
  const Report sheet = Made("qd766");
  const ReportTable& points = TableNamed(sheet, "closed");
  // 3 of 6, then 4 of 7; 20 × 4 ÷ 7 = 11.43
  EXPECT_THAT(NumbersIn(RowWith(points, "id", "TDGQ.1"), 2),
              ElementsAre(3, 6, 1'000, 4, 7, 1'143, 143));
}

TEST_F(ReportsTest, AClosedPeriodStandsAloneWhereTheReportIsNotOfNow) {
  TellQuarter();
  ASSERT_TRUE(figures_.Close("H34", ParsePeriod("2025-Q1").value(), "", "test").has_value());
  const std::vector<View> views = {{At("2025-02-01 09:00"), {}}, {{}, At("2025-02-01 09:00")}};
  for (const View& view : views) {
    for (const auto& [name, columns] : {std::pair("form06", 3u), std::pair("qd766", 5u)}) {
      const Report report = Make(name, "H34", "2025-Q1", "", view).value();
      const ReportTable& closed = TableNamed(report, "closed");
      ASSERT_EQ(closed.columns.size(), columns);
      for (const auto& row : closed.rows) EXPECT_EQ(row.size(), columns);
      EXPECT_EQ(closed.title, "Số liệu kỳ đã chốt");
      EXPECT_THAT(closed.notes, testing::Contains(HasSubstr("không đối chiếu")));
    }
    const Report form = Make("form06", "H34", "2025-Q1", "", view).value();
    EXPECT_EQ(CellOf(TableNamed(form, "closed"), "figure", "received", "closed"), N(6));
    const Report sheet = Make("qd766", "H34", "2025-Q1", "", view).value();
    EXPECT_EQ(CellOf(TableNamed(sheet, "closed"), "id", "TDGQ.1", "closed_points"), N(1'000));
  }
}

// --- cchc

constexpr std::string_view kPaymentRows =
    R"({"id":"1","case_id":"H34.01-250110-0001","unit":"H34.01","paid_at":"2025-01-10T08:00:00+07:00","amount_dong":1500000000,"gateway":"national","kind":"fee"}
{"id":"2","unit":"H34.02","paid_at":"2025-02-10T08:00:00+07:00","amount_dong":50000,"gateway":"counter","kind":"fee"}
{"id":"3","unit":"H34.02","paid_at":"2025-02-10T08:00:00+07:00","amount_dong":70000,"gateway":"local","kind":"fee","succeeded":false}
{"id":"4","unit":"H34.02","paid_at":"2024-12-31T08:00:00+07:00","amount_dong":90000,"gateway":"local","kind":"fee"}
{"id":"5","unit":"H34.02","paid_at":"2025-03-31T08:00:00+07:00","amount_dong":5505000,"gateway":"local","kind":"land_duty"}
{"id":"6","unit":"H34.02","paid_at":"2025-03-30T08:00:00+07:00","amount_dong":1,"gateway":"local","kind":"other"}
{"id":"8","unit":"H34.02","paid_at":"2025-03-30T08:00:00+07:00","amount_dong":20000,"gateway":"local"}
{"id":"7","unit":"H99","paid_at":"2025-03-30T08:00:00+07:00","amount_dong":1,"gateway":"local","kind":"fee"})";
constexpr std::string_view kPetitionRows =
    R"({"id":"1","unit":"H34","sent_at":"2025-02-11T09:00:00+07:00","first_received_at":"2025-02-11T11:00:00+07:00","answered_at":"2025-02-21T15:00:00+07:00"}
{"id":"2","unit":"H34.01","sent_at":"2024-12-30T09:00:00+07:00","first_received_at":"2024-12-30T10:00:00+07:00"}
{"id":"3","unit":"H34.02","sent_at":"2024-12-02T09:00:00+07:00","first_received_at":"2024-12-02T10:00:00+07:00","answered_at":"2024-12-09T15:00:00+07:00"}
{"id":"4","unit":"H34.02","sent_at":"2025-04-01T07:00:00+07:00","first_received_at":"2025-04-01T08:00:00+07:00"})";

TEST_F(ReportsTest, CchcTakesItsFiguresFromCasesAndRegisters) {
  TellQuarter();
  PutRows(RegisterId::kPayments, std::string(kPaymentRows));
  PutRows(RegisterId::kPetitions, std::string(kPetitionRows));
  const Report report = Made("cchc");
  const ReportTable& table = TableNamed(report, "figures");
  const auto row = [&](const std::string& figure) {
    return NumbersIn(RowWith(table, "figure", figure), 3);
  };
  // number, denominator, percent in hundredths, and the source, which is no number
  EXPECT_THAT(row("received.total"), ElementsAre(6, -1, -1, -1));
  EXPECT_THAT(row("received.online"), ElementsAre(1, -1, -1, -1));
  EXPECT_THAT(row("received.direct_postal"), ElementsAre(4, -1, -1, -1));
  EXPECT_THAT(row("received.carried_over"), ElementsAre(1, -1, -1, -1));
  EXPECT_THAT(row("resolved.in_time"), ElementsAre(2, 3, 6'667, -1));
  EXPECT_THAT(row("resolved.late"), ElementsAre(1, 3, 3'333, -1));
  EXPECT_THAT(row("pending.late"), ElementsAre(1, 3, 3'333, -1));
  EXPECT_THAT(row("share.online"), ElementsAre(1, 6, 1'667, -1));
  EXPECT_THAT(row("share.digitised"), ElementsAre(2, 6, 3'333, -1));
  EXPECT_THAT(row("share.e_result"), ElementsAre(1, 3, 3'333, -1));
  EXPECT_THAT(row("share.reused"), ElementsAre(1, 6, 1'667, -1));
  EXPECT_THAT(row("share.online_payment"), ElementsAre(1, 4, 2'500, -1));
  EXPECT_THAT(row("payments.fee.transactions"), ElementsAre(3, -1, -1, -1)) << "no kind: a fee";
  EXPECT_THAT(row("payments.fee.amount"), ElementsAre(1'500'070'000, -1, -1, -1));
  EXPECT_THAT(row("payments.land_duty.transactions"), ElementsAre(1, -1, -1, -1));
  EXPECT_THAT(row("payments.land_duty.amount"), ElementsAre(5'505'000, -1, -1, -1));
  EXPECT_THAT(row("petitions.received"), ElementsAre(2, -1, -1, -1));
  EXPECT_THAT(row("petitions.answered"), ElementsAre(1, -1, -1, -1));
  EXPECT_THAT(row("petitions.in_process"), ElementsAre(1, -1, -1, -1));
  EXPECT_EQ(report.paragraphs[0],
            "Trong quý I năm 2025, Tỉnh Kon Tum tiếp nhận 6 hồ sơ thủ tục hành chính, trong đó: "
            "tiếp nhận trực tuyến 1 hồ sơ; tiếp nhận trực tiếp và qua dịch vụ bưu chính 4 hồ sơ; "
            "kỳ trước chuyển qua 1 hồ sơ.");
  EXPECT_THAT(report.paragraphs[3],
              HasSubstr("25,00%; phí, lệ phí: 3 giao dịch với số tiền 1,5 tỷ đồng; nghĩa vụ tài "
                        "chính về đất đai: 1 giao dịch với số tiền 5,505 triệu đồng."));
  EXPECT_THAT(report.paragraphs[4], HasSubstr("tiếp nhận 2, đã trả lời 1, đang xử lý 1."));
}

TEST_F(ReportsTest, APaymentIsOfTheUnitThatItsCaseIsOf) {
  // The number is of H34.01, the sender names H34.02.
  Tell("H34.01-250110-0007",
       {.received = "2025-01-10 08:00", .due = "2025-01-20 17:00", .unit = "H34.02"});
  PutRows(RegisterId::kPayments,
          R"({"id":"1","case_id":"H34.01-250110-0007","paid_at":"2025-01-10T08:00:00+07:00","amount_dong":1000,"gateway":"national"}
{"id":"2","case_id":"H34.03-250110-0009","paid_at":"2025-01-10T08:00:00+07:00","amount_dong":2000,"gateway":"national"}
{"id":"3","case_id":"local/9","paid_at":"2025-01-10T08:00:00+07:00","amount_dong":4000,"gateway":"national"})");
  const auto paid = [&](const std::string& unit) {
    return CellOf(TableNamed(Made("cchc", unit), "figures"), "figure", "payments.fee.amount",
                  "number");
  };
  EXPECT_EQ(paid("H34.01"), N(0));
  EXPECT_EQ(paid("H34.02"), N(1'000));
  EXPECT_EQ(paid("H34.03"), N(2'000)) << "the case never came: by its number";
  EXPECT_EQ(paid("H34"), N(3'000)) << "of the third nobody knows the unit";
}

TEST_F(ReportsTest, APaymentAfterTheCutOffIsNotInItsShares) {
  TellQuarter();
  const auto share = [&](View view) {
    const Report report = Make("cchc", "H34", "2025-Q1", "", view).value();
    return CellOf(TableNamed(report, "figures"), "figure", "share.online_payment", "number");
  };
  const View february{At("2025-02-28 09:00"), {}};
  EXPECT_EQ(share(february), N(1));
  EXPECT_EQ(share({}), N(1));
  PutRows(RegisterId::kPayments,
          R"({"id":"1","case_id":"H34.01-250203-0001","paid_at":"2025-03-03T08:00:00+07:00","amount_dong":1000,"gateway":"national"}
{"id":"2","case_id":"H34.01-250303-0001","paid_at":"2025-04-01T08:00:00+07:00","amount_dong":1000,"gateway":"national"})");
  EXPECT_EQ(share(february), N(1)) << "not paid by then";
  EXPECT_EQ(share({}), N(2)) << "the other was paid after the quarter";
}

TEST_F(ReportsTest, ARegisterThatIsNotKeptIsNoZero) {
  TellQuarter();
  const Report before = Made("cchc");
  const ReportTable& table = TableNamed(before, "figures");
  for (const char* figure : {"payments.fee.transactions", "payments.land_duty.amount",
                             "petitions.received", "petitions.in_process"}) {
    EXPECT_EQ(CellOf(table, "figure", figure, "number"), kEmpty) << figure;
  }
  EXPECT_THAT(before.paragraphs[4], HasSubstr("chưa có số liệu"));
  PutRows(RegisterId::kPetitions, "");   // kept, and without rows
  EXPECT_EQ(CellOf(TableNamed(Made("cchc"), "figures"), "figure", "petitions.received", "number"),
            N(0));
}

// Where each open case of the quarter waits; status 6 from 09:00 of Monday 3 March to the end of
// Monday 31 March is seven hours and twenty days of eight.
TEST_F(ReportsTest, CchcShowsApartWhatOpenCasesWaitFor) {
  TellQuarter();
  Told duty = {.received = "2025-03-03 08:00", .due = "2025-03-20 17:00", .last = Status::kFinancial};
  Tell("H34.02-250303-0001", duty);
  duty.received = "2025-03-27 08:00";
  duty.due = "2025-03-31 17:00";   // the day of the cut-off is not past
  Tell("H34.02-250327-0001", duty);
  duty.last = Status::kStopped;
  Tell("H34-250327-0001", duty);
  duty.ended = "2025-03-28 09:00";
  Tell("H34.03-250327-0001", duty);
  const ReportTable table = TableNamed(Made("cchc"), "pending");
  const auto row = [&](const std::string& unit) {
    return NumbersIn(RowWith(table, "unit", unit), 2);
  };
  // pending, running, supplement, financial duty, past due, longest, stopped
  EXPECT_THAT(TextsIn(table, "unit"), ElementsAre("H34", "H34.01", "H34.02", "H34"));
  EXPECT_THAT(row("H34"), ElementsAre(1, 0, 0, 0, 0, -1, 1));
  EXPECT_THAT(row("H34.01"), ElementsAre(1, 1, 0, 0, 0, -1, 0));
  EXPECT_THAT(row("H34.02"), ElementsAre(4, 1, 1, 2, 1, 167 * kMicrosPerHour, 0));
  EXPECT_TRUE(table.last_row_is_total);
  EXPECT_THAT(NumbersIn(table.rows.back(), 2),
              ElementsAre(6, 2, 1, 2, 1, 167 * kMicrosPerHour, 1));
  const Report alone = Made("cchc", "H34.02");
  EXPECT_THAT(TextsIn(TableNamed(alone, "pending"), "unit"), ElementsAre("H34.02", "H34.02"));
  EXPECT_EQ(CellOf(TableNamed(alone, "figures"), "figure", "pending.total", "number"), N(4));
}

class UntoldTest : public ReportsTest {
 protected:
  UntoldTest() : ReportsTest(2) {}   // two cases show it
};

TEST_F(UntoldTest, WhatNoSenderTellsIsNoZero) {
  const Told silent = {.received = "2025-03-03 08:00",
                       .due = "2025-03-20 17:00",
                       .ended = "2025-03-10 09:00",
                       .sender = "S2"};
  Tell("H34.01-250303-0001", silent);
  Tell("H34.01-250303-0002", silent);
  Told digitised = silent;
  digitised.sender = "S1";
  digitised.flags = kHasDigitisedPart;
  Tell("H34.02-250303-0001", digitised);
  digitised.flags = kHasSubmittedFile;
  Tell("H34.02-250303-0002", digitised);

  const ReportTable alone = TableNamed(Made("cchc", "H34.01"), "figures");
  EXPECT_EQ(CellOf(alone, "figure", "share.digitised", "number"), kEmpty);
  EXPECT_EQ(CellOf(alone, "figure", "share.digitised", "percent"), kEmpty);
  const ReportTable teller = TableNamed(Made("cchc", "H34.02"), "figures");
  EXPECT_EQ(CellOf(teller, "figure", "share.digitised", "percent"), N(5'000));
  EXPECT_EQ(CellOf(teller, "figure", "share.reused", "number"), kEmpty);
  // The report's own denominator is all that was received; who does not tell is said.
  const ReportTable both = TableNamed(Made("cchc"), "figures");
  EXPECT_EQ(CellOf(both, "figure", "share.digitised", "percent"), N(2'500));
  EXPECT_THAT(both.notes, testing::Contains(HasSubstr("trong mẫu số có 2 hồ sơ")));
}

// --- late-cases

TEST_F(ReportsTest, LateCasesAreSortedByWorkingTime) {
  TellQuarter();
  const Report report = Made("late-cases");
  const ReportTable& table = report.tables[0];
  EXPECT_THAT(TextsIn(table, "case_id"),
              ElementsAre("H34.01-250203-0001", "H34.01-250303-0001"));
  const auto cell = [&](size_t row, std::string_view column) {
    return table.rows[row][ColumnAt(table, column)];
  };
  EXPECT_EQ(cell(0, "late_hours"), N(10 * kMicrosPerHour));
  EXPECT_EQ(cell(1, "late_hours"), N(8 * kMicrosPerHour));
  EXPECT_EQ(cell(0, "ended_at"), ReportCell{At("2025-02-12 10:00")});
  EXPECT_EQ(cell(1, "ended_at"), kEmpty);
  EXPECT_EQ(cell(0, "due_at"), ReportCell{At("2025-02-10 17:00")});
  EXPECT_EQ(cell(0, "state"), ReportCell{std::string("Đã giải quyết quá hạn")});
  EXPECT_EQ(cell(1, "state"), ReportCell{std::string("Đang giải quyết quá hạn")});
  EXPECT_EQ(cell(1, "status"), ReportCell{std::string("Đang xử lý")});
  EXPECT_EQ(cell(1, "officer"), ReportCell{std::string("CB-000000CD")});
  EXPECT_EQ(cell(1, "last_step_at"), ReportCell{At("2025-03-03 09:00")});
  EXPECT_EQ(cell(1, "procedure_name"), ReportCell{std::string("Đăng ký đất đai")});
  EXPECT_EQ(report.definition_id, "form06");
}

TEST(LateCaseListTest, KeepsTheLongestOverdueInOrder) {
  LateCaseList list(3);
  // 0, 7, 4, 1, 8, 5, 2, 9, 6, 3 hours
  for (int i = 0; i < 10; ++i) {
    LateCase late;
    late.late_us = i * 7 % 10 * kMicrosPerHour;
    late.case_id = std::to_string(i);
    list.Add(std::move(late));
  }
  EXPECT_EQ(list.total(), 10u);
  std::vector<int64_t> hours;
  for (const LateCase& late : std::move(list).Sorted()) {
    hours.push_back(late.late_us / kMicrosPerHour);
  }
  EXPECT_THAT(hours, ElementsAre(9, 8, 7));
}

TEST_F(ReportsTest, MoreLateCasesThanTheReportTakesAreCounted) {
  for (size_t i = 0; i < kMostLateCases + 2; ++i) {
    Tell("H34.01-250203-" + std::to_string(10'000 + i), {.received = "2025-02-03 08:00",
                                                          .due = "2025-02-10 17:00",
                                                          .ended = "2025-02-12 10:00"});
  }
  const Report report = Made("late-cases");
  EXPECT_EQ(report.tables[0].rows.size(), kMostLateCases);
  EXPECT_THAT(report.tables[0].notes,
              testing::Contains(HasSubstr("Còn 2 hồ sơ quá hạn ít hơn không liệt kê")));
  EXPECT_THAT(report.paragraphs[0], HasSubstr("có 10.002 hồ sơ quá hạn"));
}

// --- honest

TEST_F(ReportsTest, HonestRatioHoldsMovedDatesAgainstTheFirstOnes) {
  TellQuarter();
  Tell("H34.03-250303-0001", {.received = "2025-03-03 08:00",
                              .due = "2025-03-12 17:00",
                              .ended = "2025-03-11 10:00",
                              .first_due = "2025-03-10 17:00"});
  Tell("H34.03-250303-0002", {.received = "2025-03-03 08:00",
                              .due = "2025-03-12 17:00",
                              .ended = "2025-03-07 10:00",
                              .first_due = "2025-03-10 17:00"});
  const Report report = Made("honest");
  const ReportTable& ratios = TableNamed(report, "ratios");
  EXPECT_THAT(TextsIn(ratios, "unit"),
              ElementsAre("H34", "H34.01", "H34.02", "H34.03", "H34", "H34.01", "H34.02", "H34.03"));
  // on time, judged and percent by the latest dates, the first ones, without back-dating; differing,
  // judged otherwise, left out
  EXPECT_THAT(NumbersIn(ratios.rows[3], 3),
              ElementsAre(2, 2, 10000, 1, 2, 5000, 1, 1, 10000, 1, 1, 1));
  EXPECT_THAT(NumbersIn(ratios.rows[1], 3),
              ElementsAre(1, 2, 5000, 1, 2, 5000, 1, 2, 5000, 0, 0, 0));
  const ReportTable& cases = TableNamed(report, "cases");
  EXPECT_THAT(TextsIn(cases, "case_id"), ElementsAre("H34.03-250303-0001", "H34.03-250303-0001"));
  EXPECT_THAT(TextsIn(cases, "rule"),
              ElementsAre("Quyết định 766/QĐ-TTg", "Thông tư 01/2020/TT-VPCP"));
  EXPECT_THAT(TextsIn(cases, "latest_state"), ElementsAre("đúng hạn", "trước hạn"));
  EXPECT_THAT(TextsIn(cases, "first_state"), ElementsAre("quá hạn", "quá hạn"));
  EXPECT_THAT(TextsIn(cases, "why")[0], HasSubstr("Dời hẹn trả sau khi đã quá hạn"));
  EXPECT_THAT(report.paragraphs, ElementsAre(HasSubstr("khi không tính 1 hồ sơ")));
  EXPECT_EQ(TableNamed(Made("honest", "H34.01"), "cases").rows.size(), 0u);
}

// --- emulation

TEST_F(ReportsTest, EmulationNamesThoseWithoutLateCasesFirst) {
  TellQuarter();
  const Report report = Made("emulation");
  const ReportTable& units = TableNamed(report, "units");
  EXPECT_THAT(TextsIn(units, "unit"), ElementsAre("H34.02", "H34", "H34.01"));
  EXPECT_THAT(TextsIn(units, "result"),
              ElementsAre("Không có hồ sơ quá hạn, tồn đọng", "Có hồ sơ quá hạn, tồn đọng",
                          "Có hồ sơ quá hạn, tồn đọng"));
  // received, resolved, late, pending, pending late, the result
  EXPECT_THAT(NumbersIn(units.rows[0], 4), ElementsAre(3, 1, 0, 2, 0, -1));
  EXPECT_THAT(NumbersIn(units.rows[2], 4), ElementsAre(3, 2, 1, 1, 1, -1));
  const ReportTable& officers = TableNamed(report, "officers");
  EXPECT_THAT(TextsIn(officers, "officer"),
              ElementsAre("CB-000000AB", "CB-000000AB", "CB-000000CD"));
  EXPECT_THAT(TextsIn(officers, "unit"), ElementsAre("H34.01", "H34.02", "H34.01"));
  EXPECT_THAT(NumbersIn(officers.rows[2], 4), ElementsAre(2, 1, 1, 1, 1, -1));
  EXPECT_THAT(officers.notes, testing::Contains(HasSubstr("2 hồ sơ không ghi người xử lý")));
  EXPECT_THAT(report.paragraphs,
              ElementsAre(HasSubstr("1/3 đơn vị"), HasSubstr("2/3 cá nhân")));
}

TEST_F(ReportsTest, ABackloggedCaseAloneIsEnoughNotToBeCommended) {
  Tell("H34.03-250303-0001", {.received = "2025-03-03 08:00",
                              .due = "2025-03-28 17:00",
                              .last = Status::kProcessing,
                              .officer = 0xEF});
  const Report report = Made("emulation", "H34.03");
  for (const char* table : {"units", "officers"}) {
    EXPECT_THAT(TextsIn(TableNamed(report, table), "result"),
                ElementsAre("Có hồ sơ quá hạn, tồn đọng"));
  }
  EXPECT_THAT(report.paragraphs, ElementsAre(HasSubstr("0/1 đơn vị"), HasSubstr("0/1 cá nhân")));
}

// --- qd766 and open-data

TEST_F(ReportsTest, TheScoreSheetHasIndicatorsGroupsAndTheTotal) {
  TellQuarter();
  const Report report = Made("qd766");
  EXPECT_EQ(report.definition_id, "qd766-portal-2026");
  const ReportTable& table = TableNamed(report, "components");
  // By instants, not by days: the case that ended half an hour after its due time is late.
  EXPECT_EQ(CellOf(table, "id", "TDGQ.1", "numerator"), N(3));
  EXPECT_EQ(CellOf(table, "id", "TDGQ.1", "denominator"), N(6));
  EXPECT_EQ(CellOf(table, "id", "TDGQ.1", "ratio"), N(5'000));
  EXPECT_EQ(CellOf(table, "id", "TDGQ.1", "points"), N(1'000));
  EXPECT_EQ(CellOf(table, "id", "TDGQ.1", "state"), ReportCell{std::string("Đã tính")});
  EXPECT_EQ(CellOf(table, "id", "TDGQ", "points"), N(1'000));
  EXPECT_EQ(CellOf(table, "id", "TDGQ", "max"), N(2'000));
  // No publications were ever put.
  EXPECT_EQ(CellOf(table, "id", "CKMB.1", "points"), kEmpty);
  EXPECT_EQ(CellOf(table, "id", "CKMB.1", "state"), ReportCell{std::string("Chưa có số liệu")});
  EXPECT_EQ(CellOf(table, "id", "CKMB.1", "reason"),
            ReportCell{std::string("chưa có sổ theo dõi")});
  EXPECT_EQ(CellOf(table, "line", "Tổng", "max"), N(10'000));
  // Groups are the sums of their indicators, the total of the groups.
  int64_t indicators = 0, groups = 0;
  const size_t line = ColumnAt(table, "line"), points = ColumnAt(table, "points");
  for (const auto& row : table.rows) {
    const int64_t cents = row[points] == kEmpty ? 0 : std::get<int64_t>(row[points]);
    const std::string& of = std::get<std::string>(row[line]);
    indicators += of == "Chỉ số" ? cents : 0;
    groups += of == "Nhóm" ? cents : 0;
  }
  EXPECT_EQ(groups, indicators);
  EXPECT_EQ(CellOf(table, "line", "Tổng", "points"), N(indicators));

  const ReportTable& children = TableNamed(report, "children");
  EXPECT_EQ(CellOf(children, "unit", "H34.01", "TDGQ"), N(667));     // 1 of 3
  EXPECT_EQ(CellOf(children, "unit", "H34.02", "TDGQ"), N(1'333));   // 2 of 3
  EXPECT_EQ(children.rows.size(), 2u);
  const ReportTable& result = TableNamed(report, "result");
  EXPECT_EQ(result.rows[0][ColumnAt(result, "total")], N(indicators));
  EXPECT_EQ(result.rows[0][ColumnAt(result, "rank")], kEmpty);
}

// Sheet M gives the points of empty indicators to the others of their group.
TEST_F(ReportsTest, AnIndicatorIsShownOutOfWhatItIsScoredOutOf) {
  TellQuarter();
  PutRows(RegisterId::kPetitions, "");
  const Report report = Make("qd766", "H34", "2025-Q1", "qd766-sheet-m-2026").value();
  const ReportTable& table = TableNamed(report, "components");
  EXPECT_EQ(CellOf(table, "id", "MDHL.1", "max"), N(0));
  EXPECT_EQ(CellOf(table, "id", "MDHL.3", "max"), N(1'800));
  const size_t points = ColumnAt(table, "points"), max = ColumnAt(table, "max");
  for (const auto& row : table.rows) {
    if (row[points] == kEmpty) continue;
    EXPECT_LE(std::get<int64_t>(row[points]), std::get<int64_t>(row[max]));
  }
}

TEST_F(ReportsTest, TotalsAreComparedOnlyWhereTheyMeasureTheSame) {
  TellQuarter();
  const auto change = [&] {
    const ReportTable result = TableNamed(Made("qd766"), "result");
    const auto& row = result.rows[0];
    return std::tuple(row[ColumnAt(result, "measured_max")],
                      row[ColumnAt(result, "previous_measured_max")],
                      row[ColumnAt(result, "change")]);
  };
  const auto [max, before, same] = change();
  ASSERT_EQ(max, before);
  const ReportTable sheet = TableNamed(Made("qd766"), "components");
  EXPECT_EQ(same, CellOf(sheet, "line", "Tổng", "change"));
  EXPECT_NE(same, kEmpty);
  // Measured in this quarter, and not in the one before, which had no decision.
  PutRows(RegisterId::kPublications,
          R"({"decision":"1/QĐ","procedure":"1.000001","unit":"H34","level":"province","kind":"new","decided_on":"2025-01-10","effective_on":"2025-03-01","published_at":"2025-01-14T09:00:00+07:00","state":"public"})");
  const auto [more, less, none] = change();
  EXPECT_NE(more, less);
  EXPECT_EQ(none, kEmpty);
  EXPECT_THAT(Made("qd766").paragraphs[0], HasSubstr("(kỳ trước "));
}

TEST_F(ReportsTest, OpenDataExplainsEveryColumnAndNamesNobody) {
  TellQuarter();
  const Report report = Made("open-data");
  const ReportTable& units = TableNamed(report, "units");
  const ReportTable& dictionary = TableNamed(report, "dictionary");
  std::vector<std::string> columns;
  for (const ReportColumn& column : units.columns) columns.push_back(column.id);
  EXPECT_EQ(TextsIn(dictionary, "column"), columns);
  for (const std::string_view text : {"label", "meaning", "type"}) {
    EXPECT_THAT(TextsIn(dictionary, text), testing::Each(testing::Ne("")));
  }
  EXPECT_THAT(TextsIn(units, "unit"), ElementsAre("H34", "H34.01", "H34.02"));
  const auto of = [&](const std::string& unit, std::string_view column) {
    return CellOf(units, "unit", unit, column);
  };
  EXPECT_EQ(of("H34.01", "parent"), ReportCell{std::string("H34")});
  EXPECT_EQ(of("H34.01", "received"), N(3));
  EXPECT_EQ(of("H34.01", "resolved_late"), N(1));
  EXPECT_EQ(of("H34.01", "rate_tt01"), N(5'000));
  EXPECT_EQ(of("H34.02", "rate_tt01"), N(10'000));
  EXPECT_EQ(of("H34", "rate_qd766"), N(5'000));
  EXPECT_EQ(of("H34", "rate_online"), N(1'667));
  EXPECT_EQ(of("H34", "points_tdgq_1"), N(1'000));
  EXPECT_EQ(of("H34", "points_ckmb_1"), kEmpty);
  const std::string csv = Render(report, ReportFormat::kCsv).value();
  EXPECT_THAT(csv, Not(HasSubstr("-25")));    // of a case number
  EXPECT_THAT(csv, Not(HasSubstr("CB-")));
}

}  // namespace
}  // namespace tthc
