// The shipped data files, compiled into the program.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace tthc {

// Settings name a shipped file as "builtin:calendar_vn.toml".
inline constexpr std::string_view kBuiltinPrefix = "builtin:";

// The text of a shipped file by its bare name ("calendar_vn.toml"); nullopt where there is none.
std::optional<std::string_view> EmbeddedFile(std::string_view name);
std::vector<std::string_view> EmbeddedFileNames();

}  // namespace tthc
