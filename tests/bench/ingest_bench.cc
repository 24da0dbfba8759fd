// Sends the workload to a running daemon and, in turns on the same messages, to its yardsticks.
// Prints one JSON line per round and contender: {"contender","statements","bytes","seconds"}.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "config/instant.h"
#include "http_client.h"
#include "workload.h"
#include "yardsticks.h"

namespace tthc::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Options {
  std::string http;
  int connections = 4;
  std::string raw_dir;
  std::string records_dir;
  std::string file;
  std::string pg;
  int pg_connections = 2;
  uint64_t round_statements = 100'000;
  double pace = 0;          // statements per second; 0: as fast as it goes
  bool close_all = false;   // afterwards, a closing statement for every open case
  std::string now = "2025-03-28T10:00:00+07:00";
  std::string units_file;
  WorkloadOptions workload;
};

struct Posted {
  double seconds = 0;
  std::vector<double> latencies_ms;
};

// Every connection takes the next message when its last one was answered.
Posted PostAll(const Options& options, std::vector<std::unique_ptr<HttpClient>>& clients,
               const std::vector<Message>& messages) {
  std::atomic<size_t> next = 0;
  std::vector<std::exception_ptr> failures(clients.size());
  std::vector<std::vector<double>> latencies(clients.size());
  const auto begin = SteadyClock::now();
  const auto post = [&](size_t c) {
    for (size_t i = next++; i < messages.size(); i = next++) {
      if (options.pace > 0) {
        const double due = static_cast<double>(i) * kRecordsPerMessage / options.pace;
        std::this_thread::sleep_until(begin + std::chrono::duration<double>(due));
      }
      const auto sent = SteadyClock::now();
      const HttpAnswer answer = clients[c]->Post("/api/v1/onestop", messages[i].body);
      if (answer.status != 200 || answer.body.find(R"("error_code":"0")") == std::string::npos) {
        throw std::runtime_error("HTTP " + std::to_string(answer.status) + ": " + answer.body);
      }
      latencies[c].push_back(
          std::chrono::duration<double, std::milli>(SteadyClock::now() - sent).count());
    }
  };
  {
    std::vector<std::jthread> threads;
    for (size_t c = 0; c < clients.size(); ++c) {
      threads.emplace_back([&, c] {
        try {
          post(c);
        } catch (...) {
          failures[c] = std::current_exception();
          next = messages.size();
        }
      });
    }
  }
  Posted posted;
  posted.seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  for (const auto& part : latencies) {
    posted.latencies_ms.insert(posted.latencies_ms.end(), part.begin(), part.end());
  }
  std::sort(posted.latencies_ms.begin(), posted.latencies_ms.end());
  return posted;
}

struct Round {
  uint64_t statements = 0;
  uint64_t bytes = 0;
  explicit Round(const std::vector<Message>& messages) {
    for (const Message& message : messages) {
      statements += message.rows.size();
      bytes += message.body.size();
    }
  }
  void Print(const char* contender, double seconds, const std::string& more = "") const {
    std::printf(R"({"contender":"%s","statements":%llu,"bytes":%llu,"seconds":%.6f%s})"
                "\n",
                contender, static_cast<unsigned long long>(statements),
                static_cast<unsigned long long>(bytes), seconds, more.c_str());
    std::fflush(stdout);
  }
};

std::string Percentiles(const std::vector<double>& sorted) {
  if (sorted.empty()) return "";
  const auto at = [&](double p) {
    return std::to_string(sorted[static_cast<size_t>(p * static_cast<double>(sorted.size() - 1))]);
  };
  return R"(,"p50_ms":)" + at(0.5) + R"(,"p99_ms":)" + at(0.99) + R"(,"max_ms":)" + at(1);
}

void Run(Options& options) {
  const auto now = ParseInstant(options.now);
  if (!now) throw std::runtime_error(now.error().message);
  options.workload.now_us = now->us;
  if (!options.units_file.empty()) {
    std::ifstream in(options.units_file);
    for (std::string line; std::getline(in, line);) options.workload.units.push_back(line);
  }
  Workload workload(options.workload);
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; !options.http.empty() && i < options.connections; ++i) {
    clients.push_back(std::make_unique<HttpClient>(options.http));
  }
  std::unique_ptr<RawLog> raw, records;
  std::unique_ptr<PlainFile> file;
  std::unique_ptr<PostgresPeer> pg;
  if (!options.raw_dir.empty()) raw = std::make_unique<RawLog>(options.raw_dir);
  if (!options.records_dir.empty()) records = std::make_unique<RawLog>(options.records_dir);
  if (!options.file.empty()) file = std::make_unique<PlainFile>(options.file);
  if (!options.pg.empty()) {
    pg = std::make_unique<PostgresPeer>(options.pg, options.pg_connections);
  }
  uint64_t statements = 0;
  const auto play = [&](const std::vector<Message>& messages) {
    const Round round(messages);
    statements += round.statements;
    if (!clients.empty()) {
      const Posted posted = PostAll(options, clients, messages);
      round.Print("http", posted.seconds, Percentiles(posted.latencies_ms));
    }
    if (raw) round.Print("raw_bodies", raw->AppendBodies(messages));
    if (records) round.Print("raw_records", records->AppendRecords(messages));
    if (file) round.Print("file", file->Append(messages));
    if (pg) round.Print("postgres", pg->Record(workload, messages));
  };
  for (;;) {
    const std::vector<Message> messages = workload.Next(options.round_statements);
    if (messages.empty()) break;
    play(messages);
  }
  if (options.close_all) play(workload.Closings());
  if (pg && pg->Events() != statements) {
    throw std::runtime_error("PostgreSQL keeps " + std::to_string(pg->Events()) + " of " +
                             std::to_string(statements) + " statements");
  }
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("Load for tthcmon and its yardsticks");
  app.add_option("--http", options.http, "HOST:PORT of the daemon");
  app.add_option("--connections", options.connections, "keep-alive connections");
  app.add_option("--raw-dir", options.raw_dir, "RocksDB log of message bodies");
  app.add_option("--records-dir", options.records_dir, "RocksDB log of 40-byte records");
  app.add_option("--file", options.file, "plain file, fdatasync per message");
  app.add_option("--pg", options.pg, "PostgreSQL conninfo");
  app.add_option("--pg-connections", options.pg_connections, "connections to PostgreSQL");
  app.add_option("--cases", options.workload.cases, "cases of five statements");
  app.add_option("--first-case", options.workload.first_case, "number of the first case");
  app.add_option("--open-percent", options.workload.open_percent, "cases that stay open");
  app.add_option("--overdue-percent", options.workload.overdue_percent, "of the open cases");
  app.add_option("--in-flight", options.workload.cases_in_flight, "cases between two statements");
  app.add_option("--round", options.round_statements, "statements per round");
  app.add_option("--pace", options.pace, "statements per second over HTTP, 0: full speed");
  app.add_option("--now", options.now, "the daemon's --clock");
  app.add_option("--units", options.units_file, "canonical unit codes, one per line");
  app.add_flag("--close-all", options.close_all, "then close every open case");
  CLI11_PARSE(app, argc, argv);
  try {
    Run(options);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "ingest_bench: %s\n", e.what());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace tthc::bench

int main(int argc, char** argv) { return tthc::bench::Main(argc, argv); }
