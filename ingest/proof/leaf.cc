#include "ingest/proof/leaf.h"

#include "config/json_text.h"
#include "ingest/proof/hash.h"

namespace tthc {
namespace {

template <typename Number>
std::string HexOf(Number value) {
  std::string bytes;
  for (int shift = static_cast<int>(sizeof value) * 8 - 8; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(value >> shift & 0xff);
  }
  return Hex(bytes);
}

void PutTime(json::object& out, std::string_view name, const std::optional<Instant>& at) {
  if (at) out[name] = FormatInstant(*at);
}
void PutNumber(json::object& out, std::string_view name, uint64_t value) {
  if (value != 0) out[name] = value;
}
void PutText(json::object& out, std::string_view name, TextId id, const TextOfId& text_of) {
  if (id != 0) out[name] = text_of(id);
}

}  // namespace

std::string StatementLeaf(const LogStatement& statement, const TextOfId& text_of) {
  const Entry& e = statement.entry;
  json::object out{{"seq", e.seq},
                   {"kind", e.kind == StatementKind::kSnapshot ? "snapshot" : "progress"},
                   {"case", statement.case_id},
                   {"recorded", FormatInstant(e.recorded)},
                   {"event", FormatInstant(e.event)},
                   {"dated_by", e.dated_by == DatedBy::kArrival ? "arrival" : "own_field"},
                   {"status", CodeOf(e.status)},
                   {"status_sent", e.status_sent},
                   {"identity", HexOf(e.identity)}};
  PutText(out, "sender", e.sender, text_of);
  PutNumber(out, "sender_sequence", e.sender_sequence);
  PutNumber(out, "position", e.position);
  PutTime(out, "received_at", e.received_at);
  PutTime(out, "due_at", e.due_at);
  PutTime(out, "finished_at", e.finished_at);
  PutTime(out, "returned_at", e.returned_at);
  PutTime(out, "refused_at", e.refused_at);
  PutTime(out, "step_due_at", e.step_due_at);
  PutText(out, "procedure", e.procedure, text_of);
  PutText(out, "field", e.field, text_of);
  PutText(out, "unit", e.unit, text_of);
  PutNumber(out, "channel", e.channel);
  PutNumber(out, "flags", e.flags);
  PutNumber(out, "note", static_cast<uint64_t>(e.note));
  if (e.officer != 0) out["officer"] = HexOf(e.officer);
  PutText(out, "step", e.step, text_of);
  return JsonText(out);
}

std::string ClaimLeaf(uint64_t seq, const LogClaim& logged) {
  const Claim& claim = logged.claim;
  return JsonText(json::object{{"seq", seq},
                               {"kind", "claim"},
                               {"case", logged.case_id},
                               {"at", FormatInstant(claim.at)},
                               {"alert", NameOf(claim.kind)},
                               {"rung", claim.rung},
                               {"episode", claim.episode},
                               {"cause", FormatInstant(claim.due)},
                               {"message", claim.alert_seq},
                               {"resolved", claim.resolved}});
}

std::string NoteLeaf(uint64_t seq, const LogNote& note) {
  return JsonText(json::object{{"seq", seq},
                               {"kind", NameOf(note.kind)},
                               {"at", FormatInstant(note.at)},
                               {"text", note.text}});
}

std::vector<std::string> LeavesOf(const LogBlock& block, uint64_t first_seq,
                                  const TextOfId& text_of) {
  std::vector<std::string> leaves;
  leaves.reserve(RecordsIn(block));
  for (const LogStatement& statement : block.statements) {
    leaves.push_back(StatementLeaf(statement, text_of));
  }
  for (const LogClaim& claim : block.claims) {
    leaves.push_back(ClaimLeaf(first_seq + leaves.size(), claim));
  }
  for (const LogNote& note : block.notes) {
    leaves.push_back(NoteLeaf(first_seq + leaves.size(), note));
  }
  return leaves;
}

}  // namespace tthc
