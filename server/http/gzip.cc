#include "server/http/gzip.h"

#include <zlib.h>

#include "server/http/query.h"

namespace tthc {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib: 16 more means a gzip header
constexpr int kMemoryLevel = 8;

}  // namespace

bool AcceptsGzip(std::string_view accept) {
  while (!accept.empty()) {
    std::string_view item = TakeItem(accept, ',');
    if (!EqualsAnyCase(WithoutBlanks(TakeItem(item, ';')), "gzip")) continue;
    const std::string_view weight = WithoutBlanks(item);
    return weight != "q=0" && weight != "q=0.0" && weight != "q=0.00" && weight != "q=0.000";
  }
  return false;
}

std::optional<std::string> Gzipped(std::string_view text) {
  z_stream stream{};
  // Fast rather than small: a scrape repeats every few seconds.
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return std::nullopt;
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int done = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (done != Z_STREAM_END) return std::nullopt;
  return out;
}

}  // namespace tthc
