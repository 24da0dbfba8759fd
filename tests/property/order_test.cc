// Any order, repetition and batching of statements, with stops, crashes and reopenings at any
// point, gives the summaries, case lists and live tallies of the plain batch reference.
//
// RC_PARAMS="max_success=2000 seed=…" runs more histories; a counterexample is printed message by
// message.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <unistd.h>

#include "reference.h"
#include "server/monitor.h"

namespace tthc {
namespace {

namespace fs = std::filesystem;

// --- the story a history is made of -------------------------------------------------------------

const std::vector<std::string> kCasePrefixes = {
    "H34.01",         // a department
    "000.02.34.H34",  // not in the tree: below H34.34? no such unit, so provisional under H34
    "H34.23",         // a district
    "H34.23.01",      // a commune
    "000.02.23.H34",  // a commune, in the old scheme
    "H34.99",         // unknown, below a known one
    "H34.99.05",      // unknown, below an unknown one
    "H77.01",         // unknown, and so is its root
};
const std::vector<std::string> kNamedUnits = {"", "", "", "", "H34.02", "H34.23.03", "H34.98"};
const std::vector<std::string> kProcedures = {"", "1.001193", "1.001022", "1.004884", "9.999999"};
const std::vector<std::string> kAskedUnits = {"H34",    "H34.01", "H34.23", "H34.23.01",
                                              "H34.99", "H77.01", "H48"};
const std::vector<std::string> kPeriods = {"2025-Q1", "2025-01", "2025-02", "2025-03", "2025"};

constexpr int64_t kSlotMicros = 4 * kMicrosPerHour;
constexpr int kSlots = 540;   // 90 days of six: the first quarter of 2025

Day FirstDay() { return DayOf(CivilDate{2025, 1, 1}); }

// Slots are coarse, so that ties are frequent; the last ones stand for instants at the edges.
Instant AtSlot(int slot) {
  const std::vector<Instant> edges = {
      StartOf(DayOf(CivilDate{2025, 2, 1})),      LastSecondOf(DayOf(CivilDate{2025, 1, 31})),
      StartOf(DayOf(CivilDate{2025, 3, 1})),      LastSecondOf(DayOf(CivilDate{2025, 3, 31})),
      StartOf(DayOf(CivilDate{2025, 4, 1})),      LastSecondOf(DayOf(CivilDate{2024, 12, 31})),
      AtLocal(DayOf(CivilDate{2025, 7, 2}), 0),
  };
  if (slot >= kSlots) return edges[static_cast<size_t>(slot - kSlots) % edges.size()];
  return StartOf(FirstDay()) + slot * kSlotMicros;
}

// One statement and how it is told; small numbers, so that RapidCheck can shrink it.
struct Said {
  int status = 0;
  bool snapshot = true;
  bool by_arrival = false;
  bool dates_agree = true;    // the event is the status's own field
  int event = 0;              // slot
  int received = -1, due = -1, finished = -1, returned = -1, refused = -1;   // slots, -1: not said
  int named_unit = 0;
  int procedure = 0;
  int channel = 0;
  int sequence = 0;
  std::vector<int> messages;   // by which messages it comes: the first and its repetitions
};

struct Told {   // one case
  int prefix = 0;
  std::vector<Said> said;
};

struct History {
  std::vector<Told> cases;
  int message_gap = 0;              // hours between two messages
  int clock = 0;
  bool crowded = false;             // other cases enough to write sorted runs in between
  std::set<int> reopened_after;     // messages
  std::vector<std::pair<int, int>> views;   // as_of, known_at: slots, -1: none
};

constexpr int kMessages = 24;

rc::Gen<int> Slot() {
  return rc::gen::weightedOneOf<int>({{8, rc::gen::inRange(0, kSlots)},
                                      {2, rc::gen::inRange(kSlots, kSlots + 7)},
                                      {3, rc::gen::inRange(100, 108)}});
}
rc::Gen<int> MaybeSlot(size_t said) {
  return rc::gen::weightedOneOf<int>({{said, Slot()}, {10 - said, rc::gen::just(-1)}});
}
rc::Gen<int> Index(size_t size) { return rc::gen::inRange(0, static_cast<int>(size)); }

rc::Gen<Said> GenSaid() {
  return rc::gen::build<Said>(
      rc::gen::set(&Said::status,
                   rc::gen::weightedOneOf<int>({{4, rc::gen::inRange(0, 11)},
                                                {3, rc::gen::element(5, 4, 9)},
                                                {2, rc::gen::element(2, 9, 10, 7)}})),
      rc::gen::set(&Said::snapshot, rc::gen::weightedElement<bool>({{6, true}, {4, false}})),
      rc::gen::set(&Said::by_arrival, rc::gen::weightedElement<bool>({{3, true}, {7, false}})),
      rc::gen::set(&Said::dates_agree, rc::gen::weightedElement<bool>({{7, true}, {3, false}})),
      rc::gen::set(&Said::event, Slot()),
      rc::gen::set(&Said::received,
                   rc::gen::weightedOneOf<int>({{6, rc::gen::element(0, 6, 90, 186)},
                                                {1, Slot()},
                                                {3, rc::gen::just(-1)}})),
      rc::gen::set(&Said::due, MaybeSlot(5)),
      rc::gen::set(&Said::finished, MaybeSlot(2)),
      rc::gen::set(&Said::returned, MaybeSlot(1)),
      rc::gen::set(&Said::refused, MaybeSlot(1)),
      rc::gen::set(&Said::named_unit, Index(kNamedUnits.size())),
      rc::gen::set(&Said::procedure, Index(kProcedures.size())),
      rc::gen::set(&Said::channel, rc::gen::inRange(0, 4)),
      rc::gen::set(&Said::sequence,
                   rc::gen::weightedElement<int>({{7, 0}, {1, 1}, {1, 2}, {1, 3}})),
      rc::gen::set(&Said::messages,
                   rc::gen::nonEmpty(rc::gen::resize(
                       3, rc::gen::container<std::vector<int>>(rc::gen::inRange(0, kMessages))))));
}

rc::Gen<Told> GenTold() {
  return rc::gen::build<Told>(
      rc::gen::set(&Told::prefix, Index(kCasePrefixes.size())),
      rc::gen::set(&Told::said,
                   rc::gen::resize(9, rc::gen::container<std::vector<Said>>(GenSaid()))));
}

rc::Gen<History> GenHistory() {
  return rc::gen::build<History>(
      rc::gen::set(&History::cases,
                   rc::gen::resize(8, rc::gen::container<std::vector<Told>>(GenTold()))),
      rc::gen::set(&History::message_gap, rc::gen::element(0, 0, 7, 60, 100)),
      rc::gen::set(&History::clock, rc::gen::inRange(0, 5)),
      rc::gen::set(&History::crowded, rc::gen::weightedElement<bool>({{9, false}, {1, true}})),
      rc::gen::set(&History::reopened_after,
                   rc::gen::resize(
                       3, rc::gen::container<std::set<int>>(rc::gen::inRange(0, kMessages)))),
      rc::gen::set(&History::views,
                   rc::gen::container<std::vector<std::pair<int, int>>>(
                       2, rc::gen::pair(MaybeSlot(7), MaybeSlot(7)))));
}

Instant ClockOf(const History& history) {
  const std::vector<Instant> starts = {
      AtLocal(DayOf(CivilDate{2025, 4, 20}), 10 * kMicrosPerHour),
      StartOf(DayOf(CivilDate{2025, 4, 1})),
      AtLocal(DayOf(CivilDate{2025, 3, 31}), 15 * kMicrosPerHour),
      AtLocal(DayOf(CivilDate{2025, 2, 10}), 9 * kMicrosPerHour),
      AtLocal(DayOf(CivilDate{2025, 8, 1}), 9 * kMicrosPerHour),
  };
  return starts[static_cast<size_t>(history.clock)];
}

std::optional<Instant> MaybeAt(int slot) {
  return slot < 0 ? std::nullopt : std::optional<Instant>(AtSlot(slot));
}

Statement StatementOf(const Told& told, size_t case_number, size_t i) {
  const Said& said = told.said[i];
  Statement s;
  s.case_id = kCasePrefixes[static_cast<size_t>(told.prefix)] + "-250101-" +
              std::to_string(10000 + case_number);
  s.kind = said.snapshot ? StatementKind::kSnapshot : StatementKind::kProgress;
  s.status = static_cast<Status>(said.status);
  s.status_sent = static_cast<uint8_t>(said.status);
  s.sender_sequence = static_cast<uint64_t>(said.sequence);
  s.identity = i + 1;   // the same in every case: an identity is one of its case's
  s.event = AtSlot(said.event);
  if (!said.snapshot) return s;
  s.received_at = MaybeAt(said.received);
  s.due_at = MaybeAt(said.due);
  s.finished_at = MaybeAt(said.finished);
  s.returned_at = MaybeAt(said.returned);
  s.refused_at = MaybeAt(said.refused);
  s.unit = kNamedUnits[static_cast<size_t>(said.named_unit)];
  s.procedure = kProcedures[static_cast<size_t>(said.procedure)];
  s.channel = static_cast<uint8_t>(said.channel);
  const std::map<Status, std::optional<Instant>> own = {{Status::kReceived, s.received_at},
                                                        {Status::kRefused, s.refused_at},
                                                        {Status::kFinished, s.finished_at},
                                                        {Status::kReturned, s.returned_at}};
  const auto field = own.find(s.status);
  if (said.by_arrival) {
    s.dated_by = DatedBy::kArrival;
  } else if (said.dates_agree && field != own.end() && field->second) {
    s.event = *field->second;
  }
  return s;
}

// The messages of a history: who says what in which one.
std::map<int, std::vector<Statement>> MessagesOf(const History& history) {
  std::map<int, std::vector<Statement>> messages;
  for (size_t c = 0; c < history.cases.size(); ++c) {
    for (size_t i = 0; i < history.cases[c].said.size(); ++i) {
      for (const int message : history.cases[c].said[i].messages) {
        messages[message].push_back(StatementOf(history.cases[c], c, i));
      }
    }
  }
  for (auto& [number, statements] : messages) {
    // Within a message the place of a case is as good as random.
    std::stable_sort(statements.begin(), statements.end(),
                     [n = static_cast<uint64_t>(number)](const Statement& a, const Statement& b) {
                       return (a.identity * 7 + n) % 5 < (b.identity * 7 + n) % 5;
                     });
    for (size_t i = 0; i < statements.size(); ++i) {
      statements[i].position = static_cast<uint32_t>(i);
    }
  }
  return messages;
}

// --- printing -----------------------------------------------------------------------------------

void Print(std::ostream& out, const char* name, const std::optional<Instant>& at) {
  if (at) out << ' ' << name << '=' << FormatInstant(*at).substr(0, 19);
}

void Print(std::ostream& out, const Statement& s) {
  out << (s.kind == StatementKind::kSnapshot ? "snapshot" : "progress") << " status "
      << static_cast<int>(s.status) << " id " << s.identity << " pos " << s.position;
  if (s.sender_sequence != 0) out << " sequence " << s.sender_sequence;
  if (s.dated_by == DatedBy::kArrival) {
    out << " (dated by arrival)";
  } else {
    Print(out, "event", s.event);
  }
  Print(out, "NgayTiepNhan", s.received_at);
  Print(out, "NgayHenTra", s.due_at);
  Print(out, "NgayKetThucXuLy", s.finished_at);
  if (!s.unit.empty()) out << " unit=" << s.unit;
  if (!s.procedure.empty()) out << " procedure=" << s.procedure;
  if (s.channel != 0) out << " channel=" << static_cast<int>(s.channel);
}

// The story of one case, by arrival.
std::string StoryOf(const std::vector<Statement>& arrivals, const std::string& case_id) {
  std::vector<Statement> own;
  for (const Statement& s : arrivals) {
    if (s.case_id == case_id) own.push_back(s);
  }
  std::stable_sort(own.begin(), own.end(), [](const Statement& a, const Statement& b) {
    return std::tie(a.recorded, a.position) < std::tie(b.recorded, b.position);
  });
  std::ostringstream out;
  out << case_id << "\n";
  for (const Statement& s : own) {
    out << "    recorded " << FormatInstant(s.recorded) << ": ";
    Print(out, s);
    out << "\n";
  }
  return out.str();
}

std::ostream& operator<<(std::ostream& out, const Counts& c) {
  return out << "online " << c.online << ", direct " << c.direct_postal << ", carried over "
             << c.carried_over << ", early " << c.early << ", on time " << c.on_time << ", late "
             << c.late << ", pending in time " << c.pending_in_time << ", pending late "
             << c.pending_late << ", no due date " << c.no_due_date;
}

// RapidCheck finds it by argument-dependent look-up.
void showValue(const History& history, std::ostream& out) {
  out << "\nclock " << FormatInstant(ClockOf(history)) << ", " << history.message_gap
      << " hours between messages" << (history.crowded ? ", crowded" : "") << "\n";
  for (const auto& [number, statements] : MessagesOf(history)) {
    out << "message " << number << "\n";
    for (const Statement& s : statements) {
      out << "  " << s.case_id << ": ";
      Print(out, s);
      out << "\n";
    }
    if (history.reopened_after.count(number) != 0) out << "  (reopened)\n";
  }
}

// --- the real monitor ---------------------------------------------------------------------------

// In memory where the machine has such a place: order is tested here, not the disk.
struct TemporaryFolder {
  TemporaryFolder() {
    const fs::path memory = "/dev/shm";
    const fs::path parent =
        access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path();
    std::string name = (parent / "tthc_property_XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~TemporaryFolder() { fs::remove_all(path); }
  fs::path path;
};

const Reference& TheReference() {
  static const Reference kReference = LoadReference(Settings::Defaults()).value();
  return kReference;
}

reference::World TheWorld() {
  return {TheReference().units, TheReference().calendars, TheReference().procedures};
}

using Listing = std::map<std::string, std::pair<uintmax_t, fs::file_time_type>>;
Listing ListingOf(const fs::path& folder) {
  Listing listing;
  std::error_code gone;
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file(gone)) continue;
    listing[file.path().string()] = {file.file_size(gone), file.last_write_time(gone)};
  }
  return listing;
}

// What a power cut leaves: the files as they are, nothing closed. Taken again where the store
// worked on them meanwhile.
void CopyOpenFolder(const fs::path& from, const fs::path& to) {
  for (;;) {
    const Listing before = ListingOf(from);
    std::error_code moved;
    fs::copy(from, to, fs::copy_options::recursive, moved);
    if (!moved && ListingOf(from) == before) return;
    fs::remove_all(to);
  }
}

enum class Interruption { kStop, kCrash };

class Rig {
 public:
  Rig(const History& history, Interruption interruption)
      : interruption_(interruption), clock_(ProcessClock::From(ClockOf(history), 0)) {
    folder_ = temporary_.path / "0";
    Open();
  }

