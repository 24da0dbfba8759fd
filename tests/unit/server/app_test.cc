#include "server/app.h"

#include "app_fixture.h"

namespace tthc {
namespace {

AppOptions Options(std::string listen = "127.0.0.1:0") {
  AppOptions options;
  options.monitor = std::make_unique<FakeMonitor>();
  options.access = Access::Off();
  options.listen = std::move(listen);
  return options;
}

constexpr std::string_view kDossier =
    R"([{"MaHoSo":"H34.05-250211-00042","TrangThaiHoSo":"2","NgayTiepNhan":"20250211083000"}])";

TEST(App, StartsOnceAndStopsAsOftenAsAsked) {
  auto app = *App::Create(Options());
  EXPECT_EQ(app->address(), "");
  ASSERT_TRUE(app->Start());
  EXPECT_TRUE(app->address().starts_with("127.0.0.1:"));
  EXPECT_EQ(app->Start().error().kind, ErrorKind::kConflict);
  app->Stop();
  app->Stop();
  EXPECT_EQ(app->Start().error().kind, ErrorKind::kConflict);
}

TEST(App, StopsFromManyThreadsAtOnce) {
  RunningApp run;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      run.app->Stop();
      EXPECT_TRUE(run.monitor->stopped());
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(App, StopWithoutStartStopsTheMonitor) {
  auto fake = std::make_unique<FakeMonitor>();
  FakeMonitor* monitor = fake.get();
  AppOptions options = Options();
  options.monitor = std::move(fake);
  auto app = *App::Create(std::move(options));
  app->Stop();
  EXPECT_TRUE(monitor->stopped());
}

TEST(App, TwoInstancesLiveSideBySide) {
  RunningApp one;
  RunningApp two;
  EXPECT_NE(one.app->address(), two.app->address());
  EXPECT_EQ(one.Ask(Get("/-/ready")).status, 200);
  one.app->Stop();
  EXPECT_EQ(two.Ask(Get("/-/ready")).status, 200);
}

TEST(App, ATakenPortIsNamedAndNothingIsLeft) {
  RunningApp first;
  auto second = *App::Create(Options(first.app->address()));
  const auto started = second->Start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find(first.app->address()), std::string::npos)
      << started.error().message;
  second->Stop();
}

TEST(App, AccessOffIsForLoopbackAddressesOnly) {
  for (const char* listen : {"127.0.0.1:0", "127.9.9.9:0", "[::1]:0", "localhost:0"}) {
    EXPECT_TRUE(CheckAccess(Options(listen))) << listen;
  }
  for (const char* listen : {"0.0.0.0:0", "[::]:0", "192.168.1.1:80"}) {
    const auto checked = CheckAccess(Options(listen));
    ASSERT_FALSE(checked) << listen;
    EXPECT_NE(checked.error().message.find("loopback"), std::string::npos);
  }
  for (const char* listen :
       {"nowhere", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:-1", ":80", ""}) {
    const auto checked = CheckAccess(Options(listen));
    ASSERT_FALSE(checked) << listen;
    EXPECT_NE(checked.error().message.find("HOST:PORT"), std::string::npos);
  }
  AppOptions none = Options();
  none.access = nullptr;
  const auto checked = App::Create(std::move(none));
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("access.token_file"), std::string::npos);
}

TEST(App, StopLetsTheOpenRequestEnd) {
  RunningApp run;
  run.monitor->Hold();
  RawClient client(run.app->address());
  RawClient idle(run.app->address());
  idle.Send(Get("/-/ready"));
  EXPECT_EQ(idle.Read().status, 200);
  client.Send(Post("/api/v1/onestop/DongBoHoSoMC", kDossier));
  run.monitor->WaitForSubmissions(1);
  std::thread stopping([&] { run.app->Stop(); });
  // An idle connection ends at once; the request's own is still waited for.
  EXPECT_TRUE(idle.WaitForClose());
  EXPECT_FALSE(run.monitor->stopped());
  run.monitor->Release();
  const auto answer = client.Read();
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.head.find("Connection: close"), std::string::npos);
  stopping.join();
}

TEST(App, StopIsBoundedByTheDrainTime) {
  RunningApp run({{"shutdown.drain_seconds", 1}});
  run.monitor->Hold();
  RawClient client(run.app->address());
  client.Send(Post("/api/v1/onestop/DongBoHoSoMC", kDossier));
  run.monitor->WaitForSubmissions(1);
  run.app->Stop();
  EXPECT_TRUE(client.WaitForClose());
  EXPECT_TRUE(run.monitor->stopped());
}

}  // namespace
}  // namespace tthc
