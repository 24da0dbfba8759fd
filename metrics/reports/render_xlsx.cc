#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <string_view>

#include "config/json_text.h"
#include "metrics/reports/numbers.h"
#include "metrics/reports/render.h"

namespace tthc {
namespace {

constexpr size_t kMostSheetRows = 1'048'576;   // of the format
constexpr size_t kMostHeadRows = 100;          // of these, kept for what stands above and below
constexpr size_t kMostCellBytes = 32'767;      // the format counts characters: never more
constexpr size_t kMostSheetName = 31;          // UTF-16 units
constexpr size_t kWidthSample = 200;           // rows that a column's width is taken from
constexpr size_t kNarrowest = 8, kWidest = 60, kWidestHeader = 18;   // characters
constexpr double kLineHeight = 15.75;          // points
constexpr int kFirstYear = 1900, kLastYear = 9999;   // of the format's dates
constexpr size_t kKinds = 7;

// A file that has no name and needs no removing.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("report", MFD_CLOEXEC)) {}
  ~MemoryFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  MemoryFile(const MemoryFile&) = delete;

  bool good() const { return descriptor_ >= 0; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }
  Result<std::string> Content() const {
    struct stat status = {};
    if (fstat(descriptor_, &status) != 0) return Failed();
    std::string content(static_cast<size_t>(status.st_size), '\0');
    for (size_t read = 0; read < content.size();) {
      const ssize_t got = pread(descriptor_, content.data() + read, content.size() - read,
                                static_cast<off_t>(read));
      if (got <= 0) return Failed();
      read += static_cast<size_t>(got);
    }
    return content;
  }

 private:
  static Error Failed() {
    return {ErrorKind::kIo, std::string("the spreadsheet cannot be read back: ") +
                                std::strerror(errno)};
  }
  const int descriptor_;
};

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

size_t CharactersIn(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); }));
}

// --- names of sheets

std::string CutToUnits(std::string_view text, size_t most) {
  size_t units = 0;
  size_t end = 0;
  while (end < text.size()) {
    size_t next = end + 1;
    while (next < text.size() && IsContinuation(text[next])) ++next;
    units += static_cast<unsigned char>(text[end]) >= 0xF0 ? 2 : 1;
    if (units > most) break;
    end = next;
  }
  return std::string(text.substr(0, end));
}

// What the format forbids in a name is replaced, what it forbids at its ends dropped.
std::string CleanName(std::string name) {
  for (char& c : name) {
    if (std::string_view("[]:*?/\\").find(c) != std::string_view::npos) c = '-';
  }
  const size_t first = name.find_first_not_of("' ");
  if (first == std::string::npos) return "";
  return name.substr(first, name.find_last_not_of("' ") + 1 - first);
}

