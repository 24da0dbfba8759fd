// Texts as senders write them: trimming, Unicode composition, and what may be shown in a reason.
#pragma once

#include <string>
#include <string_view>

namespace tthc {

// Without leading and trailing white space: ASCII and U+00A0.
std::string_view Trimmed(std::string_view text);

// Trimmed and in Unicode NFC (TCVN 6909 writes Vietnamese composed). `buffer` holds the result
// where it differs from `text`.
std::string_view NfcTrimmed(std::string_view text, std::string& buffer);

bool HasControlCharacter(std::string_view text);  // below U+0020, or U+007F

inline constexpr size_t kCaseIdBytes = 50;   // MaHoSo of the interface
// Letters (local formats have Vietnamese ones), digits and . - _ / only: what numbers of cases are
// made of. A sender's number is taken as it is; where people write one, a blank makes it a name.
bool HasOnlyCaseIdCharacters(std::string_view text);

// ASCII letters alike, all else exact.
bool EqualIgnoringCase(std::string_view a, std::string_view b);
bool IsTrue(std::string_view text);   // "1", "true" in any case
bool IsFalse(std::string_view text);  // "0", "false" in any case

// `text` between double quotes for a reason: at most 48 bytes, cut between characters, control
// characters replaced by '?'.
std::string Quoted(std::string_view text);
// The same for a field that people may have written anything into, a name or a number of a person too:
// what looks like a date, a short number or a word in small letters is shown, of all else its shape: "a", "A" or "x" (not ASCII)
// for a letter, "9" for a digit.
std::string QuotedShape(std::string_view text);

}  // namespace tthc
