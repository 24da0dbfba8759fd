#include "config/problem.h"

#include <algorithm>

namespace tthc {

std::string Problem::Text() const {
  std::string text = file;
  if (line > 0) text += ":" + std::to_string(line);
  if (!text.empty()) text += ": ";
  return text + reason;
}

Error ToError(const std::vector<Problem>& problems) {
  std::string text;
  const size_t told = std::min(problems.size(), kMaxToldProblems);
  for (size_t i = 0; i < told; ++i) {
    if (i > 0) text += '\n';
    text += problems[i].Text();
  }
  if (told < problems.size()) {
    text += "\nand " + std::to_string(problems.size() - told) + " more";
  }
  return Invalid(std::move(text));
}

}  // namespace tthc
