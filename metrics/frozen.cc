// Closed periods: what was known when a period was closed, kept as it was.
//
// Column frozen, integers big-endian, texts and varints as in ingest/store/bytes.h:
//   shard(2) 'p' from(4) to(4) unit   -> closing: version(1)=1 definition known_at closed_at by
//   shard(2) 'f' from(4) to(4) unit   -> figure:  version(1)=1 unit of the closing, definition,
//                                        known_at closed_at by, total, measured_max,
//                                        lines: count, then id numerator denominator cents
// Days are stored as day number + 2^31, so that keys sort by time. An absent number is 0; one that
// is there is 1 and its zigzag.
#include <algorithm>
#include <memory>

#include "ingest/store/bytes.h"
#include "metrics/figures.h"
#include "metrics/tallies/summary.h"

namespace tthc {
namespace {

constexpr uint8_t kVersion = 1;
constexpr char kClosing = 'p';
constexpr char kFigure = 'f';
constexpr size_t kMostLines = 10'000;

constexpr CountLine kCountLines[] = {
    {"received", [](const Counts& c) { return c.received(); }},
    {"online", [](const Counts& c) { return c.online; }},
    {"direct_postal", [](const Counts& c) { return c.direct_postal; }},
    {"carried_over", [](const Counts& c) { return c.carried_over; }},
    {"resolved", [](const Counts& c) { return c.resolved(); }},
    {"early", [](const Counts& c) { return c.early; }},
    {"on_time", [](const Counts& c) { return c.on_time; }},
    {"late", [](const Counts& c) { return c.late; }},
    {"pending", [](const Counts& c) { return c.pending(); }},
    {"pending_in_time", [](const Counts& c) { return c.pending_in_time; }},
    {"pending_late", [](const Counts& c) { return c.pending_late; }},
};

std::string KeyOf(char kind, const Period& period, std::string_view unit) {
  std::string rest(1, kind);
  ByteWriter out(rest);
  for (const Day day : {period.from, period.to}) {
    out.Fixed(static_cast<uint32_t>(day.number) ^ 0x8000'0000u, 4);
  }
  rest.append(unit);
  return ShardKey(kOnlyShard, rest);
}

void Put(ByteWriter& out, const std::optional<int64_t>& value) {
  if (!value) return out.Varint(0);
  out.Varint(1);
  out.Signed(*value);
}
std::optional<int64_t> Take(ByteReader& in) {
  if (in.Varint() == 0) return std::nullopt;
  return in.Signed();
}

void PutClosing(ByteWriter& out, const FrozenPeriod& closing) {
  out.Text(closing.definition);
  out.Signed(closing.known_at.us);
  out.Signed(closing.closed_at.us);
  out.Text(closing.closed_by);
}
void TakeClosing(ByteReader& in, FrozenPeriod& closing) {
  closing.definition = in.Text();
  closing.known_at = {in.Signed()};
  closing.closed_at = {in.Signed()};
  closing.closed_by = in.Text();
}

std::string Encoded(const FrozenPeriod& closing) {
  std::string bytes;
  ByteWriter out(bytes);
  out.Byte(kVersion);
  PutClosing(out, closing);
  return bytes;
}
std::string Encoded(const FrozenFigure& figure) {
  std::string bytes;
  ByteWriter out(bytes);
  out.Byte(kVersion);
  out.Text(figure.of.unit);
  PutClosing(out, figure.of);
  out.Signed(figure.total_cents);
  out.Signed(figure.measured_max);
  out.Varint(figure.lines.size());
  for (const FrozenFigure::Line& line : figure.lines) {
    out.Text(line.id);
    Put(out, line.numerator);
    Put(out, line.denominator);
    Put(out, line.cents);
  }
  return bytes;
}

Error Damaged(const std::string& unit, const Period& period) {
  return {ErrorKind::kCorrupt,
          "the closed period " + LabelOf(period) + " of unit " + unit + " does not read"};
}

Result<FrozenFigure> Decoded(std::string_view bytes, const std::string& unit,
                             const Period& period) {
  ByteReader in(bytes);
  FrozenFigure figure;
  figure.unit = unit;
  if (in.Byte() != kVersion) return Damaged(unit, period);
  figure.of.unit = in.Text();
  figure.of.period = period;
  TakeClosing(in, figure.of);
  figure.total_cents = in.Signed();
  figure.measured_max = in.Signed();
  const uint64_t lines = in.Varint();
  if (in.failed() || lines > kMostLines) return Damaged(unit, period);
  for (uint64_t i = 0; i < lines && !in.failed(); ++i) {
    FrozenFigure::Line line;
    line.id = in.Text();
    line.numerator = Take(in);
    line.denominator = Take(in);
    line.cents = Take(in);
    figure.lines.push_back(std::move(line));
  }
  if (in.failed() || !in.AtEnd()) return Damaged(unit, period);
  return figure;
}

// `key`: behind the kind.
Result<FrozenPeriod> DecodedClosing(std::string_view key, std::string_view value) {
  ByteReader in_key(key);
  FrozenPeriod closing;
  for (Day* day : {&closing.period.from, &closing.period.to}) {
    day->number = static_cast<int32_t>(static_cast<uint32_t>(in_key.Fixed(4)) ^ 0x8000'0000u);
  }
  closing.unit = in_key.Raw(in_key.remaining());
  ByteReader in(value);
  const bool known = in.Byte() == kVersion;
  TakeClosing(in, closing);
  if (!known || in_key.failed() || in.failed() || !in.AtEnd()) {
    return Damaged(closing.unit, closing.period);
  }
  return closing;
}

// The counts of both rules of every unit, units below included.
using RuleCounts = std::array<Counts, 2>;

void AddAbove(const UnitTree& tree, UnitId unit, Day day, const Verdict& verdict, Rule rule,
              std::vector<RuleCounts>& counts) {
  size_t steps = 0;
  for (std::optional<UnitId> at = unit; at && steps <= tree.size(); ++steps) {
    Add(counts[*at][static_cast<size_t>(rule)], verdict);
    at = tree.ParentOn(*at, day);
  }
}

}  // namespace

std::span<const CountLine> CountLines() { return kCountLines; }

Result<std::vector<FrozenFigure>> Figures::CountFigures(const FrozenPeriod& of,
                                                        std::span<const UnitId> units) const {
  const auto table = Definition(of.definition, of.period, std::nullopt);
  if (!table) return table.error();
  const Instant cut_off = CutOff(of.period, std::nullopt, parts_.now());
  const Day day = DayOf(cut_off);
  const DirectoryView directory = parts_.directory.View();
  const auto& tree = directory.units;
  const CaseworkOptions casework = CaseworkAt(of.known_at);
  const RegisterFacts facts = RegisterFactsAt(of.known_at, casework);
  const FactQuestion question{StartOf(of.period.from), cut_off};
  FactCells cells;
  std::vector<RuleCounts> counts(tree->size());
  const FactWalk walk = WalkOf(casework, of.known_at);
  const auto walked = WalkDesks(
      walk, question.from, [&](std::string_view case_id, const Casework& desk) {
        if (desk.unit() >= tree->size()) return;   // a unit that came meanwhile
        for (const Rule rule : kRules) {
          const Verdict verdict = desk.Judge(rule, question.from, cut_off);
          if (verdict.state == CaseState::kOutside) continue;
          AddAbove(*tree, desk.unit(), day, verdict, rule, counts);
          if (rule != Rule::kQd766) continue;
          AddToCells(desk, verdict, StoredFactsOf(walk, case_id, desk, cut_off), cells);
        }
      });
  if (!walked) return walked.error();
  const std::vector<FactCell> sorted = cells.Sorted();
  const SheetMaker maker(InputOf(**table, facts, casework, sorted, {of.period, cut_off}, of.known_at));

  std::vector<FrozenFigure> figures;
  for (const UnitId unit : units) {
    FrozenFigure figure;
    figure.of = of;
    figure.of.definition = (*table)->id();
    figure.unit = tree->at(unit).code;
    const tthc::Sheet sheet = maker.For(unit);
    figure.total_cents = sheet.total_cents;
    figure.measured_max = sheet.measured_max;
    for (const Component& component : sheet.components) {
      figure.lines.push_back({component.indicator->id, component.numerator, component.denominator,
                              component.cents});
    }
    for (const Rule rule : kRules) {
      for (const CountLine& line : kCountLines) {
        figure.lines.push_back({std::string(NameOf(rule)) + "." + std::string(line.name),
                                line.of(counts[unit][static_cast<size_t>(rule)]), std::nullopt,
                                std::nullopt});
      }
    }
    figures.push_back(std::move(figure));
  }
  return figures;
}

Result<FrozenPeriod> Figures::Close(const std::string& code, const Period& period,
                                    const std::string& definition, std::string_view by) {
  const std::lock_guard lock(closing_);
  const auto unit = UnitOf(code, std::nullopt);
  if (!unit) return unit.error();
  const auto table = Definition(definition, period, std::nullopt);
  if (!table) return table.error();
  const Instant now = parts_.now();
  if (now <= LastSecondOf(period.to)) {
    return Invalid("the period " + LabelOf(period) + " has not ended: it can be closed from " +
                   FormatDay(period.to + 1) + " on");
  }
  const auto known = FrozenOf(code, period);
  if (!known) return known.error();
  if (*known) {
    return Error{ErrorKind::kConflict, "the period " + LabelOf(period) + " of " + code +
                                           " was closed already, for " + (**known).of.unit +
                                           ", on " + FormatInstant((**known).of.closed_at)};
  }
  const FrozenPeriod closing{code, period, (*table)->id(), now, now, std::string(by)};
  const auto tree = parts_.directory.View().units;
  const std::vector<bool> below = tree->SubtreeOn(*unit, period.to);
  std::vector<UnitId> units;
  for (UnitId id = 0; id < below.size(); ++id) {
    if (!below[id]) continue;
    // A unit below that was closed before keeps what it had.
    const auto own = FrozenOf(tree->at(id).code, period);
    if (!own) return own.error();
    if (!*own) units.push_back(id);
  }
  const auto figures = CountFigures(closing, units);
  if (!figures) return figures.error();
  StoreBatch batch;
  batch.Put(Column::kFrozen, KeyOf(kClosing, period, code), Encoded(closing));
  for (const FrozenFigure& figure : *figures) {
    batch.Put(Column::kFrozen, KeyOf(kFigure, period, figure.unit), Encoded(figure));
  }
  const auto written = parts_.store.Commit(batch, true);
  if (!written) return written.error();
  return closing;
}

Result<std::vector<FrozenPeriod>> Figures::ClosedPeriods() const {
  std::vector<FrozenPeriod> closings;
  Result<void> outcome;
  const std::string first = ShardKey(kOnlyShard, std::string(1, kClosing));
  const auto scanned = parts_.store.Scan(
      Column::kFrozen, first, nullptr, [&](std::string_view key, std::string_view value) {
        if (!key.starts_with(first)) return false;
        auto closing = DecodedClosing(key.substr(first.size()), value);
        if (!closing) {
          outcome = closing.error();
          return false;
        }
        closings.push_back(std::move(*closing));
        return true;
      });
  if (!scanned) return scanned.error();
  if (!outcome) return outcome.error();
  return closings;
}

Result<std::optional<FrozenFigure>> Figures::FrozenOf(const std::string& code,
                                                      const Period& period) const {
  const auto unit = UnitOf(code, std::nullopt);
  if (!unit) return unit.error();
  const auto bytes = parts_.store.Get(Column::kFrozen, KeyOf(kFigure, period, code));
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<FrozenFigure>();
  auto figure = Decoded(**bytes, code, period);
  if (!figure) return figure.error();
  return std::optional<FrozenFigure>(std::move(*figure));
}

Result<FrozenFigure> Figures::FigureNow(const std::string& code, const Period& period,
                                        const std::string& definition) const {
  const auto unit = UnitOf(code, std::nullopt);
  if (!unit) return unit.error();
  if (const auto checked = CheckPeriod(period); !checked) return checked.error();
  const Instant now = parts_.now();
  auto figures = CountFigures({code, period, definition, now, now, ""}, {&*unit, 1});
  if (!figures) return figures.error();
  return std::move(figures->front());
}

}  // namespace tthc
