// The client of the channels against real sockets: outcomes, kept connections, certificates.
#include "server/channels/http_client.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <future>
#include <thread>

namespace tthc {
namespace {

namespace ssl = boost::asio::ssl;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{30'000};

// A certificate that signs itself, for one name (DNS:… or IP:…), as two PEM files.
struct Certificate {
  std::string cert_file;
  std::string key_file;
};
Certificate MakeCertificate(const std::filesystem::path& directory, const std::string& name,
                            const std::string& alternative) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* cert = X509_new();
  X509_set_version(cert, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
  X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
  X509_set_pubkey(cert, key);
  X509_NAME* subject = X509_get_subject_name(cert);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(cert, subject);
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, cert, cert, nullptr, nullptr, 0);
  for (const auto& [nid, value] : {std::pair{NID_basic_constraints, std::string("CA:TRUE")},
                                   std::pair{NID_subject_alt_name, alternative}}) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(cert, key, EVP_sha256());
  Certificate files{directory / (name + ".pem"), directory / (name + ".key")};
  FILE* out = std::fopen(files.cert_file.c_str(), "w");
  PEM_write_X509(out, cert);
  std::fclose(out);
  out = std::fopen(files.key_file.c_str(), "w");
  PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
  X509_free(cert);
  EVP_PKEY_free(key);
  return files;
}

// A server that answers each request of a connection with the next of its answers; after the last
// one it closes. An empty answer is none: it waits for the client to go.
class Server {
 public:
  explicit Server(std::vector<std::vector<std::string>> connections,
                  std::optional<Certificate> certificate = std::nullopt)
      : acceptor_(context_, {net::ip::make_address("127.0.0.1"), 0}) {
    thread_ = std::thread([this, connections = std::move(connections), certificate] {
      for (const auto& answers : connections) {
        ErrorCode ec;
        tcp::socket socket(context_);
        acceptor_.accept(socket, ec);
        if (ec) return;
        ++accepted_;
        if (!certificate) {
          Serve(socket, answers);
          continue;
        }
        ssl::context tls(ssl::context::tls_server);
        tls.use_certificate_file(certificate->cert_file, ssl::context::pem);
        tls.use_private_key_file(certificate->key_file, ssl::context::pem);
        ssl::stream<tcp::socket&> stream(socket, tls);
        stream.handshake(ssl::stream_base::server, ec);
        if (!ec) Serve(stream, answers);
      }
    });
  }
  ~Server() {
    // Wakes an accept that nobody came to.
    ErrorCode ignored;
    net::io_context context;
    tcp::socket waker(context);
    waker.connect(acceptor_.local_endpoint(), ignored);
    waker.close(ignored);
    acceptor_.close(ignored);
    thread_.join();
  }
  uint16_t port() const { return acceptor_.local_endpoint().port(); }
  int accepted() const { return accepted_; }
  std::string request() {
    const std::lock_guard lock(mutex_);
    return request_;
  }

 private:
  template <typename Stream>
  void Serve(Stream& stream, const std::vector<std::string>& answers) {
    net::streambuf buffer;
    for (const std::string& answer : answers) {
      ErrorCode ec;
      const size_t head = net::read_until(stream, buffer, "\r\n\r\n", ec);
      if (ec) return;
      std::string text(net::buffers_begin(buffer.data()), net::buffers_end(buffer.data()));
      const size_t at = text.find("Content-Length: ");
      const size_t whole = head + std::stoul(text.substr(at + 16));
      if (buffer.size() < whole) {
        net::read(stream, buffer, net::transfer_exactly(whole - buffer.size()), ec);
      }
      text.assign(net::buffers_begin(buffer.data()), net::buffers_end(buffer.data()));
      buffer.consume(whole);
      {
        const std::lock_guard lock(mutex_);
        request_ = text.substr(0, whole);
      }
      if (answer.empty()) {
        net::read(stream, buffer, net::transfer_at_least(1), ec);
        return;
      }
      net::write(stream, net::buffer(answer), ec);
    }
  }

  net::io_context context_;
  tcp::acceptor acceptor_;
  std::atomic<int> accepted_{0};
  std::mutex mutex_;
  std::string request_;
  std::thread thread_;
};

std::string Status(int status, const std::string& headers = "", const std::string& body = "") {
  return "HTTP/1.1 " + std::to_string(status) + " x\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class HttpClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tthc-client-XXXXXX";
    directory_ = mkdtemp(name);
  }
  void TearDown() override {
    client_.reset();
    std::filesystem::remove_all(directory_);
  }
  void Connect(const std::string& url, milliseconds timeout = kPatience,
               const std::string& ca_file = "") {
    const auto target = ParseHttpTarget(url);
    auto tls = target->tls ? *TlsContext(ca_file) : nullptr;
    client_ = std::make_unique<HttpClient>(context_, *target, std::move(tls), timeout);
  }
  void ConnectTo(const Server& server, milliseconds timeout = kPatience) {
    Connect("http://127.0.0.1:" + std::to_string(server.port()) + "/a?b", timeout);
  }
  SendResult Post(const std::string& body = "{}") {
    std::optional<SendResult> result;
    client_->Post(body, {{"webhook-id", "1"}}, [&](SendResult got) { result = std::move(got); });
    EXPECT_FALSE(result) << "never from within Post";
    context_.restart();
    context_.run();
    return *result;
  }

