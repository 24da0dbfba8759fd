#include "server/live/protocol.h"

#include <boost/json/parse.hpp>
#include <charconv>

#include "config/json_text.h"
#include "server/live/acknowledge.h"

namespace tthc {
namespace {

constexpr size_t kMaxDepth = 8;

json::string Text(std::string_view text) { return json::string(text.data(), text.size()); }

std::string_view NameOf(AlertResume::Outcome outcome) {
  switch (outcome) {
    case AlertResume::Outcome::kFresh: return "fresh";
    case AlertResume::Outcome::kReplayed: return "replayed";
    case AlertResume::Outcome::kSnapshot: return "snapshot";
  }
  return "fresh";
}

// The text member `name`; "" where it is absent or null.
Result<std::string> TextMember(const json::object& object, std::string_view name, size_t limit) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr || value->is_null()) return std::string();
  if (!value->is_string()) return Invalid(std::string(name) + " must be a text");
  if (value->get_string().size() > limit) return Invalid(std::string(name) + " is too long");
  return std::string(value->get_string());
}

Result<std::vector<std::string>> UnitsMember(const json::object& object) {
  std::vector<std::string> units;
  const json::value* value = object.if_contains("units");
  if (value == nullptr || value->is_null()) return units;
  if (!value->is_array()) return Invalid("units must be a list of unit codes");
  if (value->get_array().size() > kMaxHelloUnits) return Invalid("units has over 1000 codes");
  for (const json::value& item : value->get_array()) {
    if (!item.is_string()) return Invalid("units must be a list of unit codes");
    units.emplace_back(item.get_string());
  }
  return units;
}

Result<void> ReadResume(const json::object& object, HelloMessage& hello) {
  const json::value* value = object.if_contains("resume");
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_object()) return Invalid("resume must be an object with epoch and seq");
  auto epoch = TextMember(value->get_object(), "epoch", kMaxAlertIdBytes);
  if (!epoch) return epoch.error();
  const json::value* seq = value->get_object().if_contains("seq");
  if (seq == nullptr || !(seq->is_int64() || seq->is_uint64()) ||
      (seq->is_int64() && seq->get_int64() < 0)) {
    return Invalid("resume.seq must be a whole number from 0");
  }
  hello.epoch = std::move(*epoch);
  hello.seq = seq->is_int64() ? static_cast<uint64_t>(seq->get_int64()) : seq->get_uint64();
  return {};
}

Result<ClientMessage> ParseHello(const json::object& object) {
  HelloMessage hello;
  auto token = TextMember(object, "token", kMaxTokenBytes);
  if (!token) return token.error();
  auto units = UnitsMember(object);
  if (!units) return units.error();
  if (const auto resume = ReadResume(object, hello); !resume) return resume.error();
  if (const json::value* figures = object.if_contains("figures"); figures != nullptr) {
    if (!figures->is_bool()) return Invalid("figures must be true or false");
    hello.figures = figures->get_bool();
  }
  hello.token = std::move(*token);
  hello.units = std::move(*units);
  return ClientMessage(std::move(hello));
}

Result<ClientMessage> ParseAck(const json::object& object) {
  auto id = TextMember(object, "id", kMaxAlertIdBytes);
  if (!id) return id.error();
  if (id->empty()) return Invalid("ack needs the id of an alert");
  auto comment = TextMember(object, "comment", kMaxCommentBytes);
  if (!comment) return comment.error();
  return ClientMessage(AckMessage{std::move(*id), std::move(*comment)});
}

}  // namespace

Result<ClientMessage> ParseClientMessage(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code error;
  const json::value value =
      json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error) return Invalid("the message is not JSON");
  if (!value.is_object()) return Invalid("the message must be a JSON object");
  const auto type = TextMember(value.get_object(), "type", kMaxAlertIdBytes);
  if (!type) return type.error();
  if (*type == "hello") return ParseHello(value.get_object());
  if (*type == "ack") return ParseAck(value.get_object());
  return Invalid("type must be hello or ack");
}

std::string WelcomeText(const AlertResume& resume) {
  return JsonText(json::object{{"type", "welcome"},
                               {"epoch", resume.epoch},
                               {"seq", resume.seq},
                               {"resume", Text(NameOf(resume.outcome))},
                               {"omitted", resume.omitted}});
}

std::string FiguresText() { return R"({"type":"figures"})"; }

std::string AckedText(const AlertState& state) {
  return JsonText(json::object{{"type", "acked"},
                               {"id", state.message.id},
                               {"acked_at", InstantValue(state.acked_at)},
                               {"acked_by", TextOrNull(state.acked_by)},
                               {"comment", TextOrNull(state.ack_comment)}});
}

std::string ErrorText(std::string_view reason) {
  return JsonText(json::object{{"type", "error"}, {"reason", Text(reason)}});
}

std::string ErrorText(std::string_view reason, std::string_view alert_id) {
  return JsonText(
      json::object{{"type", "error"}, {"reason", Text(reason)}, {"id", Text(alert_id)}});
}

std::string EventId(std::string_view epoch, uint64_t seq) {
  return std::string(epoch) + ":" + std::to_string(seq);
}

bool ParseEventId(std::string_view text, std::string& epoch, std::optional<uint64_t>& seq) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos || text.size() > kMaxAlertIdBytes) return false;
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return false;
  epoch = text.substr(0, colon);
  seq = number;
  return true;
}

}  // namespace tthc
