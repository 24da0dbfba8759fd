// The address of a request: path, parameters, and each kind of value that needs no store.
#include <string>

#include "require.h"
#include "server/http/parameters.h"
#include "server/http/query.h"

namespace tthc {
namespace {

constexpr std::string_view kNames = "unit period from to as_of known_at rule limit due flag";

void CheckProblem(const ParameterReader& reader) {
  if (reader.ok()) return;
  const Response problem = reader.problem();
  Require(static_cast<unsigned>(problem.status) >= 400 && static_cast<unsigned>(problem.status) < 500);
  Require(!problem.body.empty());
}

}  // namespace
}  // namespace tthc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tthc;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t mark = text.find('?');
  if (const auto segments = PathSegments(text.substr(0, mark))) {
    for (const std::string& segment : *segments) Require(segment.size() <= size);
  }
  static const Services kServices;
  Call call;
  call.services = &kServices;
  call.request.query = QueryString::Parse(mark == text.npos ? text : text.substr(mark + 1));
  Require(call.request.query.items.size() <= kMaxQueryParameters);
  (void)CheckQueryNames(kNames, call.request.query);
  ParameterReader reader(call);
  (void)reader.InstantOf("as_of");
  CheckProblem(reader);
  ParameterReader days(call);
  (void)days.DayOf("from");
  CheckProblem(days);
  ParameterReader period(call);
  const Period of = period.RequiredPeriod();
  if (period.ok()) Require(of.from <= of.to);
  CheckProblem(period);
  ParameterReader others(call);
  (void)others.Flag("flag");
  (void)others.RuleOr(Rule::kForm06);
  (void)others.Number("due", 7);
  const size_t limit = others.Limit();
  if (others.ok()) Require(limit > 0 && limit <= kServices.limits.query_results);
  CheckProblem(others);
  return 0;
}
