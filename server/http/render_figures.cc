#include "server/http/render_figures.h"

#include <algorithm>
#include <array>
#include <variant>

#include "server/http/limits.h"
#include "server/http/query.h"

namespace tthc {
namespace {

constexpr int64_t kCentsPerPoint = 100;
constexpr int64_t kMicropointsPerPoint = 1'000'000;

json::string Text(std::string_view text) { return json::string(text.data(), text.size()); }

json::value CountValue(const std::optional<int64_t>& count) {
  return count ? json::value(*count) : json::value();
}
// The nearest double of a decimal number is written as that number.
json::value PointsValue(const std::optional<int64_t>& cents) {
  if (!cents) return nullptr;
  return static_cast<double>(*cents) / kCentsPerPoint;
}
json::value EffectValue(int64_t micropoints) {
  return static_cast<double>(micropoints) / kMicropointsPerPoint;
}
json::value Difference(const std::optional<int64_t>& a, const std::optional<int64_t>& b) {
  return a && b ? json::value(*a - *b) : json::value();
}
json::value PointsDifference(const std::optional<int64_t>& a, const std::optional<int64_t>& b) {
  return a && b ? PointsValue(*a - *b) : json::value();
}
json::array Texts(const std::vector<std::string>& items) {
  return json::array(items.begin(), items.end());
}

void AddPeriod(json::object& out, const Period& period) {
  out["period"] = LabelOf(period);
  out["from"] = FormatDay(period.from);
  out["to"] = FormatDay(period.to);
}

// --- registers

struct KindRow {
  ValueKind kind;
  std::string_view name;
};
constexpr std::array kKinds = std::to_array<KindRow>({
    {ValueKind::kText, "text"},
    {ValueKind::kUnit, "unit"},
    {ValueKind::kProcedure, "procedure"},
    {ValueKind::kCaseId, "case_id"},
    {ValueKind::kDay, "day"},
    {ValueKind::kInstant, "instant"},
    {ValueKind::kBool, "boolean"},
    {ValueKind::kCount, "count"},
    {ValueKind::kChoice, "choice"},
    {ValueKind::kPeriod, "period"},
    {ValueKind::kUnits, "units"},
    {ValueKind::kProcedures, "procedures"},
});

std::string_view NameOf(ValueKind kind) {
  const auto row = std::find_if(kKinds.begin(), kKinds.end(),
                                [kind](const KindRow& r) { return r.kind == kind; });
  return row == kKinds.end() ? std::string_view() : row->name;
}

struct ToJson {
  json::value operator()(std::monostate) const { return nullptr; }
  json::value operator()(const std::string& text) const { return Text(text); }
  json::value operator()(int64_t count) const { return count; }
  json::value operator()(bool flag) const { return flag; }
  json::value operator()(Day day) const { return Text(FormatDay(day)); }
  json::value operator()(Instant at) const { return Text(FormatInstant(at)); }
  json::value operator()(const Period& period) const { return Text(LabelOf(period)); }
  json::value operator()(const std::vector<std::string>& list) const { return Texts(list); }
};

json::object FieldJson(const RegisterField& field) {
  json::array choices;
  std::string_view rest = field.choices;
  while (!rest.empty()) choices.push_back(Text(TakeItem(rest, ' ')));
  return {{"name", Text(field.name)},
          {"kind", Text(NameOf(field.kind))},
          {"required", field.required},
          {"in_key", field.in_key},
          {"must_exist", field.must_exist},
          {"max", field.max == 0 ? json::value() : json::value(field.max)},
          {"choices", choices.empty() ? json::value() : json::value(std::move(choices))},
          {"label", Text(field.label)},
          {"help", Text(field.help)}};
}

// --- definitions

std::string_view NameOf(ZeroDenominator rule) {
  switch (rule) {
    case ZeroDenominator::kNone: return "none";
    case ZeroDenominator::kZero: return "zero";
    case ZeroDenominator::kFull: return "full";
    case ZeroDenominator::kSplit: return "split";
  }
  return "none";
}

std::string_view NameOf(BelowProvince rule) {
  switch (rule) {
    case BelowProvince::kOwn: return "own";
    case BelowProvince::kInherits: return "inherits";
    case BelowProvince::kNoPoints: return "no_points";
    case BelowProvince::kFull: return "full";
  }
  return "own";
}

json::object IndicatorJson(const IndicatorTable& table, const Indicator& indicator) {
  json::array targets;
  for (const auto& [year, percent] : indicator.target_of_year) {
    targets.push_back(json::object{{"year", year}, {"percent", percent}});
  }
  return {{"id", indicator.id},
          {"group", indicator.group},
          {"portal_code", TextOrNull(indicator.portal_code)},
          {"name", indicator.name},
          {"name_en", TextOrNull(indicator.name_en)},
          {"source", indicator.source.empty() ? table.source() : indicator.source},
          {"max", indicator.max_points},
          {"target_percent", indicator.target_percent},
          {"target_of_year", std::move(targets)},
          {"numerator", TextOrNull(indicator.numerator)},
          {"denominator", TextOrNull(indicator.denominator)},
          {"multiplier", TextOrNull(indicator.multiplier)},
          {"zero_denominator", Text(NameOf(indicator.zero_denominator))},
          {"constant", indicator.constant},
          {"below_province", Text(NameOf(indicator.below_province))}};
}

json::object ReferenceJson(const IndicatorTable& table) {
  return {{"id", table.id()}, {"title", table.title()}, {"source", table.source()}};
}

json::value BandJson(const Band* band) {
  if (band == nullptr) return nullptr;
  return json::object{{"code", band->code}, {"name", band->name}};
}

// --- sheets

std::optional<int64_t> PreviousOf(const RankedSheet& ranked, size_t component) {
  return component < ranked.previous_cents.size() ? ranked.previous_cents[component] : std::nullopt;
}

json::object ComponentJson(const RankedSheet& ranked, size_t i, int year) {
  const Component& component = ranked.sheet.components[i];
  const Indicator& indicator = *component.indicator;
  const std::optional<int64_t> previous = PreviousOf(ranked, i);
  return {{"id", indicator.id},
          {"portal_code", TextOrNull(indicator.portal_code)},
          {"name", indicator.name},
          {"group", indicator.group},
          {"numerator", CountValue(component.numerator)},
          {"denominator", CountValue(component.denominator)},
          {"ratio", component.numerator && component.denominator
                        ? RatioValue(*component.numerator, *component.denominator)
                        : json::value()},
          {"points", PointsValue(component.cents)},
          {"max", PointsValue(component.max_cents)},
          {"state", Text(tthc::NameOf(component.state))},
          {"reason", TextOrNull(component.reason)},
          {"left_out", component.left_out},
          {"target_percent", indicator.TargetIn(year)},
          {"previous_points", PointsValue(previous)},
          {"change", PointsDifference(component.cents, previous)}};
}

void AddTo(std::optional<int64_t>& sum, const std::optional<int64_t>& cents) {
  if (cents) sum = sum.value_or(0) + *cents;
}

// The six groups of the portal, and the five of the decision as sums of them.
void AddGroups(json::object& out, const Sheet& sheet, const IndicatorTable& table) {
  json::object groups;
  std::vector<std::pair<std::string, std::optional<int64_t>>> legal;
  for (size_t g = 0; g < table.groups().size(); ++g) {
    const IndicatorGroup& group = table.groups()[g];
    const std::optional<int64_t> cents = GroupCents(sheet, table, g);
    groups[group.id] = PointsValue(cents);
    auto found = std::find_if(legal.begin(), legal.end(),
                              [&](const auto& item) { return item.first == group.legal_group; });
    if (found == legal.end()) found = legal.insert(found, {group.legal_group, std::nullopt});
    AddTo(found->second, cents);
  }
  json::object legal_groups;
  for (const auto& [id, cents] : legal) legal_groups[id] = PointsValue(cents);
  out["groups"] = std::move(groups);
  out["legal_groups"] = std::move(legal_groups);
}

// A sheet without any points has no total; measured_max is 0 then.
json::value TotalValue(int64_t cents, int64_t measured_max) {
  return measured_max == 0 ? json::value() : PointsValue(cents);
}

void AddSheet(json::object& out, const RankedSheet& ranked, const SheetAnswer& answer) {
  const IndicatorTable& table = *answer.table;
  const Sheet& sheet = ranked.sheet;
  const int year = CivilOf(answer.period.to).year;
  json::array components;
  for (size_t i = 0; i < sheet.components.size(); ++i) {
    components.push_back(ComponentJson(ranked, i, year));
  }
  out["components"] = std::move(components);
  AddGroups(out, sheet, table);
  out["total"] = TotalValue(sheet.total_cents, sheet.measured_max);
  out["measured_max"] = sheet.measured_max;
  out["band"] = BandJson(sheet.band);
  out["rank"] = ranked.rank ? json::value(*ranked.rank) : json::value();
  out["siblings"] = ranked.siblings;
  const bool compared = ranked.previous_total_cents && ranked.previous_measured_max.value_or(0) > 0;
  out["previous"] = compared ? json::value{{"total", PointsValue(ranked.previous_total_cents)},
                                           {"measured_max", *ranked.previous_measured_max}}
                             : json::value();
  out["change"] = PointsValue(ranked.change_cents());
}

// Half up, from microseconds of working time.
json::value MeanHours(const SheetMaker::Handling& handling) {
  if (handling.ended == 0) return nullptr;
  const __int128 divisor = static_cast<__int128>(handling.ended) * kMicrosPerHour;
  const __int128 doubled = static_cast<__int128>(handling.handling_us) * kCentsPerPoint * 2;
  return PointsValue(static_cast<int64_t>((doubled + divisor) / (divisor * 2)));
}

json::array ConstantFlagsJson(const SheetAnswer& answer) {
  json::array flags;
  for (size_t i = 0; i < answer.constant_flags.size(); ++i) {
    flags.push_back(json::object{{"sender", answer.constant_flag_senders[i]},
                                 {"fact", Text(tthc::NameOf(answer.constant_flags[i].fact))},
                                 {"cases", answer.constant_flags[i].cases}});
  }
  return flags;
}

// --- closed periods

json::object ValuesJson(const FrozenFigure::Line& line) {
  return {{"numerator", CountValue(line.numerator)},
          {"denominator", CountValue(line.denominator)},
          {"points", PointsValue(line.cents)}};
}

json::object LineJson(const FrozenFigure::Line& line) {
  json::object out{{"id", line.id}};
  for (const auto& member : ValuesJson(line)) out.insert(member);
  return out;
}

json::object FigureJson(const FrozenFigure& figure) {
  json::array lines;
  for (const FrozenFigure::Line& line : figure.lines) lines.push_back(LineJson(line));
  return {{"lines", std::move(lines)},
          {"total", TotalValue(figure.total_cents, figure.measured_max)},
          {"measured_max", figure.measured_max}};
}

json::object AdjustmentJson(const FrozenFigure::Line& frozen, const FrozenFigure::Line& now) {
  return {{"id", frozen.id},
          {"frozen", ValuesJson(frozen)},
          {"now", ValuesJson(now)},
          {"difference",
           {{"numerator", Difference(now.numerator, frozen.numerator)},
            {"denominator", Difference(now.denominator, frozen.denominator)},
            {"points", PointsDifference(now.cents, frozen.cents)}}}};
}

}  // namespace

json::object SchemaJson(const RegisterSchema& schema) {
  json::array fields;
  for (const RegisterField& field : schema.fields) fields.push_back(FieldJson(field));
  return {{"name", Text(schema.name)},
          {"title", Text(schema.title)},
          {"help", Text(schema.help)},
          {"fields", std::move(fields)}};
}

json::object RowJson(const RegisterSchema& schema, const RegisterListItem& item) {
  json::object values;
  for (size_t i = 0; i < schema.fields.size() && i < item.row.values.size(); ++i) {
    values[Text(schema.fields[i].name)] = std::visit(ToJson(), item.row.values[i]);
  }
  return {{"key", item.row.key},
          {"version", item.version},
          {"recorded_at", FormatInstant(item.recorded)},
          {"withdrawn", item.row.withdrawn},
          {"values", std::move(values)}};
}

json::array RejectedRowsJson(std::span<const RejectedRow> rows) {
  json::array out;
  for (const RejectedRow& row : rows.first(std::min(rows.size(), kListedRegisterRows))) {
    out.push_back(json::object{{"line", row.line},
                               {"field", TextOrNull(row.field)},
                               {"code", row.code},
                               {"reason", row.reason}});
  }
  return out;
}

json::object DefinitionJson(const IndicatorTable& table) {
  json::object out = ReferenceJson(table);
  out["valid_from"] = DayValue(table.valid_from());
  out["valid_to"] = DayValue(table.valid_to());
  json::array groups;
  for (const IndicatorGroup& group : table.groups()) {
    groups.push_back(json::object{{"id", group.id},
                                  {"name", group.name},
                                  {"name_en", TextOrNull(group.name_en)},
                                  {"max", group.max_points},
                                  {"legal_group", TextOrNull(group.legal_group)}});
  }
  out["groups"] = std::move(groups);
  json::array bands;
  for (const Band& band : table.bands()) {
    bands.push_back(
        json::object{{"code", band.code}, {"name", band.name}, {"from", band.from_points}});
  }
  out["bands"] = std::move(bands);
  json::array indicators;
  for (const Indicator& indicator : table.indicators()) {
    indicators.push_back(IndicatorJson(table, indicator));
  }
  out["indicators"] = std::move(indicators);
  return out;
}

json::object SheetJson(const SheetQuery& query, const SheetAnswer& answer) {
  json::object out{{"unit", query.unit}, {"unit_name", TextOrNull(answer.unit.unit_name)}};
  AddPeriod(out, answer.period);
  out["cut_off"] = FormatInstant(answer.cut_off);
  out["known_at"] = FormatInstant(answer.known_at);
  out["definition"] = ReferenceJson(*answer.table);
  out["procedure"] = TextOrNull(query.procedure);
  out["source"] = query.source == FigureSource::kOwn ? "own" : "published";
  AddSheet(out, answer.unit, answer);
  out["constant_flags"] = ConstantFlagsJson(answer);
  out["handling"] = json::object{{"ended", answer.handling.ended},
                                 {"mean_working_hours", MeanHours(answer.handling)}};
  out["provisional"] = answer.provisional;
  if (!query.with_children) return out;
  json::array children;
  for (const RankedSheet& child : answer.children) {
    json::object item{{"unit", child.unit},
                      {"unit_name", TextOrNull(child.unit_name)},
                      {"level", Text(tthc::NameOf(child.level))}};
    AddSheet(item, child, answer);
    children.push_back(std::move(item));
  }
  out["children"] = std::move(children);
  return out;
}

json::object ImprovementsJson(const ImprovementQuery& query, const ImprovementAnswer& answer) {
  json::object out{{"unit", query.unit}};
  AddPeriod(out, query.period);
  out["cut_off"] = FormatInstant(answer.cut_off);
  out["known_at"] = FormatInstant(answer.known_at);
  out["definition"] = ReferenceJson(*answer.table);
  out["total"] = TotalValue(answer.total_cents, answer.measured_max);
  out["measured_max"] = answer.measured_max;
  json::array components;
  for (const ReachablePoints& component : answer.components) {
    components.push_back(json::object{{"id", component.indicator},
                                      {"points", PointsValue(component.cents)},
                                      {"max", PointsValue(component.max_cents)},
                                      {"reachable", PointsValue(component.reachable_cents)}});
  }
  out["components"] = std::move(components);
  out["projected"] = json::object{{"nothing_done", PointsValue(answer.nothing_done_cents)},
                                  {"all_in_time", PointsValue(answer.all_in_time_cents)}};
  out["cases_total"] = answer.cases_total;
  json::array cases;
  for (const CaseEffect& effect : answer.cases) {
    json::array parts;
    for (const CaseEffect::Part& part : effect.parts) {
      parts.push_back(json::object{{"indicator", part.indicator},
                                   {"effect", EffectValue(part.micropoints)},
                                   {"what", part.what}});
    }
    cases.push_back(json::object{{"case_id", effect.case_id},
                                 {"unit", effect.unit},
                                 {"procedure", TextOrNull(effect.procedure)},
                                 {"due_at", InstantValue(effect.due)},
                                 {"effect", EffectValue(effect.effect_micropoints)},
                                 {"parts", std::move(parts)}});
  }
  out["cases"] = std::move(cases);
  return out;
}

json::object TargetsJson(const std::string& unit, const TargetsAnswer& answer) {
  json::object out{{"unit", unit}};
  AddPeriod(out, answer.period);
  out["cut_off"] = FormatInstant(answer.cut_off);
  json::array targets;
  for (const TargetLine& line : answer.lines) {
    targets.push_back(json::object{{"unit", line.unit},
                                   {"unit_name", TextOrNull(line.unit_name)},
                                   {"target", line.target},
                                   {"name", line.name},
                                   {"goal", PointsValue(line.goal_hundredths)},
                                   {"numerator", CountValue(line.numerator)},
                                   {"denominator", CountValue(line.denominator)},
                                   {"reached", PointsValue(line.reached_hundredths)},
                                   {"excluded_cases", line.excluded_cases},
                                   {"excluded", Texts(line.excluded)},
                                   {"reason", TextOrNull(line.reason)},
                                   {"not_measured", TextOrNull(line.not_measured)}});
  }
  out["targets"] = std::move(targets);
  return out;
}

json::object FrozenPeriodJson(const FrozenPeriod& period) {
  json::object out{{"unit", period.unit}};
  AddPeriod(out, period.period);
  out["definition"] = period.definition;
  out["known_at"] = FormatInstant(period.known_at);
  out["closed_at"] = FormatInstant(period.closed_at);
  out["closed_by"] = period.closed_by;
  return out;
}

json::object FrozenJson(const FrozenAnswer& answer) {
  json::array adjustments;
  for (const size_t i : answer.adjusted) {
    adjustments.push_back(AdjustmentJson(answer.frozen.lines[i], answer.now->lines[i]));
  }
  json::object frozen = FigureJson(answer.frozen);
  frozen["closing"] = FrozenPeriodJson(answer.frozen.of);
  return {{"frozen", std::move(frozen)},
          {"now", answer.now ? json::value(FigureJson(*answer.now)) : json::value()},
          {"adjustments", std::move(adjustments)},
          {"reason", TextOrNull(answer.reason)}};
}

}  // namespace tthc
