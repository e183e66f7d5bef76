#include "common/import/importer.h"

#include "absl/strings/str_cat.h"
#include "common/import/csv.h"
#include "common/schema/fields.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/place.pb.h"

namespace guanhu::import {
namespace {

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
name = "test"
[[record]]
type = "Asset"
key = ["code"]
repeats = "edit"
when = { kind = ["asset", "both"] }
[[record.field]]
field = "code"
column = "code"
required = true
[[record.field]]
field = "name"
columns = ["street", "no"]
join = "-"
[[record.field]]
field = "grade"
column = "grade"
values = { "甲" = "GRADE_A", "乙" = "GRADE_B" }
absent = ["", "NA"]
[[record.field]]
field = "cost_fen"
column = "cost"
factor = "100"
min = 0
[[record.field]]
field = "built_ms"
column = "built"
date = "%Y-%m-%d"
[[record.field]]
field = "qr_tokens"
column = "tokens"
split = ", "
[[record.field]]
field = "facility_class"
constant = "FACILITY_CLASS_WATER"
[[record.field]]
field = "external_ids"
into = "id"
column = "code"
element = { system = "old" }
[[record.field]]
attribute = 2001
kind = "number"
column = "lamps"
[[record.link]]
field = "parent"
record = "Asset"
columns = ["parent"]

[[record]]
type = "Inspection"
key = ["code", "built"]
when = { kind = ["both"] }
[[record.field]]
field = "observed_ms"
column = "built"
date = "%Y-%m-%d"
required = true
[[record.link]]
field = "asset"
record = "Asset"
)";
constexpr char kHeader[] = "code,kind,street,no,grade,cost,built,tokens,lamps,parent\n";

std::vector<RowResult> Import(const std::string& text, const char* mapping_text = kMapping) {
  const absl::StatusOr<Mapping> mapping = ParseMapping(TheSchema(), mapping_text);
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  auto importer = Importer::Open(TheSchema(), *mapping, text);
  EXPECT_TRUE(importer.ok()) << importer.status();
  std::vector<RowResult> rows;
  for (RowResult row; (*importer)->Next(row);) rows.push_back(std::move(row));
  return rows;
}

rec::Asset AssetOf(const RowResult& row) {
  rec::Asset a;
  EXPECT_THAT(row.records, testing::Not(IsEmpty()));
  if (!row.records.empty()) a.CopyFrom(*row.records[0].message);
  return a;
}

TEST(Importer, AGoodRow) {
  const auto rows = Import(absl::StrCat(kHeader, "W1,asset,东街,3,甲,12.345,2020-01-02,\"x, y\",4,W0\n"));
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_THAT(rows[0].errors, IsEmpty());
  const rec::Asset a = AssetOf(rows[0]);
  EXPECT_EQ(a.code(), "W1");
  EXPECT_EQ(a.name(), "东街-3");
  EXPECT_EQ(a.grade(), rec::GRADE_A);
  EXPECT_EQ(a.cost_fen(), 1235);
  EXPECT_EQ(a.built_ms(), 1577894400000);  // midnight of the county
  EXPECT_THAT(a.qr_tokens(), ElementsAre("x", "y"));
  EXPECT_EQ(a.facility_class(), rec::FACILITY_CLASS_WATER);
  ASSERT_EQ(a.external_ids_size(), 1);
  EXPECT_EQ(a.external_ids(0).system(), "old");
  EXPECT_EQ(a.external_ids(0).id(), "W1");
  const auto& attributes = a.GetReflection()->GetUnknownFields(a);
  ASSERT_EQ(attributes.field_count(), 1);
  EXPECT_EQ(attributes.field(0).number(), 2001);
  EXPECT_EQ(attributes.field(0).varint(), 8u);  // zigzag of 4
  EXPECT_EQ(rows[0].records[0].key, "W1");
  ASSERT_THAT(rows[0].records[0].links, SizeIs(1));
  EXPECT_EQ(rows[0].records[0].links[0].key, "W0");
}

TEST(Importer, AbsentCellsLeaveFieldsOut) {
  const auto rows = Import(absl::StrCat(kHeader, "W1,asset,东街,,NA,,,,,\n"));
  const rec::Asset a = AssetOf(rows[0]);
  EXPECT_EQ(a.name(), "东街");
  EXPECT_FALSE(a.has_cost_fen());
  EXPECT_FALSE(a.has_built_ms());
  EXPECT_EQ(a.qr_tokens_size(), 0);
  EXPECT_THAT(rows[0].records[0].links, IsEmpty());
}

TEST(Importer, TwoRecordsOfOneRowAreLinked) {
  const auto rows = Import(absl::StrCat(kHeader, "W1,both,东街,3,甲,1,2020-01-02,,,\n"));
  ASSERT_THAT(rows[0].records, SizeIs(2));
  EXPECT_EQ(rows[0].records[1].record->name, "Inspection");
  ASSERT_THAT(rows[0].records[1].links, SizeIs(1));
  EXPECT_EQ(rows[0].records[1].links[0].field, "asset");
  EXPECT_EQ(rows[0].records[1].links[0].key, "W1");
}

TEST(Importer, EveryFaultOfARowIsNamedAndGoodRowsGoThrough) {
  const auto rows = Import(absl::StrCat(kHeader,
                                        "W1,asset,a,1,丙,12x,2020-13-02,,,\n"
                                        "W2,asset,a,2,甲,-1,,,,\n"
                                        "W3,asset,a,3,甲,1\n"
                                        ",asset,a,3,甲,1,,,,\n"
                                        "W5,asset,a,5,甲,1,,,,\n"
                                        "W6,other,a,5,bad,bad,,,,\n"));
  ASSERT_THAT(rows, SizeIs(6));
  ASSERT_THAT(rows[0].errors, SizeIs(3));
  EXPECT_EQ(rows[0].errors[0].line, 2);
  EXPECT_EQ(rows[0].errors[0].column, "grade");
  EXPECT_EQ(rows[0].errors[0].value, "丙");
  EXPECT_THAT(rows[0].errors[0].next, HasSubstr("add the value to the mapping"));
  EXPECT_EQ(rows[0].errors[1].reason, "is not a number");
  EXPECT_THAT(rows[0].errors[2].reason, HasSubstr("is not a date of the form %Y-%m-%d"));
  EXPECT_THAT(rows[0].records, IsEmpty());
  EXPECT_THAT(rows[1].errors[0].reason, HasSubstr("out of range"));
  EXPECT_THAT(rows[2].errors[0].reason, HasSubstr("6 cells, the header 10"));
  EXPECT_THAT(rows[3].errors[0].reason, HasSubstr("tells rows apart"));
  EXPECT_THAT(rows[4].errors, IsEmpty());
  EXPECT_THAT(rows[4].records, SizeIs(1));
  // Nobody wants the last row: neither errors nor records.
  EXPECT_THAT(rows[5].errors, IsEmpty());
  EXPECT_THAT(rows[5].records, IsEmpty());
}

TEST(Importer, RepeatedKeys) {
  const auto rows = Import(absl::StrCat(kHeader,
                                        "W1,asset,a,1,甲,1,2020-01-01,,,\n"
                                        "W1,both,b,1,甲,1,2020-01-01,,,\n"
                                        "W1,both,b,1,甲,1,2020-01-01,,,\n"));
  EXPECT_FALSE(rows[0].records[0].repeat);
  EXPECT_TRUE(rows[1].records[0].repeat);
  EXPECT_FALSE(rows[1].records[1].repeat);
  ASSERT_THAT(rows[2].errors, SizeIs(1));  // the inspection's key came before
  EXPECT_EQ(rows[2].errors[0].reason, "came before in this file");
  EXPECT_THAT(rows[2].records, IsEmpty());
}

TEST(Importer, ARefusedRowDoesNotTakeItsKey) {
  const auto rows = Import(absl::StrCat(kHeader, "W1,asset,a,1,丙,1,,,,\nW1,asset,a,1,甲,1,,,,\n"));
  EXPECT_THAT(rows[0].errors, SizeIs(1));
  ASSERT_THAT(rows[1].records, SizeIs(1));
  EXPECT_FALSE(rows[1].records[0].repeat);
}

TEST(Importer, LengthLimitsOfTheSchemaHold) {
  const auto rows = Import(absl::StrCat(kHeader, "W1,asset,", std::string(5000, 'x'), ",1,甲,1,,,,\n"));
  ASSERT_THAT(rows[0].errors, SizeIs(1));
  EXPECT_THAT(rows[0].errors[0].reason, HasSubstr("the limit is 4096"));
}

TEST(Importer, Warnings) {
  const auto rows = Import(absl::StrCat(
      kHeader, "W1,asset,\xEE\x85\xB0村,1,甲,1,,,,\nW2,asset,下?村,1,甲,1,,,,\nW3,asset,why?,1,甲,1,,,,\n"));
  EXPECT_THAT(rows[0].warnings[0].reason, HasSubstr("private character"));
  EXPECT_THAT(rows[1].warnings[0].reason, HasSubstr("lost a character"));
  EXPECT_THAT(rows[2].warnings, IsEmpty());
  EXPECT_THAT(rows[0].records, SizeIs(1));
}

TEST(Importer, RejectsCanBeReadBack) {
  const Mapping mapping = ParseMapping(TheSchema(), kMapping).value();
  auto importer = Importer::Open(TheSchema(), mapping, absl::StrCat(kHeader, "W1,asset,\"a,b\",1,丙,1,,,,\n")).value();
  RowResult row;
  ASSERT_TRUE(importer->Next(row));
  const std::string file = importer->RejectsHeader() + importer->RejectsLine(row);
  const std::string text = Decode(file, Encoding::kAuto)->utf8;
  CsvReader reader(text);
  CsvRow header, line;
  ASSERT_TRUE(reader.Next(header));
  ASSERT_TRUE(reader.Next(line));
  ASSERT_EQ(header.cells.size(), line.cells.size());
  EXPECT_EQ(line.cells[0], "2");
  EXPECT_EQ(line.cells[3], "a,b");
  EXPECT_THAT(line.cells[11], HasSubstr("grade \"丙\" is none of the values"));
  // And it can be imported again: the columns keep their names.
  EXPECT_TRUE(Importer::Open(TheSchema(), mapping, file).ok());
}

TEST(Importer, BadFiles) {
  const Mapping mapping = ParseMapping(TheSchema(), kMapping).value();
  const auto why = [&](const std::string& text) {
    const auto status = Importer::Open(TheSchema(), mapping, text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  EXPECT_THAT(why(""), HasSubstr("empty"));
  EXPECT_THAT(why("code,code\n"), HasSubstr("two columns \"code\""));
  EXPECT_THAT(why("code,kind\n"), HasSubstr("lacks the columns built, cost, grade"));
  EXPECT_THAT(why("a\"b\n"), HasSubstr("names no columns"));
}

TEST(Mapping, Faults) {
  const std::string head = "[[record]]\ntype = \"Asset\"\nkey = [\"a\"]\n";
  const struct {
    std::string text;
    const char* fault;
  } kCases[] = {
      {"x = ", "line 1"},
      {"", "no [[record]]"},
      {"[[record]]\ntype = \"Moon\"\nkey=[\"a\"]", "no record type \"Moon\""},
      {"[[record]]\ntype = \"Asset\"", "\"key\""},
      {head + "colour = 1", "no entry \"colour\""},
      {head + "[[record.field]]\nfield = \"moon\"\ncolumn = \"a\"", "Asset has no field \"moon\""},
      {head + "[[record.field]]\nfield = \"name\"", "either a \"column\""},
      {head + "[[record.field]]\nfield = \"name\"\ncolumn = \"a\"\nconstant = \"b\"", "either a \"column\""},
      {head + "[[record.field]]\nfield = \"name\"\ncolumn = 5", "must be a text"},
      {head + "[[record.field]]\nfield = \"name\"\ncolumn = \"a\"\ncolum = \"a\"", "no entry \"colum\""},
      {head + "[[record.field]]\nfield = \"condition\"\ncolumn = \"a\"", "is computed"},
      {head + "[[record.field]]\nfield = \"point\"\ncolumn = \"a\"", "\"into\""},
      {head + "[[record.field]]\nfield = \"point\"\ninto = \"x\"\ncolumn = \"a\"", "no part \"x\""},
      {head + "[[record.field]]\nfield = \"name\"\ninto = \"x\"\ncolumn = \"a\"", "\"into\""},
      {head + "[[record.field]]\nfield = \"grade\"\ncolumn = \"a\"\nvalues = { a = \"GRADE_Z\" }", "no value GRADE_Z"},
      {head + "[[record.field]]\nfield = \"grade\"\nconstant = \"GRADE_Z\"", "no value GRADE_Z"},
      {head + "[[record.field]]\nfield = \"cost_fen\"\ncolumn = \"a\"\nfactor = \"1e3\"", "decimal number"},
      {head + "[[record.field]]\nfield = \"cost_fen\"\ncolumn = \"a\"\nfactor = \"0\"", "zero"},
      {head + "[[record.field]]\nfield = \"name\"\ncolumn = \"a\"\nsplit = \",\"", "several values"},
      {head + "[[record.field]]\nattribute = 5\ncolumn = \"a\"", "from 2000"},
      {head + "[[record.link]]\nfield = \"moon\"\nrecord = \"Asset\"", "no field \"moon\""},
      {head + "[[record.link]]\nfield = \"parent\"\nrecord = \"Moon\"", "no record type"},
      {"encoding = \"latin1\"\n" + head, "\"encoding\""},
  };
  for (const auto& c : kCases) {
    const auto mapping = ParseMapping(TheSchema(), c.text);
    EXPECT_EQ(mapping.status().code(), absl::StatusCode::kInvalidArgument) << c.text;
    EXPECT_THAT(std::string(mapping.status().message()), HasSubstr(c.fault));
  }
  EXPECT_TRUE(ParseMapping(TheSchema(), head).ok());
}

}  // namespace
}  // namespace guanhu::import
