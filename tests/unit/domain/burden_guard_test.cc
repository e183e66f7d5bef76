#include "common/domain/burden_guard.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "guanhu/records/v1/assessment.pb.h"
#include "guanhu/records/v1/duty.pb.h"
#include "guanhu/records/v1/fund.pb.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/plan.pb.h"
#include "guanhu/records/v1/programme.pb.h"

namespace guanhu::domain {
namespace {

namespace rec = guanhu::records::v1;

void ExpectRefused(const google::protobuf::Message& m, const char* field, const char* clause) {
  const absl::Status s = CheckBurden(m);
  EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument) << field;
  EXPECT_TRUE(absl::StrContains(s.message(), field)) << s;
  EXPECT_TRUE(absl::StrContains(s.message(), "国办函〔2026〕12号")) << s;
  EXPECT_TRUE(absl::StrContains(s.message(), clause)) << s;
}

rec::AssessmentScheme Named(const char* name, rec::Indicator indicator = rec::INDICATOR_GOOD_CONDITION) {
  rec::AssessmentScheme s;
  s.set_name("2026年度考核");
  s.add_nodes()->set_id(1);
  s.mutable_nodes(0)->set_name(name);
  s.mutable_nodes(0)->set_indicator(indicator);
  return s;
}

TEST(BurdenGuard, AnIndicatorReadsOutcomesOnly) {
  ExpectRefused(Named("平台使用率"), "AssessmentScheme.nodes[id 1].name", "使用率");
  ExpectRefused(Named("App usage"), "nodes[id 1].name", "log-ins");
  ExpectRefused(Named("登录次数"), "nodes[id 1].name", "登录");
  ExpectRefused(Named("Log-in count"), "nodes[id 1].name", "log-ins");
  ExpectRefused(Named("在线时长"), "nodes[id 1].name", "在线时长");
  ExpectRefused(Named("online_time"), "nodes[id 1].name", "time online");
  ExpectRefused(Named("积分排名"), "nodes[id 1].name", "积分排名");
  ExpectRefused(Named("每日打卡"), "nodes[id 1].name", "打卡");
  ExpectRefused(Named("轨迹达标率"), "nodes[id 1].name", "轨迹");
  ExpectRefused(Named("照片数"), "nodes[id 1].name", "照片");
  ExpectRefused(Named("新指标", static_cast<rec::Indicator>(200)), "nodes[id 1].indicator", "实绩");
  // Every indicator that exists is an outcome and passes under its own name.
  for (int i = 0; i < rec::Indicator_ARRAYSIZE; ++i) {
    if (!rec::Indicator_IsValid(i)) continue;
    const auto indicator = static_cast<rec::Indicator>(i);
    EXPECT_TRUE(CheckBurden(Named(rec::Indicator_Name(indicator).c_str(), indicator)).ok()) << i;
  }
  for (const char* fine :
       {"按时巡查率", "群众满意度", "季度排名", "登记完整度", "路面照明完好率", "Inspections on time"})
    EXPECT_TRUE(CheckBurden(Named(fine)).ok()) << fine;
}

// The enum is closed: no number of it stands for use of the system.
TEST(BurdenGuard, NoIndicatorOfTheSchemaCountsUse) {
  const google::protobuf::EnumDescriptor* e = rec::Indicator_descriptor();
  for (int i = 0; i < e->value_count(); ++i)
    EXPECT_TRUE(CheckBurdenName("Indicator", e->value(i)->name()).ok()) << e->value(i)->name();
}

TEST(BurdenGuard, ChecklistsAskNoPhotoOfWhatIsFine) {
  rec::Checklist list;
  list.set_photo_policy(rec::PHOTO_POLICY_REQUIRED_ON_DEFECT);
  list.add_items()->set_id("leak");
  list.mutable_items(0)->set_text("管网有无渗漏");
  EXPECT_TRUE(CheckBurden(list).ok());
  list.set_photo_policy(static_cast<rec::PhotoPolicy>(4));
  ExpectRefused(list, "Checklist.photo_policy", "照片");
  list.set_photo_policy(rec::PHOTO_POLICY_WELCOME);
  list.mutable_items(0)->set_text("现场打卡");
  ExpectRefused(list, "Checklist.items[leak].text", "打卡");
  list.mutable_items(0)->set_text("必须上传照片");
  ExpectRefused(list, "Checklist.items[leak].text", "照片");
}

TEST(BurdenGuard, EvidenceIsRequiredFromASeverityOnOnly) {
  rec::Standard standard;
  rec::EvidenceRule* rule = standard.add_evidence();
  rule->set_policy(rec::EVIDENCE_POLICY_REQUIRED);
  ExpectRefused(standard, "Standard.evidence.severity", "照片");
  rule->set_severity(rec::SEVERITY_SERIOUS);
  EXPECT_TRUE(CheckBurden(standard).ok());
}

TEST(BurdenGuard, PlansAndIncentivesToo) {
  rec::Plan plan;
  plan.set_name("水源井周巡查");
  EXPECT_TRUE(CheckBurden(plan).ok());
  plan.set_name("护路员每日签到");
  ExpectRefused(plan, "Plan.name", "签到");
  plan.set_name("Patrol track required");
  ExpectRefused(plan, "Plan.name", "tracks");
  rec::IncentiveRule rule;
  rule.set_name("考核优秀奖励");
  rule.set_indicator(rec::INDICATOR_GOOD_CONDITION);
  rule.set_basis("不看登录次数");  // a text
  EXPECT_TRUE(CheckBurden(rule).ok());
  rule.set_name("登录奖励");
  ExpectRefused(rule, "IncentiveRule.name", "登录");
  rule.set_name("奖励");
  rule.set_indicator(static_cast<rec::Indicator>(99));
  ExpectRefused(rule, "IncentiveRule.indicator", "实绩");
}

TEST(BurdenGuard, TextsAndOtherRecordsPass) {
  rec::ImplementationPlan plan;
  plan.set_text("按国办函〔2026〕12号，不得要求打卡签到、积分排名");
  EXPECT_TRUE(CheckBurden(plan).ok());
  rec::Inspection inspection;
  inspection.set_note("登录不上");
  EXPECT_TRUE(CheckBurden(inspection).ok());
}

TEST(BurdenGuard, KeysOfConfigurationFiles) {
  EXPECT_FALSE(CheckBurdenName("guanhu.toml", "login_quota").ok());
  EXPECT_FALSE(CheckBurdenName("guanhu.toml", "inspection.photo-on-ok").ok());
  EXPECT_FALSE(CheckBurdenName("guanhu.toml", "require_track").ok());
  EXPECT_FALSE(CheckBurdenName("guanhu.toml", "min_online_minutes").ok());
  EXPECT_TRUE(CheckBurdenName("guanhu.toml", "sync_interval_s").ok());
  EXPECT_TRUE(CheckBurdenName("guanhu.toml", "inspection.window_days").ok());
}

}  // namespace
}  // namespace guanhu::domain
