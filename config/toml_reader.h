// Reading TOML so that every problem is told with its file and line. Internal to config/: the
// public headers of this room do not include toml++.
#pragma once

#include <toml++/toml.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_files.h"
#include "config/instant.h"
#include "config/problem.h"
#include "config/result.h"

namespace tthc {

// nullopt where the text is no TOML; the problem with its line is then added.
std::optional<toml::table> ParseToml(std::string_view text, const std::string& file,
                                     std::vector<Problem>& problems);
// Why there is no text is a problem, too.
std::optional<toml::table> LoadToml(const ConfigText& from, std::vector<Problem>& problems);

int LineOf(const toml::node& node);
// "a text", "an integer", …: for messages.
std::string_view KindOf(const toml::node& node);
std::string ToNfc(std::string_view utf8);

// The keys of one table, each asked for once. Texts come out in NFC. A key of another type, a
// required key that is absent and (in Finish) a key nobody asked for are problems.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string file, std::vector<Problem>& problems)
      : table_(table), file_(std::move(file)), problems_(problems) {}

  std::string RequiredText(std::string_view key);
  std::string Text(std::string_view key);  // empty where absent
  std::optional<bool> Bool(std::string_view key);
  std::optional<int64_t> Integer(std::string_view key);
  std::optional<Day> Date(std::string_view key);
  std::optional<std::vector<std::string>> TextList(std::string_view key);
  std::vector<Day> RequiredDates(std::string_view key);
  const toml::table* Table(std::string_view key);
  std::vector<const toml::table*> Tables(std::string_view key);  // [[key]]
  bool Has(std::string_view key) const { return table_.get(key) != nullptr; }
  void Finish();

  void Add(int line, std::string reason) { problems_.push_back({file_, line, std::move(reason)}); }
  void Add(std::string reason) { Add(line(), std::move(reason)); }
  int line() const { return LineOf(table_); }
  int LineOfKey(std::string_view key) const;
  const std::string& file() const { return file_; }
  std::vector<Problem>& problems() { return problems_; }

 private:
  const toml::node* Ask(std::string_view key);
  void Mistyped(std::string_view key, std::string_view expected, const toml::node& got);

  const toml::table& table_;
  std::string file_;
  std::vector<Problem>& problems_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace tthc
