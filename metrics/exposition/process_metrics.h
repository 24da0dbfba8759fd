// The process's own families, declared in prometheus-cpp's registry: every label value exists from
// the start, nothing is added per event.
//
// Thread safety: prometheus-cpp's counters and gauges may be used from any thread.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace tthc {

struct ProcessMetrics {
  explicit ProcessMetrics(std::shared_ptr<prometheus::Registry> registry);

  std::shared_ptr<prometheus::Registry> registry;
  prometheus::Counter& statements_recorded;
  prometheus::Counter& statements_repeated;
  prometheus::Counter& records_quarantined;
  prometheus::Counter& messages;
  prometheus::Counter& messages_refused;       // queue full or store not writing
  prometheus::Histogram& batch_statements;
  prometheus::Histogram& log_sync_seconds;
  prometheus::Histogram& event_lag_seconds;    // event time to recorded time, own-dated statements
  prometheus::Histogram& timer_lateness_seconds;
  prometheus::Gauge& timer_lateness_worst;      // since the start
  prometheus::Counter& timers_fired;
  prometheus::Counter& reprojections;
  prometheus::Counter& reprojected_cases;
  prometheus::Gauge& reprojection_under_way;
  prometheus::Gauge& checkpoint_records;       // of the newest one
  prometheus::Gauge& checkpoint_timestamp;
  prometheus::Gauge& checkpoint_export_failing;
  prometheus::Gauge& log_verified_records;
  prometheus::Gauge& log_verified_timestamp;
  prometheus::Gauge& log_wrong;
  prometheus::Gauge& backup_interval;
  prometheus::Gauge& backup_timestamp;
  prometheus::Gauge& backup_failing;
  prometheus::Gauge& backup_seconds;
  prometheus::Gauge& backups;
  prometheus::Gauge& ingest_queue_records;
  prometheus::Gauge& cases_in_memory;
  prometheus::Gauge& store_writable;
  prometheus::Gauge& store_write_stopped;
  prometheus::Gauge& store_free_bytes;
  prometheus::Gauge& store_free_floor_bytes;
  prometheus::Gauge& calendar_horizon_seconds;
  prometheus::Counter& alerts_told;
  prometheus::Counter& alerts_resolved;
  prometheus::Counter& alerts_held;
  prometheus::Counter& alert_digests;
  prometheus::Gauge& alert_listeners;
  prometheus::Counter& unreadable_cases;       // stored bytes of a case that do not read as one
  prometheus::Counter& identity_violations;    // received = resolved + pending did not hold

  // A family with one label, its values not known in advance but few (senders): at most
  // kMostSenders values, further ones count under "other".
  void SetSenderSilence(const std::string& sender, double seconds, double usual);
  static constexpr size_t kMostSenders = 1000;

 private:
  prometheus::Family<prometheus::Gauge>& sender_silence_;
  prometheus::Family<prometheus::Gauge>& sender_usual_silence_;
  struct Silence {
    prometheus::Gauge* now = nullptr;
    prometheus::Gauge* usual = nullptr;
  };
  std::mutex silence_mutex_;   // several may scrape at once
  std::map<std::string, Silence> silence_of_;
};

}  // namespace tthc
