#include "server/channels/http_target.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "server/net.h"

namespace tthc {
namespace {

struct SchemeRow {
  std::string_view prefix;
  bool tls;
  uint16_t port;
};
constexpr std::array<SchemeRow, 2> kSchemes = {{{"https://", true, 443}, {"http://", false, 80}}};

const SchemeRow& RowOf(bool tls) { return kSchemes[tls ? 0 : 1]; }

bool IsVisibleAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::optional<net::ip::address> AddressOf(const std::string& host) {
  ErrorCode ec;
  const auto address = net::ip::make_address(host, ec);
  return ec ? std::nullopt : std::optional(address);
}

std::string Bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

// "host", "host:port", "[::1]:port".
Result<void> ReadAuthority(std::string_view text, HttpTarget& target) {
  if (text.find('@') != text.npos) return Invalid("a URL must not hold a name or password");
  const size_t bracket = text.rfind(']');
  const size_t colon = text.rfind(':');
  const bool has_port = colon != text.npos && (bracket == text.npos || colon > bracket);
  std::string_view host = has_port ? text.substr(0, colon) : text;
  if (has_port) {
    const std::string_view port = text.substr(colon + 1);
    const auto parsed = std::from_chars(port.data(), port.data() + port.size(), target.port);
    if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size() || target.port == 0) {
      return Invalid("the port of a URL is a number from 1 to 65535");
    }
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  if (host.empty()) return Invalid("the URL names no host");
  target.host = std::string(host);
  return {};
}

}  // namespace

std::string HttpTarget::Origin() const {
  return std::string(RowOf(tls).prefix) + Bracketed(host) + ":" + std::to_string(port);
}

std::string HttpTarget::HostField() const {
  return Bracketed(host) + (port == RowOf(tls).port ? "" : ":" + std::to_string(port));
}

bool HttpTarget::IsLoopback() const {
  if (host == "localhost") return true;
  const auto address = AddressOf(host);
  return address && address->is_loopback();
}

bool HttpTarget::IsNumeric() const { return AddressOf(host).has_value(); }

Result<HttpTarget> ParseHttpTarget(std::string_view url) {
  if (url.size() > kMaxUrlBytes) {
    return Invalid("a URL has at most " + std::to_string(kMaxUrlBytes) + " bytes");
  }
  if (!IsVisibleAscii(url)) return Invalid("a URL has no blanks and only ASCII");
  const auto scheme = std::find_if(kSchemes.begin(), kSchemes.end(), [&](const SchemeRow& row) {
    return url.starts_with(row.prefix);
  });
  if (scheme == kSchemes.end()) return Invalid("a URL begins with https:// or http://");
  if (url.find('#') != url.npos) return Invalid("a URL to send to has no fragment");
  url.remove_prefix(scheme->prefix.size());
  HttpTarget target;
  target.tls = scheme->tls;
  target.port = scheme->port;
  const size_t end = std::min(url.find_first_of("/?"), url.size());
  if (const auto read = ReadAuthority(url.substr(0, end), target); !read) return read.error();
  target.path = std::string(url.substr(end));
  if (target.path.empty() || target.path.front() == '?') target.path.insert(0, "/");
  return target;
}

}  // namespace tthc