std::string LowerAscii(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

// Names are compared without regard to case; "History" is the program's own.
std::vector<std::string> SheetNames(const Report& report) {
  std::set<std::string> taken = {"history"};
  std::vector<std::string> names;
  for (const ReportTable& table : report.tables) {
    std::string base = CleanName(CutToUnits(CleanName(table.title), kMostSheetName));
    if (base.empty()) base = "Bảng";
    std::string name = base;
    for (int number = 2; !taken.insert(LowerAscii(name)).second; ++number) {
      const std::string tail = " (" + std::to_string(number) + ")";
      name = CleanName(CutToUnits(base, kMostSheetName - tail.size())) + tail;
    }
    names.push_back(std::move(name));
  }
  return names;
}

// --- looks

struct CellLooks {
  lxw_format* plain = nullptr;
  lxw_format* total = nullptr;
};
struct Looks {
  lxw_format* title = nullptr;
  lxw_format* note = nullptr;
  lxw_format* header = nullptr;
  std::array<CellLooks, kKinds> cells;   // by CellKind
};

constexpr std::array<const char*, kKinds> kNumberFormats = {
    "@", "#,##0", "#,##0.00", "0.00\"%\"", "#,##0.00", "dd/mm/yyyy", "dd/mm/yyyy hh:mm"};

lxw_format* CellFormat(lxw_workbook* book, CellKind kind, bool total) {
  lxw_format* format = workbook_add_format(book);
  format_set_border(format, LXW_BORDER_THIN);
  format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
  format_set_num_format(format, kNumberFormats[static_cast<size_t>(kind)]);
  if (kind == CellKind::kText) format_set_text_wrap(format);
  if (total) format_set_bold(format);
  return format;
}

Looks LooksOf(lxw_workbook* book) {
  Looks looks;
  looks.title = workbook_add_format(book);
  format_set_bold(looks.title);
  format_set_font_size(looks.title, 14);
  looks.note = workbook_add_format(book);
  format_set_text_wrap(looks.note);
  format_set_align(looks.note, LXW_ALIGN_VERTICAL_TOP);
  looks.header = workbook_add_format(book);
  format_set_bold(looks.header);
  format_set_text_wrap(looks.header);
  format_set_border(looks.header, LXW_BORDER_THIN);
  format_set_bg_color(looks.header, 0xDDE6F0);
  format_set_align(looks.header, LXW_ALIGN_CENTER);
  format_set_align(looks.header, LXW_ALIGN_VERTICAL_CENTER);
  for (size_t kind = 0; kind < kKinds; ++kind) {
    looks.cells[kind].plain = CellFormat(book, static_cast<CellKind>(kind), false);
    looks.cells[kind].total = CellFormat(book, static_cast<CellKind>(kind), true);
  }
  return looks;
}

// --- cells

std::string CutForCell(const std::string& text) {
  return std::string(CutUtf8(text, kMostCellBytes));
}

double NumberOf(int64_t number, CellKind kind) {
  switch (kind) {
    case CellKind::kHours: return static_cast<double>(HoursInHundredths(number)) / 100.0;
    case CellKind::kHundredths:
    case CellKind::kPercent: return static_cast<double>(number) / 100.0;
    case CellKind::kText:
    case CellKind::kCount:
    case CellKind::kDay:
    case CellKind::kInstant: break;
  }
  return static_cast<double>(number);
}

std::optional<lxw_datetime> DateOf(Day day, int64_t micros_of_day) {
  const CivilDate date = CivilOf(day);
  if (date.year < kFirstYear || date.year > kLastYear) return std::nullopt;
  lxw_datetime out = {};
  out.year = date.year;
  out.month = static_cast<int>(date.month);
  out.day = static_cast<int>(date.day);
  out.hour = static_cast<int>(micros_of_day / kMicrosPerHour);
  out.min = static_cast<int>(micros_of_day % kMicrosPerHour / kMicrosPerMinute);
  out.sec = static_cast<double>(micros_of_day % kMicrosPerMinute) / kMicrosPerSecond;
  return out;
}

struct Place {
  lxw_worksheet* sheet;
  lxw_row_t row;
  lxw_col_t column;
  lxw_format* format;
};

void WriteText(const Place& at, const std::string& text) {
  worksheet_write_string(at.sheet, at.row, at.column, CutForCell(text).c_str(), at.format);
}

void WriteDate(const Place& at, Day day, int64_t micros_of_day, const std::string& otherwise) {
  auto date = DateOf(day, micros_of_day);
  if (!date) return WriteText(at, otherwise);
  worksheet_write_datetime(at.sheet, at.row, at.column, &*date, at.format);
}

void WriteCell(const Place& at, const ReportCell& cell, CellKind kind) {
  if (const auto* text = std::get_if<std::string>(&cell)) {
    WriteText(at, *text);
  } else if (const auto* number = std::get_if<int64_t>(&cell)) {
    worksheet_write_number(at.sheet, at.row, at.column, NumberOf(*number, kind), at.format);
  } else if (const auto* day = std::get_if<Day>(&cell)) {
    WriteDate(at, *day, 0, FormatDay(*day));
  } else if (const auto* instant = std::get_if<Instant>(&cell)) {
    const Day local = DayOf(*instant);
    WriteDate(at, local, *instant - StartOf(local), FormatInstant(*instant));
  } else {
    worksheet_write_blank(at.sheet, at.row, at.column, at.format);
  }
}

size_t WidthOf(const ReportCell& cell, CellKind kind) {
  if (const auto* text = std::get_if<std::string>(&cell)) return CharactersIn(*text);
  if (std::holds_alternative<std::monostate>(cell)) return 0;
  constexpr std::array<size_t, kKinds> kWidths = {12, 12, 10, 10, 10, 11, 17};
  return kWidths[static_cast<size_t>(kind)];
}

// --- sheets

std::vector<size_t> ColumnWidths(const ReportTable& table) {
  std::vector<size_t> widths;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const ReportColumn& column = table.columns[i];
    size_t width = std::min(CharactersIn(column.label), kWidestHeader);
    for (size_t row = 0; row < std::min(table.rows.size(), kWidthSample); ++row) {
      width = std::max(width, WidthOf(table.rows[row][i], column.kind));
    }
    widths.push_back(std::clamp(width + 2, kNarrowest, kWidest));
  }
  return widths;
}

