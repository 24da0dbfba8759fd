// Reports as JSON, CSV and XLSX: the same bytes for the same report, numbers and dates as what they
// are, nothing that a spreadsheet would run.
#include <gmock/gmock.h>
#include <zlib.h>

#include <chrono>
#include <map>
#include <thread>

#include "metrics/reports/numbers.h"
#include "metrics/reports/report.h"

namespace tthc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Instant kMadeAt = ParseInstant("2025-04-02T09:15:30+07:00").value();

Report Sample() {
  Report report;
  report.id = "sample";
  report.title = "Báo cáo mẫu";
  report.unit = "H34";
  report.unit_name = "Tỉnh Kon Tum";
  report.period = ParsePeriod("2025-Q1").value();
  report.cut_off = ParseInstant("2025-03-31T23:59:59+07:00").value();
  report.definition = "Thông tư 01/2020/TT-VPCP";
  report.definition_id = "form06";
  report.made_at = kMadeAt;
  report.paragraphs = {"Tiếp nhận 50.533 hồ sơ."};
  report.checks = {{"(3) = (7) + (11)", true, ""}, {"tổng", false, "1 ≠ 2"}};
  ReportTable table;
  table.id = "rows";
  table.title = "Bảng 1";
  table.columns = {{"name", "Tên", CellKind::kText},
                   {"count", "Số", CellKind::kCount},
                   {"points", "Điểm", CellKind::kHundredths},
                   {"share", "Tỷ lệ", CellKind::kPercent},
                   {"late", "Giờ", CellKind::kHours},
                   {"day", "Ngày", CellKind::kDay},
                   {"at", "Lúc", CellKind::kInstant}};
  table.rows = {{std::string("Đất đai"), int64_t{50'533}, int64_t{1'250}, int64_t{9'787},
                 3 * kMicrosPerHour + 20 * kMicrosPerMinute, DayOf(CivilDate{2025, 2, 28}),
                 ParseInstant("2025-03-31T17:30:00+07:00").value()},
                {{}, {}, {}, {}, {}, {}, {}},
                {std::string("Tổng"), int64_t{7}, int64_t{-5}, int64_t{0}, int64_t{0}, {}, {}}};
  table.last_row_is_total = true;
  table.notes = {"một ghi chú"};
  report.tables = {table};
  return report;
}

ReportTable TextTable(std::vector<std::string> texts, std::string title = "Bảng") {
  ReportTable table;
  table.id = "texts";
  table.title = std::move(title);
  table.columns = {{"text", "Chữ", CellKind::kText}};
  for (std::string& text : texts) table.rows.push_back({std::move(text)});
  return table;
}

// --- a small reader of the zip container: the central directory, then each member inflated

uint32_t Number(std::string_view bytes, size_t at, size_t size) {
  uint32_t number = 0;
  for (size_t i = size; i-- > 0;) number = number << 8 | static_cast<uint8_t>(bytes.at(at + i));
  return number;
}

std::string Inflated(std::string_view packed, size_t size) {
  std::string out(size, '\0');
  z_stream stream = {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflateInit2(&stream, -MAX_WBITS), Z_OK);
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  inflateEnd(&stream);
  return out;
}

std::map<std::string, std::string> Unzipped(std::string_view zip) {
  std::map<std::string, std::string> members;
  const size_t end = zip.rfind("PK\5\6");
  if (end == std::string_view::npos) return members;
  const uint32_t count = Number(zip, end + 10, 2);
  size_t at = Number(zip, end + 16, 4);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t packed = Number(zip, at + 20, 4), size = Number(zip, at + 24, 4);
    const uint32_t name = Number(zip, at + 28, 2);
    const uint32_t local = Number(zip, at + 42, 4);
    const size_t data = local + 30 + Number(zip, local + 26, 2) + Number(zip, local + 28, 2);
    const bool deflated = Number(zip, at + 10, 2) == Z_DEFLATED;
    const std::string_view bytes = zip.substr(data, packed);
    members[std::string(zip.substr(at + 46, name))] =
        deflated ? Inflated(bytes, size) : std::string(bytes);
    at += 46 + name + Number(zip, at + 30, 2) + Number(zip, at + 32, 2);
  }
  return members;
}

std::map<std::string, std::string> Workbook(const Report& report) {
  const auto rendered = Render(report, ReportFormat::kXlsx);
  EXPECT_TRUE(rendered.has_value()) << rendered.error().message;
  return Unzipped(*rendered);
}

