// The stream of alert messages: numbered without gaps, kept with the state that caused them, told
// to whoever listens, resumable by epoch and number.
//
// Threads: Prepare and Publish belong to the pipeline; everything else may be called from any
// thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ingest/store/directory.h"
#include "ingest/store/store.h"
#include "metrics/exposition/process_metrics.h"
#include "server/monitor.h"

namespace tthc {

void EncodeAlert(const AlertMessage& message, std::string& out);
Result<AlertMessage> DecodeAlert(std::string_view bytes);

class AlertStream {
 public:
  AlertStream(Store& store, const Directory& directory, ProcessMetrics& metrics, size_t history);
  Result<void> Load(std::string epoch);

  // Numbers the message and puts it into the batch of the state that caused it.
  uint64_t Prepare(AlertMessage message, Instant now, StoreBatch& batch);
  // The batch is on disk: tell the listeners.
  void Publish();

  AlertResume Listen(const std::vector<std::string>& units, std::string_view epoch,
                     std::optional<uint64_t> seq, Monitor::AlertListener listener,
                     uint64_t& subscription);
  void StopListening(uint64_t subscription);
  // From the store, so that nothing is too old to be read; at most `limit` messages.
  Result<AlertPage> ReadAfter(uint64_t seq, size_t limit) const;
  std::vector<AlertState> Alerts(const std::vector<std::string>& units, bool open_only,
                                 size_t limit) const;
  Result<AlertState> Acknowledge(std::string_view alert_id, std::string_view by,
                                 std::string_view comment, Instant now);

 private:
  using MessagePtr = std::shared_ptr<const AlertMessage>;
  struct Listener {
    std::unordered_set<std::string> units;   // empty: all
    Monitor::AlertListener tell;
  };
  // The unit and everything above it today.
  std::vector<std::string> LineOf(const std::string& unit, Instant at) const;
  static bool Concerns(const std::unordered_set<std::string>& units,
                       const std::vector<std::string>& line);
  void Remember(const MessagePtr& message);

  Store& store_;
  const Directory& directory_;
  ProcessMetrics& metrics_;
  const size_t history_;
  std::string epoch_;
  uint64_t prepared_seq_ = 0;              // pipeline only
  std::vector<MessagePtr> prepared_;       // pipeline only

  mutable std::mutex mutex_;
  uint64_t seq_ = 0;
  std::deque<MessagePtr> recent_;          // the last `history_` messages
  std::map<std::string, AlertState> states_;   // open alerts, and resolved ones still in recent_
  std::unordered_map<uint64_t, Listener> listeners_;
  uint64_t last_subscription_ = 0;
};

}  // namespace tthc
