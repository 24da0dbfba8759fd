#include "ingest/wire/identity.h"

#include <optional>

namespace tthc {
namespace {

// Names that stand for "somebody" in NguoiXuLy.
constexpr std::string_view kOfficerFillers[] = {"Chuyên viên", "Cán bộ một cửa"};

template <typename Number>
void Append(std::string& out, Number value) {
  for (size_t i = 0; i < sizeof value; ++i) {
    out += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i));
  }
}
void Append(std::string& out, std::string_view text) {
  Append(out, static_cast<uint32_t>(text.size()));
  out += text;
}
void Append(std::string& out, const std::optional<Instant>& at) {
  out += at ? '\1' : '\0';
  if (at) Append(out, at->us);
}

}  // namespace

uint64_t StatementHasher::OfSnapshot(const Statement& s) {
  bytes_.clear();
  Append(bytes_, std::string_view(s.case_id));
  Append(bytes_, s.status_sent);
  Append(bytes_, s.channel);
  Append(bytes_, s.flags & ~uint32_t{kInsert});
  Append(bytes_, s.received_at);
  Append(bytes_, s.due_at);
  Append(bytes_, s.finished_at);
  Append(bytes_, s.returned_at);
  Append(bytes_, s.refused_at);
  Append(bytes_, std::string_view(s.procedure));
  Append(bytes_, std::string_view(s.field));
  Append(bytes_, std::string_view(s.unit));
  return hash_(HashDomain::kSnapshot, bytes_);
}

uint64_t StatementHasher::OfRow(const Statement& s, std::string_view action,
                                std::string_view officer) {
  bytes_.clear();
  Append(bytes_, std::string_view(s.case_id));
  Append(bytes_, s.event.us);
  Append(bytes_, s.status_sent);
  Append(bytes_, action);
  Append(bytes_, officer);
  return hash_(HashDomain::kProgress, bytes_);
}

uint32_t StatementHasher::OfOfficer(std::string_view officer) {
  if (officer.empty()) return 0;
  for (const std::string_view filler : kOfficerFillers) {
    if (officer == filler) return 0;
  }
  const auto hash = static_cast<uint32_t>(hash_(HashDomain::kOfficer, officer));
  return hash == 0 ? 1 : hash;
}

}  // namespace tthc