std::vector<std::string> AttributesIn(const std::string& xml, const std::string& before) {
  std::vector<std::string> values;
  for (size_t at = xml.find(before); at != std::string::npos; at = xml.find(before, at)) {
    at += before.size();
    values.push_back(xml.substr(at, xml.find('"', at) - at));
  }
  return values;
}

TEST(ReportFormatTest, AreNamedAsTheyAreAskedFor) {
  EXPECT_EQ(ReportFormatNamed("json"), ReportFormat::kJson);
  EXPECT_EQ(ReportFormatNamed("csv"), ReportFormat::kCsv);
  EXPECT_EQ(ReportFormatNamed("xlsx"), ReportFormat::kXlsx);
  EXPECT_EQ(ReportFormatNamed("pdf"), std::nullopt);
  EXPECT_EQ(ExtensionOf(ReportFormat::kXlsx), "xlsx");
  EXPECT_EQ(ContentTypeOf(ReportFormat::kJson), "application/json");
}

TEST(NumbersTest, AreWrittenAsOfficialsWriteThem) {
  EXPECT_EQ(VietnameseCount(0), "0");
  EXPECT_EQ(VietnameseCount(952), "952");
  EXPECT_EQ(VietnameseCount(50'533), "50.533");
  EXPECT_EQ(VietnameseCount(-1'234'567), "-1.234.567");
  EXPECT_EQ(VietnameseDecimal(9'787), "97,87");
  EXPECT_EQ(VietnameseDecimal(123'405), "1.234,05");
  EXPECT_EQ(VietnameseDecimal(-5), "-0,05");
  EXPECT_EQ(DecimalText(-5), "-0.05");
  EXPECT_EQ(DecimalText(123'405), "1234.05");
  EXPECT_EQ(VietnameseMoney(2'319'000'000), "2,319 tỷ đồng");
  EXPECT_EQ(VietnameseMoney(5'500'000'000), "5,5 tỷ đồng");
  EXPECT_EQ(VietnameseMoney(15'050'000), "15,05 triệu đồng");
  EXPECT_EQ(VietnameseMoney(900), "900 đồng");
}

TEST(NumbersTest, PercentsAreRoundedHalfUp) {
  EXPECT_EQ(PercentHundredths(43'682, 44'634), 9'787);   // 97.8671 %
  EXPECT_EQ(PercentHundredths(1, 800), 13);              // 0.125 %
  EXPECT_EQ(PercentHundredths(0, 5), 0);
  EXPECT_EQ(PercentHundredths(5, 0), std::nullopt);
}

TEST(NumbersTest, HoursAreRoundedHalfUp) {
  EXPECT_EQ(HoursInHundredths(3 * kMicrosPerHour + 20 * kMicrosPerMinute), 333);
  EXPECT_EQ(HoursInHundredths(kMicrosPerMinute), 2);     // 0.0167
  EXPECT_EQ(HoursInHundredths(18 * kMicrosPerSecond), 1);   // 0.005
}

TEST(NumbersTest, PeriodsAreNamed) {
  const auto text = [](std::string_view label) {
    return VietnamesePeriod(ParsePeriod(label).value());
  };
  EXPECT_EQ(text("2025"), "năm 2025");
  EXPECT_EQ(text("2025-Q4"), "quý IV năm 2025");
  EXPECT_EQ(text("2025-H1"), "6 tháng đầu năm 2025");
  EXPECT_EQ(text("2025-H2"), "6 tháng cuối năm 2025");
  EXPECT_EQ(text("2025-03"), "tháng 03 năm 2025");
  EXPECT_EQ(VietnamesePeriod({DayOf(CivilDate{2025, 1, 5}), DayOf(CivilDate{2025, 2, 4})}),
            "từ ngày 05/01/2025 đến ngày 04/02/2025");
}

TEST(JsonTest, SaysEverythingOfTheReport) {
  EXPECT_EQ(
      Render(Sample(), ReportFormat::kJson).value(),
      R"j({"report":"sample","title":"Báo cáo mẫu","unit":"H34","unit_name":"Tỉnh Kon Tum",)j"
      R"j("period":"2025-Q1","from":"2025-01-01","to":"2025-03-31",)j"
      R"j("cut_off":"2025-03-31T23:59:59+07:00","known_at":null,)j"
      R"j("definition":"Thông tư 01/2020/TT-VPCP","definition_id":"form06","provisional":false,)j"
      R"j("made_at":"2025-04-02T09:15:30+07:00","paragraphs":["Tiếp nhận 50.533 hồ sơ."],)j"
      R"j("tables":[{"id":"rows","title":"Bảng 1","columns":[{"id":"name","label":"Tên"},)j"
      R"j({"id":"count","label":"Số"},{"id":"points","label":"Điểm"},)j"
      R"j({"id":"share","label":"Tỷ lệ"},{"id":"late","label":"Giờ"},{"id":"day","label":"Ngày"},)j"
      R"j({"id":"at","label":"Lúc"}],"rows":[{"name":"Đất đai","count":50533,"points":12.5,)j"
      R"j("share":97.87,"late":3.33,"day":"2025-02-28","at":"2025-03-31T17:30:00+07:00"},)j"
      R"j({"name":null,"count":null,"points":null,"share":null,"late":null,"day":null,)j"
      R"j("at":null}],)j"
      R"j("total":{"name":"Tổng","count":7,"points":-0.05,"share":0,"late":0,"day":null,)j"
      R"j("at":null},"notes":["một ghi chú"]}],)j"
      R"j("checks":[{"name":"(3) = (7) + (11)","holds":true,"detail":null},)j"
      R"j({"name":"tổng","holds":false,"detail":"1 ≠ 2"}]})j");
}

TEST(CsvTest, HoldsTheFirstTableAndNoStamp) {
  Report report = Sample();
  report.tables.push_back(TextTable({"không có trong tệp"}));
  const std::string expected =
      "\xEF\xBB\xBFname,count,points,share,late,day,at\r\n"
      "Đất đai,50533,12.50,97.87,3.33,2025-02-28,2025-03-31T17:30:00+07:00\r\n"
      ",,,,,,\r\n"
      "Tổng,7,-0.05,0.00,0.00,,\r\n";
  EXPECT_EQ(Render(report, ReportFormat::kCsv).value(), expected);
  report.made_at = report.made_at + kMicrosPerDay;
  EXPECT_EQ(Render(report, ReportFormat::kCsv).value(), expected);
}

TEST(CsvTest, QuotesAndNeverRuns) {
  EXPECT_EQ(TableCsv(TextTable({"a,b", "nói \"có\"", "hai\ndòng", "=1+1", "+84", "-2", "@SUM(A1)",
                                "\tx", "–", "'đã có"})),
            "\xEF\xBB\xBFtext\r\n\"a,b\"\r\n\"nói \"\"có\"\"\"\r\n\"hai\ndòng\"\r\n'=1+1\r\n"
            "'+84\r\n'-2\r\n'@SUM(A1)\r\n'\tx\r\n–\r\n'đã có\r\n");
  EXPECT_EQ(TableCsv(TextTable({"=HYPERLINK(\"x\",1)"})),
            "\xEF\xBB\xBFtext\r\n\"'=HYPERLINK(\"\"x\"\",1)\"\r\n");
}

TEST(XlsxTest, NumbersAndDatesAreNumbersAndDates) {
  auto members = Workbook(Sample());
  const std::string& sheet = members["xl/worksheets/sheet1.xml"];
  // Days since 30/12/1899: 28/02/2025 is day 45716, 31/03/2025 17:30 is 45747 and 17.5/24.
  for (const char* value : {"<v>50533</v>", "<v>12.5</v>", "<v>97.87</v>", "<v>3.33</v>",
                            "<v>45716</v>", "<v>45747.72916666"}) {
    EXPECT_THAT(sheet, HasSubstr(value));
  }
  EXPECT_THAT(sheet, HasSubstr("<pane ySplit="));
  EXPECT_THAT(sheet, HasSubstr("state=\"frozen\""));
  EXPECT_THAT(sheet, HasSubstr("<cols>"));
  const std::string& styles = members["xl/styles.xml"];
  for (const char* format : {"dd/mm/yyyy hh:mm", "dd/mm/yyyy\"", "0.00&quot;%&quot;"}) {
    EXPECT_THAT(styles, HasSubstr(format));
  }
}

TEST(XlsxTest, EachSheetSaysWhatItIs) {
  Report report = Sample();
  report.provisional = true;
  report.known_at = ParseInstant("2025-04-01T08:00:00+07:00").value();
  report.tables.push_back(TextTable({"x"}, "Bảng 2"));
  auto members = Workbook(report);
  const std::string& texts = members["xl/sharedStrings.xml"];
  for (const char* text :
       {"Báo cáo mẫu", "Bảng 1", "Bảng 2", "Đơn vị: Tỉnh Kon Tum (H34)",
        "Kỳ báo cáo: quý I năm 2025 (01/01/2025 – 31/03/2025)",
        "Số liệu chốt đến: 31/03/2025 23:59:59; theo dữ liệu đã nhận đến: 01/04/2025 08:00:00",
        "Căn cứ và cách tính (form06): Thông tư 01/2020/TT-VPCP", "Số liệu tạm thời",
        "Ghi chú: một ghi chú", "Tiếp nhận 50.533 hồ sơ.", "Kiểm tra (3) = (7) + (11): đúng",
        "Kiểm tra tổng: SAI – 1 ≠ 2"}) {
    EXPECT_THAT(texts, HasSubstr(text));
  }
  // The same shared text stands on both sheets.
  for (const char* name : {"xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"}) {
    EXPECT_THAT(members[name], HasSubstr("<c r=\"A1\" s=\"1\" t=\"s\"><v>0</v></c>"));
  }
}

TEST(XlsxTest, OnlyTheStampTellsTwoRenderingsApart) {
  const auto first = Render(Sample(), ReportFormat::kXlsx).value();
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));   // zip counts in two seconds
  EXPECT_EQ(Render(Sample(), ReportFormat::kXlsx).value(), first);

  Report later = Sample();
  later.made_at = later.made_at + kMicrosPerDay;
  auto before = Unzipped(first);
  auto after = Workbook(later);
  EXPECT_THAT(before["docProps/core.xml"], HasSubstr("2025-04-02T02:15:30Z"));
  EXPECT_THAT(after["docProps/core.xml"], HasSubstr("2025-04-03T02:15:30Z"));
  before.erase("docProps/core.xml");
  after.erase("docProps/core.xml");
  EXPECT_EQ(before, after);
}

TEST(XlsxTest, ATextIsNeverAFormula) {
  Report report = Sample();
  report.tables = {TextTable({"=1+1", "+84", "-2", "@SUM(A1)", "http://example.invalid/"})};
  auto members = Workbook(report);
  const std::string& sheet = members["xl/worksheets/sheet1.xml"];
  EXPECT_THAT(sheet, Not(HasSubstr("<f>")));
  EXPECT_THAT(sheet, Not(HasSubstr("hyperlink")));
  EXPECT_THAT(members["xl/sharedStrings.xml"], HasSubstr("<t>=1+1</t>"));
}

TEST(XlsxTest, SheetNamesAreValidAndDifferent) {
  Report report = Sample();
  report.tables = {TextTable({}, "Đối chiếu: kỳ [đã] chốt * của các đơn vị trực thuộc"),
                   TextTable({}, "Đối chiếu: kỳ [đã] chốt * của các đơn vị cùng cấp"),
                   TextTable({}, "'một'"), TextTable({}, "MộT"), TextTable({}, "'"),
                   TextTable({}, "History")};
  const auto members = Workbook(report);
  EXPECT_THAT(AttributesIn(members.at("xl/workbook.xml"), "<sheet name=\""),
              ElementsAre("Đối chiếu- kỳ -đã- chốt - của c", "Đối chiếu- kỳ -đã- chốt - c (2)",
                          "một", "MộT (2)", "Bảng", "History (2)"));
}

TEST(XlsxTest, EmptyTablesAndLongTextsAreKept) {
  Report report = Sample();
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "đ";
  report.tables = {TextTable({}), TextTable({text}, "dài")};
  const auto members = Workbook(report);
  ASSERT_TRUE(members.contains("xl/worksheets/sheet2.xml"));
  // 32,767 bytes hold 16,383 letters of two.
  EXPECT_THAT(members.at("xl/sharedStrings.xml"), HasSubstr(text.substr(0, 2 * 16'383) + "</t>"));
}

TEST(XlsxTest, WhatFitsOnNoSheetIsRefused) {
  Report report = Sample();
  report.tables[0].rows.resize(1'048'577);
  const auto refused = Render(report, ReportFormat::kXlsx);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalidInput);
  EXPECT_THAT(refused.error().message, HasSubstr("'rows' has 1048577 rows"));
}

}  // namespace
}  // namespace tthc
