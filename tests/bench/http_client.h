// One keep-alive HTTP/1.1 connection over a plain socket, as small as a load generator needs: its
// own work must not be what is measured. Throws std::runtime_error with what went wrong.
#pragma once

#include <string>
#include <string_view>

namespace tthc::bench {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

class HttpClient {
 public:
  explicit HttpClient(const std::string& host_port);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;

  HttpAnswer Get(std::string_view path) { return Exchange("GET", path, ""); }
  HttpAnswer Post(std::string_view path, std::string_view body) {
    return Exchange("POST", path, body);
  }

 private:
  HttpAnswer Exchange(std::string_view method, std::string_view path, std::string_view body);
  void Fill();

  std::string host_;
  std::string received_;   // read from the socket, not consumed
  int fd_ = -1;
};

}  // namespace tthc::bench
