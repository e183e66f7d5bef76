#include "common/api/views.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/api/lives.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/schema/display.h"
#include "common/schema/fields.h"
#include "common/schema/resolve.h"
#include "common/schema/view.h"

namespace guanhu::api {
namespace {

constexpr size_t kPrefixMin = 4;
constexpr size_t kTitleFields = 3;

absl::string_view ClockWord(model::ClockQuality q) {
  return q == model::ClockQuality::kSynced ? "synced" : q == model::ClockQuality::kDrifted ? "drifted" : "unknown";
}

}  // namespace

std::string ChangeText(const base::JournalId& journal, uint64_t seq) {
  return absl::StrCat(base::ToText(journal), " ", seq);
}

absl::StatusOr<base::JournalId> ParseJournal(absl::string_view text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '/');
  if (parts.size() != 3)
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is not a journal: PLACE/i/ORIGIN is expected"));
  base::JournalId j;
  GUANHU_ASSIGN_OR_RETURN(j.scope, base::ParseScope(absl::StrCat(parts[0], "/", parts[1])));
  GUANHU_ASSIGN_OR_RETURN(const uint64_t origin, base::ParseCrockford(parts[2]));
  j.origin = base::Origin{origin};
  return j;
}

absl::StatusOr<base::PlaceId> Views::Place(absl::string_view text) const {
  if (text.empty()) return node_->place();
  return PlaceIn(node_->directory(), text);
}

absl::StatusOr<base::PlaceId> Views::PlaceIn(const domain::Directory& directory, absl::string_view text) {
  const std::vector<base::PlaceId> found = directory.Find(text);
  if (found.size() == 1) return found.front();
  if (found.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat("several places are called '", text, "': ",
                                                   absl::StrJoin(found, ", ",
                                                                 [&](std::string* out, base::PlaceId p) {
                                                                   const domain::PlaceRow* row = directory.Place(p);
                                                                   absl::StrAppend(
                                                                       out, base::ToText(p.value), " (",
                                                                       row == nullptr ? "" : row->name, ")");
                                                                 }),
                                                   "; name one by its id"));
  }
  const absl::StatusOr<uint64_t> id = base::ParseCrockford(text);
  if (id.ok() && directory.Place(base::PlaceId{*id}) != nullptr) return base::PlaceId{*id};
  return absl::NotFoundError(absl::StrCat("there is no place '", base::Printable(text),
                                          "' here: give its code, its exact name or its id (guanhuctl place list)"));
}

std::string Views::PlaceName(base::PlaceId place) const {
  const domain::PlaceRow* row = node_->directory().Place(place);
  return row == nullptr ? base::ToText(place.value) : row->name;
}

absl::StatusOr<Named> Views::Record(absl::string_view text) const {
  const absl::StatusOr<base::RecordId> full = base::ParseRecord(text);
  std::string prefix(text);
  std::transform(prefix.begin(), prefix.end(), prefix.begin(),
                 [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c); });
  if (!full.ok() && prefix.size() < kPrefixMin) {
    return absl::InvalidArgumentError(absl::StrCat("'", base::Printable(text),
                                                   "' is too short to name a record: give at least ", kPrefixMin,
                                                   " characters of its code"));
  }
  std::vector<Named> found;
  for (const base::ScopeId& s : node_->Scopes()) {
    if (full.ok() && full->scope != s) continue;
    GUANHU_RETURN_IF_ERROR(node_->VisitIds(s, [&](uint32_t type, const base::RecordId& id) {
      if (full.ok() ? id == *full
                    : absl::string_view(base::ToText(base::ShortHash(id))).substr(0, prefix.size()) == prefix)
        found.push_back({type, id});
      return true;
    }));
  }
  if (found.size() == 1) return found.front();
  if (found.empty())
    return absl::NotFoundError(
        absl::StrCat("there is no record '", base::Printable(text), "' on this node: `list` shows what there is"));
  return absl::InvalidArgumentError(absl::StrCat(found.size(), " records start with '", base::Printable(text),
                                                 "': give more characters of the code"));
}

std::unique_ptr<google::protobuf::Message> Views::Shown(uint32_t type, const model::RecordState& state) const {
  return host::Shown(*schema_, type, state, [this](const model::Sibling& s) { return Authority(s); });
}

