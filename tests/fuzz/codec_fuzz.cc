// Stored records: damaged bytes are refused, whatever they are; what is read is written again so that it
// reads as the same.
#include <iterator>
#include <string>

#include "ingest/store/codec.h"
#include "require.h"
#include "server/alerts/alert_codec.h"
#include "server/channels/channel_records.h"
#include "server/pipeline/reprojection.h"

namespace tthc {
namespace {

template <typename Answer>
bool IsRead(const Answer& answer) {
  if (!answer) Require(!answer.error().message.empty());
  return answer.has_value();
}

void CheckCase(std::string_view bytes) {
  (void)DecodeCaseHead(bytes);
  StoredCase stored, again;
  if (!IsRead(DecodeCase(bytes, stored))) return;
  const StoredCaseHead head = DecodeCaseHead(bytes);
  Require(head.unit_of_id == stored.unit_of_id && head.end_day == stored.end_day);
  std::string written, twice;
  EncodeCase(stored, written);
  Require(DecodeCase(written, again).has_value());
  EncodeCase(again, twice);
  Require(written == twice);
}

void CheckBlock(std::string_view bytes) {
  (void)IsRead(SplitLogBlock(bytes));
  LogBlock block, again;
  if (!IsRead(DecodeLogBlock(bytes, 7, block))) return;
  std::string written, twice;
  EncodeLogBlock(block, written);
  Require(DecodeLogBlock(written + std::string(32, '\0'), 7, again).has_value());
  EncodeLogBlock(again, twice);
  Require(written == twice);
}

void CheckRejected(std::string_view bytes) {
  const auto rejected = DecodeRejected(bytes);
  if (!IsRead(rejected)) return;
  std::string written, twice;
  EncodeRejected(*rejected, written);
  EncodeRejected(DecodeRejected(written).value(), twice);
  Require(written == twice);
}

constexpr void (*kWays[])(std::string_view) = {
    CheckCase,
    CheckBlock,
    CheckRejected,
    [](std::string_view bytes) { (void)IsRead(DecodeAlert(bytes)); },
    [](std::string_view bytes) { (void)IsRead(DecodeAck(bytes)); },
    [](std::string_view bytes) { (void)IsRead(DecodePause(bytes)); },
    [](std::string_view bytes) { (void)IsRead(DecodeReprojection(bytes)); },
    [](std::string_view bytes) { (void)IsRead(DecodeWebhookState(bytes)); },
    [](std::string_view bytes) { (void)IsRead(DecodeDeadLetter(bytes)); },
    [](std::string_view bytes) { (void)IsRead(DecodeToldAlerts(bytes)); },
};

}  // namespace
}  // namespace tthc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tthc::FuzzInput input = tthc::InputOf(data, size);
  tthc::kWays[input.way % std::size(tthc::kWays)](input.text);
  return 0;
}
