#include "common/domain/lifecycle.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/domain/guards.h"
#include "common/domain/merged_order.h"
#include "common/schema/display.h"
#include "guanhu/records/v1/step.pb.h"

namespace guanhu::domain {
namespace {

namespace rec = records::v1;
using schema::Need;
using schema::Transition;

// The record while acts are applied to it.
struct Stage {
  int state = 0;
  const Act* lead = nullptr;  // whose act led to the state
  int64_t since_ms = 0;
  bool pause_asked = false;
  model::Stamp reviewed;
  std::map<int, uint32_t> taken;
};

enum class Objected : uint8_t { kNothing, kUnknownAct, kState, kWriter, kNeed, kTimes, kGuard };

struct Tried {
  const Transition* row = nullptr;  // the row that allows the act, or that came nearest
  Objected objected = Objected::kUnknownAct;
  Need need = Need::kReason;
  std::optional<Why> guard;
};

struct NeedText {
  Need need;
  const char* zh;
  const char* en;
};
constexpr NeedText kNeedTexts[] = {
    {Need::kReason, "须写明原因", "a reason is missing; write one"},
    {Need::kEvidence, "须附照片或文件", "a photo or file is missing; add one"},
    {Need::kParty, "须指明承办方", "it does not say who takes over; name somebody"},
    {Need::kSomeoneElse, "须由另一人在另一终端办理", "somebody else must do it than the one before"},
    {Need::kUntil, "须写明期限", "a time limit is missing; give one"},
    {Need::kAmount, "须写明金额", "the amount is missing; give it"},
    {Need::kScore, "须给出1至5分的评分", "the score of 1 to 5 is missing; give it"},
    {Need::kOther, "须指明相关记录", "the other record is missing; name it"},
};

bool SomeoneElse(const Act& act, const Act* lead) {
  if (lead == nullptr) return true;
  if (act.by && lead->by) return act.by != lead->by;
  return act.device != lead->device;
}

bool Has(const Act& act, Need need, const Stage& stage) {
  switch (need) {
    case Need::kReason:
      return act.has_reason;
    case Need::kEvidence:
      return act.has_evidence;
    case Need::kParty:
      return act.has_party;
    case Need::kSomeoneElse:
      return SomeoneElse(act, stage.lead);
    case Need::kUntil:
      return act.has_until;
    case Need::kAmount:
      return act.has_amount;
    case Need::kScore:
      return act.has_score;
    case Need::kOther:
      return act.has_other;
  }
  return false;  // a need of a newer version
}

// Acts at some positions of the merged order, judged by themselves.
struct Hearing {
  Stage stage;                    // after them
  std::vector<bool> effective;    // by position
  std::vector<size_t> beaten_by;  // by position: the act of higher rank that stands instead, or kNone
};
constexpr size_t kNone = ~size_t{0};

// An act as its writer knew the record.
struct Own {
  int state = 0;
  Tried tried;
  bool allowed() const { return tried.objected == Objected::kNothing; }
};

class Court {
 public:
  Court(const schema::RecordInfo& record, const Facts& facts, const Act* made, absl::Span<const Act> acts);
  Life Hold();

 private:
  const Act& At(size_t position) const { return acts_[order_.ActAt(position)]; }
  Stage Start() const;
  std::optional<Need> Missing(const std::vector<Need>& needs, const Act& act, const Stage& stage) const;
  Tried TryRow(const Transition& row, const Act& act, const Stage& stage) const;
  Tried Try(const Act& act, const Stage& stage) const;
  void Take(const Act& act, const Transition& row, Stage& stage) const;
  Hearing Hear(const std::vector<size_t>& positions) const;
  void Run(const std::vector<size_t>& positions, Hearing& hearing) const;
  void Rank(const std::vector<size_t>& positions, Hearing& hearing) const;
  Judged Judge(size_t position, const Hearing& all, Stage& stage) const;
  size_t Blocker(size_t position, const Hearing& all) const;
  bool Contested(const Life& life, const Hearing& all) const;
  bool Settled(size_t position, const Life& life, const Hearing& all) const;
  void SayRefused(const Act& act, const Own& own, Judged& out) const;
  void SayParallel(size_t position, size_t blocker, Judged& out) const;
  std::string StateText(int state, schema::Language language) const;

