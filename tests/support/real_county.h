// A county of real records over nodes in memory: the house's rules and ledgers, signatures that cost nothing. One city,
// one township with two villages, and the devices that a test asks for.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/host/house_rules.h"
#include "common/ledger/views.h"
#include "common/node/exchange.h"
#include "common/schema/fields.h"
#include "common/schema/refs.h"
#include "common/store/mem_store.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/device.pb.h"
#include "guanhu/records/v1/place.pb.h"
#include "guanhu/records/v1/step.pb.h"
#include "tests/support/toy_net.h"

namespace guanhu::testing {

namespace rec = guanhu::records::v1;

inline const schema::Schema& HouseSchema() {
  static const auto& schema = *new schema::Schema(schema::Schema::Build().value());
  return schema;
}

// One device with its ledgers. Its disk survives Stop and Start.
struct RealNode {
  RealNode(std::string key, bool city, base::PlaceId county_place, base::PlaceId at, domain::Tier t)
      : trust(key, city, city ? 1 : 0),
        rules(&HouseSchema(), county_place),
        random(std::hash<std::string>{}(key)),
        county(county_place),
        place(at),
        tier(t) {}

  absl::Status Start() {
    mem = store::MemStore::Open(&disk);
    ledger = std::make_unique<ledger::LedgerViews>(mem.get(), &HouseSchema());
    node::NodeConfig config{county, place, tier, mem->report().watermark_lost};
    config.views = ledger.get();
    auto n = node::Node::Open(mem.get(), &trust, &rules, &random, &events, config);
    if (!n.ok()) return n.status();
    node = *std::move(n);
    exchange = std::make_unique<node::Exchange>(node.get());
    return ledger->Load(*node);
  }
  void Stop() {
    exchange.reset();
    node.reset();
    ledger.reset();
    mem.reset();
  }
  base::NodeId id() const { return trust.self().node; }

  ToyTrust trust;
  host::HouseRules rules;
  SeededRandom random;
  LoudEvents events;
  store::MemDisk disk;
  base::PlaceId county;
  base::PlaceId place;
  domain::Tier tier;
  std::unique_ptr<store::MemStore> mem;
  std::unique_ptr<ledger::LedgerViews> ledger;
  std::unique_ptr<node::Node> node;
  std::unique_ptr<node::Exchange> exchange;
};

inline void Meet(RealNode& a, RealNode& b, absl::Time now) {
  std::deque<std::pair<bool, sync::Frame>> wire;  // true: to b
  const auto link = [&](bool to_b) {
    node::Exchange::Link l;
    l.send = [&wire, to_b](sync::Frame f) { wire.emplace_back(to_b, std::move(f)); };
    l.broken = [](const absl::Status& s) { ADD_FAILURE() << s; };
    return l;
  };
  const auto ida = a.exchange->Open(b.id(), true, link(true), now);
  const auto idb = b.exchange->Open(a.id(), false, link(false), now);
  while (!wire.empty()) {
    auto [to_b, frame] = std::move(wire.front());
    wire.pop_front();
    RealNode& to = to_b ? b : a;
    to.exchange->Receive(to_b ? idb : ida, std::move(frame));
    EXPECT_TRUE(to.exchange->Run(now).ok());
  }
  a.exchange->Close(ida);
  b.exchange->Close(idb);
}

class RealCounty {
 public:
  const base::PlaceId county{1000};
  absl::Time now = absl::FromUnixMillis(1'790'000'000'000);
  RealNode city{"city", true, county, county, domain::Tier::kCity};
  base::PlaceId town_place, village_a, village_b;
  std::unique_ptr<RealNode> town, a, b;  // township, a tablet of each village

