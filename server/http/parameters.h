// The parameters of the API: one table for documentation and checking, one reader for handlers.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/http/problem.h"
#include "server/http/router.h"

namespace tthc {

struct Parameter {
  std::string_view name;
  std::string_view schema;  // JSON Schema, as text
  std::string_view help;
};
std::span<const Parameter> QueryParameters();
std::span<const Parameter> PathParameters();

// Refuses a parameter that the route does not know (a misspelt one would silently change the
// answer), one given twice, and a query that cannot be decoded.
std::optional<Response> CheckQueryNames(std::string_view allowed, const QueryString& query);

inline constexpr size_t kDefaultLimit = 100;

// Reads typed values; the first problem is kept and later readings give defaults.
class ParameterReader {
 public:
  explicit ParameterReader(const Call& call) : call_(call) {}

  // A unit of the tree that the caller may see (any other one is as unknown); `raw` in either code scheme.
  std::string Unit(std::string_view raw, std::string_view name);
  // Refuses a question about a past cut-off whose figures would hold cases of units that the caller
  // does not see today: figures are counted over the tree of the cut-off.
  void MustSeeAllBelow(const std::string& unit, const Period& period, const View& view);
  // from & to, or period; never both.
  Period RequiredPeriod();
  Period StartedPeriod();  // RequiredPeriod that does not begin after today
  // The id of a definition that is loaded; empty where absent.
  std::string Definition(std::string_view name);
  std::string KnownDefinition(const std::string& id, std::string_view name);
  // One of the words of `known` (separated by blanks); its first where absent.
  std::string OneOf(std::string_view name, std::string_view known);
  Rule RuleOr(Rule otherwise);
  View TimeView();  // as_of, known_at
  std::optional<Instant> InstantOf(std::string_view name);
  std::optional<Day> DayOf(std::string_view name);
  std::optional<bool> Flag(std::string_view name);  // true, false
  size_t Limit();
  uint64_t Number(std::string_view name, uint64_t otherwise);
  std::string Text(std::string_view name);  // empty where absent
  bool Given(std::string_view name) const { return Value(name) != nullptr; }

  bool ok() const { return !problem_; }
  Response problem() const { return *problem_; }
  void Fail(std::string_view name, std::string_view reason);
  void Fail(ProblemKind kind, std::string_view detail, std::string_view name);

 private:
  const std::string* Value(std::string_view name) const { return call_.request.query.Find(name); }

  const Call& call_;
  std::optional<Response> problem_;
};

}  // namespace tthc
