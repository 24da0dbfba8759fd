// The console's files, and who the caller is.
#include <algorithm>
#include <array>

#include "server/console/files.h"
#include "server/http/gzip.h"
#include "config/json_text.h"
#include "server/http/parameters.h"
#include "server/http/problem.h"
#include "server/http/router.h"

namespace tthc {
namespace {

constexpr unsigned kNotModified = 304;
// Nothing but the daemon's own files and answers; no script, style or frame from elsewhere.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

// A file whose name holds its hash never changes; any other is asked for again.
std::string_view CacheControlOf(const ConsoleFile& file) {
  return file.hashed_name ? "public, max-age=31536000, immutable" : "no-cache";
}

Response FileResponse(const Call& call, const ConsoleFile& file) {
  Response response;
  response.content_type = file.content_type;
  response.content_security_policy = kContentSecurityPolicy;
  response.headers = {
      {http::field::cache_control, std::string(CacheControlOf(file))},
      {http::field::etag, std::string(file.etag)},
      {http::field::vary, "Accept-Encoding"},
  };
  if (call.request.if_none_match == file.etag) {
    response.status = kNotModified;
    return response;
  }
  if (AcceptsGzip(call.request.accept_encoding)) {
    response.headers.emplace_back(http::field::content_encoding, "gzip");
    response.body = file.gzipped;
  } else {
    response.body = file.plain;
  }
  return response;
}

const ConsoleFile* FileNamed(std::string_view name) {
  const auto files = ConsoleFiles();
  const auto file = std::find_if(files.begin(), files.end(),
                                 [&](const ConsoleFile& each) { return each.name == name; });
  return file == files.end() ? nullptr : &*file;
}

Response Console(const Call& call) {
  if (const ConsoleFile* index = FileNamed("index.html")) return FileResponse(call, *index);
  Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = "This build has no console (TTHC_CONSOLE=OFF). The addresses stand in /api.\n";
  return response;
}

Response ConsoleFileOf(const Call& call) {
  if (const ConsoleFile* file = FileNamed(call.path[0])) return FileResponse(call, *file);
  return ProblemResponse(ProblemKind::kNotFound, "The console has no such file.");
}

Response Me(const Call& call) {
  const Principal& principal = call.principal;
  json::array rights;
  for (size_t i = 1; i < kRights; ++i) {
    const auto right = static_cast<Right>(i);
    if (principal.May(right)) rights.push_back(json::string(std::string(NameOf(right))));
  }
  json::array units;
  const Instant now = call.monitor().Now();
  if (!principal.sees_all_units) {
    for (const std::string& code : BoundUnits(principal, DayOf(now))) {
      units.push_back(json::string(code));
    }
  }
  return JsonResponse(json::object{{"name", principal.name},
                                   {"rights", std::move(rights)},
                                   {"sees_all_units", principal.sees_all_units},
                                   {"units", std::move(units)},
                                   {"expires", InstantValue(principal.expires)},
                                   {"auth_off", call.services->access->off()},
                                   {"now", FormatInstant(now)},
                                   {"version", call.services->version}});
}

constexpr std::array kRoutes = std::to_array<Route>({
    {http::verb::get, "/", "getConsole", Right::kNone, Runs::kOnSocketThread, Console, nullptr, "",
     "", "", "The console: a page for a browser."},
    {http::verb::get, "/console/{file}", "getConsoleFile", Right::kNone, Runs::kOnSocketThread,
     ConsoleFileOf, nullptr, "", "", "", "A file of the console."},
    {http::verb::get, "/api/v1/me", "getMe", Right::kRead, Runs::kOnSocketThread, Me, nullptr, "",
     "", "Me", "Whose token it is, what it may do and which units it is bound to."},
});

}  // namespace

std::span<const Route> ConsoleRoutes() { return kRoutes; }

}  // namespace tthc
