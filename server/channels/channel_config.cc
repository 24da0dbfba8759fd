#include "server/channels/channel_config.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "config/file_mode.h"
#include "config/json_text.h"
#include "config/toml_reader.h"
#include "config/units.h"
#include "server/channels/http_client.h"
#include "server/channels/webhook_signature.h"

namespace tthc {
namespace {

struct NumberRow {
  std::string_view key;
  int64_t otherwise;
  int64_t min;
  int64_t max;
};
constexpr NumberRow kTimeout{"timeout_seconds", 10, 1, 120};
constexpr NumberRow kAttempts{"attempts", 12, 1, 1000};
constexpr NumberRow kRetryFirst{"retry_first_milliseconds", 1'000, 10, 3'600'000};
constexpr NumberRow kRetryLongest{"retry_longest_seconds", 300, 1, 86'400};
constexpr NumberRow kResend{"resend_seconds", 60, 1, 3'600};

constexpr std::string_view kAlertmanagerPath = "/api/v2/alerts";
constexpr size_t kMaxFilterItems = 1000;

void AddAt(TableReader& reader, std::string_view key, std::string_view reason) {
  std::string text(key);
  text += ": ";
  text += reason;
  reader.Add(reader.LineOfKey(key), std::move(text));
}

int64_t ReadNumber(TableReader& reader, const NumberRow& row) {
  const auto value = reader.Integer(row.key);
  if (!value) return row.otherwise;
  if (*value >= row.min && *value <= row.max) return *value;
  AddAt(reader, row.key, std::to_string(*value) + " is not within " + std::to_string(row.min) +
                             " to " + std::to_string(row.max));
  return row.otherwise;
}

bool IsEndpointName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxEndpointNameBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

std::string ReadName(TableReader& reader) {
  const std::string name = reader.RequiredText("name");
  if (!name.empty() && !IsEndpointName(name)) {
    AddAt(reader, "name", "is not 1 to 64 of a-z 0-9 _ -");
  }
  return name;
}

HttpTarget ReadTarget(TableReader& reader) {
  const std::string url = reader.RequiredText("url");
  const bool plain_http = reader.Bool("plain_http").value_or(false);
  if (url.empty()) return {};
  const auto target = ParseHttpTarget(url);
  if (!target) {
    AddAt(reader, "url", target.error().message);
    return {};
  }
  if (!target->tls && !target->IsLoopback() && !plain_http) {
    AddAt(reader, "url",
          "http:// beyond this machine can be read by anybody on the way; use https:// or say "
          "plain_http = true");
  }
  return *target;
}

std::string Beside(const std::string& path, const TableReader& reader) {
  return (std::filesystem::path(reader.file()).parent_path() / path).lexically_normal().string();
}

std::string ReadCaFile(TableReader& reader) {
  const std::string given = reader.Text("ca_file");
  if (given.empty()) return {};
  const std::string file = Beside(given, reader);
  if (const auto context = TlsContext(file); !context) {
    AddAt(reader, "ca_file", context.error().message);
  }
  return file;
}

// A list that is there must say something: an empty one would read as "none" and mean "all".
std::vector<std::string> ReadList(TableReader& reader, std::string_view key) {
  if (!reader.Has(key)) return {};
  auto list = reader.TextList(key);
  if (!list) return {};
  if (list->empty()) AddAt(reader, key, "is empty; leave it out for all");
  if (list->size() > kMaxFilterItems) {
    AddAt(reader, key, "has over " + std::to_string(kMaxFilterItems) + " items");
    return {};
  }
  return *std::move(list);
}

AlertFilter ReadFilter(TableReader& reader) {
  AlertFilter filter;
  for (const std::string& raw : ReadList(reader, "units")) {
    auto code = CanonicalUnitCode(raw);
    if (code) {
      filter.units.push_back(std::move(*code));
    } else {
      AddAt(reader, "units", code.error().message);
    }
  }
  const auto known = AlertKinds();
  filter.kinds = ReadList(reader, "kinds");
  for (const std::string& kind : filter.kinds) {
    if (std::find(known.begin(), known.end(), kind) != known.end()) continue;
    std::string names;
    for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
    AddAt(reader, "kinds", Shown(kind) + " is none of " + names);
  }
  return filter;
}

EndpointConfig ReadEndpoint(TableReader& reader) {
  EndpointConfig endpoint;
  endpoint.name = ReadName(reader);
  endpoint.target = ReadTarget(reader);
  endpoint.ca_file = ReadCaFile(reader);
  endpoint.timeout = std::chrono::seconds(ReadNumber(reader, kTimeout));
  endpoint.filter = ReadFilter(reader);
  return endpoint;
}

Result<std::string> ReadSecretText(TableReader& reader) {
  const std::string file = reader.Text("secret_file");
  const std::string variable = reader.Text("secret_env");
  if (file.empty() == variable.empty()) return Invalid("give either secret_file or secret_env");
  if (!variable.empty()) {
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr) return Invalid("secret_env: there is no such variable");
    return std::string(value);
  }
  if (const auto kept = CheckMode(Beside(file, reader), OthersMay::kNothing); !kept) {
    return Prefixed("secret_file", kept.error());
  }
  std::ifstream in(Beside(file, reader), std::ios::binary);
  if (!in) return Error{ErrorKind::kIo, "secret_file: cannot be opened"};
  std::string text(kMaxSecretFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > kMaxSecretFileBytes) return Invalid("secret_file: is too large for a secret");
  return text;
}

// A secret per line.
Result<std::vector<std::string>> KeysIn(std::string_view text) {
  std::vector<std::string> keys;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty()) continue;
    auto key = WebhookKeyOf(line);
    if (!key) return key.error();
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) return Invalid("there is no secret in it");
  if (keys.size() > kMaxSecrets) return Invalid("there are more than two secrets in it");
  return keys;
}

std::vector<std::string> ReadKeys(TableReader& reader) {
  const auto text = ReadSecretText(reader);
  if (!text) {
    reader.Add(text.error().message);
    return {};
  }
  auto keys = KeysIn(*text);
  if (keys) return *std::move(keys);
  AddAt(reader, reader.Has("secret_file") ? "secret_file" : "secret_env", keys.error().message);
  return {};
}

WebhookConfig ReadWebhook(TableReader reader) {
  WebhookConfig webhook;
  webhook.endpoint = ReadEndpoint(reader);
  webhook.keys = ReadKeys(reader);
  webhook.attempts = static_cast<int>(ReadNumber(reader, kAttempts));
  webhook.backoff.first = std::chrono::milliseconds(ReadNumber(reader, kRetryFirst));
  webhook.backoff.longest = std::chrono::seconds(ReadNumber(reader, kRetryLongest));
  reader.Finish();
  return webhook;
}

AlertmanagerConfig ReadAlertmanager(TableReader reader) {
  AlertmanagerConfig alertmanager;
  alertmanager.endpoint = ReadEndpoint(reader);
  std::string& path = alertmanager.endpoint.target.path;
  if (path.find('?') != path.npos) {
    AddAt(reader, "url", "of an Alertmanager has no query");
  }
  while (path.ends_with('/')) path.pop_back();
  path += kAlertmanagerPath;
  alertmanager.resend = std::chrono::seconds(ReadNumber(reader, kResend));
  reader.Finish();
  return alertmanager;
}

template <typename Config>
std::vector<Config> ReadAll(TableReader& root, std::string_view key, Config (*read)(TableReader)) {
  std::vector<Config> all;
  std::set<std::string> names;
  const auto tables = root.Tables(key);
  if (tables.size() > kMaxEndpoints) {
    AddAt(root, key, "there are over " + std::to_string(kMaxEndpoints));
    return all;
  }
  for (const toml::table* table : tables) {
    all.push_back(read(TableReader(*table, root.file(), root.problems())));
    const std::string& name = all.back().endpoint.name;
    if (!name.empty() && !names.insert(name).second) {
      root.Add(LineOf(*table), "name: " + Shown(name) + " stands twice");
    }
  }
  return all;
}

}  // namespace

Result<ChannelConfig> ParseChannels(std::string_view text, const std::string& file_name) {
  std::vector<Problem> problems;
  const auto table = ParseToml(text, file_name, problems);
  if (!table) return ToError(problems);
  TableReader root(*table, file_name, problems);
  ChannelConfig config;
  config.webhooks = ReadAll(root, "webhook", ReadWebhook);
  config.alertmanagers = ReadAll(root, "alertmanager", ReadAlertmanager);
  root.Finish();
  if (!problems.empty()) return ToError(problems);
  return config;
}

Result<ChannelConfig> LoadChannels(const std::string& file) {
  const auto text = ReadConfigText(file);
  if (!text) return Prefixed(file, text.error());
  return ParseChannels(*text, file);
}

}  // namespace tthc
