// How alert messages, answers to them and mutes are stored: versioned bytes, held still by
// golden-bytes tests. Pure.
#pragma once

#include <string>
#include <string_view>

#include "server/monitor.h"

namespace tthc {

void EncodeAlert(const AlertMessage& message, std::string& out);
// Reads version 1 too, which knew no levels, holding and digests.
Result<AlertMessage> DecodeAlert(std::string_view bytes);

// An acknowledgement, or how long an alert is put off.
struct AlertNote {
  Instant at;
  Instant until;               // of a snooze or mute
  std::string by;
  std::string comment;
};
std::string EncodeAck(const AlertNote& note);
Result<AlertNote> DecodeAck(std::string_view bytes);
std::string EncodePause(const AlertNote& note);
Result<AlertNote> DecodePause(std::string_view bytes);

}  // namespace tthc
