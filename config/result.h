// Errors of the domain: a value or a sentence that a person can act on.
//
// Sockets keep boost::system::error_code; RocksDB's own status never leaves ingest/store.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace tthc {

enum class ErrorKind {
  kInvalidInput,  // the caller's data is wrong; saying it again changes nothing
  kNotFound,
  kConflict,
  kUnavailable,  // try again later: queue full, store read-only, shutting down
  kCorrupt,      // stored bytes do not read as what they must be
  kIo,           // the machine: disk, file, socket
};

struct Error {
  ErrorKind kind = ErrorKind::kInvalidInput;
  std::string message;  // English, one sentence, names the field, file, line or position
};

[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw std::runtime_error(error.message);
}

template <typename T>
using Result = boost::system::result<T, Error>;

inline Error Invalid(std::string message) {
  return {ErrorKind::kInvalidInput, std::move(message)};
}
inline Error Prefixed(std::string_view prefix, Error error) {
  error.message.insert(0, std::string(prefix) + ": ");
  return error;
}

}  // namespace tthc