// "31/03/2025 23:59:59"
std::string ToTheSecond(Instant at) {
  return FormatVietnamese(at) + FormatInstant(at).substr(16, 3);
}

std::vector<std::string> HeadLines(const Report& report, const ReportTable& table) {
  std::vector<std::string> lines;
  if (table.title != report.title) lines.push_back(table.title);
  lines.push_back("Đơn vị: " + report.unit_name + " (" + report.unit + ")");
  lines.push_back("Kỳ báo cáo: " + VietnamesePeriod(report.period) + " (" +
                  VietnameseDay(report.period.from) + " – " + VietnameseDay(report.period.to) +
                  ")");
  lines.push_back("Số liệu chốt đến: " + ToTheSecond(report.cut_off) +
                  (report.known_at
                       ? "; theo dữ liệu đã nhận đến: " + ToTheSecond(*report.known_at)
                       : ""));
  lines.push_back("Căn cứ và cách tính (" + report.definition_id + "): " + report.definition);
  if (report.provisional) {
    lines.push_back("Số liệu tạm thời: có hệ thống của đơn vị chưa gửi dữ liệu đến thời điểm "
                    "chốt.");
  }
  return lines;
}

// Below a table: what is to be known about it; below the first one the report's own words as well.
std::vector<std::string> FootLines(const Report& report, const ReportTable& table, bool first) {
  std::vector<std::string> lines;
  for (const std::string& note : table.notes) lines.push_back("Ghi chú: " + note);
  if (!first) return lines;
  lines.insert(lines.end(), report.paragraphs.begin(), report.paragraphs.end());
  for (const ReportCheck& check : report.checks) {
    lines.push_back("Kiểm tra " + check.name + ": " +
                    (check.holds ? "đúng" : "SAI – " + check.detail));
  }
  return lines;
}

class SheetWriter {
 public:
  SheetWriter(lxw_worksheet* sheet, const Looks& looks, const ReportTable& table)
      : sheet_(sheet), looks_(looks), table_(table), widths_(ColumnWidths(table)) {
    for (const size_t width : widths_) all_width_ += width;
  }

  void Write(const Report& report, bool first) {
    for (size_t i = 0; i < widths_.size(); ++i) {
      const auto column = static_cast<lxw_col_t>(i);
      worksheet_set_column(sheet_, column, column, static_cast<double>(widths_[i]), nullptr);
    }
    worksheet_write_string(sheet_, row_++, 0, CutForCell(report.title).c_str(), looks_.title);
    for (const std::string& line : HeadLines(report, table_)) WriteLine(line);
    ++row_;
    WriteHeader();
    WriteRows();
    ++row_;
    for (const std::string& line : FootLines(report, table_, first)) WriteLine(line);
    worksheet_set_landscape(sheet_);
    worksheet_set_paper(sheet_, 9);   // A4
    worksheet_fit_to_pages(sheet_, 1, 0);
  }

