#include "ingest/wire/dates.h"

#include <gtest/gtest.h>

namespace tthc {
namespace {

struct GoodDate {
  const char* text;
  const char* expected;
};

TEST(WireDates, EveryFormIsRead) {
  const GoodDate dates[] = {
      {"20240315083000", "2024-03-15T08:30:00+07:00"},
      {"20240229235959", "2024-02-29T23:59:59+07:00"},
      {"20240315", "2024-03-15T00:00:00+07:00"},
      {"15/03/2024", "2024-03-15T00:00:00+07:00"},
      {"15/03/2024 08:30", "2024-03-15T08:30:00+07:00"},
      {"15/03/2024 08:30:07", "2024-03-15T08:30:07+07:00"},
      {"2024-03-15", "2024-03-15T00:00:00+07:00"},
      {"2024-03-15 08:30:00", "2024-03-15T08:30:00+07:00"},
      {"2024-03-15T08:30", "2024-03-15T08:30:00+07:00"},
      {"2024-03-15T08:30:00.250", "2024-03-15T08:30:00.25+07:00"},
      {"2024-03-15T08:30:00.123456789", "2024-03-15T08:30:00.123456+07:00"},
      {"2024-03-14T17:00:00.000+0000", "2024-03-15T00:00:00+07:00"},
      {"2024-03-15T01:30:00Z", "2024-03-15T08:30:00+07:00"},
      {"2024-03-15T08:30:00+0700", "2024-03-15T08:30:00+07:00"},
      {"2024-03-15T08:30:00+07:00", "2024-03-15T08:30:00+07:00"},
      {"2024-03-14T20:30:00-05:00", "2024-03-15T08:30:00+07:00"},
      {"1990-01-01T00:00:00", "1990-01-01T00:00:00+07:00"},
      {"21001231235959", "2100-12-31T23:59:59+07:00"},
  };
  for (const GoodDate& date : dates) {
    const DateReading read = ReadWireDate(date.text, YearWindow());
    ASSERT_EQ(read.fault, DateFault::kNone) << date.text;
    EXPECT_EQ(read.at.us, ParseInstant(date.expected)->us)
        << date.text << " was read as " << FormatInstant(read.at);
  }
}

struct BadDate {
  const char* text;
  DateFault fault;
};

TEST(WireDates, EveryFaultIsNamed) {
  const BadDate dates[] = {
      {"00010101000000", DateFault::kYear},
      {"0001-01-01T00:00:00", DateFault::kYear},
      {"19891231235959", DateFault::kYear},
      {"21010101000000", DateFault::kYear},
      {"20240231083000", DateFault::kDay},
      {"31/02/2024", DateFault::kDay},
      {"2023-02-29", DateFault::kDay},
      {"20241315083000", DateFault::kDay},
      {"20240300083000", DateFault::kDay},
      {"20240315250000", DateFault::kTime},
      {"20240315086000", DateFault::kTime},
      {"20240315083060", DateFault::kTime},
      {"2024-03-15T24:00:00", DateFault::kTime},
      {"2024-03-15T08:30:00+15:00", DateFault::kOffset},
      {"2024-03-15T08:30:00+07:99", DateFault::kOffset},
      {"2024-03-15T08:30:00+00:99", DateFault::kOffset},
      {"", DateFault::kForm},
      {"hôm qua", DateFault::kForm},
      {"202403150830", DateFault::kForm},
      {"20240315083000 ", DateFault::kForm},
      {"20240315083000x", DateFault::kForm},
      {"2024031508300", DateFault::kForm},
      {"2024-03-15T08:30:00.", DateFault::kForm},
      {"2024-03-15T08:30:00.1234567890", DateFault::kForm},
      {"2024-03-15T08:30:00+07", DateFault::kForm},
      {"2024-03-15T08:30:00 ICT", DateFault::kForm},
      {"15/3/2024", DateFault::kForm},
      {"15/03/24", DateFault::kForm},
      {"15/03/2024T08:30", DateFault::kForm},
      {"15/03/2024 08:30:00Z", DateFault::kForm},
      {"-0240315083000", DateFault::kForm},
      {"2024-03-15T", DateFault::kForm},
      {"２０２４０３１５", DateFault::kForm},
  };
  for (const BadDate& date : dates) {
    EXPECT_EQ(ReadWireDate(date.text, YearWindow()).fault, date.fault) << date.text;
  }
}

TEST(WireDates, TheWindowOfYearsIsTheCallersChoice) {
  EXPECT_EQ(ReadWireDate("19750430113000", {1970, 1980}).fault, DateFault::kNone);
  EXPECT_EQ(ReadWireDate("19810101000000", {1970, 1980}).fault, DateFault::kYear);
}

TEST(WireDates, SaysWhetherThereIsATimeOfDay) {
  EXPECT_FALSE(ReadWireDate("20240315", YearWindow()).has_time);
  EXPECT_FALSE(ReadWireDate("15/03/2024", YearWindow()).has_time);
  EXPECT_TRUE(ReadWireDate("20240315000000", YearWindow()).has_time);
}

}  // namespace
}  // namespace tthc
