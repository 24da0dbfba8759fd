#include "metrics/figures.h"

#include <algorithm>

#include "metrics/tallies/summary.h"

namespace tthc {
namespace {

std::optional<size_t> IndexOf(std::span<const Sheet> sheets, UnitId unit) {
  for (size_t i = 0; i < sheets.size(); ++i) {
    if (sheets[i].unit == unit) return i;
  }
  return std::nullopt;
}

// Units are ranked among those of their kind that have anything to be judged by.
std::vector<UnitId> SiblingsOf(const UnitTree& tree, UnitId unit, Day day,
                               std::span<const UnitId> counted) {
  std::vector<UnitId> siblings;
  const auto parent = tree.ParentOn(unit, day);
  if (!parent) return siblings;
  for (const UnitId id : tree.ChildrenOn(*parent, day)) {
    const bool has_cases = std::binary_search(counted.begin(), counted.end(), id);
    if (has_cases && tree.at(id).level == tree.at(unit).level) siblings.push_back(id);
  }
  return siblings;
}

// The sheets of one question: now, and of the period before.
struct SheetPair {
  const SheetMaker& now;
  const SheetMaker* before;
};

RankedSheet Ranked(const SheetPair& makers, const UnitTree& tree, UnitId unit,
                   std::span<const Sheet> siblings) {
  RankedSheet ranked;
  const auto own = IndexOf(siblings, unit);
  ranked.sheet = own ? siblings[*own] : makers.now.For(unit);
  ranked.unit = tree.at(unit).code;
  ranked.unit_name = tree.at(unit).name;
  ranked.level = tree.at(unit).level;
  if (own) {
    ranked.rank = RanksOf(siblings)[*own];
    ranked.siblings = static_cast<int>(siblings.size());
  }
  if (makers.before != nullptr) {
    const Sheet before = makers.before->For(unit);
    ranked.previous_total_cents = before.total_cents;
    ranked.previous_measured_max = before.measured_max;
    for (const Component& component : before.components) {
      ranked.previous_cents.push_back(component.cents);
    }
  }
  return ranked;
}

std::vector<Sheet> SheetsOf(const SheetMaker& maker, std::span<const UnitId> units) {
  std::vector<Sheet> sheets;
  for (const UnitId unit : units) sheets.push_back(maker.For(unit));
  return sheets;
}

}  // namespace

std::optional<int64_t> RankedSheet::change_cents() const {
  if (!previous_total_cents || previous_measured_max != sheet.measured_max) return std::nullopt;
  if (sheet.measured_max == 0) return std::nullopt;
  return sheet.total_cents - *previous_total_cents;
}

Figures::Figures(Parts parts) : parts_(std::move(parts)) {}

CaseworkOptions Figures::CaseworkAt(std::optional<Instant> known_at) const {
  CaseworkOptions casework = parts_.casework.Now();
  if (const auto past = PastAt(known_at)) {
    casework.calendars = past->calendars;
    casework.procedures = past->procedures;
    casework.directory = parts_.directory.ViewOver(past->units);
    Use(past->counting, casework);
  }
  casework.procedures =
      parts_.registers.CatalogueAt(known_at.value_or(kEndOfTime), casework.procedures);
  return casework;
}

CountingRules Figures::CountingAt(std::optional<Instant> known_at) const {
  const auto past = PastAt(known_at);
  return past ? past->counting : parts_.counting;
}

RegisterFacts Figures::RegisterFactsAt(std::optional<Instant> known_at,
                                       const CaseworkOptions& casework) const {
  const Instant at = known_at.value_or(kEndOfTime);
  const RegisterBook& registers = parts_.registers;
  RegisterFacts facts;
  facts.publications_kept = registers.Kept(RegisterId::kPublications, at);
  facts.petitions_kept = registers.Kept(RegisterId::kPetitions, at);
  facts.copies_kept = registers.Kept(RegisterId::kEformCopies, at);
  facts.sync_kept = registers.Kept(RegisterId::kSyncCounts, at);
  const auto read = [&](RegisterId id, auto from, auto& rows) {
    registers.Visit(id, at, [&](const RegisterRow& row) { rows.push_back(from(row)); });
  };
  read(RegisterId::kPublications, PublicationFrom, facts.publications);
  read(RegisterId::kPetitions, PetitionFrom, facts.petitions);
  read(RegisterId::kEformCopies, EformCopyFrom, facts.copies);
  read(RegisterId::kSyncCounts, SyncCountFrom, facts.sync_counts);
  facts.procedures = casework.procedures->all();
  return facts;
}

DirectoryView Figures::DirectoryAt(std::optional<Instant> known_at) const {
  const auto past = PastAt(known_at);
  return past ? parts_.directory.ViewOver(past->units) : parts_.directory.View();
}

std::shared_ptr<const IndicatorBook> Figures::DefinitionsAt(std::optional<Instant> known_at) const {
  const auto past = PastAt(known_at);
  return past ? past->definitions : parts_.definitions;
}

std::shared_ptr<const IndicatorTable> Figures::DefinitionFor(
    const Period& period, std::optional<Instant> known_at) const {
  const auto book = DefinitionsAt(known_at);
  return {book, &book->For(period)};
}

Result<std::shared_ptr<const IndicatorTable>> Figures::Definition(
    const std::string& id, const Period& period, std::optional<Instant> known_at) const {
  if (id.empty()) return DefinitionFor(period, known_at);
  const auto book = DefinitionsAt(known_at);
  const IndicatorTable* table = book->Find(id);
  if (table == nullptr) return Error{ErrorKind::kNotFound, "there is no definition '" + id + "'"};
  return std::shared_ptr<const IndicatorTable>(book, table);
}

Result<UnitId> Figures::UnitOf(const std::string& code, std::optional<Instant> known_at) const {
  const auto unit = DirectoryAt(known_at).units->Find(code);
  if (!unit) return Error{ErrorKind::kNotFound, "there is no unit '" + code + "'"};
  return *unit;
}

Result<void> Figures::CheckPeriod(const Period& period) const {
  const Day today = DayOf(parts_.now());
  if (period.from <= today) return {};
  return Invalid("the period begins on " + FormatDay(period.from) +
                 ", after today: nothing can be counted yet");
}

FactWalk Figures::WalkOf(const CaseworkOptions& casework, std::optional<Instant> known_at) const {
  return {parts_.book,  casework,     parts_.directory,
          parts_.registers, CountingAt(known_at).facts, known_at.value_or(kEndOfTime)};
}

SheetInput Figures::InputOf(const IndicatorTable& table, const RegisterFacts& facts,
                            const CaseworkOptions& casework, std::span<const FactCell> cells,
                            const RegisterQuestion& question,
                            std::optional<Instant> known_at) const {
  SheetInput input;
  input.table = &table;
  input.cells = cells;
  input.registers = &facts;
  input.question = question;
  input.directory = DirectoryAt(known_at);
  input.texts = &parts_.directory;
  input.catalogue = casework.procedures.get();
  input.calendars = casework.calendars.get();
  input.constant_flag_cases = CountingAt(known_at).constant_flag_cases;
  return input;
}

Result<SheetAnswer> Figures::Sheet(const SheetQuery& query) const {
  const auto unit = UnitOf(query.unit, query.view.known_at);
  if (!unit) return unit.error();
  const auto table = Definition(query.definition, query.period, query.view.known_at);
  if (!table) return table.error();
  TextId procedure = 0;
  if (!query.procedure.empty()) {
    const auto known = parts_.directory.Find(TextKind::kProcedure, query.procedure);
    if (!known) {
      return Error{ErrorKind::kNotFound, "no case names the procedure '" + query.procedure + "'"};
    }
    procedure = *known;
  }
  if (const auto checked = CheckPeriod(query.period); !checked) return checked.error();

  const Instant now = parts_.now();
  const Period before = PeriodBefore(query.period);
  SheetAnswer answer;
  answer.table = *table;
  answer.period = query.period;
  answer.cut_off = CutOff(query.period, query.view.as_of, now);
  answer.known_at = query.view.known_at.value_or(now);
  const Instant before_cut_off = CutOff(before, query.view.as_of, now);

  const CaseworkOptions casework = CaseworkAt(query.view.known_at);
  const RegisterFacts facts = RegisterFactsAt(query.view.known_at, casework);
  std::vector<FactQuestion> questions = {{StartOf(query.period.from), answer.cut_off}};
  if (query.with_change) questions.push_back({StartOf(before.from), before_cut_off});
  std::vector<std::vector<FactCell>> cells(questions.size());
  if (query.source == FigureSource::kOwn) {
    auto gathered = GatherFacts(WalkOf(casework, query.view.known_at), questions);
    if (!gathered) return gathered.error();
    cells = std::move(*gathered);
  }

  const DirectoryView directory = DirectoryAt(query.view.known_at);
  const auto maker_of = [&](size_t question, const Period& period, Instant cut_off) {
    SheetInput input =
        InputOf(**table, facts, casework, cells[question], {period, cut_off}, query.view.known_at);
    input.only_procedure = procedure;
    input.published = query.source == FigureSource::kPublished;
    return std::make_unique<SheetMaker>(input);
  };
  const auto maker = maker_of(0, query.period, answer.cut_off);
  const auto maker_before =
      query.with_change ? maker_of(1, before, before_cut_off) : std::unique_ptr<SheetMaker>();
  const SheetPair makers{*maker, maker_before.get()};

  const auto& tree = directory.units;
  const Day day = DayOf(answer.cut_off);
  const std::vector<UnitId> counted = maker->Units();
  const auto siblings = SheetsOf(*maker, SiblingsOf(*tree, *unit, day, counted));
  answer.unit = Ranked(makers, *tree, *unit, siblings);
  if (query.with_children) {
    std::vector<UnitId> children;
    for (const UnitId child : tree->ChildrenOn(*unit, day)) {
      if (query.source == FigureSource::kPublished ||
          std::binary_search(counted.begin(), counted.end(), child)) {
        children.push_back(child);
      }
    }
    const auto sheets = SheetsOf(*maker, children);
    for (const UnitId child : children) {
      std::vector<tthc::Sheet> peers;   // a rank is among units of one level
      for (const tthc::Sheet& sheet : sheets) {
        if (tree->at(sheet.unit).level == tree->at(child).level) peers.push_back(sheet);
      }
      answer.children.push_back(Ranked(makers, *tree, child, peers));
    }
  }
  answer.constant_flags = maker->ConstantFlagsOf(*unit);
  for (const ConstantFlag& flag : answer.constant_flags) {
    answer.constant_flag_senders.push_back(parts_.directory.Text(flag.sender));
  }
  answer.handling = maker->HandlingOf(*unit);
  answer.provisional = !query.view.known_at &&
                       parts_.is_provisional(tree->SubtreeOn(*unit, day), answer.cut_off);
  return answer;
}

std::shared_ptr<const LiveSheets> Figures::LiveScores(const Tallies& tallies,
                                                      const LivePeriods& live) const {
  auto scores = std::make_shared<LiveSheets>();
  const CaseworkOptions casework = CaseworkAt(std::nullopt);
  const RegisterFacts facts = RegisterFactsAt(std::nullopt, casework);
  const Instant now = parts_.now();
  for (size_t p = 0; p < kLivePeriodCount; ++p) {
    LiveSheets::Of& of = scores->periods[p];
    const Period& period = live.periods[p];
    of.label = PeriodLabel(kLivePeriods[p], live.day);
    of.table = DefinitionFor(period, std::nullopt);
    const std::vector<FactCell> cells = tallies.Cells(p);
    const SheetMaker maker(InputOf(*of.table, facts, casework, cells,
                                   {period, CutOff(period, std::nullopt, now)}, std::nullopt));
    of.sheets = SheetsOf(maker, maker.Units());
    if (kLivePeriods[p] != PeriodKind::kYear) continue;
    for (const ConstantFlag& flag : maker.constant_flags()) {
      scores->untold.push_back({parts_.directory.Text(flag.sender), flag.fact, flag.cases});
    }
  }
  return scores;
}

}  // namespace tthc
