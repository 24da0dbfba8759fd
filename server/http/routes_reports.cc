// The reports that people sign.
#include <array>

#include "server/http/parameters.h"
#include "server/http/problem.h"
#include "server/http/render.h"
#include "server/http/router.h"
#include "server/http/visibility.h"

namespace tthc {
namespace {

constexpr std::string_view kFormats = "json csv xlsx";

json::string Text(std::string_view text) { return json::string(text.data(), text.size()); }

Response Reports(const Call&) {
  json::array reports;
  for (const ReportRow& row : ReportTableOf()) {
    reports.push_back(
        json::object{{"name", Text(row.name)},
                     {"title", Text(row.title)},
                     {"help", Text(row.help)},
                     {"path", "/api/v1/reports/" + std::string(row.name)}});
  }
  return JsonResponse(
      json::object{{"reports", std::move(reports)}, {"formats", {"json", "csv", "xlsx"}}});
}

Response UnknownReport(std::string_view name) {
  std::string known;
  for (const ReportRow& row : ReportTableOf()) {
    known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  return ProblemResponse(ProblemKind::kUnknownReport,
                         "There is no report " + Shown(name) + "; known: " + known + ".", "name");
}

// "form06_H34_2025-Q1.xlsx"; a unit's code has no character that would need quoting.
std::string FileName(const ReportRow& row, const ReportQuery& query, ReportFormat format) {
  return std::string(row.name) + "_" + query.unit + "_" + LabelOf(query.period) + "." +
         std::string(ExtensionOf(format));
}

Response OneReport(const Call& call) {
  const ReportRow* row = ReportNamed(call.path[0]);
  if (row == nullptr) return UnknownReport(call.path[0]);
  ParameterReader reader(call);
  ReportQuery query;
  query.unit = reader.Unit(reader.Text("unit"), "unit");
  query.period = reader.StartedPeriod();
  query.view = reader.TimeView();
  query.definition = reader.Definition("definition");
  const auto format = ReportFormatNamed(reader.OneOf("format", kFormats));
  reader.MustSeeAllBelow(query.unit, query.period, query.view);
  if (!reader.ok()) return reader.problem();
  auto report = call.monitor().MakeReport(*row, query);
  if (!report) return ProblemResponse(report.error());
  HideForeignCases(call, query.view, *report);
  auto rendered = Render(*report, *format);
  if (!rendered) return ProblemResponse(rendered.error());
  Response response;
  response.content_type = ContentTypeOf(*format);
  response.body = std::move(*rendered);
  response.headers.emplace_back(http::field::content_disposition,
                                "attachment; filename=\"" + FileName(*row, query, *format) + "\"");
  return response;
}

constexpr std::array kRoutes = std::to_array<Route>({
    {http::verb::get, "/api/v1/reports", "listReports", Right::kRead, Runs::kOnQueryPool, Reports,
     nullptr, "", "", "ReportList", "The reports."},
    {http::verb::get, "/api/v1/reports/{name}", "getReport", Right::kRead, Runs::kOnQueryPool,
     OneReport, nullptr, "unit period from to format as_of known_at definition", "", "Report",
     "A report of a unit and all below it, as JSON, CSV or XLSX.", Noted::kList},
});

}  // namespace

std::span<const Route> ReportRoutes() { return kRoutes; }

}  // namespace tthc
