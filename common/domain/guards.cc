#include "common/domain/guards.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "guanhu/records/v1/step.pb.h"

namespace guanhu::domain {
namespace {

constexpr int64_t kReopenMs = int64_t{15} * 86'400'000;

std::optional<int64_t> Number(const Moment& m, const char* name) {
  const auto it = m.facts.numbers.find(name);
  if (it == m.facts.numbers.end()) return std::nullopt;
  return it->second;
}

bool Within15Days(const Moment& m) { return TimeOf(m.act) - m.since_ms <= kReopenMs; }

bool ReturnedTwice(const Moment& m) {
  const auto it = m.taken.find(records::v1::STEP_ACT_RETURN);
  return it != m.taken.end() && it->second >= 2;
}

bool PauseAsked(const Moment& m) { return m.pause_asked; }

bool AfterPhoto(const Moment& m) { return m.act.has_evidence || Number(m, "evidence_required").value_or(0) == 0; }

bool CheckedAb(const Moment& m) {
  if (!UnderGradeAb(m.facts, m.act)) return true;
  const schema::FieldInfo* field = m.record.Field(absl::string_view("state"));
  if (field == nullptr || field->descriptor->enum_type() == nullptr) return false;
  const google::protobuf::EnumValueDescriptor* value = field->descriptor->enum_type()->FindValueByNumber(m.state);
  return value != nullptr && absl::EndsWith(value->name(), "_CHECKED");
}

using Wide = __int128;  // a peer may have made up any count

bool QuorumAndMajority(const Moment& m) {
  const int64_t yes = Number(m, "votes_yes").value_or(0);
  const int64_t cast = Number(m, "votes_cast").value_or(0);
  const int64_t eligible = Number(m, "eligible").value_or(0);
  const int64_t quorum_bp = Number(m, "quorum_bp").value_or(10'000);
  return eligible > 0 && Wide{cast} * 10'000 >= Wide{eligible} * quorum_bp && Wide{yes} * 2 > cast;
}

bool LevyWithinCap(const Moment& m) {
  const std::optional<int64_t> levy = Number(m, "levy_fen");
  const std::optional<int64_t> cap = Number(m, "cap_fen");
  return levy && cap && *levy <= *cap;
}

bool NotDoublePosted(const Moment& m) { return Number(m, "double_posted").value_or(0) == 0; }

bool ClaimsOnly(const Moment& m) {
  const schema::Tier tier = m.act.writer.tier;
  return m.act.writer.city || tier == schema::Tier::kTownship || tier == schema::Tier::kCity ||
         Number(m, "is_claim").value_or(0) != 0;
}

bool LaterThan(const Moment& m, const char* name) {
  const std::optional<int64_t> at = Number(m, name);
  return at && TimeOf(m.act) > *at;
}
bool NoticeOver(const Moment& m) { return LaterThan(m, "notice_to_ms"); }
bool TermOver(const Moment& m) { return LaterThan(m, "to_ms"); }
bool NoticeRunning(const Moment& m) {
  const std::optional<int64_t> from = Number(m, "notice_from_ms");
  return from && TimeOf(m.act) >= *from && Number(m, "notice_to_ms") && !NoticeOver(m);
}
bool UnchangedSinceReview(const Moment& m) { return m.facts.written <= m.reviewed; }
bool PaysInFull(const Moment& m) { return m.act.amount_fen == Number(m, "amount_fen"); }

template <const char* kName>
bool Fact(const Moment& m) {
  return Number(m, kName).value_or(0) != 0;
}
constexpr char kTitleReady[] = "title_ready";
constexpr char kSchemeSound[] = "scheme_sound";
constexpr char kEvidenceFrozen[] = "evidence_frozen";
constexpr char kClassSet[] = "promotion_class_set";
constexpr char kDecisionSet[] = "trial_decision_set";
constexpr char kPilotCap[] = "within_pilot_cap";
constexpr char kReversed[] = "reversed_in_full";
constexpr char kCredit[] = "credit_decidable";
constexpr char kHandOver[] = "hand_over_complete";
bool HandOverComplete(const Moment& m) { return m.act.has_reason || Fact<kHandOver>(m); }

struct Guard {
  const char* name;
  bool (*holds)(const Moment&);
  const char* zh;
  const char* en;
};

constexpr Guard kGuards[] = {
    {"within_15_days", Within15Days, "已超过15天，请另行上报", "more than 15 days have passed; make a new report"},
    {"returned_twice", ReturnedTwice, "退单未满两次，尚不能指定承办；请先派单",
     "it was not returned twice yet; dispatch it instead of assigning it with finality"},
    {"pause_asked", PauseAsked, "没有待批的挂起申请；请先申请挂起", "no pause is asked for; ask for one first"},
    {"after_photo", AfterPhoto, "缺少完工照片；请补拍后再报完工",
     "the photo of the finished work is missing; take it and finish again"},
    {"checked_ab", CheckedAb, "甲、乙级设施须先经他人核查通过",
     "for an asset of grade A or B somebody else must check the work first"},
    {"quorum_and_majority", QuorumAndMajority, "表决未达到法定人数或未过半数",
     "the vote had no quorum or no majority; hold it again"},
    {"levy_within_cap", LevyWithinCap, "筹资超过限额或限额未登记；请核对筹资额",
     "the levy is above the cap, or no cap is on record; correct the levy"},
    {"not_double_posted", NotDoublePosted, "同一凭证已入账；请核对后处理",
     "the same receipt is posted already; compare the two entries"},
    {"claims_only", ClaimsOnly, "村级只能提交申请，入账由乡镇或市办理",
     "a village may only claim; the township or the city posts"},
    {"notice_over", NoticeOver, "公示期未满或未登记公示期", "the notice period is not over, or none is on record"},
    {"notice_running", NoticeRunning, "不在公示期内", "this is outside the notice period"},
    {"term_over", TermOver, "期限未到", "the term is not over"},
    {"pays_in_full", PaysInFull, "缴纳金额与应缴金额不符", "the amount paid is not the amount of the bill"},
    {kTitleReady, Fact<kTitleReady>, "缺少产权人、凭证或公示期",
     "the owner, the evidence or the notice period is missing"},
    {kSchemeSound, Fact<kSchemeSound>, "考核方案不完整：同级权重须合计100%，末级须有指标",
     "the scheme is not sound: weights of siblings sum to 100 %, every leaf names an indicator"},
    {kEvidenceFrozen, Fact<kEvidenceFrozen>, "尚未固定取数，或摘要不符",
     "no evidence is frozen, or its digest differs"},
    {kClassSet, Fact<kClassSet>, "请先填写推广类别", "set the promotion class first"},
    {kDecisionSet, Fact<kDecisionSet>, "请先填写试用结论", "set the decision on the trial first"},
    {kPilotCap, Fact<kPilotCap>, "试点数量超过上限", "there are more places than the pilot may have"},
    {kReversed, Fact<kReversed>, "没有等额的冲销流水", "there is no entry that reverses this one in full"},
    {kCredit, Fact<kCredit>, "缺少认定依据或等级", "the basis or the level is missing"},
    {"unchanged_since_review", UnchangedSinceReview, "审核后又有改动，请重新审核",
     "it was changed after its review; review it again"},
    {kHandOver, HandOverComplete, "移交要件不全；如仍要移交，请写明原因",
     "owner, duty, funds or standard are missing; give a reason to hand over all the same"},
};

}  // namespace

bool UnderGradeAb(const Facts& facts, const Act& act) {
  const bool critical = facts.grade == records::v1::GRADE_A || facts.grade == records::v1::GRADE_B;
  return critical && facts.graded <= act.stamp;
}

std::optional<Why> Objection(absl::string_view guard, const Moment& moment) {
  if (guard.empty()) return std::nullopt;
  for (const Guard& g : kGuards) {
    if (guard != g.name) continue;
    if (g.holds(moment)) return std::nullopt;
    return Why{g.zh, g.en};
  }
  return Why{absl::StrCat("本机版本过旧，不认识规则“", guard, "”；请升级后再看"),
             absl::StrCat("this version is too old: it does not know the rule \"", guard, "\"; update the program")};
}

}  // namespace guanhu::domain
