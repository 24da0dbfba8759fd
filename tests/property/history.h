// Random histories for the property tests, the real monitor they are told to, and what it is told:
// messages of several senders in any order, repetition and batching, register rows in between,
// stops, crashes and reopenings at any point.
#pragma once

#include <rapidcheck.h>

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "indicators_reference.h"
#include "reference.h"
#include "server/monitor.h"

namespace tthc::history {

// --- the story a history is made of; small numbers, so that RapidCheck can shrink it

// One statement and how it is told.
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
  int sender = 0;
  uint32_t flags = 0;          // DossierFlag
  std::vector<int> messages;   // by which messages it comes: the first and its repetitions
};

struct Told {   // one case
  int prefix = 0;
  std::vector<Said> said;
};

// One row of a put; what the numbers mean depends on the register.
struct RowSaid {
  int id = 0;
  int about = 0;      // a case (one beyond the last never comes), a unit or a procedure
  int at = 0;         // slot
  int after = -1;     // slots later, -1: never
  int choice = 0;
  bool withdrawn = false;
};
struct PutSaid {
  int subject = 0;           // which register
  int message = 0;           // put before this message
  int hours_back = -1;       // recorded so long before its message; -1: recorded when it comes
  std::vector<RowSaid> rows;
};

struct History {
  std::vector<Told> cases;
  std::vector<PutSaid> puts;
  int message_gap = 0;              // hours between two messages
  int clock = 0;
  bool crowded = false;             // other cases enough to write sorted runs in between
  std::set<int> reopened_after;     // messages
  std::vector<std::pair<int, int>> views;   // as_of, known_at: slots, -1: none
  int constant_flag_cases = 200;
  uint32_t shuffle = 0;             // seed of another order
};

struct HistorySize {
  int cases = 8;
  int said = 9;
  int puts = 0;
};
rc::Gen<History> GenHistory(const HistorySize& size);
// RapidCheck finds it by argument-dependent look-up.
void showValue(const History& history, std::ostream& out);

Instant ClockOf(const History& history);
std::optional<Instant> MaybeAt(int slot);
// The views that a history is asked under, the plain one first.
std::vector<View> ViewsOf(const History& history);

// Units of every level, provisional ones, and one that nobody names.
extern const std::vector<std::string> kAskedUnits;
extern const std::vector<std::string> kProcedures;   // named by cases; the first is none

// --- the real monitor

const Reference& TheReference();
reference::World TheWorld();

enum class Interruption { kStop, kCrash };

// A message of one sender, or a put.
struct Message {
  std::string sender;
  std::vector<Statement> statements;   // with their places
  Instant arrived;
};
struct Put {
  reference::RegisterPut put;
  std::vector<RegisterRow> rows;
};
using Event = std::variant<Message, Put>;

DecodedMessage Decoded(const Message& message);
void SetRecorded(Message& message, Instant recorded);
// When what is numbered so arrives.
Instant ArrivalOf(const History& history, int number);
// Who says what in which message: by its number, and in it by sender.
std::map<int, std::vector<Message>> MessagesOf(const History& history);
// Enough plain cases in one message to have the store write a sorted run and let cases go.
Message Crowd(int number, Instant arrived);

class Rig {
 public:
  Rig(const History& history, Interruption interruption);
  ~Rig();

  void Say(Message message);
  // Recorded at `recorded_at`; absent: when it comes.
  void Say(Put put, std::optional<Instant> recorded_at);
  // All under way at once, so that the pipeline takes them in groups of its own.
  void SayTogether(const std::vector<Event>& events);
  void Interrupt();

  const Monitor& monitor() const { return *monitor_; }
  // Everything that was said so far, as it was recorded.
  const std::vector<Event>& tape() const { return tape_; }
  std::vector<Statement> arrivals() const;
  reference::IndicatorWorld IndicatorWorld() const;

 private:
  struct Folder;
  void Open();

  const Interruption interruption_;
  const int64_t constant_flag_cases_;
  std::shared_ptr<ProcessClock> clock_;
  std::unique_ptr<Folder> temporary_;
  std::filesystem::path folder_;
  int folders_ = 0;
  std::unique_ptr<Monitor> monitor_;
  std::vector<Event> tape_;
};

// Tells the whole history, reopening where it says so.
void Tell(const History& history, Rig& rig);
// Says something new when all else has been said. What is only repeated is not recorded, so that
// without it a store that is opened again may stand at an earlier time than one that was not.
void SayLast(const History& history, Rig& rig);
// Tells what was said on `tape` in another order and other batches, recorded as it was then.
void TellAnew(const std::vector<Event>& tape, const History& history, Rig& rig);

// --- printing

void Print(std::ostream& out, const char* name, const std::optional<Instant>& at);
// The story of one case, by arrival.
std::string StoryOf(const std::vector<Statement>& arrivals, const std::string& case_id);

}  // namespace tthc::history
