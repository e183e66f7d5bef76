#include "tests/unit/figures/people_county.h"

#include <gtest/gtest.h>

#include <deque>

#include "common/schema/fields.h"
#include "guanhu/records/v1/device.pb.h"
#include "guanhu/records/v1/place.pb.h"

namespace guanhu::testing {

namespace rec = records::v1;
using base::PlaceId;
using base::RecordId;
using domain::Tier;

PeopleStation::PeopleStation(const std::string& key, bool is_city, PlaceId at, Tier t)
    : place(at),
      tier(t),
      trust(key, is_city, is_city ? 1 : 0),
      random(base::Prefix64(base::Sha256("people-county", key))) {}

PeopleCounty::PeopleCounty() : schema_(*schema::Schema::Build()), rules_(&schema_, kCounty) {
  city = std::make_unique<PeopleStation>("city", true, kCounty, Tier::kCity);
  Start(*city);
  rec::Place place;
  place.set_name("市");
  place.set_tier(options::v1::CITY);
  Save(*city, Published(kCounty), place, "county");
  township = rules_.PlaceOf(AddPlace("城关镇", kCounty, options::v1::TOWNSHIP));
  east_record = AddPlace("东村", township, options::v1::VILLAGE);
  west_record = AddPlace("西村", township, options::v1::VILLAGE);
  east = rules_.PlaceOf(east_record);
  west = rules_.PlaceOf(west_record);
  town = AddStation("town", township, Tier::kTownship);
  a1 = AddStation("a1", east, Tier::kVillage);
  a2 = AddStation("a2", east, Tier::kVillage);
  b1 = AddStation("b1", west, Tier::kVillage);
  SyncAll();
}

void PeopleCounty::Start(PeopleStation& at) {
  at.store = store::MemStore::Open(&at.disk);
  at.views = std::make_unique<ledger::LedgerViews>(at.store.get(), &schema_);
  node::NodeConfig config{kCounty, at.place, at.tier, false, at.views.get()};
  auto opened = node::Node::Open(at.store.get(), &at.trust, &rules_, &at.random, &at.events, config);
  ASSERT_TRUE(opened.ok()) << opened.status();
  at.node = *std::move(opened);
  at.exchange = std::make_unique<node::Exchange>(at.node.get());
  ASSERT_TRUE(at.views->Load(*at.node).ok());
}

RecordId PeopleCounty::AddPlace(const std::string& name, PlaceId parent, int tier) {
  rec::Place place;
  place.set_name(name);
  place.set_parent(parent.value);
  place.set_tier(static_cast<options::v1::Tier>(tier));
  return Save(*city, Published(kCounty), place);
}

std::unique_ptr<PeopleStation> PeopleCounty::AddStation(const std::string& key, PlaceId place, Tier tier) {
  auto station = std::make_unique<PeopleStation>(key, false, place, tier);
  rec::Device device;
  device.set_node(station->id().value);
  device.set_name(key);
  device.set_place(place.value);
  device.set_tier(static_cast<options::v1::Tier>(tier));
  Save(*city, Published(kCounty), device);
  Start(*station);
  return station;
}

absl::StatusOr<node::Saved> PeopleCounty::Run(PeopleStation& at, node::Command command) {
  now += absl::Seconds(1);
  command.person = person;
  auto saved = at.node->Execute(command, now);
  EXPECT_TRUE(at.exchange->Spread(now).ok());
  return saved;
}

RecordId PeopleCounty::Save(PeopleStation& at, const base::ScopeId& scope, const google::protobuf::Message& message,
                            const std::string& key) {
  node::Command c;
  c.scope = scope;
  c.edits.push_back({schema_.TypeOf(message)->type, {}, key, schema::FieldsOf(message), {}});
  const auto saved = Run(at, c);
  EXPECT_TRUE(saved.ok()) << message.GetTypeName() << ": " << saved.status();
  return saved.ok() ? saved->records[0] : RecordId{};
}

void PeopleCounty::Change(PeopleStation& at, const RecordId& id, const google::protobuf::Message& message) {
  node::Command c;
  c.scope = id.scope;
  c.edits.push_back({schema_.TypeOf(message)->type, id, "", schema::FieldsOf(message), {}});
  const auto saved = Run(at, c);
  EXPECT_TRUE(saved.ok()) << saved.status();
}

RecordId PeopleCounty::Act(PeopleStation& at, uint32_t type, const RecordId& id, rec::StepAct act,
                           const std::function<void(Step&)>& tweak) {
  Step step;
  *step.mutable_record() = Ref(id, id.scope);
  step.set_act(act);
  step.set_at_ms(Ms());
  for (const RecordId& head : Life(at, type, id).life.heads) *step.add_after() = Ref(head, id.scope);
  if (tweak != nullptr) tweak(step);
  return Save(at, id.scope, step);
}

ledger::RecordLife PeopleCounty::Life(PeopleStation& at, uint32_t type, const RecordId& id) {
  auto life = ledger::LifeOf(*at.node, schema_, *at.views, type, id);
  EXPECT_TRUE(life.ok()) << life.status();
  return life.ok() ? *std::move(life) : ledger::RecordLife{};
}

void PeopleCounty::Meet(PeopleStation& a, PeopleStation& b) {
  std::deque<std::pair<bool, sync::Frame>> wire;  // true: to b
  absl::Status broken;
  const auto link = [&](bool to_b) {
    node::Exchange::Link l;
    l.send = [&wire, to_b](sync::Frame f) { wire.emplace_back(to_b, std::move(f)); };
    l.broken = [&broken](const absl::Status& s) { broken = s; };
    return l;
  };
  const auto ida = a.exchange->Open(b.id(), true, link(true), now);
  const auto idb = b.exchange->Open(a.id(), false, link(false), now);
  while (!wire.empty()) {
    auto [to_b, frame] = std::move(wire.front());
    wire.pop_front();
    PeopleStation& to = to_b ? b : a;
    to.exchange->Receive(to_b ? idb : ida, std::move(frame));
    ASSERT_TRUE(to.exchange->Run(now).ok());
  }
  a.exchange->Close(ida);
  b.exchange->Close(idb);
  EXPECT_TRUE(broken.ok()) << broken;
}

void PeopleCounty::SyncAll(bool turned) {
  std::vector<PeopleStation*> tablets = {a1.get(), a2.get(), b1.get()};
  if (turned) tablets = {b1.get(), a2.get(), a1.get()};
  for (int round = 0; round < 3; ++round) {
    for (PeopleStation* t : tablets) Meet(*t, *town);
    Meet(*town, *city);
  }
  for (const PeopleStation* s : {town.get(), a1.get(), a2.get(), b1.get()}) {
    for (const base::ScopeId& scope : s->node->Scopes()) {
      EXPECT_EQ(s->node->StatesOf(scope), city->node->StatesOf(scope));
    }
  }
}

figures::Question PeopleCounty::Ask(PlaceId place) const {
  figures::Question q;
  q.cut.place = place;
  q.now = now;
  q.language = schema::Language::kEnglish;
  return q;
}

figures::Table PeopleCounty::Tell(PeopleStation& at, const std::string& figure, const figures::Question& question) {
  auto table = figures::Tell(figure, DeskOf(at), question);
  EXPECT_TRUE(table.ok()) << figure << ": " << table.status();
  if (!table.ok()) return {};
  for (const figures::Row& row : table->rows) EXPECT_EQ(row.cells.size(), table->columns.size()) << figure;
  return *std::move(table);
}

std::string Text(const figures::Table& table, size_t row, const std::string& column) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].name != column) continue;
    if (row >= table.rows.size()) return "no row " + std::to_string(row);
    const figures::Cell& cell = table.rows[row].cells[i];
    if (!cell.known) return "?";
    return table.columns[i].kind == figures::Kind::kText ? cell.text : std::to_string(cell.number);
  }
  return "no column " + column;
}

size_t RowOf(const figures::Table& table, const std::string& column, const std::string& text) {
  for (size_t i = 0; i < table.rows.size(); ++i) {
    if (Text(table, i, column) == text) return i;
  }
  ADD_FAILURE() << "no row with " << column << " = " << text;
  return table.rows.size();
}

}  // namespace guanhu::testing
