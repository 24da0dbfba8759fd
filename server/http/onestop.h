// The answers that one-stop systems read (WIRE: generation 1 {error_code, message}, generation 2
// {code, message, data}). Their programs look at error_code "0" and at "thành công" in the message.
#pragma once

#include <string_view>

#include "ingest/wire/decode.h"
#include "server/http/problem.h"
#include "server/monitor.h"

namespace tthc {

// The paths at which one-stop systems deliver.
bool IsOnestopPath(std::string_view path);

// Recorded, with what became of its records where not all were new and good.
Response OnestopAccepted(const DecodedMessage& message, const SubmitAnswer& answer);
// Refused whole: error_code "-1".
Response OnestopRefused(unsigned status, std::string_view reason);
Response OnestopRefused(const Error& error);

// A refusal in the words that the caller at this path reads: OnestopRefused or a problem.
Response Refusal(std::string_view path, ProblemKind kind, std::string_view detail,
                 std::string_view parameter = {});

}  // namespace tthc
