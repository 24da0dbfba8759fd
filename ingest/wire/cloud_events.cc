#include "ingest/wire/cloud_events.h"

#include <charconv>

#include "ingest/wire/reject_codes.h"
#include "ingest/wire/text.h"

namespace tthc {
namespace {

using simdjson::dom::element;

constexpr std::string_view kTypePrefix = "vn.gov.tthc.case.";
constexpr std::string_view kSpecVersion = "1.0";
constexpr size_t kAttributeBytes = 1024;
constexpr std::string_view kLineForms[] = {"ndjson", "jsonl", "json-seq"};

// What the type says about its data: the word behind kTypePrefix. A word that is not here leaves
// it to the fields of the data.
struct TypeRow {
  std::string_view word;
  RecordKind kind;
};
constexpr TypeRow kTypes[] = {
    {"dossier", RecordKind::kDossier},
    {"created", RecordKind::kCreation},
    {"progress", RecordKind::kProgress},
    {"status", RecordKind::kStatus},
};

// The attributes that are read; their names are exact (CloudEvents 1.0, section 3).
struct Attributes {
  std::string_view specversion, id, source, type, subject, time, sequence;
  std::optional<element> data;
};

struct AttributeRow {
  std::string_view name;
  std::string_view Attributes::*target;
};
constexpr AttributeRow kAttributes[] = {
    {"specversion", &Attributes::specversion}, {"id", &Attributes::id},
    {"source", &Attributes::source},           {"type", &Attributes::type},
    {"subject", &Attributes::subject},         {"time", &Attributes::time},
    {"sequence", &Attributes::sequence},
};
constexpr std::string_view Attributes::*kRequired[] = {&Attributes::specversion, &Attributes::id,
                                                       &Attributes::source, &Attributes::type};

bool Fail(Rejected& why, std::string_view field, std::string_view code, std::string reason) {
  why.field = field;
  why.code = code;
  why.reason = why.field + ' ' + std::move(reason);
  return false;
}

bool ReadAttributes(simdjson::dom::object event, Attributes& out, Rejected& why) {
  for (const simdjson::dom::key_value_pair field : event) {
    if (field.key == "data") {
      out.data = field.value;
      continue;
    }
    for (const AttributeRow& row : kAttributes) {
      if (field.key != row.name || field.value.is_null()) continue;
      std::string_view text;
      if (field.value.get_string().get(text) != simdjson::SUCCESS) {
        return Fail(why, row.name, reject::kBadEvent, "is no string");
      }
      if (text.size() > kAttributeBytes) {
        return Fail(why, row.name, reject::kTooLong,
                    "has " + std::to_string(text.size()) + " bytes, the limit is " +
                        std::to_string(kAttributeBytes));
      }
      out.*row.target = text;
    }
  }
  for (const auto required : kRequired) {
    if (!(out.*required).empty()) continue;
    for (const AttributeRow& row : kAttributes) {
      if (row.target == required) {
        return Fail(why, row.name, reject::kBadEvent, "is missing or empty");
      }
    }
  }
  return true;
}

std::optional<RecordKind> KindOf(std::string_view type, const RecordView& data) {
  if (!type.starts_with(kTypePrefix)) return std::nullopt;
  type.remove_prefix(kTypePrefix.size());
  const std::string_view word = type.substr(0, type.find('.'));
  for (const TypeRow& row : kTypes) {
    if (row.word != word) continue;
    const bool has_own_time = data.Has(FieldId::kProcessedAt);
    return row.kind == RecordKind::kStatus && has_own_time ? RecordKind::kProgress : row.kind;
  }
  return InferKind(data);
}

}  // namespace

CloudEventForm FormOf(std::string_view content_type) {
  for (const std::string_view form : kLineForms) {
    if (content_type.find(form) != content_type.npos) return CloudEventForm::kLines;
  }
  return CloudEventForm::kDocument;
}

std::optional<std::string_view> LineSplitter::Next() {
  while (!rest_.empty()) {
    const size_t end = rest_.find('\n');
    const std::string_view line = Trimmed(rest_.substr(0, end));
    rest_ = end == rest_.npos ? std::string_view() : rest_.substr(end + 1);
    if (!line.empty()) return line;
  }
  return std::nullopt;
}

void CloudEventReader::Refuse(std::string reason) {
  Rejected why;
  why.position = message_.records++;
  why.code = reject::kBadEvent;
  why.reason = std::move(reason);
  message_.rejected.push_back(std::move(why));
}

void CloudEventReader::Read(element event) {
  simdjson::dom::object object;
  if (event.get_object().get(object) != simdjson::SUCCESS) {
    return Refuse("the event is no JSON object");
  }
  const uint32_t position = message_.records++;
  Statement& statement = message_.statements.emplace_back();
  statement.position = position;
  Rejected why;
  if (ReadInto(object, statement, why)) return;
  message_.statements.pop_back();
  why.position = position;
  why.body_hash = reader_.HashOfBody(event);
  message_.rejected.push_back(std::move(why));
}

bool CloudEventReader::ReadInto(simdjson::dom::object event, Statement& out, Rejected& why) {
  Attributes attributes;
  if (!ReadAttributes(event, attributes, why)) return false;
  if (attributes.specversion != kSpecVersion) {
    return Fail(why, "specversion", reject::kBadEvent,
                Quoted(attributes.specversion) + " is not 1.0");
  }
  simdjson::dom::object data;
  if (!attributes.data || attributes.data->get_object().get(data) != simdjson::SUCCESS) {
    return Fail(why, "data", reject::kBadEvent, "is no JSON object");
  }
  reader_.view().Read(data);
  const std::optional<RecordKind> kind = KindOf(attributes.type, reader_.view());
  if (!kind) {
    return Fail(why, "type", reject::kUnknownEventType, Quoted(attributes.type) + " is unknown");
  }
  RecordContext context;
  context.kind = *kind;
  context.profile = &profile_;
  context.subject = Trimmed(attributes.subject);
  if (!attributes.time.empty()) {
    const Result<Instant> time = ParseInstant(attributes.time);
    if (!time) {
      return Fail(why, "time", reject::kBadDate, QuotedShape(attributes.time) + " is no RFC 3339 time");
    }
    context.event_time = *time;
  }
  if (!attributes.sequence.empty()) {
    const std::string_view text = attributes.sequence;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), out.sender_sequence);
    if (error != std::errc() || end != text.data() + text.size()) {
      return Fail(why, "sequence", reject::kBadSequence, QuotedShape(text) + " is no whole number");
    }
  }
  if (!reader_.ReadView(context, out, why)) return false;
  // Lengths in front, so that the parts can not be shifted against each other.
  std::string said =
      std::to_string(attributes.source.size()) + ' ' + std::to_string(attributes.id.size()) + ' ';
  said.append(attributes.source).append(attributes.id).append(out.case_id);
  out.identity = reader_.hasher().hash()(HashDomain::kCloudEvent, said);
  return true;
}

}  // namespace tthc
