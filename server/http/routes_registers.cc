// The side registers: taking their rows, what they hold, and every version of a row.
#include <array>

#include "ingest/case/fold.h"
#include "server/http/parameters.h"
#include "server/http/problem.h"
#include "server/http/render_figures.h"
#include "server/http/router.h"

namespace tthc {
namespace {

// A row of a register need not belong to one unit.
std::optional<Response> NeedsAllUnits(const Call& call) {
  if (call.principal.sees_all_units) return std::nullopt;
  return ProblemResponse(ProblemKind::kForbidden,
                         "The registers are for tokens that see all units.");
}

Response UnknownRegister(std::string_view name) {
  std::string known;
  for (const RegisterSchema& schema : RegisterSchemas()) {
    known += (known.empty() ? "" : ", ") + std::string(schema.name);
  }
  return ProblemResponse(ProblemKind::kUnknownRegister,
                         "There is no register " + Shown(name) + "; known: " + known + ".", "name");
}

// The answer to a body, but for what became of its rows.
json::object Outline(const RegisterSchema& schema, const RegisterFile& file, bool dry_run) {
  return {{"register", json::string(schema.name.data(), schema.name.size())},
          {"dry_run", dry_run},
          {"rows", file.lines},
          {"recorded", nullptr},
          {"unchanged", nullptr},
          {"recorded_at", nullptr},
          {"rejected_total", file.rejected.size()},
          {"rejected", RejectedRowsJson(file.rejected)},
          {"flagged_total", file.flagged.size()},
          {"flagged", RejectedRowsJson(file.flagged)}};
}

Response NothingUsable(const RegisterFile& file) {
  return ProblemResponse(ProblemKind::kNothingUsable,
                         "Every row was refused; nothing was recorded. The first: line " +
                             std::to_string(file.rejected[0].line) + ": " +
                             file.rejected[0].reason,
                         {},
                         json::object{{"rejected_total", file.rejected.size()},
                                      {"rejected", RejectedRowsJson(file.rejected)}});
}

void Put(std::shared_ptr<const Call> call, Reply reply) {
  if (auto refused = NeedsAllUnits(*call)) return reply(std::move(*refused));
  const RegisterSchema* schema = SchemaNamed(call->path[0]);
  if (schema == nullptr) return reply(UnknownRegister(call->path[0]));
  ParameterReader reader(*call);
  const bool dry_run = reader.Flag("dry_run").value_or(false);
  if (!reader.ok()) return reply(reader.problem());

  const auto format = FormatOfContentType(call->request.content_type);
  auto file = ReadRegister(*schema, call->request.body, format.value_or(RegisterFormat::kJson),
                           call->monitor().ChecksForRegisters(), RegisterLimits());
  if (!file) return reply(ProblemResponse(file.error()));
  if (file->rows.empty() && !file->rejected.empty()) return reply(NothingUsable(*file));
  json::object outline = Outline(*schema, *file, dry_run);
  if (dry_run) return reply(JsonResponse(outline));
  call->monitor().PutRegister(
      schema->id, std::move(file->rows), std::nullopt,
      [outline = std::move(outline), reply](Result<RegisterPutAnswer> answer) mutable {
        if (!answer) return reply(ProblemResponse(answer.error()));
        outline["recorded"] = answer->recorded;
        outline["unchanged"] = answer->unchanged;
        outline["recorded_at"] = FormatInstant(answer->at);
        reply(JsonResponse(outline));
      });
}

Response List(const Call& call) {
  if (auto refused = NeedsAllUnits(call)) return std::move(*refused);
  const RegisterBook& book = call.monitor().registers();
  json::array registers;
  for (const RegisterSchema& schema : RegisterSchemas()) {
    json::object item = SchemaJson(schema);
    uint64_t rows = 0;
    book.Visit(schema.id, kEndOfTime, [&rows](const RegisterRow&) { ++rows; });
    item["kept"] = book.Kept(schema.id, kEndOfTime);
    item["rows"] = rows;
    registers.push_back(std::move(item));
  }
  return JsonResponse(json::object{{"registers", std::move(registers)}});
}

json::array RowsJson(const RegisterSchema& schema, const std::vector<RegisterListItem>& items) {
  json::array rows;
  for (const RegisterListItem& item : items) rows.push_back(RowJson(schema, item));
  return rows;
}

Response Rows(const Call& call) {
  if (auto refused = NeedsAllUnits(call)) return std::move(*refused);
  const RegisterSchema* schema = SchemaNamed(call.path[0]);
  if (schema == nullptr) return UnknownRegister(call.path[0]);
  ParameterReader reader(call);
  const Instant known_at = reader.InstantOf("known_at").value_or(kEndOfTime);
  const std::string after = reader.Text("after");
  const size_t limit = reader.Limit();
  if (!reader.ok()) return reader.problem();
  const auto items = call.monitor().registers().List(schema->id, known_at, after, limit);
  const bool more = items.size() == limit;
  return JsonResponse(
      json::object{{"register", json::string(schema->name.data(), schema->name.size())},
                   {"kept", call.monitor().registers().Kept(schema->id, known_at)},
                   {"rows", RowsJson(*schema, items)},
                   {"next_after", more ? json::value(items.back().row.key) : json::value()}});
}

Response Versions(const Call& call) {
  if (auto refused = NeedsAllUnits(call)) return std::move(*refused);
  const RegisterSchema* schema = SchemaNamed(call.path[0]);
  if (schema == nullptr) return UnknownRegister(call.path[0]);
  ParameterReader reader(call);
  const std::string key = reader.Text("key");
  if (key.empty()) reader.Fail("key", "the key of a row is needed: its key fields, joined by '|'");
  if (!reader.ok()) return reader.problem();
  const auto items = call.monitor().registers().Versions(schema->id, key);
  if (items.empty()) {
    return ProblemResponse(ProblemKind::kNotFound,
                           "The register has no row with the key " + Shown(key) + ".", "key");
  }
  return JsonResponse(
      json::object{{"register", json::string(schema->name.data(), schema->name.size())},
                   {"key", key},
                   {"versions", RowsJson(*schema, items)}});
}

constexpr std::array kRoutes = std::to_array<Route>({
    {http::verb::put, "/api/v1/registers/{name}", "putRegister", Right::kDeliver,
     Runs::kAsyncOnQueryPool, nullptr, Put, "dry_run", "RegisterRows", "RegisterAnswer",
     "Takes rows of a register, new and changed ones; answered once they are durable. Rows that "
     "are not named stay; \"withdrawn\": true ends one."},
    {http::verb::get, "/api/v1/registers", "listRegisters", Right::kRead, Runs::kOnQueryPool, List,
     nullptr, "", "", "RegisterList", "The registers and their fields."},
    {http::verb::get, "/api/v1/registers/{name}", "getRegister", Right::kRead, Runs::kOnQueryPool,
     Rows, nullptr, "known_at after limit", "", "RegisterPage", "The rows of a register, by key."},
    {http::verb::get, "/api/v1/registers/{name}/versions", "getRegisterVersions", Right::kRead,
     Runs::kOnQueryPool, Versions, nullptr, "key", "", "RegisterVersions",
     "Every version of one row."},
});

}  // namespace

std::span<const Route> RegisterRoutes() { return kRoutes; }

}  // namespace tthc
