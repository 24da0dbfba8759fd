// The configuration file and the files that it names: read, or refused with every problem told.
#include <iterator>
#include <string>
#include <variant>

#include "config/alert_rules.h"
#include "config/calendar.h"
#include "config/indicators.h"
#include "config/procedures.h"
#include "config/settings.h"
#include "config/units.h"
#include "require.h"
#include "server/access/token_file.h"
#include "server/channels/channel_config.h"

namespace tthc {
namespace {

constexpr char kFile[] = "f.toml";

template <typename Answer>
void CheckAnswer(const Answer& answer) {
  if (!answer) Require(!answer.error().message.empty());
}

void CheckSettings(const std::string& text) {
  const auto read = Settings::Parse(text, kFile);
  const auto* problems = std::get_if<std::vector<SettingProblem>>(&read);
  if (problems == nullptr) return;
  Require(!problems->empty());
  for (const SettingProblem& problem : *problems) Require(!problem.reason.empty());
}

constexpr void (*kWays[])(const std::string&) = {
    CheckSettings,
    [](const std::string& text) { CheckAnswer(UnitTree::FromTexts({{kFile, text}})); },
    [](const std::string& text) { CheckAnswer(CalendarBook::FromTexts({{kFile, text}}, true)); },
    [](const std::string& text) { CheckAnswer(ProcedureCatalogue::FromTexts({{kFile, text}})); },
    [](const std::string& text) { CheckAnswer(IndicatorBook::FromTexts({{kFile, text}})); },
    [](const std::string& text) { CheckAnswer(AlertRules::Parse(text, kFile)); },
    [](const std::string& text) { CheckAnswer(ParseTokenFile(text, kFile)); },
    [](const std::string& text) { CheckAnswer(ParseChannels(text, kFile)); },
};

}  // namespace
}  // namespace tthc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tthc::FuzzInput input = tthc::InputOf(data, size);
  tthc::kWays[input.way % std::size(tthc::kWays)](std::string(input.text));
  return 0;
}
