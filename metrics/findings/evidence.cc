#include "metrics/findings/evidence.h"

namespace tthc {
namespace {

struct Shown {
  const Directory& directory;
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(Instant at) const { return FormatInstant(at); }
  std::string operator()(Status status) const { return std::string(CodeOf(status)); }
  std::string operator()(TextId text) const { return directory.Text(text); }
};

}  // namespace

std::vector<ProofLine> LinesOf(const Proofs& proofs, const Casework& desk,
                               const Directory& directory) {
  const Shown shown{directory};
  std::vector<ProofLine> lines;
  lines.reserve(proofs.size());
  for (const Proof& proof : proofs) {
    const Entry& e = desk.stored().entries[proof.entry];
    lines.push_back({e.seq, e.recorded, directory.Text(e.sender), std::string(proof.fact),
                     std::visit(shown, proof.before), std::visit(shown, proof.after)});
  }
  return lines;
}

}  // namespace tthc