 private:
  // Across the table's columns, as high as its text needs.
  void WriteLine(const std::string& text) {
    const size_t lines = CharactersIn(text) / std::max<size_t>(all_width_, kNarrowest) + 1;
    worksheet_set_row(sheet_, row_, kLineHeight * static_cast<double>(lines), nullptr);
    if (table_.columns.size() > 1) {
      worksheet_merge_range(sheet_, row_, 0, row_,
                            static_cast<lxw_col_t>(table_.columns.size() - 1),
                            CutForCell(text).c_str(), looks_.note);
    } else {
      worksheet_write_string(sheet_, row_, 0, CutForCell(text).c_str(), looks_.note);
    }
    ++row_;
  }

  void WriteHeader() {
    size_t lines = 1;
    for (size_t i = 0; i < table_.columns.size(); ++i) {
      const std::string& label = table_.columns[i].label;
      lines = std::max(lines, 2 * CharactersIn(label) / widths_[i] + 1);
      WriteText({sheet_, row_, static_cast<lxw_col_t>(i), looks_.header}, label);
    }
    worksheet_set_row(sheet_, row_, kLineHeight * static_cast<double>(std::min<size_t>(lines, 6)),
                      nullptr);
    ++row_;
    worksheet_freeze_panes(sheet_, row_, 0);
    worksheet_repeat_rows(sheet_, row_ - 1, row_ - 1);
  }

  void WriteRows() {
    for (const auto& row : table_.rows) {
      const bool total = table_.last_row_is_total && &row == &table_.rows.back();
      for (size_t i = 0; i < table_.columns.size(); ++i) {
        const CellKind kind = table_.columns[i].kind;
        const CellLooks& looks = looks_.cells[static_cast<size_t>(kind)];
        WriteCell({sheet_, row_, static_cast<lxw_col_t>(i), total ? looks.total : looks.plain},
                  row[i], kind);
      }
      ++row_;
    }
  }

  lxw_worksheet* sheet_;
  const Looks& looks_;
  const ReportTable& table_;
  const std::vector<size_t> widths_;
  size_t all_width_ = 0;
  lxw_row_t row_ = 0;
};

void SetProperties(lxw_workbook* book, const Report& report) {
  std::string title = report.title;
  std::string company = report.unit_name;
  lxw_doc_properties properties = {};
  properties.title = title.data();
  properties.company = company.data();
  properties.created = static_cast<time_t>(report.made_at.us / kMicrosPerSecond);
  workbook_set_properties(book, &properties);
}

}  // namespace

Result<std::string> RenderXlsx(const Report& report) {
  for (const ReportTable& table : report.tables) {
    if (table.rows.size() > kMostSheetRows - kMostHeadRows) {
      return Invalid("table '" + table.id + "' has " + std::to_string(table.rows.size()) +
                     " rows, more than a sheet takes: ask for csv");
    }
  }
  const MemoryFile file;
  if (!file.good()) {
    return Error{ErrorKind::kIo, std::string("no memory file for the spreadsheet: ") +
                                     std::strerror(errno)};
  }
  lxw_workbook* book = workbook_new(file.path().c_str());
  if (book == nullptr) return Error{ErrorKind::kIo, "no memory for the spreadsheet"};
  SetProperties(book, report);
  const Looks looks = LooksOf(book);
  const std::vector<std::string> names = SheetNames(report);
  for (size_t i = 0; i < report.tables.size(); ++i) {
    lxw_worksheet* sheet = workbook_add_worksheet(book, names[i].c_str());
    if (sheet != nullptr) SheetWriter(sheet, looks, report.tables[i]).Write(report, i == 0);
  }
  const lxw_error closed = workbook_close(book);
  if (closed != LXW_NO_ERROR) {
    return Error{ErrorKind::kIo,
                 std::string("the spreadsheet cannot be written: ") + lxw_strerror(closed)};
  }
  return file.Content();
}

}  // namespace tthc
