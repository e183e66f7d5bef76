#include "common/sheet/text.h"

#include <zlib.h>

#include "common/import/bytes_in.h"
#include "common/import/csv.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace guanhu::import {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kJiexiuGb[] = "\xBD\xE9\xD0\xDD\xCA\xD0";  // 介休市

std::string Message(const absl::Status& s) { return std::string(s.message()); }

std::string Gzip(const std::string& bytes) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(bytes.size() + 100, '\0');
  z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - z.avail_out);
  deflateEnd(&z);
  return out;
}

TEST(Unpack, PlainOneMemberAndTwo) {
  EXPECT_EQ(Unpack("a,b\n").value(), "a,b\n");
  EXPECT_EQ(Unpack("").value(), "");
  EXPECT_EQ(Unpack(Gzip("a,b\n")).value(), "a,b\n");
  EXPECT_EQ(Unpack(Gzip("a,b\n") + Gzip("1,2\n")).value(), "a,b\n1,2\n");
  const std::string large(300000, 'x');
  EXPECT_EQ(Unpack(Gzip(large)).value(), large);
}

TEST(Unpack, RefusesCutAndDamagedFiles) {
  const std::string good = Gzip(std::string(5000, 'x') + "y");
  for (size_t n : {size_t{2}, size_t{10}, good.size() / 2, good.size() - 1}) {
    EXPECT_EQ(Unpack(good.substr(0, n)).status().code(), absl::StatusCode::kInvalidArgument) << n;
  }
  std::string flipped = good;
  flipped[good.size() - 6] = static_cast<char>(flipped[good.size() - 6] ^ 1);  // checksum
  EXPECT_FALSE(Unpack(flipped).ok());
}

TEST(Decode, FindsTheEncoding) {
  EXPECT_EQ(Decode("介休市", Encoding::kAuto)->utf8, "介休市");
  EXPECT_EQ(Decode("介休市", Encoding::kAuto)->encoding, Encoding::kUtf8);
  const Text bom = Decode("\xEF\xBB\xBF介休市", Encoding::kAuto).value();
  EXPECT_EQ(bom.utf8, "介休市");
  EXPECT_TRUE(bom.had_bom);
  const Text gb = Decode(kJiexiuGb, Encoding::kAuto).value();
  EXPECT_EQ(gb.utf8, "介休市");
  EXPECT_EQ(gb.encoding, Encoding::kGb18030);
  EXPECT_EQ(Decode(kJiexiuGb, Encoding::kGb18030)->utf8, "介休市");
  // Four-byte GB18030: U+2144D.
  EXPECT_EQ(Decode("\x95\x35\xB6\x39", Encoding::kGb18030).ok(), true);
}

TEST(Decode, NamesTheLineThatDoesNotFit) {
  const auto utf8 = Decode(std::string("a\nb\n") + kJiexiuGb, Encoding::kUtf8);
  EXPECT_EQ(utf8.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(utf8.status()), HasSubstr("line 3"));
  const auto neither = Decode("a\n\xFF\xFF\n", Encoding::kAuto);
  EXPECT_THAT(Message(neither.status()), HasSubstr("line 2 is neither"));
}

TEST(Decode, LongTextCrossesTheBuffers) {
  std::string gb, utf8;
  for (int i = 0; i < 20000; ++i) {
    gb += kJiexiuGb;
    utf8 += "介休市";
  }
  EXPECT_EQ(Decode(gb, Encoding::kAuto)->utf8, utf8);
}

std::vector<CsvRow> Rows(const std::string& text) {
  CsvReader reader(text);
  std::vector<CsvRow> rows;
  for (CsvRow row; reader.Next(row);) rows.push_back(row);
  return rows;
}

TEST(Csv, CellsLinesAndQuotes) {
  const auto rows = Rows("a,b\r\n\r\n1, \"x\"\r\n\"two\nlines\",\"say \"\"hi\"\"\"\nlast,");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_THAT(rows[0].cells, ElementsAre("a", "b"));
  EXPECT_EQ(rows[1].line, 3);
  EXPECT_NE(rows[1].error, "");  // a quote behind a space stands in an unquoted cell
  EXPECT_THAT(rows[2].cells, ElementsAre("two\nlines", "say \"hi\""));
  EXPECT_EQ(rows[2].line, 4);
  EXPECT_THAT(rows[3].cells, ElementsAre("last", ""));
  EXPECT_EQ(rows[3].line, 6);
}

TEST(Csv, SpacesStay) { EXPECT_THAT(Rows(" a , b \n")[0].cells, ElementsAre(" a ", " b ")); }

TEST(Csv, AStrayQuoteCostsOneRowOnly) {
  const auto rows = Rows("a\nx\"y\n\"open\nc\nd\n");
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[1].line, 2);
  EXPECT_NE(rows[1].error, "");
  EXPECT_EQ(rows[2].line, 3);
  EXPECT_NE(rows[2].error, "");
  EXPECT_THAT(rows[3].cells, ElementsAre("c"));
  EXPECT_EQ(rows[3].error, "");
  EXPECT_EQ(rows[4].line, 5);
}

TEST(Csv, AnOpenQuoteAboveALongFile) {
  std::string text = "\"open\n";
  for (int i = 0; i < 1000; ++i) text += "x\n";
  EXPECT_EQ(Rows(text).size(), 1001u);
}

TEST(Csv, EmptyFiles) {
  EXPECT_TRUE(Rows("").empty());
  EXPECT_TRUE(Rows("\n\r\n").empty());
}

TEST(Csv, LinesAreReadBack) {
  const std::vector<std::string> cells = {"a,b", "say \"hi\"", "", "two\nlines", "-1.5"};
  EXPECT_EQ(Rows(sheet::CsvLine(cells))[0].cells, cells);
}

}  // namespace
}  // namespace guanhu::import
