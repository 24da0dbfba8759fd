// What an auditor asks of the record itself: checkpoints, proofs of cases, why figures were counted anew.
#include <array>

#include "config/json_text.h"
#include "server/http/parameters.h"
#include "server/http/problem.h"
#include "server/http/render.h"
#include "server/http/router.h"

namespace tthc {
namespace {

Response Reprojections(const Call& call) {
  // How many cases moved is said of all units together.
  if (!call.principal.sees_all_units) {
    return ProblemResponse(ProblemKind::kForbidden,
                           "Re-projections are shown to tokens that see all units.");
  }
  ParameterReader reader(call);
  const size_t limit = reader.Limit();
  if (!reader.ok()) return reader.problem();
  json::array records;
  for (const Reprojection& record : call.monitor().Reprojections(limit)) {
    records.push_back(ReprojectionJson(record));
  }
  return JsonResponse(json::object{{"reprojections", std::move(records)}});
}

Response Checkpoints(const Call& call) {
  ParameterReader reader(call);
  const size_t limit = reader.Limit();
  if (!reader.ok()) return reader.problem();
  const AuditStatus status = call.monitor().Audit();
  json::array checkpoints;
  for (const Sealed& sealed : call.monitor().Checkpoints(limit)) {
    checkpoints.push_back(SealedJson(sealed));
  }
  json::array former_keys;
  for (const std::string& key : status.former_keys) former_keys.push_back(json::string(key));
  return JsonResponse(json::object{{"key", TextOrNull(status.key)},
                                   {"former_keys", std::move(former_keys)},
                                   {"log_records", status.log_records},
                                   {"verified_records", status.verified_records},
                                   {"verified_at", InstantValue(status.verified_at)},
                                   {"wrong", TextOrNull(status.wrong)},
                                   {"checkpoints", std::move(checkpoints)}});
}

Response Seal(const Call& call) {
  const auto sealed = call.monitor().SealNow();
  if (!sealed) return ProblemResponse(sealed.error());
  return JsonResponse(SealedJson(*sealed));
}

Response Proof(const Call& call) {
  // It holds hashes of the numbers of other units' cases, against which a guess can be tried.
  if (!call.principal.sees_all_units) {
    return ProblemResponse(ProblemKind::kForbidden,
                           "Proofs are given to tokens that see all units.");
  }
  ParameterReader reader(call);
  if (!reader.ok()) return reader.problem();
  const std::string& case_id = call.path[0];
  if (!call.monitor().FindCase(case_id, {}).has_value()) {
    return ProblemResponse(ProblemKind::kUnknownCase, "There is no case " + Shown(case_id) + ".",
                           "id");
  }
  const auto proof = call.monitor().Prove(case_id);
  if (!proof) return ProblemResponse(proof.error());
  Response response;
  response.body = ProofText(*proof);
  response.headers.emplace_back(http::field::content_disposition,
                                "attachment; filename=\"proof.json\"");
  return response;
}

Response Accesses(const Call& call) {
  if (!call.principal.sees_all_units) {
    return ProblemResponse(ProblemKind::kForbidden,
                           "The access log is shown to tokens that see all units.");
  }
  ParameterReader reader(call);
  NoteQuery query;
  query.before = reader.Number("before", 0);
  query.limit = reader.Limit();
  query.case_id = reader.Text("case_id");
  if (!reader.ok()) return reader.problem();
  const auto page = call.monitor().Notes(query);
  if (!page) return ProblemResponse(page.error());
  json::array records;
  for (const NoteRecord& record : page->records) records.push_back(NoteJson(record));
  return JsonResponse(
      json::object{{"accesses", std::move(records)},
                   {"next_before", page->next_before ? json::value(*page->next_before)
                                                     : json::value()}});
}

constexpr std::array kRoutes = std::to_array<Route>({
    {http::verb::get, "/api/v1/reprojections", "listReprojections", Right::kAudit,
     Runs::kOnQueryPool, Reprojections, nullptr, "limit", "", "Reprojections",
     "Passes over all cases after calendars or procedures had changed, newest first: when, why, and "
     "how many cases moved."},
    {http::verb::get, "/api/v1/checkpoints", "listCheckpoints", Right::kAudit, Runs::kOnQueryPool,
     Checkpoints, nullptr, "limit", "", "Checkpoints",
     "Signed checkpoints over the log, newest first, the key that verifies them, and how far the check "
     "in the background has come."},
    {http::verb::post, "/api/v1/checkpoints", "makeCheckpoint", Right::kAudit, Runs::kOnQueryPool,
     Seal, nullptr, "", "", "Checkpoint",
     "Makes a checkpoint over all that is recorded; the newest one where nothing is new."},
    {http::verb::get, "/api/v1/accesses", "listAccesses", Right::kAudit, Runs::kOnQueryPool,
     Accesses, nullptr, "before limit case_id", "", "Accesses",
     "Who read which case, list or report, when and why, and what was answered to alerts, newest "
     "first. For tokens that see all units."},
    {http::verb::get, "/api/v1/cases/{id}/proof", "getProof", Right::kAudit, Runs::kOnQueryPool,
     Proof, nullptr, "", "", "Proof",
     "The proof of a case as of the newest checkpoint: a file for `tthcmon verify-proof`. For tokens "
     "that see all units.", Noted::kCase},
});

}  // namespace

std::span<const Route> AuditRoutes() { return kRoutes; }

}  // namespace tthc