  void Say(std::vector<Statement> statements, Instant arrived_at) {
    DecodedMessage message;
    message.service = "DongBoHoSoMC";
    message.sender = "H34";
    message.arrived_at = arrived_at;
    message.records = static_cast<uint32_t>(statements.size());
    message.statements = statements;
    const auto answer = monitor_->SubmitAndWait(std::move(message));
    if (answer.has_error()) RC_FAIL("refused: " + answer.error().message);
    for (Statement& s : statements) {
      s.recorded = answer->recorded;
      arrivals_.push_back(std::move(s));
    }
  }

  void Interrupt() {
    if (interruption_ == Interruption::kCrash) {
      const fs::path next = temporary_.path / std::to_string(++folders_);
      CopyOpenFolder(folder_, next);
      folder_ = next;
    } else {
      monitor_->Stop();
    }
    monitor_.reset();
    Open();
  }

  const Monitor& monitor() const { return *monitor_; }
  const std::vector<Statement>& arrivals() const { return arrivals_; }

 private:
  void Open() {
    MonitorOptions options;
    RC_ASSERT(options.settings.Set("store.flush_statements", int64_t{1000}).has_value());
    options.reference = TheReference();
    options.data_dir = folder_.string();
    options.clock = clock_;
    auto opened = Monitor::Open(std::move(options));
    if (opened.has_error()) RC_FAIL("not opened: " + opened.error().message);
    monitor_ = std::move(*opened);
  }

