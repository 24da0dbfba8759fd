// What a client of the alert stream says: its messages, and the id of the event that it saw last.
#include <string>
#include <variant>

#include "require.h"
#include "server/live/protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tthc;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto message = ParseClientMessage(text);
  if (!message) {
    Require(!message.error().message.empty());
  } else if (const auto* hello = std::get_if<HelloMessage>(&*message)) {
    Require(hello->units.size() <= kMaxHelloUnits);
    Require(hello->epoch.empty() == !hello->seq.has_value());
  } else {
    Require(!std::get<AckMessage>(*message).id.empty());
  }
  std::string epoch;
  std::optional<uint64_t> seq;
  if (ParseEventId(text, epoch, seq) && seq) {
    std::string again;
    std::optional<uint64_t> same;
    Require(ParseEventId(EventId(epoch, *seq), again, same) && again == epoch && same == seq);
  }
  return 0;
}
