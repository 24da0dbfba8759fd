// One HTTP connection: keep-alive, HEAD, limits, deadlines, clients that misbehave.
#include "app_fixture.h"

namespace tthc {
namespace {

constexpr std::string_view kDossier =
    R"([{"MaHoSo":"H34.05-250211-00042","TrangThaiHoSo":"2","NgayTiepNhan":"20250211083000"}])";

bool Has(const RawAnswer& answer, std::string_view text) {
  return answer.head.find(text) != std::string::npos;
}

TEST(HttpSession, ServesRequestAfterRequestAlsoPipelined) {
  RunningApp run;
  RawClient client(run.app->address());
  client.Send(Get("/-/ready") + Get("/nowhere") + Post("/api/v1/onestop/DongBoHoSoMC", kDossier) +
              Get("/-/ready", "Connection: close\r\n"));
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_EQ(client.Read().status, 404);
  EXPECT_EQ(client.Read().status, 200);
  const auto last = client.Read();
  EXPECT_EQ(last.status, 200);
  EXPECT_TRUE(Has(last, "Connection: close"));
  EXPECT_TRUE(client.WaitForClose());
}

TEST(HttpSession, HeadHasTheHeaderAlone) {
  RunningApp run;
  RawClient client(run.app->address());
  client.Send("HEAD /metrics HTTP/1.1\r\nHost: t\r\n\r\n" + Get("/-/ready"));
  const auto head = client.Read(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(Has(head, "Content-Length: " + std::to_string(run.monitor->metrics_text.size())));
  EXPECT_EQ(client.Read().body, "ready\n");
}

TEST(HttpSession, Http10ConnectionsEnd) {
  RunningApp run;
  RawClient client(run.app->address());
  client.Send("GET /-/ready HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_TRUE(client.WaitForClose());
}

TEST(HttpSession, WrongMethodNamesTheRightOnes) {
  RunningApp run;
  const auto answer = run.Ask("DELETE /api/v1/units HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(answer.status, 405);
  EXPECT_TRUE(Has(answer, "Allow: GET, HEAD"));
}

TEST(HttpSession, ExpectContinueAsksForTheBodyOnlyWhereItIsUsed) {
  RunningApp run;
  RawClient client(run.app->address());
  const std::string head =
      "POST /api/v1/onestop/DongBoHoSoMC HTTP/1.1\r\nHost: t\r\n"
      "Expect: 100-continue\r\nContent-Length: " +
      std::to_string(kDossier.size()) + "\r\n\r\n";
  client.Send(head);
  EXPECT_EQ(client.Read().status, 100);
  client.Send(kDossier);
  EXPECT_EQ(client.Read().status, 200);
  std::string nowhere = head;
  nowhere.replace(nowhere.find("/api/v1/onestop"), 15, "/api/v9/onestop");
  client.Send(nowhere);
  EXPECT_EQ(client.Read().status, 404);
  EXPECT_EQ(run.Ask("GET / HTTP/1.1\r\nExpect: tea\r\n\r\n").status, 417);
}

TEST(HttpSession, BodiesOverTheLimitAreRefusedBeforeOrWhileTheyCome) {
  RunningApp run({{"limits.body_bytes", 1024}});
  const auto announced =
      run.Ask("POST /api/v1/onestop HTTP/1.1\r\nHost: t\r\nContent-Length: 9000000000\r\n\r\n");
  EXPECT_EQ(announced.status, 413);
  EXPECT_NE(announced.body.find("\"error_code\":\"-1\""), std::string::npos);
  const auto sent = run.Ask(Post("/api/v1/onestop", std::string(200'000, ' ')));
  EXPECT_EQ(sent.status, 413);
  const auto chunked = run.Ask(
      "POST /api/v1/events HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
      "800\r\n" +
      std::string(2048, ' ') + "\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.status, 413);
  EXPECT_TRUE(Has(chunked, "application/problem+json"));
  EXPECT_EQ(run.Ask(Post("/api/v1/onestop/DongBoHoSoMC", kDossier)).status, 200);
}

TEST(HttpSession, HeadersOverTheLimitAreRefused) {
  RunningApp run({{"limits.header_bytes", 2048}});
  EXPECT_EQ(run.Ask(Get("/-/ready", "X-Long: " + std::string(4000, 'x') + "\r\n")).status, 431);
  EXPECT_EQ(run.Ask(Get("/" + std::string(200'000, 'x'))).status, 431);
  EXPECT_EQ(run.Ask(Get("/-/ready")).status, 200);
}

TEST(HttpSession, WhatIsNotHttpIsToldSo) {
  RunningApp run;
  for (const std::string text :
       {"\x16\x03\x01\x02\x00 hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\r\n\r\n",
        "POST /-/ready HTTP/1.1\r\nContent-Length: -1\r\n\r\n"}) {
    EXPECT_EQ(run.Ask(text).status, 400) << text;
  }
}

TEST(HttpSession, ClientsThatNeverFinishAreLetGoAndCounted) {
  RunningApp run({{"limits.request_read_seconds", 1}, {"limits.keep_alive_idle_seconds", 1}});
  RawClient silent(run.app->address());
  RawClient header(run.app->address());
  RawClient body(run.app->address());
  RawClient idle(run.app->address());
  header.Send("GET /-/re");
  body.Send("POST /api/v1/onestop HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\n{");
  idle.Send(Get("/-/ready"));
  EXPECT_EQ(idle.Read().status, 200);
  EXPECT_EQ(header.Read().status, 408);
  EXPECT_EQ(body.Read().status, 408);
  for (RawClient* client : {&silent, &header, &body, &idle}) EXPECT_TRUE(client->WaitForClose());
  run.app->Stop();
  EXPECT_EQ(run.Metric("tthc_http_connections_closed_total", {{"reason", "read_timeout"}}), 2);
  EXPECT_EQ(run.Metric("tthc_http_connections_closed_total", {{"reason", "idle"}}), 2);
}

TEST(HttpSession, HalfSentBodiesLeaveNothing) {
  RunningApp run;
  {
    RawClient client(run.app->address());
    client.Send(Post("/api/v1/onestop/DongBoHoSoMC", kDossier).substr(0, 150));
    client.CloseSending();
    EXPECT_TRUE(client.WaitForClose());
  }
  EXPECT_TRUE(run.monitor->submitted().empty());
  run.app->Stop();
  EXPECT_EQ(run.Metric("tthc_http_connections_closed_total", {{"reason", "half_sent"}}), 1);
}

TEST(HttpSession, OneConnectionTooManyIsTold) {
  RunningApp run({{"limits.connections", 1}});
  RawClient first(run.app->address());
  first.Send(Get("/-/ready"));
  EXPECT_EQ(first.Read().status, 200);
  RawClient second(run.app->address());
  EXPECT_EQ(second.Read().status, 503);
  EXPECT_TRUE(second.WaitForClose());
  first.Send(Get("/-/ready"));
  EXPECT_EQ(first.Read().status, 200);
}

TEST(HttpSession, RequestsAreCountedByOperationAndClass) {
  RunningApp run;
  run.Ask(Get("/-/ready"));
  run.Ask(Get("/nowhere"));
  run.Ask(Get("/api/v1/cases/none"));
  const std::string name = "tthc_http_requests_total";
  EXPECT_EQ(run.Metric(name, {{"operation", "getReady"}, {"code", "2xx"}}), 1);
  EXPECT_EQ(run.Metric(name, {{"operation", "unmatched"}, {"code", "4xx"}}), 1);
  EXPECT_EQ(run.Metric(name, {{"operation", "getCase"}, {"code", "4xx"}}), 1);
  EXPECT_EQ(run.Metric(name, {{"operation", "getCase"}, {"code", "2xx"}}), 0);
}

}  // namespace
}  // namespace tthc
