// The table of routes: every address with its method, the right it needs, what it reads and gives.
// The same rows answer requests, make /openapi.json and label the metrics.
//
// Thread safety: immutable after construction.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/access/access.h"
#include "server/http/limits.h"
#include "server/http/message.h"
#include "server/monitor.h"

namespace tthc {

class Channels;
class Forwarder;

// What a handler works with. Outlives every call.
struct Services {
  Monitor* monitor = nullptr;
  Channels* channels = nullptr;
  const Access* access = nullptr;
  ServerLimits limits;
  std::string openapi;  // the document, made once
  std::string version;
  Forwarder* forwarder = nullptr;   // nullptr: what is delivered is recorded here
};

struct Call {
  const Services* services = nullptr;
  Decoder* decoder = nullptr;  // of this socket thread; not for other threads
  Request request;
  std::vector<std::string> path;  // values of the pattern's {…}, decoded, in order
  Principal principal;

  Monitor& monitor() const { return *services->monitor; }
};

using Reply = std::function<void(Response)>;  // called once, from any thread
using Answer = Response (*)(const Call& call);
using AsyncAnswer = void (*)(std::shared_ptr<const Call> call, Reply reply);

enum class Runs : uint8_t {
  kOnSocketThread,  // short: no query
  kOnQueryPool,
  kAsync,        // replies by itself; begins on the socket thread, which its `decoder` belongs to
  kAsyncOnQueryPool,  // replies by itself; what it does before may take long
  kWebSocket,    // not answered but upgraded
  kEventStream,  // an answer without end
};

// Readings that go on record (server/http/accesses.h).
enum class Noted : uint8_t {
  kNot,
  kCase,   // of one case, the first value of the path
  kList,   // of a list or an export that names cases
};

struct Route {
  http::verb method;
  std::string_view path;  // "/api/v1/units/{code}/summary"
  std::string_view name;  // operationId and metric label
  Right needs;             // kNone: open to everybody
  Runs runs;
  Answer answer;           // nullptr where it replies by itself, and for the streams
  AsyncAnswer async;       // of those that reply by themselves
  std::string_view query;  // names of parameters.cc, separated by blanks; "*": any
  std::string_view body;   // schema of the request's body; empty: takes none
  std::string_view gives;  // schema of the answer; empty: text
  std::string_view summary;
  Noted noted = Noted::kNot;
};

std::span<const Route> IngestRoutes();
std::span<const Route> UnitRoutes();
std::span<const Route> IndicatorRoutes();
std::span<const Route> PeriodRoutes();
std::span<const Route> RegisterRoutes();
std::span<const Route> ReportRoutes();
std::span<const Route> CaseRoutes();
std::span<const Route> FindingRoutes();
std::span<const Route> AlertRoutes();
std::span<const Route> ChannelRoutes();
std::span<const Route> AuditRoutes();
std::span<const Route> BackupRoutes();
std::span<const Route> ProcessRoutes();
std::span<const Route> ConsoleRoutes();

struct RouteMatch {
  const Route* route = nullptr;
  size_t index = 0;
  std::vector<std::string> path;
};
struct NoRoute {};
struct WrongMethod {
  std::string allow;  // "GET, HEAD"
};
struct BadPath {};

class Router {
 public:
  Router();
  explicit Router(std::vector<Route> routes);
  // HEAD is matched as GET.
  std::variant<RouteMatch, NoRoute, WrongMethod, BadPath> Match(http::verb method,
                                                                std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }
  std::vector<std::string_view> names() const;

 private:
  std::vector<Route> routes_;
  std::vector<std::vector<std::string>> patterns_;  // segments; "{…}" matches one
};

}  // namespace tthc
