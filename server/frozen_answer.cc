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
    answer.reason = kReasonNotLoaded;   // what was signed is shown all the same
    return std::optional(std::move(answer));
  }
  const auto present = monitor.FigureNow(unit, period, definition);
  if (!present) return present.error();
  FrozenFigure& now = answer.now.emplace(*present);
  now.lines.clear();
  for (const FrozenFigure::Line& line : answer.frozen.lines) {
    FrozenFigure::Line of_now = LineOf(*present, line.id);
    if (!Same(line, of_now)) answer.adjusted.push_back(now.lines.size());
    now.lines.push_back(std::move(of_now));
  }
  return std::optional(std::move(answer));
}

}  // namespace tthc
