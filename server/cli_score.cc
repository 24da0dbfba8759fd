// tthcmon score: the scoring rule of QĐ 766/QĐ-TTg on given counts.
#include <boost/json/parse.hpp>
#include <fstream>
#include <iostream>

#include "config/json_text.h"
#include "metrics/indicators/score.h"
#include "metrics/indicators/sheet.h"
#include "server/cli.h"

namespace tthc {
namespace {

constexpr const char* kExamples =
    "Example:\n"
    "  echo '{\"level\":\"province\",\"counts\":{\"TDGQ.1\":[144625,184513]}}' | tthcmon score\n"
    "  {\"components\":{\"TDGQ.1\":15.68},\"groups\":{\"TDGQ\":15.68},\"total\":15.68}\n"
    "  tthcmon score counts.jsonl --definition qd766-spec-f\n"
    "  tthcmon score counts.jsonl --definition indicators_2027.toml --year 2027\n"
    "\n"
    "One JSON object per line in, one out. level: province, department, commune or unit; a count\n"
    "is [numerator, denominator]. An empty line is skipped, a wrong one ends the work.";

constexpr size_t kLineBytes = 1u << 20;

json::value Points(const std::optional<int64_t>& cents) {
  if (!cents) return nullptr;
  return static_cast<double>(*cents) / 100;
}

Result<std::vector<IndicatorCount>> CountsOf(const json::object& object) {
  std::vector<IndicatorCount> counts;
  for (const auto& member : object) {
    const std::string id(member.key());
    const json::array* pair = member.value().if_array();
    if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_int64() || !(*pair)[1].is_int64()) {
      return Invalid(Shown(id) + " must be [numerator, denominator] in whole numbers");
    }
    counts.push_back({id, (*pair)[0].get_int64(), (*pair)[1].get_int64()});
  }
  return counts;
}

struct ScoreArguments {
  std::string file;
  std::string definition;
  std::optional<int> year;
};

// A file, or the id of a definition that is shipped; empty: the first of those.
Result<std::shared_ptr<const IndicatorTable>> TableFrom(const std::string& definition) {
  if (definition.ends_with(".toml")) {
    auto table = IndicatorTable::Load(definition);
    if (!table) return table.error();
    if (const auto checked = CheckCounters(**table); !checked) return checked.error();
    return table;
  }
  const auto book = IndicatorBook::Load(Settings::Defaults().List("indicators.files"));
  if (!book) return book.error();
  std::string known;
  for (const auto& table : (*book)->tables()) {
    if (definition.empty() || table->id() == definition) return table;
    known += ", " + table->id();
  }
  return Invalid("there is no definition '" + definition + "'; known: a file (.toml)" + known);
}

Result<std::string> ScoreLine(const IndicatorTable& table, std::optional<int> year,
                              const std::string& line) {
  boost::system::error_code error;
  const json::value value = json::parse(line, error);
  if (error) return Invalid("not JSON: " + error.message());
  const json::object* object = value.if_object();
  if (object == nullptr) return Invalid("a JSON object is needed");
  const json::value* name = object->if_contains("level");
  if (name == nullptr || !name->is_string()) return Invalid("level is missing");
  const auto level = ScoreLevelNamed({name->get_string().data(), name->get_string().size()});
  if (!level) {
    return Invalid("level " + Shown({name->get_string().data(), name->get_string().size()}) +
                   " is none of province, department, commune, unit");
  }
  const json::value* counts = object->if_contains("counts");
  if (counts == nullptr || !counts->is_object()) return Invalid("counts is missing");
  const auto read = CountsOf(counts->get_object());
  if (!read) return read.error();
  const auto score = ScoreOf(table, *level, *read, year);
  if (!score) return score.error();
  json::object components;
  for (const ComponentScore& component : score->components) {
    components[component.indicator->id] = Points(component.cents);
  }
  json::object groups;
  for (const GroupScore& group : score->groups) groups[group.group->id] = Points(group.cents);
  return JsonText(json::object{{"components", std::move(components)},
                               {"groups", std::move(groups)},
                               {"total", Points(score->total_cents)}});
}

int ScoreAll(const ScoreArguments& arguments, std::istream& in, const std::string& name) {
  const auto table = TableFrom(arguments.definition);
  if (!table) return Failed(table.error().message);
  std::string line;
  for (uint64_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    const auto scored = line.size() > kLineBytes
                            ? Result<std::string>(Invalid("the line is over 1 MiB"))
                            : ScoreLine(**table, arguments.year, line);
    if (!scored) return Failed(name + ":" + std::to_string(number) + ": " + scored.error().message);
    std::cout << *scored << '\n';
  }
  std::cout.flush();
  return std::cout ? kExitOk : Failed("the scores could not be written");
}

int RunScore(const ScoreArguments& arguments) {
  if (arguments.file.empty()) return ScoreAll(arguments, std::cin, "stdin");
  std::ifstream in(arguments.file, std::ios::binary);
  if (!in) return Failed("cannot open '" + arguments.file + "'");
  return ScoreAll(arguments, in, arguments.file);
}

}  // namespace

void AddScore(CLI::App& program, int& exit_code) {
  auto* command =
      program.add_subcommand("score", "points of Quyet dinh 766/QD-TTg for given counts");
  auto arguments = std::make_shared<ScoreArguments>();
  command->footer(kExamples);
  command->add_option("file", arguments->file, "JSON lines (default: standard input)");
  command->add_option("--definition", arguments->definition,
                      "id of a shipped definition, or a file (default: the portal's of 2026)");
  command->add_option("--year", arguments->year, "score by the targets of this year")
      ->check(CLI::Range(2000, 2999));
  command->callback([arguments, &exit_code] { exit_code = RunScore(*arguments); });
}

}  // namespace tthc
