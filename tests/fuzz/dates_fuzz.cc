// Every reader of a time: of the wire, of the API, of a foreign export. What is read can be written and
// read again as the same.
#include <iterator>
#include <string>

#include "config/instant.h"
#include "ingest/source/zoned_time.h"
#include "ingest/wire/dates.h"
#include "require.h"

namespace tthc {
namespace {

void CheckWire(std::string_view text) {
  const DateReading read = ReadWireDate(text, {});
  const CivilReading civil = ReadCivilTime(text, {});
  Require((read.fault == DateFault::kNone) == (civil.fault == DateFault::kNone));
  if (read.fault != DateFault::kNone) {
    Require(!SentenceOf(read.fault).empty());
    return;
  }
  // A day on either side of the window's years, for offsets.
  const int year = CivilOf(DayOf(read.at)).year;
  Require(year >= YearWindow().first - 1 && year <= YearWindow().last + 1);
  Require(ParseInstant(FormatInstant(read.at)).value() == read.at);
}

void CheckInstant(std::string_view text) {
  const auto at = ParseInstant(text);
  if (!at) {
    Require(!at.error().message.empty());
    return;
  }
  Require(ParseInstant(FormatInstant(*at)).value() == *at);
}

void CheckDay(std::string_view text) {
  const auto day = ParseDay(text);
  if (day) Require(FormatDay(*day) == text);
}

void CheckPeriod(std::string_view text) {
  const auto period = ParsePeriod(text);
  if (!period) return;
  Require(period->from <= period->to);
  Require(LabelOf(*period) == text);
  Require(PeriodBefore(*period).to < period->from);
}

void CheckZoned(std::string_view text) {
  const size_t end = text.find('\n');
  if (end == text.npos) return;
  auto reader = ZonedTimeReader::Create(std::string(text.substr(0, end)), "America/New_York", {});
  if (!reader) return;
  const DateReading read = reader->Read(text.substr(end + 1));
  if (read.fault == DateFault::kNone) Require(!FormatInstant(read.at).empty());
}

constexpr void (*kWays[])(std::string_view) = {CheckWire, CheckInstant, CheckDay, CheckPeriod,
                                               CheckZoned};

}  // namespace
}  // namespace tthc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tthc::FuzzInput input = tthc::InputOf(data, size);
  tthc::kWays[input.way % std::size(tthc::kWays)](input.text);
  return 0;
}
