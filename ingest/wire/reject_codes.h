// The stable codes of Rejected::code: what the quarantine is counted and listed by.
#pragma once

#include <string_view>

namespace tthc::reject {

inline constexpr std::string_view kMissingCaseId = "missing_case_id";
inline constexpr std::string_view kBadCaseId = "bad_case_id";
inline constexpr std::string_view kSubjectMismatch = "subject_mismatch";
inline constexpr std::string_view kUnknownStatus = "unknown_status";
inline constexpr std::string_view kMissingStatus = "missing_status";
inline constexpr std::string_view kBadDate = "bad_date";
inline constexpr std::string_view kMissingEventTime = "missing_event_time";
inline constexpr std::string_view kBadCode = "bad_code";
inline constexpr std::string_view kNotScalar = "not_scalar";
inline constexpr std::string_view kTooLong = "too_long";
inline constexpr std::string_view kNotObject = "not_an_object";
inline constexpr std::string_view kBadEvent = "bad_event";
inline constexpr std::string_view kUnknownEventType = "unknown_event_type";
inline constexpr std::string_view kBadSequence = "bad_sequence";
inline constexpr std::string_view kBadLine = "bad_line";  // files: no row can be read from it
inline constexpr std::string_view kUnknownValue = "unknown_value";  // files: not in a value table

// A message of a topic as a whole: no JSON, an unknown service, too large, no body.
inline constexpr std::string_view kUnreadableMessage = "unreadable_message";

inline constexpr std::string_view kAll[] = {
    kMissingCaseId,    kBadCaseId,   kSubjectMismatch, kUnknownStatus, kMissingStatus, kBadDate,
    kMissingEventTime, kBadCode,     kNotScalar,       kTooLong,       kNotObject,     kBadEvent,
    kUnknownEventType, kBadSequence, kBadLine,         kUnknownValue,
    kUnreadableMessage,
};

}  // namespace tthc::reject