  std::filesystem::path directory_;
  net::io_context context_;
  std::unique_ptr<HttpClient> client_;
};

TEST_F(HttpClientTest, SendsWhatItIsGivenAndReadsTheStatus) {
  struct Row {
    int status;
    SendOutcome outcome;
  };
  for (const Row& row : {Row{200, SendOutcome::kAccepted}, Row{204, SendOutcome::kAccepted},
                         Row{302, SendOutcome::kRefused}, Row{400, SendOutcome::kRefused},
                         Row{410, SendOutcome::kGone}, Row{503, SendOutcome::kRefused}}) {
    Server server({{Status(row.status, "Retry-After: 7\r\n")}});
    ConnectTo(server);
    const SendResult result = Post(R"({"x":1})");
    EXPECT_EQ(result.outcome, row.outcome) << row.status;
    EXPECT_EQ(result.detail, "HTTP " + std::to_string(row.status));
    EXPECT_EQ(result.retry_after, std::chrono::seconds(7));
    EXPECT_TRUE(server.request().starts_with("POST /a?b HTTP/1.1\r\nHost: 127.0.0.1:"));
    EXPECT_NE(server.request().find("\r\nwebhook-id: 1\r\n"), std::string::npos);
    EXPECT_TRUE(server.request().ends_with("\r\n\r\n{\"x\":1}"));
  }
}

TEST_F(HttpClientTest, KeepsAConnectionAndMakesANewOneWhereTheOldWasClosed) {
  // The second connection closes after its first answer, without saying so.
  Server server({{Status(200), Status(201), Status(500)}, {Status(202)}, {Status(203)}});
  ConnectTo(server);
  for (const char* detail : {"HTTP 200", "HTTP 201", "HTTP 500"}) EXPECT_EQ(Post().detail, detail);
  EXPECT_EQ(server.accepted(), 1);
  EXPECT_EQ(Post().detail, "HTTP 202");
  EXPECT_EQ(Post().detail, "HTTP 203");
  EXPECT_EQ(server.accepted(), 3);
}

TEST_F(HttpClientTest, AnAnswerThatIsTooLongStillDecides) {
  Server server({{Status(200, "", std::string(kMaxAnswerBodyBytes + 1, 'x'))}, {Status(201)}});
  ConnectTo(server);
  EXPECT_EQ(Post().detail, "HTTP 200");
  EXPECT_EQ(Post().detail, "HTTP 201");
  EXPECT_EQ(server.accepted(), 2);
}

TEST_F(HttpClientTest, TellsHowItFailed) {
  {
    Server server({{""}});
    ConnectTo(server, milliseconds(100));
    EXPECT_EQ(Post().outcome, SendOutcome::kTimeout);
  }
  {
    Server server({{"HTTP/1.1 20"}});
    ConnectTo(server);
    EXPECT_EQ(Post().outcome, SendOutcome::kBroken);
  }
  {
    Server server({{"no HTTP at all\r\n\r\n"}});
    ConnectTo(server);
    EXPECT_EQ(Post().outcome, SendOutcome::kBroken);
  }
  {
    Server server({{Status(200, "X: " + std::string(kMaxAnswerHeadBytes, 'x') + "\r\n")}});
    ConnectTo(server);
    EXPECT_EQ(Post().outcome, SendOutcome::kBroken);
  }
  uint16_t port = 0;
  {
    Server server({});
    port = server.port();
  }
  Connect("http://127.0.0.1:" + std::to_string(port) + "/");
  EXPECT_EQ(Post().outcome, SendOutcome::kUnreachable);
  EXPECT_EQ(Post().detail, "Connection refused");
}

TEST_F(HttpClientTest, TlsTakesOnlyAKnownAuthorityAndTheRightName) {
  const auto right = MakeCertificate(directory_, "right", "DNS:localhost,IP:127.0.0.1");
  const auto wrong = MakeCertificate(directory_, "wrong", "DNS:elsewhere.example");
  const auto ask = [&](const Certificate& served, const std::string& host,
                       const std::string& ca_file) {
    Server server({{Status(200)}}, served);
    Connect("https://" + host + ":" + std::to_string(server.port()) + "/", kPatience, ca_file);
    return Post();
  };
  EXPECT_EQ(ask(right, "localhost", right.cert_file).outcome, SendOutcome::kAccepted);
  EXPECT_EQ(ask(right, "127.0.0.1", right.cert_file).outcome, SendOutcome::kAccepted);
  // Signed by itself, and by nobody the system knows.
  EXPECT_EQ(ask(right, "localhost", "").outcome, SendOutcome::kUnreachable);
  // Known, but for another name.
  const SendResult other = ask(wrong, "localhost", wrong.cert_file);
  EXPECT_EQ(other.outcome, SendOutcome::kUnreachable);
  EXPECT_NE(other.detail.find("certificate verify failed"), std::string::npos) << other.detail;
  EXPECT_EQ(ask(wrong, "127.0.0.1", wrong.cert_file).outcome, SendOutcome::kUnreachable);
}

TEST_F(HttpClientTest, TlsToAPlainServerIsUnreachable) {
  Server server({{Status(200)}});
  Connect("https://127.0.0.1:" + std::to_string(server.port()) + "/", milliseconds(300));
  EXPECT_EQ(Post().outcome, SendOutcome::kUnreachable);
}

}  // namespace
}  // namespace tthc
