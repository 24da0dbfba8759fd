// Signatures of the Standard Webhooks specification (standardwebhooks.com), symmetric form v1:
// base64(HMAC-SHA256(key, id "." timestamp "." body)). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.h"

namespace tthc {

// The specification's bounds of a key, in bytes.
inline constexpr size_t kLeastKeyBytes = 24;
inline constexpr size_t kMostKeyBytes = 64;

// The key of "whsec_" + base64. The error repeats nothing of the text.
Result<std::string> WebhookKeyOf(std::string_view secret);

// The header webhook-signature: "v1,…", one per key with blanks between, so that a receiver may
// hold the old or the new secret while it is being changed. `timestamp`: seconds since 1970 UTC.
std::string WebhookSignature(const std::vector<std::string>& keys, std::string_view id,
                             int64_t timestamp, std::string_view body);

}  // namespace tthc
