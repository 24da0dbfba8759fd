#include "ingest/source/csv_mapping.h"

#include <charconv>

#include "config/problem.h"
#include "config/toml_reader.h"
#include "ingest/wire/text.h"

namespace tthc {
namespace {

constexpr std::string_view kCaseDateNames[kCaseDateCount] = {"received", "due", "finished",
                                                             "returned", "refused"};
constexpr int kGreatestStatus = kStatusCount - 1;
constexpr int kGreatestChannel = 3;
constexpr size_t kNamedSteps = 1000;  // a process has dozens; more would be free texts

std::optional<CaseDate> CaseDateNamed(std::string_view name) {
  for (size_t i = 0; i < kCaseDateCount; ++i) {
    if (kCaseDateNames[i] == name) return static_cast<CaseDate>(i);
  }
  return std::nullopt;
}

// Reads the tables of a mapping; what is wrong goes to `problems`.
class MappingReader {
 public:
  MappingReader(std::string file, std::vector<Problem>& problems)
      : file_(std::move(file)), problems_(problems) {}

  CsvMapping Read(const toml::table& root) {
    CsvMapping mapping;
    TableReader top(root, file_, problems_);
    mapping.name = top.RequiredText("name");
    const std::string layout = top.RequiredText("layout");
    if (layout != "case" && layout != "event" && !layout.empty()) {
      top.Add(top.LineOfKey("layout"), "layout is " + Quoted(layout) + ", not case or event");
    }
    ReadForm(top, mapping);
    if (const toml::table* columns = Required(top, "columns")) ReadColumns(*columns, mapping);
    if (const toml::table* status = Required(top, "status")) ReadStatus(*status, mapping);
    if (const toml::table* channel = top.Table("channel")) ReadChannel(*channel, mapping.channel);
    if (const toml::table* code = top.Table("procedure")) ReadCode(*code, mapping.procedure);
    if (const toml::table* code = top.Table("field")) ReadCode(*code, mapping.field);
    if (const toml::table* code = top.Table("unit")) ReadCode(*code, mapping.unit);
    if (layout == "event") {
      mapping.event.emplace();
      if (const toml::table* event = Required(top, "event")) ReadEvent(*event, *mapping.event);
    }
    top.Finish();
    return mapping;
  }

 private:
  const toml::table* Required(TableReader& reader, std::string_view key) {
    const toml::table* const table = reader.Table(key);
    if (table == nullptr) reader.Add("the table [" + std::string(key) + "] is missing");
    return table;
  }

  void ReadForm(TableReader& top, CsvMapping& mapping) {
    const std::string delimiter = top.Text("delimiter");
    if (delimiter.size() > 1) top.Add(top.LineOfKey("delimiter"), "delimiter is not one byte");
    if (delimiter.size() == 1) mapping.delimiter = delimiter[0];
    mapping.date_format = top.RequiredText("date_format");
    mapping.time_zone = top.RequiredText("time_zone");
    const std::string recorded = top.RequiredText("recorded");
    if (recorded.empty() || recorded == "latest") return;
    if (const Result<Instant> at = ParseInstant(recorded)) {
      mapping.recorded = *at;
    } else {
      top.Add(top.LineOfKey("recorded"),
              "recorded is " + Quoted(recorded) + ", neither latest nor an RFC 3339 instant");
    }
  }

  void ReadColumns(const toml::table& table, CsvMapping& mapping) {
    TableReader reader(table, file_, problems_);
    mapping.case_id = reader.RequiredText("case_id");
    for (size_t i = 0; i < kCaseDateCount; ++i) {
      const bool required = static_cast<CaseDate>(i) == CaseDate::kReceived;
      mapping.dates[i] =
          required ? reader.RequiredText(kCaseDateNames[i]) : reader.Text(kCaseDateNames[i]);
    }
    reader.Finish();
  }

  // A whole number of [1, greatest] under `key`.
  std::optional<int> Number(TableReader& reader, std::string_view key, int greatest) {
    const std::optional<int64_t> value = reader.Integer(key);
    if (!value) return std::nullopt;
    if (*value >= 1 && *value <= greatest) return static_cast<int>(*value);
    reader.Add(reader.LineOfKey(key), std::string(key) + " is " + std::to_string(*value) +
                                          ", outside 1 to " + std::to_string(greatest));
    return std::nullopt;
  }
  std::optional<Status> StatusOf(TableReader& reader, std::string_view key) {
    const std::optional<int> code = Number(reader, key, kGreatestStatus);
    return code ? std::optional(static_cast<Status>(*code)) : std::nullopt;
  }

  // Calls take(text, code) for every entry of the table under "values".
  template <typename Take>
  void ReadValues(TableReader& reader, int greatest, Take take) {
    const toml::table* const values = reader.Table("values");
    if (values == nullptr) return;
    TableReader entries(*values, file_, problems_);
    for (const auto& [key, node] : *values) {
      if (const auto code = Number(entries, key.str(), greatest)) take(ToNfc(key.str()), *code);
    }
  }

