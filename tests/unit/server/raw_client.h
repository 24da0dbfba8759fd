// A client that says exactly the bytes it is told, and waits no longer than 30 s for anything.
#pragma once

#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <map>
#include <string>

#include "server/app.h"
#include "server/net.h"

namespace tthc {

inline tcp::endpoint EndpointOf(const std::string& address) {
  const auto parsed = *ParseListenAddress(address);
  return {net::ip::make_address(parsed.host), parsed.port};
}

struct RawAnswer {
  int status = 0;
  std::string head;
  std::string body;
};

class RawClient {
 public:
  explicit RawClient(const std::string& address, int receive_buffer = 0) : socket_(context_) {
    const auto endpoint = EndpointOf(address);
    socket_.open(endpoint.protocol());
    if (receive_buffer != 0) {
      socket_.set_option(net::socket_base::receive_buffer_size(receive_buffer));
    }
    const timeval wait{30, 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    socket_.connect(endpoint);
  }

  void Send(std::string_view text) {
    ErrorCode ignored;
    net::write(socket_, net::buffer(text.data(), text.size()), ignored);
  }
  void CloseSending() { socket_.shutdown(tcp::socket::shutdown_send); }

  // One answer; status 0 where the connection ends before one has come.
  RawAnswer Read(bool head_only = false) {
    RawAnswer answer;
    size_t end;
    while ((end = text_.find("\r\n\r\n")) == text_.npos) {
      if (!More()) return answer;
    }
    answer.head = text_.substr(0, end + 2);
    text_.erase(0, end + 4);
    const size_t at = answer.head.find("Content-Length: ");
    const size_t length =
        at == answer.head.npos || head_only ? 0 : std::stoul(answer.head.substr(at + 16));
    while (text_.size() < length) {
      if (!More()) return answer;
    }
    answer.body = text_.substr(0, length);
    text_.erase(0, length);
    answer.status = std::stoi(answer.head.substr(9, 3));
    return answer;
  }
  // True once the other side has closed (whatever it sends before).
  bool WaitForClose() {
    while (More()) {
    }
    return closed_;
  }
  std::string ReadUntil(std::string_view mark) {
    while (text_.find(mark) == text_.npos) {
      if (!More()) break;
    }
    return text_;
  }
  tcp::socket& socket() { return socket_; }

 private:
  bool More() {
    std::array<char, 65536> buffer;
    const ssize_t got = recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
    if (got > 0) {
      text_.append(buffer.data(), static_cast<size_t>(got));
      return true;
    }
    closed_ = got == 0 || errno == ECONNRESET;
    return false;
  }

  net::io_context context_;
  tcp::socket socket_;
  std::string text_;
  bool closed_ = false;
};

inline std::string Get(std::string_view target, std::string_view headers = {}) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: t\r\n" + std::string(headers) + "\r\n";
}
inline std::string Put(std::string_view target, std::string_view body,
                       std::string_view type = "application/x-ndjson") {
  return "PUT " + std::string(target) +
         " HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nContent-Type: " + std::string(type) + "\r\n\r\n" + std::string(body);
}
inline std::string Post(std::string_view target, std::string_view body,
                        std::string_view headers = "Content-Type: application/json\r\n") {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

}  // namespace tthc
