// The pieces of the ingest path and of a scrape, each alone (Google Benchmark).
#include <benchmark/benchmark.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/settings.h"
#include "config/units.h"
#include "ingest/case/verdict.h"
#include "ingest/store/codec.h"
#include "ingest/store/directory.h"
#include "ingest/wire/decode.h"
#include "ingest/wire/profiles.h"
#include "metrics/exposition/unit_families.h"
#include "metrics/tallies/tallies.h"
#include "workload.h"

namespace tthc::bench {
namespace {

const Instant kNow = *ParseInstant("2025-03-28T10:00:00+07:00");

WorkloadOptions SmallWorkload() {
  WorkloadOptions options;
  options.cases = 2'000;
  options.cases_in_flight = 500;
  options.now_us = kNow.us;
  return options;
}

void Decode(benchmark::State& state, bool dossiers) {
  std::string body;
  for (Message& m : Workload(SmallWorkload()).Next(10'000)) {
    if (m.dossiers == dossiers && m.rows.size() == kRecordsPerMessage) body = m.body;
  }
  Decoder decoder(ProfileTable::Default(), 42, DecodeLimits());
  for (auto _ : state) {
    auto message = decoder.Decode(body, MessageHints());
    if (!message || message->statements.size() != kRecordsPerMessage) {
      throw std::runtime_error("the message was not read");
    }
    benchmark::DoNotOptimize(message);
  }
  state.SetItemsProcessed(state.iterations() * kRecordsPerMessage);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(body.size()));
}
BENCHMARK_CAPTURE(Decode, dossiers, true);
BENCHMARK_CAPTURE(Decode, progress, false);

// The five statements of one closed case.
std::vector<Entry> FiveEntries() {
  const int64_t day = kMicrosPerDay;
  std::vector<Entry> entries(5);
  for (size_t i = 0; i < entries.size(); ++i) {
    Entry& e = entries[i];
    e.seq = 1000 + 20'000 * i;
    e.identity = (i + 1) * 0x123456789abcu & kIdentityMask;
    e.event = {kNow.us - 20 * day + static_cast<int64_t>(i) * day};
    e.recorded = {e.event.us + 60 * kMicrosPerSecond};
    e.position = 7;
    e.kind = i == 0 || i == 4 ? StatementKind::kSnapshot : StatementKind::kProgress;
    e.status = i == 0 ? Status::kReceived : i >= 3 ? Status::kFinished : Status::kProcessing;
    e.status_sent = static_cast<uint8_t>(e.status);
    e.officer = e.kind == StatementKind::kProgress ? 0xabcdef : 0;
    e.sender = 1;
    if (e.kind == StatementKind::kSnapshot) {
      e.channel = 2;
      e.procedure = 3;
      e.field = 2;
      e.received_at = {kNow.us - 20 * day};
      e.due_at = {kNow.us + day};
      if (i == 4) e.finished_at = e.event;
    }
  }
  return entries;
}

void FoldAndJudge(benchmark::State& state) {
  const std::vector<Entry> entries = FiveEntries();
  const Instant beginning{INT64_MIN};
  Case folded;
  for (auto _ : state) {
    Fold(entries, kEndOfTime, folded);
    benchmark::DoNotOptimize(Judge(folded, Rule::kQd766, beginning, kNow, {}, {}));
    benchmark::DoNotOptimize(Judge(folded, Rule::kForm06, beginning, kNow, {}, {}));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(FoldAndJudge);

void EncodeCaseOfFive(benchmark::State& state) {
  StoredCase stored;
  stored.entries = FiveEntries();
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    EncodeCase(stored, bytes);
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes"] = static_cast<double>(bytes.size());
}
BENCHMARK(EncodeCaseOfFive);

void DecodeCaseOfFive(benchmark::State& state) {
  StoredCase stored;
  stored.entries = FiveEntries();
  std::string bytes;
  EncodeCase(stored, bytes);
  for (auto _ : state) {
    if (!DecodeCase(bytes, stored)) throw std::runtime_error("the case was not read");
    benchmark::DoNotOptimize(stored);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(DecodeCaseOfFive);

LogBlock BlockOf500() {
  LogBlock block;
  const std::vector<Entry> entries = FiveEntries();
  const Workload workload(SmallWorkload());
  for (uint64_t i = 0; i < kRecordsPerMessage; ++i) {
    block.statements.push_back({workload.CaseId(i), entries[i % entries.size()]});
  }
  return block;
}

void EncodeLogBlockOf500(benchmark::State& state) {
  const LogBlock block = BlockOf500();
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    EncodeLogBlock(block, bytes);
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * kRecordsPerMessage);
  state.counters["bytes_per_statement"] = static_cast<double>(bytes.size()) / kRecordsPerMessage;
}
BENCHMARK(EncodeLogBlockOf500);

void DecodeLogBlockOf500(benchmark::State& state) {
  std::string bytes;
  EncodeLogBlock(BlockOf500(), bytes);
  LogBlock block;
  for (auto _ : state) {
    if (!DecodeLogBlock(bytes, 1, block)) throw std::runtime_error("the block was not read");
    benchmark::DoNotOptimize(block);
  }
  state.SetItemsProcessed(state.iterations() * kRecordsPerMessage);
}
BENCHMARK(DecodeLogBlockOf500);

// A scrape of `units` units, rendered from the tallies.
void RenderFromTallies(benchmark::State& state) {
  const Settings settings = Settings::Defaults();
  const auto tree = UnitTree::Load(settings.List("units.files"));
  if (!tree) throw std::runtime_error(tree.error().message);
  Directory directory(*tree, DirectoryLimits());
  StoreBatch batch;
  Tallies tallies;
  std::vector<TallyMove> moves;
  const LivePeriods live = LivePeriods::At(kNow);
  for (int64_t u = 0; u < state.range(0); ++u) {
    const auto text = directory.Intern(
        TextKind::kUnit, "H34." + std::to_string(100 + u / 80) + "." + std::to_string(u % 80 + 10),
        batch);
    if (!text) throw std::runtime_error(text.error().message);
    moves.push_back({0, StandingBits(), tallies.KeyNumber({*text, 1, 1}), StandingBits()});
  }
  tallies.Apply(moves);
  std::string out;
  for (auto _ : state) {
    out.clear();
    RenderUnitFamilies(tallies, directory.View(), live, {}, out);
    benchmark::DoNotOptimize(out);
  }
  state.counters["bytes"] = static_cast<double>(out.size());
  state.counters["lines"] = static_cast<double>(std::count(out.begin(), out.end(), '\n'));
}
BENCHMARK(RenderFromTallies)->Arg(130)->Arg(3'500)->Unit(benchmark::kMillisecond);

// The yardstick of a scrape: the same number of gauges through prometheus-cpp.
void PrometheusSerializer(benchmark::State& state) {
  prometheus::Registry registry;
  auto& family = prometheus::BuildGauge().Name("tthc_cases_open").Help("open").Register(registry);
  for (int64_t i = 0; i < state.range(0); ++i) {
    family.Add({{"unit", "H34." + std::to_string(i / 40)}, {"state", std::to_string(i % 40)}})
        .Set(static_cast<double>(i));
  }
  std::string out;
  for (auto _ : state) {
    out = prometheus::TextSerializer().Serialize(registry.Collect());
    benchmark::DoNotOptimize(out);
  }
  state.counters["bytes"] = static_cast<double>(out.size());
}
BENCHMARK(PrometheusSerializer)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tthc::bench

BENCHMARK_MAIN();
