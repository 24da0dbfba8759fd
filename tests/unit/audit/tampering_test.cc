// A store that the monitor wrote, then changed by hand through the store's own interface, as
// somebody would who knows it: every change is found and named.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <future>

#include "ingest/proof/chain.h"
#include "ingest/proof/merkle.h"
#include "ingest/store/bytes.h"
#include "ingest/store/codec.h"
#include "ingest/store/directory.h"
#include "server/audit/ledger.h"
#include "server/audit/notes.h"
#include "server/audit/verify.h"
#include "server/monitor.h"
#include "server/reference.h"

namespace tthc {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr int kMessages = 12;
constexpr int kCases = 50;   // each named once by each message

Instant Begin() { return ParseInstant("2025-03-03T08:00:00+07:00").value(); }

DecodedMessage MessageNumber(int number) {
  DecodedMessage message;
  message.service = "DongBoHoSoMC";
  message.sender = "H34.05";
  message.records = kCases;
  for (int i = 0; i < kCases; ++i) {
    Statement s;
    s.case_id = "H34.05-250303-" + std::to_string(10'000 + i);
    s.status = Status::kProcessing;
    s.identity = static_cast<uint64_t>(number) + 1;
    s.position = static_cast<uint32_t>(i);
    s.received_at = Begin();
    s.due_at = Begin() + (number + 3) * kMicrosPerDay;
    s.event = Begin() + number * kMicrosPerHour;
    message.statements.push_back(std::move(s));
  }
  return message;
}

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "tthc_audit_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::unique_ptr<Monitor> OpenMonitor(const fs::path& dir) {
  MonitorOptions options;
  options.reference = LoadReference(options.settings).value();
  options.data_dir = dir.string();
  options.clock = ProcessClock::From(Begin(), 0);
  auto monitor = Monitor::Open(std::move(options));
  EXPECT_TRUE(monitor.has_value()) << monitor.error().message;
  return std::move(*monitor);
}

void Say(Monitor& monitor, int number) {
  std::promise<Result<SubmitAnswer>> promise;
  monitor.Submit(MessageNumber(number),
                 [&](Result<SubmitAnswer> answer) { promise.set_value(std::move(answer)); });
  const auto answer = promise.get_future().get();
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  ASSERT_EQ(answer->accepted, static_cast<uint64_t>(kCases));
}

// What was recorded: 12 batches of 50, sealed after the 5th, the 9th and the last but one.
class Recorded {
 public:
  Recorded() {
    auto monitor = OpenMonitor(folder_.path() / "good");
    for (int i = 0; i < kMessages; ++i) {
      Say(*monitor, i);
      if (i == 4 || i == 8 || i == 10) notes_.push_back(monitor->SealNow().value().note);
      if (i == 4) {
        monitor->Stop();
        monitor.reset();
        fs::copy(folder_.path() / "good", folder_.path() / "older", fs::copy_options::recursive);
        monitor = OpenMonitor(folder_.path() / "good");
      }
    }
    key_ = monitor->Audit().key;
    EXPECT_TRUE(monitor->Note(NoteKind::kAccess, R"({"by":"an auditor"})"));
    monitor->Stop();
  }
  fs::path good() const { return folder_.path() / "good"; }
  fs::path older() const { return folder_.path() / "older"; }
  fs::path Fresh() const {
    static int count = 0;
    return folder_.path() / ("copy" + std::to_string(++count));
  }
  const std::vector<std::string>& notes() const { return notes_; }
  const std::string& key() const { return key_; }

