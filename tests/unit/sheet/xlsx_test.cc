#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/sheet/workbook.h"
#include "common/sheet/xlsx_reader.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/sheet/zip_build.h"

namespace guanhu::sheet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<TableRow> Rows(const std::string& bytes, const std::string& sheet = "", XlsxLimits limits = {}) {
  auto reader = XlsxReader::Open(bytes, sheet, limits);
  EXPECT_TRUE(reader.ok()) << reader.status();
  std::vector<TableRow> rows;
  if (!reader.ok()) return rows;
  for (TableRow row; (*reader)->Next(row);) rows.push_back(row);
  return rows;
}

std::string Why(const std::string& bytes, const std::string& sheet = "", XlsxLimits limits = {}) {
  const auto reader = XlsxReader::Open(bytes, sheet, limits);
  EXPECT_FALSE(reader.ok());
  return std::string(reader.status().message());
}

Book Good() {
  Book b;
  b.strings =
      "<sst><si><t>编号</t></si><si><r><t xml:space=\"preserve\">张 "
      "</t></r><rPh><t>zhang</t></rPh><r><t>壁</t></r></si>"
      "<si><t/></si></sst>";
  b.styles =
      "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;\"/>"
      "</numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
      "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/><xf numFmtId=\"22\"/><xf "
      "numFmtId=\"31\"/></cellXfs></styleSheet>";
  b.sheet_data =
      "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"C1\" t=\"s\"><v>1</v></c></row>"
      "<row r=\"2\"/>"
      "<row r=\"3\" spans=\"1:3\"><c r=\"A3\" s=\"1\"><v>46082</v></c><c s=\"2\"><v>46082.336805555555</v></c>"
      "<c r=\"C3\" t=\"b\"><v>1</v></c><c r=\"D3\"><v>12.300000000000001</v></c><c r=\"E3\" s=\"3\"><v>60</v></c></row>"
      "<!-- <row r=\"9\"> -->"
      "<row r=\"5\"><c r=\"B5\" t=\"inlineStr\"><is><t>a&gt;<![CDATA[</row>]]></t></is></c>"
      "<c r=\"C5\" t=\"str\"><f>A1&amp;\"x\"</f><v>公式</v></c></row>";
  return b;
}

TEST(XlsxReader, CellsAreTextAsAPersonSeesThem) {
  const auto rows = Rows(Good().Bytes());
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].line, 1);
  EXPECT_THAT(rows[0].cells, ElementsAre("编号", "", "张 壁"));
  EXPECT_EQ(rows[1].line, 3);
  EXPECT_THAT(rows[1].cells, ElementsAre("2026-03-01", "2026-03-01 08:05", "true", "12.3", "1900-02-28"));
  EXPECT_EQ(rows[2].line, 5);
  EXPECT_THAT(rows[2].cells, ElementsAre("", "a></row>", "公式"));
}

TEST(XlsxReader, TheCalendarOf1904) {
  Book b = Good();
  b.book_properties = "<workbookPr date1904=\"1\"/>";
  EXPECT_EQ(Rows(b.Bytes())[1].cells[0], "2030-03-02");
}

TEST(XlsxReader, TheSheetIsChosenByName) {
  EXPECT_THAT(Rows(Good().Bytes(), "旧")[0].cells, ElementsAre("1"));
  EXPECT_THAT(Why(Good().Bytes(), "无"), HasSubstr("no sheet \"无\"; choose one of 旧, 设施"));
}

TEST(XlsxReader, PrefixesOfNamesDoNotMatter) {
  Book b;
  b.sheet_data =
      "<x:row r=\"1\"><x:c r=\"A1\" t=\"inlineStr\"><x:is><x:t> </x:t></x:is></x:c><x:c><x:v>7</x:v></x:c></x:row>";
  EXPECT_THAT(Rows(b.Bytes())[0].cells, ElementsAre(" ", "7"));
}

