#include "server/cli_demo_live.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <optional>
#include <thread>

#include "config/json_text.h"
#include "server/access/fetch.h"
#include "server/channels/http_client.h"
#include "server/clock.h"

namespace tthc {
namespace {

constexpr std::chrono::milliseconds kLookAtTheClock{200};
constexpr std::chrono::seconds kPostTime{30};
constexpr std::chrono::seconds kPause{1};
constexpr int64_t kLongestAbsence = kMicrosPerMinute;
// At a fast clock the time is asked for again between so many lines.
constexpr size_t kLinesPerLook = 50;

std::string DateText(Day day) {
  const CivilDate date = CivilOf(day);
  char text[16];
  std::snprintf(text, sizeof text, "%02u/%02u/%04d", date.day, date.month, date.year);
  return text;
}

class LiveSender {
 public:
  LiveSender(FetchUrl root, HttpTarget onestop)
      : root_(std::move(root)), client_(context_, std::move(onestop), nullptr, kPostTime) {}

  Result<void> Send(const demo::Sequel& sequel) {
    size_t line = 0;
    size_t event = 0;
    for (;;) {
      const auto now = Now();
      if (!now) return now.error();
      for (size_t sent = 0; line < sequel.lines.size() && sent < kLinesPerLook &&
                            sequel.lines[line].arrives <= *now;
           ++sent, ++line) {
        if (const auto posted = Post(sequel.lines[line].text); !posted) return posted;
      }
      TellOfDay(*now, line);
      for (; event < sequel.events.size() && sequel.events[event].at <= *now; ++event) {
        std::cout << "  " << sequel.events[event].text << std::endl;
      }
      if (line == sequel.lines.size()) return {};
      if (sequel.lines[line].arrives > *now) std::this_thread::sleep_for(kLookAtTheClock);
    }
  }

 private:
  void TellOfDay(Instant now, size_t lines) {
    if (DayOf(now) == day_) return;
    day_ = DayOf(now);
    std::cout << DateText(day_) << ": " << lines << " bản tin đã gửi" << std::endl;
  }

  // What the daemon says; it may be restarted meanwhile.
  Result<Instant> Now() {
    const int64_t begun = MonotonicMicros();
    for (;;) {
      const auto now = AskForNow();
      if (now || MonotonicMicros() - begun > kLongestAbsence) return now;
      std::this_thread::sleep_for(kPause);
    }
  }

  Result<Instant> AskForNow() {
    std::optional<Result<std::string>> body;
    net::co_spawn(context_, Fetch(root_, {}), [&](std::exception_ptr, Result<std::string> got) {
      body = std::move(got);
    });
    Run([&] { return body.has_value(); });
    if (!*body) return body->error();
    boost::system::error_code failed;
    const json::value answer = json::parse(**body, failed);
    const json::value* now =
        !failed && answer.is_object() ? answer.get_object().if_contains("now") : nullptr;
    if (now == nullptr || !now->is_string()) return Invalid("there is another server than tthcmon");
    return ParseInstant(now->get_string());
  }

  Result<void> Post(const std::string& text) {
    const int64_t begun = MonotonicMicros();
    for (;;) {
      std::optional<SendResult> result;
      client_.Post(text, {{"Content-Type", "application/json"}},
                   [&](SendResult got) { result = std::move(got); });
      Run([&] { return result.has_value(); });
      if (result->outcome == SendOutcome::kAccepted) return {};
      // A sender keeps its messages until they are taken.
      if (MonotonicMicros() - begun > kLongestAbsence) {
        return Error{ErrorKind::kUnavailable, "the daemon does not take messages: " + result->detail};
      }
      std::this_thread::sleep_for(kPause);
    }
  }

  template <typename Done>
  void Run(Done done) {
    context_.restart();
    while (!done()) context_.run_one();
  }

  net::io_context context_;
  const FetchUrl root_;
  HttpClient client_;
  Day day_{};
};

}  // namespace

Result<void> SendLive(const demo::Sequel& sequel, const std::string& url) {
  auto onestop = ParseHttpTarget(url + "/api/v1/onestop");
  if (!onestop) return Prefixed("--send", onestop.error());
  auto root = ParseFetchUrl(url + "/api/v1/live");
  if (!root) return Prefixed("--send", root.error());
  root->target = "/api/v1";
  return LiveSender(std::move(*root), std::move(*onestop)).Send(sequel);
}

}  // namespace tthc
