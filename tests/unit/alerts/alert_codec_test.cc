// Stored alerts: their bytes hold still, version 1 still reads, nonsense does not.
#include "server/alerts/alert_codec.h"

#include "alerts_testing.h"

namespace tthc {
namespace {

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[static_cast<uint8_t>(c) >> 4];
    hex += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return hex;
}
std::string Bytes(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

AlertMessage Small() {
  AlertMessage m;
  m.seq = 300;
  m.type = AlertType::kDigest;
  m.id = "i";
  m.kind = "k";
  m.rung = "r";
  m.unit = "u";
  m.case_id = "c";
  m.text = "t";
  m.at = Instant{1};
  m.due_at = Instant{-1};
  m.level = AlertLevel::kAgency;
  m.severity = AlertSeverity::kCritical;
  m.held = AlertHeld::kMuted;
  m.recipient = "x";
  m.told = {7, 9, 300};
  return m;
}

TEST(AlertCodec, BytesHoldStill) {
  std::string bytes;
  EncodeAlert(Small(), bytes);
  EXPECT_EQ(Hex(bytes),
            "02ac0202" "0169" "016b" "0172" "0175" "0163" "0174" "02" "0101" "02" "02" "02" "0178"
            "03" "07" "02" "a302");
  const auto back = DecodeAlert(bytes);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->told, Small().told);
  EXPECT_EQ(back->recipient, "x");
  EXPECT_EQ(back->held, AlertHeld::kMuted);
  EXPECT_EQ(back->level, AlertLevel::kAgency);
  EXPECT_EQ(back->severity, AlertSeverity::kCritical);
  EXPECT_EQ(back->due_at, Instant{-1});
}

TEST(AlertCodec, VersionOneReads) {
  const auto back = DecodeAlert(Bytes("01ac0201" "0169" "016b" "0172" "0175" "0163" "0174" "02" "00"));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->seq, 300u);
  EXPECT_EQ(back->type, AlertType::kResolved);
  EXPECT_EQ(back->recipient, "u");
  EXPECT_EQ(back->held, AlertHeld::kNot);
}

TEST(AlertCodec, NoPrefixAndNoNonsenseReads) {
  std::string bytes;
  EncodeAlert(Small(), bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeAlert(std::string_view(bytes).substr(0, size)).has_value()) << size;
  }
  bytes[0] = 3;
  EXPECT_FALSE(DecodeAlert(bytes).has_value()) << "a later version";
  bytes[0] = 2;
  bytes[3] = 9;
  EXPECT_FALSE(DecodeAlert(bytes).has_value()) << "no such type";
}

TEST(AlertCodec, NotesComeBack) {
  const AlertNote note{Instant{5}, Instant{-7}, "Trần", "đang xử lý"};
  const auto ack = DecodeAck(EncodeAck(note));
  ASSERT_TRUE(ack.has_value());
  EXPECT_EQ(std::tie(ack->at, ack->by, ack->comment), std::tie(note.at, note.by, note.comment));
  const auto pause = DecodePause(EncodePause(note));
  ASSERT_TRUE(pause.has_value());
  EXPECT_EQ(std::tie(pause->at, pause->until, pause->by, pause->comment),
            std::tie(note.at, note.until, note.by, note.comment));
  EXPECT_FALSE(DecodeAck("").has_value());
  EXPECT_FALSE(DecodePause(std::string_view("\x02", 1)).has_value());
}

}  // namespace
}  // namespace tthc
