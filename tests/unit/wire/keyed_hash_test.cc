#include "ingest/wire/keyed_hash.h"

#include <gtest/gtest.h>

namespace tthc {
namespace {

TEST(KeyedHash, IsTheSameAgainAndInAnotherObject) {
  KeyedHash one(7);
  KeyedHash two(7);
  const uint64_t first = one(HashDomain::kOfficer, "Trần Thị Mẫu");
  EXPECT_EQ(one(HashDomain::kOfficer, "Trần Thị Mẫu"), first);
  EXPECT_EQ(two(HashDomain::kOfficer, "Trần Thị Mẫu"), first);
}

TEST(KeyedHash, DependsOnKeyDomainAndText) {
  KeyedHash one(7);
  KeyedHash two(8);
  const uint64_t first = one(HashDomain::kOfficer, "a");
  EXPECT_NE(two(HashDomain::kOfficer, "a"), first);
  EXPECT_NE(one(HashDomain::kProgress, "a"), first);
  EXPECT_NE(one(HashDomain::kOfficer, "b"), first);
  EXPECT_NE(one(HashDomain::kOfficer, ""), first);
}

// Stored identities must stay what they are. The value comes from another implementation of
// SipHash-2-4 (key 0x0123456789ABCDEF little-endian, then "tthchash"; domain byte 2, then the
// text).
TEST(KeyedHash, ItsBytesAreAFormat) {
  KeyedHash hash(0x0123456789ABCDEF);
  EXPECT_EQ(hash(HashDomain::kProgress, "H56.14-250214-48213"), 0x2EB3233E418BEAD0);
}

}  // namespace
}  // namespace tthc
