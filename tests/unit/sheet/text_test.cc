#include "common/sheet/text.h"

#include "common/sheet/cell.h"
#include "gtest/gtest.h"

namespace guanhu::sheet {
namespace {

TEST(Text, DamagedBytesAndControlsAreReplaced) {
  EXPECT_EQ(CleanText("水井 A\t1\n"), "水井 A\t1\n");
  EXPECT_EQ(CleanText("𠮷"), "𠮷");
  EXPECT_EQ(CleanText("a\xff"
                      "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(CleanText("\xE6\xB0"), "\xEF\xBF\xBD\xEF\xBF\xBD");       // cut character
  EXPECT_EQ(CleanText("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");       // overlong
  EXPECT_EQ(CleanText("\xED\xA0\x80").substr(0, 3), "\xEF\xBF\xBD");  // surrogate
  EXPECT_EQ(CleanText(std::string("a\0b", 3)),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(CleanText("\xEF\xBF\xBF"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // U+FFFF
}

TEST(Formula, WhatASpreadsheetWouldRunIsGuarded) {
  for (const char* text :
       {"=1+1", "+cmd", "-x", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＠x", "=", "-", "+1+1", "-1e5"}) {
    EXPECT_EQ(GuardFormula(text), std::string("'") + text);
  }
  for (const char* text : {"-12.5", "+8613900000000", "5", "", "水井", "a=b", "'", "it's", "-.5"}) {
    EXPECT_EQ(GuardFormula(text), text);
  }
}

TEST(Formula, UnguardingGivesEveryTextBack) {
  for (const char* text : {"=1+1", "'=1+1", "''=1+1", "-5", "'-5", "'quoted'", "", "'", "水'="}) {
    EXPECT_EQ(UnguardFormula(GuardFormula(text)), text);
  }
}

TEST(Csv, CellsAreQuotedWhereNeeded) {
  EXPECT_EQ(CsvLine({"a", "b,c", "d\"e", "f\ng", "=h", "=i,j"}), "a,\"b,c\",\"d\"\"e\",\"f\ng\",'=h,\"'=i,j\"\r\n");
}

TEST(Json, TextIsEscaped) { EXPECT_EQ(JsonText("a\"b\\c\n水"), "\"a\\\"b\\\\c\\u000a水\""); }

TEST(Cell, Decimals) {
  EXPECT_EQ(DecimalText(-12340, 3), "-12.340");
  EXPECT_EQ(DecimalText(5, 2), "0.05");
  EXPECT_EQ(DecimalText(-5, 7), "-0.0000005");
  EXPECT_EQ(DecimalText(7, 0), "7");
  EXPECT_EQ(DecimalText(INT64_MIN, 2), "-92233720368547758.08");
}

TEST(Cell, DaysAreThoseOfTheCounty) {
  EXPECT_EQ(DateText(0, true), "1970-01-01 08:00");
  EXPECT_EQ(DateText(1772294399999, false), "2026-02-28");
  EXPECT_EQ(DateText(1772294400000, true), "2026-03-01 00:00");
  EXPECT_EQ(DateText(951753600000, false), "2000-02-29");
  EXPECT_EQ(DateText(-2203920000000, false), "1900-03-01");
  EXPECT_EQ(DateText(-1, true), "1970-01-01 07:59");
}

}  // namespace
}  // namespace guanhu::sheet
