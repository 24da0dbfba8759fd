// A JSON body as a checked tree: encoding, grammar and depth are known to be good before anything
// is read from it.
//
// Thread safety: one thread at a time. A tree lives until the next Parse.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "config/result.h"

namespace tthc {

class JsonDocument {
 public:
  // `depth`: nested arrays and objects with something in them, the outermost counted as 1.
  explicit JsonDocument(size_t depth);

  // Errors (kInvalidInput) name the byte position from the beginning of `body`, counted from 0.
  // A byte order mark is skipped. Numbers beyond 64 bits are read as texts of their digits.
  Result<simdjson::dom::element> Parse(std::string_view body);

 private:
  void ReleaseAfterLargeBody();
  Error Explain(std::string_view body, size_t skipped) const;

  size_t depth_;
  simdjson::dom::parser parser_;
  std::string rewritten_;
};

}  // namespace tthc
