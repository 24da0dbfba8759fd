// Short ways to decode in tests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

#include "ingest/wire/decode.h"
#include "ingest/wire/profiles.h"

namespace tthc {

inline constexpr uint64_t kTestKey = 0x0123456789ABCDEF;

inline std::string WireFile(const std::string& name) {
  std::ifstream in(std::string(TTHC_TESTDATA "/wire/") + name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}

// Senders "o", "t", "h" and "n" with the profile of that family, by token name and by unit.
inline std::shared_ptr<const ProfileTable> TestProfiles() {
  const Settings::Sender senders[] = {
      {"sender-o", "opencps", {"000.00.00.H34"}, "token-o"},
      {"sender-t", "t", {"H56"}, "token-t"},
      {"sender-h", "h", {"000.00.01.H22"}, "token-h"},
      {"sender-n", "gen2", {"G09.20"}, "token-n"},
  };
  const auto table = ProfileTable::Build(senders);
  EXPECT_TRUE(table) << table.error().message;
  return *table;
}

inline DecodedMessage DecodeGood(std::string_view body, const MessageHints& hints = {},
                                 const DecodeLimits& limits = {}) {
  Decoder decoder(TestProfiles(), kTestKey, limits);
  Result<DecodedMessage> message = decoder.Decode(body, hints);
  EXPECT_TRUE(message) << (message ? "" : message.error().message) << " in " << body;
  return message ? std::move(*message) : DecodedMessage();
}

inline std::string DecodeError(std::string_view body, const MessageHints& hints = {},
                               const DecodeLimits& limits = {}) {
  Decoder decoder(TestProfiles(), kTestKey, limits);
  const Result<DecodedMessage> message = decoder.Decode(body, hints);
  EXPECT_FALSE(message) << body;
  return message ? std::string() : message.error().message;
}

// The one statement of a message of `service` with this one record.
inline Statement OneStatement(std::string_view service, std::string_view record,
                              std::string_view token = {}) {
  MessageHints hints;
  hints.service = service;
  hints.token_name = token;
  DecodedMessage message = DecodeGood("[" + std::string(record) + "]", hints);
  EXPECT_EQ(message.statements.size(), 1u)
      << record << (message.rejected.empty() ? "" : ": " + message.rejected[0].reason);
  return message.statements.empty() ? Statement() : message.statements[0];
}

inline Rejected OneRejected(std::string_view service, std::string_view record,
                            const DecodeLimits& limits = {}) {
  MessageHints hints;
  hints.service = service;
  DecodedMessage message = DecodeGood("[" + std::string(record) + "]", hints, limits);
  EXPECT_EQ(message.rejected.size(), 1u) << record;
  return message.rejected.empty() ? Rejected() : message.rejected[0];
}

inline Statement Dossier(std::string_view fields, std::string_view token = {}) {
  return OneStatement("DongBoHoSoMC",
                      R"({"MaHoSo":"H56.14-250214-48213",)" + std::string(fields) + "}", token);
}

inline Statement Row(std::string_view status, std::string_view action,
                     std::string_view token = {}) {
  return OneStatement("CapNhatTienDoHoSoMC",
                      R"({"MaHoSo":"H56.14-250214-48213","ThoiDiemXuLy":"20250214091500",)"
                      R"("TrangThai":")" +
                          std::string(status) + R"(","NoiDungXuLy":")" + std::string(action) +
                          R"("})",
                      token);
}

inline Instant At(std::string_view rfc3339) { return *ParseInstant(rfc3339); }

}  // namespace tthc
