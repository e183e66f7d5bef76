// The place tree and the devices as this node knows them: who holds which scope, who is whose parent, who may author
// where. Built from the records of the county's published scope; immutable; thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/base/ids.h"

namespace guanhu::domain {

// Rank of a device or a value's author: higher is nearer to the city.
enum class Tier : uint8_t { kUnknown = 0, kVillage = 1, kTownship = 2, kCity = 3 };
absl::string_view ToText(Tier tier);

struct PlaceRow {
  base::PlaceId id;
  base::PlaceId parent;                       // none for the county
  std::vector<base::PlaceId> former_parents;  // whoever governed it once may still hand in work for it
  base::PlaceId successor;                    // what it was merged into, if anything
  std::string code;                           // the code valid now: a label, never a key
  std::vector<std::string> former_codes;
  std::string name;
  std::string kind;
};

struct DeviceRow {
  base::NodeId node;
  std::string name;
  base::PlaceId place;
  std::vector<base::PlaceId> former_places;
  Tier tier = Tier::kUnknown;
};

class Directory {
 public:
  Directory() = default;
  Directory(base::PlaceId county, std::vector<PlaceRow> places, std::vector<DeviceRow> devices);

  base::PlaceId county() const { return county_; }
  const PlaceRow* Place(base::PlaceId id) const;
  const DeviceRow* Device(base::NodeId node) const;
  const std::map<base::PlaceId, PlaceRow>& places() const { return places_; }
  const std::map<base::NodeId, DeviceRow>& devices() const { return devices_; }

  // What a merged place has become; the place itself otherwise.
  base::PlaceId Root(base::PlaceId place) const;
  // Whether `upper` is `place` or above it, as the tree stands now and with mergers followed.
  bool Above(base::PlaceId upper, base::PlaceId place) const;
  // The scopes that a device assigned to `place` holds, ascending: everything at and below the place, and what the
  // present and former ancestors of those places publish.
  std::vector<base::ScopeId> ScopesOf(base::PlaceId place) const;
  // Present, former and inherited assignments all count: work written before a merger or a re-assignment stays welcome.
  bool MayAuthor(base::NodeId node, const base::ScopeId& scope) const;
  Tier TierOf(base::NodeId node) const;
  // By present code, former code or exact name; several places may answer.
  std::vector<base::PlaceId> Find(absl::string_view code_or_name) const;

 private:
  void Climb(base::PlaceId place, std::set<base::PlaceId>& seen) const;

  base::PlaceId county_;
  std::map<base::PlaceId, PlaceRow> places_;
  std::map<base::NodeId, DeviceRow> devices_;
  std::map<base::PlaceId, std::set<base::PlaceId>>
      ever_above_;  // place -> itself and all that governed or inherited it
};

}  // namespace guanhu::domain
