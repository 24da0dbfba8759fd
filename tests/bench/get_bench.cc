// Asks a running daemon one question after the other over one connection and prints how long the
// answers took: {"requests","p50_ms","p99_ms","max_ms","min_ms","bytes"}. Paths come from standard
// input, one per line; `--case-timelines` makes them from the workload's case numbers.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/instant.h"
#include "http_client.h"
#include "workload.h"

namespace tthc::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Options {
  std::string http;
  uint64_t case_timelines = 0;   // how many
  std::string which = "any";     // "open", "closed", "any"
  std::string now = "2025-03-28T10:00:00+07:00";
  WorkloadOptions workload;
};

std::vector<std::string> CasePaths(Options& options) {
  options.workload.now_us = ParseInstant(options.now)->us;
  const Workload workload(options.workload);
  std::mt19937_64 random(7);
  std::vector<std::string> paths;
  while (paths.size() < options.case_timelines) {
    const uint64_t n = random() % options.workload.cases;
    if (options.which != "any" && workload.IsOpen(n) != (options.which == "open")) continue;
    paths.push_back("/api/v1/cases/" + workload.CaseId(n) + "/timeline");
  }
  return paths;
}

void Run(Options& options) {
  std::vector<std::string> paths;
  if (options.case_timelines > 0) {
    paths = CasePaths(options);
  } else {
    for (std::string line; std::getline(std::cin, line);) paths.push_back(line);
  }
  HttpClient client(options.http);
  std::vector<double> ms;
  uint64_t bytes = 0;
  for (const std::string& path : paths) {
    const auto begin = SteadyClock::now();
    const HttpAnswer answer = client.Get(path);
    ms.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - begin).count());
    if (answer.status != 200) {
      throw std::runtime_error(path + ": HTTP " + std::to_string(answer.status) + " " +
                               answer.body);
    }
    bytes += answer.body.size();
  }
  if (ms.empty()) throw std::runtime_error("nothing to ask");
  std::sort(ms.begin(), ms.end());
  const auto at = [&](double p) { return ms[static_cast<size_t>(p * static_cast<double>(ms.size() - 1))]; };
  std::printf(R"({"requests":%zu,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,"min_ms":%.3f,)"
              R"("bytes":%llu})"
              "\n",
              ms.size(), at(0.5), at(0.99), at(1), at(0),
              static_cast<unsigned long long>(bytes / ms.size()));
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("Latency of answers of tthcmon");
  app.add_option("--http", options.http, "HOST:PORT of the daemon")->required();
  app.add_option("--case-timelines", options.case_timelines, "timelines of random cases to ask for");
  app.add_option("--which", options.which, "open, closed or any");
  app.add_option("--cases", options.workload.cases, "cases of the workload");
  app.add_option("--open-percent", options.workload.open_percent, "as the workload was sent");
  app.add_option("--now", options.now, "the daemon's --clock");
  CLI11_PARSE(app, argc, argv);
  try {
    Run(options);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "get_bench: %s\n", e.what());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace tthc::bench

int main(int argc, char** argv) { return tthc::bench::Main(argc, argv); }
