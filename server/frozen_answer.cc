#include "server/frozen_answer.h"

#include <algorithm>

namespace tthc {
namespace {

bool Same(const FrozenFigure::Line& a, const FrozenFigure::Line& b) {
  return a.numerator == b.numerator && a.denominator == b.denominator && a.cents == b.cents;
}

// Lines are matched by id: a definition's file may have gained an indicator since.
FrozenFigure::Line LineOf(const FrozenFigure& figure, const std::string& id) {
  const auto found = std::find_if(figure.lines.begin(), figure.lines.end(),
                                  [&](const FrozenFigure::Line& line) { return line.id == id; });
  if (found != figure.lines.end()) return *found;
  FrozenFigure::Line absent;
  absent.id = id;
  return absent;
}

}  // namespace

Result<std::optional<FrozenAnswer>> FrozenAnswerOf(const Monitor& monitor, const std::string& unit,
                                                   const Period& period) {
  auto frozen = monitor.FrozenOf(unit, period);
  if (!frozen) return frozen.error();
  if (!*frozen) return std::optional<FrozenAnswer>();
  FrozenAnswer answer;
  answer.frozen = std::move(**frozen);
  const std::string& definition = answer.frozen.of.definition;
  if (monitor.definitions().Find(definition) == nullptr) {
    return Error{ErrorKind::kConflict,
                 "the period was closed with the definition " + definition +
                     ", which is not loaded; name its file in the setting indicators.files"};
  }
  const auto now = monitor.FigureNow(unit, period, definition);
  if (!now) return now.error();
  answer.now = *now;
  answer.now.lines.clear();
  for (const FrozenFigure::Line& line : answer.frozen.lines) {
    FrozenFigure::Line present = LineOf(*now, line.id);
    if (!Same(line, present)) answer.adjusted.push_back(answer.now.lines.size());
    answer.now.lines.push_back(std::move(present));
  }
  return std::optional(std::move(answer));
}

}  // namespace tthc
