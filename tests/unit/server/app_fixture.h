// An App on port 0 over a FakeMonitor.
#pragma once

#include <gtest/gtest.h>

#include "fake_monitor.h"
#include "raw_client.h"
#include "server/app.h"

namespace tthc {

struct RunningApp {
  FakeMonitor* monitor = nullptr;  // lives in the app
  std::unique_ptr<App> app;

  explicit RunningApp(std::vector<std::pair<std::string, int64_t>> settings = {},
                      std::shared_ptr<const Access> access = Access::Off()) {
    auto fake = std::make_unique<FakeMonitor>();
    monitor = fake.get();
    AppOptions options;
    options.monitor = std::move(fake);
    options.access = std::move(access);
    for (const auto& [name, value] : settings) {
      const auto set = options.settings.Set(name, value);
      EXPECT_TRUE(set) << name;
    }
    auto created = App::Create(std::move(options));
    EXPECT_TRUE(created) << (created ? "" : created.error().message);
    app = std::move(*created);
    const auto started = app->Start();
    EXPECT_TRUE(started) << (started ? "" : started.error().message);
  }

  RawAnswer Ask(std::string_view request, bool head_only = false) {
    RawClient client(app->address());
    client.Send(request);
    return client.Read(head_only);
  }

  double Metric(const std::string& family, const std::map<std::string, std::string>& labels) {
    for (const auto& collected : monitor->registry()->Collect()) {
      if (collected.name != family) continue;
      for (const auto& metric : collected.metric) {
        std::map<std::string, std::string> found;
        for (const auto& label : metric.label) found[label.name] = label.value;
        if (found == labels) {
          return collected.type == prometheus::MetricType::Gauge ? metric.gauge.value
                                                                 : metric.counter.value;
        }
      }
    }
    ADD_FAILURE() << "no metric " << family;
    return -1;
  }
};

}  // namespace tthc
