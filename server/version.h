#pragma once

#include <string_view>

namespace tthc {

inline constexpr const char* kVersion = TTHC_VERSION;  // of the CMake project

}  // namespace tthc
