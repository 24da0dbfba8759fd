#include "life.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <future>
#include <map>
#include <new>
#include <sstream>
#include <thread>

#include "comparison.h"
#include "ingest/registers/read.h"
#include "ingest/store/directory.h"
#include "ingest/store/store.h"
#include "server/audit/verify.h"

namespace tthc::sim {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kLongestLife{120};
constexpr int kCanaryEvery = 7;   // messages
constexpr int kQuestions = 8;
const std::vector<std::string> kPeriods = {"2025-Q1", "2025-01", "2025-02", "2025-03", "2025"};

constexpr int64_t kMuteMicros = 20 * kMicrosPerDay;

// Every deed has rows, a period or a time of its own, so that doing it again changes nothing.
const std::string& MutedUnit(const Deed& deed) {
  return history::kAskedUnits[static_cast<size_t>(deed.number) % history::kAskedUnits.size()];
}
Period ClosedPeriod(const Deed& deed) {
  return ParsePeriod("202" + std::to_string(deed.number % 5) + "-0" +
                     std::to_string(1 + deed.number / 5 % 9))
      .value();
}

std::vector<RegisterRow> RowsOf(const Deed& deed) {
  std::string text;
  for (int i = 0; i < 3; ++i) {
    text += R"({"id":"R)" + std::to_string(deed.number) + "-" + std::to_string(i) +
            R"(","case_id":"H34.01-250101-99999","rated_at":"2025-01-02T08:00:00+07:00",)"
            R"("rating":"like"})" "\n";
  }
  RegisterChecks checks;
  checks.now = kEndOfTime;
  checks.knows_unit = checks.knows_procedure = checks.knows_indicator =
      [](std::string_view) { return true; };
  return ReadRegister(SchemaOf(RegisterId::kRatings), text, RegisterFormat::kJson, checks, {})
      .value()
      .rows;
}

Result<RegisterPutAnswer> Put(Monitor& monitor, std::vector<RegisterRow> rows) {
  std::promise<Result<RegisterPutAnswer>> promise;
  monitor.PutRegister(RegisterId::kRatings, std::move(rows), {},
                      [&](Result<RegisterPutAnswer> done) { promise.set_value(std::move(done)); });
  return promise.get_future().get();
}

Result<SubmitAnswer> Submit(Monitor& monitor, const history::Message& message) {
  std::promise<Result<SubmitAnswer>> promise;
  monitor.Submit(history::Decoded(message),
                 [&](Result<SubmitAnswer> done) { promise.set_value(std::move(done)); });
  return promise.get_future().get();
}

uint64_t LastBackup(const BackupStatus& status) {
  return status.backups.empty() ? 0 : status.backups.back().number;
}