 private:
  Folder folder_;
  std::vector<std::string> notes_;
  std::string key_;
};

const Recorded& Good() {
  static const Recorded recorded;
  return recorded;
}

class OpenStore {
 public:
  explicit OpenStore(const fs::path& dir) {
    StoreOptions options;
    options.dir = dir.string();
    options.create_if_missing = false;
    store = Store::Open(options).value();
    EXPECT_TRUE(directory.Load(*store).has_value());
  }
  std::optional<std::string> Get(Column column, const std::string& key) const {
    return store->Get(column, key).value();
  }
  void Put(Column column, const std::string& key, const std::string& value) {
    StoreBatch batch;
    batch.Put(column, key, value);
    ASSERT_TRUE(store->Commit(batch, true).has_value());
  }
  void Delete(Column column, const std::string& key) {
    StoreBatch batch;
    batch.Delete(column, key);
    ASSERT_TRUE(store->Commit(batch, true).has_value());
  }
  std::vector<uint64_t> Blocks() const {
    std::vector<uint64_t> firsts;
    EXPECT_TRUE(store->Scan(Column::kLog, NumberKey(kOnlyShard, 0), nullptr,
                            [&](std::string_view key, std::string_view) {
                              firsts.push_back(NumberOf(key));
                              return true;
                            }).has_value());
    return firsts;
  }
  std::string Block(uint64_t first) const {
    return *Get(Column::kLog, NumberKey(kOnlyShard, first));
  }
  void PutBlock(uint64_t first, const std::string& value) {
    Put(Column::kLog, NumberKey(kOnlyShard, first), value);
  }
  // The block with one due date a month later, its chain as it was.
  std::string Edited(uint64_t first) const {
    const std::string stored = Block(first);
    LogBlock block;
    EXPECT_TRUE(DecodeLogBlock(stored, first, block).has_value());
    block.statements[7].entry.due_at = *block.statements[7].entry.due_at + 30 * kMicrosPerDay;
    std::string bytes;
    EncodeLogBlock(block, bytes);
    return bytes + std::string(SplitLogBlock(stored)->chain);
  }
  // What a forger does who has read the source: all chains from there on.
  void ChainAnew() {
    Hash before{};
    for (const uint64_t first : Blocks()) {
      const std::string stored = Block(first);
      const std::string_view body = SplitLogBlock(stored)->body;
      before = ChainOf(before, first, body);
      PutBlock(first, std::string(body) + std::string(BytesOf(before)));
    }
  }
  void DropChunks() {
    for (uint64_t chunk = 0; chunk < 3; ++chunk) Delete(Column::kAudit, ChunkKey(chunk));
  }

