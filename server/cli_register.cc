// tthcmon register: the rows of a side register into a store, offline.
#include <future>
#include <iostream>

#include "ingest/source/byte_source.h"
#include "server/cli.h"

namespace tthc {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  tthcmon register petitions petitions.jsonl --data store\n"
    "  tthcmon register procedures catalogue.csv --data store --check\n"
    "  tthcmon register payments q1.csv.gz --data store --recorded-at 2025-03-31T22:30:00+07:00\n"
    "  tthcmon register --list                    the registers and their fields\n"
    "\n"
    "JSON lines, a JSON array, or CSV with a header line; also compressed with gzip. A row that\n"
    "is there already changes nothing, a changed one becomes a new version, \"withdrawn\": true\n"
    "ends one; rows that are not named stay. A row that cannot be used is told with line, field\n"
    "and reason, the others are kept. The store must not be served at the same time.\n"
    "\n"
    "Exit codes: 0 every row is good, 1 nothing was recorded, 3 some rows were refused.";

// A register is checked as a whole and so read as a whole.
constexpr size_t kFileBytes = 512u << 20;
constexpr size_t kReadBytes = 1u << 20;
constexpr size_t kToldRows = 20;

struct RegisterArguments {
  std::string config;
  std::string data;
  std::string name;
  std::string file;
  std::string format;
  std::string recorded_at;
  bool check = false;
  bool list = false;
};

Result<std::string> WholeFile(const std::string& file) {
  auto source = ByteSource::Open(file);
  if (!source) return source.error();
  std::string text;
  size_t size = 0;
  while (true) {
    text.resize(size + kReadBytes);
    const auto read = source->Read({text.data() + size, kReadBytes});
    if (!read) return read.error();
    if (*read == 0) break;
    size += *read;
    if (size > kFileBytes) {
      return Invalid(file + ": more than " + std::to_string(kFileBytes >> 20) +
                     " MiB; put the rows in several files");
    }
  }
  text.resize(size);
  return text;
}

Result<const RegisterSchema*> SchemaFrom(const std::string& name) {
  if (const RegisterSchema* schema = SchemaNamed(name)) return schema;
  std::string known;
  for (const RegisterSchema& schema : RegisterSchemas()) {
    known += (known.empty() ? "" : ", ") + std::string(schema.name);
  }
  return Invalid("there is no register '" + name + "'; known: " + known);
}

Result<RegisterFormat> FormatFrom(const RegisterArguments& arguments) {
  if (!arguments.format.empty()) {
    return arguments.format == "csv" ? RegisterFormat::kCsv : RegisterFormat::kJson;
  }
  if (const auto format = FormatOfFileName(arguments.file)) return *format;
  return Invalid("the name of '" + arguments.file +
                 "' does not tell what it is; say --format json or --format csv");
}

void Tell(const std::string& file, std::string_view what, const std::vector<RejectedRow>& rows) {
  for (size_t i = 0; i < rows.size() && i < kToldRows; ++i) {
    const RejectedRow& row = rows[i];
    std::cerr << file << ':' << row.line << ": " << what << ": "
              << (row.field.empty() ? std::string() : row.field + ": ") << row.reason << '\n';
  }
  if (rows.size() > kToldRows) {
    std::cerr << file << ": " << rows.size() - kToldRows << " more rows " << what << '\n';
  }
}

Result<RegisterPutAnswer> PutAndWait(Monitor& monitor, RegisterId id, std::vector<RegisterRow> rows,
                                     std::optional<Instant> recorded_at) {
  std::promise<Result<RegisterPutAnswer>> promise;
  monitor.PutRegister(
      id, std::move(rows), recorded_at,
      [&](Result<RegisterPutAnswer> answer) { promise.set_value(std::move(answer)); });
  return promise.get_future().get();
}

Result<int> PutFile(const RegisterArguments& arguments) {
  std::optional<Instant> recorded_at;
  if (!arguments.recorded_at.empty()) {
    auto at = ParseInstant(arguments.recorded_at);
    if (!at) return Prefixed("--recorded-at", at.error());
    recorded_at = *at;
  }
  const auto schema = SchemaFrom(arguments.name);
  if (!schema) return schema.error();
  const auto format = FormatFrom(arguments);
  if (!format) return format.error();
  const auto settings = SettingsFrom(arguments.config);
  if (!settings) return settings.error();
  // Before the store is made: a file name that was mistyped is a common mistake.
  const auto text = WholeFile(arguments.file);
  if (!text) return text.error();
  auto monitor = OpenOffline(*settings, arguments.data, !arguments.check);
  if (!monitor) return monitor.error();

  RegisterChecks checks = (*monitor)->ChecksForRegisters();
  if (recorded_at) {
    // The store's time would stand there for good: it never goes back.
    if (*recorded_at > checks.now) {
      return Invalid("--recorded-at: " + FormatInstant(*recorded_at) + " is in the future, now is " +
                     FormatInstant(checks.now) + "; nothing was recorded");
    }
    checks.now = *recorded_at;   // what was known then had happened by then
  }
  auto file = ReadRegister(**schema, *text, *format, checks, RegisterLimits());
  if (!file) return Prefixed(arguments.file, file.error());
  Tell(arguments.file, "refused", file->rejected);
  Tell(arguments.file, "flagged", file->flagged);
  const std::string counts = std::to_string(file->rejected.size()) + " rows refused, " +
                             std::to_string(file->flagged.size()) + " flagged";
  const int code = file->rejected.empty() ? kExitOk : kExitSomeRefused;
  if (file->rows.empty() && !file->rejected.empty()) {
    return Invalid("every row was refused; nothing was recorded");
  }
  if (arguments.check) {
    std::cerr << "register " << arguments.name << ": " << file->rows.size() << " rows good, "
              << counts << "; nothing recorded (--check)\n";
    return code;
  }
  const auto put = PutAndWait(**monitor, (*schema)->id, std::move(file->rows), recorded_at);
  if (!put) return put.error();
  (*monitor)->Stop();
  std::cerr << "register " << arguments.name << ": " << put->recorded << " rows recorded, "
            << put->unchanged << " unchanged, " << counts << ", known from "
            << FormatInstant(put->at) << '\n';
  return code;
}

int ListRegisters() {
  for (const RegisterSchema& schema : RegisterSchemas()) {
    std::cout << schema.name << "  (" << schema.title << ")\n  " << schema.help << '\n';
    for (const RegisterField& field : schema.fields) {
      std::cout << "    " << field.name << (field.in_key ? " [key]" : "")
                << (field.required ? " [required]" : "") << "  " << field.label;
      if (!field.choices.empty()) std::cout << "; one of: " << field.choices;
      if (!field.help.empty()) std::cout << "; " << field.help;
      std::cout << '\n';
    }
  }
  return kExitOk;
}

int RunRegister(const RegisterArguments& arguments) {
  if (arguments.list) return ListRegisters();
  if (arguments.name.empty() || arguments.file.empty() || arguments.data.empty()) {
    Failed("NAME, FILE and --data are needed; --list names the registers");
    return kExitUsage;
  }
  const auto done = PutFile(arguments);
  return done ? *done : Failed(done.error().message);
}

}  // namespace

void AddRegister(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand(
      "register", "rows of a side register (petitions, payments, ...) into a store, offline");
  auto arguments = std::make_shared<RegisterArguments>();
  command->footer(kExamples);
  command->add_option("name", arguments->name, "procedures, publications, petitions, ...");
  command->add_option("file", arguments->file, "its rows (.jsonl, .json, .csv, also .gz)");
  command->add_option("--data", arguments->data, "directory of the store; made where missing");
  command->add_option("--config", arguments->config, "settings file (TOML)");
  command->add_option("--format", arguments->format, "where the file's name does not tell")
      ->check(CLI::IsMember({"json", "csv"}));
  command->add_option("--recorded-at", arguments->recorded_at,
                      "when the rows became known (RFC 3339, not ahead; default: now)");
  command->add_flag("--check", arguments->check, "only say what is wrong");
  command->add_flag("--list", arguments->list, "print the registers and their fields");
  command->callback([arguments, &exit_code] { exit_code = RunRegister(*arguments); });
}

}  // namespace tthc
