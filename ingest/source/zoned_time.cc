#include "ingest/source/zoned_time.h"

#include <date/tz.h>

#include <chrono>
#include <sstream>
#include <stdexcept>

#include "ingest/wire/text.h"

namespace tthc {
namespace {

using LocalMicros = date::local_time<std::chrono::microseconds>;

constexpr std::string_view kWireFormat = "wire";
constexpr std::string_view kTimeFields = "HIMSTRrpc";  // of strftime: the text has a time of day

constexpr size_t kWidthDigits = 4;

bool HasTimeField(std::string_view format) {
  for (size_t at = format.find('%'); at != format.npos; at = format.find('%', at + 2)) {
    if (at + 1 < format.size() && kTimeFields.find(format[at + 1]) != kTimeFields.npos) return true;
  }
  return false;
}

// A width ("%4S") that date.h could not count to.
bool HasEndlessWidth(std::string_view format) {
  size_t digits = 0;
  for (size_t at = 0; at < format.size() && digits <= kWidthDigits; ++at) {
    const bool is_digit = format[at] >= '0' && format[at] <= '9';
    digits = is_digit ? digits + 1 : 0;
  }
  return digits > kWidthDigits;
}

LocalMicros LocalOf(const CivilTime& time) {
  const auto days = date::local_days(date::year(time.date.year) / date::month(time.date.month) /
                                     date::day(time.date.day));
  return days + std::chrono::microseconds(time.micros_of_day);
}

}  // namespace

struct ZonedTimeReader::Impl {
  std::string format;
  bool has_time = true;
  const date::time_zone* zone = nullptr;
  YearWindow window;
  std::istringstream stream;

  Instant At(LocalMicros local) const {
    return {zone->to_sys(local, date::choose::earliest).time_since_epoch().count()};
  }

  DateReading ReadWire(std::string_view text) const {
    const CivilReading read = ReadCivilTime(text, window);
    if (read.fault != DateFault::kNone) return {read.fault, {}, false};
    const LocalMicros local = LocalOf(read.time);
    if (!read.time.offset_minutes) return {DateFault::kNone, At(local), read.time.has_time};
    const int64_t offset = *read.time.offset_minutes * kMicrosPerMinute;
    return {DateFault::kNone, {local.time_since_epoch().count() - offset}, read.time.has_time};
  }

  DateReading ReadFormat(std::string_view text) {
    stream.clear();
    stream.str(std::string(text));
    LocalMicros local;
    std::string abbreviation;
    std::chrono::minutes offset = std::chrono::minutes::min();
    date::from_stream(stream, format.c_str(), local, &abbreviation, &offset);
    if (stream.fail() || stream.peek() != std::istringstream::traits_type::eof()) {
      return {DateFault::kForm, {}, false};
    }
    const date::year_month_day day(date::floor<date::days>(local));
    const int year = static_cast<int>(day.year());
    if (year < window.first || year > window.last) return {DateFault::kYear, {}, false};
    if (offset == std::chrono::minutes::min()) return {DateFault::kNone, At(local), has_time};
    const std::chrono::microseconds utc = local.time_since_epoch() - offset;
    return {DateFault::kNone, {utc.count()}, has_time};
  }
};

ZonedTimeReader::ZonedTimeReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ZonedTimeReader::ZonedTimeReader(ZonedTimeReader&&) noexcept = default;
ZonedTimeReader& ZonedTimeReader::operator=(ZonedTimeReader&&) noexcept = default;
ZonedTimeReader::~ZonedTimeReader() = default;

Result<ZonedTimeReader> ZonedTimeReader::Create(std::string format, const std::string& zone,
                                                YearWindow window) {
  if (format.empty()) return Invalid("the date format is empty");
  if (HasEndlessWidth(format)) return Invalid("the date format has a number of more than 4 digits");
  auto impl = std::make_unique<Impl>();
  try {
    impl->zone = date::locate_zone(zone);
  } catch (const std::runtime_error&) {
    return Invalid("unknown time zone " + Quoted(zone) + ": an IANA name is expected");
  }
  impl->has_time = HasTimeField(format);
  impl->format = std::move(format);
  impl->window = window;
  return ZonedTimeReader(std::move(impl));
}

DateReading ZonedTimeReader::Read(std::string_view text) {
  return impl_->format == kWireFormat ? impl_->ReadWire(text) : impl_->ReadFormat(text);
}

}  // namespace tthc
