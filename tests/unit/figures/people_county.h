// A county of real nodes in memory that keep the ledgers: city, one township, two tablets in its first village and one
// in its second. Nothing moves between them until they are synced.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/figures/figures.h"
#include "common/host/house_rules.h"
#include "common/ledger/views.h"
#include "common/node/exchange.h"
#include "guanhu/records/v1/step.pb.h"
#include "tests/support/toy_net.h"

namespace guanhu::testing {

struct PeopleStation {
  PeopleStation(const std::string& key, bool city, base::PlaceId at, domain::Tier t);
  base::NodeId id() const { return trust.self().node; }

  base::PlaceId place;
  domain::Tier tier;
  ToyTrust trust;
  SeededRandom random;
  LoudEvents events;
  store::MemDisk disk;
  std::unique_ptr<store::MemStore> store;
  std::unique_ptr<ledger::LedgerViews> views;
  std::unique_ptr<node::Node> node;
  std::unique_ptr<node::Exchange> exchange;
};

class PeopleCounty {
 public:
  using Step = records::v1::Step;
  PeopleCounty();

  static constexpr base::PlaceId kCounty{1000};
  base::PlaceId township, east, west;
  base::RecordId east_record, west_record;
  std::unique_ptr<PeopleStation> city, town, a1, a2, b1;
  absl::Time now = absl::FromUnixMillis(1'795'564'800'000);  // 2026-11-25 08:00 in the county
  base::PersonId person;                                     // who writes; none: nobody is named
  const schema::Schema& schema() const { return schema_; }

  static base::ScopeId Internal(base::PlaceId place) { return {place, base::Visibility::kInternal}; }
  static base::ScopeId Published(base::PlaceId place) { return {place, base::Visibility::kPublished}; }
  int64_t Ms() const { return absl::ToUnixMillis(now); }
  static records::v1::RecordRef Ref(const base::RecordId& id, const base::ScopeId& scope) {
    return schema::ToRef(id, scope);
  }

  // Both expect success.
  base::RecordId Save(PeopleStation& at, const base::ScopeId& scope, const google::protobuf::Message& message,
                      const std::string& key = "");
  void Change(PeopleStation& at, const base::RecordId& id, const google::protobuf::Message& message);
  absl::StatusOr<node::Saved> Run(PeopleStation& at, node::Command command);
  // An act that knows of all acts that its station holds.
  base::RecordId Act(PeopleStation& at, uint32_t type, const base::RecordId& id, records::v1::StepAct act,
                     const std::function<void(Step&)>& tweak = nullptr);
  ledger::RecordLife Life(PeopleStation& at, uint32_t type, const base::RecordId& id);
  void Meet(PeopleStation& a, PeopleStation& b);
  // Tablets with the township and the township with the city, in either order, until all hold the same.
  void SyncAll(bool turned = false);

  figures::Desk DeskOf(PeopleStation& at) { return {*at.node, schema_, *at.views}; }
  figures::Question Ask(base::PlaceId place = {}) const;
  figures::Table Tell(PeopleStation& at, const std::string& figure, const figures::Question& question);
  figures::Table Tell(PeopleStation& at, const std::string& figure) { return Tell(at, figure, Ask()); }

 private:
  base::RecordId AddPlace(const std::string& name, base::PlaceId parent, int tier);
  std::unique_ptr<PeopleStation> AddStation(const std::string& key, base::PlaceId place, domain::Tier tier);
  void Start(PeopleStation& at);

  schema::Schema schema_;
  host::HouseRules rules_;
};

// The text of a cell: "?" where it is unknown.
std::string Text(const figures::Table& table, size_t row, const std::string& column);
// The first row whose column has the text; expects one.
size_t RowOf(const figures::Table& table, const std::string& column, const std::string& text);

}  // namespace guanhu::testing
