// What is wrong in a configuration file, and where. All problems of a file are gathered before
// any is reported, so that a person mends them in one go.
#pragma once

#include <string>
#include <vector>

#include "config/result.h"

namespace tthc {

struct Problem {
  std::string file;
  int line = 0;        // 1-based; 0 where the problem has no line
  std::string reason;  // English, one sentence without a final stop
  std::string Text() const;  // "conf.toml:12: limits.body_bytes: 0 is below the least value 1024"
};

// At most this many problems are told at once.
inline constexpr size_t kMaxToldProblems = 20;

// One kInvalidInput error, a line per problem.
Error ToError(const std::vector<Problem>& problems);

}  // namespace tthc