TEST(XlsxReader, BadCellsMakeTheRowsError) {
  Book b;
  b.sheet_data =
      "<row r=\"1\"><c r=\"A1\" t=\"e\"><v>#N/A</v></c></row><row r=\"2\"><c r=\"A2\" t=\"s\"><v>5</v></c></row>"
      "<row r=\"3\"><c r=\"A3\"><v>nan</v></c></row><row r=\"4\"><c r=\"99\"><v>1</v></c></row>"
      "<row r=\"5\"><c r=\"XFD5\"><v>1</v></c></row><row r=\"6\"><c></row><row r=\"7\"><c r=\"A7\"><v>1</v></c></row>";
  const auto rows = Rows(b.Bytes());
  ASSERT_EQ(rows.size(), 7u);
  EXPECT_EQ(rows[0].error, "cell A1 holds the error #N/A");
  EXPECT_THAT(rows[1].error, HasSubstr("refers to a text that the workbook lacks"));
  EXPECT_THAT(rows[2].error, HasSubstr("holds no number"));
  EXPECT_THAT(rows[3].error, HasSubstr("names no cell"));
  EXPECT_THAT(rows[4].error, HasSubstr("beyond column 512"));
  EXPECT_THAT(rows[5].error, HasSubstr("no XML"));
  EXPECT_EQ(rows[6].error, "");
}

TEST(XlsxReader, OtherFilesAreRefusedWithASentence) {
  EXPECT_THAT(Why("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 xls"), HasSubstr("save it as .xlsx without a password"));
  EXPECT_THAT(Why("编号,名称\n"), HasSubstr("damaged"));
  EXPECT_THAT(Why(Zip({{"a.txt", "x"}})), HasSubstr("no workbook"));
  EXPECT_THAT(Why(Good().Bytes().substr(0, 900)), HasSubstr("cut off"));
  Book doctype = Good();
  doctype.before_sheet = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\">]>";
  EXPECT_THAT(Why(doctype.Bytes()), HasSubstr("document type"));
  Book half = Good();
  half.sheet_data = "<row r=\"1\"><c r=\"A1\"><v>1</v>";
  EXPECT_THAT(Why(half.Bytes()), HasSubstr("cut off"));
}

