#include "server/channels/channels.h"

#include <algorithm>
#include <future>

#include "server/clock.h"
#include "server/log.h"
#include "server/threads.h"

namespace tthc {
namespace {

// Endpoints that fail together do not come back together.
uint64_t SeedOf(const std::string& name) {
  return std::hash<std::string>()(name) ^ static_cast<uint64_t>(MonotonicMicros());
}

Result<std::shared_ptr<boost::asio::ssl::context>> TlsOf(const EndpointConfig& endpoint) {
  if (!endpoint.target.tls) return std::shared_ptr<boost::asio::ssl::context>();
  return TlsContext(endpoint.ca_file);
}

Error NoSuchWebhook() { return {ErrorKind::kNotFound, "there is no such webhook"}; }
Error Stopping() { return {ErrorKind::kUnavailable, "the server is stopping"}; }

}  // namespace

Channels::Channels(ChannelConfig config, Monitor& monitor)
    : config_(std::move(config)),
      parts_{context_, monitor, {}},
      metrics_(*monitor.registry(), config_) {}

Channels::~Channels() { Stop(std::chrono::milliseconds(0)); }

Result<std::unique_ptr<Channels>> Channels::Create(ChannelConfig config, Monitor& monitor) {
  std::unique_ptr<Channels> channels(new Channels(std::move(config), monitor));
  if (const auto made = channels->MakeEndpoints(); !made) return made.error();
  return channels;
}

Result<void> Channels::MakeEndpoints() {
  const auto records = parts_.monitor.ChannelRecords();
  if (!records) return records.error();
  const auto make = [&](const auto& configs, auto& endpoints, const auto& metrics_of) {
    using Endpoint = typename std::decay_t<decltype(endpoints)>::value_type::element_type;
    for (const auto& config : configs) {
      const std::string& name = config.endpoint.name;
      auto tls = TlsOf(config.endpoint);
      if (!tls) return Result<void>(Prefixed(name, tls.error()));
      endpoints.push_back(std::make_unique<Endpoint>(config, parts_, metrics_of(name),
                                                     std::move(*tls), SeedOf(name)));
      if (const auto restored = endpoints.back()->Restore(*records); !restored) return restored;
    }
    return Result<void>();
  };
  const auto webhooks = make(config_.webhooks, webhooks_, [&](const std::string& name) -> auto& {
    return metrics_.webhook(name);
  });
  if (!webhooks) return webhooks;
  return make(config_.alertmanagers, alertmanagers_, [&](const std::string& name) -> auto& {
    return metrics_.alertmanager(name);
  });
}

void Channels::Start() {
  if (webhooks_.empty() && alertmanagers_.empty()) return;
  guard_.emplace(net::make_work_guard(context_));
  // Before the thread runs and before anybody is served: what is recorded from now on is for a new
  // endpoint too.
  Listen();
  const std::lock_guard lock(mutex_);
  listening_ = true;
  thread_ = StartThread("channels", [this] {
    context_.run();
    const std::lock_guard lock(mutex_);
    ended_ = true;
    ended_changed_.notify_all();
  });
}

// Listening and the open alerts are one step, so nothing falls between them.
void Channels::Listen() {
  const AlertResume resume = parts_.monitor.Listen(
      {}, {}, std::nullopt,
      [this](std::shared_ptr<const AlertMessage> message) { OnGrown(message->seq); },
      subscription_);
  parts_.epoch = resume.epoch;
  for (auto& webhook : webhooks_) webhook->Begin(resume.seq);
  for (auto& alertmanager : alertmanagers_) alertmanager->Begin(resume.messages, resume.seq);
}

// On the pipeline's thread: one wake-up is posted for as many messages as come meanwhile.
void Channels::OnGrown(uint64_t seq) {
  grown_to_.store(seq);
  if (!waking_.exchange(true)) net::post(context_, [this] { WakeAll(); });
}

void Channels::WakeAll() {
  waking_.store(false);
  const uint64_t seq = grown_to_.load();
  for (auto& webhook : webhooks_) webhook->Wake(seq);
  for (auto& alertmanager : alertmanagers_) alertmanager->Wake(seq);
}

void Channels::BeginStop() {
  {
    const std::lock_guard lock(mutex_);
    if (!listening_) return;
    listening_ = false;
  }
  parts_.monitor.StopListening(subscription_);
  net::post(context_, [this] {
    for (auto& webhook : webhooks_) webhook->Stop();
    for (auto& alertmanager : alertmanagers_) alertmanager->Stop();
    guard_.reset();   // the thread ends with what is under way
  });
}

void Channels::Stop(std::chrono::milliseconds limit) {
  BeginStop();
  std::unique_lock lock(mutex_);
  if (!thread_.joinable()) return;
  if (!ended_changed_.wait_for(lock, limit, [this] { return ended_; })) {
    Log(LogLevel::kWarning, "channels_cut");
    context_.stop();
  }
  lock.unlock();
  thread_.join();
}

bool Channels::OnThread(const std::function<void()>& work) {
  // Shared: the thread may still be within set_value when the wait here is over.
  const auto done = std::make_shared<std::promise<void>>();
  {
    // Posted before BeginStop posts the end, or not at all.
    const std::lock_guard lock(mutex_);
    if (!listening_) return false;
    net::post(context_, [&work, done] {
      work();
      done->set_value();
    });
  }
  done->get_future().wait();
  return true;
}

WebhookEndpoint* Channels::Find(std::string_view name) {
  const auto found = std::find_if(webhooks_.begin(), webhooks_.end(),
                                  [&](const auto& webhook) { return webhook->name() == name; });
  return found == webhooks_.end() ? nullptr : found->get();
}

std::vector<WebhookStatus> Channels::Webhooks() {
  std::vector<WebhookStatus> all;
  (void)OnThread([&] {
    for (const auto& webhook : webhooks_) all.push_back(webhook->Status());
  });
  return all;
}

std::vector<AlertmanagerStatus> Channels::Alertmanagers() {
  std::vector<AlertmanagerStatus> all;
  (void)OnThread([&] {
    for (const auto& alertmanager : alertmanagers_) all.push_back(alertmanager->Status());
  });
  return all;
}

Result<std::vector<Channels::DeadLetterView>> Channels::DeadLetters(std::string_view name,
                                                                    size_t limit) {
  WebhookEndpoint* webhook = Find(name);
  if (webhook == nullptr) return NoSuchWebhook();
  std::vector<DeadLetterView> views;
  const bool asked = OnThread([&] {
    for (DeadLetter& letter : webhook->DeadLetters(limit)) {
      views.push_back({webhook->IdOf(letter.seq), std::move(letter)});
    }
  });
  if (!asked) return Stopping();
  return views;
}

Result<Channels::DeadLetterView> Channels::Retry(std::string_view name, std::string_view id) {
  WebhookEndpoint* webhook = Find(name);
  if (webhook == nullptr) return NoSuchWebhook();
  Result<DeadLetter> letter = DeadLetter();
  if (!OnThread([&] { letter = webhook->Retry(id); })) return Stopping();
  if (!letter) return letter.error();
  return DeadLetterView{std::string(id), *letter};
}

Result<WebhookStatus> Channels::Enable(std::string_view name) {
  WebhookEndpoint* webhook = Find(name);
  if (webhook == nullptr) return NoSuchWebhook();
  WebhookStatus status;
  const bool asked = OnThread([&] {
    webhook->Enable();
    status = webhook->Status();
  });
  if (!asked) return Stopping();
  return status;
}

}  // namespace tthc
