// From a request to its route: the checks that come before any handler, and where it runs.
//
// Thread safety: const methods may be called from any thread.
#pragma once

#include <memory>
#include <optional>

#include "server/http/router.h"
#include "server/query_pool.h"
#include "server/server_metrics.h"

namespace tthc {

// What the header alone decides.
struct Admission {
  std::optional<Response> refused;
  const Route* route = nullptr;
  size_t index = 0;  // for the metrics; routes().size() where none matched
  std::vector<std::string> path;
  Principal principal;
};

class Dispatcher {
 public:
  Dispatcher(const Router& router, const Services& services, QueryPool& queries,
             ServerMetrics& metrics)
      : router_(router), services_(services), queries_(queries), metrics_(metrics) {}

  // `head`: the request without its body.
  Admission Admit(const Request& head) const;
  // Answers an admitted request; `reply` is called once, from any thread. Counts it.
  void Run(Admission admission, Request request, Decoder* decoder, Reply reply) const;
  void CountRefused(const Admission& admission) const;

  const Services& services() const { return services_; }
  ServerMetrics& metrics() const { return metrics_; }
  QueryPool& queries() const { return queries_; }

 private:
  void OnQueryPool(std::function<void()> work, const Reply& reply) const;

  const Router& router_;
  const Services& services_;
  QueryPool& queries_;
  ServerMetrics& metrics_;
};

}  // namespace tthc
