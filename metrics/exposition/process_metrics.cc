#include "metrics/exposition/process_metrics.h"

namespace tthc {
namespace {

prometheus::Counter& MakeCounter(prometheus::Registry& registry, const char* name,
                                 const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}
prometheus::Gauge& MakeGauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}
prometheus::Histogram& MakeHistogram(prometheus::Registry& registry, const char* name,
                                     const char* help,
                                     const prometheus::Histogram::BucketBoundaries& buckets) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, buckets);
}

}  // namespace

ProcessMetrics::ProcessMetrics(std::shared_ptr<prometheus::Registry> shared)
    : registry(std::move(shared)),
      statements_recorded(MakeCounter(*registry, "tthc_statements_recorded_total",
                                      "Statements recorded in the log.")),
      statements_repeated(MakeCounter(*registry, "tthc_statements_repeated_total",
                                      "Statements that had been said before.")),
      records_quarantined(MakeCounter(*registry, "tthc_records_quarantined_total",
                                      "Records put aside with a reason.")),
      messages(MakeCounter(*registry, "tthc_messages_total", "Messages taken in.")),
      messages_refused(MakeCounter(*registry, "tthc_messages_refused_total",
                                   "Messages refused: queue full or store not writing.")),
      batch_statements(MakeHistogram(*registry, "tthc_ingest_batch_statements",
                                     "Statements of one atomic batch.",
                                     {1, 10, 50, 100, 500, 1000, 5000, 10000})),
      log_sync_seconds(MakeHistogram(*registry, "tthc_log_sync_seconds",
                                     "Time of writing and syncing one batch.",
                                     {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1})),
      event_lag_seconds(MakeHistogram(*registry, "tthc_event_lag_seconds",
                                      "From what a statement says happened to its arrival.",
                                      {1, 10, 60, 600, 3600, 21600, 86400, 604800, 2592000})),
      timer_lateness_seconds(MakeHistogram(*registry, "tthc_timer_lateness_seconds",
                                           "How late a deadline timer fired, on the process clock.",
                                           {0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 3600})),
      timer_lateness_worst(MakeGauge(*registry, "tthc_timer_lateness_worst_seconds",
                                     "The latest that a deadline fired since the start.")),
      timers_fired(MakeCounter(*registry, "tthc_timers_fired_total", "Deadline timers fired.")),
      reprojections(MakeCounter(*registry, "tthc_reprojections_total",
                                "Passes over all cases after calendars or procedures had changed.")),
      reprojected_cases(MakeCounter(*registry, "tthc_reprojected_cases_total",
                                    "Cases that such passes looked at.")),
      reprojection_under_way(MakeGauge(*registry, "tthc_reprojection_under_way",
                                       "1 while such a pass goes on.")),
      checkpoint_records(MakeGauge(*registry, "tthc_checkpoint_records",
                                   "Records of the log that the newest checkpoint has sealed.")),
      checkpoint_timestamp(MakeGauge(*registry, "tthc_checkpoint_timestamp_seconds",
                                     "When the newest checkpoint was made.")),
      checkpoint_export_failing(MakeGauge(
          *registry, "tthc_checkpoint_export_failing",
          "1 while checkpoints cannot be written to audit.checkpoint_dir.")),
      log_verified_records(MakeGauge(*registry, "tthc_log_verified_records",
                                     "Records that the check in the background has come to.")),
      log_verified_timestamp(MakeGauge(*registry, "tthc_log_verified_timestamp_seconds",
                                       "When such a check last came to its end, without a fault.")),
      log_wrong(MakeGauge(*registry, "tthc_log_wrong",
                          "1 where the log is not what was recorded and sealed.")),
      backup_interval(MakeGauge(*registry, "tthc_backup_interval_seconds",
                                "How often a backup is due; 0: none are made.")),
      backup_timestamp(MakeGauge(*registry, "tthc_backup_timestamp_seconds",
                                 "When the newest good backup was made; 0: there is none.")),
      backup_failing(MakeGauge(*registry, "tthc_backup_failing",
                               "1 while the last try of a backup was not good.")),
      backup_seconds(MakeGauge(*registry, "tthc_backup_duration_seconds",
                               "How long the last good backup took, its check included.")),
      backups(MakeGauge(*registry, "tthc_backups", "Good backups that are kept.")),
      ingest_queue_records(MakeGauge(*registry, "tthc_ingest_queue_records",
                                     "Records taken in and not recorded yet.")),
      cases_in_memory(MakeGauge(*registry, "tthc_cases_in_memory", "Cases held in memory.")),
      store_writable(MakeGauge(*registry, "tthc_store_writable", "1 while the store takes writes.")),
      store_write_stopped(MakeGauge(*registry, "tthc_store_write_stopped",
                                    "1 while RocksDB has stopped writes.")),
      store_free_bytes(MakeGauge(*registry, "tthc_store_free_bytes",
                                 "Free on the disk of the data directory.")),
      store_free_floor_bytes(MakeGauge(*registry, "tthc_store_free_floor_bytes",
                                       "Free bytes below which the store takes no writes.")),
      calendar_horizon_seconds(MakeGauge(*registry, "tthc_calendar_horizon_seconds",
                                         "Time until the announced days off run out.")),
      alerts_told(MakeCounter(*registry, "tthc_alerts_told_total", "Alerts claimed and told.")),
      alerts_resolved(MakeCounter(*registry, "tthc_alerts_resolved_total", "Alerts resolved.")),
      alerts_held(MakeCounter(*registry, "tthc_alerts_held_total",
                              "Alerts claimed and left to a digest.")),
      alert_digests(MakeCounter(*registry, "tthc_alert_digests_total", "Digests told.")),
      alert_listeners(MakeGauge(*registry, "tthc_alert_listeners", "Listeners of the alert stream.")),
      unreadable_cases(MakeCounter(*registry, "tthc_unreadable_cases_total",
                                   "Times a stored case did not read as one: figures lack it.")),
      identity_violations(MakeCounter(*registry, "tthc_identity_violations_total",
                                      "Summaries in which received was not resolved + pending.")),
      sender_silence_(prometheus::BuildGauge()
                          .Name("tthc_sender_silence_seconds")
                          .Help("Time since a sender's last message.")
                          .Register(*registry)),
      sender_usual_silence_(prometheus::BuildGauge()
                                .Name("tthc_sender_usual_silence_seconds")
                                .Help("Silence since a sender's last message that is not unusual "
                                      "for it.")
                                .Register(*registry)) {}

void ProcessMetrics::SetSenderSilence(const std::string& sender, double seconds, double usual) {
  const std::lock_guard lock(silence_mutex_);
  const std::string label = silence_of_.size() < kMostSenders || silence_of_.contains(sender)
                                ? sender
                                : std::string("other");
  Silence& silence = silence_of_[label];
  if (silence.now == nullptr) {
    silence.now = &sender_silence_.Add({{"sender", label}});
    silence.usual = &sender_usual_silence_.Add({{"sender", label}});
  }
  silence.now->Set(seconds);
  silence.usual->Set(usual);
}

}  // namespace tthc
