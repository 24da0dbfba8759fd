// The pure parts of the channels: signatures, back-off, addresses, stored bytes, settings, counts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "config/json_text.h"
#include "server/channels/alertmanager_alerts.h"
#include "server/channels/backoff.h"
#include "server/channels/channel_config.h"
#include "server/channels/channel_records.h"
#include "server/channels/http_target.h"
#include "server/channels/open_alerts.h"
#include "server/channels/webhook_signature.h"

namespace tthc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

// --- signatures

// The vector published with the Standard Webhooks libraries.
TEST(WebhookSignature, IsTheOneOfTheSpecification) {
  const auto key = WebhookKeyOf(kSecret);
  ASSERT_TRUE(key);
  EXPECT_EQ(WebhookSignature({*key}, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                             R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(WebhookSignature, EachKeySigns) {
  const std::string key = *WebhookKeyOf(kSecret);
  const std::string one = WebhookSignature({key}, "a", 1, "{}");
  const std::string other = WebhookSignature({std::string(24, 'k')}, "a", 1, "{}");
  EXPECT_NE(one, other);
  EXPECT_EQ(WebhookSignature({key, std::string(24, 'k')}, "a", 1, "{}"), one + " " + other);
}

TEST(WebhookSignature, SecretsOfAnotherFormAreRefused) {
  for (const std::string& bad :
       {std::string("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), std::string("whsec_"),
        std::string("whsec_AAAA"), std::string("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa"),
        "whsec_" + std::string(32, '%'), std::string()}) {
    EXPECT_FALSE(WebhookKeyOf(bad)) << bad;
  }
  EXPECT_TRUE(WebhookKeyOf("whsec_" + std::string(84, 'A') + "AA=="));    // 64 bytes
  EXPECT_FALSE(WebhookKeyOf("whsec_" + std::string(84, 'A') + "AAA="));   // 65
}

// --- back-off

TEST(Backoff, DoublesWithinItsBoundsAndIsSeeded) {
  const BackoffOptions options{std::chrono::milliseconds(100), std::chrono::milliseconds(1'000)};
  Backoff backoff(options, 1), again(options, 1), other(options, 2);
  bool differs = false;
  for (int failures = 1; failures <= 60; ++failures) {
    const int64_t full = failures > 4 ? 1'000 : 100 << (failures - 1);
    const auto delay = backoff.After(failures);
    EXPECT_GE(delay.count(), full / 2) << failures;
    EXPECT_LE(delay.count(), full) << failures;
    EXPECT_EQ(delay, again.After(failures));
    differs |= delay != other.After(failures);
  }
  EXPECT_TRUE(differs);
}

TEST(Backoff, GoldenDelays) {
  Backoff backoff({std::chrono::milliseconds(1'000), std::chrono::milliseconds(300'000)}, 42);
  std::vector<int64_t> delays;
  for (int failures = 1; failures <= 4; ++failures) {
    delays.push_back(backoff.After(failures).count());
  }
  EXPECT_THAT(delays, ElementsAre(573, 1313, 2168, 4542));
}

// --- addresses

TEST(HttpTarget, ReadsAddresses) {
  struct Row {
    const char* url;
    const char* origin;
    const char* host_field;
    const char* path;
    bool loopback;
  };
  const Row rows[] = {
      {"https://example.vn", "https://example.vn:443", "example.vn", "/", false},
      {"https://example.vn:8443/a/b?c=d", "https://example.vn:8443", "example.vn:8443", "/a/b?c=d",
       false},
      {"http://127.0.0.1:9093/", "http://127.0.0.1:9093", "127.0.0.1:9093", "/", true},
      {"http://localhost?x", "http://localhost:80", "localhost", "/?x", true},
      {"http://[::1]:81/x", "http://[::1]:81", "[::1]:81", "/x", true},
      {"https://[2001:db8::1]/", "https://[2001:db8::1]:443", "[2001:db8::1]", "/", false}};
  for (const Row& row : rows) {
    const auto target = ParseHttpTarget(row.url);
    ASSERT_TRUE(target) << row.url;
    EXPECT_EQ(target->Origin(), row.origin);
    EXPECT_EQ(target->HostField(), row.host_field);
    EXPECT_EQ(target->path, row.path);
    EXPECT_EQ(target->IsLoopback(), row.loopback);
  }
}

TEST(HttpTarget, RefusesWhatItWouldNotSendTo) {
  for (const char* bad : {"", "example.vn", "ftp://x", "https://", "https://:443/", "https://x:0/",
                          "https://x:70000/", "https://x:y/", "https://user:pass@x/", "https://x/#a",
                          "https://x/ y", "https://x/\xc3\xa9"}) {
    EXPECT_FALSE(ParseHttpTarget(bad)) << bad;
  }
  EXPECT_FALSE(ParseHttpTarget("https://x/" + std::string(kMaxUrlBytes, 'a')));
}

// --- stored bytes: a change here is a new format version

std::string Hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", static_cast<uint8_t>(c));
    out += two;
  }
  return out;
}

const WebhookState kState{300, true};
const DeadLetter kLetter{300, 12, {1'742'551'200'000'000}, "HTTP 500"};
const std::vector<ToldAlert> kTold = {{"H34.05", "overdue", {1'742'551'200'000'000}},
                                      {"", "due_soon", {-1}}};

TEST(ChannelRecords, GoldenBytes) {
  EXPECT_EQ(Hex(EncodeWebhookState(kState)), "01ac0201");
  EXPECT_EQ(Hex(EncodeDeadLetter(kLetter)), "01ac020c80a0bb94eab59806084854545020353030");
  EXPECT_EQ(Hex(EncodeToldAlerts(kTold)),
            "0102064833342e3035076f76657264756580a0bb94eab5980600086475655f736f6f6e01");
  EXPECT_EQ(WebhookStateKey("zalo"), "wzalo");
  EXPECT_EQ(Hex(DeadLetterKey("zalo", 300)), "647a616c6f2f000000000000012c");
  EXPECT_EQ(ToldAlertsKey("main"), "pmain");
}

TEST(ChannelRecords, RoundTrip) {
  EXPECT_EQ(*DecodeWebhookState(EncodeWebhookState(kState)), kState);
  EXPECT_EQ(*DecodeDeadLetter(EncodeDeadLetter(kLetter)), kLetter);
  EXPECT_EQ(*DecodeToldAlerts(EncodeToldAlerts(kTold)), kTold);
}

template <typename Decode>
void ExpectDamageIsSeen(const std::string& bytes, const Decode& decode) {
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode(bytes.substr(0, size)));
  EXPECT_FALSE(decode(bytes + "x"));
  std::string newer = bytes;
  newer[0] = 2;
  EXPECT_FALSE(decode(newer));
}

TEST(ChannelRecords, DamageIsSeen) {
  ExpectDamageIsSeen(EncodeWebhookState(kState),
                     [](std::string_view b) { return DecodeWebhookState(b).has_value(); });
  ExpectDamageIsSeen(EncodeDeadLetter(kLetter),
                     [](std::string_view b) { return DecodeDeadLetter(b).has_value(); });
  ExpectDamageIsSeen(EncodeToldAlerts(kTold),
                     [](std::string_view b) { return DecodeToldAlerts(b).has_value(); });
  // A count that no bytes follow is not room to reserve.
  EXPECT_FALSE(DecodeToldAlerts("\x01\xff\xff\xff\xff\x0f"));
}

// --- the file

class ChannelFile : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tthc-channels-XXXXXX";
    directory_ = mkdtemp(name);
    Write("good.secret", std::string(kSecret) + "\n");
    Write("two.secret", std::string(kSecret) + "\nwhsec_" + std::string(32, 'A') + "\n");
    Write("three.secret", std::string(kSecret) + "\n" + kSecret + "\n" + kSecret + "\n");
    Write("bad.secret", "hunter2-hunter2-hunter2\n");
    Write("empty.secret", "\n");
    Write("no.pem", "no certificate\n");
    Write("open.secret", std::string(kSecret) + "\n");
    std::filesystem::permissions(directory_ / "open.secret", std::filesystem::perms(0644));
    setenv("TTHC_TEST_WEBHOOK_SECRET", kSecret, 1);
    unsetenv("TTHC_TEST_NO_SECRET");
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name, std::ios::binary) << text;
    std::filesystem::permissions(directory_ / name, std::filesystem::perms(0600));
  }
  std::string File() const { return (directory_ / "channels.toml").string(); }
  Result<ChannelConfig> Parse(std::string_view toml) const { return ParseChannels(toml, File()); }

  std::filesystem::path directory_;
};

TEST_F(ChannelFile, IsReadWithItsDefaults) {
  const auto config = Parse(R"(
[[webhook]]
name = "zalo-gateway"
url = "https://gateway.example/tthc?key=1"
secret_file = "two.secret"
units = ["000.05.H34"]
kinds = ["overdue"]
[[webhook]]
name = "sms"
url = "http://10.0.0.1/"
plain_http = true
secret_env = "TTHC_TEST_WEBHOOK_SECRET"
attempts = 3
retry_first_milliseconds = 50
retry_longest_seconds = 2
timeout_seconds = 5
[[alertmanager]]
name = "main"
url = "http://127.0.0.1:9093/prefix/"
resend_seconds = 30
)");
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->webhooks.size(), 2u);
  const WebhookConfig& zalo = config->webhooks[0];
  EXPECT_EQ(zalo.endpoint.target.Origin(), "https://gateway.example:443");
  EXPECT_THAT(zalo.endpoint.filter.units, ElementsAre("H34.05"));
  EXPECT_THAT(zalo.endpoint.filter.kinds, ElementsAre("overdue"));
  EXPECT_EQ(zalo.keys.size(), 2u);
  EXPECT_EQ(zalo.attempts, 12);
  EXPECT_EQ(zalo.backoff.first, std::chrono::seconds(1));
  EXPECT_EQ(zalo.backoff.longest, std::chrono::seconds(300));
  EXPECT_EQ(zalo.endpoint.timeout, std::chrono::seconds(10));
  const WebhookConfig& sms = config->webhooks[1];
  EXPECT_EQ(sms.keys, std::vector<std::string>{*WebhookKeyOf(kSecret)});
  EXPECT_EQ(sms.attempts, 3);
  EXPECT_EQ(sms.backoff.first, std::chrono::milliseconds(50));
  EXPECT_EQ(sms.endpoint.timeout, std::chrono::seconds(5));
  ASSERT_EQ(config->alertmanagers.size(), 1u);
  EXPECT_EQ(config->alertmanagers[0].endpoint.target.path, "/prefix/api/v2/alerts");
  EXPECT_EQ(config->alertmanagers[0].resend, std::chrono::seconds(30));
  EXPECT_TRUE(Parse("")->webhooks.empty());
}

TEST_F(ChannelFile, EachMistakeIsToldWithItsLine) {
  const std::string webhook = "[[webhook]]\nname = \"a\"\nurl = \"https://x/\"\n";
  const std::string whole = webhook + "secret_file = \"good.secret\"\n";
  const std::string alertmanager = "[[alertmanager]]\nname = \"a\"\nurl = \"https://x/\"\n";
  struct Row {
    std::string toml;
    int line;
    const char* reason;
  };
  const Row rows[] = {
      {"[[webhook]]\nurl = \"https://x/\"\nsecret_file = \"good.secret\"\n", 1, "name: is missing"},
      {"[[webhook]]\nname = \"A b\"\nurl = \"https://x/\"\nsecret_file = \"good.secret\"\n", 2,
       "name: is not"},
      {"[[webhook]]\nname = \"a\"\nsecret_file = \"good.secret\"\n", 1, "url: is missing"},
      {"[[webhook]]\nname = \"a\"\nurl = \"gopher://x/\"\nsecret_file = \"good.secret\"\n", 3,
       "url: a URL begins with"},
      {"[[webhook]]\nname = \"a\"\nurl = \"http://10.0.0.1/\"\nsecret_file = \"good.secret\"\n", 3,
       "plain_http"},
      {webhook, 1, "either secret_file or secret_env"},
      {whole + "secret_env = \"TTHC_TEST_WEBHOOK_SECRET\"\n", 1, "either secret_file or secret_env"},
      {webhook + "secret_env = \"TTHC_TEST_NO_SECRET\"\n", 1, "there is no such variable"},
      {webhook + "secret_file = \"none.secret\"\n", 1, "cannot be opened"},
      {webhook + "secret_file = \"open.secret\"\n", 1, "can be read by everybody on this machine"},
      {webhook + "secret_file = \"bad.secret\"\n", 4, "a secret is whsec_"},
      {webhook + "secret_file = \"empty.secret\"\n", 4, "there is no secret in it"},
      {webhook + "secret_file = \"three.secret\"\n", 4, "more than two"},
      {whole + "units = []\n", 5, "units: is empty"},
      {whole + "units = [\"?\"]\n", 5, "units: "},
      {whole + "kinds = [\"late\"]\n", 5, "is none of due_soon, overdue"},
      {whole + "attempts = 0\n", 5, "attempts: 0 is not within 1 to 1000"},
      {whole + "timeout_seconds = 121\n", 5, "timeout_seconds: 121 is not within"},
      {whole + "retry_first_milliseconds = 9\n", 5, "retry_first_milliseconds"},
      {whole + "retry_longest_seconds = 0\n", 5, "retry_longest_seconds"},
      {whole + "ca_file = \"no.pem\"\n", 5, "ca_file: holds no certificates"},
      {whole + "resend_seconds = 5\n", 5, "unknown key resend_seconds"},
      {whole + whole, 5, "stands twice"},
      {alertmanager + "secret_file = \"good.secret\"\n", 4, "unknown key secret_file"},
      {alertmanager + "resend_seconds = 0\n", 4, "resend_seconds: 0"},
      {"[[alertmanager]]\nname = \"a\"\nurl = \"https://x/?a\"\n", 3, "has no query"},
      {"[webhooks]\n", 1, "unknown key webhooks"},
      {"webhook = 1\n", 1, "webhook"},
      {"[[webhook\n", 1, ""},
  };
  for (const Row& row : rows) {
    const auto config = Parse(row.toml);
    ASSERT_FALSE(config) << row.toml;
    const std::string& message = config.error().message;
    EXPECT_THAT(message, HasSubstr(File() + ":" + std::to_string(row.line) + ": ")) << row.toml;
    EXPECT_THAT(message, HasSubstr(row.reason)) << row.toml;
    for (const char* secret : {"hunter2", "MfKQ9r8", "https://x"}) {
      EXPECT_EQ(message.find(secret), std::string::npos) << message;
    }
  }
  EXPECT_FALSE(LoadChannels((directory_ / "none.toml").string()));
}

// --- counts

AlertMessage Message(AlertType type, std::string id, std::string unit, int64_t at) {
  AlertMessage message;
  message.type = type;
  message.id = std::move(id);
  message.kind = "overdue";
  message.unit = std::move(unit);
  message.at = {at};
  return message;
}

TEST(OpenAlerts, CountsEachAlertOnceAndWhereItBegan) {
  OpenAlerts open;
  const AlertGroup five{"H34.05", "overdue"};
  EXPECT_EQ(open.Apply(Message(AlertType::kAlert, "a", "H34.05", 10)), five);
  EXPECT_EQ(open.Apply(Message(AlertType::kAlert, "a", "H34.05", 11)), std::nullopt);
  EXPECT_EQ(open.Apply(Message(AlertType::kAlert, "b", "H34.05", 12)), five);
  EXPECT_EQ(open.groups().at(five).count, 2u);
  EXPECT_EQ(open.groups().at(five).first_at, Instant{10});
  // The case has moved meanwhile: it leaves the group that it was counted in.
  EXPECT_EQ(open.Apply(Message(AlertType::kResolved, "a", "H34.23", 13)), five);
  EXPECT_EQ(open.Apply(Message(AlertType::kResolved, "a", "H34.23", 14)), std::nullopt);
  EXPECT_EQ(open.groups().at(five).count, 1u);
  EXPECT_EQ(open.Apply(Message(AlertType::kResolved, "b", "H34.05", 15)), five);
  EXPECT_TRUE(open.groups().empty());
  EXPECT_EQ(open.Apply(Message(AlertType::kResolved, "unknown", "H34.05", 16)), std::nullopt);
}

TEST(AlertmanagerAlerts, HaveLabelsWithoutCasesAndVietnameseText) {
  std::vector<Unit> units(1);
  units[0].code = "H34";
  units[0].name = "Tỉnh Kon Tum";
  const auto tree = *UnitTree::Build(std::move(units));
  const auto rules = AlertRules::Load("builtin:alerts.toml").value();
  const OutgoingAlert alert{{"H34", "overdue"}, 12, {0}, {60'000'000}};
  EXPECT_EQ(JsonText(AlertmanagerJson(alert, *tree, *rules)),
            R"({"labels":{"alertname":"tthc_overdue","unit":"H34","severity":"critical"},)"
            R"("annotations":{"summary":"Quá hạn: 12 hồ sơ của Tỉnh Kon Tum",)"
            R"("description":"Quá hạn: 12 hồ sơ của Tỉnh Kon Tum. )"
            R"(Danh sách: GET /api/v1/alerts?unit=H34&open=true.","count":"12"},)"
            R"("startsAt":"1970-01-01T07:00:00+07:00","endsAt":"1970-01-01T07:01:00+07:00"})");
  EXPECT_EQ(SeverityOf("due_soon", *rules), "info");
  EXPECT_EQ(SeverityOf("something new", *rules), "warning");
}

}  // namespace
}  // namespace tthc
