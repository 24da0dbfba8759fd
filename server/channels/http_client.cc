#include "server/channels/http_client.h"

#include <openssl/err.h>

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <charconv>

#include "server/clock.h"
#include "server/version.h"

namespace tthc {
namespace {

namespace ssl = boost::asio::ssl;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

constexpr std::array<std::string_view, kSendOutcomes> kOutcomeNames = {
    "accepted", "refused", "gone", "timeout", "broken", "unreachable"};
constexpr unsigned kHttp11 = 11;

// Retry-After in seconds; the form with a date is not used by what answers webhooks.
std::chrono::seconds RetryAfter(std::string_view field) {
  int64_t seconds = 0;
  const auto parsed = std::from_chars(field.data(), field.data() + field.size(), seconds);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == field.data() + field.size();
  return std::chrono::seconds(whole && seconds > 0 ? seconds : 0);
}

}  // namespace

std::string_view NameOf(SendOutcome outcome) {
  return kOutcomeNames[static_cast<size_t>(outcome)];
}

Result<std::shared_ptr<ssl::context>> TlsContext(const std::string& ca_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  ErrorCode ec;
  if (ca_file.empty()) {
    context->set_default_verify_paths(ec);
  } else {
    context->load_verify_file(ca_file, ec);
  }
  if (ec) return Error{ErrorKind::kIo, "holds no certificates that can be read: " + ec.message()};
  context->set_verify_mode(ssl::verify_peer, ec);
  return context;
}

// A stream with TLS or without; what is written and read is the same.
struct HttpClient::Connection {
  Connection(net::io_context& context, ssl::context* tls) {
    if (tls != nullptr) {
      secure.emplace(context, *tls);
    } else {
      plain.emplace(context);
    }
  }
  beast::tcp_stream& lowest() { return secure ? secure->next_layer() : *plain; }
  template <typename Use>
  void With(const Use& use) {
    if (secure) {
      use(*secure);
    } else {
      use(*plain);
    }
  }

  std::optional<beast::tcp_stream> plain;
  std::optional<TlsStream> secure;
  beast::flat_buffer buffer;   // of what was read beyond an answer
};

// One post: connect where there is no connection, write, read. Lives until its end by the handlers
// that hold it; the client outlives it.
class HttpClient::Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(HttpClient& client, std::string body, const Headers& headers, Done done)
      : client_(client), resolver_(client.context_), done_(std::move(done)) {
    request_.method(http::verb::post);
    request_.target(client.target_.path);
    request_.version(kHttp11);
    request_.set(http::field::host, client.target_.HostField());
    request_.set(http::field::user_agent, std::string("tthcmon/") + kVersion);
    request_.set(http::field::content_type, "application/json");
    for (const auto& [name, value] : headers) request_.set(name, value);
    request_.body() = std::move(body);
    request_.prepare_payload();
  }

  void Start(std::shared_ptr<Connection> kept) {
    if (kept == nullptr) return Connect();
    connection_ = std::move(kept);
    reused_ = true;
    Arm();
    Write();
  }

 private:
  using Endpoints = tcp::resolver::results_type;

  void Arm() { connection_->lowest().expires_after(client_.timeout_); }

  void Connect() {
    reused_ = false;
    connected_ = false;
    connection_ = std::make_shared<Connection>(client_.context_, client_.tls_.get());
    if (client_.target_.IsNumeric()) {
      const tcp::endpoint endpoint(net::ip::make_address(client_.target_.host),
                                   client_.target_.port);
      return ConnectTo(Endpoints::create(endpoint, client_.target_.host, ""));
    }
    resolver_.async_resolve(client_.target_.host, std::to_string(client_.target_.port),
                            [self = shared_from_this()](ErrorCode ec, const Endpoints& found) {
                              if (ec) return self->Fail(ec);
                              self->ConnectTo(found);
                            });
  }

  void ConnectTo(const Endpoints& endpoints) {
    Arm();
    connection_->lowest().async_connect(
        endpoints, [self = shared_from_this()](ErrorCode ec, const tcp::endpoint&) {
          if (ec) return self->Fail(ec);
          ErrorCode ignored;
          self->connection_->lowest().socket().set_option(tcp::no_delay(true), ignored);
          if (self->connection_->secure) return self->Handshake();
          self->connected_ = true;
          self->Write();
        });
  }

