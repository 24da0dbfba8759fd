#include "server/console/files.h"

namespace tthc {

std::span<const ConsoleFile> ConsoleFiles() { return {}; }

}  // namespace tthc
