#include <cstdio>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "common/import/importer.h"
#include "common/import/preview.h"
#include "common/sheet/writer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "guanhu/records/v1/asset.pb.h"

namespace guanhu::import {
namespace {

using sheet::Cell;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
namespace rec = guanhu::records::v1;

const schema::Schema& TheSchema() {
  static const auto& schema = *new schema::Schema(schema::Schema::Build().value());
  return schema;
}

constexpr char kMapping[] = R"(
header_row = 2
[[record]]
type = "Asset"
key = ["编号"]
[[record.field]]
field = "code"
column = "编号"
required = true
[[record.field]]
field = "name"
column = "名称"
[[record.field]]
field = "built_ms"
column = "建成"
date = "%Y年%m月%d日"
[[record.field]]
field = "cost_fen"
column = "造价"
factor = "100"
[[record.field]]
attribute = 2001
kind = "number"
column = "灯头数"
)";

Mapping TheMapping(const std::string& head = "") {
  auto mapping = ParseMapping(TheSchema(), head + kMapping);
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  return *mapping;
}

// A title above the headings, as most ledgers have; a text date, a real one, a number, a bad row.
std::string Ledger(const std::string& sheet_name = "台账") {
  const std::string path = absl::StrCat(::testing::TempDir(), "/import_workbook_",
                                        ::testing::UnitTest::GetInstance()->current_test_info()->name(), ".xlsx");
  auto w =
      sheet::NewXlsxWriter({{"张壁村设施台账", ""}, {"", ""}, {"", ""}, {"", ""}, {"", ""}}, path, sheet_name).value();
  const auto text = [](const char* t) { return Cell::Text(t); };
  EXPECT_TRUE(w->Row({text("编号"), text("名称"), text("建成"), text("造价"), text("灯头数")}).ok());
  EXPECT_TRUE(
      w->Row({Cell::Integer(1001), text("=井"), Cell::Date(1577836800000), Cell::Decimal(12345, 3), Cell::Integer(4)})
          .ok());
  EXPECT_TRUE(w->Row({text("W2"), text("路灯"), text("2020年01月02日"), {}, {}}).ok());
  EXPECT_TRUE(w->Row({text("W3"), text("=坏"), text("去年"), Cell::Integer(5), {}}).ok());
  EXPECT_TRUE(w->Finish().ok());
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  std::remove(path.c_str());
  return out.str();
}

std::vector<RowResult> Import(const Mapping& mapping, const std::string& bytes) {
  auto importer = Importer::Open(TheSchema(), mapping, bytes);
  EXPECT_TRUE(importer.ok()) << importer.status();
  std::vector<RowResult> rows;
  if (!importer.ok()) return rows;
  for (RowResult row; (*importer)->Next(row);) rows.push_back(std::move(row));
  return rows;
}

rec::Asset AssetOf(const RowResult& row) {
  rec::Asset a;
  EXPECT_THAT(row.records, SizeIs(1));
  if (!row.records.empty()) a.CopyFrom(*row.records[0].message);
  return a;
}

TEST(Workbook, GoesThroughTheSameMapping) {
  const Mapping mapping = TheMapping();
  const auto rows = Import(mapping, Ledger());
  ASSERT_THAT(rows, SizeIs(3));
  const rec::Asset a = AssetOf(rows[0]);
  EXPECT_EQ(rows[0].line, 3);
  EXPECT_EQ(a.code(), "1001");
  EXPECT_EQ(a.name(), "=井");
  EXPECT_EQ(a.cost_fen(), 1235);
  EXPECT_EQ(a.built_ms(), 1577808000000);  // 2020-01-01 of the county
  EXPECT_EQ(AssetOf(rows[1]).built_ms(), 1577894400000);
  EXPECT_FALSE(AssetOf(rows[1]).has_cost_fen());
  ASSERT_THAT(rows[2].errors, SizeIs(1));
  EXPECT_THAT(rows[2].errors[0].reason, HasSubstr("is not a date of the form"));
}

TEST(Workbook, ADateOfACsvStillNeedsItsForm) {
  const Mapping mapping = TheMapping();
  const auto rows = Import(mapping, "t\n编号,名称,建成,造价,灯头数\nW1,a,2020-01-01,,\n");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_THAT(rows[0].errors, SizeIs(1));
}

TEST(Workbook, TheMappingChoosesTheSheet) {
  const Mapping right = TheMapping("sheet = \"台账\"\n"), wrong = TheMapping("sheet = \"别的\"\n");
  EXPECT_TRUE(Importer::Open(TheSchema(), right, Ledger()).ok());
  EXPECT_THAT(std::string(Importer::Open(TheSchema(), wrong, Ledger()).status().message()),
              HasSubstr("choose one of 台账"));
}

TEST(Workbook, RejectsAreACsvWithTheReasonThatCanBeCorrectedAndImported) {
  const Mapping mapping = TheMapping();
  auto importer = Importer::Open(TheSchema(), mapping, Ledger()).value();
  std::string file = importer->RejectsHeader();
  for (RowResult row; importer->Next(row);) {
    if (!row.errors.empty()) file += importer->RejectsLine(row);
  }
  EXPECT_EQ(file,
            "\xEF\xBB\xBFline,编号,名称,建成,造价,灯头数,reason,next\r\n"
            "5,W3,'=坏,去年,5,,\"建成 \"\"去年\"\" is not a date of the form %Y年%m月%d日\",correct the cell\r\n");
  // Imported as it is, it is rejected again and gets no second set of columns.
  auto again = Importer::Open(TheSchema(), mapping, file).value();
  RowResult row;
  ASSERT_TRUE(again->Next(row));
  EXPECT_EQ(again->RejectsHeader(), importer->RejectsHeader());
  EXPECT_THAT(again->RejectsLine(row), HasSubstr("2,W3,'=坏,去年,5,,\"建成"));
  // Corrected, it is taken, and the text is the sheet's own.
  std::string corrected = file;
  corrected.replace(corrected.find("去年"), std::string("去年").size(), "2020年01月02日");
  EXPECT_EQ(AssetOf(Import(mapping, corrected)[0]).name(), "=坏");
}

TEST(Workbook, DamagedFilesAreRefused) {
  const Mapping mapping = TheMapping();
  const std::string good = Ledger();
  EXPECT_FALSE(Importer::Open(TheSchema(), mapping, good.substr(0, good.size() / 2)).ok());
  const absl::Status old = Importer::Open(TheSchema(), mapping, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 ...").status();
  EXPECT_THAT(std::string(old.message()), HasSubstr("save it as .xlsx"));
}

TEST(Mapping, HeaderRowBeyondTheFile) {
  EXPECT_THAT(std::string(Importer::Open(TheSchema(), TheMapping(), "only\n").status().message()),
              HasSubstr("ends before row 2"));
  EXPECT_FALSE(ParseMapping(TheSchema(), "header_row = 0\n[[record]]\ntype = \"Asset\"\nkey = [\"a\"]").ok());
}

TEST(Preview, ShowsRowsAsTheyWouldBeSavedAndTakesNothing) {
  const Mapping mapping = TheMapping();
  const std::string bytes = Ledger();
  const auto preview = MakePreview(TheSchema(), mapping, bytes, 1, schema::Language::kChinese);
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_EQ(preview->rows_total, 3u);
  EXPECT_EQ(preview->rows_bad, 1u);
  EXPECT_EQ(preview->records, 2u);
  EXPECT_THAT(preview->header, ElementsAre("编号", "名称", "建成", "造价", "灯头数"));
  ASSERT_THAT(preview->rows, SizeIs(1));
  ASSERT_THAT(preview->rows[0].records, SizeIs(1));
  std::vector<std::string> lines;
  for (const PreviewValue& v : preview->rows[0].records[0].values) lines.push_back(v.label + "=" + v.text);
  EXPECT_THAT(lines, testing::Contains("设施编号=1001"));
  EXPECT_THAT(lines, testing::Contains("名称==井"));
  EXPECT_THAT(lines, testing::Contains("2001=4"));
  EXPECT_THAT(lines, testing::Contains(HasSubstr("2020-01-01")));
  // Every row is still free to be taken: a preview leaves no trace in what an import counts as repeated.
  const auto rows = Import(mapping, bytes);
  EXPECT_THAT(rows[0].errors, IsEmpty());
  EXPECT_FALSE(rows[0].records[0].repeat);
}

TEST(Preview, ErrorsStandAtTheirRows) {
  const Mapping mapping = TheMapping();
  const auto preview = MakePreview(TheSchema(), mapping, Ledger(), 10, schema::Language::kEnglish).value();
  ASSERT_THAT(preview.rows, SizeIs(3));
  EXPECT_THAT(preview.rows[0].errors, IsEmpty());
  ASSERT_THAT(preview.rows[2].errors, SizeIs(1));
  EXPECT_EQ(preview.rows[2].errors[0].column, "建成");
  EXPECT_THAT(preview.rows[2].records, IsEmpty());
}

}  // namespace
}  // namespace guanhu::import
