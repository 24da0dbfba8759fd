#include "server/http/limits.h"

namespace tthc {

ServerLimits ServerLimits::From(const Settings& settings) {
  const auto size = [&](std::string_view name) {
    return static_cast<size_t>(settings.Integer(name));
  };
  const auto seconds = [&](std::string_view name) { return Millis(settings.Integer(name) * 1000); };
  ServerLimits limits;
  limits.socket_threads = size("server.threads");
  limits.body_bytes = size("limits.body_bytes");
  limits.header_bytes = size("limits.header_bytes");
  limits.connections = size("limits.connections");
  limits.reason_required = settings.Bool("audit.reason_required");
  limits.tls_for_producers = settings.Bool("tls.required_for_producers");
  limits.read_time = seconds("limits.request_read_seconds");
  limits.idle_time = seconds("limits.keep_alive_idle_seconds");
  limits.drain_time = seconds("shutdown.drain_seconds");
  limits.query_results = size("limits.query_results");
  limits.feed_sessions = size("limits.websocket_sessions");
  limits.feed_queue = size("limits.websocket_queue_messages");
  limits.feed_message_bytes = size("limits.websocket_message_bytes");
  limits.decode.depth = size("limits.json_depth");
  limits.decode.records = size("limits.records_per_message");
  limits.decode.scalar_bytes = size("limits.scalar_bytes");
  limits.decode.first_year = static_cast<int>(settings.Integer("ingest.earliest_year"));
  limits.decode.last_year = static_cast<int>(settings.Integer("ingest.latest_year"));
  return limits;
}

}  // namespace tthc
