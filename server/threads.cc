#include "server/threads.h"

#include <pthread.h>

#include <utility>

namespace tthc {

std::thread StartThread(std::string name, std::function<void()> body) {
  name.resize(std::min<size_t>(name.size(), 15));
  return std::thread([name = std::move(name), body = std::move(body)] {
    pthread_setname_np(pthread_self(), name.c_str());
    body();
  });
}

}  // namespace tthc