  Interruption interruption_;
  std::shared_ptr<ProcessClock> clock_;
  TemporaryFolder temporary_;
  fs::path folder_;
  int folders_ = 0;
  std::unique_ptr<Monitor> monitor_;
  std::vector<Statement> arrivals_;
};

// Enough plain cases in one message to have the store write a sorted run and let cases go.
std::vector<Statement> Crowd(int message) {
  std::vector<Statement> statements;
  for (uint32_t i = 0; i < 1100; ++i) {
    Statement s;
    s.case_id = "H34.14-250102-" + std::to_string(100000 + message * 2000 + static_cast<int>(i));
    s.status = i % 3 == 0 ? Status::kProcessing : Status::kFinished;
    s.identity = 1;
    s.position = i;
    s.received_at = AtSlot(static_cast<int>(i) % 300);
    s.due_at = AtSlot(static_cast<int>(i) % 300 + 30);
    s.event = AtSlot(static_cast<int>(i) % 300 + static_cast<int>(i) % 47);
    if (s.status == Status::kFinished) s.finished_at = s.event;
    statements.push_back(std::move(s));
  }
  return statements;
}

// --- the comparison -----------------------------------------------------------------------------

std::string Describe(const reference::Question& q) {
  std::ostringstream out;
  out << q.unit << " " << FormatDay(q.period.from) << ".." << FormatDay(q.period.to) << " "
      << NameOf(q.rule) << " now " << FormatInstant(q.now);
  Print(out, "as_of", q.as_of);
  Print(out, "known_at", q.known_at);
  return out.str();
}

std::string Describe(const std::optional<reference::Judged>& judged) {
  if (!judged) return "outside";
  return std::string(NameOf(judged->state)) + (judged->online ? " online" : "") +
         (judged->carried_over ? " carried_over" : "") + (judged->no_due_date ? " no_due" : "");
}

std::map<std::string, reference::Judged> RealCases(const Monitor& monitor,
                                                   const reference::Question& q) {
  CaseListQuery list;
  list.unit = q.unit;
  list.period = q.period;
  list.rule = q.rule;
  list.view = {q.as_of, q.known_at};
  list.limit = 1000;
  std::map<std::string, reference::Judged> cases;
  for (;;) {
    const auto page = monitor.Cases(list);
    if (page.has_error()) return cases;
    for (const CaseLine& line : page->lines) {
      cases[line.case_id] = {line.verdict.state, line.verdict.online, line.verdict.carried_over,
                             line.verdict.reason == Reason::kNoDueDate};
    }
    if (!page->next_cursor) return cases;
    list.cursor = *page->next_cursor;
  }
}

// The cases that the two see differently, with their stories.
std::string Differences(const Rig& rig, const reference::Question& q,
                        const std::map<std::string, reference::Judged>& expected) {
  const auto real = RealCases(rig.monitor(), q);
  std::set<std::string> ids;
  for (const auto& [id, judged] : expected) ids.insert(id);
  for (const auto& [id, judged] : real) ids.insert(id);
  std::ostringstream out;
  for (const std::string& id : ids) {
    const auto find = [&](const auto& cases) {
      const auto at = cases.find(id);
      return at == cases.end() ? std::nullopt : std::optional(at->second);
    };
    if (find(real) == find(expected)) continue;
    out << "  monitor: " << Describe(find(real)) << "; reference: " << Describe(find(expected))
        << "\n  " << StoryOf(rig.arrivals(), id);
  }
  return out.str();
}

void CompareQuestion(const Rig& rig, const reference::Question& q) {
  const auto expected = reference::Ask(rig.arrivals(), TheWorld(), q);
  const Counts counts = reference::Total(expected);
  SummaryQuery query{q.unit, q.period, q.rule, {q.as_of, q.known_at}, GroupBy::kNone};
  const auto answer = rig.monitor().Summary(query);
  if (answer.has_error()) {   // a unit that nobody has named
    if (answer.error().kind == ErrorKind::kNotFound && expected.empty()) return;
    RC_FAIL(Describe(q) + ": " + answer.error().message);
  }
  if (answer->counts != counts) {
    std::ostringstream out;
    out << Describe(q) << "\nmonitor:   " << answer->counts << "\nreference: " << counts << "\n"
        << Differences(rig, q, expected);
    RC_FAIL(out.str());
  }
  RC_ASSERT(counts.received() == counts.resolved() + counts.pending());

  for (const CaseState state :
       {CaseState::kResolvedEarly, CaseState::kResolvedOnTime, CaseState::kResolvedLate,
        CaseState::kPendingInTime, CaseState::kPendingLate}) {
    CaseListQuery list;
    list.unit = q.unit;
    list.period = q.period;
    list.rule = q.rule;
    list.view = {q.as_of, q.known_at};
    list.states = 1u << static_cast<unsigned>(state);
    list.limit = 1;
    const auto page = rig.monitor().Cases(list);
    if (page.has_error()) RC_FAIL(Describe(q) + ": " + page.error().message);
    const auto of_state = static_cast<uint64_t>(
        std::count_if(expected.begin(), expected.end(),
                      [state](const auto& one) { return one.second.state == state; }));
    if (page->total != of_state) {
      RC_FAIL(Describe(q) + ": the list of " + std::string(NameOf(state)) + " holds " +
              std::to_string(page->total) + ", not " + std::to_string(of_state) + "\n" +
              Differences(rig, q, expected));
    }
  }
}

using Samples = std::map<std::string, int64_t>;   // "name{labels}" -> value
Samples SamplesOf(const std::string& text) {
  Samples samples;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t space = line.rfind(' ');
    if (line.empty() || line[0] == '#' || space == std::string::npos) continue;
    if (line.find("on_time_ratio_") == std::string::npos) continue;
    samples[line.substr(0, space)] = std::stoll(line.substr(space + 1));
  }
  return samples;
}

std::pair<int64_t, int64_t> RatioOf(const Counts& c, Rule rule) {
  if (rule == Rule::kQd766) return {c.on_time + c.pending_in_time, c.received()};
  return {c.early + c.on_time, c.resolved()};
}

// The live figures of the month, quarter and year of now: a unit's own and of its subtree.
void CompareTallies(const Rig& rig) {
  const Samples samples = SamplesOf(rig.monitor().RenderMetrics());
  const auto units = reference::UnitsOf(rig.arrivals());
  const Instant now = rig.monitor().Now();
  const auto value = [&](const std::string& name) {
    const auto at = samples.find(name);
    return at == samples.end() ? int64_t{0} : at->second;
  };
  for (const PeriodKind kind : {PeriodKind::kMonth, PeriodKind::kQuarter, PeriodKind::kYear}) {
    for (const Rule rule : kRules) {
      for (const std::string& unit : kAskedUnits) {
        const reference::Question q{unit, PeriodContaining(kind, DayOf(now)), rule, now, {}, {}};
        const auto below = reference::Ask(rig.arrivals(), TheWorld(), q);
        std::map<std::string, reference::Judged> own;
        for (const auto& [id, judged] : below) {
          if (units.at(id) == unit) own[id] = judged;
        }
        for (const auto& [prefix, cases] : {std::pair{"tthc_", own}, {"tthc_rollup_", below}}) {
          const auto [numerator, denominator] = RatioOf(reference::Total(cases), rule);
          const std::string labels = "{unit=\"" + unit + "\",period=\"" +
                                     PeriodLabel(kind, DayOf(now)) + "\",rule=\"" +
                                     std::string(NameOf(rule)) + "\"}";
          std::string name = std::string(prefix) + "on_time_ratio_";
          // A unit with none below it has no rollup: its own family is its sum.
          if (!samples.contains(name + "denominator" + labels) && own.size() == below.size()) {
            name = "tthc_on_time_ratio_";
          }
          const int64_t n = value(name + "numerator" + labels);
          const int64_t d = value(name + "denominator" + labels);
          if (n == numerator && d == denominator) continue;
          std::ostringstream out;
          out << "live " << name << labels << " is " << n << "/" << d << ", not " << numerator
              << "/" << denominator << "\n"
              << Differences(rig, q, below);
          for (const auto& [id, judged] : cases) {
            out << "  counted: " << Describe(judged) << "\n  " << StoryOf(rig.arrivals(), id);
          }
          RC_FAIL(out.str());
        }
      }
    }
  }
}

void Compare(const Rig& rig, const History& history) {
  std::vector<View> views = {{}};
  for (const auto& [as_of, known_at] : history.views) {
    views.push_back({MaybeAt(as_of), MaybeAt(known_at)});
  }
  for (const View& view : views) {
    for (const std::string& period : kPeriods) {
      for (const Rule rule : kRules) {
        for (const std::string& unit : kAskedUnits) {
          CompareQuestion(rig, {unit, ParsePeriod(period).value(), rule, rig.monitor().Now(),
                                view.as_of, view.known_at});
        }
      }
    }
  }
  CompareTallies(rig);
}

void Tell(const History& history, Interruption interruption) {
  Rig rig(history, interruption);
  const auto messages = MessagesOf(history);
  size_t reopened = 0;
  for (const auto& [number, statements] : messages) {
    // Every third message has been under way for a while: its time is before the last one's.
    const int64_t delay = number % 3 == 2 ? 50 * kMicrosPerHour : 0;
    const Instant arrived =
        StartOf(FirstDay()) + number * history.message_gap * kMicrosPerHour - delay;
    rig.Say(statements, arrived);
    if (history.crowded && number % 7 == 0) rig.Say(Crowd(number), arrived);
    if (history.reopened_after.count(number) != 0) {
      rig.Interrupt();
      ++reopened;
    }
  }
  RC_CLASSIFY(history.crowded, "crowded");
  RC_CLASSIFY(reopened > 0, "reopened");
  Compare(rig, history);
}

TEST(Order, AnyOrderRepetitionAndStopGivesTheReference) {
  EXPECT_TRUE(rc::check("stop and reopen anywhere", [] {
    Tell(*GenHistory(), Interruption::kStop);
  }));
}

TEST(Order, AnyCrashGivesTheReference) {
  EXPECT_TRUE(rc::check("reopen what a crash leaves", [] {
    Tell(*GenHistory(), Interruption::kCrash);
  }));
}

}  // namespace
}  // namespace tthc
