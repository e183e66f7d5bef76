#include "common/ledger/life.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/domain/steps.h"
#include "common/schema/fields.h"
#include "common/schema/refs.h"
#include "common/schema/view.h"

namespace guanhu::ledger {

namespace pb = google::protobuf;

std::unique_ptr<pb::Message> ShownRecord(const node::Node& node, const schema::Schema& schema, uint32_t type,
                                         const model::RecordState& state) {
  const bool plain =
      std::all_of(state.fields.begin(), state.fields.end(), [](const auto& f) { return f.siblings.size() == 1; });
  if (!plain) {
    const schema::RecordView view = schema::ViewOf(
        schema, type, state, [&](const model::Sibling& s) { return static_cast<int>(node.AuthorTier(s.origin)); });
    auto message = schema::ParseRecord(schema, type, view.fields);
    return message.ok() ? *std::move(message) : nullptr;
  }
  std::unique_ptr<pb::Message> message = schema.NewMessage(type);
  if (message == nullptr) return nullptr;
  std::string bytes;
  for (const model::FieldState& f : state.fields) bytes += f.siblings.front().raw;
  return message->ParsePartialFromString(bytes) ? std::move(message) : nullptr;
}

std::string NameIn(const pb::Message& shown) {
  for (const char* name : {"name", "name_zh", "title", "code"}) {
    const pb::FieldDescriptor* f = shown.GetDescriptor()->FindFieldByName(name);
    if (f == nullptr || f->is_repeated() || f->type() != pb::FieldDescriptor::TYPE_STRING) continue;
    std::string text = shown.GetReflection()->GetString(shown, f);
    if (!text.empty()) return text;
  }
  return "";
}

int64_t BornMs(const base::RecordId& id, const model::RecordState& state) {
  int64_t earliest = 0;
  for (const model::FieldState& f : state.fields) {
    for (const model::Sibling& s : f.siblings) {
      if (s.origin == id.origin && s.seq == id.seq) return s.stamp.wall_ms;
      if (earliest == 0 || s.stamp.wall_ms < earliest) earliest = s.stamp.wall_ms;
    }
  }
  return earliest;
}

domain::Act ActOf(const node::Node& node, const base::RecordId& id, const records::v1::Step& step,
                  const model::RecordState& state) {
  model::Sibling written;
  if (const model::FieldState* act = state.Find(records::v1::Step::kActFieldNumber)) written = act->siblings.front();
  const auto author = node.Author(id.origin);
  schema::Writer writer;
  writer.tier = static_cast<schema::Tier>(node.AuthorTier(id.origin));
  writer.city = author && author->city;
  return domain::ActOf(step, id, written, writer, author ? author->node : base::NodeId{});
}

absl::StatusOr<RecordLife> LifeOf(const node::Node& node, const schema::Schema& schema, const Links& links,
                                  uint32_t type, const base::RecordId& id, const StepRow* proposed) {
  GUANHU_ASSIGN_OR_RETURN(const std::optional<model::RecordState> state, node.Get(type, id));
  if (schema.Type(type) == nullptr || !state) return absl::NotFoundError("the record is not here");
  const std::shared_ptr<const pb::Message> shown = ShownRecord(node, schema, type, *state);
  if (shown == nullptr) return absl::NotFoundError("the record cannot be read by this version");
  GUANHU_ASSIGN_OR_RETURN(const domain::Facts facts, FactsOf(node, schema, links, type, id, *shown));
  GUANHU_ASSIGN_OR_RETURN(RecordLife life, LifeOf(node, schema, links, type, id, facts, proposed));
  life.shown = shown;
  return life;
}

absl::StatusOr<RecordLife> LifeOf(const node::Node& node, const schema::Schema& schema, const Links& links,
                                  uint32_t type, const base::RecordId& id, const domain::Facts& facts,
                                  const StepRow* proposed) {
  const schema::RecordInfo* info = schema.Type(type);
  GUANHU_ASSIGN_OR_RETURN(const std::optional<model::RecordState> state, node.Get(type, id));
  if (info == nullptr || !state) return absl::NotFoundError("the record is not here");
  RecordLife out;
  out.born_ms = BornMs(id, *state);
  absl::Status inner;
  GUANHU_RETURN_IF_ERROR(links.Visit(id, kStepType, [&](const base::RecordId& source) {
    const absl::StatusOr<std::optional<model::RecordState>> step_state = node.Get(kStepType, source);
    if (!step_state.ok()) inner = step_state.status();
    if (!step_state.ok() || !*step_state) return inner.ok();
    const std::unique_ptr<pb::Message> shown = ShownRecord(node, schema, kStepType, **step_state);
    if (shown == nullptr) return true;
    StepRow row;
    row.id = source;
    row.step.CopyFrom(*shown);
    if (row.step.deleted()) return true;
    row.act = ActOf(node, source, row.step, **step_state);
    out.steps.push_back(std::move(row));
    return true;
  }));
  GUANHU_RETURN_IF_ERROR(inner);
  if (proposed != nullptr) out.steps.push_back(*proposed);
  domain::Act made;
  made.id = id;
  made.origin = id.origin;
  made.seq = id.seq;
  made.stamp.wall_ms = out.born_ms;
  made.at_ms = out.born_ms;
  for (const model::FieldState& f : state->fields) {
    for (const model::Sibling& s : f.siblings) {
      if (s.origin == id.origin && s.seq == id.seq) made.by = s.person;
    }
  }
  if (const auto author = node.Author(id.origin)) {
    made.device = author->node;
    made.writer.city = author->city;
  }
  made.writer.tier = static_cast<schema::Tier>(node.AuthorTier(id.origin));
  std::vector<domain::Act> acts;
  for (const StepRow& row : out.steps) acts.push_back(row.act);
  out.life = domain::Judge(*info, facts, &made, acts);
  return out;
}

}  // namespace guanhu::ledger
