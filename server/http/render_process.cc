#include "server/http/render_process.h"

#include <algorithm>
#include <array>

#include "metrics/reports/numbers.h"

namespace tthc {
namespace {

struct FormatRow {
  std::string_view name;
  std::string_view content_type;
};
// By ProcessFormat.
constexpr std::array<FormatRow, 3> kFormatRows = {
    {{"json", "application/json"}, {"csv", "text/csv; charset=utf-8"}, {"xes", "application/xml"}}};
const FormatRow& RowOf(ProcessFormat format) { return kFormatRows[static_cast<size_t>(format)]; }

json::string Text(std::string_view text) { return json::string(text.data(), text.size()); }

json::value HoursValue(int64_t micros) {
  return static_cast<double>(HoursInHundredths(micros)) / 100.0;
}

void AddSpread(const std::optional<Spread>& spread, std::string_view name, json::object& out) {
  const std::string stem(name);
  out[stem + "median_hours"] = spread ? HoursValue(spread->median_us) : json::value();
  out[stem + "p90_hours"] = spread ? HoursValue(spread->p90_us) : json::value();
}

json::object StepJson(const StepFigures& step) {
  json::object out{{"step", Text(step.name)},
                   {"status", Text(CodeOf(step.key.status))},
                   {"kind", Text(NameOf(KindOf(step.key.status)))},
                   {"entered", step.entered},
                   {"cases", step.cases},
                   {"hours", HoursValue(step.total_us)}};
  AddSpread(step.each, "", out);
  return out;
}

json::object ReworkJson(const StepFigures& step) {
  return {{"step", Text(step.name)},
          {"cases", step.again_cases},
          {"entered_again", step.again},
          {"hours", HoursValue(step.again_us)}};
}

json::object StandingJson(const StepFigures& step) {
  json::object out{{"step", Text(step.name)},
                   {"kind", Text(NameOf(KindOf(step.key.status)))},
                   {"cases", step.open},
                   {"hours", HoursValue(step.open_us)}};
  AddSpread(step.open_each, "", out);
  out["longest_since"] = InstantValue(step.open_since);
  return out;
}

// The steps that `wanted` counts any of.
json::array StepsWhere(const ProcessFigures& figures, uint64_t StepFigures::*wanted,
                       json::object (*render)(const StepFigures&)) {
  json::array out;
  for (const StepFigures& step : figures.steps) {
    if (step.*wanted != 0) out.push_back(render(step));
  }
  return out;
}

json::array TransitionsJson(const ProcessFigures& figures) {
  json::array out;
  for (const TransitionFigures& crossing : figures.transitions) {
    out.push_back(json::object{{"from", Text(figures.steps[crossing.from].name)},
                               {"to", Text(figures.steps[crossing.to].name)},
                               {"count", crossing.count},
                               {"hours", HoursValue(crossing.total_us)}});
  }
  return out;
}

json::object VariantJson(const ProcessFigures& figures, const VariantFigures& variant) {
  json::array steps;
  for (const uint32_t step : variant.steps) steps.push_back(Text(figures.steps[step].name));
  json::object out{{"steps", std::move(steps)},
                   {"cases", variant.cases},
                   {"share", RatioValue(static_cast<int64_t>(variant.cases),
                                        static_cast<int64_t>(figures.cases))},
                   {"ended", variant.ended}};
  AddSpread(variant.handling, "", out);
  return out;
}

json::array VariantsJson(const ProcessFigures& figures, size_t most) {
  json::array out;
  for (size_t i = 0; i < std::min(most, figures.variants.size()); ++i) {
    out.push_back(VariantJson(figures, figures.variants[i]));
  }
  return out;
}

json::object TimeJson(const ProcessFigures& figures) {
  json::object out;
  for (size_t kind = 0; kind < kStepKinds; ++kind) {
    const std::string name(NameOf(static_cast<StepKind>(kind)));
    out[name + "_hours"] = HoursValue(figures.total_us[kind]);
  }
  AddSpread(figures.handling, "handling_", out);
  return out;
}

}  // namespace

std::optional<ProcessFormat> ProcessFormatNamed(std::string_view name) {
  for (size_t i = 0; i < kFormatRows.size(); ++i) {
    if (kFormatRows[i].name == name) return static_cast<ProcessFormat>(i);
  }
  return std::nullopt;
}

std::string_view ContentTypeOf(ProcessFormat format) { return RowOf(format).content_type; }
std::string_view NameOf(ProcessFormat format) { return RowOf(format).name; }

std::string RenderLog(const EventLog& log, ProcessFormat format) {
  return format == ProcessFormat::kCsv ? EventLogCsv(log) : EventLogXes(log);
}

json::object ProcessJson(const ProcessQuery& query, const ProcessAnswer& answer, size_t most) {
  const ProcessFigures& figures = answer.figures;
  return {{"unit", query.unit},
          {"from", FormatDay(query.period.from)},
          {"to", FormatDay(query.period.to)},
          {"procedure", TextOrNull(query.procedure)},
          {"cut_off", FormatInstant(answer.cut_off)},
          {"known_at", InstantValue(query.view.known_at)},
          {"provisional", answer.provisional},
          {"cases",
           {{"total", figures.cases},
            {"ended", figures.cases - figures.open},
            {"open", figures.open},
            {"rework", figures.rework_cases}}},
          {"events", figures.events},
          {"time", TimeJson(figures)},
          {"steps", StepsWhere(figures, &StepFigures::entered, StepJson)},
          {"transitions", TransitionsJson(figures)},
          {"variants_total", figures.variants.size()},
          {"variants", VariantsJson(figures, most)},
          {"rework", StepsWhere(figures, &StepFigures::again, ReworkJson)},
          {"open", StepsWhere(figures, &StepFigures::open, StandingJson)}};
}

}  // namespace tthc
