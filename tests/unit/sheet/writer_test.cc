#include "common/sheet/writer.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/sheet/xlsx_reader.h"
#include "common/sheet/zip_parts.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace guanhu::sheet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<Column>& Columns() {
  static const auto& c = *new std::vector<Column>{{"名称", ""}, {"数量", ""}, {"长度", ""},     {"造价", ""},
                                                  {"建成", ""}, {"巡查", ""}, {"纬度", "经度"}, {"网页", ""}};
  return c;
}

std::vector<Cell> ARow(const std::string& name) {
  return {Cell::Text(name),
          Cell::Integer(120),
          Cell::Decimal(-12340, 3),
          Cell::Money(123456789),
          Cell::Date(1772294400000),
          Cell::Time(1772294400000 + 8 * 3600'000 + 300'000),
          Cell::Point({370270001, 1119130000}),
          Cell::Link("https://gh.example/q/1", "铭牌")};
}

std::string FileText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

class Xlsx : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "/sheet_writer_" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    path_ = folder_ + "/out.xlsx";
  }
  size_t Files() const {
    const auto it = std::filesystem::directory_iterator(folder_);
    return static_cast<size_t>(std::distance(begin(it), end(it)));
  }
  std::vector<std::vector<std::string>> ReadBack() const {
    auto reader = XlsxReader::Open(FileText(path_), "");
    EXPECT_TRUE(reader.ok()) << reader.status();
    std::vector<std::vector<std::string>> rows;
    if (!reader.ok()) return rows;
    for (TableRow row; (*reader)->Next(row);) {
      EXPECT_EQ(row.error, "");
      EXPECT_EQ(row.line, static_cast<int64_t>(rows.size()) + 1);
      rows.push_back(row.cells);
    }
    return rows;
  }
  std::string folder_, path_;
};

TEST(CsvWriter, BytesAreRfc4180WithBom) {
  std::string out;
  const auto writer = NewCsvWriter(Columns(), [&](absl::string_view b) {
    out.append(b.data(), b.size());
    return absl::OkStatus();
  });
  ASSERT_TRUE(writer->Row(ARow("=HYPERLINK(\"http://x\")")).ok());
  ASSERT_TRUE(writer->Row({Cell::Text("-5"), {}, {}, {}, {}, {}, {}, {}}).ok());
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_EQ(out,
            "\xEF\xBB\xBF名称,数量,长度,造价,建成,巡查,纬度,经度,网页\r\n"
            "\"'=HYPERLINK(\"\"http://x\"\")\",120,-12.340,1234567.89,2026-03-01,2026-03-01 08:05,"
            "37.0270001,111.9130000,https://gh.example/q/1\r\n"
            "-5,,,,,,,,\r\n");
}

TEST(CsvWriter, ASinkThatFailsStopsTheTable) {
  const auto writer = NewCsvWriter({{"a", ""}}, [](absl::string_view) { return absl::UnavailableError("gone"); });
  absl::Status status;
  for (int i = 0; i < 100000 && status.ok(); ++i) status = writer->Row({Cell::Text("xxxxxxxxxx")});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(writer->Finish().code(), absl::StatusCode::kUnavailable);
}

TEST(CsvWriter, RowsThatDoNotFitAreRefused) {
  const auto sink = [](absl::string_view) { return absl::OkStatus(); };
  EXPECT_THAT(std::string(NewCsvWriter({{"a", ""}}, sink)->Row({}).message()), HasSubstr("0 cells and the table 1"));
  EXPECT_THAT(std::string(NewCsvWriter({{"a", ""}}, sink)->Row({Cell::Point({1, 2})}).message()),
              HasSubstr("is not for points"));
  EXPECT_THAT(std::string(NewCsvWriter({{"a", "b"}}, sink)->Row({Cell::Integer(2)}).message()),
              HasSubstr("for points only"));
}

TEST(GeoJsonWriter, LongitudeComesFirst) {
  std::string out;
  const auto writer = NewGeoJsonWriter({{"名\"称", ""}, {"纬度", "经度"}, {"n", ""}}, [&](absl::string_view b) {
    out.append(b.data(), b.size());
    return absl::OkStatus();
  });
  ASSERT_TRUE(writer->Row({Cell::Text("=a\"\n"), Cell::Point({370270001, 1119130000}), Cell::Integer(7)}).ok());
  ASSERT_TRUE(writer->Row({{}, {}, Cell::Integer(int64_t{1} << 60)}).ok());
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_EQ(
      out,
      "{\"type\":\"FeatureCollection\",\"features\":[\n"
      "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[111.9130000,37.0270001]},"
      "\"properties\":{\"名\\\"称\":\"=a\\\"\\u000a\",\"n\":7}},\n"
      "{\"type\":\"Feature\",\"geometry\":null,\"properties\":{\"名\\\"称\":null,\"n\":\"1152921504606846976\"}}\n"
      "]}\n");
}

