// The records of the log as texts that are hashed: JSON objects with their members in one order,
// every number of the dictionary written out, so that a proof can be read without the store.
// What a text says is fixed for ever: a new fact of a statement becomes a new member at the end.
//
// Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/store/codec.h"

namespace tthc {

using TextOfId = std::function<std::string(TextId)>;

std::string StatementLeaf(const LogStatement& statement, const TextOfId& text_of);
std::string ClaimLeaf(uint64_t seq, const LogClaim& claim);
std::string NoteLeaf(uint64_t seq, const LogNote& note);
// Of every record of the block, in their order: statements, claims, notes.
std::vector<std::string> LeavesOf(const LogBlock& block, uint64_t first_seq,
                                  const TextOfId& text_of);

}  // namespace tthc