  void Handshake() {
    TlsStream& stream = *connection_->secure;
    const std::string& host = client_.target_.host;
    // A numeric address is checked against the certificate too, but is no server name.
    if (!client_.target_.IsNumeric()) {
      SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
    }
    stream.set_verify_callback(ssl::host_name_verification(host));
    stream.async_handshake(ssl::stream_base::client, [self = shared_from_this()](ErrorCode ec) {
      if (ec) return self->Fail(ec);
      self->connected_ = true;
      self->Write();
    });
  }

  void Write() {
    connection_->With([&](auto& stream) {
      http::async_write(stream, request_, [self = shared_from_this()](ErrorCode ec, size_t) {
        if (ec) return self->Fail(ec);
        self->ReadHead();
      });
    });
  }

  void ReadHead() {
    parser_.emplace();
    parser_->header_limit(kMaxAnswerHeadBytes);
    parser_->body_limit(boost::none);   // a long body is no reason not to learn the status
    connection_->With([&](auto& stream) {
      http::async_read_header(stream, connection_->buffer, *parser_,
                              [self = shared_from_this()](ErrorCode ec, size_t) {
                                if (ec) return self->Fail(ec);
                                self->ReadBody();
                              });
    });
  }

  // The status has decided; the body is only read out of the way. Where that fails the connection
  // is not used again, and that is all.
  void ReadBody() {
    const auto length = parser_->content_length();
    if (length && *length > kMaxAnswerBodyBytes) return Finish(Answered(), false);
    parser_->body_limit(kMaxAnswerBodyBytes);
    connection_->With([&](auto& stream) {
      http::async_read(stream, connection_->buffer, *parser_,
                       [self = shared_from_this()](ErrorCode ec, size_t) {
                         const bool keep = !ec && self->parser_->get().keep_alive();
                         self->Finish(self->Answered(), keep);
                       });
    });
  }

  SendResult Answered() const {
    const auto& answer = parser_->get();
    const unsigned status = answer.result_int();
    SendResult result;
    result.outcome = status / 100 == 2                  ? SendOutcome::kAccepted
                     : answer.result() == http::status::gone ? SendOutcome::kGone
                                                             : SendOutcome::kRefused;
    result.detail = "HTTP " + std::to_string(status);
    const auto field = answer[http::field::retry_after];
    result.retry_after = RetryAfter({field.data(), field.size()});
    return result;
  }

  void Fail(ErrorCode ec) {
    // A server may close a connection that was kept just when it is used again.
    if (reused_ && ec != beast::error::timeout) return Connect();
    SendResult result;
    const bool reached = connected_ || reused_;
    result.outcome = !reached                       ? SendOutcome::kUnreachable
                     : ec == beast::error::timeout ? SendOutcome::kTimeout
                                                   : SendOutcome::kBroken;
    result.detail = ec == beast::error::timeout ? "no answer in time" : ec.message();
    Finish(std::move(result), false);
  }

  void Finish(SendResult result, bool keep) {
    if (keep) {
      connection_->lowest().expires_never();
      client_.kept_ = std::move(connection_);
      client_.kept_since_us_ = MonotonicMicros();
    }
    connection_.reset();
    const Done done = std::move(done_);
    done(std::move(result));
  }

  HttpClient& client_;
  tcp::resolver resolver_;
  http::request<http::string_body> request_;
  std::optional<http::response_parser<http::string_body>> parser_;
  std::shared_ptr<Connection> connection_;
  bool reused_ = false;
  bool connected_ = false;
  Done done_;
};

HttpClient::HttpClient(net::io_context& context, HttpTarget target,
                       std::shared_ptr<ssl::context> tls, std::chrono::milliseconds timeout)
    : context_(context), target_(std::move(target)), tls_(std::move(tls)), timeout_(timeout) {}

HttpClient::~HttpClient() = default;

void HttpClient::Post(std::string body, const Headers& headers, Done done) {
  using std::chrono::microseconds;
  const bool fresh = microseconds(MonotonicMicros() - kept_since_us_) < kReuseTime;
  if (!fresh) CloseIdle();
  auto exchange = std::make_shared<Exchange>(*this, std::move(body), headers, std::move(done));
  exchange->Start(std::exchange(kept_, nullptr));
}

void HttpClient::CloseIdle() { kept_.reset(); }

}  // namespace tthc
