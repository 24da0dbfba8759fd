#include "server/backup/contents.h"

#include <charconv>
#include <unordered_set>

#include "server/audit/ledger.h"

namespace tthc {
namespace {

Result<uint64_t> CountKeys(const Store& store, Column column) {
  uint64_t keys = 0;
  const auto scanned = store.Scan(column, ShardKey(kOnlyShard, ""), nullptr,
                                  [&](std::string_view, std::string_view) { return ++keys > 0; });
  if (!scanned) return scanned.error();
  return keys;
}

// Cases that came behind the sorted runs and stand in the log only.
Result<uint64_t> CountCasesOfTail(const Store& store) {
  const auto flushed = FlushedSeq(store);
  if (!flushed) return flushed.error();
  std::unordered_set<std::string> absent;
  Result<void> outcome;
  const auto read = ReadLog(store, *flushed, [&](const ReadBlock& block) {
    for (const LogStatement& s : block.records.statements) {
      bool stored = false;
      for (const Column column : {Column::kActive, Column::kResting}) {
        const auto found = store.Get(column, CaseKey(kOnlyShard, s.case_id));
        if (!found) outcome = found.error();
        stored = stored || (found && found->has_value());
      }
      if (!stored) absent.insert(std::string(s.case_id));
    }
    return outcome.has_value();
  });
  if (!read) return read.error();
  if (!outcome) return outcome.error();
  return absent.size();
}

Result<uint64_t> CountCases(const Store& store) {
  uint64_t cases = 0;
  for (const auto& counted : {CountKeys(store, Column::kActive), CountKeys(store, Column::kResting),
                             CountCasesOfTail(store)}) {
    if (!counted) return counted.error();
    cases += *counted;
  }
  return cases;
}

Result<std::optional<Instant>> LastRecorded(const Store& store, uint64_t records) {
  std::optional<Instant> last;
  if (records == 0) return last;
  const auto read = ReadLog(store, records - 1, [&](const ReadBlock& block) {
    last = block.recorded;
    return true;
  });
  if (!read) return read.error();
  return last;
}

}  // namespace

Result<BackupContents> Examine(const Store& store, VerifyState& state, Depth depth,
                               const OnProgress& progress) {
  Directory directory(UnitTree::Build({}).value(), {});
  if (const auto texts = directory.Load(store); !texts) return texts.error();
  VerifyOptions options;
  auto keys = KeysOf(store);
  if (!keys) return keys.error();
  options.keys = std::move(*keys);
  options.progress = progress;
  const auto report = VerifyLog(store, directory, state, options);
  if (!report) return report.error();
  if (report->stopped) return Error{ErrorKind::kUnavailable, "the check was stopped"};
  const auto last = LastRecorded(store, report->records);
  if (!last) return last.error();
  const auto cases =
      depth == Depth::kCases ? VerifyCases(store, directory, progress) : CountCases(store);
  if (!cases) return cases.error();
  BackupContents contents;
  contents.records = report->records;
  contents.last_recorded = *last;
  contents.cases = *cases;
  contents.checkpoints = report->checkpoints;
  contents.sealed_records = report->records - report->unsealed;
  for (const NoteVerifier& key : options.keys) contents.keys.push_back(key.text());
  return contents;
}

}  // namespace tthc
