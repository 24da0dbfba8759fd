// The monitor in this process, without a socket: nanoseconds per statement of decoding and of
// recording, bytes per open case, time to open a store again. Also the target of a profiler.
#include <malloc.h>
#include <time.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <semaphore>
#include <string>
#include <vector>

#include "ingest/wire/decode.h"
#include "ingest/wire/profiles.h"
#include "server/monitor.h"
#include "workload.h"

namespace tthc::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

double Since(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

std::unique_ptr<Monitor> OpenMonitor(const std::string& dir, Instant now) {
  MonitorOptions options;
  auto reference = LoadReference(options.settings);
  if (!reference) {
    std::fprintf(stderr, "%s\n", reference.error().message.c_str());
    std::exit(1);
  }
  options.reference = *reference;
  options.data_dir = dir;
  options.clock = ProcessClock::From(now, 1);
  auto monitor = Monitor::Open(std::move(options));
  if (!monitor) {
    std::fprintf(stderr, "%s\n", monitor.error().message.c_str());
    std::exit(1);
  }
  return std::move(*monitor);
}

// Of this process: says what the work costs even where others want the machine too.
double CpuSeconds() {
  timespec at{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
  return static_cast<double>(at.tv_sec) + 1e-9 * static_cast<double>(at.tv_nsec);
}

struct Result {
  uint64_t statements = 0;
  double decode_seconds = 0;
  double record_seconds = 0;
  double decode_cpu = 0;
  double record_cpu = 0;

  void Print(const char* what) const {
    const auto n = static_cast<double>(statements);
    std::printf("%-6s %8.0f statements; ns per statement: decode %5.0f (CPU %5.0f), "
                "record %5.0f (CPU %5.0f)\n",
                what, n, 1e9 * decode_seconds / n, 1e9 * decode_cpu / n, 1e9 * record_seconds / n,
                1e9 * record_cpu / n);
  }
};

// As many messages under way as a daemon has with so many connections.
constexpr std::ptrdiff_t kUnderWay = 8;

// Decodes all, then records all: each alone on the clock.
Result RunRound(Monitor& monitor, Decoder& decoder, const std::vector<Message>& messages) {
  Result result;
  std::vector<DecodedMessage> decoded;
  decoded.reserve(messages.size());
  auto begin = SteadyClock::now();
  double cpu = CpuSeconds();
  for (const Message& message : messages) {
    auto one = decoder.Decode(message.body, MessageHints());
    if (!one || !one->rejected.empty()) {
      std::fprintf(stderr, "a message was not read: %s\n",
                   !one ? one.error().message.c_str() : one->rejected[0].reason.c_str());
      std::exit(1);
    }
    result.statements += one->statements.size();
    decoded.push_back(std::move(*one));
  }
  result.decode_seconds = Since(begin);
  result.decode_cpu = CpuSeconds() - cpu;
  begin = SteadyClock::now();
  cpu = CpuSeconds();
  std::counting_semaphore<kUnderWay> room(kUnderWay);
  for (DecodedMessage& message : decoded) {
    room.acquire();
    monitor.Submit(std::move(message), [&](tthc::Result<SubmitAnswer> answer) {
      if (!answer) std::exit(1);
      room.release();
    });
  }
  for (std::ptrdiff_t i = 0; i < kUnderWay; ++i) room.acquire();
  result.record_seconds = Since(begin);
  result.record_cpu = CpuSeconds() - cpu;
  return result;
}

int Main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: pipeline_bench DIR CASES [OPEN_PERCENT]\n");
    return 2;
  }
  WorkloadOptions options;
  options.cases = std::stoull(argv[2]);
  if (argc > 3) options.open_percent = std::stoi(argv[3]);
  const Instant now = *ParseInstant("2025-03-28T10:00:00+07:00");
  options.now_us = now.us;
  const std::string dir = argv[1];
  std::filesystem::remove_all(dir);
  auto monitor = OpenMonitor(dir, now);
  Decoder decoder(ProfileTable::Default(), monitor->HashKey(), DecodeLimits());
  Workload workload(options);
  const size_t heap_before = mallinfo2().uordblks;
  Result all;
  for (;;) {
    const std::vector<Message> messages = workload.Next(100'000);
    if (messages.empty()) break;
    const Result round = RunRound(*monitor, decoder, messages);
    round.Print("round");
    all.statements += round.statements;
    all.decode_seconds += round.decode_seconds;
    all.record_seconds += round.record_seconds;
    all.decode_cpu += round.decode_cpu;
    all.record_cpu += round.record_cpu;
  }
  all.Print("all");
  std::printf("heap:  %.0f bytes per open case, memtables included\n",
              static_cast<double>(mallinfo2().uordblks - heap_before) /
                  static_cast<double>(std::max<uint64_t>(1, workload.OpenCases())));
  auto begin = SteadyClock::now();
  monitor->Stop();
  monitor.reset();
  std::printf("stop:  %.2f s\n", Since(begin));
  begin = SteadyClock::now();
  monitor = OpenMonitor(dir, now);
  std::printf("open:  %.2f s\n", Since(begin));
  SummaryQuery query;
  query.unit = "H34";
  query.period = *ParsePeriod("2025-03");
  begin = SteadyClock::now();
  const auto summary = monitor->Summary(query);
  std::printf("summary: %.3f s, %s\n", Since(begin), summary ? "answered" : "refused");
  monitor->Stop();
  return 0;
}

}  // namespace
}  // namespace tthc::bench

int main(int argc, char** argv) { return tthc::bench::Main(argc, argv); }
