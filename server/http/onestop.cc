#include "server/http/onestop.h"

#include <algorithm>
#include <array>

#include "ingest/wire/services.h"
#include "server/http/limits.h"
#include "server/http/render.h"

namespace tthc {
namespace {

constexpr std::string_view kAccepted = "Đồng bộ thành công";
constexpr std::string_view kErrorCode = "-1";
constexpr int kGeneration2Ok = 200;

constexpr std::array<std::string_view, 3> kOnestopPaths = {"/api/v1/onestop", "/api/SynsTTHCC",
                                                           "/KetNoiMotCuaQuocGia"};

// Operations whose senders read {code, message, data}.
constexpr std::array<std::string_view, 3> kGeneration2 = {"CreateDossier", "CapNhatTienTrinh",
                                                          "CapNhatTrangThai"};

bool IsGeneration2(std::string_view service) {
  return std::find(kGeneration2.begin(), kGeneration2.end(), service) != kGeneration2.end();
}

// Generation 2 speaks of one dossier at a time.
json::object Generation2Data(const DecodedMessage& message) {
  if (message.statements.empty()) return {};
  return {{"maHoSo", message.statements.front().case_id}};
}

json::array Rejections(const DecodedMessage& message) {
  json::array listed;
  for (const Rejected& rejected : message.rejected) {
    if (listed.size() == kListedRejections) break;
    listed.push_back(RejectedJson(rejected));
  }
  return listed;
}

std::string KnownServices() {
  std::string names = "CapNhatTienTrinh";
  for (const RecordKind kind : {RecordKind::kDossier, RecordKind::kProgress, RecordKind::kNotice,
                                RecordKind::kCreation, RecordKind::kStatus}) {
    names += ", " + std::string(ServiceOf(kind).canonical);
  }
  return names;
}

}  // namespace

bool IsOnestopPath(std::string_view path) {
  return std::any_of(kOnestopPaths.begin(), kOnestopPaths.end(), [&](std::string_view prefix) {
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
  });
}

Response OnestopAccepted(const DecodedMessage& message, const SubmitAnswer& answer) {
  json::object body;
  if (IsGeneration2(message.service)) {
    body["code"] = kGeneration2Ok;
    body["data"] = Generation2Data(message);
  }
  body["error_code"] = "0";
  body["message"] = json::string_view(kAccepted.data(), kAccepted.size());
  if (!message.rejected.empty()) {
    body["accepted"] = answer.accepted;
    body["repeated"] = answer.repeated;
    body["quarantined"] = answer.quarantined;
    body["rejected"] = Rejections(message);
  }
  return JsonResponse(body);
}

Response OnestopRefused(unsigned status, std::string_view reason) {
  Response response = JsonResponse(
      json::object{{"error_code", json::string_view(kErrorCode.data(), kErrorCode.size())},
                   {"message", json::string_view(reason.data(), reason.size())}});
  response.status = status;
  return response;
}

Response OnestopRefused(const Error& error) {
  const ProblemRow& row = RowOf(KindOf(error.kind));
  Response response = ProblemResponse(error);  // logs what must not be told
  const bool told = row.kind != ProblemKind::kInternal;
  std::string reason = told ? error.message : std::string(row.title);
  if (reason.starts_with("unknown service") || reason.starts_with("no service")) {
    reason += "; known services: " + KnownServices();
  }
  Response worded = OnestopRefused(row.status, reason);
  worded.headers = std::move(response.headers);
  return worded;
}

Response Refusal(std::string_view path, ProblemKind kind, std::string_view detail,
                 std::string_view parameter) {
  Response problem = ProblemResponse(kind, detail, parameter);
  if (!IsOnestopPath(path)) return problem;
  Response worded = OnestopRefused(problem.status, detail);
  worded.headers = std::move(problem.headers);
  return worded;
}

}  // namespace tthc
