#include "http_client.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace tthc::bench {
namespace {

[[noreturn]] void Fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

size_t ContentLength(std::string_view head) {
  for (size_t at = 0; at < head.size();) {
    const size_t end = head.find("\r\n", at);
    const std::string_view line = head.substr(at, end - at);
    constexpr std::string_view kName = "content-length:";
    if (line.size() > kName.size() &&
        ::strncasecmp(line.data(), kName.data(), kName.size()) == 0) {
      return std::stoull(std::string(line.substr(kName.size())));
    }
    if (end == std::string_view::npos) break;
    at = end + 2;
  }
  throw std::runtime_error("an answer without Content-Length");
}

}  // namespace

HttpClient::HttpClient(const std::string& host_port) : host_(host_port) {
  const size_t colon = host_port.rfind(':');
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host_port.substr(0, colon).c_str(), host_port.substr(colon + 1).c_str(),
                    &hints, &found) != 0) {
    throw std::runtime_error("no address: " + host_port);
  }
  fd_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected = fd_ >= 0 && ::connect(fd_, found->ai_addr, found->ai_addrlen) == 0;
  ::freeaddrinfo(found);
  if (!connected) Fail("connecting to " + host_port);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

HttpClient::~HttpClient() {
  if (fd_ >= 0) ::close(fd_);
}

void HttpClient::Fill() {
  std::array<char, 64 * 1024> chunk;
  const ssize_t n = ::recv(fd_, chunk.data(), chunk.size(), 0);
  if (n < 0) Fail("reading an answer");
  if (n == 0) throw std::runtime_error("the server closed the connection");
  received_.append(chunk.data(), static_cast<size_t>(n));
}

HttpAnswer HttpClient::Exchange(std::string_view method, std::string_view path,
                                std::string_view body) {
  std::string head(method);
  head.append(" ").append(path).append(" HTTP/1.1\r\nHost: ").append(host_);
  if (!body.empty()) {
    head.append("\r\nContent-Type: application/json\r\nContent-Length: ")
        .append(std::to_string(body.size()));
  }
  head.append("\r\n\r\n");
  std::array<iovec, 2> parts = {{{head.data(), head.size()},
                                 {const_cast<char*>(body.data()), body.size()}}};
  while (parts[0].iov_len + parts[1].iov_len > 0) {
    ssize_t n = ::writev(fd_, parts.data(), parts.size());
    if (n < 0) Fail("sending a request");
    for (iovec& part : parts) {
      const size_t taken = std::min(static_cast<size_t>(n), part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + taken;
      part.iov_len -= taken;
      n -= static_cast<ssize_t>(taken);
    }
  }
  size_t head_end = 0;
  while ((head_end = received_.find("\r\n\r\n")) == std::string::npos) Fill();
  HttpAnswer answer;
  answer.status = std::stoi(received_.substr(9, 3));
  const size_t length = ContentLength(std::string_view(received_).substr(0, head_end));
  const size_t total = head_end + 4 + length;
  received_.reserve(total);
  while (received_.size() < total) Fill();
  answer.body = received_.substr(head_end + 4, length);
  received_.erase(0, total);
  return answer;
}

}  // namespace tthc::bench
