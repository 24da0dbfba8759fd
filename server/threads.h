// The one place that starts threads of this room; every thread has a name.
#pragma once

#include <functional>
#include <string>
#include <thread>

namespace tthc {

// `name`: at most 15 bytes (a limit of Linux; a longer one is cut).
std::thread StartThread(std::string name, std::function<void()> body);

}  // namespace tthc
