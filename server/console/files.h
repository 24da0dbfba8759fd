// The files of the console as they are served: compiled in, so that a daemon needs nothing beside it.
//
// Made by server/console/build.mjs; of a build with TTHC_CONSOLE=OFF there are none. Thread safety:
// constant data.
#pragma once

#include <span>
#include <string_view>

namespace tthc {

struct ConsoleFile {
  std::string_view name;          // "index.html", "app-3F2A9C1B.js"
  std::string_view content_type;
  std::string_view etag;          // with its quotes
  bool hashed_name;               // another content would have another name
  std::string_view plain;
  std::string_view gzipped;
};
std::span<const ConsoleFile> ConsoleFiles();

}  // namespace tthc
