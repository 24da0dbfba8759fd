#include "server/channels/channel_records.h"

#include "ingest/store/bytes.h"

namespace tthc {
namespace {

constexpr uint8_t kVersion = 1;

Error Corrupt(std::string_view what) {
  return {ErrorKind::kCorrupt, "a stored " + std::string(what) + " does not read as one"};
}

}  // namespace

std::string WebhookStateKey(std::string_view name) { return "w" + std::string(name); }
std::string DeadLetterPrefix(std::string_view name) { return "d" + std::string(name) + "/"; }
std::string DeadLetterKey(std::string_view name, uint64_t seq) {
  std::string key = DeadLetterPrefix(name);
  ByteWriter(key).Fixed(seq, 8);
  return key;
}
std::string ToldAlertsKey(std::string_view name) { return "p" + std::string(name); }

std::string EncodeWebhookState(const WebhookState& state) {
  std::string out;
  ByteWriter w(out);
  w.Byte(kVersion);
  w.Varint(state.delivered);
  w.Byte(state.disabled ? 1 : 0);
  return out;
}

Result<WebhookState> DecodeWebhookState(std::string_view bytes) {
  ByteReader r(bytes);
  const bool known = r.Byte() == kVersion;
  WebhookState state;
  state.delivered = r.Varint();
  state.disabled = r.Byte() != 0;
  if (!known || r.failed() || !r.AtEnd()) return Corrupt("webhook state");
  return state;
}

std::string EncodeDeadLetter(const DeadLetter& letter) {
  std::string out;
  ByteWriter w(out);
  w.Byte(kVersion);
  w.Varint(letter.seq);
  w.Varint(static_cast<uint64_t>(letter.attempts));
  w.Signed(letter.last_at.us);
  w.Text(letter.last_error);
  return out;
}

Result<DeadLetter> DecodeDeadLetter(std::string_view bytes) {
  ByteReader r(bytes);
  const bool known = r.Byte() == kVersion;
  DeadLetter letter;
  letter.seq = r.Varint();
  letter.attempts = static_cast<int>(r.Varint());
  letter.last_at = {r.Signed()};
  letter.last_error = r.Text();
  if (!known || r.failed() || !r.AtEnd()) return Corrupt("dead letter");
  return letter;
}

std::string EncodeToldAlerts(const std::vector<ToldAlert>& told) {
  std::string out;
  ByteWriter w(out);
  w.Byte(kVersion);
  w.Varint(told.size());
  for (const ToldAlert& alert : told) {
    w.Text(alert.unit);
    w.Text(alert.kind);
    w.Signed(alert.starts_at.us);
  }
  return out;
}

Result<std::vector<ToldAlert>> DecodeToldAlerts(std::string_view bytes) {
  ByteReader r(bytes);
  const bool known = r.Byte() == kVersion;
  const uint64_t count = r.Varint();
  std::vector<ToldAlert> told;
  for (uint64_t i = 0; known && !r.failed() && i < count; ++i) {
    ToldAlert alert;
    alert.unit = r.Text();
    alert.kind = r.Text();
    alert.starts_at = {r.Signed()};
    told.push_back(std::move(alert));
  }
  if (!known || r.failed() || !r.AtEnd()) return Corrupt("list of told alerts");
  return told;
}

}  // namespace tthc
