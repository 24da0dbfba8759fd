#include "config/settings.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "config/embedded.h"
#include "config/toml_reader.h"

namespace tthc {
namespace {

constexpr int64_t kKiB = 1024;
constexpr int64_t kMiB = 1024 * kKiB;
constexpr int64_t kGiB = 1024 * kMiB;

// The longest path Linux opens.
constexpr int64_t kMaxPathBytes = 4096;
constexpr int64_t kMaxFiles = 1000;
constexpr int64_t kMaxUrlBytes = 2048;
constexpr int64_t kMaxClaimBytes = 200;
constexpr int64_t kMaxBrokers = 100;
constexpr int64_t kMaxTopics = 100;
// The longest name of a topic that brokers take.
constexpr int64_t kMaxKafkaNameBytes = 249;

constexpr auto kBool = SettingType::kBool;
constexpr auto kInteger = SettingType::kInteger;
constexpr auto kText = SettingType::kText;
constexpr auto kTextList = SettingType::kTextList;

constexpr bool kCounts = true;

// name, type, unit, default, min, max, help, whether figures rest on it. Rows of one
// section stand together.
constexpr SettingRow kTable[] = {
    {"server.listen", kText, "", "\"127.0.0.1:8766\"", 3, 255,
     "Address the HTTP and WebSocket server listens on, HOST:PORT; port 0 takes any free one."},
    {"server.threads", kInteger, "threads", "2", 1, 64,
     "Threads that serve connections."},

    {"tls.listen", kText, "", "\"\"", 0, 255,
     "A second address, HOST:PORT, that speaks TLS (https, wss) only; empty: none."},
    {"tls.certificate_file", kText, "path", "\"\"", 0, kMaxPathBytes,
     "PEM file of the server's certificate, then those that issued it; read again on SIGHUP."},
    {"tls.key_file", kText, "path", "\"\"", 0, kMaxPathBytes,
     "PEM file of its key, without password and not to be read by everybody; read again on SIGHUP."},
    {"tls.required_for_producers", kBool, "", "false", 0, 0,
     "Refuse with 403 what is delivered at the plain address."},

    {"limits.body_bytes", kInteger, "bytes", "16777216", kKiB, kGiB,
     "Largest request body; a larger one is answered 413."},
    {"limits.header_bytes", kInteger, "bytes", "16384", kKiB, kMiB,
     "Largest request header; a larger one is answered 431."},
    {"limits.connections", kInteger, "connections", "1024", 1, 65536,
     "Open HTTP connections, WebSocket sessions not counted; one more is closed at once. With TLS an eighth "
     "is kept for the plain address."},
    {"limits.request_read_seconds", kInteger, "seconds", "30", 1, 3600,
     "Time a client has to send a whole request once it has begun."},
    {"limits.keep_alive_idle_seconds", kInteger, "seconds", "60", 1, 3600,
     "Time a connection may stay idle between two requests."},
    {"limits.json_depth", kInteger, "depth", "32", 4, 1024,
     "Deepest nesting of a JSON document."},
    {"limits.records_per_message", kInteger, "records", "10000", 1, 1000000,
     "Records in one message; a longer message is refused whole."},
    {"limits.scalar_bytes", kInteger, "bytes", "65536", 64, kMiB,
     "Longest single field; a record with a longer one is quarantined."},
    {"limits.ingest_queue_records", kInteger, "records", "200000", 100, 10000000,
     "Records waiting for the store; beyond it senders are answered 503 and try again."},
    {"limits.quarantine_records", kInteger, "records", "100000", 100, 10000000,
     "Quarantined records kept; the oldest go first."},
    {"limits.websocket_sessions", kInteger, "sessions", "1024", 1, 20000,
     "WebSocket sessions at a time."},
    {"limits.websocket_queue_messages", kInteger, "messages", "256", 1, 65536,
     "Messages waiting for one WebSocket client; one that takes none while so many wait is dropped."},
    {"limits.websocket_message_bytes", kInteger, "bytes", "65536", 256, kMiB,
     "Largest WebSocket message from a client."},
    {"limits.query_results", kInteger, "results", "1000", 1, 100000,
     "Largest page of a list."},
    {"limits.process_log_events", kInteger, "events", "500000", 1, 100000000,
     "Events of one exported event log, about 300 bytes of memory each; a longer one is refused."},
    {"limits.units_provisional", kInteger, "units", "10000", 1, 1000000,
     "Units seen on the wire only; beyond it a record of a new one goes into quarantine."},
    {"limits.dictionary_entries", kInteger, "entries", "1000000", 1000, 100000000,
     "Distinct field, procedure and sender codes remembered."},
    {"limits.cases_per_turn", kInteger, "cases", "4000", 1, 1000000,
     "Deadlines fired, or cases counted anew, between two batches of input."},
    {"limits.register_rows", kInteger, "rows", "2000000", 1000, 100000000,
     "Rows of the registers kept, every version counted; beyond it a put is refused."},

    {"ingest.future_tolerance_seconds", kInteger, "seconds", "300", 0, 86400,
     "How far ahead of the clock an event may lie before it is a finding future_time.", kCounts},
    {"ingest.earliest_year", kInteger, "year", "1990", 1970, 2100,
     "A date of an earlier year puts its record into quarantine (senders write year 0001)."},
    {"ingest.latest_year", kInteger, "year", "2100", 1970, 2200,
     "A date of a later year puts its record into quarantine (senders write year 9999)."},
    {"ingest.sender_silence_seconds", kInteger, "seconds", "86400", 60, 2592000,
     "Until the pace of a sender is known (two weeks): silent for longer, and for a working day, it "
     "makes its figures provisional and is told."},
    {"ingest.sender_rare_one_in_silences", kInteger, "silences", "1000", 10, 1000000,
     "Once its pace is known: when the chance of such a silence is below one in so many."},

    {"store.sync", kBool, "", "true", 0, 0,
     "Answer a sender only after the write-ahead log is on disk; false loses data at a power cut."},
    {"store.flush_statements", kInteger, "statements", "500000", 1000, 10000000,
     "Statements after which the indexes are written as one sorted run."},
    {"store.flush_seconds", kInteger, "seconds", "30", 1, 3600,
     "Time after which the indexes are written even with fewer statements."},
    {"store.block_cache_bytes", kInteger, "bytes", "134217728", kMiB, 1024 * kGiB,
     "Memory for blocks read from disk."},
    {"store.free_space_floor_bytes", kInteger, "bytes", "268435456", kMiB, 1024 * kGiB,
     "With less free disk space the store turns read-only and senders are answered 503."},

    {"alerts.due_soon_working_minutes", kInteger, "working_minutes", "480", 1, 48000,
     "Working time before the due instant at which a case is due soon; 480 is one day of 8 hours.",
     kCounts},
    {"alerts.rules_file", kText, "path", "\"builtin:alerts.toml\"", 1, kMaxPathBytes,
     "The kinds of alerts: ladders, levels, severities and words."},
    {"alerts.notify_from_minutes", kInteger, "minutes", "420", 0, 1439,
     "From this minute of the day alerts are told by themselves, else in the digest; 420 is 07:00."},
    {"alerts.notify_to_minutes", kInteger, "minutes", "1080", 1, 1440,
     "… until this minute of the day; 1080 is 18:00."},
    {"alerts.notify_on_days_off", kBool, "", "false", 0, 0,
     "Whether alerts are told by themselves on days off too."},
    {"alerts.digest_above_messages", kInteger, "messages", "20", 1, 100000,
     "More alerts than this for one recipient within a minute are told in one digest."},
    {"alerts.lowest_score_points", kInteger, "points", "50", 0, 100,
     "A unit whose score of the running quarter is below this share of 100 is alerted."},
    {"alerts.score_least_cases", kInteger, "cases", "200", 1, 1000000,
     "… once it has handled so many cases in the quarter."},
    {"alerts.longest_mute_days", kInteger, "days", "31", 1, 366,
     "A unit is muted, or an alert put off, for no longer than this."},
    {"alerts.history_messages", kInteger, "messages", "100000", 100, 10000000,
     "Alert messages kept for clients that come back."},
    {"alerts.resume_messages", kInteger, "messages", "10000", 100, 1000000,
     "Most messages that a client is sent when it comes (back); of more that are open, the newest."},

    {"findings.backdated_after_seconds", kInteger, "seconds", "604800", 60, 31622400,
     "An end that is said for the first time later than this is a finding backdated_completion.",
     kCounts},
    {"findings.moved_back_seconds", kInteger, "seconds", "300", 0, 31622400,
     "… and so is one that is said anew and earlier by more than this.", kCounts},
    {"findings.frozen_working_minutes", kInteger, "working_minutes", "4800", 1, 480000,
     "An overdue case of which nothing was said for longer is a finding frozen.", kCounts},
    {"findings.no_apology_working_minutes", kInteger, "working_minutes", "480", 0, 480000,
     "A case overdue for longer without a letter of apology is a finding no_apology.", kCounts},
    {"findings.returned_not_closed_working_minutes", kInteger, "working_minutes", "480", 0, 480000,
     "A case open for longer after its result was given is a finding returned_not_closed.",
     kCounts},
    {"findings.statutory_tolerance_days", kInteger, "days", "0", 0, 366,
     "A first due date later than the law's by more days is a finding due_longer_than_statutory.",
     kCounts},

    {"audit.key_file", kText, "path", "\"\"", 0, kMaxPathBytes,
     "PEM file of the Ed25519 key that signs checkpoints, made where it is missing; empty: in the data "
     "directory."},
    {"audit.checkpoint_dir", kText, "path", "\"\"", 0, kMaxPathBytes,
     "Directory, best on another machine, that every checkpoint is written to; empty: none."},
    {"audit.checkpoint_seconds", kInteger, "seconds", "3600", 1, 604800,
     "How often a checkpoint is made, where anything was recorded."},
    {"audit.access_days", kInteger, "days", "730", 365, 36500,
     "Who read which case or list is kept so long (Nghị định 53/2022/NĐ-CP asks for a year)."},
    {"audit.reason_required", kBool, "", "false", 0, 0,
     "Tokens with the right 'audit' say why they read a case (header Access-Reason)."},
    {"audit.verify_records_per_second", kInteger, "records", "20000", 0, 100000000,
     "Speed of the check of the log in the background; 0: none."},

    {"backup.dir", kText, "path", "\"\"", 0, kMaxPathBytes,
     "Directory, on another disk, that backups of the store are made in; empty: none are made."},
    {"backup.every_seconds", kInteger, "seconds", "3600", 1, 604800,
     "How often a backup is made; what did not change since the last one is not copied again."},
    {"backup.keep_backups", kInteger, "backups", "48", 1, 10000, "So many of the newest are kept."},
    {"backup.keep_days", kInteger, "days", "31", 0, 3660,
     "… and besides, of so many days, the last one of the day."},
    {"backup.bytes_per_second", kInteger, "bytes", "67108864", 0, 1024 * kGiB,
     "Speed of a backup, so that recording does not wait for it; 0: as fast as it goes."},
    {"backup.with_key", kBool, "", "false", 0, 0,
     "Put the key that signs checkpoints into the backup directory too: who reads that can then sign."},

    {"channels.file", kText, "path", "\"\"", 0, kMaxPathBytes,
     "File of webhooks and Alertmanagers that alerts are sent to; empty: none."},

    {"kafka.brokers", kTextList, "", "[]", 0, kMaxBrokers,
     "Brokers of Apache Kafka to begin with, HOST:PORT; empty: nothing is read from topics."},
    {"kafka.group", kText, "", "\"tthcmon\"", 1, kMaxKafkaNameBytes,
     "Consumer group; a second daemon with a store of its own needs another one."},
    {"kafka.onestop_topics", kTextList, "", "[]", 0, kMaxTopics,
     "Topics of one-stop messages, bodies as they are posted to /api/v1/onestop."},
    {"kafka.event_topics", kTextList, "", "[]", 0, kMaxTopics,
     "Topics of CloudEvents, bodies as they are posted to /api/v1/events."},
    {"kafka.dead_letter_topic", kText, "", "\"\"", 0, kMaxKafkaNameBytes,
     "Topic that is told of each message with records that were put aside; empty: the quarantine only."},
    {"kafka.security", kText, "", "\"plaintext\"", 1, 32,
     "How brokers are reached: plaintext, ssl, sasl_plaintext or sasl_ssl."},
    {"kafka.ca_file", kText, "path", "\"\"", 0, kMaxPathBytes,
     "Certificates (PEM) by which brokers are trusted; empty: those of the system."},
    {"kafka.certificate_file", kText, "path", "\"\"", 0, kMaxPathBytes,
     "Certificate (PEM) that is shown to brokers; empty: none."},
    {"kafka.key_file", kText, "path", "\"\"", 0, kMaxPathBytes, "Its key (PEM), without a password."},
    {"kafka.sasl_mechanism", kText, "", "\"SCRAM-SHA-512\"", 1, 32,
     "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; where kafka.security is sasl_…."},
    {"kafka.sasl_user", kText, "", "\"\"", 0, kMaxKafkaNameBytes, "Name of this daemon at the brokers."},
    {"kafka.sasl_password_file", kText, "path", "\"\"", 0, kMaxPathBytes,
     "File whose first line is its password."},
    {"kafka.session_timeout_seconds", kInteger, "seconds", "45", 6, 1800,
     "Silent for longer, this daemon loses its partitions to another of its group; longer than a restart."},
    {"kafka.delivery_timeout_seconds", kInteger, "seconds", "30", 1, 600,
     "Time for brokers to acknowledge a dead letter before it is sent again."},
    {"kafka.fetch_bytes", kInteger, "bytes", "1048576", kKiB, kGiB,
     "Fetched at once of a partition; one larger message is fetched all the same."},
    {"kafka.prefetch_bytes", kInteger, "bytes", "16777216", kKiB, kGiB,
     "Memory for what was fetched of a partition and not looked at yet."},
    {"kafka.waiting_messages", kInteger, "messages", "1000", 1, 1000000,
     "Messages of a partition that were read and not recorded yet; then it is paused."},
    {"kafka.waiting_bytes", kInteger, "bytes", "16777216", kKiB, kGiB,
     "… and their bytes."},
    {"kafka.go_on_after_gap", kBool, "", "false", 0, 0,
     "Where the stored place of a partition is not kept any more: go on at the oldest message that is; "
     "what lies between is lost. Otherwise that partition stands until somebody decides."},

    {"rules.pause_on_status_6", kBool, "", "false", 0, 0,
     "Rule qd766: status 6 (financial duty) stops the clock like 5 (supplement).", kCounts},

    {"calendar.files", kTextList, "path", "[\"builtin:calendar_vn.toml\"]", 1, kMaxFiles,
     "Working calendars; a file beside the built-in one adds calendars of units."},
    {"calendar.make_up_days_count", kBool, "", "true", 0, 0,
     "Make-up Saturdays are working days for time limits; offices work, no text settles it."},
    {"calendar.warn_ahead_days", kInteger, "days", "90", 1, 3650,
     "Warn this long before the last day for which days off are announced."},

    {"units.files", kTextList, "path", "[\"builtin:units_kontum_2025.toml\"]", 1, kMaxFiles,
     "The dated tree of units."},

    {"procedures.files", kTextList, "path", "[\"builtin:procedures_kontum.toml\"]", 1, kMaxFiles,
     "The catalogue of procedures with their statutory time limits."},

    {"indicators.files", kTextList, "path",
     "[\"builtin:indicators_766.toml\", \"builtin:indicators_766_spec_f.toml\", "
     "\"builtin:indicators_766_m2026.toml\"]",
     1, kMaxFiles,
     "Definitions of the indicators of QD 766; the first one valid for a period is in force."},
    {"indicators.constant_flag_cases", kInteger, "cases", "200", 1, 1000000,
     "A sender that never once sets a flag over so many cases is taken not to tell it.", kCounts},
    {"indicators.sync_in_time_minutes", kInteger, "minutes", "1440", 1, 525600,
     "A dated step that arrives later than this after it happened was not synchronised in time.",
     kCounts},

    {"access.token_file", kText, "path", "\"\"", 0, kMaxPathBytes,
     "File of bearer tokens; it or [oidc] is needed unless the server runs with --auth off."},

    {"oidc.issuer", kText, "", "\"\"", 0, kMaxUrlBytes,
     "Identity provider whose tokens are taken, as its `iss` says; empty: none."},
    {"oidc.audience", kText, "", "\"\"", 0, kMaxUrlBytes,
     "What the tokens' `aud` must be or hold; needed with an issuer."},
    {"oidc.algorithms", kTextList, "", "[\"RS256\", \"ES256\"]", 1, 2,
     "Signatures that are taken; there are no others to switch on."},
    {"oidc.jwks_file", kText, "path", "\"\"", 0, kMaxPathBytes,
     "File of the provider's public keys (JWK set); it or jwks_url."},
    {"oidc.jwks_url", kText, "", "\"\"", 0, kMaxUrlBytes,
     "Address of the provider's public keys, https:// (http:// for this machine only)."},
    {"oidc.ca_file", kText, "path", "\"\"", 0, kMaxPathBytes,
     "Certificates (PEM) by which that address is trusted; empty: those of the system."},
    {"oidc.name_claim", kText, "", "\"sub\"", 1, kMaxClaimBytes,
     "Claim that names the caller in acknowledgements and closings; kept with them."},
    {"oidc.roles_claim", kText, "", "\"roles\"", 1, kMaxClaimBytes,
     "Claim with the roles, a text or a list; \"realm_access.roles\" looks inside a claim."},
    {"oidc.units_claim", kText, "", "\"units\"", 1, kMaxClaimBytes,
     "Claim with the units, codes or {code, from, to}; \"*\" is all, an absent claim none."},
    {"oidc.leeway_seconds", kInteger, "seconds", "30", 0, 300,
     "How far the provider's clock may be off when a token begins and expires."},
    {"oidc.refresh_seconds", kInteger, "seconds", "900", 1, 86400,
     "Time from one reading of the keys to the next."},
    {"oidc.refresh_least_seconds", kInteger, "seconds", "10", 1, 3600,
     "Least time between two readings, also when a token names an unknown key or one failed."},
    {"oidc.fetch_timeout_seconds", kInteger, "seconds", "5", 1, 60,
     "Time for one fetching of the keys."},
    {"oidc.jwks_bytes", kInteger, "bytes", "262144", kKiB, 16 * kMiB,
     "Largest set of keys."},

    {"shutdown.drain_seconds", kInteger, "seconds", "10", 1, 600,
     "Time for open requests to end after SIGTERM before connections are cut."},
};

// The shapes ingest/wire knows.
constexpr std::string_view kProfiles[] = {"opencps", "t", "h", "gen2", "generic"};
constexpr size_t kMaxSenders = 1000;
constexpr size_t kMaxSenderCodes = 1000;
constexpr size_t kMaxSenderTextBytes = 64;

[[noreturn]] void Abort(std::string_view name, const char* why) {
  std::fprintf(stderr, "setting %.*s: %s\n", static_cast<int>(name.size()), name.data(), why);
  std::abort();
}

std::optional<size_t> RowOf(std::string_view name) {
  for (size_t i = 0; i < std::size(kTable); ++i) {
    if (kTable[i].name == name) return i;
  }
  return std::nullopt;
}

std::string_view SectionOf(std::string_view name) { return name.substr(0, name.find('.')); }
std::string_view KeyOf(std::string_view name) { return name.substr(name.find('.') + 1); }

bool IsSection(std::string_view text) {
  return std::any_of(std::begin(kTable), std::end(kTable),
                     [text](const SettingRow& row) { return SectionOf(row.name) == text; });
}

std::string_view ExpectedKind(SettingType type) {
  switch (type) {
    case SettingType::kBool: return "true or false";
    case SettingType::kInteger: return "an integer";
    case SettingType::kText: return "a text";
    case SettingType::kTextList: return "a list of texts";
  }
  return "";
}

// The value of a node as the row wants it; nullopt where the type is another one.
std::optional<SettingValue> Convert(SettingType type, const toml::node& node) {
  switch (type) {
    case SettingType::kBool:
      if (const auto* value = node.as_boolean()) return value->get();
      return std::nullopt;
    case SettingType::kInteger:
      if (const auto* value = node.as_integer()) return value->get();
      return std::nullopt;
    case SettingType::kText:
      if (const auto* value = node.as_string()) return value->get();
      return std::nullopt;
    case SettingType::kTextList: break;
  }
  const toml::array* array = node.as_array();
  if (array == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  for (const toml::node& item : *array) {
    const auto* text = item.as_string();
    if (text == nullptr) return std::nullopt;
    texts.push_back(text->get());
  }
  return texts;
}

SettingType TypeOf(const SettingValue& value) {
  constexpr SettingType kTypes[] = {kBool, kInteger, kText, kTextList};  // order of the variant
  return kTypes[value.index()];
}

// What is wrong with a value of the right type; empty where nothing is.
std::string RangeFault(const SettingRow& row, const SettingValue& value) {
  int64_t size = 0;
  std::string_view what;
  switch (row.type) {
    case SettingType::kBool: return {};
    case SettingType::kInteger: size = std::get<int64_t>(value); break;
    case SettingType::kText:
      size = static_cast<int64_t>(std::get<std::string>(value).size());
      what = " bytes";
      break;
    case SettingType::kTextList: {
      const auto& texts = std::get<std::vector<std::string>>(value);
      size = static_cast<int64_t>(texts.size());
      what = " items";
      for (const std::string& text : texts) {
        if (text.empty()) return "an item is empty";
        if (static_cast<int64_t>(text.size()) > kMaxPathBytes) return "an item is too long";
      }
      break;
    }
  }
  const auto outside = [&](const char* side, int64_t bound) {
    return std::to_string(size) + std::string(what) + " is " + side + " " + std::to_string(bound);
  };
  if (size < row.min) return outside("below the least value", row.min);
  if (size > row.max) return outside("above the greatest value", row.max);
  return {};
}

std::vector<SettingValue> DefaultValues() {
  std::vector<SettingValue> values;
  for (const SettingRow& row : kTable) {
    std::vector<Problem> problems;
    const auto table = ParseToml("v = " + std::string(row.default_text), "", problems);
    const auto value = table ? Convert(row.type, *table->get("v")) : std::nullopt;
    if (!value || !RangeFault(row, *value).empty()) Abort(row.name, "the default is not legal");
    values.push_back(*value);
  }
  return values;
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04X", static_cast<unsigned>(byte));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string Quoted(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out += (out.size() > 1 ? ", " : "") + Quoted(text);
  return out + "]";
}

std::string TomlText(const SettingValue& value) {
  switch (TypeOf(value)) {
    case SettingType::kBool: return std::get<bool>(value) ? "true" : "false";
    case SettingType::kInteger: return std::to_string(std::get<int64_t>(value));
    case SettingType::kText: return Quoted(std::get<std::string>(value));
    case SettingType::kTextList: break;
  }
  return Quoted(std::get<std::vector<std::string>>(value));
}

// A relative path as seen from `directory`.
std::string Resolved(const std::string& path, const std::filesystem::path& directory) {
  if (path.empty() || path.starts_with(kBuiltinPrefix) || directory.empty()) return path;
  return (directory / path).lexically_normal().string();
}

void Resolve(SettingValue& value, const std::filesystem::path& directory) {
  if (auto* text = std::get_if<std::string>(&value)) *text = Resolved(*text, directory);
  if (auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    for (std::string& text : *texts) text = Resolved(text, directory);
  }
}

// Reads the sections into values by row.
class FileReader {
 public:
  FileReader(const toml::table& root, const std::string& file, std::vector<SettingValue>& values,
             std::vector<Problem>& problems)
      : file_(file), values_(values), problems_(problems) {
    for (const auto& [key, node] : root) {
      if (key.str() == "sender") continue;
      if (!IsSection(key.str())) {
        Add(key.source(), "unknown section [" + std::string(key.str()) + "]");
      } else if (const toml::table* section = node.as_table()) {
        ReadSection(std::string(key.str()), *section);
      } else {
        Add(key.source(), std::string(key.str()) + ": expected a section [" +
                              std::string(key.str()) + "], got " + std::string(KindOf(node)));
      }
    }
  }

 private:
  void Add(const toml::source_region& at, std::string reason) {
    problems_.push_back({file_, static_cast<int>(at.begin.line), std::move(reason)});
  }

  void ReadSection(const std::string& section, const toml::table& table) {
    for (const auto& [key, node] : table) {
      const std::string name = section + "." + std::string(key.str());
      if (const auto row = RowOf(name)) {
        ReadValue(*row, key.source(), node);
      } else {
        Add(key.source(), name + ": unknown setting");
      }
    }
  }

  void ReadValue(size_t row, const toml::source_region& at, const toml::node& node) {
    const SettingRow& spec = kTable[row];
    auto value = Convert(spec.type, node);
    if (!value) {
      return Add(at, std::string(spec.name) + ": expected " + std::string(ExpectedKind(spec.type)) +
                         ", got " + std::string(KindOf(node)));
    }
    if (auto fault = RangeFault(spec, *value); !fault.empty()) {
      return Add(at, std::string(spec.name) + ": " + fault);
    }
    if (spec.unit == "path") Resolve(*value, std::filesystem::path(file_).parent_path());
    values_[row] = std::move(*value);
  }

  const std::string& file_;
  std::vector<SettingValue>& values_;
  std::vector<Problem>& problems_;
};

bool IsSenderId(std::string_view text) {
  return !text.empty() && text.size() <= kMaxSenderTextBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

Settings::Sender ReadSender(const toml::table& table, const std::string& file,
                            std::vector<Problem>& problems) {
  TableReader reader(table, file, problems);
  Settings::Sender sender;
  sender.id = reader.RequiredText("id");
  sender.profile = reader.RequiredText("profile");
  sender.unit_codes = reader.TextList("unit_codes").value_or(std::vector<std::string>());
  sender.token_name = reader.Text("token_name");
  reader.Finish();
  if (!sender.id.empty() && !IsSenderId(sender.id)) {
    reader.Add(reader.LineOfKey("id"), "sender.id: '" + sender.id.substr(0, kMaxSenderTextBytes) +
                                           "' is not 1 to 64 of a-z 0-9 _ -");
  }
  if (!sender.profile.empty() && std::find(std::begin(kProfiles), std::end(kProfiles),
                                           sender.profile) == std::end(kProfiles)) {
    reader.Add(reader.LineOfKey("profile"), "sender.profile: '" + sender.profile +
                                                "' is none of opencps, t, h, gen2, generic");
  }
  if (sender.unit_codes.size() > kMaxSenderCodes) {
    reader.Add(reader.LineOfKey("unit_codes"),
               "sender.unit_codes: more than " + std::to_string(kMaxSenderCodes) + " items");
  }
  if (sender.unit_codes.empty() && sender.token_name.empty()) {
    reader.Add("sender " + sender.id +
               ": needs unit_codes or token_name, else it would never be recognised");
  }
  return sender;
}

// What two senders must not share.
void CheckUnique(const std::vector<Settings::Sender>& senders, TableReader& reader) {
  std::set<std::string> ids, codes, tokens;
  for (const Settings::Sender& sender : senders) {
    if (!ids.insert(sender.id).second) reader.Add("sender.id: '" + sender.id + "' stands twice");
    for (const std::string& code : sender.unit_codes) {
      if (!codes.insert(code).second) {
        reader.Add("sender.unit_codes: '" + code + "' belongs to two senders");
      }
    }
    if (!sender.token_name.empty() && !tokens.insert(sender.token_name).second) {
      reader.Add("sender.token_name: '" + sender.token_name + "' belongs to two senders");
    }
  }
}

std::vector<Settings::Sender> ReadSenders(const toml::table& root, const std::string& file,
                                          std::vector<Problem>& problems) {
  TableReader reader(root, file, problems);
  const auto tables = reader.Tables("sender");
  std::vector<Settings::Sender> senders;
  if (tables.size() > kMaxSenders) {
    reader.Add(reader.LineOfKey("sender"),
               "sender: more than " + std::to_string(kMaxSenders) + " senders");
    return senders;
  }
  for (const toml::table* table : tables) {
    senders.push_back(ReadSender(*table, file, problems));
    TableReader last(*table, file, problems);
    CheckUnique(senders, last);
    if (!problems.empty()) break;
  }
  return senders;
}

}  // namespace

std::span<const SettingRow> SettingTable() { return kTable; }

Settings Settings::Defaults() {
  Settings settings;
  settings.values_ = DefaultValues();
  return settings;
}

std::variant<Settings, std::vector<SettingProblem>> Settings::Load(const std::string& file) {
  const auto text = ReadConfigText(file);
  if (!text) return std::vector<SettingProblem>{{file, 0, text.error().message}};
  return Parse(*text, file);
}

std::variant<Settings, std::vector<SettingProblem>> Settings::Parse(std::string_view toml,
                                                                    const std::string& file_name) {
  std::vector<Problem> problems;
  const auto root = ParseToml(toml, file_name, problems);
  if (!root) return problems;
  Settings settings = Defaults();
  FileReader(*root, file_name, settings.values_, problems);
  settings.senders_ = ReadSenders(*root, file_name, problems);
  if (settings.Integer("ingest.earliest_year") > settings.Integer("ingest.latest_year")) {
    problems.push_back({file_name, 0, "ingest.earliest_year lies after ingest.latest_year"});
  }
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem& a, const Problem& b) { return a.line < b.line; });
  if (!problems.empty()) return problems;
  return settings;
}

template <typename T>
const T& Settings::Value(std::string_view name) const {
  const auto row = RowOf(name);
  if (!row) Abort(name, "is not in the table");
  const T* value = std::get_if<T>(&values_[*row]);
  if (value == nullptr) Abort(name, "has another type in the table");
  return *value;
}

bool Settings::Bool(std::string_view name) const { return Value<bool>(name); }
int64_t Settings::Integer(std::string_view name) const { return Value<int64_t>(name); }
const std::string& Settings::Text(std::string_view name) const { return Value<std::string>(name); }
const std::vector<std::string>& Settings::List(std::string_view name) const {
  return Value<std::vector<std::string>>(name);
}

Result<void> Settings::Set(std::string_view name, SettingValue value) {
  const auto row = RowOf(name);
  if (!row) return Invalid(std::string(name) + ": unknown setting");
  const SettingRow& spec = kTable[*row];
  if (TypeOf(value) != spec.type) {
    return Invalid(std::string(name) + ": expected " + std::string(ExpectedKind(spec.type)));
  }
  if (auto fault = RangeFault(spec, value); !fault.empty()) {
    return Invalid(std::string(name) + ": " + fault);
  }
  values_[*row] = std::move(value);
  return {};
}

// A line for each, so that two texts can be compared by lines.
std::string Settings::CountingToml() const {
  std::string out;
  for (size_t i = 0; i < std::size(kTable); ++i) {
    if (!kTable[i].counts) continue;
    out += std::string(kTable[i].name) + " = " + TomlText(values_[i]) + "\n";
  }
  return out;
}

std::string Settings::EffectiveToml() const {
  std::string out;
  std::string_view section;
  for (size_t i = 0; i < std::size(kTable); ++i) {
    if (SectionOf(kTable[i].name) != section) {
      section = SectionOf(kTable[i].name);
      out += (out.empty() ? "[" : "\n[") + std::string(section) + "]\n";
    }
    out += std::string(KeyOf(kTable[i].name)) + " = " + TomlText(values_[i]) + "\n";
  }
  for (const Sender& sender : senders_) {
    out += "\n[[sender]]\nid = " + Quoted(sender.id) + "\nprofile = " + Quoted(sender.profile) +
           "\nunit_codes = " + Quoted(sender.unit_codes) +
           "\ntoken_name = " + Quoted(sender.token_name) + "\n";
  }
  return out;
}

namespace {

// "  # bytes, 1024 to 1073741824"
std::string RangeText(const SettingRow& row) {
  if (row.type == kBool) return {};
  std::string text = "  # ";
  if (row.type == kInteger) text += std::string(row.unit) + ", ";
  text += std::to_string(row.min) + " to " + std::to_string(row.max);
  if (row.type == kText) text += " bytes long";
  if (row.type == kTextList) text += " items";
  return text;
}

constexpr std::string_view kReferenceHead =
    "# Settings of tthcmon with their defaults. Every line may be left out; a wrong one is\n"
    "# refused with its file, line and reason (tthcmon check-config). Relative paths start at\n"
    "# this file; \"builtin:NAME\" is a data file inside the program.\n";

constexpr std::string_view kReferenceTail =
    "\n# Who may send, and in which shape. A message is of the sender whose token it carries,\n"
    "# else of the one with its madonvi or MaDinhDanhDV, else it is read with the profile \"generic\".\n"
    "# Profiles: opencps, t, h, gen2, generic.\n"
    "#\n"
    "# [[sender]]\n"
    "# id = \"kontum-mcdt\"\n"
    "# profile = \"gen2\"\n"
    "# unit_codes = [\"000.00.00.H34\", \"H34\"]\n"
    "# token_name = \"kontum-mcdt\"\n";

}  // namespace

std::string ReferenceToml() {
  std::string out(kReferenceHead);
  std::string_view section;
  for (const SettingRow& row : kTable) {
    if (SectionOf(row.name) != section) {
      section = SectionOf(row.name);
      out += "\n[" + std::string(section) + "]\n";
    }
    out += "# " + std::string(row.help) + "\n";
    out += std::string(KeyOf(row.name)) + " = " + std::string(row.default_text) + RangeText(row) +
           "\n";
  }
  return out + std::string(kReferenceTail);
}

}  // namespace tthc
