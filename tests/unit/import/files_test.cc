// The mappings that ship, and, where GUANHU_SHARED_DATA names a folder, the real tables that they were made for.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "common/import/importer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/place.pb.h"

namespace guanhu::import {
namespace {

namespace rec = guanhu::records::v1;

const schema::Schema& TheSchema() {
  static const auto& schema = *new schema::Schema(schema::Schema::Build().value());
  return schema;
}

std::string MappingsFolder() {
  const char* folder = std::getenv("GUANHU_MAPPINGS");  // set by ctest
  return folder == nullptr ? "tools/mappings" : folder;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

struct Totals {
  int rows = 0, taken = 0, refused = 0, passed_over = 0, edits = 0;
  std::map<std::string, int> records;
  std::map<std::string, int> reasons;   // by column and reason
  std::map<std::string, int> warnings;  // by reason
  std::vector<RowResult> all;
};

Totals Import(const std::string& mapping_name, const std::string& bytes) {
  const auto mapping = ParseMapping(TheSchema(), ReadFile(MappingsFolder() + "/" + mapping_name));
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  auto importer = Importer::Open(TheSchema(), *mapping, bytes);
  EXPECT_TRUE(importer.ok()) << importer.status();
  Totals t;
  for (RowResult row; (*importer)->Next(row);) {
    ++t.rows;
    ++(!row.errors.empty() ? t.refused : row.records.empty() ? t.passed_over : t.taken);
    for (const auto& r : row.records) {
      ++t.records[r.record->name];
      t.edits += r.repeat ? 1 : 0;
    }
    for (const auto& e : row.errors) ++t.reasons[e.column + ": " + e.reason];
    for (const auto& w : row.warnings) ++t.warnings[w.reason];
    t.all.push_back(std::move(row));
  }
  return t;
}

void Print(const char* what, const Totals& t) {
  std::cout << what << ": " << t.rows << " rows, " << t.taken << " taken, " << t.refused << " refused, "
            << t.passed_over << " passed over, " << t.edits << " edits\n";
  for (const auto& [reason, n] : t.reasons) std::cout << "  " << n << " x " << reason << "\n";
  for (const auto& [reason, n] : t.warnings) std::cout << "  warning " << n << " x " << reason << "\n";
}

std::string DataFolder() {
  const char* folder = std::getenv("GUANHU_SHARED_DATA");
  return folder == nullptr ? "" : folder;
}

#define SKIP_WITHOUT_DATA() \
  if (DataFolder().empty()) GTEST_SKIP() << "set GUANHU_SHARED_DATA to the folder of the public tables"

TEST(Mappings, TheShippedOnesAreValid) {
  for (const char* name : {"divisions.toml", "malawi_waterpoints.toml", "syracuse_roads.toml"}) {
    const auto mapping = ParseMapping(TheSchema(), ReadFile(MappingsFolder() + "/" + name));
    EXPECT_TRUE(mapping.ok()) << name << " " << mapping.status();
  }
}

TEST(Mappings, DivisionsInline) {
  const Totals t = Import("divisions.toml",
                          "code,name,level,parent_code\n140700000000,晋中市,prefecture,140000000000\n"
                          "140781000000,介休市,county,140700000000\n140781001000,北关街道,township,140781000000\n");
  EXPECT_EQ(t.passed_over, 1);
  EXPECT_EQ(t.taken, 2);
  rec::Place p;
  p.CopyFrom(*t.all[2].records[0].message);
  EXPECT_EQ(p.name(), "北关街道");
  EXPECT_EQ(p.codes(0).code12(), "140781001000");
  EXPECT_EQ(t.all[2].records[0].links[0].key, "140781000000");
}

TEST(Files, JiexiuIsTheSameInThreeEncodings) {
  SKIP_WITHOUT_DATA();
  std::set<std::string> contents;
  for (const char* name : {"jiexiu_divisions.csv", "jiexiu_divisions.gb18030.csv", "jiexiu_divisions.utf8bom.csv"}) {
    const Totals t = Import("divisions.toml", ReadFile(DataFolder() + "/divisions/" + name));
    Print(name, t);
    EXPECT_EQ(t.rows, 230);
    EXPECT_EQ(t.refused, 0);
    EXPECT_EQ(t.records.at("Place"), 228);  // without province and prefecture
    std::string all;
    for (const auto& row : t.all) {
      for (const auto& r : row.records) all += r.key + r.message->SerializeAsString();
    }
    contents.insert(all);
  }
  EXPECT_EQ(contents.size(), 1u);
}

TEST(Files, AWholeProvince) {
  SKIP_WITHOUT_DATA();
  const Totals t = Import("divisions.toml", ReadFile(DataFolder() + "/divisions/shanxi_divisions_2021.csv"));
  Print("shanxi_divisions_2021", t);
  EXPECT_EQ(t.rows, 23368);
  EXPECT_EQ(t.refused, 0);
}

TEST(Files, HardNamesComeThroughUnchanged) {
  SKIP_WITHOUT_DATA();
  const Totals t = Import("divisions.toml", ReadFile(DataFolder() + "/divisions/hard_names_2021.csv"));
  Print("hard_names_2021", t);
  EXPECT_EQ(t.rows, 268);
  EXPECT_EQ(t.refused, 0);
  int named_private = 0, named_lost = 0;
  for (const auto& row : t.all) {
    rec::Place p;
    p.CopyFrom(*row.records.at(0).message);
    EXPECT_EQ(p.name(), row.cells[1]);
    named_private += row.cells[4].find("private_use") != std::string::npos ? 1 : 0;
    named_lost += row.cells[4].find("question_mark") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(t.warnings.at("holds a private character that other computers show differently"), named_private);
  EXPECT_EQ(t.warnings.at("seems to have lost a character"), named_lost);
}

TEST(Files, MalawiWaterPoints) {
  SKIP_WITHOUT_DATA();
  const Totals t =
      Import("malawi_waterpoints.toml", ReadFile(DataFolder() + "/waterpoints/malawi_2022_functionality.csv.gz"));
  Print("malawi", t);
  EXPECT_EQ(t.rows, 11409);
  EXPECT_EQ(t.taken + t.refused, t.rows);
  EXPECT_EQ(t.refused, 0);
  std::map<int, int> results;
  for (const auto& row : t.all) {
    if (row.records.size() != 2) continue;
    rec::Inspection i;
    i.CopyFrom(*row.records[1].message);
    ++results[i.result()];
    EXPECT_EQ(row.records[1].links.at(0).key, row.records[0].key);
  }
  EXPECT_EQ(results[rec::INSPECTION_RESULT_MAJOR], 5893);
  EXPECT_EQ(results[rec::INSPECTION_RESULT_OK], 4151);
  EXPECT_EQ(results[rec::INSPECTION_RESULT_BROKEN], 734);
  EXPECT_EQ(results[rec::INSPECTION_RESULT_NOT_FOUND], 631);
}

TEST(Files, SyracuseRoads) {
  SKIP_WITHOUT_DATA();
  const Totals t =
      Import("syracuse_roads.toml", ReadFile(DataFolder() + "/inspections/syracuse_road_ratings_2000_2011.csv.gz"));
  Print("syracuse", t);
  EXPECT_EQ(t.rows, 58296);
  EXPECT_EQ(t.taken + t.refused, t.rows);
  // Dirty rows are refused with their reason; nearly all others go through.
  EXPECT_GT(t.refused, 200);
  EXPECT_LT(t.refused, 600);
  EXPECT_LE(t.taken - t.edits, 4853);
  EXPECT_EQ(t.reasons.at("overall: is not a number"), 19);
}

}  // namespace
}  // namespace guanhu::import
