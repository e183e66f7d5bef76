#include "common/schema/check.h"

#include "common/base/bytes.h"
#include "common/schema/fields.h"
#include "common/schema/wire.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "guanhu/options/v1/options.pb.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/place.pb.h"
#include "guanhu/records/v1/plan.pb.h"
#include "guanhu/records/v1/work_order.pb.h"

namespace guanhu::schema {
namespace {

using ::testing::HasSubstr;
namespace rec = guanhu::records::v1;

const Writer kVillage{.tier = Tier::kVillage, .roles = 1u << options::v1::CARETAKER, .city = false};
const Writer kTownship{.tier = Tier::kTownship, .roles = 1u << options::v1::TOWNSHIP_CLERK, .city = false};
const Writer kCity{.tier = Tier::kCity, .roles = 0, .city = true};

const Schema& TheSchema() {
  static const auto& schema = *new Schema(Schema::Build().value());
  return schema;
}

absl::Status CheckMessage(const google::protobuf::Message& m, const Writer& writer, bool creating) {
  return Check(TheSchema(), TheSchema().TypeOf(m)->type, FieldsOf(m), {}, writer, creating);
}

absl::Status CheckRaw(uint32_t type, uint32_t number, const std::string& raw) {
  const std::vector<model::Field> set = {{number, raw}};
  return Check(TheSchema(), type, set, {}, kVillage, true);
}

#define EXPECT_REFUSED(status_expr, want_code, text)              \
  do {                                                            \
    const absl::Status refused = (status_expr);                   \
    EXPECT_EQ(refused.code(), absl::StatusCode::want_code);       \
    EXPECT_THAT(std::string(refused.message()), HasSubstr(text)); \
  } while (false)

TEST(Check, AVillageRegistersAnAssetAndInspectsIt) {
  rec::Asset a;
  a.set_name("三组水井");
  a.set_grade(rec::GRADE_C);
  a.mutable_point()->set_lat_e7(370000000);
  EXPECT_TRUE(CheckMessage(a, kVillage, true).ok());
  rec::Inspection i;
  i.set_result(rec::INSPECTION_RESULT_OK);
  i.add_answers()->set_item("阀门");
  EXPECT_TRUE(CheckMessage(i, kVillage, true).ok());
}

TEST(Check, OnlyTheCityWritesPlaces) {
  rec::Place p;
  p.set_name("北关街道");
  EXPECT_REFUSED(CheckMessage(p, kVillage, true), kPermissionDenied, "Place (属地)");
  EXPECT_REFUSED(CheckMessage(p, kTownship, false), kPermissionDenied, "Name (名称)");
  EXPECT_TRUE(CheckMessage(p, kCity, true).ok());
}

TEST(Check, TownshipFieldsOfAWorkOrder) {
  rec::Plan plan;
  plan.set_interval_days(30);
  EXPECT_REFUSED(CheckMessage(plan, kVillage, true), kPermissionDenied, "Plan (巡查计划)");
  EXPECT_TRUE(CheckMessage(plan, kTownship, true).ok());
  rec::WorkOrder w;
  w.mutable_budget_line()->set_seq(1);
  EXPECT_REFUSED(CheckMessage(w, kVillage, false), kPermissionDenied, "Budget line (预算项目)");
  EXPECT_TRUE(CheckMessage(w, kTownship, false).ok());
}

TEST(Check, RolesAreAsked) {
  EXPECT_TRUE(Allows({.tiers = 0, .roles = 1u << options::v1::FINANCE},
                     {.tier = Tier::kTownship, .roles = 1u << options::v1::FINANCE, .city = false}));
  EXPECT_FALSE(Allows({.tiers = 0, .roles = 1u << options::v1::FINANCE}, kTownship));
  EXPECT_FALSE(Allows({.tiers = 1u << 3, .roles = 0}, Writer{}));
}

TEST(Check, ComputedFieldsAreRefusedEvenFromTheCity) {
  rec::Asset a;
  a.set_condition(rec::CONDITION_GOOD);
  EXPECT_REFUSED(CheckMessage(a, kCity, true), kPermissionDenied, "is computed");
  rec::WorkOrder w;
  w.set_cost_fen(100);
  EXPECT_REFUSED(CheckMessage(w, kCity, false), kPermissionDenied, "is computed");
}

TEST(Check, FixedFieldsOnlyAtCreation) {
  rec::Inspection i;
  i.set_note("漏水");
  EXPECT_TRUE(CheckMessage(i, kVillage, true).ok());
  EXPECT_REFUSED(CheckMessage(i, kVillage, false), kPermissionDenied, "amendment");
  EXPECT_REFUSED(Check(TheSchema(), 14, {}, std::vector<uint32_t>{12}, kVillage, false), kPermissionDenied,
                 "Note (说明)");
}

TEST(Check, ANewRecordSetsWhatItMust) {
  rec::WorkOrder order;
  order.set_size(rec::ORDER_SIZE_SMALL);
  const absl::Status missing = CheckComplete(TheSchema(), 17, FieldsOf(order));
  EXPECT_EQ(missing.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(missing.message()), HasSubstr("任务说明"));
  EXPECT_THAT(std::string(missing.message()), HasSubstr("What to do"));
  order.set_task("pump");
  EXPECT_TRUE(CheckComplete(TheSchema(), 17, FieldsOf(order)).ok());
  EXPECT_TRUE(CheckComplete(TheSchema(), 9999, {}).ok());
}

TEST(Check, UnknownTypeAndFieldPass) {
  EXPECT_TRUE(CheckRaw(9999, 1, "\xff\xff").ok());
  EXPECT_TRUE(CheckRaw(11, 2001, "\xff\xff").ok());
}

TEST(Check, WrongWireType) {
  std::string raw;
  base::PutVarint(raw, 3 << 3 | 0);
  base::PutVarint(raw, 7);
  EXPECT_REFUSED(CheckRaw(11, 3, raw), kInvalidArgument, "Name (名称)\": has wire type 0 instead of 2");
}

TEST(Check, BytesOfAnotherField) {
  rec::Asset a;
  a.set_code("x");
  EXPECT_REFUSED(CheckRaw(11, 3, FieldsOf(a)[0].raw), kInvalidArgument, "something else");
  EXPECT_REFUSED(CheckRaw(11, 3, std::string("\x1a\x05") + "ab"), kInvalidArgument, "something else");
  EXPECT_REFUSED(CheckRaw(11, 3, ""), kInvalidArgument, "clear it");
}

TEST(Check, TextMustBeUtf8) {
  // 介 in GB18030; a lone surrogate; an overlong slash.
  for (const char* bad : {"\xBD\xE9", "\xED\xA0\x80", "\xC0\xAF", "\xE4\xBB"}) {
    std::string raw;
    base::PutVarint(raw, 3 << 3 | 2);
    base::PutString(raw, bad);
    EXPECT_REFUSED(CheckRaw(11, 3, raw), kInvalidArgument, "UTF-8");
  }
  rec::Asset good;
  good.set_name("𡐓村\xEE\x85\xB0");  // supplementary plane and private use
  EXPECT_TRUE(CheckMessage(good, kVillage, true).ok());
}

TEST(Check, NestedTextMustBeUtf8) {
  std::string answer, raw;
  base::PutVarint(answer, 1 << 3 | 2);
  base::PutString(answer, "\xBD\xE9");
  base::PutVarint(raw, 18 << 3 | 2);
  base::PutString(raw, answer);
  EXPECT_REFUSED(CheckRaw(14, 18, raw), kInvalidArgument, "Answers (检查项)");
}

TEST(Check, Lengths) {
  rec::Asset a;
  a.set_name(std::string(kTextBytesMax - 3, 'x'));
  EXPECT_TRUE(CheckMessage(a, kVillage, true).ok());
  a.set_name(std::string(kTextBytesMax, 'x'));
  EXPECT_REFUSED(CheckMessage(a, kVillage, true), kInvalidArgument, "the limit is 4096");
}

TEST(CheckScope, VisibilityAndHome) {
  EXPECT_TRUE(CheckScope(TheSchema(), 1, base::Visibility::kPublished, Tier::kCity).ok());
  EXPECT_REFUSED(CheckScope(TheSchema(), 1, base::Visibility::kInternal, Tier::kCity), kInvalidArgument, "internal");
  EXPECT_REFUSED(CheckScope(TheSchema(), 1, base::Visibility::kPublished, Tier::kVillage), kInvalidArgument,
                 "belongs to a city");
  EXPECT_REFUSED(CheckScope(TheSchema(), 3, base::Visibility::kPublished, Tier::kVillage), kInvalidArgument,
                 "published");
  EXPECT_TRUE(CheckScope(TheSchema(), 11, base::Visibility::kInternal, Tier::kVillage).ok());
  EXPECT_TRUE(CheckScope(TheSchema(), 9999, base::Visibility::kInternal, Tier::kVillage).ok());
}

TEST(IsUtf8, Boundaries) {
  for (const char* good : {"", "a", "介", "𡐓", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"}) EXPECT_TRUE(IsUtf8(good)) << good;
  for (const char* bad :
       {"\x80", "\xF5\x80\x80\x80", "\xF4\x90\x80\x80", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xE4\xBB"}) {
    EXPECT_FALSE(IsUtf8(bad));
  }
}

}  // namespace
}  // namespace guanhu::schema
