#include "common/figures/desk.h"

#include "common/base/status.h"

namespace guanhu::figures {

namespace pb = google::protobuf;

namespace {

bool Deleted(const pb::Message& m) {
  const pb::FieldDescriptor* f = m.GetDescriptor()->FindFieldByNumber(static_cast<int>(schema::kDeletedField));
  return f != nullptr && m.GetReflection()->GetBool(m, f);
}

}  // namespace

absl::StatusOr<std::unique_ptr<pb::Message>> Desk::Shown(uint32_t type, const base::RecordId& id) const {
  if (node_ == nullptr) {
    absl::StatusOr<std::unique_ptr<pb::Message>> out;
    WithRecords([&](const Desk& d) { out = d.Shown(type, id); });
    return out;
  }
  GUANHU_ASSIGN_OR_RETURN(const std::optional<model::RecordState> state, node_->Get(type, id));
  if (!state) return std::unique_ptr<pb::Message>();
  return ledger::ShownRecord(*node_, schema_, type, *state);
}

absl::Status Desk::EachShown(uint32_t type, base::PlaceId place, const VisitShown& visit) const {
  if (node_ == nullptr) {
    absl::Status out;
    WithRecords([&](const Desk& d) { out = d.EachShown(type, place, visit); });
    return out;
  }
  for (const base::ScopeId& scope : node_->Scopes()) {
    if (place && !Inside(place, scope.place)) continue;
    GUANHU_RETURN_IF_ERROR(
        node_->Visit(scope, type, [&](uint32_t, const base::RecordId& id, const model::RecordState& state) {
          const std::unique_ptr<pb::Message> shown = ledger::ShownRecord(*node_, schema_, type, state);
          if (shown != nullptr && !Deleted(*shown)) visit(id, *shown);
          return true;
        }));
  }
  return absl::OkStatus();
}

absl::Status Desk::EachLinked(uint32_t type, const base::RecordId& target, const VisitShown& visit) const {
  absl::Status inner;
  if (node_ == nullptr) {
    WithRecords([&](const Desk& d) { inner = d.EachLinked(type, target, visit); });
    return inner;
  }
  GUANHU_RETURN_IF_ERROR(ledger_.Visit(target, type, [&](const base::RecordId& id) {
    const auto shown = Shown(type, id);
    if (!shown.ok()) inner = shown.status();
    if (shown.ok() && *shown != nullptr && !Deleted(**shown)) visit(id, **shown);
    return inner.ok();
  }));
  return inner;
}

std::string Desk::PlaceName(base::PlaceId place) const {
  const domain::PlaceRow* row = directory().Place(directory().Root(place));
  return row == nullptr ? base::ToText(place.value) : row->name;
}

base::PlaceId Desk::TownshipOf(base::PlaceId place) const {
  base::PlaceId at = directory().Root(place);
  while (const domain::PlaceRow* row = directory().Place(at)) {
    if (!row->parent || row->parent == directory().county()) break;
    at = row->parent;
  }
  return at;
}

bool Desk::Inside(base::PlaceId upper, base::PlaceId place) const {
  return !upper || directory().Above(upper, directory().Root(place));
}

std::string Desk::NameOf(uint32_t type, const base::RecordId& id) const {
  if (!id) return "";
  if (std::string name = book().Name(id); !name.empty()) return name;
  const auto shown = Shown(type, id);
  if (!shown.ok() || *shown == nullptr) return Code(id);
  const std::string name = ledger::NameIn(**shown);
  return name.empty() ? Code(id) : name;
}

std::string Desk::NameOf(const records::v1::RecordRef& ref, const base::ScopeId& scope, uint32_t type) const {
  return NameOf(type, schema::FromRef(ref, scope));
}

std::string Desk::EnumName(uint32_t type, absl::string_view field, int value, const Question& question) const {
  const schema::RecordInfo* info = schema_.Type(type);
  const schema::FieldInfo* f = info == nullptr ? nullptr : info->Field(field);
  if (f == nullptr || f->descriptor->enum_type() == nullptr) return std::to_string(value);
  return schema::EnumLabel(*f->descriptor->enum_type(), value, question.language);
}

std::string Desk::Code(const base::RecordId& id) { return base::ToText(base::ShortHash(id)); }

}  // namespace guanhu::figures
