// Any bytes are answered by the decoder: a message or an error, never an exception or a crash.
//
// The first byte of the input chooses how the rest is read (see kWays); the same input always
// takes the same way, so a corpus file is a regression test.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ingest/wire/decode.h"
#include "ingest/wire/profiles.h"

namespace tthc {
namespace {

struct Way {
  std::string_view service;       // hint of the path
  std::string_view content_type;  // not empty: CloudEvents
  std::string_view token;
};
constexpr Way kWays[] = {
    {"", "", ""},
    {"DongBoHoSoMC", "", "token-t"},
    {"CapNhatTienDoHoSoMC", "", "token-t"},
    {"CreateDossier", "", ""},
    {"CapNhatTrangThai", "", ""},
    {"DongBoTrangThaiHoSo", "", "token-o"},
    {"", "application/cloudevents+json", ""},
    {"", "application/cloudevents-batch+json", ""},
    {"", "application/x-ndjson", ""},
};

std::shared_ptr<const ProfileTable> Profiles() {
  const Settings::Sender senders[] = {{"t", "t", {"H56"}, "token-t"},
                                      {"o", "opencps", {"H34"}, "token-o"}};
  return *ProfileTable::Build(senders);
}

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckAnswer(const DecodedMessage& message) {
  Require(message.statements.size() + message.rejected.size() == message.records);
  for (const Statement& statement : message.statements) {
    Require(!statement.case_id.empty() && statement.case_id.size() <= 50);
    Require(static_cast<int>(statement.status) < kStatusCount);
    Require(statement.position < message.records);
    Require(statement.procedure.size() <= 100 && statement.field.size() <= 100);
    Require(statement.unit.size() <= 64);
  }
  for (const Rejected& why : message.rejected) {
    Require(!why.code.empty() && !why.reason.empty() && why.reason.size() < 300);
    Require(why.position < message.records);
  }
}

}  // namespace
}  // namespace tthc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tthc;
  static Decoder decoder(Profiles(), 42, DecodeLimits());
  if (size == 0) return 0;
  const Way& way = kWays[data[0] % std::size(kWays)];
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  MessageHints hints;
  hints.service = way.service;
  hints.token_name = way.token;
  const Result<DecodedMessage> message =
      way.content_type.empty() ? decoder.Decode(body, hints)
                               : decoder.DecodeCloudEvents(body, way.content_type, hints);
  if (message) {
    CheckAnswer(*message);
  } else {
    Require(!message.error().message.empty());
  }
  return 0;
}
