#include "common/domain/directory.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace guanhu::domain {
namespace {

using base::NodeId;
using base::PlaceId;
using base::ScopeId;
using base::Visibility;

constexpr PlaceId kCounty{1}, kTownA{10}, kTownB{20}, kVillage1{11}, kVillage2{12}, kVillage3{21};

PlaceRow Place(PlaceId id, PlaceId parent, const char* code) {
  PlaceRow row;
  row.id = id;
  row.parent = parent;
  row.code = code;
  row.name = std::string("place ") + code;
  return row;
}

std::vector<PlaceRow> Tree() {
  return {Place(kCounty, {}, "1"),        Place(kTownA, kCounty, "10"),   Place(kTownB, kCounty, "20"),
          Place(kVillage1, kTownA, "11"), Place(kVillage2, kTownA, "12"), Place(kVillage3, kTownB, "21")};
}

std::vector<DeviceRow> Devices() {
  return {{NodeId{100}, "a", kTownA, {}, Tier::kTownship},
          {NodeId{200}, "b", kTownB, {}, Tier::kTownship},
          {NodeId{111}, "v1", kVillage1, {}, Tier::kVillage},
          {NodeId{112}, "v2", kVillage2, {}, Tier::kVillage}};
}

bool Holds(const Directory& d, PlaceId place, ScopeId scope) {
  const std::vector<ScopeId> s = d.ScopesOf(place);
  return std::binary_search(s.begin(), s.end(), scope);
}

TEST(Directory, AVillageHoldsItsOwnAndWhatItsAncestorsPublish) {
  const Directory d(kCounty, Tree(), Devices());
  EXPECT_TRUE(Holds(d, kVillage1, {kVillage1, Visibility::kInternal}));
  EXPECT_TRUE(Holds(d, kVillage1, {kTownA, Visibility::kPublished}));
  EXPECT_TRUE(Holds(d, kVillage1, {kCounty, Visibility::kPublished}));
  EXPECT_FALSE(Holds(d, kVillage1, {kTownA, Visibility::kInternal}));
  EXPECT_FALSE(Holds(d, kVillage1, {kVillage2, Visibility::kPublished}));
  EXPECT_TRUE(Holds(d, kTownA, {kVillage2, Visibility::kInternal}));
  EXPECT_FALSE(Holds(d, kTownA, {kVillage3, Visibility::kInternal}));
  EXPECT_TRUE(Holds(d, kCounty, {kVillage3, Visibility::kInternal}));
}

TEST(Directory, AMergedVillageLivesOnInItsSuccessor) {
  std::vector<PlaceRow> tree = Tree();
  tree[3].successor = kVillage3;  // village 1 became part of village 3 in the other township
  const Directory d(kCounty, tree, Devices());
  EXPECT_EQ(d.Root(kVillage1), kVillage3);
  EXPECT_TRUE(Holds(d, kVillage1, {kVillage3, Visibility::kInternal}));
  EXPECT_TRUE(Holds(d, kVillage3, {kVillage1, Visibility::kInternal}));
  EXPECT_TRUE(Holds(d, kTownB, {kVillage1, Visibility::kInternal}));
  EXPECT_FALSE(Holds(d, kTownA, {kVillage1, Visibility::kInternal}));
  EXPECT_TRUE(d.MayAuthor(NodeId{111}, {kVillage3, Visibility::kInternal}));
  EXPECT_TRUE(d.MayAuthor(NodeId{111}, {kVillage1, Visibility::kInternal}));
  EXPECT_TRUE(d.MayAuthor(NodeId{100}, {kVillage1, Visibility::kInternal}));  // written before the merger
}

TEST(Directory, SuccessorsInACircleEnd) {
  std::vector<PlaceRow> tree = Tree();
  tree[3].successor = kVillage2;
  tree[4].successor = kVillage1;
  const Directory d(kCounty, tree, Devices());
  EXPECT_TRUE(d.Root(kVillage1));
  EXPECT_TRUE(Holds(d, kVillage1, {kVillage1, Visibility::kInternal}));
}

TEST(Directory, WhoMayAuthorWhere) {
  std::vector<DeviceRow> devices = Devices();
  devices[3].place = kVillage3;
  devices[3].former_places = {kVillage2};
  std::vector<PlaceRow> tree = Tree();
  tree[4].parent = kTownB;  // village 2 went to the other township
  tree[4].former_parents = {kTownA};
  const Directory d(kCounty, tree, devices);
  EXPECT_TRUE(d.MayAuthor(NodeId{111}, {kVillage1, Visibility::kPublished}));
  EXPECT_FALSE(d.MayAuthor(NodeId{111}, {kVillage2, Visibility::kInternal}));
  EXPECT_FALSE(d.MayAuthor(NodeId{111}, {kTownA, Visibility::kInternal}));
  EXPECT_TRUE(d.MayAuthor(NodeId{112}, {kVillage2, Visibility::kInternal}));  // its former place
  EXPECT_TRUE(d.MayAuthor(NodeId{112}, {kVillage3, Visibility::kInternal}));
  EXPECT_TRUE(d.MayAuthor(NodeId{100}, {kVillage2, Visibility::kInternal}));  // its former village
  EXPECT_TRUE(d.MayAuthor(NodeId{200}, {kVillage2, Visibility::kInternal}));
  EXPECT_FALSE(d.MayAuthor(NodeId{200}, {kVillage1, Visibility::kInternal}));
  EXPECT_FALSE(d.MayAuthor(NodeId{999}, {kVillage1, Visibility::kInternal}));
}

TEST(Directory, AnOldCodeStillFindsThePlace) {
  std::vector<PlaceRow> tree = Tree();
  tree[3].former_codes = {"oldcode"};
  const Directory d(kCounty, tree, Devices());
  EXPECT_EQ(d.Find("oldcode"), std::vector<PlaceId>{kVillage1});
  EXPECT_EQ(d.Find("11"), std::vector<PlaceId>{kVillage1});
  EXPECT_TRUE(d.Find("no such").empty());
}

}  // namespace
}  // namespace guanhu::domain