  std::unique_ptr<Store> store;
  Directory directory{UnitTree::Build({}).value(), {}};
};

// What the check says; empty: good.
std::string Check(OpenStore& open, bool with_checkpoints = false) {
  VerifyOptions options;
  options.keys = {NoteVerifier::From(Good().key()).value()};
  if (with_checkpoints) options.checkpoints = Good().notes();
  VerifyState state;
  const auto log = VerifyLog(*open.store, open.directory, state, options);
  if (!log) return log.error().message;
  const auto cases = VerifyCases(*open.store, open.directory, nullptr);
  return cases ? "" : cases.error().message;
}

// A case as it is stored, wherever that is.
Column ColumnOf(const OpenStore& open, const std::string& key) {
  return open.Get(Column::kActive, key) ? Column::kActive : Column::kResting;
}
void EditCase(OpenStore& open, const std::function<void(StoredCase&)>& edit) {
  const std::string key = CaseKey(kOnlyShard, "H34.05-250303-10007");
  const Column column = ColumnOf(open, key);
  StoredCase stored;
  ASSERT_TRUE(DecodeCase(*open.Get(column, key), stored).has_value());
  edit(stored);
  std::string bytes;
  EncodeCase(stored, bytes);
  open.Put(column, key, bytes);
}

struct Tampering {
  std::string name;
  std::function<void(OpenStore&)> change;
  std::string found;
  bool only_by_checkpoints = false;   // that were taken off the machine
};

const std::vector<Tampering>& Tamperings() {
  static const std::vector<Tampering> all = {
      {"a due date is moved", [](OpenStore& s) { s.PutBlock(100, s.Edited(100)); },
       "records 100 to 149: not what was recorded"},
      {"a bit is flipped",
       [](OpenStore& s) {
         std::string block = s.Block(150);
         block[block.size() / 2] ^= 1;
         s.PutBlock(150, block);
       },
       "150"},
      {"a block is taken out", [](OpenStore& s) { s.Delete(Column::kLog, NumberKey(0, 200)); },
       "records 200 to 249: missing from the log"},
      {"the first block is taken out", [](OpenStore& s) { s.Delete(Column::kLog, NumberKey(0, 0)); },
       "records 0 to 49: missing from the log"},
      {"two blocks change places",
       [](OpenStore& s) {
         const std::string one = s.Block(100);
         s.PutBlock(100, s.Block(150));
         s.PutBlock(150, one);
       },
       "records 100 to 149: not what was recorded"},
      {"a block is put in again",
       [](OpenStore& s) { s.PutBlock(125, s.Block(100)); }, "there twice"},
      {"a block of another store",
       [](OpenStore& s) {
         LogBlock block;
         ASSERT_TRUE(DecodeLogBlock(s.Block(100), 100, block).has_value());
         std::string bytes;
         EncodeLogBlock(block, bytes);
         s.PutBlock(100, bytes + std::string(32, 'x'));
       },
       "records 100 to 149: not what was recorded"},
      {"a due date is moved and the chain made anew",
       [](OpenStore& s) {
         s.PutBlock(100, s.Edited(100));
         s.ChainAnew();
       },
       "checkpoint 1"},
      {"a due date that is sealed by chunks only is moved",
       [](OpenStore& s) {
         for (uint64_t number = 1; number <= 3; ++number) {
           s.Delete(Column::kAudit, CheckpointKey(number));
         }
         s.PutBlock(100, s.Edited(100));
         s.ChainAnew();
       },
       "records 0 to 255: not what was sealed"},
      {"the chunks' hashes are taken out", [](OpenStore& s) { s.DropChunks(); },
       "records 0 to 255: their hash is missing"},
      {"a chunk's hash is another",
       [](OpenStore& s) { s.Put(Column::kAudit, ChunkKey(1), std::string(32, 'x')); },
       "records 256 to 511: not what was sealed"},
      {"a checkpoint is taken out", [](OpenStore& s) { s.Delete(Column::kAudit, CheckpointKey(2)); },
       "checkpoint 2 is missing"},
      {"a checkpoint stands in another's place",
       [](OpenStore& s) {
         s.Put(Column::kAudit, CheckpointKey(2), *s.Get(Column::kAudit, CheckpointKey(1)));
       },
       "checkpoint 2 cannot be read"},
      {"a checkpoint is edited",
       [](OpenStore& s) {
         std::string note = *s.Get(Column::kAudit, CheckpointKey(3));
         note.replace(note.find("\n550\n"), 5, "\n500\n");
         s.Put(Column::kAudit, CheckpointKey(3), note);
       },
       "checkpoint 3 is not signed by a key that was given"},
      {"a checkpoint is no text", [](OpenStore& s) { s.Put(Column::kAudit, CheckpointKey(1), "x"); },
       "checkpoint 1 cannot be read"},
      {"the newest sealed records are cut off",
       [](OpenStore& s) {
         s.Delete(Column::kLog, NumberKey(0, 600));
         s.Delete(Column::kLog, NumberKey(0, 550));
         s.Delete(Column::kLog, NumberKey(0, 500));
       },
       "the newest records were removed"},
      {"and their checkpoint too",
       [](OpenStore& s) {
         s.Delete(Column::kLog, NumberKey(0, 600));
         s.Delete(Column::kLog, NumberKey(0, 550));
         s.Delete(Column::kLog, NumberKey(0, 500));
         s.Delete(Column::kAudit, CheckpointKey(3));
       },
       "the newest records were removed", true},
      {"another has read the case",
       [](OpenStore& s) {
         NoteRecord note = ReadNotes(*s.store, {0, 1, ""})->records.at(0);
         note.text = R"({"by":"nobody"})";
         StoreBatch batch;
         PutNote(note, batch);
         ASSERT_TRUE(s.store->Commit(batch, true).has_value());
       },
       "record 600: its text"},
      {"a stored case has another due date",
       [](OpenStore& s) {
         EditCase(s, [](StoredCase& c) { c.entries[3].due_at = Begin() + 99 * kMicrosPerDay; });
       },
       "case H34.05-250303-10007: its stored statements are not those of the log"},
      {"a stored case forgot a statement",
       [](OpenStore& s) { EditCase(s, [](StoredCase& c) { c.entries.erase(c.entries.begin() + 3); }); },
       "case H34.05-250303-10007: its statement 157 is in the log and not among the stored ones"},
      {"and calls it one that gave way",
       [](OpenStore& s) {
         EditCase(s, [](StoredCase& c) {
           c.replaced.push_back(c.entries[3].seq);
           c.entries.erase(c.entries.begin() + 3);
         });
       },
       "case H34.05-250303-10007: its statement 157 is in the log and not among the stored ones"},
      {"a stored case is taken out",
       [](OpenStore& s) {
         const std::string key = CaseKey(kOnlyShard, "H34.05-250303-10007");
         s.Delete(ColumnOf(s, key), key);
       },
       "case H34.05-250303-10007: its statement "},
      {"a stored case is no case",
       [](OpenStore& s) {
         const std::string key = CaseKey(kOnlyShard, "H34.05-250303-10007");
         s.Put(ColumnOf(s, key), key, "x");
       },
       "case H34.05-250303-10007: its stored bytes cannot be read"},
      {"a stored case stands under another number",
       [](OpenStore& s) {
         const std::string from = CaseKey(kOnlyShard, "H34.05-250303-10007");
         const Column column = ColumnOf(s, from);
         s.Put(column, CaseKey(kOnlyShard, "H34.05-250303-99999"), *s.Get(column, from));
         s.Delete(column, from);
       },
       "H34.05-250303-99999"},
  };
  return all;
}

TEST(Tampering, WhatWasRecordedIsGood) {
  OpenStore open(Good().good());
  ASSERT_EQ(open.Blocks().size(), static_cast<size_t>(kMessages) + 1);   // of the note
  EXPECT_EQ(Check(open), "");
  EXPECT_EQ(Check(open, true), "");
}

class EachTampering : public testing::TestWithParam<size_t> {};

TEST_P(EachTampering, IsFoundAndNamed) {
  const Tampering& tampering = Tamperings()[GetParam()];
  const fs::path copy = Good().Fresh();
  fs::copy(Good().good(), copy, fs::copy_options::recursive);
  {
    OpenStore open(copy);
    tampering.change(open);
    open.store->Close();
  }
  OpenStore open(copy);
  EXPECT_THAT(Check(open, tampering.only_by_checkpoints), HasSubstr(tampering.found))
      << tampering.name;
  // Whoever holds the checkpoints finds each.
  EXPECT_NE(Check(open, true), "") << tampering.name;
}

INSTANTIATE_TEST_SUITE_P(Corpus, EachTampering, testing::Range(size_t{0}, Tamperings().size()));

TEST(Tampering, AnOlderCopyIsGoodByItselfAndFoundByTheCheckpoints) {
  OpenStore open(Good().older());
  EXPECT_EQ(Check(open), "");
  EXPECT_THAT(Check(open, true), HasSubstr("an older copy stands here"));
}

TEST(Tampering, AnOlderCopyThatWentOnIsAnotherHistory) {
  const fs::path copy = Good().Fresh();
  fs::copy(Good().older(), copy, fs::copy_options::recursive);
  {
    auto monitor = OpenMonitor(copy);
    for (int i = 5; i < kMessages; ++i) Say(*monitor, i + 100);
    monitor->Stop();
  }
  OpenStore open(copy);
  EXPECT_THAT(Check(open, true),
              HasSubstr("are not those that the checkpoint given as number 2 has sealed"));
}

TEST(Tampering, ACheckThatIsStoppedAnywhereAndGoneOnWithSaysTheSame) {
  OpenStore open(Good().good());
  VerifyOptions options;
  options.keys = {NoteVerifier::From(Good().key()).value()};
  options.checkpoints = Good().notes();
  std::string kept = VerifyStateText(VerifyState());
  uint64_t stops = 0;
  for (;;) {
    auto state = ParseVerifyState(kept);
    ASSERT_TRUE(state.has_value());
    const uint64_t begun = state->records();
    uint64_t batches = 0;
    // Far enough each time that a chunk is done.
    options.progress = [&](uint64_t done) { return ++batches < 2 || done < begun + kChunkLeaves; };
    const auto report = VerifyLog(*open.store, open.directory, *state, options);
    ASSERT_TRUE(report.has_value()) << report.error().message;
    if (!report->stopped) {
      EXPECT_EQ(report->records, static_cast<uint64_t>(kMessages * kCases) + 1);
      EXPECT_EQ(report->checkpoints, Good().notes().size());
      EXPECT_EQ(report->unsealed, static_cast<uint64_t>(kCases) + 1);
      break;
    }
    ++stops;
    kept = VerifyStateText(*state);
  }
  EXPECT_GE(stops, 2u);
}

TEST(Tampering, EveryCutOfAStateIsRefusedOrBeginsEarlier) {
  VerifyState state;
  for (int i = 0; i < 5; ++i) state.chunks.Add(HashOf(std::to_string(i)));
  state.met = {HashOf("a"), HashOf("b")};
  const std::string text = VerifyStateText(state);
  ASSERT_EQ(VerifyStateText(ParseVerifyState(text).value()), text);
  for (size_t cut = 0; cut < text.size(); ++cut) {
    EXPECT_FALSE(ParseVerifyState(text.substr(0, cut)).has_value()) << cut;
  }
}

}  // namespace
}  // namespace tthc
