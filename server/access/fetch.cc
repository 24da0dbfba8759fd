#include "server/access/fetch.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace tthc {
namespace {

namespace ssl = net::ssl;

constexpr auto kWait = net::as_tuple(net::use_awaitable);
constexpr std::array<std::string_view, 3> kLoopback = {"127.0.0.1", "::1", "localhost"};
constexpr size_t kMaxUrlBytes = 2048;
constexpr uint32_t kMaxHeaderBytes = 16u << 10;

bool IsLoopback(std::string_view host) {
  return std::find(kLoopback.begin(), kLoopback.end(), host) != kLoopback.end();
}

Error Failed(std::string_view step, const ErrorCode& ec) {
  return {ErrorKind::kUnavailable, std::string(step) + ": " + ec.message()};
}

// Sends the request and reads the answer over either kind of stream.
template <typename Stream>
net::awaitable<Result<std::string>> Ask(Stream& stream, const FetchUrl& url,
                                        const FetchLimits& limits) {
  http::request<http::empty_body> request(http::verb::get, url.target, 11);
  request.set(http::field::host, url.host);
  request.set(http::field::user_agent, "tthcmon");
  request.set(http::field::accept, "application/json");
  request.set(http::field::connection, "close");
  const auto [sent, sent_bytes] = co_await http::async_write(stream, request, kWait);
  if (sent) co_return Failed("sending", sent);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.header_limit(kMaxHeaderBytes);
  parser.body_limit(limits.body_bytes);
  const auto [got, got_bytes] = co_await http::async_read(stream, buffer, parser, kWait);
  if (got) co_return Failed("reading", got);
  if (parser.get().result() != http::status::ok) {
    co_return Error{ErrorKind::kUnavailable,
                    "the answer is HTTP " + std::to_string(parser.get().result_int())};
  }
  co_return std::move(parser.get().body());
}

Result<void> Trust(ssl::context& context, const std::string& ca_file) {
  ErrorCode ec;
  if (ca_file.empty()) {
    context.set_default_verify_paths(ec);
  } else {
    context.load_verify_file(ca_file, ec);
  }
  if (ec) return Failed("certificates of authorities", ec);
  context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, ec);
  if (ec) return Failed("certificates of authorities", ec);
  return {};
}

// A plain address is no name that the extension could carry.
bool IsNumeric(const std::string& host) {
  ErrorCode ec;
  net::ip::make_address(host, ec);
  return !ec;
}

net::awaitable<Result<std::string>> AskSecurely(beast::tcp_stream tcp_stream, const FetchUrl& url,
                                                const FetchLimits& limits) {
  ssl::context context(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  if (const auto trusted = Trust(context, limits.ca_file); !trusted) co_return trusted.error();
  beast::ssl_stream<beast::tcp_stream> stream(std::move(tcp_stream), context);
  if (!IsNumeric(url.host)) SSL_set_tlsext_host_name(stream.native_handle(), url.host.c_str());
  ErrorCode ec;
  stream.set_verify_callback(ssl::host_name_verification(url.host), ec);
  if (ec) co_return Failed("certificate", ec);
  const auto [shaken] = co_await stream.async_handshake(ssl::stream_base::client, kWait);
  if (shaken) co_return Failed("TLS", shaken);
  // Everything is in the answer's length: nothing would be won by waiting for a goodbye.
  co_return co_await Ask(stream, url, limits);
}

}  // namespace

Result<FetchUrl> ParseFetchUrl(std::string_view url) {
  constexpr std::string_view kHttps = "https://";
  constexpr std::string_view kHttp = "http://";
  FetchUrl out;
  out.tls = url.starts_with(kHttps);
  if (url.size() > kMaxUrlBytes || !(out.tls || url.starts_with(kHttp))) {
    return Invalid("the address must begin with https://");
  }
  url.remove_prefix(out.tls ? kHttps.size() : kHttp.size());
  const size_t slash = std::min(url.find_first_of("/?#"), url.size());
  std::string_view authority = url.substr(0, slash);
  const std::string_view target = url.substr(slash);
  if (authority.find('@') != authority.npos || target.find('#') != target.npos) {
    return Invalid("the address must have neither a user nor a fragment");
  }
  for (const char c : url) {
    if (c <= ' ' || c == 0x7f) return Invalid("the address has blanks or control characters");
  }
  const size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  const size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  out.host = authority.substr(0, colon);
  out.port = colon == authority.npos ? (out.tls ? "443" : "80") : authority.substr(colon + 1);
  if (out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']') {
    out.host = out.host.substr(1, out.host.size() - 2);
  }
  out.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  const bool digits = !out.port.empty() && out.port.size() <= 5 &&
                      out.port.find_first_not_of("0123456789") == out.port.npos;
  if (out.host.empty() || !digits) return Invalid("the address has no host or no good port");
  if (!out.tls && !IsLoopback(out.host)) {
    return Invalid("http:// is taken for this machine only (127.0.0.1, [::1], localhost)");
  }
  return out;
}

net::awaitable<Result<std::string>> Fetch(FetchUrl url, FetchLimits limits) {
  const auto executor = co_await net::this_coro::executor;
  tcp::resolver resolver(executor);
  const auto [resolved, endpoints] = co_await resolver.async_resolve(url.host, url.port, kWait);
  if (resolved) co_return Failed("name of the host", resolved);
  beast::tcp_stream stream(executor);
  stream.expires_after(limits.time);
  // A name may have been given another address than the one its owner meant.
  if (!url.tls) {
    for (const auto& entry : endpoints) {
      if (!entry.endpoint().address().is_loopback()) {
        co_return Error{ErrorKind::kUnavailable, "http:// does not lead to this machine"};
      }
    }
  }
  const auto [connected, endpoint] = co_await stream.async_connect(endpoints, kWait);
  if (connected) co_return Failed("connecting", connected);
  if (url.tls) co_return co_await AskSecurely(std::move(stream), url, limits);
  co_return co_await Ask(stream, url, limits);
}

}  // namespace tthc
