// A request and a response as the routes see them: no sockets, no Beast messages.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/query.h"
#include "server/net.h"

namespace tthc {

struct Request {
  http::verb method = http::verb::unknown;
  std::string path;  // as sent: percent-encoded, without the query
  QueryString query;
  std::string authorization;
  std::string content_type;  // without parameters, lower case
  std::string content_encoding;
  std::string accept_encoding;
  std::string last_event_id;
  std::string if_none_match;
  std::string access_reason;
  std::string body;
  bool encrypted = false;  // came over TLS
};

struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<http::field, std::string>> headers;
  // Of what a browser shows as a page; empty: none. With it goes Referrer-Policy: no-referrer.
  std::string_view content_security_policy;
};

}  // namespace tthc
