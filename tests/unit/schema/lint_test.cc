#include "tests/unit/schema/lint.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/schema/schema.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace guanhu::schema {
namespace {

namespace pb = google::protobuf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<const pb::FileDescriptor*> RecordFiles() {
  const Schema schema = Schema::Build().value();
  std::set<const pb::FileDescriptor*> files;
  for (const auto& type : schema.types()) {
    files.insert(type->descriptor->file());
    for (int i = 0; i < type->descriptor->file()->dependency_count(); ++i) {
      const pb::FileDescriptor* file = type->descriptor->file()->dependency(i);
      if (file->package() == "guanhu.records.v1") files.insert(file);
    }
  }
  return {files.begin(), files.end()};
}

TEST(Lint, EveryRecordTypeSaysWhatItMust) {
  const std::vector<const pb::FileDescriptor*> files = RecordFiles();
  ASSERT_GE(files.size(), 11u);
  EXPECT_THAT(Lint(files), IsEmpty());
}

// Also a test that the walk sees all files: a file that Schema::Build forgets is missed here.
TEST(Lint, TheReleaseHasItsRecordTypes) {
  const Schema schema = Schema::Build().value();
  std::vector<std::string> names;
  for (const auto& t : schema.types()) names.push_back(absl::StrCat(t->type, " ", t->name));
  EXPECT_EQ(absl::StrJoin(names, ", "),
            "1 Place, 2 Org, 3 Person, 4 Post, 5 Device, 10 FacilityType, 11 Asset, 12 Plan, 13 Task, 14 Inspection, "
            "15 Amendment, 16 Defect, 17 WorkOrder, 18 Remark, 19 Attachment, 20 ConflictDecision, 21 QuarantineEntry, "
            "22 Step, 23 Responsibility, 24 Title, 25 Interest, 26 Standard, 27 Checklist, 28 RoutingRule, 29 Mark, "
            "30 SavedLedger, 31 ImportBatch, 32 Acl, 33 Contract, 34 EventTrigger, 40 FundPool, 41 BudgetLine, "
            "42 FundEntry, 43 FundPerformance, 44 VillageProject, 45 Vote, 46 MeetingRecord, 47 Tariff, "
            "48 MeterReading, 49 Bill, 51 Loan, 52 Bundle, 53 Pledge, 54 IncentiveRule, 60 AssessmentScheme, "
            "61 AssessmentRun, 62 ScoreLine, 63 CreditEvent, 64 CreditCase, 65 Survey, "
            "70 SupportRequest, 71 Expert, 72 Document, 73 Course, 74 Attendance, 75 Certificate, 76 Skill, "
            "77 Demand, 78 TechItem, 79 Trial, 80 Adoption, 81 Coaching, 82 CoachingVisit, 90 Notice, "
            "91 PublicReport, 92 ReportContact, 93 Feedback, 94 Case, 95 Pilot, 96 Milestone, 97 Group, "
            "98 Consultation, 99 Opinion, 100 ImplementationPlan, 101 Rectification, 102 Campaign, 103 Roster, "
            "104 Association, 105 Participant, 106 HandOver");
}

// Numbers, types and rules that were released never change: new lines may come, none may go. To accept new lines, run
// the test with GUANHU_ACCEPT_FIELDS=1 and read the difference.

TEST(Lint, ReleasedFieldsNeverChange) {
  const char* set_by_ctest = std::getenv("GUANHU_RELEASED_FIELDS");
  const std::string path = set_by_ctest == nullptr ? "tests/unit/schema/released_fields.txt" : set_by_ctest;
  const std::vector<std::string> now = Fingerprint(RecordFiles());
  if (std::getenv("GUANHU_ACCEPT_FIELDS") != nullptr) {
    std::ofstream(path) << absl::StrJoin(now, "\n") << "\n";
  }
  std::ifstream in(path);
  ASSERT_TRUE(in) << path;
  std::vector<std::string> released;
  for (std::string line; std::getline(in, line);) released.push_back(line);
  std::vector<std::string> gone, come;
  std::set_difference(released.begin(), released.end(), now.begin(), now.end(), std::back_inserter(gone));
  std::set_difference(now.begin(), now.end(), released.begin(), released.end(), std::back_inserter(come));
  EXPECT_THAT(gone, IsEmpty()) << "a released field was changed or removed";
  EXPECT_THAT(come, IsEmpty()) << "new fields: accept them";
}

// Builds a file of descriptors in text form on top of the real options. The pool must outlive the file.
const pb::FileDescriptor* Build(pb::DescriptorPool& pool, const std::string& body) {
  pb::FileDescriptorProto proto;
  const bool parsed = pb::TextFormat::ParseFromString(body, &proto);
  EXPECT_TRUE(parsed) << body;
  proto.set_name("bad.proto");
  proto.set_package("guanhu.bad");
  proto.set_syntax("proto3");
  proto.add_dependency("guanhu/options/v1/options.proto");
  return pool.BuildFile(proto);
}

std::string Field(int number, const std::string& name, const std::string& type, const std::string& rule,
                  const std::string& more = "label: LABEL_OPTIONAL") {
  return absl::StrCat("field { name: '", name, "' number: ", number, " type: TYPE_", type, " ", more,
                      " options { [guanhu.options.v1.field] { ", rule, " } } } ");
}

constexpr char kLabels[] = " zh: '名' en: 'Name' ";
constexpr char kGoodRule[] = "type: 901 zh: '甲' en: 'A'";

std::string Record(const std::string& name, const std::string& rule, const std::string& fields, bool common = true) {
  std::string out =
      absl::StrCat("message_type { name: '", name, "' options { [guanhu.options.v1.record] { ", rule, " } } ", fields);
  if (common) {
    absl::StrAppend(
        &out,
        Field(1000, "deleted", "BOOL", absl::StrCat("merge: LATEST", kLabels), "proto3_optional: true oneof_index: 0"),
        Field(1001, "deleted_reason", "STRING", absl::StrCat("merge: LATEST", kLabels)),
        "oneof_decl { name: '_deleted' } ");
  }
  return out + "}";
}

std::vector<std::string> LintOf(const std::string& body) {
  pb::DescriptorPool pool(pb::DescriptorPool::generated_pool());
  const pb::FileDescriptor* file = Build(pool, body);
  if (file == nullptr) return {"does not build"};
  return Lint(std::vector<const pb::FileDescriptor*>{file});
}

TEST(Lint, ControlAGoodRecordPasses) {
  EXPECT_THAT(
      LintOf(Record("A", kGoodRule, Field(1, "cost_fen", "INT64", absl::StrCat("merge: LATEST unit: 'fen'", kLabels)))),
      IsEmpty());
}

TEST(Lint, RefusesBadFields) {
  const struct {
    const char* name;
    const char* type;
    const char* rule;
    const char* fault;
    int number = 1;
  } kCases[] = {
      {"name", "STRING", "zh: '名' en: 'N'", "lacks an explicit merge rule"},
      {"name", "STRING", "merge: LATEST en: 'N'", "lacks a label"},
      {"name", "STRING", "merge: LATEST zh: '名'", "lacks a label"},
      {"n", "INT64", "merge: LATEST zh: '名' en: 'N'", "without a unit"},
      {"n", "UINT32", "merge: LATEST zh: '名' en: 'N'", "without a unit"},
      {"cost_fen", "INT64", "merge: LATEST zh: '名' en: 'N' unit: 'yuan'", "ends in _fen"},
      {"cost", "INT64", "merge: LATEST zh: '名' en: 'N' unit: 'fen'", "name does not end in _fen"},
      {"at_ms", "INT64", "merge: LATEST zh: '名' en: 'N' unit: 's'", "must end in _ms exactly"},
      {"at", "INT64", "merge: LATEST zh: '名' en: 'N' unit: 'ms since 1970 UTC'", "must end in _ms exactly"},
      {"lat_e7", "SINT32", "merge: LATEST zh: '名' en: 'N' unit: 'deg'", "ends in _e7"},
      {"area_dm2", "UINT32", "merge: LATEST zh: '名' en: 'N' unit: 'm2'", "ends in _dm2"},
      {"d", "DOUBLE", "merge: LATEST zh: '名' en: 'N'", "floating point"},
      {"tag", "STRING", "merge: UNION zh: '名' en: 'N'", "UNION but not repeated"},
      {"s", "STRING", "merge: SUM zh: '名' en: 'N'", "SUM but no number"},
      {"s", "STRING", "merge: STATE zh: '名' en: 'N'", "state_order"},
      {"s", "STRING", "merge: LATEST zh: '名' en: 'N' personal: true is_public: true", "personal and public"},
      {"s", "STRING", "merge: LATEST zh: '名' en: 'N'", "number of the common fields", 1500},
  };
  for (const auto& c : kCases) {
    const std::vector<std::string> faults = LintOf(Record("A", kGoodRule, Field(c.number, c.name, c.type, c.rule)));
    EXPECT_THAT(faults, Contains(HasSubstr(c.fault))) << c.name << " " << c.rule;
  }
}

TEST(Lint, RefusesAFieldWithoutAnyOption) {
  EXPECT_THAT(LintOf(Record("A", kGoodRule, "field { name: 'n' number: 1 type: TYPE_STRING label: LABEL_OPTIONAL } ")),
              Contains(HasSubstr("lacks an explicit merge rule")));
}

TEST(Lint, RefusesMaps) {
  const std::string entry =
      "nested_type { name: 'MEntry' options { map_entry: true }"
      " field { name: 'key' number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }"
      " field { name: 'value' number: 2 type: TYPE_STRING label: LABEL_OPTIONAL } } ";
  EXPECT_THAT(LintOf(Record("A", kGoodRule,
                            entry + Field(1, "m", "MESSAGE", absl::StrCat("merge: LATEST", kLabels),
                                          "label: LABEL_REPEATED type_name: '.guanhu.bad.A.MEntry'"))),
              Contains(HasSubstr("is a map")));
}

TEST(Lint, RefusesAStateOrderThatForgetsAValue) {
  const auto with = [](const std::string& order) {
    return LintOf(Record("A", kGoodRule,
                         Field(1, "s", "ENUM", absl::StrCat("merge: STATE ", order, kLabels),
                               "label: LABEL_OPTIONAL type_name: '.guanhu.options.v1.Tier'")));
  };
  EXPECT_THAT(with("state_order: 'VILLAGE' state_order: 'TOWNSHIP' state_order: 'CITY'"), IsEmpty());
  EXPECT_THAT(with("state_order: 'VILLAGE' state_order: 'CITY'"), Contains(HasSubstr("state_order")));
  EXPECT_THAT(with("state_order: 'VILLAGE' state_order: 'CITY' state_order: 'CITY'"),
              Contains(HasSubstr("state_order")));
  EXPECT_THAT(with("state_order: 'VILLAGE' state_order: 'CITY' state_order: 'MOON'"),
              Contains(HasSubstr("state_order")));
}

TEST(Lint, RefusesBadRecords) {
  EXPECT_THAT(LintOf(Record("A", kGoodRule, "", false)), Contains(HasSubstr("lacks `optional bool deleted")));
  EXPECT_THAT(LintOf(Record("A", "type: 901 en: 'A'", "")), Contains(HasSubstr("lacks a label")));
  EXPECT_THAT(LintOf(Record("A", "zh: '甲' en: 'A'", "")), Contains(HasSubstr("no record type number")));
  EXPECT_THAT(LintOf(Record("A", kGoodRule, "") + Record("B", kGoodRule, "")),
              Contains(HasSubstr("has the record type number of guanhu.bad.A")));
  EXPECT_THAT(LintOf(Record("A", absl::StrCat(kGoodRule, " immutable: true"),
                            Field(1, "s", "STRING", absl::StrCat("merge: LATEST", kLabels)))),
              Contains(HasSubstr("though its record type is immutable")));
  EXPECT_THAT(LintOf("enum_type { name: 'E' value { name: 'E_ZERO' number: 0 } }"),
              Contains(HasSubstr("lacks a label or an icon")));
}

TEST(Lint, AFieldNumberTwiceDoesNotBuild) {
  const std::string rule = absl::StrCat("merge: LATEST", kLabels);
  EXPECT_THAT(LintOf(Record("A", kGoodRule, Field(1, "a", "STRING", rule) + Field(1, "b", "STRING", rule))),
              Contains(HasSubstr("does not build")));
}

TEST(SchemaBuild, RefusesWhatItCannotResolve) {
  const struct {
    std::string fields;
    const char* fault;
  } kCases[] = {
      {Field(1, "s", "STRING", "merge: MAX"), "whole number"},
      {Field(1, "s", "STRING", "merge: UNION"), "repeated"},
      {Field(1, "s", "STRING", "merge: STATE state_order: 'X'"), "single enum"},
      {Field(1, "s", "ENUM", "merge: STATE state_order: 'X'",
             "label: LABEL_OPTIONAL type_name: '.guanhu.options.v1.Tier'"),
       "names X"},
  };
  for (const auto& c : kCases) {
    pb::DescriptorPool pool(pb::DescriptorPool::generated_pool());
    const pb::FileDescriptor* file = Build(pool, Record("A", kGoodRule, c.fields));
    ASSERT_NE(file, nullptr) << c.fields;
    const auto schema = Schema::Build(std::vector<const pb::FileDescriptor*>{file});
    EXPECT_EQ(schema.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(schema.status().message()), HasSubstr(c.fault));
  }
  pb::DescriptorPool pool(pb::DescriptorPool::generated_pool());
  const pb::FileDescriptor* twice = Build(pool, Record("A", kGoodRule, "") + Record("B", kGoodRule, ""));
  ASSERT_NE(twice, nullptr);
  EXPECT_FALSE(Schema::Build(std::vector<const pb::FileDescriptor*>{twice}).ok());
}

}  // namespace
}  // namespace guanhu::schema
