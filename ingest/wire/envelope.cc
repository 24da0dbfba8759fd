#include "ingest/wire/envelope.h"

#include <bitset>
#include <string>

#include "ingest/wire/fields.h"
#include "ingest/wire/text.h"

namespace tthc {
namespace {

using simdjson::dom::element;

constexpr size_t kFieldsOfEnvelope = static_cast<size_t>(EnvelopeField::kCount);

// The fields of the root object by id; of a repeated key the last one counts.
class EnvelopeView {
 public:
  explicit EnvelopeView(simdjson::dom::object root) {
    for (const simdjson::dom::key_value_pair field : root) {
      const uint8_t id = EnvelopeFields().Find(field.key);
      if (id == AliasIndex::kUnknown) continue;
      present_.set(id);
      values_[id] = field.value;
    }
  }
  bool Has(EnvelopeField id) const { return present_[static_cast<size_t>(id)]; }
  element At(EnvelopeField id) const { return values_[static_cast<size_t>(id)]; }
  std::string_view Text(EnvelopeField id) const {
    std::string_view text;
    if (!Has(id) || At(id).get_string().get(text) != simdjson::SUCCESS) return {};
    return Trimmed(text);
  }

 private:
  std::bitset<kFieldsOfEnvelope> present_;
  element values_[kFieldsOfEnvelope];
};

std::optional<bool> Truth(std::string_view text) {
  if (IsTrue(text)) return true;
  if (IsFalse(text)) return false;
  return std::nullopt;
}

std::optional<bool> Updating(const EnvelopeView& view) {
  if (!view.Has(EnvelopeField::kIsUpdating)) return std::nullopt;
  const element value = view.At(EnvelopeField::kIsUpdating);
  bool flag = false;
  if (value.get_bool().get(flag) == simdjson::SUCCESS) return flag;
  int64_t number = 0;
  if (value.get_int64().get(number) == simdjson::SUCCESS) return Truth(std::to_string(number));
  return Truth(view.Text(EnvelopeField::kIsUpdating));
}

Result<void> ReadObject(element root, Envelope& envelope, std::string_view& service) {
  const EnvelopeView view(root.get_object().value_unsafe());
  if (!view.Has(EnvelopeField::kData) && !view.Has(EnvelopeField::kService)) {
    envelope.data = root;  // a bare record: its own MaDonVi is not the sender
    return {};
  }
  if (const std::string_view name = view.Text(EnvelopeField::kService); !name.empty()) {
    service = name;
  }
  if (const std::string_view unit = view.Text(EnvelopeField::kSenderUnit); !unit.empty()) {
    envelope.sender_unit = unit;
  }
  if (const std::optional<bool> updating = Updating(view)) envelope.is_updating = updating;
  if (const std::string_view at = view.Text(EnvelopeField::kArrivedAt); !at.empty()) {
    const Result<Instant> instant = ParseInstant(at);
    if (!instant) return Prefixed("arrived_at", instant.error());
    envelope.arrived_at = *instant;
  }
  if (view.Has(EnvelopeField::kData)) envelope.data = view.At(EnvelopeField::kData);
  return {};
}

}  // namespace

Result<Envelope> ReadEnvelope(element root, std::string_view path_service,
                              std::string_view path_sender_unit,
                              std::string_view path_is_updating) {
  Envelope envelope;
  envelope.sender_unit = path_sender_unit;
  envelope.is_updating = Truth(Trimmed(path_is_updating));
  std::string_view service = Trimmed(path_service);

  if (root.is_object()) {
    if (Result<void> read = ReadObject(root, envelope, service); !read) return read.error();
  } else if (root.is_array()) {
    envelope.data = root;
  } else {
    return Invalid("the body is neither a JSON object nor a list");
  }
  if (!service.empty()) {
    envelope.service = FindService(service);
    if (envelope.service == nullptr) return Invalid("unknown service " + Quoted(service));
    if (envelope.service->is_updating && !envelope.is_updating) {
      envelope.is_updating = envelope.service->is_updating;
    }
  }
  return envelope;
}

}  // namespace tthc
