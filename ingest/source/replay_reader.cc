#include "ingest/source/replay_reader.h"

#include <cstring>
#include <utility>

#include "ingest/wire/text.h"

namespace tthc {
namespace {

constexpr size_t kBufferBytes = 256 * 1024;
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

}  // namespace

ReplayReader::ReplayReader(ByteSource source, size_t line_bytes)
    : source_(std::move(source)), line_bytes_(line_bytes), buffer_(kBufferBytes) {}

Result<ReplayReader> ReplayReader::Open(const std::string& file, size_t line_bytes) {
  Result<ByteSource> source = ByteSource::Open(file);
  if (!source) return source.error();
  return ReplayReader(std::move(*source), line_bytes);
}

Result<bool> ReplayReader::Next(ReplayLine& line) {
  for (;;) {
    const Result<bool> read = ReadLine(line);
    if (!read || !*read) return read;
    if (line.too_long || !line.text.empty()) return true;
  }
}

Result<bool> ReplayReader::ReadLine(ReplayLine& line) {
  line_.clear();
  bool too_long = false;
  bool ended = false;
  bool anything = false;
  while (!ended) {
    if (at_ == end_) {
      const Result<size_t> read = source_.Read(buffer_);
      if (!read) return read.error();
      at_ = 0;
      end_ = *read;
      if (end_ == 0) break;
    }
    anything = true;
    const char* const begin = buffer_.data() + at_;
    const void* const newline = std::memchr(begin, '\n', end_ - at_);
    ended = newline != nullptr;
    const size_t length =
        ended ? static_cast<size_t>(static_cast<const char*>(newline) - begin) : end_ - at_;
    at_ += length + (ended ? 1 : 0);
    too_long = too_long || line_.size() + length > line_bytes_;
    if (!too_long) line_.append(begin, length);
  }
  if (!anything) return false;
  ++number_;
  if (too_long) line_.clear();
  std::string_view text = line_;
  if (number_ == 1 && text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
  line = {number_, Trimmed(text), too_long};
  return true;
}

}  // namespace tthc