// The backup that was asked for, made or failed; one that failed may be in the folder all the same.
Result<void> WaitForBackup(const Monitor& monitor, uint64_t before) {
  for (;;) {
    const BackupStatus status = monitor.Backups();
    if (!status.under_way && !status.failure.empty()) return Error{ErrorKind::kIo, status.failure};
    if (!status.under_way && LastBackup(status) > before) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace

// Stands still until it is moved.
class Life::Clock final : public ProcessClock {
 public:
  explicit Clock(Board& board) : board_(board) {}
  Instant Now() const override { return Instant{board_.clock_us.load()}; }
  int64_t MicrosUntil(Instant at) const override {
    return at.us <= board_.clock_us ? 0 : kMicrosPerDay;
  }

 private:
  Board& board_;
};

Board& MakeBoard() {
  void* memory = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return *new (memory) Board();
}

std::optional<Canary> CanaryNamed(std::string_view name) {
  const std::map<std::string_view, Canary> names = {{"lost-batch", Canary::kLostBatch},
                                                    {"double-count", Canary::kDoubleCount},
                                                    {"no-sync", Canary::kNoSync},
                                                    {"lying-disk", Canary::kLyingDisk}};
  const auto at = names.find(name);
  return at == names.end() ? std::nullopt : std::optional(at->second);
}

Folder::Folder() {
  const fs::path memory = "/dev/shm";
  const fs::path parent = ::access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path();
  std::string name = (parent / "tthc_sim_XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}
Folder::~Folder() { fs::remove_all(path_); }

std::string TextOf(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

End RunChild(const std::function<int()>& life, const fs::path& log) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int descriptor = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0640);
    ::dup2(descriptor, STDERR_FILENO);
    ::_exit(life());
  }
  const auto until = std::chrono::steady_clock::now() + kLongestLife;
  End end;
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > until && !end.hung) {
      end.hung = true;
      ::kill(child, SIGABRT);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (WIFEXITED(status)) end.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  return end;
}

Life::Life(const Script& script, Board& board, const fs::path& folder)
    : script_(script), board_(board), folder_(folder), clock_(std::make_shared<Clock>(board)) {
  board_.refused = false;
  for (size_t i = 0; i < script_.sayings.size(); ++i) {
    const auto* message = std::get_if<history::Message>(&script_.sayings[i]);
    if (message == nullptr || board_.lines[i].outcome != Outcome::kAcknowledged) continue;
    Learn(*message, Instant{board_.lines[i].at_us});
  }
}
Life::~Life() = default;

void Life::Fail(const std::string& what) const {
  std::snprintf(board_.problem.data(), board_.problem.size(), "%s", what.c_str());
  ::_exit(kProblem);
}

Result<void> Life::Open() {
  MonitorOptions options;
  const auto set = [&](std::string_view name, auto value) {
    if (const auto done = options.settings.Set(name, value); !done) Fail(done.error().message);
  };
  set("store.flush_statements", int64_t{1000});
  set("store.free_space_floor_bytes", int64_t{1 << 20});
  set("store.sync", script_.canary != Canary::kNoSync);
  set("audit.checkpoint_seconds", int64_t{604'800});   // made where the script says so
  if (script_.makes_backups) set("backup.dir", (folder_ / "backups").string());
  set("backup.every_seconds", int64_t{604'800});
  options.reference = history::TheReference();
  options.data_dir = (folder_ / "data").string();
  options.clock = clock_;
  auto opened = Monitor::Open(std::move(options));
  if (!opened) return opened.error();
  monitor_ = std::move(*opened);
  (void)monitor_->Listen({}, "", std::nullopt,
                         [this](std::shared_ptr<const AlertMessage> message) {
                           board_.told_alerts = message->seq;
                         },
                         subscription_);
  return {};
}

void Life::Advance(int64_t micros) { board_.clock_us += micros; }

void Life::Learn(const history::Message& message, Instant recorded) {
  history::Message told = message;
  history::SetRecorded(told, recorded);
  for (const Statement& s : told.statements) {
    known_.insert({s.case_id, s.identity});
    arrivals_.push_back(s);
  }
}

void Life::Acknowledge(size_t line, Instant recorded) {
  board_.lines[line].at_us = recorded.us;
  board_.lines[line].outcome = Outcome::kAcknowledged;
}

bool Life::Say(size_t line) {
  Advance(kMicrosPerSecond);
  Line& told = board_.lines[line];
  // Told again it may be there already, from when it was told first.
  if (told.outcome == Outcome::kUnsaid) told.at_us = board_.clock_us.load();
  told.outcome = Outcome::kTried;
  const Saying& saying = script_.sayings[line];
  const bool done = std::holds_alternative<Deed>(saying)
                        ? Do(line, std::get<Deed>(saying))
                        : Tell(line, std::get<history::Message>(saying));
  if (!done) board_.refused = true;
  return done;
}

bool Life::Refused(const Error& error) {
  refusal_ = error.message;
  return false;
}

bool Life::Tell(size_t line, const history::Message& message) {
  ++told_;
  if (script_.canary == Canary::kLostBatch && told_ % kCanaryEvery == 0) {
    Acknowledge(line, Instant{board_.clock_us});
    Learn(message, Instant{board_.clock_us});
    return true;
  }
  const bool was_tried = board_.lines[line].at_us != board_.clock_us;
  const auto answer = Submit(*monitor_, message);
  if (!answer) return Refused(answer.error());
  std::set<std::pair<std::string, uint64_t>> fresh;
  for (const Statement& s : message.statements) {
    if (!known_.contains({s.case_id, s.identity})) fresh.insert({s.case_id, s.identity});
  }
  const bool was_there = was_tried && answer->accepted == 0;
  if (answer->accepted != fresh.size() && !was_there) {
    Fail("message " + std::to_string(line) + ": " + std::to_string(fresh.size()) +
         " statements of it were new and " + std::to_string(answer->accepted) + " were recorded" +
         (was_tried ? " when it was told again" : ""));
  }
  const Instant recorded = was_there ? Instant{board_.lines[line].at_us} : answer->recorded;
  Acknowledge(line, recorded);
  Learn(message, recorded);
  if (script_.canary == Canary::kDoubleCount && told_ % kCanaryEvery == 0) {
    history::Message twice = message;
    for (Statement& s : twice.statements) s.identity += 1000;
    (void)Submit(*monitor_, twice);
  }
  return true;
}

bool Life::Do(size_t line, const Deed& deed) {
  const auto done = Attempt(deed);
  if (!done) return Refused(done.error());
  board_.lines[line].size = *done;
  Acknowledge(line, Instant{board_.lines[line].at_us});
  return true;
}

Result<uint64_t> Life::Attempt(const Deed& deed) {
  switch (deed.act) {
    case Act::kPutRows: {
      const auto put = Put(*monitor_, RowsOf(deed));
      if (!put) return put.error();
      return uint64_t{0};
    }
    case Act::kSeal: {
      const auto sealed = monitor_->SealNow();
      if (!sealed && monitor_->Audit().log_records == 0) return uint64_t{0};
      if (!sealed) return sealed.error();
      return sealed->checkpoint.size;
    }
    case Act::kClosePeriod: {
      const auto closed = monitor_->ClosePeriod("H34", ClosedPeriod(deed), "", "sim");
      // Closed by the try before, whose answer did not come.
      if (!closed && closed.error().kind != ErrorKind::kConflict) return closed.error();
      return uint64_t{0};
    }
    case Act::kMute: {
      const Instant until = Instant{board_.clock_us} + kMuteMicros;
      const auto muted = monitor_->Mute(MutedUnit(deed), until, "sim", "x");
      if (!muted) return muted.error();
      return static_cast<uint64_t>(until.us);
    }
    case Act::kBackup: {
      const uint64_t before = LastBackup(monitor_->Backups());
      if (const auto asked = monitor_->AskForBackup(); !asked) return asked.error();
      if (const auto made = WaitForBackup(*monitor_, before); !made) return made.error();
      return LastBackup(monitor_->Backups());
    }
  }
  return uint64_t{0};
}

std::string Life::Missing(const Deed& deed, const Line& line) {
  switch (deed.act) {
    case Act::kPutRows: {
      const auto put = Put(*monitor_, RowsOf(deed));
      if (!put) return put.error().message;
      if (put->recorded != 0) return std::to_string(put->recorded) + " register rows";
      return {};
    }
    case Act::kSeal: {
      if (line.size == 0) return {};   // nothing was recorded yet
      const auto newest = monitor_->Checkpoints(1);
      if (newest.empty() || newest.front().checkpoint.size < line.size) return "a checkpoint";
      return {};
    }
    case Act::kClosePeriod: {
      const auto closed = monitor_->ClosedPeriods();
      if (!closed) return closed.error().message;
      for (const FrozenPeriod& frozen : *closed) {
        if (frozen.unit == "H34" && frozen.period.from == ClosedPeriod(deed).from) return {};
      }
      return "a closed period";
    }
    case Act::kMute: {
      const Instant until{static_cast<int64_t>(line.size.load())};
      if (until <= monitor_->Now()) return {};
      for (const UnitMute& mute : monitor_->Mutes()) {
        if (mute.unit == MutedUnit(deed) && mute.until >= until) return {};
      }
      return "the mute of " + MutedUnit(deed);
    }
    case Act::kBackup: {
      return LastBackup(monitor_->Backups()) < line.size ? "a backup" : "";
    }
  }
  return {};
}

void Life::Check(std::mt19937_64& random) {
  if (const StoreStatus state = monitor_->StoreState(); !state.only_read.empty()) {
    Fail("the store takes no writes: " + state.only_read);
  }
  for (size_t i = 0; i < script_.sayings.size(); ++i) {
    if (board_.lines[i].outcome != Outcome::kTried) continue;
    if (!Say(i)) Fail("told again, line " + std::to_string(i) + " is refused: " + refusal_);
  }
  for (size_t i = 0; i < script_.sayings.size(); ++i) {
    const auto* deed = std::get_if<Deed>(&script_.sayings[i]);
    if (deed == nullptr || board_.lines[i].outcome != Outcome::kAcknowledged) continue;
    const std::string missing = Missing(*deed, board_.lines[i]);
    if (!missing.empty()) Fail("line " + std::to_string(i) + " was acknowledged; lost: " + missing);
  }
  CheckStatements();
  CheckAlerts();
  CheckFigures(random);
}

// Each acknowledged statement once, and no other.
void Life::CheckStatements() const {
  std::map<std::string, std::set<uint64_t>> told;
  for (const auto& [case_id, identity] : known_) told[case_id].insert(identity);
  for (const auto& [case_id, identities] : told) {
    const auto found = monitor_->FindCase(case_id, {});
    if (!found) Fail("case " + case_id + " was acknowledged and is lost: " + found.error().message);
    std::multiset<uint64_t> there;
    for (const TimelineStatement& s : found->statements) there.insert(s.entry.identity);
    if (there == std::multiset<uint64_t>(identities.begin(), identities.end())) continue;
    Fail("case " + case_id + " has " + std::to_string(there.size()) + " statements, and " +
         std::to_string(identities.size()) + " were acknowledged\n" +
         history::StoryOf(arrivals_, case_id));
  }
}

// What a listener was told is in the stream, and nothing is told twice.
void Life::CheckAlerts() const {
  const uint64_t told_before = board_.told_alerts;   // meanwhile more may be
  const auto page = monitor_->AlertsAfter(0, SIZE_MAX);
  if (!page) Fail("the alerts do not read: " + page.error().message);
  if (page->last_seq < told_before) {
    Fail("alert " + std::to_string(told_before) + " was told and is lost");
  }
  std::set<std::string> told;
  uint64_t last = 0;
  for (const auto& message : page->messages) {
    if (message->seq <= last) Fail("alert numbers do not rise");
    last = message->seq;
    if (message->type == AlertType::kDigest) continue;
    const std::string name = message->id + " rung " + message->rung + " " +
                             std::string(NameOf(message->type));
    if (!told.insert(name).second) Fail("alert " + name + " was told twice");
  }
}

void Life::CheckFigures(std::mt19937_64& random) const {
  const comparison::Told told{*monitor_, arrivals_};
  std::string difference = comparison::DifferenceInTallies(told);
  const std::vector<View> views = history::ViewsOf(script_.history);
  const auto one_of = [&](const auto& values) { return values[random() % values.size()]; };
  for (int i = 0; i < kQuestions && difference.empty(); ++i) {
    const View view = one_of(views);
    difference = comparison::DifferenceIn(
        told, {one_of(history::kAskedUnits), ParsePeriod(one_of(kPeriods)).value(), one_of(kRules),
               monitor_->Now(), view.as_of, view.known_at});
  }
  if (!difference.empty()) Fail(difference);
}

void Life::ExpectReading() const {
  const auto summary = monitor_->Summary({"H34", ParsePeriod("2025").value(), Rule::kForm06, {}, {}});
  if (summary.has_error() && summary.error().kind != ErrorKind::kNotFound) {
    Fail("a store that takes no writes does not answer either: " + summary.error().message);
  }
}

void Life::Stop() {
  monitor_->Stop();
  monitor_.reset();
}

namespace {

// Empty: all holds.
std::string WrongInLog(const fs::path& folder) {
  StoreOptions options;
  options.dir = (folder / "data").string();
  options.read_only = true;
  const auto store = Store::Open(options);
  if (!store) return store.error().message;
  Directory directory(UnitTree::Build({}).value(), {});
  if (const auto loaded = directory.Load(**store); !loaded) return loaded.error().message;
  VerifyState state;
  if (const auto log = VerifyLog(**store, directory, state, {}); !log) return log.error().message;
  const auto cases = VerifyCases(**store, directory, {});
  return cases ? std::string() : cases.error().message;
}

}  // namespace

int VerifyLife(Board& board, const fs::path& folder) {
  const std::string wrong = WrongInLog(folder);
  std::snprintf(board.problem.data(), board.problem.size(), "%s", wrong.c_str());
  return wrong.empty() ? kDone : kProblem;
}

}  // namespace tthc::sim