std::unique_ptr<google::protobuf::Message> Views::Shown(const Named& record, const model::RecordState& state) const {
  std::unique_ptr<google::protobuf::Message> message = Shown(record.type, state);
  if (message == nullptr || lives_ == nullptr) return message;
  const std::optional<int> now = lives_->State(record.type, record.id);
  if (!now) return message;
  const schema::FieldInfo* field = schema_->Type(record.type)->Field(absl::string_view("state"));
  if (field != nullptr) message->GetReflection()->SetEnumValue(message.get(), field->descriptor, *now);
  return message;
}

uint32_t Views::Conflicts(uint32_t type, const model::RecordState& state) const {
  const bool plain = std::all_of(state.fields.begin(), state.fields.end(),
                                 [](const model::FieldState& f) { return f.siblings.size() < 2; });
  if (plain && state.Find(schema::kDeletedField) == nullptr) return 0;
  return static_cast<uint32_t>(
      schema::ViewOf(*schema_, type, state, [this](const model::Sibling& s) { return Authority(s); }).conflicts.size());
}

v1::Holding Views::ToProto(const node::Holding& h) {
  v1::Holding out;
  out.set_here(h.here);
  out.set_township(h.township);
  out.set_city(h.city);
  out.set_attention(h.attention);
  return out;
}

v1::Author Views::AuthorOf(base::Origin origin, const model::Stamp& stamp, base::PersonId person) const {
  v1::Author out;
  const std::optional<node::AuthorInfo> author = node_->Author(origin);
  if (author) {
    out.set_device(base::ToText(author->node.value));
    const domain::DeviceRow* device = node_->directory().Device(author->node);
    if (device != nullptr) out.set_device_name(device->name);
    if (device == nullptr && author->city) out.set_device_name(PlaceName(node_->directory().county()));
  }
  const absl::string_view tier = domain::ToText(node_->AuthorTier(origin));
  out.set_tier(std::string(tier));
  if (person) out.set_person(base::ToText(person.value));
  out.set_wall_ms(stamp.wall_ms);
  out.set_clock(std::string(ClockWord(stamp.quality)));
  return out;
}

std::string Views::NameOf(const base::RecordId& id) const {
  constexpr const char* kNames[] = {"name", "name_zh", "title", "task", "description", "code"};
  // A reference does not say its type. What is named most comes first.
  std::vector<uint32_t> types = {11, 2, 3, 10, 17, 16};
  for (const auto& info : schema_->types()) types.push_back(info->type);
  for (const uint32_t type : types) {
    const auto state = node_->Get(type, id);
    if (!state.ok() || !*state) continue;
    const schema::RecordInfo* info = schema_->Type(type);
    const std::unique_ptr<google::protobuf::Message> message = Shown({type, id}, **state);
    if (message == nullptr) return "";
    for (const char* name : kNames) {
      const schema::FieldInfo* field = info->Field(absl::string_view(name));
      if (field == nullptr || field->repeated) continue;
      if (field->descriptor->type() != google::protobuf::FieldDescriptor::TYPE_STRING) continue;
      std::string text = message->GetReflection()->GetString(*message, field->descriptor);
      if (!text.empty()) return text;
    }
    return "";
  }
  return "";
}

schema::DisplayOptions Views::Display(const base::ScopeId& scope) const {
  schema::DisplayOptions options;
  options.language = language_;
  options.scope = scope;
  options.name_of = [this](const base::RecordId& id) { return NameOf(id); };
  return options;
}

std::string Views::TextOf(uint32_t type, const std::vector<model::Field>& fields, const base::ScopeId& scope) const {
  const schema::RecordInfo* info = schema_->Type(type);
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> message = schema::ParseRecord(*schema_, type, fields);
  if (info == nullptr || !message.ok())
    return absl::StrCat(fields.size(), " fields of a record type that this version does not know");
  const schema::DisplayOptions options = Display(scope);
  return schema::RecordText(*info, **message, options);
}

