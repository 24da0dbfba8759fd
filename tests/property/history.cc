#include "history.h"

#include <algorithm>
#include <future>
#include <random>
#include <unistd.h>

#include "ingest/registers/read.h"

namespace tthc::history {
namespace {

namespace fs = std::filesystem;

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
const std::vector<std::string> kSenders = {"H34", "H34.23", "egov"};
const std::vector<std::string> kRegisterUnits = {"H34", "H34.01", "H34.23", "H34.23.01"};
const std::vector<std::string> kSyncPeriods = {"2025-Q1", "2025-01", "2025-03", "2025"};

constexpr int64_t kSlotMicros = 4 * kMicrosPerHour;
constexpr int kSlots = 540;   // 90 days of six: the first quarter of 2025
constexpr int kMessages = 24;
constexpr uint32_t kAllFlags = (1u << 14) - 1;

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

// RapidCheck narrows a range by the size of what it is in; here every value is as likely in a small
// history as in a large one.
template <typename T>
rc::Gen<T> Between(T begin, T end) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange(begin, end));
}

rc::Gen<int> Slot() {
  return rc::gen::weightedOneOf<int>({{8, Between(0, kSlots)},
                                      {2, Between(kSlots, kSlots + 7)},
                                      {3, Between(100, 108)}});
}
rc::Gen<int> MaybeSlot(size_t said) {
  return rc::gen::weightedOneOf<int>({{said, Slot()}, {10 - said, rc::gen::just(-1)}});
}
rc::Gen<int> Index(size_t size) { return Between(0, static_cast<int>(size)); }

rc::Gen<uint32_t> Flags() {
  return rc::gen::weightedOneOf<uint32_t>(
      {{3, rc::gen::just(uint32_t{0})},
       {2, rc::gen::element<uint32_t>(kHasFeeLine, kHasFeeLine | kHasNonZeroFee,
                                      kHasSubmittedFile | kHasElectronicResult,
                                      kHasElectronicResult | kHasResultCode)},
       {4, Between<uint32_t>(0, kAllFlags + 1)},
       {1, rc::gen::just(kAllFlags)}});
}

