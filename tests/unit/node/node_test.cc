#include "common/node/node.h"

#include <gtest/gtest.h>

#include "tests/support/toy_net.h"

namespace guanhu::testing {
namespace {

using base::PlaceId;
using base::RecordId;
using base::ScopeId;
using base::Visibility;
using domain::Tier;

class ThreeTiers : public ::testing::Test {
 protected:
  const PlaceId county{1000};
  absl::Time now = absl::FromUnixMillis(1'790'000'000'000);
  PlaceId t1, v1, v2;
  ToyNode city{"city", true, county, county, Tier::kCity, 1};
  std::unique_ptr<ToyNode> town, a, b;

  ScopeId Internal(PlaceId p) { return {p, Visibility::kInternal}; }

  PlaceId AddPlace(PlaceId parent) {
    node::Command c{"", city.node->county_scope(), {}, {{kPlaceType, {}, "", {Fixed(1, parent.value)}, {}}}};
    auto saved = city.node->Execute(c, now);
    EXPECT_TRUE(saved.ok()) << saved.status();
    return PlaceOf(county, saved->records[0]);
  }
  std::unique_ptr<ToyNode> AddDevice(const std::string& key, PlaceId place, Tier tier) {
    auto n = std::make_unique<ToyNode>(key, false, county, place, tier, std::hash<std::string>{}(key));
    node::Command c{"",
                    city.node->county_scope(),
                    {},
                    {{kDeviceType,
                      {},
                      key,
                      {Fixed(1, n->id().value), Fixed(2, place.value), Varint(4, static_cast<uint64_t>(tier))},
                      {}}}};
    auto saved = city.node->Execute(c, now);
    EXPECT_TRUE(saved.ok()) << saved.status();
    EXPECT_TRUE(n->Start().ok());
    return n;
  }
  RecordId Write(ToyNode& n, PlaceId place, std::vector<model::Field> set, RecordId record = {},
                 uint32_t type = kAssetType) {
    node::Command c{"", Internal(place), {}, {{type, record, "", std::move(set), {}}}};
    auto saved = n.node->Execute(c, now);
    EXPECT_TRUE(saved.ok()) << saved.status();
    EXPECT_TRUE(n.exchange->Spread(now).ok());
    return saved.ok() ? saved->records[0] : RecordId{};
  }
  void SetUp() override {
    ASSERT_TRUE(city.Start().ok());
    node::Command root{"", city.node->county_scope(), {}, {{kPlaceType, {}, "county", {Fixed(1, 0)}, {}}}};
    ASSERT_TRUE(city.node->Execute(root, now).ok());
    t1 = AddPlace(county);
    v1 = AddPlace(t1);
    v2 = AddPlace(t1);
    town = AddDevice("town", t1, Tier::kTownship);
    a = AddDevice("a", v1, Tier::kVillage);
    b = AddDevice("b", v1, Tier::kVillage);
  }
  void Sync() {
    for (int i = 0; i < 3; ++i) {
      Meet(*town, city, now);
      Meet(*a, *town, now);
      Meet(*b, *town, now);
    }
    Meet(*town, city, now);
    Meet(*a, *town, now);
    Meet(*b, *town, now);
  }
  void ExpectEqual() {
    for (ToyNode* n : {town.get(), a.get(), b.get()}) {
      for (const ScopeId& s : n->node->Scopes())
        EXPECT_EQ(n->node->StatesOf(s), city.node->StatesOf(s)) << base::ToText(s);
      EXPECT_TRUE(n->events.errors.empty()) << n->events.errors[0];
      EXPECT_EQ(n->node->WaitingCount(), 0u);
    }
    EXPECT_TRUE(city.events.errors.empty()) << city.events.errors[0];
  }
};

TEST_F(ThreeTiers, WorkWrittenOfflineArrivesEverywhere) {
  Sync();
  const RecordId asset = Write(*a, v1, {Varint(1, 5), Text(2, "well")});
  EXPECT_FALSE(a->node->HoldingOf(asset, **a->node->Get(kAssetType, asset)).township);
  Sync();
  ExpectEqual();
  const auto at_city = city.node->Get(kAssetType, asset);
  ASSERT_TRUE(at_city.ok() && *at_city);
  EXPECT_EQ(Value(**at_city, 1), 5u);
  const node::Holding h = a->node->HoldingOf(asset, **a->node->Get(kAssetType, asset));
  EXPECT_TRUE(h.township);
  EXPECT_TRUE(h.city);
}

TEST_F(ThreeTiers, AnEqualPairSaysHelloOnly) {
  Write(*a, v1, {Varint(1, 5)});
  Sync();
  EXPECT_EQ(Meet(*a, *town, now), 2u);
  EXPECT_EQ(Meet(*town, city, now), 2u);
}

TEST_F(ThreeTiers, ConcurrentValuesStaySideBySideAndDifferentFieldsBothStand) {
  Sync();
  const RecordId asset = Write(*a, v1, {Varint(1, 5), Varint(2, 7)});
  Sync();
  Write(*a, v1, {Varint(1, 6), Varint(3, 1)}, asset);
  Write(*town, v1, {Varint(1, 8), Varint(4, 2)}, asset);
  Sync();
  ExpectEqual();
  const auto state = city.node->Get(kAssetType, asset);
  ASSERT_TRUE(state.ok() && *state);
  EXPECT_EQ((*state)->Find(1)->siblings.size(), 2u);
  EXPECT_EQ((*state)->Find(3)->siblings.size(), 1u);
  EXPECT_EQ((*state)->Find(4)->siblings.size(), 1u);
  // A decision by somebody who saw both ends it.
  Write(*town, v1, {Varint(1, 9)}, asset);
  Sync();
  ExpectEqual();
  EXPECT_EQ((*a->node->Get(kAssetType, asset))->Find(1)->siblings.size(), 1u);
}

TEST_F(ThreeTiers, WhatAVillageMayNotWriteIsHeldAndTheRestFlows) {
  Sync();
  // The village's own program refuses; a changed one would not: its rules are bent here.
  node::Command c{"", Internal(v1), {}, {{kOfficeType, {}, "", {Varint(1, 1)}, {}}}};
  EXPECT_TRUE(absl::IsPermissionDenied(a->node->Execute(c, now).status()));
}

TEST_F(ThreeTiers, ACloneIsCutAndItsWorkComesBack) {
  Sync();
  Write(*a, v1, {Varint(1, 1)});
  Sync();
  // b's disk and key become a copy of a's.
  ToyNode clone("a", false, county, v1, Tier::kVillage, 77);
  a->Stop();
  clone.disk = a->disk;
  ASSERT_TRUE(a->Start().ok());
  ASSERT_TRUE(clone.Start().ok());
  const RecordId first = Write(*a, v1, {Varint(1, 100)});
  Write(clone, v1, {Varint(1, 200)});
  Sync();
  for (int i = 0; i < 4; ++i) {
    Meet(clone, *town, now);
    Sync();
  }
  Meet(clone, *town, now);
  ExpectEqual();
  for (const ScopeId& s : clone.node->Scopes()) EXPECT_EQ(clone.node->StatesOf(s), city.node->StatesOf(s));
  std::set<uint64_t> values;
  ASSERT_TRUE(city.node
                  ->Visit(Internal(v1), kAssetType,
                          [&](uint32_t, const RecordId&, const model::RecordState& s) {
                            values.insert(Value(s, 1));
                            return true;
                          })
                  .ok());
  EXPECT_EQ(values, (std::set<uint64_t>{1, 100, 200}));
  EXPECT_TRUE((*city.node->Get(kAssetType, first)).has_value());
}

TEST_F(ThreeTiers, AWipedTownshipIsFilledAgain) {
  Sync();
  Write(*a, v1, {Varint(1, 1)});
  Meet(*a, *town, now);
  town->Stop();
  town->disk = store::MemDisk();
  ASSERT_TRUE(town->Start().ok());
  EXPECT_EQ(Meet(*a, *town, now) > 2, true);
  Sync();
  Sync();
  ExpectEqual();
}

TEST_F(ThreeTiers, ACommandHasOneEffect) {
  node::Command c{"cmd-1", Internal(v1), {}, {{kAssetType, {}, "", {Varint(1, 1)}, {}}}};
  Sync();
  const auto once = a->node->Execute(c, now);
  const auto twice = a->node->Execute(c, now);
  ASSERT_TRUE(once.ok() && twice.ok());
  EXPECT_EQ(once->records, twice->records);
  EXPECT_TRUE(twice->repeated);
  EXPECT_FALSE(once->repeated);
}

TEST_F(ThreeTiers, ARevokedDeviceHandsInAndReadsNothing) {
  Sync();
  ASSERT_TRUE(city.node->Revoke(b->id(), "lost", now).ok());
  Write(*b, v1, {Varint(1, 66)});
  Write(*a, v1, {Varint(1, 1)});
  Sync();
  std::set<uint64_t> values;
  ASSERT_TRUE(city.node
                  ->Visit(Internal(v1), kAssetType,
                          [&](uint32_t, const RecordId&, const model::RecordState& s) {
                            values.insert(Value(s, 1));
                            return true;
                          })
                  .ok());
  EXPECT_EQ(values, std::set<uint64_t>{1});
  ASSERT_EQ(city.node->Held().size(), 1u);
  const node::HeldItem held = city.node->Held()[0];
  values.clear();
  ASSERT_TRUE(b->node
                  ->Visit(Internal(v1), kAssetType,
                          [&](uint32_t, const RecordId&, const model::RecordState& s) {
                            values.insert(Value(s, 1));
                            return true;
                          })
                  .ok());
  EXPECT_EQ(values, std::set<uint64_t>{66});
  ASSERT_TRUE(city.node->Decide(held.journal, {held.seq}, true, "seen by the clerk", {}, now).ok());
  Sync();
  values.clear();
  ASSERT_TRUE(a->node
                  ->Visit(Internal(v1), kAssetType,
                          [&](uint32_t, const RecordId&, const model::RecordState& s) {
                            values.insert(Value(s, 1));
                            return true;
                          })
                  .ok());
  EXPECT_EQ(values, (std::set<uint64_t>{1, 66}));
}

}  // namespace
}  // namespace guanhu::testing
