#include "common/api/lives.h"

#include <algorithm>
#include <limits>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/api/views.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/domain/steps.h"
#include "common/schema/check.h"
#include "common/schema/refs.h"
#include "guanhu/records/v1/work_order.pb.h"

namespace guanhu::api {
namespace {

namespace pb = google::protobuf;
constexpr absl::string_view kActPrefix = "STEP_ACT_";

const pb::EnumDescriptor* StateEnum(const schema::RecordInfo& record) {
  const schema::FieldInfo* field = record.Field(absl::string_view("state"));
  return field == nullptr ? nullptr : field->descriptor->enum_type();
}

// "DISPATCHED" of ORDER_STATE_DISPATCHED.
std::string StateName(const pb::EnumDescriptor& type, int state) {
  const pb::EnumValueDescriptor* value = type.FindValueByNumber(state);
  if (value == nullptr) return absl::StrCat(state);
  const pb::EnumValueDescriptor* zero = type.FindValueByNumber(0);
  const std::string prefix = zero == nullptr ? "" : std::string(absl::StripSuffix(zero->name(), "UNSPECIFIED"));
  return std::string(absl::StripPrefix(value->name(), prefix));
}

absl::string_view FateName(domain::Fate fate) {
  return fate == domain::Fate::kEffective ? "effective" : fate == domain::Fate::kParallel ? "parallel" : "refused";
}

std::string TitleOf(const node::Node& node, const Views& views, const base::RecordId& id) {
  std::string title;
  const absl::StatusOr<Named> named = views.Record(base::ToText(id));
  if (named.ok()) {
    const auto state = node.Get(named->type, id);
    v1::RecordView view;
    if (state.ok() && *state) views.Fill(*named, **state, &view);
    title = view.title();
  }
  return title.empty() ? base::ToText(base::ShortHash(id)) : title;
}

void FillStep(const ledger::StepRow& row, const domain::Judged& judged, const node::Node& node, const Views& views,
              v1::StepView* out) {
  const records::v1::Step& step = row.step;
  const pb::EnumDescriptor& acts = *records::v1::StepAct_descriptor();
  out->set_id(base::ToText(row.id));
  out->set_act(ActName(step.act()));
  out->set_act_zh(schema::EnumLabel(acts, step.act(), schema::Language::kChinese));
  out->set_act_en(schema::EnumLabel(acts, step.act(), schema::Language::kEnglish));
  out->set_at_ms(domain::TimeOf(row.act));
  *out->mutable_author() = views.AuthorOf(row.act.origin, row.act.stamp, row.act.by);
  out->set_reason(step.reason());
  if (step.has_party()) out->set_party(TitleOf(node, views, schema::FromRef(step.party(), row.id.scope)));
  out->set_amount_fen(step.amount_fen());
  out->set_score(step.score());
  out->set_photos(static_cast<uint32_t>(step.photos_size()));
  out->set_fate(std::string(FateName(judged.fate)));
  out->set_why(views.language() == schema::Language::kChinese ? judged.why_zh : judged.why_en);
}

}  // namespace

std::string ActName(int act) {
  const pb::EnumValueDescriptor* value = records::v1::StepAct_descriptor()->FindValueByNumber(act);
  return value == nullptr ? absl::StrCat(act) : std::string(absl::StripPrefix(value->name(), kActPrefix));
}

absl::StatusOr<records::v1::StepAct> ParseAct(const schema::RecordInfo& record, absl::string_view text) {
  const std::string wanted = absl::AsciiStrToUpper(absl::StrReplaceAll(text, {{"-", "_"}, {" ", "_"}}));
  const pb::EnumDescriptor& acts = *records::v1::StepAct_descriptor();
  std::set<std::string> names;
  for (const schema::Transition& row : record.life) {
    const std::string zh = schema::EnumLabel(acts, row.act, schema::Language::kChinese);
    if (ActName(row.act) == wanted || zh == text) return static_cast<records::v1::StepAct>(row.act);
    names.insert(absl::StrCat(absl::AsciiStrToLower(absl::StrReplaceAll(ActName(row.act), {{"_", "-"}})), " ", zh));
  }
  if (names.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(schema::Label(record), " has no life cycle: it is edited, not acted on"));
  }
  return absl::InvalidArgumentError(absl::StrCat("\"", base::Printable(text), "\" is no act of ", schema::Label(record),
                                                 "; there are ", absl::StrJoin(names, ", ")));
}

std::optional<int> Lives::State(uint32_t type, const base::RecordId& id) const {
  const schema::RecordInfo* info = schema_->Type(type);
  if (info == nullptr || info->life.empty()) return std::nullopt;
  if (const std::optional<ledger::CaseRow> row = book_->Case(id)) return row->state;
  bool any = false;
  const absl::Status looked = links_->Visit(id, ledger::kStepType, [&](const base::RecordId&) {
    any = true;
    return false;
  });
  if (looked.ok() && !any) return info->born;
  const absl::StatusOr<ledger::RecordLife> life = Life(type, id);
  if (!life.ok()) return std::nullopt;
  return life->life.state;
}

