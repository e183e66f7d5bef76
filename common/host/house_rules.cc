#include "common/host/house_rules.h"

#include <algorithm>

#include "common/schema/check.h"
#include "common/schema/fields.h"
#include "common/schema/refs.h"
#include "common/schema/view.h"
#include "guanhu/records/v1/device.pb.h"
#include "guanhu/records/v1/place.pb.h"

namespace guanhu::host {
namespace {

namespace pb = google::protobuf;

// Record type numbers of the directory; the schema's protos declare the same.
constexpr uint32_t kPlaceType = 1;
constexpr uint32_t kDeviceType = 5;

int CityOnly(const model::Sibling&) { return 3; }

using Renamed = std::function<std::optional<base::RecordId>(const base::RecordId&)>;

// Renames every reference inside `message`. True if any was.
bool RenameIn(pb::Message& message, const base::ScopeId& scope, const Renamed& renamed) {
  if (message.GetDescriptor() == records::v1::RecordRef::descriptor()) {
    records::v1::RecordRef ref;
    ref.CopyFrom(message);
    const std::optional<base::RecordId> id = renamed(schema::FromRef(ref, scope));
    if (!id) return false;
    message.CopyFrom(schema::ToRef(*id, scope));
    return true;
  }
  bool any = false;
  std::vector<const pb::FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const pb::FieldDescriptor* f : fields) {
    if (f->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!f->is_repeated()) {
      any |= RenameIn(*message.GetReflection()->MutableMessage(&message, f), scope, renamed);
      continue;
    }
    for (int i = 0; i < message.GetReflection()->FieldSize(message, f); ++i) {
      any |= RenameIn(*message.GetReflection()->MutableRepeatedMessage(&message, f, i), scope, renamed);
    }
  }
  return any;
}

}  // namespace

std::unique_ptr<pb::Message> Shown(const schema::Schema& schema, uint32_t type, const model::RecordState& state,
                                   const std::function<int(const model::Sibling&)>& authority) {
  const schema::RecordView view = schema::ViewOf(schema, type, state, authority);
  absl::StatusOr<std::unique_ptr<pb::Message>> message = schema::ParseRecord(schema, type, view.fields);
  return message.ok() ? *std::move(message) : nullptr;
}

absl::Status HouseRules::CheckEdit(const model::Edit& edit, bool creates, domain::Tier tier) const {
  // Roles are those of people and are asked where a person is known; a device answers for its tier.
  const schema::Writer writer{static_cast<schema::Tier>(tier), ~uint64_t{0}, tier == domain::Tier::kCity};
  if (creates) {
    // Of the place only the county's own is known here; which other tier it has is for the place tree to say.
    const schema::RecordInfo* info = schema_->Type(edit.type);
    const schema::Tier home = info == nullptr ? schema::Tier::kUnknown : info->home;
    const schema::Tier place = edit.id.scope.place == county_  ? schema::Tier::kCity
                               : home == schema::Tier::kCity ? schema::Tier::kUnknown
                                                              : home;
    if (absl::Status ok = schema::CheckScope(*schema_, edit.type, edit.id.scope.visibility, place); !ok.ok()) return ok;
  }
  return schema::Check(*schema_, edit.type, edit.set, edit.cleared, writer, creates);
}

bool HouseRules::IsDirectoryType(uint32_t type) const { return type == kPlaceType || type == kDeviceType; }

base::RecordId HouseRules::CountyRecord() const {
  return model::DerivedId({county_, base::Visibility::kPublished}, kPlaceType, "county");
}

base::PlaceId HouseRules::PlaceOf(const base::RecordId& record) const {
  return record == CountyRecord() ? county_ : base::PlaceId{base::ShortHash(record)};
}

std::optional<domain::PlaceRow> HouseRules::ReadPlace(uint32_t type, const base::RecordId& id,
                                                      const model::RecordState& state) const {
  if (type != kPlaceType || state.version.empty()) return std::nullopt;
  const std::unique_ptr<pb::Message> message = Shown(*schema_, type, state, CityOnly);
  if (message == nullptr) return std::nullopt;
  records::v1::Place place;
  place.CopyFrom(*message);
  domain::PlaceRow row;
  row.id = PlaceOf(id);
  row.parent = base::PlaceId{place.parent()};
  row.name = place.name();
  row.kind = records::v1::PlaceKind_Name(place.kind());
  for (uint64_t p : place.former_parents()) row.former_parents.push_back(base::PlaceId{p});
  // Of several successors the largest share inherits the work; the others stay readable in the record.
  uint32_t share = 0;
  for (const records::v1::Successor& s : place.successors()) {
    if (row.successor && s.share_bp() <= share) continue;
    row.successor = base::PlaceId{s.place()};
    share = s.share_bp();
  }
  for (const records::v1::PlaceCode& c : place.codes()) {
    if (c.to_ms() == 0 && row.code.empty()) {
      row.code = c.code12();
    } else {
      row.former_codes.push_back(c.code12());
    }
  }
  return row;
}

std::optional<domain::DeviceRow> HouseRules::ReadDevice(uint32_t type, const base::RecordId&,
                                                        const model::RecordState& state) const {
  if (type != kDeviceType || state.version.empty()) return std::nullopt;
  const std::unique_ptr<pb::Message> message = Shown(*schema_, type, state, CityOnly);
  if (message == nullptr) return std::nullopt;
  records::v1::Device device;
  device.CopyFrom(*message);
  domain::DeviceRow row;
  row.node = base::NodeId{device.node()};
  row.name = device.name();
  row.place = base::PlaceId{device.place()};
  row.tier = static_cast<domain::Tier>(device.tier());
  for (uint64_t p : device.former_places()) row.former_places.push_back(base::PlaceId{p});
  return row;
}

void HouseRules::RenameReferences(uint32_t type, model::Edit& edit, const Renamed& renamed) const {
  absl::StatusOr<std::unique_ptr<pb::Message>> message = schema::ParseRecord(*schema_, type, edit.set);
  if (!message.ok() || !RenameIn(**message, edit.id.scope, renamed)) return;
  // Only the fields that the edit carries are written back; presence of the others is not touched.
  const std::vector<model::Field> fields = schema::FieldsOf(**message);
  for (model::Field& f : edit.set) {
    const auto it =
        std::find_if(fields.begin(), fields.end(), [&](const model::Field& g) { return g.number == f.number; });
    if (it != fields.end()) f.raw = it->raw;
  }
}

}  // namespace guanhu::host
