// One webhook: the messages of the stream that it wants, one after another, each until it is
// accepted or given up.
//
// What was accepted is written to the store before the next message is sent, so a kill at any
// moment repeats at most the message whose answer it cut off, under the same id.
//
// Thread safety: none; everything on the thread "channels".
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/channels/channel_config.h"
#include "server/channels/channel_metrics.h"
#include "server/channels/channel_parts.h"
#include "server/channels/channel_records.h"
#include "server/channels/http_client.h"
#include "server/monitor.h"

namespace tthc {

// A place in the stream that only moved over messages that are not wanted is written this seldom.
inline constexpr uint64_t kSkippedPerWrite = 5'000;
// With so many the endpoint gives nothing up any more: it goes on trying.
inline constexpr size_t kMaxDeadLetters = 10'000;

struct WebhookStatus {
  std::string name;
  std::string origin;            // scheme, host and port: the rest of a URL is often secret
  std::string_view state;        // "current", "sending", "failing", "disabled"
  uint64_t delivered = 0;
  uint64_t last_seq = 0;         // of the stream
  int attempts = 0;              // of the message that is being sent
  std::string last_error;        // empty: none since the last success
  // Wall clock.
  std::optional<Instant> last_error_at;
  std::optional<Instant> last_accepted_at;
  std::optional<Instant> next_attempt_at;
  size_t dead_letters = 0;
};

class WebhookEndpoint {
 public:
  WebhookEndpoint(WebhookConfig config, const ChannelParts& parts, const EndpointMetrics& metrics,
                  std::shared_ptr<boost::asio::ssl::context> tls, uint64_t seed);

  // Takes up what the store remembers of it. Error where that does not read.
  Result<void> Restore(const std::vector<ChannelRecord>& records);
  // An endpoint that the store knows goes on where it was; a new one begins after `present`.
  void Begin(uint64_t present);
  // The stream reaches `last_seq`.
  void Wake(uint64_t last_seq);
  // Begins nothing more; what is under way ends by itself.
  void Stop();

  const std::string& name() const { return config_.endpoint.name; }
  WebhookStatus Status() const;
  // The id that the receiver sees: the same each time the message is sent.
  std::string IdOf(uint64_t seq) const;
  std::vector<DeadLetter> DeadLetters(size_t limit) const;   // oldest first
  // Tries a dead letter once more, now. kNotFound.
  Result<DeadLetter> Retry(std::string_view id);
  // Sends again after the receiver had said 410.
  void Enable();

 private:
  using MessagePtr = std::shared_ptr<const AlertMessage>;

  void Step();
  bool ReadPages();
  bool ReadPage();
  void Send(const AlertMessage& message, HttpClient::Done done);
  void OnSent(const SendResult& result);
  void OnRetried(uint64_t seq, const SendResult& result);
  void SendRetry(uint64_t seq);
  void NoteResult(const SendResult& result);
  void PassFirst();
  void GiveUp();
  void TryAgainAfter(std::chrono::milliseconds delay);
  void Save(std::vector<ChannelRecord> records);
  bool SaveWhatIsLeft();
  void SaveState() { Save({StateRecord()}); }
  ChannelRecord StateRecord() const;
  void ShowNumbers();

  const WebhookConfig config_;
  const ChannelParts& parts_;
  const EndpointMetrics& metrics_;
  HttpClient client_;
  Backoff backoff_;
  net::steady_timer retry_timer_;
  net::steady_timer store_timer_;

  bool known_ = false;                  // to the store
  WebhookState state_;
  uint64_t saved_delivered_ = 0;
  uint64_t read_ = 0;                   // the stream was read up to here
  uint64_t last_seq_ = 0;
  std::deque<MessagePtr> queue_;        // read and wanted, at most a page
  std::map<uint64_t, DeadLetter> dead_;
  std::deque<uint64_t> retries_;        // dead letters to be tried now
  std::vector<ChannelRecord> unsaved_;  // nothing is sent while there are any

  bool busy_ = false;
  bool waiting_ = false;                // for the next attempt
  bool stopping_ = false;
  int attempts_ = 0;                    // of the first of the queue, that count
  int failures_ = 0;                    // in a row
  std::string last_error_;
  std::optional<Instant> last_error_at_;
  std::optional<Instant> last_accepted_at_;
  std::optional<Instant> next_attempt_at_;
};

}  // namespace tthc
