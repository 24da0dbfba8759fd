#include "ingest/source/byte_source.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>

namespace tthc {
namespace {

constexpr unsigned kInflateBuffer = 256 * 1024;

gzFile Gz(void* gz) { return static_cast<gzFile>(gz); }

}  // namespace

void ByteSource::Closed::operator()(void* gz) const { gzclose_r(Gz(gz)); }

Result<ByteSource> ByteSource::Open(const std::string& file) {
  std::error_code status;
  if (!std::filesystem::is_regular_file(file, status)) {
    return Error{ErrorKind::kNotFound, file + ": there is no such file"};
  }
  ByteSource source;
  source.file_ = file;
  source.bytes_total_ = std::filesystem::file_size(file, status);
  source.gz_.reset(gzopen(file.c_str(), "rb"));  // reads a file that is no gzip as it is
  if (!source.gz_) {
    return Error{ErrorKind::kIo, file + ": cannot be opened: " + std::strerror(errno)};
  }
  gzbuffer(Gz(source.gz_.get()), kInflateBuffer);
  return source;
}

ByteSource ByteSource::OfText(std::string_view text) {
  ByteSource source;
  source.rest_ = text;
  source.bytes_total_ = text.size();
  return source;
}

Result<size_t> ByteSource::Read(std::span<char> buffer) {
  if (!gz_) {
    const size_t size = rest_.copy(buffer.data(), buffer.size());
    rest_.remove_prefix(size);
    return size;
  }
  const auto wanted = static_cast<unsigned>(std::min<size_t>(buffer.size(), INT_MAX));
  const int read = gzread(Gz(gz_.get()), buffer.data(), wanted);
  if (read > 0) return static_cast<size_t>(read);
  int code = Z_OK;
  const char* const reason = gzerror(Gz(gz_.get()), &code);
  if (code == Z_ERRNO) return Error{ErrorKind::kIo, file_ + ": " + std::strerror(errno)};
  if (code == Z_BUF_ERROR) return Error{ErrorKind::kCorrupt, file_ + ": the gzip file is cut off"};
  if (code != Z_OK && code != Z_STREAM_END) {
    return Error{ErrorKind::kCorrupt, file_ + ": damaged gzip file: " + reason};
  }
  return size_t{0};
}

uint64_t ByteSource::bytes_read() const {
  if (!gz_) return bytes_total_ - rest_.size();
  const z_off_t offset = gzoffset(Gz(gz_.get()));
  return offset < 0 ? 0 : std::min(static_cast<uint64_t>(offset), bytes_total_);
}

}  // namespace tthc
