#include "config/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "config/indicators.h"
#include "tests/unit/config/config_testing.h"

namespace tthc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string ReadText(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

Settings Accepted(std::string_view toml, const std::string& file = "conf.toml") {
  auto parsed = Settings::Parse(toml, file);
  if (const auto* problems = std::get_if<std::vector<SettingProblem>>(&parsed)) {
    ADD_FAILURE() << problems->front().Text();
    return Settings::Defaults();
  }
  return std::get<Settings>(parsed);
}

std::vector<std::string> Problems(std::string_view toml, const std::string& file = "conf.toml") {
  const auto parsed = Settings::Parse(toml, file);
  std::vector<std::string> texts;
  if (const auto* problems = std::get_if<std::vector<SettingProblem>>(&parsed)) {
    for (const SettingProblem& each : *problems) texts.push_back(each.Text());
  }
  return texts;
}

TEST(SettingTable, EveryRowIsWholeAndNamesItsUnit) {
  std::set<std::string_view> names;
  for (const SettingRow& row : SettingTable()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " stands twice";
    EXPECT_EQ(std::count(row.name.begin(), row.name.end(), '.'), 1) << row.name;
    EXPECT_FALSE(row.help.empty()) << row.name;
    EXPECT_EQ(row.help.back(), '.') << row.name;
    if (row.type != SettingType::kInteger) continue;
    ASSERT_FALSE(row.unit.empty()) << row.name;
    const std::string key = "_" + std::string(row.name.substr(row.name.find('.') + 1)) + "_";
    EXPECT_THAT(key, HasSubstr("_" + std::string(row.unit) + "_")) << row.name;
    EXPECT_LT(row.min, row.max) << row.name;
    EXPECT_GE(row.min, 0) << row.name << ": no sentinel below zero";
  }
}

TEST(SettingTable, SectionsStandTogether) {
  std::set<std::string> seen;
  std::string current;
  for (const SettingRow& row : SettingTable()) {
    const std::string section(row.name.substr(0, row.name.find('.')));
    if (section == current) continue;
    EXPECT_TRUE(seen.insert(section).second) << section << " is split";
    current = section;
  }
}

TEST(Settings, TheShippedExampleIsTheTable) {
  const std::string path = std::string(TTHC_SOURCE_DIR) + "/config/tthcmon.example.toml";
  EXPECT_EQ(ReadText(path), ReferenceToml())
      << "write the output of `tthcmon check-config --reference` to config/tthcmon.example.toml";
  EXPECT_EQ(Accepted(ReferenceToml()).EffectiveToml(), Settings::Defaults().EffectiveToml());
}

TEST(Settings, AnEmptyFileGivesTheDefaults) {
  const Settings settings = Accepted("");
  EXPECT_EQ(settings.Text("server.listen"), "127.0.0.1:8766");
  EXPECT_EQ(settings.Integer("limits.body_bytes"), 16 << 20);
  EXPECT_TRUE(settings.Bool("store.sync"));
  EXPECT_THAT(settings.List("calendar.files"), ElementsAre("builtin:calendar_vn.toml"));
  EXPECT_TRUE(settings.senders().empty());
}

TEST(Settings, TheDefaultDataFilesLoad) {
  const Settings settings = Settings::Defaults();
  for (const char* name :
       {"calendar.files", "units.files", "procedures.files", "indicators.files"}) {
    for (const std::string& file : settings.List(name)) {
      EXPECT_EQ(file.substr(0, 8), "builtin:") << name;
    }
  }
  EXPECT_TRUE(CalendarBook::Load(settings.List("calendar.files")).has_value());
  EXPECT_TRUE(IndicatorBook::Load(settings.List("indicators.files")).has_value());
}

TEST(Settings, TellsAllProblemsInTheOrderOfTheFile) {
  EXPECT_THAT(Problems("[limits]\nbody_bytes = 0\nbody_byte = 5\n\n[store]\nsync = 1\n\n"
                       "[server]\nlisten = true\n[nowhere]\nx = 1\n"),
              ElementsAre("conf.toml:2: limits.body_bytes: 0 is below the least value 1024",
                          "conf.toml:3: limits.body_byte: unknown setting",
                          "conf.toml:6: store.sync: expected true or false, got an integer",
                          "conf.toml:9: server.listen: expected a text, got true or false",
                          "conf.toml:10: unknown section [nowhere]"));
}

TEST(Settings, BoundsAreInclusive) {
  for (const SettingRow& row : SettingTable()) {
    if (row.type != SettingType::kInteger) continue;
    Settings settings = Settings::Defaults();
    EXPECT_TRUE(settings.Set(row.name, row.min).has_value()) << row.name;
    EXPECT_EQ(settings.Integer(row.name), row.min);
    EXPECT_TRUE(settings.Set(row.name, row.max).has_value()) << row.name;
    EXPECT_FALSE(settings.Set(row.name, row.min - 1).has_value()) << row.name;
    EXPECT_FALSE(settings.Set(row.name, row.max + 1).has_value()) << row.name;
    EXPECT_EQ(settings.Integer(row.name), row.max) << "a refused value changes nothing";
  }
}

TEST(Settings, SetHasTheChecksOfAFile) {
  Settings settings = Settings::Defaults();
  EXPECT_EQ(settings.Set("server.threads", int64_t{0}).error().message,
            "server.threads: 0 is below the least value 1");
  EXPECT_EQ(settings.Set("server.threads", true).error().message,
            "server.threads: expected an integer");
  EXPECT_EQ(settings.Set("server.thread", int64_t{1}).error().message,
            "server.thread: unknown setting");
  EXPECT_EQ(settings.Set("server.listen", std::string("x")).error().message,
            "server.listen: 1 bytes is below the least value 3");
  EXPECT_EQ(settings.Set("units.files", std::vector<std::string>{}).error().message,
            "units.files: 0 items is below the least value 1");
  EXPECT_EQ(settings.Set("units.files", std::vector<std::string>{""}).error().message,
            "units.files: an item is empty");
}

TEST(Settings, RelativePathsStartAtTheFile) {
  const Settings settings = Accepted(
      "[units]\nfiles = [\"builtin:units_kontum_2025.toml\", \"more/units.toml\", \"/abs.toml\"]\n"
      "[access]\ntoken_file = \"../tokens\"\n[server]\nlisten = \"[::1]:0\"\n",
      "/etc/tthcmon/conf.toml");
  EXPECT_THAT(settings.List("units.files"),
              ElementsAre("builtin:units_kontum_2025.toml", "/etc/tthcmon/more/units.toml",
                          "/abs.toml"));
  EXPECT_EQ(settings.Text("access.token_file"), "/etc/tokens");
  EXPECT_EQ(settings.Text("server.listen"), "[::1]:0") << "no path";
}

// What is not marked would move answers about the past when it is changed.
TEST(Settings, WhatFiguresRestOnIsMarked) {
  for (const SettingRow& row : SettingTable()) {
    const bool counts = row.name.starts_with("findings.") || row.name.starts_with("rules.") ||
                        row.name == "indicators.constant_flag_cases" ||
                        row.name == "indicators.sync_in_time_minutes" ||
                        row.name == "alerts.due_soon_working_minutes" ||
                        row.name == "ingest.future_tolerance_seconds";
    EXPECT_EQ(row.counts, counts) << row.name;
  }
}

TEST(Settings, CountingTomlReadsBackTheSame) {
  Settings settings = Settings::Defaults();
  ASSERT_TRUE(settings.Set("findings.frozen_working_minutes", int64_t{7}).has_value());
  ASSERT_TRUE(settings.Set("rules.pause_on_status_6", true).has_value());
  const Settings again = Accepted(settings.CountingToml());
  EXPECT_EQ(again.EffectiveToml(), settings.EffectiveToml());
  EXPECT_NE(settings.CountingToml(), Settings::Defaults().CountingToml());
}

TEST(Settings, EffectiveTomlReadsBackTheSame) {
  Settings settings = Accepted(
      "[server]\nthreads = 7\n[[sender]]\nid = \"a\"\nprofile = \"t\"\n"
      "unit_codes = [\"000.00.00.H34\", \"quo\\\"te\\\\\"]\n[[sender]]\nid = \"b\"\n"
      "profile = \"gen2\"\ntoken_name = \"tab\\there\"\n");
  const Settings again = Accepted(settings.EffectiveToml());
  EXPECT_EQ(again.EffectiveToml(), settings.EffectiveToml());
  EXPECT_EQ(again.Integer("server.threads"), 7);
  ASSERT_EQ(again.senders().size(), 2u);
  EXPECT_THAT(again.senders()[0].unit_codes, ElementsAre("000.00.00.H34", "quo\"te\\"));
  EXPECT_EQ(again.senders()[1].token_name, "tab\there");
}

TEST(Settings, LoadNamesAMissingFile) {
  const auto loaded = Settings::Load("/nonexistent/conf.toml");
  const auto* problems = std::get_if<std::vector<SettingProblem>>(&loaded);
  ASSERT_NE(problems, nullptr);
  EXPECT_EQ(problems->front().Text(), "/nonexistent/conf.toml: there is no such file");
}

TEST(SettingsDeathTest, AskingForANameThatIsNotThereAborts) {
  const Settings settings = Settings::Defaults();
  EXPECT_DEATH(settings.Integer("server.thread"), "server.thread: is not in the table");
  EXPECT_DEATH(settings.Bool("server.threads"), "has another type in the table");
}

// tests/testdata/config/bad_*.toml: the first line is "# " and one expected problem, as "LINE:
// reason" or "reason" where it has no line; syntax errors give the beginning only.
TEST(Settings, EveryFileOfTheBadCorpusGivesItsMessage) {
  size_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(TTHC_TESTDATA) + "/config")) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("bad_")) continue;
    const std::string text = ReadText(entry.path());
    ASSERT_TRUE(text.starts_with("# ")) << name;
    const std::string expected = text.substr(2, text.find('\n') - 2);
    const auto loaded = Settings::Load(entry.path().string());
    const auto* problems = std::get_if<std::vector<SettingProblem>>(&loaded);
    ASSERT_NE(problems, nullptr) << name << " was accepted";
    ASSERT_EQ(problems->size(), 1u) << name << ": one rule per file";
    const std::string got = Problem{"", 0, problems->front().reason}.Text();
    const int line = problems->front().line;
    const std::string located = line > 0 ? std::to_string(line) + ": " + got : got;
    EXPECT_EQ(located.substr(0, expected.size()), expected) << name;
    EXPECT_EQ(problems->front().file, entry.path().string()) << name;
    ++files;
  }
  EXPECT_GE(files, 20u);
}

RC_GTEST_PROP(SettingsProperty, AnyBytesAreReadOrRefusedNeverMore, (const std::string& bytes)) {
  Settings::Parse(bytes, "conf.toml");
  Settings::Parse("[limits]\nbody_bytes = " + bytes, "conf.toml");
}

}  // namespace
}  // namespace tthc
