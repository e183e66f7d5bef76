#include "common/import/values.h"

#include "gtest/gtest.h"

namespace guanhu::import {
namespace {

TEST(ParseDecimal, ExactWithRounding) {
  EXPECT_EQ(ParseDecimal("-14.5240718", 10000000, 0).value(), -145240718);
  EXPECT_EQ(ParseDecimal("37", 10000000, 0).value(), 370000000);
  EXPECT_EQ(ParseDecimal("0.00000005", 10000000, 0).value(), 1);  // half away from zero
  EXPECT_EQ(ParseDecimal("-0.00000005", 10000000, 0).value(), -1);
  EXPECT_EQ(ParseDecimal("0.00000004", 10000000, 0).value(), 0);
  EXPECT_EQ(ParseDecimal("530", 3048, 1).value(), 161544);  // feet to millimetres
  EXPECT_EQ(ParseDecimal("+007", 1, 0).value(), 7);
  EXPECT_EQ(ParseDecimal("12345678901234567.89", 1, 0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseDecimal("999999999999999999", 1000, 0).status().code(), absl::StatusCode::kOutOfRange);
}

TEST(ParseDecimal, RefusesWhatIsNoNumber) {
  for (const char* bad : {"", "-", ".", "1.", ".5", "1e5", "1,5", "1 204", "0x10", "NaN", "--1", "1.2.3", "１２"}) {
    EXPECT_FALSE(ParseDecimal(bad, 1, 0).ok()) << bad;
  }
}

TEST(ParseDate, FormsAndZones) {
  EXPECT_EQ(ParseDate("06/04/2022", "%d/%m/%Y", 120).value(), 1649196000000);
  EXPECT_EQ(ParseDate("1970-01-01", "%Y-%m-%d", 0).value(), 0);
  EXPECT_EQ(ParseDate("1998", "%Y", 0).value(), 883612800000);
  for (const char* bad : {"", "31/02/2022", "2022-04-06", "06/04/2022 x", "06/04/0022", "06/13/2022"}) {
    EXPECT_FALSE(ParseDate(bad, "%d/%m/%Y", 120).ok()) << bad;
  }
}

}  // namespace
}  // namespace guanhu::import
