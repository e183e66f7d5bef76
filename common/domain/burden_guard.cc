#include "common/domain/burden_guard.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "guanhu/records/v1/assessment.pb.h"
#include "guanhu/records/v1/duty.pb.h"
#include "guanhu/records/v1/fund.pb.h"
#include "guanhu/records/v1/plan.pb.h"

namespace guanhu::domain {
namespace {

namespace rec = guanhu::records::v1;

struct Clause {
  const char* zh;
  const char* en;
};
constexpr Clause kUsage = {"不得以使用率、登录次数考核", "use of the app and log-ins must not be counted"};
constexpr Clause kOnline = {"不得设置在线时长要求", "time online must not be counted"};
constexpr Clause kPoints = {"不得设置积分排名", "no points and no ranking by points"};
constexpr Clause kCheckIn = {"不得强制打卡签到", "no forced check-ins"};
constexpr Clause kTrack = {"非必要不得要求上传工作轨迹", "no forced tracks"};
constexpr Clause kPhoto = {"非必要不得要求上传工作照片、视频", "no forced photos or videos of work that is fine"};
constexpr Clause kOutcome = {"不得以应用程序作为日常考核工具，考核只看实绩", "only outcomes are assessed"};

absl::Status Refuse(const Clause& clause, absl::string_view field, absl::string_view value) {
  return absl::InvalidArgumentError(absl::StrCat("国办函〔2026〕12号：", clause.zh, " (", clause.en, "): ", field,
                                                 " = \"", value, "\". Take the setting out."));
}

// Words are compared with blanks, dashes and underscores left out.
struct Word {
  const char* text;
  const Clause& clause;
};
constexpr Word kWords[] = {
    {"使用率", kUsage},
    {"活跃度", kUsage},
    {"活跃率", kUsage},
    {"日活", kUsage},
    {"登录", kUsage},
    {"登陆", kUsage},
    {"安装率", kUsage},
    {"下载率", kUsage},
    {"appusage", kUsage},
    {"appuse", kUsage},
    {"login", kUsage},
    {"logon", kUsage},
    {"signin", kUsage},
    {"activeuser", kUsage},
    {"installrate", kUsage},
    {"usagequota", kUsage},
    {"在线时长", kOnline},
    {"在线时间", kOnline},
    {"使用时长", kOnline},
    {"onlinetime", kOnline},
    {"timeonline", kOnline},
    {"onlineminutes", kOnline},
    {"onlinehours", kOnline},
    {"screentime", kOnline},
    {"积分", kPoints},
    {"pointsrank", kPoints},
    {"pointranking", kPoints},
    {"leaderboard", kPoints},
    {"打卡", kCheckIn},
    {"签到", kCheckIn},
    {"checkin", kCheckIn},
    {"clockin", kCheckIn},
    {"轨迹", kTrack},
    {"forcedtrack", kTrack},
    {"trackrequired", kTrack},
    {"requiretrack", kTrack},
    {"gpstrack", kTrack},
    {"tracklength", kTrack},
    {"patroltrack", kTrack},
    {"上传照片", kPhoto},
    {"照片数", kPhoto},
    {"拍照率", kPhoto},
    {"photoquota", kPhoto},
    {"photosuploaded", kPhoto},
    {"photocount", kPhoto},
    {"photoonok", kPhoto},
    {"photorequiredonok", kPhoto},
    {"requirephoto", kPhoto},
    {"forcedphoto", kPhoto},
    {"上传视频", kPhoto},
};

// An indicator that this version can compute from outcomes.
absl::Status CheckIndicator(absl::string_view field, int indicator) {
  if (rec::Indicator_IsValid(indicator)) return absl::OkStatus();
  return Refuse(kOutcome, field, absl::StrCat(indicator));
}

absl::Status Check(const rec::AssessmentScheme& scheme) {
  GUANHU_RETURN_IF_ERROR(CheckBurdenName("AssessmentScheme.name", scheme.name()));
  for (const rec::SchemeNode& n : scheme.nodes()) {
    const std::string at = absl::StrCat("AssessmentScheme.nodes[id ", n.id(), "]");
    GUANHU_RETURN_IF_ERROR(CheckIndicator(absl::StrCat(at, ".indicator"), n.indicator()));
    GUANHU_RETURN_IF_ERROR(CheckBurdenName(absl::StrCat(at, ".name"), n.name()));
  }
  return absl::OkStatus();
}

absl::Status Check(const rec::Plan& plan) {
  GUANHU_RETURN_IF_ERROR(CheckBurdenName("Plan.name", plan.name()));
  return CheckBurdenName("Plan.checklist", plan.checklist());
}

absl::Status Check(const rec::Checklist& list) {
  // A policy that this version does not know may ask for more than a photo of what is wrong.
  if (!rec::PhotoPolicy_IsValid(list.photo_policy()))
    return Refuse(kPhoto, "Checklist.photo_policy", absl::StrCat(list.photo_policy()));
  GUANHU_RETURN_IF_ERROR(CheckBurdenName("Checklist.title", list.title()));
  for (const rec::ChecklistItem& item : list.items()) {
    const std::string at = absl::StrCat("Checklist.items[", item.id(), "]");
    GUANHU_RETURN_IF_ERROR(CheckBurdenName(absl::StrCat(at, ".id"), item.id()));
    GUANHU_RETURN_IF_ERROR(CheckBurdenName(absl::StrCat(at, ".text"), item.text()));
  }
  return absl::OkStatus();
}

absl::Status Check(const rec::Standard& standard) {
  GUANHU_RETURN_IF_ERROR(CheckBurdenName("Standard.title", standard.title()));
  for (const rec::EvidenceRule& rule : standard.evidence()) {
    if (!rec::EvidencePolicy_IsValid(rule.policy()))
      return Refuse(kPhoto, "Standard.evidence.policy", absl::StrCat(rule.policy()));
    // Without a severity the rule would hold for results where nothing is wrong.
    if (rule.policy() == rec::EVIDENCE_POLICY_REQUIRED && rule.severity() == rec::SEVERITY_UNSPECIFIED)
      return Refuse(kPhoto, "Standard.evidence.severity", rec::Severity_Name(rule.severity()));
  }
  return absl::OkStatus();
}

absl::Status Check(const rec::IncentiveRule& rule) {
  GUANHU_RETURN_IF_ERROR(CheckIndicator("IncentiveRule.indicator", rule.indicator()));
  return CheckBurdenName("IncentiveRule.name", rule.name());
}

// Whether the record is a `Message`, checked as one; `status` is its answer.
template <typename Message>
bool Judges(const google::protobuf::Message& record, absl::Status& status) {
  if (record.GetDescriptor() != Message::descriptor()) return false;
  Message message;
  message.CopyFrom(record);
  status = Check(message);
  return true;
}

}  // namespace

absl::Status CheckBurdenName(absl::string_view field, absl::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != ' ' && c != '-' && c != '_' && c != '.')
      plain.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
  }
  for (const Word& w : kWords) {
    if (absl::StrContains(plain, w.text)) return Refuse(w.clause, field, name);
  }
  return absl::OkStatus();
}

absl::Status CheckBurden(const google::protobuf::Message& record) {
  absl::Status status;
  const bool judged = Judges<rec::AssessmentScheme>(record, status) || Judges<rec::Plan>(record, status) ||
                      Judges<rec::Checklist>(record, status) || Judges<rec::Standard>(record, status) ||
                      Judges<rec::IncentiveRule>(record, status);
  return judged ? status : absl::OkStatus();
}

}  // namespace guanhu::domain
