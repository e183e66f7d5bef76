#include "common/schema/view.h"

#include <map>
#include <string>
#include <utility>

#include "common/schema/wire.h"

namespace guanhu::schema {
namespace {

std::vector<Candidate> CandidatesOf(const model::FieldState& field, const AuthorityOf& authority) {
  std::vector<Candidate> out;
  out.reserve(field.siblings.size());
  for (const model::Sibling& s : field.siblings) {
    out.push_back({s.raw, s.stamp, s.origin, s.seq, field.siblings.size() > 1 ? authority(s) : 0});
  }
  return out;
}

void Take(RecordView& view, const model::FieldState& field, const FieldInfo* info, const Resolution& r,
          absl::Span<const Candidate> candidates) {
  const absl::string_view value = r.Value(candidates);
  if (!value.empty()) view.fields.push_back({field.number, std::string(value)});
  if (r.conflict == Conflict::kNone) return;
  OpenConflict open;
  open.number = field.number;
  open.info = info;
  open.kind = r.conflict;
  if (r.winner >= 0) open.shown = field.siblings[static_cast<size_t>(r.winner)];
  for (int i : r.others) open.others.push_back(field.siblings[static_cast<size_t>(i)]);
  view.conflicts.push_back(std::move(open));
}

bool IsTrue(absl::string_view raw) {
  WireField f;
  bool value = false;
  while (!raw.empty() && NextField(raw, f)) value = f.scalar != 0;
  return value;
}

void TakeDeletion(RecordView& view, const model::RecordState& state) {
  const model::FieldState* field = state.Find(kDeletedField);
  if (field == nullptr) return;
  const model::Sibling* contested = nullptr;
  bool clean = false;
  for (const model::Sibling& s : field->siblings) {
    if (!IsTrue(s.raw)) continue;
    if (EditedBeside(state, s)) {
      contested = &s;
    } else {
      clean = true;
    }
  }
  // A deletion that had seen everything stands.
  view.deleted = clean;
  view.deletion_contested = !clean && contested != nullptr;
  if (!view.deletion_contested) return;
  OpenConflict open;
  open.number = kDeletedField;
  open.kind = Conflict::kCard;
  open.others.push_back(*contested);
  view.conflicts.push_back(std::move(open));
}

}  // namespace

bool EditedBeside(const model::RecordState& state, const model::Sibling& deletion) {
  const model::ContextEntry* own = model::Find(state.version, deletion.origin);
  if (own != nullptr && own->seq > deletion.seq) return true;  // its author went on editing the record
  const model::VersionVector* seen = state.SeenBy(deletion.origin);
  for (const model::ContextEntry& edit : state.version) {
    if (edit.origin == deletion.origin) continue;
    const model::ContextEntry* known = seen == nullptr ? nullptr : model::Find(*seen, edit.origin);
    if (known == nullptr || known->seq < edit.seq) return true;
  }
  return false;
}

RecordView ViewOf(const Schema& schema, uint32_t type, const model::RecordState& state, const AuthorityOf& authority) {
  const RecordInfo* record = schema.Type(type);
  RecordView view;
  std::map<std::string, std::vector<size_t>> groups;
  std::vector<std::vector<Candidate>> candidates;
  std::vector<Resolution> resolved(state.fields.size());
  for (size_t i = 0; i < state.fields.size(); ++i) {
    const model::FieldState& field = state.fields[i];
    const FieldInfo* info = record == nullptr ? nullptr : record->Field(field.number);
    candidates.push_back(CandidatesOf(field, authority));
    if (info != nullptr && !info->group.empty()) {
      groups[info->group].push_back(i);
    } else {
      resolved[i] = Resolve(info, candidates.back());
    }
  }
  for (const auto& [name, members] : groups) {
    std::vector<FieldSiblings> fields;
    for (size_t i : members) fields.push_back({record->Field(state.fields[i].number), candidates[i]});
    std::vector<Resolution> answers = ResolveGroup(fields);
    for (size_t k = 0; k < members.size(); ++k) resolved[members[k]] = std::move(answers[k]);
  }
  for (size_t i = 0; i < state.fields.size(); ++i) {
    const model::FieldState& field = state.fields[i];
    if (field.number == kDeletedField) continue;
    Take(view, field, record == nullptr ? nullptr : record->Field(field.number), resolved[i], candidates[i]);
  }
  TakeDeletion(view, state);
  return view;
}

}  // namespace guanhu::schema
