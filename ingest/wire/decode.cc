#include "ingest/wire/decode.h"

#include <simdjson.h>

#include "ingest/wire/cloud_events.h"
#include "ingest/wire/envelope.h"
#include "ingest/wire/json_document.h"
#include "ingest/wire/profiles.h"
#include "ingest/wire/records.h"
#include "ingest/wire/text.h"

namespace tthc {
namespace {

using simdjson::dom::element;

// The first object among the records, for telling a bare body's service from its fields.
std::optional<simdjson::dom::object> FirstObject(element data) {
  simdjson::dom::object object;
  if (data.get_object().get(object) == simdjson::SUCCESS) return object;
  simdjson::dom::array list;
  if (data.get_array().get(list) != simdjson::SUCCESS) return std::nullopt;
  for (const element entry : list) {
    if (entry.get_object().get(object) == simdjson::SUCCESS) return object;
  }
  return std::nullopt;
}

Error TooManyRecords(size_t records, size_t limit) {
  return Invalid("the message has " + std::to_string(records) + " records, the limit is " +
                 std::to_string(limit));
}

}  // namespace

struct Decoder::Impl {
  Impl(std::shared_ptr<const ProfileTable> table, uint64_t hash_key, DecodeLimits given)
      : profiles(std::move(table)), limits(given), document(given.depth), reader(hash_key, given) {}

  Result<const Service*> ServiceFor(const Envelope& envelope) {
    if (envelope.service != nullptr) return envelope.service;
    const auto object = envelope.data ? FirstObject(*envelope.data) : std::nullopt;
    if (object) {
      reader.view().Read(*object);
      if (const std::optional<RecordKind> kind = InferKind(reader.view())) {
        return &ServiceOf(*kind);
      }
    }
    return Invalid(
        "no service: neither the path nor the body names one, and the fields of the "
        "records do not tell it");
  }

  void ReadOne(element record, const RecordContext& context, DecodedMessage& message) {
    const uint32_t position = message.records++;
    Statement& statement = message.statements.emplace_back();
    statement.position = position;
    Rejected why;
    if (reader.Read(record, context, statement, why)) return;
    message.statements.pop_back();
    why.position = position;
    message.rejected.push_back(std::move(why));
  }

  Result<void> ReadData(element data, const RecordContext& context, DecodedMessage& message) {
    simdjson::dom::array list;
    if (data.get_array().get(list) != simdjson::SUCCESS) {
      if (!data.is_object()) return Invalid("data is neither a JSON object nor a list");
      ReadOne(data, context, message);
      return {};
    }
    if (const size_t records = CountOf(list); records > limits.records) {
      return TooManyRecords(records, limits.records);
    } else {
      message.statements.reserve(records);
    }
    for (const element record : list) ReadOne(record, context, message);
    return {};
  }

  // simdjson keeps the length of a list in 24 bits: beyond that it has to be counted.
  static size_t CountOf(simdjson::dom::array list) {
    constexpr size_t kSaturated = 0xFFFFFF;
    const size_t size = list.size();
    if (size < kSaturated) return size;
    size_t counted = 0;
    for ([[maybe_unused]] const element record : list) ++counted;
    return counted;
  }

  std::shared_ptr<const ProfileTable> profiles;
  DecodeLimits limits;
  JsonDocument document;
  RecordReader reader;
};

Decoder::Decoder(std::shared_ptr<const ProfileTable> profiles, uint64_t hash_key,
                 DecodeLimits limits)
    : impl_(std::make_unique<Impl>(std::move(profiles), hash_key, limits)) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

Result<DecodedMessage> Decoder::Decode(std::string_view body, const MessageHints& hints) {
  const Result<element> root = impl_->document.Parse(body);
  if (!root) return root.error();
  const Result<Envelope> envelope =
      ReadEnvelope(*root, hints.service, hints.sender_unit, hints.is_updating);
  if (!envelope) return envelope.error();
  const Result<const Service*> service = impl_->ServiceFor(*envelope);
  if (!service) return service.error();

  const ProfileTable::Match match = impl_->profiles->Find(hints.token_name, envelope->sender_unit);
  DecodedMessage message;
  message.service = (*service)->canonical;
  message.sender = match.sender;
  message.arrived_at = envelope->arrived_at;
  if ((*service)->kind == RecordKind::kNothing) {
    message.outcome = MessageOutcome::kIgnoredService;
    return message;
  }
  if (!envelope->data) return Invalid("the envelope of " + message.service + " has no data");

  RecordContext context;
  context.kind = (*service)->kind;
  context.profile = match.profile;
  context.is_insert = envelope->is_updating.has_value() && !*envelope->is_updating;
  if (Result<void> read = impl_->ReadData(*envelope->data, context, message); !read) {
    return read.error();
  }
  return message;
}

Result<DecodedMessage> Decoder::DecodeCloudEvents(std::string_view body,
                                                  std::string_view content_type,
                                                  const MessageHints& hints) {
  const ProfileTable::Match match = impl_->profiles->Find(hints.token_name, hints.sender_unit);
  DecodedMessage message;
  message.service = "CloudEvents";
  message.sender = match.sender;
  CloudEventReader events(impl_->reader, *match.profile, message);

  if (FormOf(content_type) == CloudEventForm::kLines) {
    for (LineSplitter lines(body); const std::optional<std::string_view> line = lines.Next();) {
      if (message.records == impl_->limits.records) {
        return TooManyRecords(message.records + 1, impl_->limits.records);
      }
      const Result<element> root = impl_->document.Parse(*line);
      root ? events.Read(*root) : events.Refuse(root.error().message);
    }
    return message;
  }
  const Result<element> root = impl_->document.Parse(body);
  if (!root) return root.error();
  simdjson::dom::array batch;
  if (root->get_array().get(batch) != simdjson::SUCCESS) {
    events.Read(*root);
    return message;
  }
  if (const size_t records = Impl::CountOf(batch); records > impl_->limits.records) {
    return TooManyRecords(records, impl_->limits.records);
  }
  for (const element event : batch) events.Read(event);
  return message;
}

}  // namespace tthc