  const schema::RecordInfo& record_;
  const Facts& facts_;
  const Act* const made_;
  const absl::Span<const Act> acts_;
  const MergedOrder order_;
  const size_t count_;           // positions that are judged
  std::vector<uint32_t> ranks_;  // by position
  std::vector<Own> own_;         // by position
};

Court::Court(const schema::RecordInfo& record, const Facts& facts, const Act* made, absl::Span<const Act> acts)
    : record_(record),
      facts_(facts),
      made_(made),
      acts_(acts),
      order_(acts),
      count_(std::min(order_.size(), kActsMax)),
      ranks_(count_) {
  size_t ranked = 0;
  for (size_t p = 0; p < count_; ++p) {
    for (const Transition& row : record_.life) {
      if (row.act == At(p).act) ranks_[p] = std::max(ranks_[p], row.rank);
    }
    if (ranks_[p] > 0 && ++ranked > kRankedMax) ranks_[p] = 0;
  }
}

std::string ActText(int act, schema::Language language) {
  return schema::EnumLabel(*rec::StepAct_descriptor(), act, language);
}

std::string Court::StateText(int state, schema::Language language) const {
  const schema::FieldInfo* field = record_.Field(absl::string_view("state"));
  if (field == nullptr || field->descriptor->enum_type() == nullptr) return absl::StrCat(state);
  return schema::EnumLabel(*field->descriptor->enum_type(), state, language);
}

Stage Court::Start() const {
  Stage s;
  s.state = record_.born;
  s.lead = made_;
  s.since_ms = made_ == nullptr ? 0 : TimeOf(*made_);
  return s;
}

std::optional<Need> Court::Missing(const std::vector<Need>& needs, const Act& act, const Stage& stage) const {
  for (Need need : needs) {
    if (!Has(act, need, stage)) return need;
  }
  return std::nullopt;
}

Tried Court::TryRow(const Transition& row, const Act& act, const Stage& stage) const {
  Tried out;
  out.row = &row;
  if (!row.from.empty() && std::find(row.from.begin(), row.from.end(), stage.state) == row.from.end()) {
    out.objected = Objected::kState;
    return out;
  }
  if (!schema::Allows(row.writers, act.writer)) {
    out.objected = Objected::kWriter;
    return out;
  }
  std::optional<Need> missing = Missing(row.needs, act, stage);
  if (!missing && UnderGradeAb(facts_, act)) missing = Missing(row.needs_ab, act, stage);
  if (missing) {
    out.objected = Objected::kNeed;
    out.need = *missing;
    return out;
  }
  const auto taken = stage.taken.find(act.act);
  if (row.times_max != 0 && taken != stage.taken.end() && taken->second >= row.times_max) {
    out.objected = Objected::kTimes;
    return out;
  }
  const Moment moment{facts_,      act,           record_, stage.state, stage.since_ms, stage.pause_asked,
                      stage.taken, stage.reviewed};
  out.guard = Objection(row.guard, moment);
  out.objected = out.guard ? Objected::kGuard : Objected::kNothing;
  return out;
}

Tried Court::Try(const Act& act, const Stage& stage) const {
  Tried nearest;
  for (const Transition& row : record_.life) {
    if (row.act != act.act) continue;
    Tried tried = TryRow(row, act, stage);
    if (tried.objected == Objected::kNothing) return tried;
    if (nearest.row == nullptr || nearest.objected == Objected::kState) nearest = std::move(tried);
  }
  return nearest;
}

void Court::Take(const Act& act, const Transition& row, Stage& stage) const {
  ++stage.taken[act.act];
  if (act.act == rec::STEP_ACT_ASK_PAUSE) stage.pause_asked = true;
  if (act.act == rec::STEP_ACT_ALLOW_PAUSE || act.act == rec::STEP_ACT_REFUSE_PAUSE ||
      act.act == rec::STEP_ACT_RESUME) {
    stage.pause_asked = false;
  }
  if (act.act == rec::STEP_ACT_REVIEW) stage.reviewed = std::max(stage.reviewed, act.stamp);
  if (row.to < 0) return;
  stage.state = row.to;
  // Sent back to the start it is its maker's again: who sent it back may judge it the next time, the maker may not.
  stage.lead = row.to == record_.born ? made_ : &act;
  stage.since_ms = TimeOf(act);
}

// Lets the acts that are not beaten take effect one after the other.
void Court::Run(const std::vector<size_t>& positions, Hearing& hearing) const {
  hearing.stage = Start();
  hearing.effective.assign(count_, false);
  for (size_t p : positions) {
    if (hearing.beaten_by[p] != kNone || !(own_[p].allowed() || order_.Incomplete(p))) continue;
    const Tried tried = Try(At(p), hearing.stage);
    if (tried.objected != Objected::kNothing) continue;
    Take(At(p), *tried.row, hearing.stage);
    hearing.effective[p] = true;
  }
}

// Acts of the highest rank first: where one takes effect without the lower ones beside it, those have none.
void Court::Rank(const std::vector<size_t>& positions, Hearing& hearing) const {
  std::vector<size_t> ranked;
  for (size_t p : positions) {
    if (ranks_[p] > 0) ranked.push_back(p);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [&](size_t a, size_t b) { return ranks_[a] > ranks_[b]; });
  for (size_t high : ranked) {
    if (hearing.beaten_by[high] != kNone) continue;
    Hearing trial = hearing;
    bool any = false;
    for (size_t low : ranked) {
      if (ranks_[low] >= ranks_[high] || !order_.Concurrent(high, low) || trial.beaten_by[low] != kNone) continue;
      trial.beaten_by[low] = high;
      any = true;
    }
    if (!any) continue;
    Run(positions, trial);
    if (trial.effective[high]) hearing.beaten_by = std::move(trial.beaten_by);
  }
}

// Positions ascend; the own views of all of them are known.
Hearing Court::Hear(const std::vector<size_t>& positions) const {
  Hearing hearing;
  hearing.beaten_by.assign(count_, kNone);
  Rank(positions, hearing);
  Run(positions, hearing);
  return hearing;
}

// The act beside this one that took effect instead: its superior, else one of the same kind, else the last that moved
// the state.
size_t Court::Blocker(size_t position, const Hearing& all) const {
  if (all.beaten_by[position] != kNone) return all.beaten_by[position];
  size_t blocker = kNone;
  bool same = false;
  for (size_t p = 0; p < position; ++p) {
    if (!all.effective[p] || !order_.Concurrent(p, position)) continue;
    const bool p_same = At(p).act == At(position).act;
    if (same && !p_same) continue;
    blocker = p;
    same = p_same;
  }
  return blocker;
}

void Court::SayRefused(const Act& act, const Own& own, Judged& out) const {
  const Tried& tried = own.tried;
  const std::string zh = ActText(act.act, schema::Language::kChinese);
  const std::string en = ActText(act.act, schema::Language::kEnglish);
  const auto say = [&](absl::string_view why_zh, absl::string_view why_en) {
    out.why_zh = absl::StrCat("“", zh, "”：", why_zh);
    out.why_en = absl::StrCat("\"", en, "\": ", why_en);
  };
  switch (tried.objected) {
    case Objected::kNothing:
      return;
    case Objected::kUnknownAct:
      return say(absl::StrCat(record_.zh, "没有这一环节；请核对，或升级后再看"),
                 absl::StrCat(record_.en, " has no such step; check it, or update the program"));
    case Objected::kState:
      return say(
          absl::StrCat("“", StateText(own.state, schema::Language::kChinese), "”状态下不能办理；请先核对前序环节"),
          absl::StrCat("not possible in state \"", StateText(own.state, schema::Language::kEnglish),
                       "\"; look at the steps before it"));
    case Objected::kWriter:
      return say("本级无权办理；请报上级", "the writer may not do this; ask the tier above");
    case Objected::kTimes:
      return say(absl::StrCat("最多", tried.row->times_max, "次，已用完"),
                 absl::StrCat("allowed ", tried.row->times_max, " times, and that often it was done"));
    case Objected::kGuard:
      return say(tried.guard->zh, tried.guard->en);
    case Objected::kNeed:
      break;
  }
  for (const NeedText& text : kNeedTexts) {
    if (text.need == tried.need) return say(text.zh, text.en);
  }
  say("本机版本过旧，不认识所需材料；请升级", "this version does not know what is needed; update the program");
}

void Court::SayParallel(size_t position, size_t blocker, Judged& out) const {
  const int act = At(position).act;
  const std::string zh = ActText(act, schema::Language::kChinese);
  const std::string en = ActText(act, schema::Language::kEnglish);
  if (blocker == kNone) {
    out.why_zh = absl::StrCat("“", zh, "”：办理时不知道其他环节；已保留，不改变状态");
    out.why_en = absl::StrCat("\"", en, "\": written without knowing of other steps; kept, without effect");
    return;
  }
  const int by = At(blocker).act;
  if (by == act) {
    const bool paid = act == rec::STEP_ACT_FINISH;
    out.why_zh = absl::StrCat("平行的“", zh, "”：另一份已生效；本份保留", paid ? "，所报用工和费用一并送审" : "");
    out.why_en = absl::StrCat("parallel \"", en, "\": another one took effect; this one is kept",
                              paid ? ", and both costs go to review" : "");
    return;
  }
  out.why_zh = absl::StrCat("“", zh, "”：办理时不知道“", ActText(by, schema::Language::kChinese),
                            "”，以后者为准；本环节保留，不改变状态");
  out.why_en = absl::StrCat("\"", en, "\": written without knowing of \"", ActText(by, schema::Language::kEnglish),
                            "\", which stands; kept, without effect");
}

Judged Court::Judge(size_t position, const Hearing& all, Stage& stage) const {
  const Act& act = At(position);
  const Own& own = own_[position];
  Judged out;
  out.act = order_.ActAt(position);
  if (all.effective[position]) {
    out.fate = Fate::kEffective;
    out.from = stage.state;
    Take(act, *Try(act, stage).row, stage);
    out.to = stage.state;
  } else if (own.allowed()) {
    out.fate = Fate::kParallel;
    out.from = own.state;
    out.to = own.tried.row->to < 0 ? own.state : own.tried.row->to;
    SayParallel(position, Blocker(position, all), out);
  } else {
    out.from = own.state;
    SayRefused(act, own, out);
  }
  return out;
}

// Somebody wanted the same beside it, or somebody who knew both sides went on.
bool Court::Settled(size_t position, const Life& life, const Hearing& all) const {
  std::vector<size_t> beside;
  for (size_t o = 0; o < count_; ++o) {
    if (!all.effective[o] || !order_.Concurrent(o, position)) continue;
    if (life.acts[o].to == life.acts[position].to) return true;
    beside.push_back(o);
  }
  for (size_t o = position + 1; o < count_; ++o) {
    if (!all.effective[o] || !order_.Knows(o, position)) continue;
    for (size_t b : beside) {
      if (order_.Knows(o, b)) return true;
    }
  }
  return false;
}

bool Court::Contested(const Life& life, const Hearing& all) const {
  for (size_t p = 0; p < count_; ++p) {
    const Judged& act = life.acts[p];
    if (act.fate == Fate::kParallel && act.to != act.from && !Settled(p, life, all)) return true;
  }
  return false;
}

Life Court::Hold() {
  std::vector<size_t> everything;
  for (size_t p = 0; p < count_; ++p) {
    std::vector<size_t> known;
    for (size_t q = 0; q < p; ++q) {
      if (order_.Knows(p, q)) known.push_back(q);
    }
    const Stage seen = Hear(known).stage;
    own_.push_back({seen.state, Try(At(p), seen)});
    everything.push_back(p);
  }
  const Hearing all = Hear(everything);
  Life life;
  Stage stage = Start();
  for (size_t p = 0; p < count_; ++p) life.acts.push_back(Judge(p, all, stage));
  life.contested = Contested(life, all);
  for (size_t p = count_; p < order_.size(); ++p) {
    Judged out;
    out.act = order_.ActAt(p);
    out.from = stage.state;
    out.why_zh = absl::StrCat("环节过多（上限", kActsMax, "）；请另立记录");
    out.why_en = absl::StrCat("more than ", kActsMax, " steps; make a new record");
    life.acts.push_back(std::move(out));
  }
  life.state = stage.state;
  life.since_ms = stage.since_ms;
  for (size_t p : order_.heads()) life.heads.push_back(At(p).id);
  std::sort(life.heads.begin(), life.heads.end());
  return life;
}

}  // namespace

int64_t TimeOf(const Act& act) {
  constexpr int64_t kYear9999 = 253'402'300'799'999;  // a peer may send any number; sums of these do not overflow
  return std::clamp<int64_t>(act.at_ms != 0 ? act.at_ms : act.stamp.wall_ms, 0, kYear9999);
}

Life Judge(const schema::RecordInfo& record, const Facts& facts, const Act* made, absl::Span<const Act> acts) {
  return Court(record, facts, made, acts).Hold();
}

}  // namespace guanhu::domain