void Views::Fill(const Named& record, const model::RecordState& state, v1::RecordView* out) const {
  out->set_id(base::ToText(record.id));
  out->set_code(base::ToText(base::ShortHash(record.id)));
  out->set_place(base::ToText(record.id.scope.place.value));
  out->set_place_name(PlaceName(record.id.scope.place));
  *out->mutable_holding() = ToProto(node_->HoldingOf(record.id, state));
  out->set_conflicts(Conflicts(record.type, state));
  const schema::RecordInfo* info = schema_->Type(record.type);
  const std::unique_ptr<google::protobuf::Message> message = Shown(record, state);
  if (info == nullptr || message == nullptr) {
    out->set_type(absl::StrCat("type ", record.type));
    return;
  }
  out->set_type(info->name);
  out->set_type_zh(info->zh);
  if (absl::StatusOr<std::string> json = schema::ToJson(*message); json.ok()) out->set_json(*std::move(json));
  const schema::DisplayOptions options = Display(record.id.scope);
  std::vector<std::string> title;
  for (const schema::FieldInfo& f : info->fields) {
    if (title.size() == kTitleFields) break;
    const std::string text = schema::ValueText(f, *message, options);
    if (!text.empty()) title.push_back(text);
  }
  const schema::FieldInfo* now = info->life.empty() ? nullptr : info->Field(absl::string_view("state"));
  if (now != nullptr && lives_ != nullptr) title.push_back(schema::ValueText(*now, *message, options));
  out->set_title(absl::StrJoin(title, " · "));
}

void Views::FillFields(const Named& record, const model::RecordState& state, v1::RecordView* out) const {
  const schema::RecordInfo* info = schema_->Type(record.type);
  const std::unique_ptr<google::protobuf::Message> shown = Shown(record, state);
  if (info == nullptr || shown == nullptr) return;
  const schema::DisplayOptions options = Display(record.id.scope);
  const schema::RecordView view =
      schema::ViewOf(*schema_, record.type, state, [this](const model::Sibling& s) { return Authority(s); });
  for (const model::FieldState& f : state.fields) {
    const schema::FieldInfo* field = info->Field(f.number);
    v1::FieldView* row = out->add_fields();
    row->set_number(f.number);
    row->set_name(field == nullptr ? absl::StrCat("field_", f.number) : field->name);
    row->set_label_zh(field == nullptr ? "" : field->zh);
    row->set_label_en(field == nullptr ? "" : field->en);
    if (field != nullptr) row->set_text(schema::ValueText(*field, *shown, options));
    const auto conflict = std::find_if(view.conflicts.begin(), view.conflicts.end(),
                                       [&](const schema::OpenConflict& c) { return c.number == f.number; });
    if (conflict != view.conflicts.end()) {
      row->set_conflict(conflict->kind == schema::Conflict::kProposal ? "proposal"
                        : conflict->kind == schema::Conflict::kReview ? "review"
                                                                      : "card");
    }
    for (const model::Sibling& s : f.siblings) {
      v1::SiblingView* sibling = row->add_siblings();
      absl::StatusOr<std::unique_ptr<google::protobuf::Message>> one =
          schema::ParseRecord(*schema_, record.type, {{f.number, s.raw}});
      if (one.ok() && field != nullptr) {
        sibling->set_text(schema::ValueText(*field, **one, options));
        if (absl::StatusOr<std::string> json = schema::ToJson(**one); json.ok()) sibling->set_json(*std::move(json));
      } else {
        sibling->set_text(base::ToHex(s.raw));
      }
      *sibling->mutable_author() = AuthorOf(s.origin, s.stamp, s.person);
      sibling->set_change(ChangeText({record.id.scope, s.origin}, s.seq));
      const auto value = std::find_if(view.fields.begin(), view.fields.end(),
                                      [&](const model::Field& v) { return v.number == f.number; });
      sibling->set_shown(value != view.fields.end() && value->raw == s.raw);
    }
  }
}

absl::Status Views::FillHistory(const Named& record, v1::RecordView* out) const {
  GUANHU_ASSIGN_OR_RETURN(const std::vector<node::HistoryItem> history, node_->History(record.type, record.id));
  for (const node::HistoryItem& h : history) {
    v1::HistoryView* row = out->add_history();
    *row->mutable_author() = AuthorOf(h.origin, h.stamp, h.person);
    row->set_change(ChangeText({record.id.scope, h.origin}, h.seq));
    row->set_text(TextOf(record.type, h.edit.set, record.id.scope));
    row->set_effective(h.effective);
    row->set_note(h.note);
    *row->mutable_holding() = ToProto(node_->HoldingOf(base::JournalId{record.id.scope, h.origin}, h.seq));
  }
  return absl::OkStatus();
}

}  // namespace guanhu::api
