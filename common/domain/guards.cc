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
  if (m.facts.grade != records::v1::GRADE_A && m.facts.grade != records::v1::GRADE_B) return true;
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
    {"pause_asked", PauseAsked, "没有待批的挂起申请；请先申请挂起",
     "no pause is asked for; ask for one first"},
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
};

}  // namespace

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
