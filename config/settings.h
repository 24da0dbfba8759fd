// Every setting of the program, in one table: name, type, unit, default, range.
//
// Nothing else states a default. Read from TOML; the table is also the reference page
// (`tthcmon check-config --reference`). Thread safety: a Settings value is immutable once loaded.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/problem.h"
#include "config/result.h"

namespace tthc {

using SettingValue = std::variant<bool, int64_t, std::string, std::vector<std::string>>;

enum class SettingType { kBool, kInteger, kText, kTextList };

struct SettingRow {
  std::string_view name;     // "alerts.due_soon_working_minutes": section.key, the unit at the end
  SettingType type;
  std::string_view unit;     // "", "bytes", "minutes", …; "path" where a text names a file
  std::string_view default_text;  // as it would stand in TOML
  int64_t min = 0;           // integers: value; texts: bytes; lists: items
  int64_t max = 0;
  std::string_view help;
  bool counts = false;       // verdicts, findings or figures rest on it
};

// The table itself.
std::span<const SettingRow> SettingTable();

using SettingProblem = Problem;

// Every row with its help as comments and its default: the shipped config/tthcmon.example.toml.
std::string ReferenceToml();

class Settings {
 public:
  static Settings Defaults();
  // All problems at once, not only the first. Relative paths in the file (rows whose unit is
  // "path") are resolved against it; "builtin:NAME" is a shipped data file.
  static std::variant<Settings, std::vector<SettingProblem>> Load(const std::string& file);
  static std::variant<Settings, std::vector<SettingProblem>> Parse(std::string_view toml,
                                                                   const std::string& file_name);

  bool Bool(std::string_view name) const;          // a name or type that is not in the table: abort
  int64_t Integer(std::string_view name) const;
  const std::string& Text(std::string_view name) const;
  const std::vector<std::string>& List(std::string_view name) const;
  std::string EffectiveToml() const;               // the whole effective configuration
  // A line for each that verdicts, findings or figures rest on. Stores keep it with what was known:
  // such a row may get another default, but neither go nor change its meaning.
  std::string CountingToml() const;

  // Programmatic override by the command line or a test; the same checks as a file.
  Result<void> Set(std::string_view name, SettingValue value);

  // [[sender]] tables: who may send, and in which shape.
  struct Sender {
    std::string id;              // label in metrics
    std::string profile;         // "opencps", "t", "h", "gen2", "generic"
    std::vector<std::string> unit_codes;   // madonvi / MaDinhDanhDV values that mean this sender
    std::string token_name;      // name in the token file, empty where it has none
  };
  const std::vector<Sender>& senders() const { return senders_; }

 private:
  Settings() = default;
  template <typename T>
  const T& Value(std::string_view name) const;

  std::vector<SettingValue> values_;   // by row of the table
  std::vector<Sender> senders_;
};

}  // namespace tthc
