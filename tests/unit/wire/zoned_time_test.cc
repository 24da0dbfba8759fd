#include "ingest/source/zoned_time.h"

#include <gtest/gtest.h>

namespace tthc {
namespace {

constexpr const char* kBoston = "%m/%d/%Y %I:%M:%S %p";

ZonedTimeReader Reader(const char* format, const char* zone) {
  Result<ZonedTimeReader> reader = ZonedTimeReader::Create(format, zone, YearWindow());
  EXPECT_TRUE(reader) << reader.error().message;
  return std::move(*reader);
}

struct Zoned {
  const char* text;
  const char* expected;
};

TEST(ZonedTime, LocalTimesOfAForeignZone) {
  ZonedTimeReader reader = Reader(kBoston, "America/New_York");
  for (const Zoned& z : {Zoned{"01/01/2015 12:20:09 AM", "2015-01-01T00:20:09-05:00"},
                         Zoned{"06/30/2015 12:00:00 PM", "2015-06-30T12:00:00-04:00"},
                         Zoned{"06/30/2015 11:59:59 PM", "2015-06-30T23:59:59-04:00"}}) {
    const DateReading read = reader.Read(z.text);
    ASSERT_EQ(read.fault, DateFault::kNone) << z.text;
    EXPECT_EQ(read.at, *ParseInstant(z.expected)) << z.text;
    EXPECT_TRUE(read.has_time);
  }
}

TEST(ZonedTime, ATimeThatComesTwiceIsItsFirstOccurrence) {
  ZonedTimeReader reader = Reader(kBoston, "America/New_York");
  EXPECT_EQ(reader.Read("11/01/2015 01:30:00 AM").at, *ParseInstant("2015-11-01T01:30:00-04:00"));
  ZonedTimeReader wire = Reader("wire", "Europe/Amsterdam");
  EXPECT_EQ(wire.Read("2011-10-30 02:30:00").at, *ParseInstant("2011-10-30T02:30:00+02:00"));
}

TEST(ZonedTime, ATimeThatNeverCameIsTheInstantOfTheChange) {
  ZonedTimeReader reader = Reader(kBoston, "America/New_York");
  EXPECT_EQ(reader.Read("03/08/2015 02:30:00 AM").at, *ParseInstant("2015-03-08T03:00:00-04:00"));
}

TEST(ZonedTime, AnOffsetInTheTextGoesBeforeTheZone) {
  ZonedTimeReader wire = Reader("wire", "Europe/Amsterdam");
  EXPECT_EQ(wire.Read("2011-12-06 13:41:31.788000+01:00").at,
            *ParseInstant("2011-12-06T13:41:31.788+01:00"));
  EXPECT_EQ(wire.Read("2011-12-06 13:41:31+00:00").at, *ParseInstant("2011-12-06T13:41:31Z"));
  ZonedTimeReader format = Reader("%Y-%m-%d %H:%M %z", "Europe/Amsterdam");
  EXPECT_EQ(format.Read("2011-12-06 13:41 +0300").at, *ParseInstant("2011-12-06T13:41:00+03:00"));
}

TEST(ZonedTime, ADayAloneSaysSo) {
  ZonedTimeReader reader = Reader("%d.%m.%Y", "Europe/Berlin");
  const DateReading read = reader.Read("24.12.2015");
  EXPECT_EQ(read.at, *ParseInstant("2015-12-24T00:00:00+01:00"));
  EXPECT_FALSE(read.has_time);
}

TEST(ZonedTime, WhatDoesNotFitIsNoDate) {
  ZonedTimeReader reader = Reader(kBoston, "America/New_York");
  for (const char* text :
       {"", "x", "01/01/2015", "13/01/2015 01:00:00 AM", "02/30/2015 01:00:00 AM",
        "01/01/2015 13:00:00 AM", "01/01/2015 01:00:00 AM x"}) {
    EXPECT_EQ(reader.Read(text).fault, DateFault::kForm) << text;
  }
  EXPECT_EQ(reader.Read("01/01/0001 01:00:00 AM").fault, DateFault::kYear);
  EXPECT_EQ(reader.Read("01/01/2015 01:00:00 AM").fault, DateFault::kNone) << "after bad ones";
}

TEST(ZonedTime, UnknownZonesAreRefused) {
  const auto reader = ZonedTimeReader::Create("wire", "Asia/Kon_Tum", YearWindow());
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().message, "unknown time zone \"Asia/Kon_Tum\": an IANA name is expected");
  EXPECT_FALSE(ZonedTimeReader::Create("", "Asia/Ho_Chi_Minh", YearWindow()));
  EXPECT_FALSE(ZonedTimeReader::Create("%88888888888S", "Asia/Ho_Chi_Minh", YearWindow()));
}

}  // namespace
}  // namespace tthc