  void ReadStatus(const toml::table& table, CsvMapping& mapping) {
    TableReader reader(table, file_, problems_);
    StatusMapping& status = mapping.status;
    status.column = reader.Text("column");
    ReadValues(reader, kGreatestStatus, [&](std::string text, int code) {
      status.values.emplace(std::move(text), static_cast<Status>(code));
    });
    status.with_finished = StatusOf(reader, "with_finished");
    status.otherwise = StatusOf(reader, "default");
    status.dated_by[static_cast<size_t>(Status::kReceived)] = CaseDate::kReceived;
    status.dated_by[static_cast<size_t>(Status::kRefused)] = CaseDate::kRefused;
    status.dated_by[static_cast<size_t>(Status::kFinished)] = CaseDate::kFinished;
    status.dated_by[static_cast<size_t>(Status::kReturned)] = CaseDate::kReturned;
    if (const toml::table* dated = reader.Table("dated_by")) ReadDatedBy(*dated, status);
    reader.Finish();
  }

  void ReadDatedBy(const toml::table& table, StatusMapping& status) {
    TableReader reader(table, file_, problems_);
    for (const auto& [key, node] : table) {
      int code = 0;
      const std::string_view digits = key.str();
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code);
      const bool known = error == std::errc() && end == digits.data() + digits.size() &&
                         code >= 1 && code <= kGreatestStatus;
      const std::string name = reader.RequiredText(digits);
      const std::optional<CaseDate> date = CaseDateNamed(name);
      if (!known) {
        reader.Add(LineOf(node), Quoted(digits) + " is no status of 1 to 10");
      } else if (!date) {
        reader.Add(LineOf(node), Quoted(name) + " is no date of [columns]");
      } else {
        status.dated_by[static_cast<size_t>(code)] = date;
      }
    }
  }

  void ReadChannel(const toml::table& table, ChannelMapping& channel) {
    TableReader reader(table, file_, problems_);
    channel.column = reader.RequiredText("column");
    ReadValues(reader, kGreatestChannel, [&](std::string text, int code) {
      channel.values.emplace(std::move(text), static_cast<uint8_t>(code));
    });
    channel.otherwise =
        static_cast<uint8_t>(Number(reader, "default", kGreatestChannel).value_or(0));
    reader.Finish();
  }

  void ReadCode(const toml::table& table, CodeMapping& code) {
    TableReader reader(table, file_, problems_);
    code.column = reader.RequiredText("column");
    code.prefix = reader.Text("prefix");
    code.slug = reader.Bool("slug").value_or(false);
    if (const toml::table* values = reader.Table("values")) {
      TableReader entries(*values, file_, problems_);
      for (const auto& [key, node] : *values) {
        code.values.emplace(ToNfc(key.str()), entries.RequiredText(key.str()));
      }
    }
    reader.Finish();
  }

  void ReadEvent(const toml::table& table, EventMapping& event) {
    TableReader reader(table, file_, problems_);
    event.time = reader.RequiredText("time");
    event.step = reader.RequiredText("step");
    event.officer = reader.Text("officer");
    ReadValues(reader, kGreatestStatus, [&](std::string text, int code) {
      event.values.emplace(std::move(text), static_cast<Status>(code));
    });
    event.otherwise = StatusOf(reader, "default");
    event.first = StatusOf(reader, "first");
    event.last = StatusOf(reader, "last");
    ReadNamed(reader, event);
    reader.Finish();
  }

  void ReadNamed(TableReader& reader, EventMapping& event) {
    const auto names = reader.TextList("named").value_or(std::vector<std::string>());
    if (names.size() > kNamedSteps) {
      reader.Add(reader.LineOfKey("named"),
                 "named has more than " + std::to_string(kNamedSteps) + " steps");
      return;
    }
    for (const std::string& name : names) {
      if (name.size() > kCodeBytes || HasControlCharacter(name)) {
        reader.Add(reader.LineOfKey("named"), Quoted(name) + " in named is over " +
                                                  std::to_string(kCodeBytes) +
                                                  " bytes or has a control character");
      }
      event.named.insert(name);
    }
  }

  std::string file_;
  std::vector<Problem>& problems_;
};

Result<CsvMapping> Read(const std::optional<toml::table>& root, const std::string& file,
                        std::vector<Problem>& problems) {
  CsvMapping mapping;
  if (root) mapping = MappingReader(file, problems).Read(*root);
  if (!problems.empty()) return ToError(problems);
  return mapping;
}

}  // namespace

Result<CsvMapping> LoadCsvMapping(const std::string& file) {
  std::vector<Problem> problems;
  const std::optional<toml::table> root = LoadToml({file, ReadConfigText(file)}, problems);
  return Read(root, file, problems);
}

Result<CsvMapping> ParseCsvMapping(std::string_view toml, const std::string& file_name) {
  std::vector<Problem> problems;
  const std::optional<toml::table> root = ParseToml(toml, file_name, problems);
  return Read(root, file_name, problems);
}

}  // namespace tthc