rc::Gen<Said> GenSaid() {
  return rc::gen::build<Said>(
      rc::gen::set(&Said::status,
                   rc::gen::weightedOneOf<int>({{4, Between(0, 11)},
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
      rc::gen::set(&Said::channel, Between(0, 4)),
      rc::gen::set(&Said::sequence,
                   rc::gen::weightedElement<int>({{7, 0}, {1, 1}, {1, 2}, {1, 3}})),
      rc::gen::set(&Said::sender, Index(kSenders.size())),
      rc::gen::set(&Said::flags, Flags()),
      rc::gen::set(&Said::messages,
                   rc::gen::nonEmpty(rc::gen::resize(
                       3, rc::gen::container<std::vector<int>>(Between(0, kMessages))))));
}

rc::Gen<Told> GenTold(int said) {
  return rc::gen::build<Told>(
      rc::gen::set(&Told::prefix, Index(kCasePrefixes.size())),
      rc::gen::set(&Told::said,
                   rc::gen::resize(said, rc::gen::container<std::vector<Said>>(GenSaid()))));
}

rc::Gen<PutSaid> GenPut() {
  const auto row = rc::gen::build<RowSaid>(
      rc::gen::set(&RowSaid::id, Between(0, 4)),
      rc::gen::set(&RowSaid::about, Between(0, 12)),
      rc::gen::set(&RowSaid::at, Between(0, kSlots)),
      rc::gen::set(&RowSaid::after,
                   rc::gen::weightedOneOf<int>({{3, Between(0, 200)},
                                                {1, rc::gen::just(-1)}})),
      rc::gen::set(&RowSaid::choice, Between(0, 128)),
      rc::gen::set(&RowSaid::withdrawn, rc::gen::weightedElement<bool>({{6, false}, {1, true}})));
  return rc::gen::build<PutSaid>(
      rc::gen::set(&PutSaid::subject, Between(0, 7)),
      rc::gen::set(&PutSaid::message, Between(0, kMessages)),
      rc::gen::set(&PutSaid::hours_back, rc::gen::element(-1, 0, 0, 30, 900)),
      rc::gen::set(&PutSaid::rows,
                   rc::gen::resize(5, rc::gen::container<std::vector<RowSaid>>(row))));
}

std::string CaseId(const Told& told, size_t case_number) {
  return kCasePrefixes[static_cast<size_t>(told.prefix)] + "-250101-" +
         std::to_string(10000 + case_number);
}

Statement StatementOf(const Told& told, size_t case_number, size_t i) {
  const Said& said = told.said[i];
  Statement s;
  s.case_id = CaseId(told, case_number);
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
  s.flags = said.flags;
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

}  // namespace

// Every third has been under way for a while: its time is before the last one's.
Instant ArrivalOf(const History& history, int number) {
  const int64_t delay = number % 3 == 2 ? 50 * kMicrosPerHour : 0;
  return StartOf(FirstDay()) + number * history.message_gap * kMicrosPerHour - delay;
}

std::map<int, std::vector<Message>> MessagesOf(const History& history) {
  struct Line {
    Statement statement;
    int sender;
  };
  std::map<int, std::vector<Line>> lines;
  for (size_t c = 0; c < history.cases.size(); ++c) {
    for (size_t i = 0; i < history.cases[c].said.size(); ++i) {
      const Said& said = history.cases[c].said[i];
      for (const int message : said.messages) {
        lines[message].push_back({StatementOf(history.cases[c], c, i), said.sender});
      }
    }
  }
  std::map<int, std::vector<Message>> messages;
  for (auto& [number, of] : lines) {
    // Within a message the place of a case is as good as random.
    std::stable_sort(of.begin(), of.end(),
                     [n = static_cast<uint64_t>(number)](const Line& a, const Line& b) {
                       return (a.statement.identity * 7 + n) % 5 <
                              (b.statement.identity * 7 + n) % 5;
                     });
    std::map<int, Message> by_sender;
    for (size_t i = 0; i < of.size(); ++i) {
      of[i].statement.position = static_cast<uint32_t>(i);
      Message& message = by_sender[of[i].sender];
      message.sender = kSenders[static_cast<size_t>(of[i].sender)];
      message.arrived = ArrivalOf(history, number);
      message.statements.push_back(of[i].statement);
    }
    for (auto& [sender, message] : by_sender) messages[number].push_back(std::move(message));
  }
  return messages;
}

Message Crowd(int number, Instant arrived) {
  Message message{"crowd", {}, arrived};
  for (uint32_t i = 0; i < 1100; ++i) {
    Statement s;
    s.case_id = "H34.14-250102-" + std::to_string(100000 + number * 2000 + static_cast<int>(i));
    s.status = i % 3 == 0 ? Status::kProcessing : Status::kFinished;
    s.identity = 1;
    s.position = i;
    s.received_at = AtSlot(static_cast<int>(i) % 300);
    s.due_at = AtSlot(static_cast<int>(i) % 300 + 30);
    s.event = AtSlot(static_cast<int>(i) % 300 + static_cast<int>(i) % 47);
    if (s.status == Status::kFinished) s.finished_at = s.event;
    message.statements.push_back(std::move(s));
  }
  return message;
}

namespace {

// --- register rows

// One row as JSON.
class Json {
 public:
  Json& Text(const std::string& name, const std::string& value) {
    return Raw(name, "\"" + value + "\"");
  }
  Json& At(const std::string& name, std::optional<Instant> at) {
    return at ? Text(name, FormatInstant(*at)) : *this;
  }
  Json& Count(const std::string& name, std::optional<int64_t> value) {
    return value ? Raw(name, std::to_string(*value)) : *this;
  }
  Json& Bool(const std::string& name, bool value) { return Raw(name, value ? "true" : "false"); }
  std::string Done() const { return "{" + members_ + "}\n"; }

 private:
  Json& Raw(const std::string& name, const std::string& value) {
    members_ += (members_.empty() ? "" : ",") + ("\"" + name + "\":" + value);
    return *this;
  }
  std::string members_;
};

struct Line {
  reference::RegisterLine meant;
  Json json;
};

std::string CaseAt(const History& history, int number) {
  const auto c = static_cast<size_t>(number);
  return c < history.cases.size() ? CaseId(history.cases[c], c) : "H34.01-250101-99999";
}

const std::string& Of(const std::vector<std::string>& values, int number) {
  return values[static_cast<size_t>(number) % values.size()];
}

Line RatingLine(const History& history, const RowSaid& said) {
  const std::vector<std::string> ratings = {"like", "neutral", "dislike", "dislike"};
  Rating rating;
  rating.case_id = CaseAt(history, said.about);
  rating.rated_at = AtSlot(said.at) + said.id * kMicrosPerMinute;   // no two at once
  rating.dislike = Of(ratings, said.choice) == "dislike";
  const std::string id = "R" + std::to_string(said.id);
  return {{id, said.withdrawn, rating},
          Json()
              .Text("id", id)
              .Text("case_id", rating.case_id)
              .At("rated_at", rating.rated_at)
              .Text("rating", Of(ratings, said.choice))};
}

Line PaymentLine(const History& history, const RowSaid& said) {
  const std::vector<std::string> gateways = {"national", "local", "counter"};
  Payment payment;
  payment.case_id = CaseAt(history, said.about);
  payment.paid_at = AtSlot(said.at);
  payment.amount_dong = 50'000;
  payment.online = Of(gateways, said.choice) != "counter";
  payment.succeeded = said.choice % 5 != 0;
  const std::string id = "P" + std::to_string(said.id);
  return {{id, said.withdrawn, payment},
          Json()
              .Text("id", id)
              .Text("case_id", payment.case_id)
              .At("paid_at", payment.paid_at)
              .Count("amount_dong", payment.amount_dong)
              .Text("gateway", Of(gateways, said.choice))
              .Text("kind", "fee")
              .Bool("succeeded", payment.succeeded)};
}

// Sent and answered within office hours, the answer published at once.
Line PetitionLine(const History& history, const RowSaid& said) {
  const std::vector<std::string> subjects = {"rules", "staff", "other"};
  const bool about_case = (said.choice & 1) != 0;
  Petition petition;
  petition.id = "K" + std::to_string(said.id);
  petition.unit = Of(kRegisterUnits, said.about);
  const Day sent = DayOf(AtSlot(said.at));
  petition.sent_at = AtLocal(sent, 8 * kMicrosPerHour);
  if ((said.choice & 2) != 0) petition.first_received_at = AtLocal(sent, 9 * kMicrosPerHour);
  if (said.after >= 0) {
    petition.answered_at = AtLocal(sent + said.after / 6, 10 * kMicrosPerHour);
    petition.published_at = *petition.answered_at + kMicrosPerHour;
  }
  petition.likes = (said.choice & 4) != 0;
  petition.dislikes = (said.choice & 8) != 0;
  petition.complained_again = (said.choice & 16) != 0;
  if (about_case) petition.case_id = CaseAt(history, said.about);
  petition.about = Of(subjects, said.choice / 32);
  Json json;
  json.Text("id", petition.id)
      .Text("unit", petition.unit)
      .At("sent_at", petition.sent_at)
      .At("first_received_at", petition.first_received_at)
      .At("answered_at", petition.answered_at)
      .At("published_at", petition.published_at)
      .Count("likes", petition.likes)
      .Count("dislikes", petition.dislikes)
      .Bool("complained_again", petition.complained_again)
      .Text("about", petition.about);
  if (about_case) json.Text("case_id", petition.case_id);
  return {{petition.id, said.withdrawn, petition}, json};
}

Line ProcedureLine(const RowSaid& said) {
  Procedure p;
  p.code = kProcedures[1 + static_cast<size_t>(said.about) % (kProcedures.size() - 1)];
  p.name = "x";
  p.field = "F";
  p.field_name = "f";
  p.level = "commune";
  p.returns_document = (said.choice & 1) != 0;
  p.has_fee = (said.choice & 2) != 0;
  p.citizens = (said.choice & 4) != 0;
  p.online = (said.choice & 8) != 0 ? OnlineService::kFull : OnlineService::kNone;
  p.service_open = (said.choice & 16) != 0;
  p.eligible_full = true;
  p.complete = true;
  p.limit = TimeLimit{1 + said.id * 7, LimitUnit::kWorkingDay};
  return {{p.code, said.withdrawn, p},
          Json()
              .Text("code", p.code)
              .Text("name", p.name)
              .Text("field", p.field)
              .Text("field_name", p.field_name)
              .Text("level", p.level)
              .Count("limit_amount", p.limit->amount)
              .Text("limit_unit", "working_day")
              .Bool("returns_document", p.returns_document)
              .Bool("fee", p.has_fee)
              .Bool("citizens", *p.citizens)
              .Text("online", *p.online == OnlineService::kFull ? "full" : "none")
              .Text("service_state", p.service_open ? "public" : "closed")
              .Bool("eligible_full", true)
              .Bool("complete", true)
              .Bool("public", true)};
}

Line SyncLine(const RowSaid& said) {
  SyncCount count;
  count.unit = Of(kRegisterUnits, said.about);
  const std::string& period = Of(kSyncPeriods, said.id);
  count.period = ParsePeriod(period).value();
  count.bcqg = said.choice % 8;
  if ((said.choice & 64) != 0) count.portal = said.after % 10 + 1;
  return {{count.unit + " " + period, said.withdrawn, count},
          Json()
              .Text("unit", count.unit)
              .Text("period", period)
              .Count("bcqg", count.bcqg)
              .Count("portal", count.portal)};
}

Line PublicationLine(const RowSaid& said) {
  Publication publication;
  publication.decision = std::to_string(said.id) + "/QD-UBND";
  publication.procedure = kProcedures[1];
  publication.unit = "H34";
  publication.kind = "new";
  publication.decided_on = DayOf(AtSlot(said.at));
  publication.effective_on = publication.decided_on + said.choice % 20;
  if (said.after >= 0) {
    publication.published_at = AtLocal(publication.decided_on + said.after / 6, 0);
  }
  return {{publication.decision, said.withdrawn, publication},
          Json()
              .Text("decision", publication.decision)
              .Text("procedure", publication.procedure)
              .Text("unit", publication.unit)
              .Text("level", "province")
              .Text("kind", publication.kind)
              .Text("decided_on", FormatDay(publication.decided_on))
              .Text("effective_on", FormatDay(*publication.effective_on))
              .At("published_at", publication.published_at)
              .Text("state", publication.published_at ? "public" : "waiting")};
}

struct Subject {
  RegisterId id;
  Line (*line)(const History& history, const RowSaid& said);   // nullptr: kept, without rows
};
const std::vector<Subject> kSubjects = {
    {RegisterId::kRatings, RatingLine},
    {RegisterId::kPayments, PaymentLine},
    {RegisterId::kPetitions, PetitionLine},
    {RegisterId::kProcedures, [](const History&, const RowSaid& s) { return ProcedureLine(s); }},
    {RegisterId::kSyncCounts, [](const History&, const RowSaid& s) { return SyncLine(s); }},
    {RegisterId::kPublications, [](const History&, const RowSaid& s) { return PublicationLine(s); }},
    {RegisterId::kEformCopies, nullptr},
};

// What is recorded at `by` has happened by then: what would lie ahead is said of the ten days before.
RowSaid DatedBy(RowSaid row, Instant by) {
  if (AtSlot(row.at) < by) return row;
  const int64_t slots = (by - StartOf(FirstDay())) / kSlotMicros;
  row.at = static_cast<int>(slots) - 2 - row.at % 60;
  return row;
}

Put PutOf(const History& history, const PutSaid& said, Instant by) {
  const Subject& subject = kSubjects[static_cast<size_t>(said.subject)];
  Put put;
  put.put.id = subject.id;
  std::string text;
  std::set<std::string> keys;   // of two rows with one key the later is refused
  for (const RowSaid& row : said.rows) {
    if (subject.line == nullptr) break;
    Line line = subject.line(history, DatedBy(row, by));
    if (!keys.insert(line.meant.key).second) continue;
    if (row.withdrawn) line.json.Bool("withdrawn", true);
    text += line.json.Done();
    put.put.lines.push_back(std::move(line.meant));
  }
  RegisterChecks checks;
  checks.now = by;
  checks.knows_procedure = [](std::string_view) { return true; };
  checks.knows_indicator = [](std::string_view) { return true; };
  auto file = ReadRegister(SchemaOf(subject.id), text, RegisterFormat::kJson, checks, {});
  if (file.has_error()) RC_FAIL("register not read: " + file.error().message);
  // An answer or a period that still lies ahead leaves its row out.
  for (auto row = file->rejected.rbegin(); row != file->rejected.rend(); ++row) {
    if (row->code != "in_future") RC_FAIL("row refused: " + row->field + " " + row->reason);
    put.put.lines.erase(put.put.lines.begin() + static_cast<ptrdiff_t>(row->line) - 1);
  }
  put.rows = std::move(file->rows);
  return put;
}

// --- printing

void PrintStatement(std::ostream& out, const Statement& s) {
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
  if (s.flags != 0) out << " flags=0x" << std::hex << s.flags << std::dec;
}

void PrintPut(std::ostream& out, const History& history, const PutSaid& said) {
  const Subject& subject = kSubjects[static_cast<size_t>(said.subject)];
  out << "put of " << SchemaOf(subject.id).name << ", "
      << (said.hours_back < 0 ? "recorded as it comes"
                              : "recorded " + std::to_string(said.hours_back) + " hours before")
      << "\n";
  for (const RowSaid& row : said.rows) {
    if (subject.line == nullptr) break;
    out << "  " << (row.withdrawn ? "withdrawn " : "")
        << subject.line(history, row).json.Done();
  }
}

}  // namespace

const std::vector<std::string> kAskedUnits = {"H34",    "H34.01", "H34.23", "H34.23.01",
                                              "H34.99", "H77.01", "H48"};
const std::vector<std::string> kProcedures = {
    "",
    "1.001193",   // of communes, at once
    "1.001022",   // three working days
    "1.004884",   // with a fee
    "1.010736",   // hands out no document
    "9.999999",   // not in the shipped catalogue
};

rc::Gen<History> GenHistory(const HistorySize& size) {
  return rc::gen::build<History>(
      rc::gen::set(&History::cases,
                   rc::gen::resize(size.cases,
                                   rc::gen::container<std::vector<Told>>(GenTold(size.said)))),
      rc::gen::set(&History::puts,
                   rc::gen::resize(size.puts, rc::gen::container<std::vector<PutSaid>>(GenPut()))),
      rc::gen::set(&History::message_gap, rc::gen::element(0, 0, 7, 60, 100)),
      rc::gen::set(&History::clock, Between(0, 5)),
      rc::gen::set(&History::crowded, rc::gen::weightedElement<bool>({{9, false}, {1, true}})),
      rc::gen::set(&History::reopened_after,
                   rc::gen::resize(
                       3, rc::gen::container<std::set<int>>(Between(0, kMessages)))),
      rc::gen::set(&History::views,
                   rc::gen::container<std::vector<std::pair<int, int>>>(
                       2, rc::gen::pair(MaybeSlot(7), MaybeSlot(7)))),
      rc::gen::set(&History::constant_flag_cases, rc::gen::element(1, 2, 3, 200)),
      rc::gen::set(&History::shuffle, rc::gen::arbitrary<uint32_t>()));
}

void showValue(const History& history, std::ostream& out) {
  out << "\nclock " << FormatInstant(ClockOf(history)) << ", " << history.message_gap
      << " hours between messages" << (history.crowded ? ", crowded" : "")
      << ", constant flags from " << history.constant_flag_cases << " cases, shuffle "
      << history.shuffle << "\n";
  for (const View& view : ViewsOf(history)) {
    out << "asked";
    Print(out, "as_of", view.as_of);
    Print(out, "known_at", view.known_at);
    out << "\n";
  }
  const auto messages = MessagesOf(history);
  for (int number = 0; number < kMessages; ++number) {
    for (const PutSaid& put : history.puts) {
      if (put.message == number) PrintPut(out, history, put);
    }
    const auto of = messages.find(number);
    if (of == messages.end()) continue;
    for (const Message& message : of->second) {
      out << "message " << number << " of " << message.sender << "\n";
      for (const Statement& s : message.statements) {
        out << "  " << s.case_id << ": ";
        PrintStatement(out, s);
        out << "\n";
      }
    }
    if (history.reopened_after.contains(number)) out << "  (reopened)\n";
  }
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

std::vector<View> ViewsOf(const History& history) {
  std::vector<View> views = {{}};
  for (const auto& [as_of, known_at] : history.views) {
    views.push_back({MaybeAt(as_of), MaybeAt(known_at)});
  }
  return views;
}

void Print(std::ostream& out, const char* name, const std::optional<Instant>& at) {
  if (at) out << ' ' << name << '=' << FormatInstant(*at).substr(0, 19);
}

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
    PrintStatement(out, s);
    out << "\n";
  }
  return out.str();
}

// --- the real monitor ---------------------------------------------------------------------------

const Reference& TheReference() {
  static const Reference kReference = LoadReference(Settings::Defaults()).value();
  return kReference;
}

reference::World TheWorld() {
  return {TheReference().units, TheReference().calendars, TheReference().procedures};
}

namespace {

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

}  // namespace

void SetRecorded(Message& message, Instant recorded) {
  message.arrived = recorded;
  for (Statement& s : message.statements) s.recorded = recorded;
}

namespace {

// The parts of an event that may be told apart from each other.
std::vector<Event> PartsOf(const Event& event, std::mt19937& random) {
  const auto* whole = std::get_if<Message>(&event);
  if (whole == nullptr) return {event};
  std::vector<Message> parts(1 + random() % 3, Message{whole->sender, {}, whole->arrived});
  for (const Statement& s : whole->statements) {
    parts[random() % parts.size()].statements.push_back(s);
  }
  std::vector<Event> out;
  for (Message& part : parts) {
    if (!part.statements.empty()) out.emplace_back(std::move(part));
  }
  return out;
}

}  // namespace

// In memory where the machine has such a place: order is tested here, not the disk.
struct Rig::Folder {
  Folder() {
    const fs::path memory = "/dev/shm";
    const fs::path parent =
        access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path();
    std::string name = (parent / "tthc_property_XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

Rig::Rig(const History& history, Interruption interruption)
    : interruption_(interruption),
      constant_flag_cases_(history.constant_flag_cases),
      clock_(ProcessClock::From(ClockOf(history), 0)),
      temporary_(std::make_unique<Folder>()) {
  folder_ = temporary_->path / "0";
  Open();
}

Rig::~Rig() = default;

void Rig::Open() {
  MonitorOptions options;
  RC_ASSERT(options.settings.Set("store.flush_statements", int64_t{1000}).has_value());
  options.reference = TheReference();
  options.reference.counting.constant_flag_cases = constant_flag_cases_;
  options.data_dir = folder_.string();
  options.clock = clock_;
  auto opened = Monitor::Open(std::move(options));
  if (opened.has_error()) RC_FAIL("not opened: " + opened.error().message);
  monitor_ = std::move(*opened);
}

DecodedMessage Decoded(const Message& message) {
  DecodedMessage decoded;
  decoded.service = "DongBoHoSoMC";
  decoded.sender = message.sender;
  decoded.arrived_at = message.arrived;
  decoded.records = static_cast<uint32_t>(message.statements.size());
  decoded.statements = message.statements;
  return decoded;
}

void Rig::Say(Message message) {
  const auto answer = monitor_->SubmitAndWait(Decoded(message));
  if (answer.has_error()) RC_FAIL("refused: " + answer.error().message);
  SetRecorded(message, answer->recorded);
  tape_.emplace_back(std::move(message));
}

void Rig::Say(Put put, std::optional<Instant> recorded_at) {
  std::promise<Result<RegisterPutAnswer>> promise;
  monitor_->PutRegister(put.put.id, put.rows, recorded_at,
                        [&](Result<RegisterPutAnswer> done) { promise.set_value(std::move(done)); });
  const auto answer = promise.get_future().get();
  if (answer.has_error()) RC_FAIL("put refused: " + answer.error().message);
  RC_ASSERT(answer->recorded + answer->unchanged == put.rows.size());
  put.put.recorded = answer->at;
  tape_.emplace_back(std::move(put));
}

void Rig::SayTogether(const std::vector<Event>& events) {
  std::vector<std::promise<Result<Instant>>> promises(events.size());
  for (size_t i = 0; i < events.size(); ++i) {
    const auto done = [&promise = promises[i]](const auto& answer, auto time) {
      promise.set_value(answer.has_error() ? Result<Instant>(answer.error()) : (*answer).*time);
    };
    if (const auto* message = std::get_if<Message>(&events[i])) {
      monitor_->SubmitReplay(Decoded(*message), [done](Result<SubmitAnswer> answer) {
        done(answer, &SubmitAnswer::recorded);
      });
      continue;
    }
    const Put& put = std::get<Put>(events[i]);
    monitor_->PutRegister(put.put.id, put.rows, put.put.recorded,
                          [done](Result<RegisterPutAnswer> answer) {
                            done(answer, &RegisterPutAnswer::at);
                          });
  }
  for (size_t i = 0; i < events.size(); ++i) {
    const auto recorded = promises[i].get_future().get();
    if (recorded.has_error()) RC_FAIL("refused: " + recorded.error().message);
    tape_.push_back(events[i]);
  }
}

void Rig::Interrupt() {
  if (interruption_ == Interruption::kCrash) {
    const fs::path next = temporary_->path / std::to_string(++folders_);
    CopyOpenFolder(folder_, next);
    folder_ = next;
  } else {
    monitor_->Stop();
  }
  monitor_.reset();
  Open();
}

std::vector<Statement> Rig::arrivals() const {
  std::vector<Statement> arrivals;
  for (const Event& event : tape_) {
    if (const auto* message = std::get_if<Message>(&event)) {
      arrivals.insert(arrivals.end(), message->statements.begin(), message->statements.end());
    }
  }
  return arrivals;
}

reference::IndicatorWorld Rig::IndicatorWorld() const {
  reference::IndicatorWorld world;
  world.world = TheWorld();
  world.constant_flag_cases = constant_flag_cases_;
  for (const Event& event : tape_) {
    if (const auto* put = std::get_if<Put>(&event)) {
      world.puts.push_back(put->put);
      continue;
    }
    const auto& message = std::get<Message>(event);
    for (const Statement& s : message.statements) world.arrivals.push_back({s, message.sender});
  }
  return world;
}

void Tell(const History& history, Rig& rig) {
  const auto messages = MessagesOf(history);
  size_t reopened = 0;
  for (int number = 0; number < kMessages; ++number) {
    for (size_t i = 0; i < history.puts.size(); ++i) {
      const PutSaid& said = history.puts[i];
      if (said.message != number) continue;
      std::optional<Instant> recorded_at;
      if (said.hours_back >= 0) {   // no two at the same time
        recorded_at = ArrivalOf(history, number) - said.hours_back * kMicrosPerHour +
                      static_cast<int64_t>(i + 1) * 1000;
      }
      rig.Say(PutOf(history, said, recorded_at.value_or(rig.monitor().Now())), recorded_at);
    }
    const auto of = messages.find(number);
    if (of == messages.end()) continue;
    for (const Message& message : of->second) rig.Say(message);
    if (history.crowded && number % 7 == 0) rig.Say(Crowd(number, ArrivalOf(history, number)));
    if (history.reopened_after.contains(number)) {
      rig.Interrupt();
      ++reopened;
    }
  }
  RC_CLASSIFY(history.crowded, "crowded");
  RC_CLASSIFY(reopened > 0, "reopened");
}

void SayLast(const History& history, Rig& rig) {
  Statement s;
  s.case_id = "H34.02-250101-99998";
  s.kind = StatementKind::kProgress;
  s.status = Status::kProcessing;
  s.status_sent = static_cast<uint8_t>(s.status);
  s.identity = 1;
  s.event = AtSlot(0);
  const Instant arrived = std::max(ArrivalOf(history, kMessages), ClockOf(history));
  rig.Say({kSenders[0], {s}, arrived + kMicrosPerHour});
}

void TellAnew(const std::vector<Event>& tape, const History& history, Rig& rig) {
  std::mt19937 random(history.shuffle);
  std::vector<Event> events;
  for (const Event& event : tape) {
    for (Event& part : PartsOf(event, random)) events.push_back(std::move(part));
  }
  std::shuffle(events.begin(), events.end(), random);
  size_t batches = 0;
  for (size_t at = 0; at < events.size();) {
    const size_t size = std::min(events.size() - at, size_t{1} + random() % 9);
    rig.SayTogether({events.begin() + static_cast<ptrdiff_t>(at),
                     events.begin() + static_cast<ptrdiff_t>(at + size)});
    at += size;
    if (history.reopened_after.contains(static_cast<int>(batches++))) rig.Interrupt();
  }
}

}  // namespace tthc::history
