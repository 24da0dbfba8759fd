#include "server/alerts/alert_codec.h"

#include "ingest/store/bytes.h"

namespace tthc {
namespace {

constexpr uint8_t kVersionWithoutLevels = 1;
constexpr uint8_t kAlertVersion = 2;
constexpr uint8_t kNoteVersion = 1;

Error Corrupt(std::string_view what) {
  return {ErrorKind::kCorrupt, "a stored " + std::string(what) + " does not read as one"};
}

template <typename Enum>
Enum EnumOf(ByteReader& r, Enum last) {
  const uint8_t value = r.Byte();
  if (value > static_cast<uint8_t>(last)) r.Refuse();
  return static_cast<Enum>(value);
}

}  // namespace

// version | seq | type | id kind rung unit case text | at | due there? due | level | severity |
// held | recipient | told count, each as the difference to the one before
void EncodeAlert(const AlertMessage& m, std::string& out) {
  ByteWriter w(out);
  w.Byte(kAlertVersion);
  w.Varint(m.seq);
  w.Byte(static_cast<uint8_t>(m.type));
  for (const std::string* text : {&m.id, &m.kind, &m.rung, &m.unit, &m.case_id, &m.text}) {
    w.Text(*text);
  }
  w.Signed(m.at.us);
  w.Byte(m.due_at ? 1 : 0);
  if (m.due_at) w.Signed(m.due_at->us);
  w.Byte(static_cast<uint8_t>(m.level));
  w.Byte(static_cast<uint8_t>(m.severity));
  w.Byte(static_cast<uint8_t>(m.held));
  w.Text(m.recipient);
  w.Varint(m.told.size());
  uint64_t last = 0;
  for (const uint64_t seq : m.told) {
    w.Varint(seq - last);
    last = seq;
  }
}

Result<AlertMessage> DecodeAlert(std::string_view bytes) {
  ByteReader r(bytes);
  AlertMessage m;
  const uint8_t version = r.Byte();
  if (version != kAlertVersion && version != kVersionWithoutLevels) return Corrupt("alert");
  m.seq = r.Varint();
  m.type = EnumOf(r, AlertType::kDigest);
  for (std::string* text : {&m.id, &m.kind, &m.rung, &m.unit, &m.case_id, &m.text}) {
    *text = r.Text();
  }
  m.at = {r.Signed()};
  if (r.Byte() != 0) m.due_at = Instant{r.Signed()};
  m.recipient = m.unit;
  if (version == kAlertVersion) {
    m.level = EnumOf(r, AlertLevel::kProvince);
    m.severity = EnumOf(r, AlertSeverity::kCritical);
    m.held = EnumOf(r, AlertHeld::kMany);
    m.recipient = r.Text();
    const uint64_t told = r.Varint();
    if (told > r.remaining()) return Corrupt("alert");
    uint64_t seq = 0;
    for (uint64_t i = 0; i < told; ++i) m.told.push_back(seq += r.Varint());
  }
  if (r.failed()) return Corrupt("alert");
  return m;
}

std::string EncodeAck(const AlertNote& note) {
  std::string out;
  ByteWriter w(out);
  w.Byte(kNoteVersion);
  w.Signed(note.at.us);
  w.Text(note.by);
  w.Text(note.comment);
  return out;
}

Result<AlertNote> DecodeAck(std::string_view bytes) {
  ByteReader r(bytes);
  AlertNote note;
  if (r.Byte() != kNoteVersion) return Corrupt("acknowledgement");
  note.at = {r.Signed()};
  note.by = r.Text();
  note.comment = r.Text();
  if (r.failed()) return Corrupt("acknowledgement");
  return note;
}

std::string EncodePause(const AlertNote& note) {
  std::string out;
  ByteWriter w(out);
  w.Byte(kNoteVersion);
  w.Signed(note.at.us);
  w.Signed(note.until.us);
  w.Text(note.by);
  w.Text(note.comment);
  return out;
}

Result<AlertNote> DecodePause(std::string_view bytes) {
  ByteReader r(bytes);
  AlertNote note;
  if (r.Byte() != kNoteVersion) return Corrupt("snooze or mute");
  note.at = {r.Signed()};
  note.until = {r.Signed()};
  note.by = r.Text();
  note.comment = r.Text();
  if (r.failed()) return Corrupt("snooze or mute");
  return note;
}

}  // namespace tthc