absl::StatusOr<ledger::RecordLife> Lives::Life(uint32_t type, const base::RecordId& id) const {
  absl::StatusOr<ledger::RecordLife> life = ledger::LifeOf(*node_, *schema_, *links_, type, id);
  if (life.status().code() != absl::StatusCode::kDataLoss) return life;
  // The index is damaged; the records may not be.
  return ledger::LifeOf(*node_, *schema_, ledger::WalkedLinks(node_, schema_), type, id);
}

absl::Status Lives::Fill(uint32_t type, const base::RecordId& id, const pb::Message& shown, const Views& views,
                         int64_t now_ms, v1::LifeView* out) const {
  const schema::RecordInfo* info = schema_->Type(type);
  if (info == nullptr || info->life.empty()) return absl::OkStatus();
  GUANHU_ASSIGN_OR_RETURN(const ledger::RecordLife life, Life(type, id));
  if (const pb::EnumDescriptor* states = StateEnum(*info)) {
    out->set_state(StateName(*states, life.life.state));
    out->set_state_zh(schema::EnumLabel(*states, life.life.state, schema::Language::kChinese));
    out->set_state_en(schema::EnumLabel(*states, life.life.state, schema::Language::kEnglish));
  }
  out->set_contested(life.life.contested);
  out->set_since_ms(life.life.since_ms);
  for (const domain::Judged& judged : life.life.acts)
    FillStep(life.steps[judged.act], judged, *node_, views, out->add_steps());
  std::set<std::string> acts;
  for (const schema::Transition& row : info->life) {
    if (row.from.empty() || std::find(row.from.begin(), row.from.end(), life.life.state) != row.from.end())
      acts.insert(ActName(row.act));
  }
  for (const std::string& act : acts) out->add_acts(act);
  if (type != ledger::kOrderType) return absl::OkStatus();
  records::v1::WorkOrder order;
  order.CopyFrom(shown);
  std::vector<domain::Act> done;
  for (const ledger::StepRow& row : life.steps) done.push_back(row.act);
  const std::optional<int64_t> due = order.has_due_ms() ? std::optional<int64_t>(order.due_ms()) : std::nullopt;
  const domain::OrderClock clock = domain::ClockOf(life.life, done, life.born_ms, due, now_ms);
  v1::ClockView* view = out->mutable_clock();
  view->set_dispatched_ms(clock.dispatched_ms);
  view->set_done_ms(clock.done_ms);
  view->set_paused_ms(clock.paused_ms);
  view->set_returns(static_cast<uint32_t>(clock.returns));
  view->set_breached(clock.breached);
  return absl::OkStatus();
}

absl::Status Lives::Propose(uint32_t type, const base::RecordId& id, absl::Time now, base::PersonId person, bool force,
                            schema::Language language, records::v1::Step& step) const {
  const schema::RecordInfo* info = schema_->Type(type);
  if (info == nullptr || info->life.empty())
    return absl::InvalidArgumentError("this record has no life cycle: it is edited, not acted on");
  GUANHU_ASSIGN_OR_RETURN(const ledger::RecordLife seen, Life(type, id));
  for (const base::RecordId& head : seen.life.heads) *step.add_after() = schema::ToRef(head, id.scope);
  // Behind everything that this node has seen, and named like nothing that was ever written.
  ledger::StepRow proposed;
  proposed.id = {id.scope, node_->origin(), std::numeric_limits<int64_t>::max(), 0};
  model::Sibling written;
  written.origin = proposed.id.origin;
  written.seq = proposed.id.seq;
  written.stamp.wall_ms = absl::ToUnixMillis(now);
  written.person = person;
  const schema::Writer writer{static_cast<schema::Tier>(node_->tier()), ~uint64_t{0},
                              node_->tier() == domain::Tier::kCity};
  proposed.act = domain::ActOf(step, proposed.id, written, writer, node_->node());
  proposed.step = step;
  GUANHU_ASSIGN_OR_RETURN(const ledger::RecordLife then,
                          ledger::LifeOf(*node_, *schema_, *links_, type, id, &proposed));
  for (const domain::Judged& judged : then.life.acts) {
    if (then.steps[judged.act].id != proposed.id || judged.fate == domain::Fate::kEffective || force) continue;
    const bool may = std::any_of(info->life.begin(), info->life.end(), [&](const schema::Transition& row) {
      return row.act == step.act() && schema::Allows(row.writers, writer);
    });
    const std::string& why = language == schema::Language::kChinese ? judged.why_zh : judged.why_en;
    return may ? absl::FailedPreconditionError(why) : absl::PermissionDeniedError(why);
  }
  return absl::OkStatus();
}

}  // namespace guanhu::api
