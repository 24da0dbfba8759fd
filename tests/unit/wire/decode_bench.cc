// Records per second and core from bytes to statements. Run by hand: ninja wire_decode_bench.
#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "ingest/wire/decode.h"
#include "ingest/wire/profiles.h"

namespace tthc {
namespace {

std::string FileText(const std::string& name) {
  std::ifstream in(std::string(TTHC_TESTDATA "/wire/") + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The message of `file` with its one record repeated.
std::string Batch(const std::string& file, const std::string& service, int64_t records) {
  const std::string message = FileText(file);
  const size_t begin = message.find("[{") + 1;
  const size_t end = message.rfind("}]") + 1;
  const std::string record = message.substr(begin, end - begin);
  std::string body = R"({"session":"s","madonvi":"000.00.00.H34","service":")" + service +
                     R"(","isUpdating":"False","data":[)";
  for (int64_t i = 0; i < records; ++i) body += (i == 0 ? "" : ",") + record;
  return body + "]}";
}

void Decode(benchmark::State& state, const std::string& file, const std::string& service) {
  const std::string body = Batch(file, service, state.range(0));
  Decoder decoder(ProfileTable::Default(), 42, DecodeLimits());
  for (auto _ : state) {
    Result<DecodedMessage> message = decoder.Decode(body, MessageHints());
    if (!message || message->statements.size() != static_cast<size_t>(state.range(0))) {
      throw std::runtime_error("the message was not read");
    }
    benchmark::DoNotOptimize(message);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(body.size()));
}

BENCHMARK_CAPTURE(Decode, opencps_dossier, "opencps_dossier.json", "DongBoHoSoMC")
    ->Arg(1)
    ->Arg(500);
BENCHMARK_CAPTURE(Decode, t_dossier, "t_dossier.json", "DongBoHoSoMC")->Arg(500);
BENCHMARK_CAPTURE(Decode, opencps_progress, "opencps_progress.json", "CapNhatTienDoHoSoMC")
    ->Arg(500);

}  // namespace
}  // namespace tthc

BENCHMARK_MAIN();
