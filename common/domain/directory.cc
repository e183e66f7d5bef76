#include "common/domain/directory.h"

#include <algorithm>

namespace guanhu::domain {

absl::string_view ToText(Tier tier) {
  switch (tier) {
    case Tier::kVillage:
      return "village";
    case Tier::kTownship:
      return "township";
    case Tier::kCity:
      return "city";
    default:
      return "unknown";
  }
}

Directory::Directory(base::PlaceId county, std::vector<PlaceRow> places, std::vector<DeviceRow> devices)
    : county_(county) {
  for (PlaceRow& p : places) {
    const base::PlaceId id = p.id;
    places_[id] = std::move(p);
  }
  for (DeviceRow& d : devices) {
    const base::NodeId node = d.node;
    devices_[node] = std::move(d);
  }
  for (const auto& [id, row] : places_) Climb(id, ever_above_[id]);
}

const PlaceRow* Directory::Place(base::PlaceId id) const {
  auto it = places_.find(id);
  return it == places_.end() ? nullptr : &it->second;
}

const DeviceRow* Directory::Device(base::NodeId node) const {
  auto it = devices_.find(node);
  return it == devices_.end() ? nullptr : &it->second;
}

void Directory::Climb(base::PlaceId place, std::set<base::PlaceId>& seen) const {
  if (!place || !seen.insert(place).second) return;
  const PlaceRow* row = Place(place);
  if (row == nullptr) return;
  Climb(row->parent, seen);
  Climb(row->successor, seen);
  for (base::PlaceId p : row->former_parents) Climb(p, seen);
}

base::PlaceId Directory::Root(base::PlaceId place) const {
  std::set<base::PlaceId> seen;  // successors that point in a circle end where the circle was entered
  while (seen.insert(place).second) {
    const PlaceRow* row = Place(place);
    if (row == nullptr || !row->successor || Place(row->successor) == nullptr) break;
    place = row->successor;
  }
  return place;
}

bool Directory::Above(base::PlaceId upper, base::PlaceId place) const {
  std::set<base::PlaceId> seen;
  for (place = Root(place); place && seen.insert(place).second;) {
    if (place == upper) return true;
    const PlaceRow* row = Place(place);
    if (row == nullptr || !row->parent) return false;
    place = Root(row->parent);
  }
  return false;
}

std::vector<base::ScopeId> Directory::ScopesOf(base::PlaceId place) const {
  const base::PlaceId top = Root(place);
  std::set<base::ScopeId> scopes;
  scopes.insert({county_, base::Visibility::kPublished});
  scopes.insert({place, base::Visibility::kInternal});
  scopes.insert({place, base::Visibility::kPublished});
  // What the places below may read must pass through here: a village keeps reading what its former township publishes.
  std::set<base::PlaceId> upper;
  for (const auto& [id, row] : places_) {
    if (!Above(top, id)) continue;
    scopes.insert({id, base::Visibility::kInternal});
    scopes.insert({id, base::Visibility::kPublished});
    Climb(id, upper);
  }
  Climb(place, upper);
  Climb(top, upper);
  for (base::PlaceId p : upper) scopes.insert({p, base::Visibility::kPublished});
  return {scopes.begin(), scopes.end()};
}

bool Directory::MayAuthor(base::NodeId node, const base::ScopeId& scope) const {
  const DeviceRow* device = Device(node);
  if (device == nullptr) return false;
  auto it = ever_above_.find(scope.place);
  if (it == ever_above_.end()) return false;
  const auto covers = [&](base::PlaceId p) { return p && (it->second.contains(p) || it->second.contains(Root(p))); };
  return covers(device->place) || std::any_of(device->former_places.begin(), device->former_places.end(), covers);
}

Tier Directory::TierOf(base::NodeId node) const {
  const DeviceRow* device = Device(node);
  return device == nullptr ? Tier::kUnknown : device->tier;
}

std::vector<base::PlaceId> Directory::Find(absl::string_view key) const {
  std::vector<base::PlaceId> present, former;
  for (const auto& [id, row] : places_) {
    if (row.code == key || row.name == key) {
      present.push_back(id);
    } else if (std::any_of(row.former_codes.begin(), row.former_codes.end(),
                           [&](const std::string& c) { return key == c; })) {
      former.push_back(id);
    }
  }
  return present.empty() ? former : present;
}

}  // namespace guanhu::domain