  RealCounty() {
    EXPECT_TRUE(city.Start().ok());
    rec::Place root;
    root.set_name("市");
    root.set_kind(rec::PLACE_KIND_CITY);
    SaveKeyed(city, city.node->county_scope(), root, "county");
    town_place = AddPlace("镇", county, rec::PLACE_KIND_TOWN);
    village_a = AddPlace("甲村", town_place, rec::PLACE_KIND_VILLAGE);
    village_b = AddPlace("乙村", town_place, rec::PLACE_KIND_VILLAGE);
    town = AddDevice("town", town_place, domain::Tier::kTownship);
    a = AddDevice("a", village_a, domain::Tier::kVillage);
    b = AddDevice("b", village_b, domain::Tier::kVillage);
    SyncAll();
  }

  static base::ScopeId Internal(base::PlaceId p) { return {p, base::Visibility::kInternal}; }

  base::PlaceId AddPlace(const std::string& name, base::PlaceId parent, rec::PlaceKind kind) {
    rec::Place place;
    place.set_name(name);
    place.set_kind(kind);
    place.set_parent(parent.value);
    return city.rules.PlaceOf(Save(city, city.node->county_scope(), place));
  }
  std::unique_ptr<RealNode> AddDevice(const std::string& key, base::PlaceId place, domain::Tier tier) {
    auto n = std::make_unique<RealNode>(key, false, county, place, tier);
    rec::Device device;
    device.set_node(n->id().value);
    device.set_name(key);
    device.set_place(place.value);
    device.set_tier(static_cast<options::v1::Tier>(tier));
    SaveKeyed(city, city.node->county_scope(), device, base::ToText(n->id().value));
    EXPECT_TRUE(n->Start().ok());
    return n;
  }

  // Writes a new record, or with `record` the message's fields into an old one; its id.
  base::RecordId Save(RealNode& n, const base::ScopeId& scope, const google::protobuf::Message& message,
                      base::RecordId record = {}, const std::string& key = "", base::PersonId person = {}) {
    node::Command::Edit edit;
    edit.type = HouseSchema().TypeOf(message)->type;
    edit.record = record;
    edit.key = key;
    edit.set = schema::FieldsOf(message);
    node::Command command{"", scope, person, {std::move(edit)}};
    now += absl::Seconds(1);
    const auto saved = n.node->Execute(command, now);
    EXPECT_TRUE(saved.ok()) << saved.status() << " " << message.GetDescriptor()->name();
    return saved.ok() ? saved->records[0] : base::RecordId{};
  }
  base::RecordId SaveKeyed(RealNode& n, const base::ScopeId& scope, const google::protobuf::Message& message,
                           const std::string& key) {
    return Save(n, scope, message, {}, key);
  }

  // Does an act on a record as this node knows it: the step names the acts that it has seen.
  base::RecordId Act(RealNode& n, uint32_t type, const base::RecordId& record, rec::StepAct act, rec::Step step = {},
                     base::PersonId person = {}) {
    const auto life = ledger::LifeOf(*n.node, HouseSchema(), *n.ledger, type, record);
    EXPECT_TRUE(life.ok()) << life.status();
    if (life.ok()) {
      for (const base::RecordId& head : life->life.heads) *step.add_after() = schema::ToRef(head, record.scope);
    }
    *step.mutable_record() = schema::ToRef(record, record.scope);
    step.set_act(act);
    if (step.at_ms() == 0) step.set_at_ms(absl::ToUnixMillis(now));
    return Save(n, record.scope, step, {}, "", person);
  }
  // The state that a node shows.
  int StateOf(RealNode& n, uint32_t type, const base::RecordId& record) {
    const auto life = ledger::LifeOf(*n.node, HouseSchema(), *n.ledger, type, record);
    EXPECT_TRUE(life.ok()) << life.status();
    return life.ok() ? life->life.state : -1;
  }

  // Everybody meets everybody until all is everywhere.
  void SyncAll() {
    for (int round = 0; round < 3; ++round) {
      if (town == nullptr) return;
      Meet(*town, city, now);
      for (RealNode* n : {a.get(), b.get()}) {
        if (n != nullptr) Meet(*n, *town, now);
      }
    }
    Meet(*town, city, now);
  }
};

}  // namespace guanhu::testing