TEST_F(Xlsx, WhatWasWrittenIsReadBack) {
  auto writer = NewXlsxWriter(Columns(), path_, "设施");
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE((*writer)->Row(ARow("张壁村 水井")).ok());
  ASSERT_TRUE((*writer)->Row(ARow(" 前后空格 ")).ok());
  ASSERT_TRUE((*writer)->Row(ARow("_x0041_ \x01 <&>\n𠮷")).ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
  ASSERT_TRUE((*writer)->Finish().ok());
  EXPECT_EQ(Files(), 1u);
  const auto rows = ReadBack();
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_THAT(rows[0], ElementsAre("名称", "数量", "长度", "造价", "建成", "巡查", "纬度", "经度", "网页"));
  EXPECT_THAT(rows[1], ElementsAre("张壁村 水井", "120", "-12.34", "1234567.89", "2026-03-01", "2026-03-01 08:05",
                                   "37.0270001", "111.913", "铭牌"));
  EXPECT_EQ(rows[2][0], " 前后空格 ");
  EXPECT_EQ(rows[3][0], "_x0041_ \xEF\xBF\xBD <&>\n𠮷");
}

TEST_F(Xlsx, TextNeverBecomesAFormula) {
  auto writer = NewXlsxWriter({{"a", ""}, {"b", ""}}, path_, "s");
  ASSERT_TRUE((*writer)->Row({Cell::Text("=1+1"), Cell::Link("javascript:alert(1)", "=cmd()")}).ok());
  ASSERT_TRUE((*writer)->Row({Cell::Text("-5"), Cell::Link("file:///etc/passwd", "")}).ok());
  ASSERT_TRUE((*writer)->Finish().ok());
  EXPECT_THAT(ReadBack()[1], ElementsAre("=1+1", "=cmd()"));
  // The strings are inline in the sheet; a formula would be an <f>.
  const std::string xml = (*ZipParts::Open(FileText(path_)))->Whole("xl/worksheets/sheet1.xml", 1 << 20).value();
  EXPECT_THAT(xml, HasSubstr("inlineStr"));
  EXPECT_EQ(xml.find("<f>"), std::string::npos);
  EXPECT_EQ(xml.find("hyperlink"), std::string::npos);
}

TEST_F(Xlsx, NumbersBeyondFifteenDigitsKeepThemAll) {
  auto writer = NewXlsxWriter({{"a", ""}, {"b", ""}}, path_, "s");
  ASSERT_TRUE((*writer)->Row({Cell::Integer(140781001001), Cell::Integer(INT64_MAX)}).ok());
  ASSERT_TRUE((*writer)->Row({Cell::Decimal(999999999999999, 7), Cell::Money(-99999999999999901)}).ok());
  ASSERT_TRUE((*writer)->Finish().ok());
  EXPECT_THAT(ReadBack()[1], ElementsAre("140781001001", "9223372036854775807"));
  EXPECT_THAT(ReadBack()[2], ElementsAre("99999999.9999999", "-999999999999999.01"));
}

TEST_F(Xlsx, DaysOutsideTheCalendarAreText) {
  auto writer = NewXlsxWriter({{"a", ""}}, path_, "s");
  for (int64_t ms : {int64_t{-2203920000000}, int64_t{-2203920000001}, int64_t{-62135596800000}}) {
    ASSERT_TRUE((*writer)->Row({Cell::Date(ms)}).ok());
  }
  ASSERT_TRUE((*writer)->Finish().ok());
  EXPECT_THAT(ReadBack(), ElementsAre(ElementsAre("a"), ElementsAre("1900-03-01"), ElementsAre("1900-02-28"),
                                      ElementsAre("0001-01-01")));
}

TEST_F(Xlsx, ALongTextIsAnErrorAndNothingIsLeft) {
  auto writer = NewXlsxWriter({{"a", ""}}, path_, "s");
  EXPECT_TRUE((*writer)->Row({Cell::Text(std::string(32767, 'x'))}).ok());
  const absl::Status status = (*writer)->Row({Cell::Text(std::string(32768, 'x'))});
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("row 3, column 1"));
  EXPECT_FALSE((*writer)->Finish().ok());
  *writer = nullptr;
  EXPECT_EQ(Files(), 0u);
}

TEST_F(Xlsx, AFolderThatIsNotThereIsSaidAtOnce) {
  EXPECT_EQ(NewXlsxWriter({{"a", ""}}, folder_ + "/no/out.xlsx", "s").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(NewXlsxWriter({{"a", ""}}, path_, "a/b").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Files(), 0u);
}

}  // namespace
}  // namespace guanhu::sheet