TEST(XlsxReader, ABombIsRefusedByWhatItUnpacksTo) {
  XlsxLimits small;
  small.sheet_bytes = small.strings_bytes = 1024 * 1024;
  ASSERT_EQ(Rows(Good().Bytes(), "", small).size(), 3u);
  Book sheet = Good();
  sheet.sheet_data.insert(0, std::string(64 * 1024 * 1024, ' '));
  const std::string bomb = sheet.Bytes();
  EXPECT_LT(bomb.size(), 200'000u);
  EXPECT_THAT(Why(bomb, "", small), HasSubstr("unpacks to more than 1 MiB; cut the table"));
  Book strings = Good();
  strings.strings.insert(5, std::string(2 * 1024 * 1024, ' '));
  EXPECT_THAT(Why(strings.Bytes(), "", small), HasSubstr("sharedStrings.xml unpacks to more than"));
  Book styles = Good();
  styles.styles.insert(12, std::string(9 * 1024 * 1024, ' '));
  EXPECT_THAT(Why(styles.Bytes(), "", small), HasSubstr("styles.xml unpacks to more than 8 MiB"));
}

// Sizes in the archive's own tables are claims: here the large sheet says that it is small.
TEST(XlsxReader, ABombThatLiesAboutItsSizeIsRefusedToo) {
  XlsxLimits small;
  small.sheet_bytes = 1024 * 1024;
  Book sheet = Good();
  sheet.sheet_data.insert(0, std::string(4 * 1024 * 1024, ' '));
  std::string bytes = sheet.Bytes();
  const auto size = static_cast<uint32_t>(sheet.Parts()[4].second.size());
  const std::string real{static_cast<char>(size), static_cast<char>(size >> 8), static_cast<char>(size >> 16),
                         static_cast<char>(size >> 24)};
  int lies = 0;
  for (size_t at = bytes.find(real); at != std::string::npos; at = bytes.find(real, at + 1), ++lies) {
    bytes.replace(at, 4, std::string("\x64\0\0\0", 4));
  }
  ASSERT_GE(lies, 1);
  EXPECT_FALSE(XlsxReader::Open(bytes, "", small).ok());
}

TEST(XlsxReader, RowsAndTextHaveABound) {
  XlsxLimits few;
  few.rows = 2;
  EXPECT_THAT(Why(Good().Bytes(), "", few), HasSubstr("more than 2 rows"));
  Book b;
  b.strings = absl::StrCat("<sst><si><t>", std::string(600'000, 'x'), "</t></si></sst>");
  b.sheet_data = "<row><c t=\"s\"><v>0</v></c></row><row><c t=\"s\"><v>0</v></c><c t=\"s\"><v>0</v></c></row>";
  const auto rows = Rows(b.Bytes());
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].error, "");
  EXPECT_THAT(rows[1].error, HasSubstr("more than 1 MiB of text"));
}

// Every flipped bit ends in rows or in a sentence; the sheet's own bytes are covered by a checksum, so that rows come
// only from an undamaged sheet.
TEST(XlsxReader, FlippedBitsNeverPassForASheet) {
  const std::string good = Good().Bytes();
  const auto want = Rows(good);
  std::mt19937 random(7);
  int refused = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string bytes = good;
    bytes[random() % bytes.size()] ^= static_cast<char>(1u << random() % 8);
    auto reader = XlsxReader::Open(bytes, "");
    if (!reader.ok()) {
      ++refused;
      EXPECT_THAT(std::string(reader.status().message()), HasSubstr(";")) << "no next step";
      continue;
    }
    std::vector<TableRow> rows;
    for (TableRow row; (*reader)->Next(row);) rows.push_back(row);
    // A flip in a name of the tables of contents may hide texts or styles, never change a cell without an error.
    for (size_t r = 0; r < rows.size() && r < want.size(); ++r) {
      if (rows[r].error.empty()) {
        EXPECT_EQ(rows[r].cells.size(), want[r].cells.size());
      }
    }
  }
  EXPECT_GT(refused, 2000);
}

TEST(XlsxReader, CutAnywhereItIsRefused) {
  const std::string good = Good().Bytes();
  for (size_t n = 0; n < good.size(); n += 3) EXPECT_FALSE(XlsxReader::Open(good.substr(0, n), "").ok()) << n;
}

TEST(Workbook, FormatCodes) {
  EXPECT_EQ(ShownBy("General"), Shown::kNumber);
  EXPECT_EQ(ShownBy("0.00\"day\""), Shown::kNumber);
  EXPECT_EQ(ShownBy("#,##0.00;[Red]-#,##0.00"), Shown::kNumber);
  EXPECT_EQ(ShownBy("\\d0"), Shown::kNumber);
  EXPECT_EQ(ShownBy("[$-804]yyyy\"年\"m\"月\""), Shown::kDay);
  EXPECT_EQ(ShownBy("yyyy/m/d h:mm"), Shown::kTime);
  EXPECT_EQ(ShownBy("[h]:mm"), Shown::kTime);
}

TEST(XlsxReader, Numbers) {
  EXPECT_EQ(NumberText(0.1 + 0.2), "0.3");
  EXPECT_EQ(NumberText(140781001001.0), "140781001001");
  EXPECT_EQ(NumberText(-0.0000001), "-0.0000001");
  EXPECT_EQ(NumberText(1e20), "100000000000000000000");
  EXPECT_EQ(NumberText(-0.0), "0");
  EXPECT_EQ(NumberText(37.0270001), "37.0270001");
  EXPECT_EQ(SerialText(0.5, true, false), "12:00");
  EXPECT_EQ(SerialText(1, false, false), "1900-01-01");
  EXPECT_EQ(SerialText(46082.999999, true, false), "2026-03-02");
  EXPECT_EQ(SerialText(-1, false, false), "");
}

}  // namespace
}  // namespace guanhu::sheet
