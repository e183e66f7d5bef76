#include "tests/scenario/county.h"

#include <algorithm>
#include <deque>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/schema/fields.h"
#include "common/store/rocks_store.h"
#include "guanhu/records/v1/device.pb.h"
#include "guanhu/records/v1/place.pb.h"

namespace guanhu::testing {
namespace {

namespace rec = records::v1;
using base::PlaceId;
using base::ScopeId;
using base::Visibility;

constexpr ScopeId kCountyScope{kCountyPlace, Visibility::kPublished};

node::Command Create(const schema::Schema& schema, const google::protobuf::Message& message, const std::string& key) {
  node::Command c;
  c.scope = kCountyScope;
  c.edits.push_back({schema.TypeOf(message)->type, {}, key, schema::FieldsOf(message), {}});
  return c;
}

}  // namespace

Station::Station(std::string station_name, bool city, PlaceId at, domain::Tier t)
    : name(std::move(station_name)),
      place(at),
      tier(t),
      trust(name, city, city ? 1 : 0),
      random(base::Prefix64(base::Sha256("scenario", name))) {}

absl::Status Station::Start(const node::Rules* rules, const schema::Schema* schema, const std::string& dir,
                            rocksdb::Env* env) {
  if (dir.empty()) {
    store = store::MemStore::Open(&disk);
  } else {
    store::RocksOptions options;
    options.env = env;
    GUANHU_ASSIGN_OR_RETURN(store, store::RocksStore::Open(dir, options));
  }
  ledger = std::make_unique<ledger::LedgerViews>(store.get(), schema);
  node::NodeConfig config{kCountyPlace, place, tier, false};
  config.views = ledger.get();
  GUANHU_ASSIGN_OR_RETURN(node, node::Node::Open(store.get(), &trust, rules, &random, &events, config));
  exchange = std::make_unique<node::Exchange>(node.get());
  return ledger->Load(*node);
}

County::County(const schema::Schema* schema, std::string dir, rocksdb::Env* env)
    : schema_(schema), dir_(std::move(dir)), env_(env), rules_(schema, kCountyPlace) {}

absl::Status County::Begin() {
  auto city = std::make_unique<Station>("city", true, kCountyPlace, domain::Tier::kCity);
  GUANHU_RETURN_IF_ERROR(city->Start(&rules_, schema_, dir_.empty() ? "" : dir_ + "/city", env_));
  rec::Place place;
  place.set_name("市");
  place.set_tier(options::v1::CITY);
  GUANHU_RETURN_IF_ERROR(city->node->Execute(Create(*schema_, place, "county"), now_).status());
  places_["市"] = kCountyPlace;
  stations_["city"] = std::move(city);
  return absl::OkStatus();
}

absl::Status County::AddTownship(const std::string& name, const std::vector<std::string>& villages) {
  Station& city = *stations_.at("city");
  const auto add = [&](const std::string& called, PlaceId parent, options::v1::Tier tier) -> absl::StatusOr<PlaceId> {
    if (places_.count(called) != 0) return absl::InvalidArgumentError(absl::StrCat("two places are called ", called));
    rec::Place place;
    place.set_name(called);
    place.set_parent(parent.value);
    place.set_tier(tier);
    GUANHU_ASSIGN_OR_RETURN(const node::Saved saved, city.node->Execute(Create(*schema_, place, ""), now_));
    const PlaceId id = rules_.PlaceOf(saved.records[0]);
    places_[called] = id;
    parents_[id] = parent;
    place_records_[id] = saved.records[0];
    return id;
  };
  GUANHU_ASSIGN_OR_RETURN(const PlaceId township, add(name, kCountyPlace, options::v1::TOWNSHIP));
  for (const std::string& v : villages) GUANHU_RETURN_IF_ERROR(add(v, township, options::v1::VILLAGE).status());
  return watcher_ == nullptr ? AddStation("", name) : absl::OkStatus();
}

// The station without a name is the watcher.
absl::Status County::AddStation(const std::string& name, const std::string& place) {
  if (stations_.count(name) != 0) return absl::InvalidArgumentError(absl::StrCat("there are two stations ", name));
  GUANHU_ASSIGN_OR_RETURN(const PlaceId at, Place(place));
  const domain::Tier tier = at == kCountyPlace             ? domain::Tier::kCity
                            : parents_[at] == kCountyPlace ? domain::Tier::kTownship
                                                           : domain::Tier::kVillage;
  if (tier == domain::Tier::kCity) return absl::InvalidArgumentError("the county has one city station already: city");
  auto station = std::make_unique<Station>(name.empty() ? "watcher" : name, false, at, tier);
  rec::Device device;
  device.set_node(station->id().value);
  device.set_name(station->name);
  device.set_place(at.value);
  device.set_tier(static_cast<options::v1::Tier>(tier));
  GUANHU_RETURN_IF_ERROR(stations_.at("city")->node->Execute(Create(*schema_, device, ""), now_).status());
  const bool watches = name.empty();
  const std::string dir = dir_.empty() || watches ? "" : absl::StrCat(dir_, "/", name);
  GUANHU_RETURN_IF_ERROR(station->Start(&rules_, schema_, dir, env_));
  if (watches) {
    watcher_ = std::move(station);
  } else {
    stations_[name] = std::move(station);
  }
  return absl::OkStatus();
}

absl::StatusOr<PlaceId> County::Place(absl::string_view name) const {
  const auto it = places_.find(std::string(name));
  if (it == places_.end()) return absl::NotFoundError(absl::StrCat("no place is called ", name));
  return it->second;
}

absl::StatusOr<Station*> County::Find(absl::string_view name) {
  const auto it = stations_.find(std::string(name));
  if (it == stations_.end()) return absl::NotFoundError(absl::StrCat("no station is called ", name));
  return it->second.get();
}

std::string County::NameOf(base::NodeId node) const {
  for (const auto& [name, s] : stations_) {
    if (s->id() == node) return name;
  }
  return "?";
}

absl::StatusOr<node::Saved> County::Write(Station& station, const node::Command& command) {
  Wait(absl::Minutes(1));
  if (synced_) {
    units_.clear();
    before_ = level_;
    synced_ = false;
  }
  GUANHU_ASSIGN_OR_RETURN(node::Saved saved, station.node->Execute(command, now_at(station)));
  GUANHU_RETURN_IF_ERROR(station.exchange->Spread(now_at(station)));
  GUANHU_ASSIGN_OR_RETURN(model::EntryBatch batch, station.node->ReadSuffix(saved.journal, written_[saved.journal]));
  written_[saved.journal] = saved.seq;
  units_.push_back({std::move(batch), station.id()});
  return saved;
}

absl::Status County::Merge(absl::string_view village, absl::string_view into) {
  GUANHU_ASSIGN_OR_RETURN(const PlaceId from, Place(village));
  GUANHU_ASSIGN_OR_RETURN(const PlaceId to, Place(into));
  rec::Place place;
  rec::Successor* s = place.add_successors();
  s->set_place(to.value);
  s->set_share_bp(10'000);
  node::Command c;
  c.scope = kCountyScope;
  c.edits.push_back({schema_->TypeOf(place)->type, place_records_[from], "", schema::FieldsOf(place), {}});
  return Write(*stations_.at("city"), c).status();
}

absl::Status County::Meet(Station& a, Station& b) {
  std::deque<std::pair<bool, sync::Frame>> wire;  // true: to b
  absl::Status broken;
  const auto link = [&](bool to_b) {
    node::Exchange::Link l;
    l.send = [&wire, to_b](sync::Frame f) { wire.emplace_back(to_b, std::move(f)); };
    l.broken = [&broken](const absl::Status& s) { broken = s; };
    return l;
  };
  const auto ida = a.exchange->Open(b.id(), true, link(true), now_at(a));
  const auto idb = b.exchange->Open(a.id(), false, link(false), now_at(b));
  while (!wire.empty()) {
    auto [to_b, frame] = std::move(wire.front());
    wire.pop_front();
    Station& to = to_b ? b : a;
    to.exchange->Receive(to_b ? idb : ida, std::move(frame));
    GUANHU_RETURN_IF_ERROR(to.exchange->Run(now_at(to)));
  }
  a.exchange->Close(ida);
  b.exchange->Close(idb);
  return broken;
}

std::vector<Station*> County::All() {
  std::vector<Station*> out;
  for (const auto& [name, s] : stations_) out.push_back(s.get());
  if (watcher_ != nullptr) out.push_back(watcher_.get());
  return out;
}

absl::Status County::SyncAll() {
  Station& city = *stations_.at("city");
  for (int round = 0; round < 3; ++round) {
    for (Station* s : All()) {
      if (s->tier != domain::Tier::kVillage) continue;
      for (Station* t : All()) {
        if (t->tier == domain::Tier::kTownship && t->place == parents_[s->place] && t != watcher_.get()) {
          GUANHU_RETURN_IF_ERROR(Meet(*s, *t));
        }
      }
    }
    for (Station* s : All()) {
      if (s->tier == domain::Tier::kTownship) GUANHU_RETURN_IF_ERROR(Meet(*s, city));
    }
  }
  GUANHU_RETURN_IF_ERROR(CheckEqual());
  if (watcher_ != nullptr) level_ = watcher_->disk;
  synced_ = true;
  return absl::OkStatus();
}

absl::Status County::CheckEqual() {
  Station& city = *stations_.at("city");
  for (Station* s : All()) {
    for (const ScopeId& scope : s->node->Scopes()) {
      if (s->node->StatesOf(scope) != city.node->StatesOf(scope)) {
        return absl::DataLossError(absl::StrCat(s->name, " and the city differ in ", base::ToText(scope)));
      }
    }
    if (s->node->WaitingCount() != 0) return absl::DataLossError(absl::StrCat(s->name, " has changes that wait"));
    GUANHU_RETURN_IF_ERROR(CheckLedgers(*s));
  }
  return absl::OkStatus();
}

absl::Status County::CheckLedgers(Station& station) {
  GUANHU_ASSIGN_OR_RETURN(const std::vector<std::string> faults, station.ledger->Rebuild(*station.node, true));
  if (faults.empty()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the ledgers of ", station.name, ": ", faults[0]));
}

absl::StatusOr<std::unique_ptr<Station>> County::Replay(const std::vector<size_t>& order,
                                                        const std::vector<bool>& together) const {
  auto copy = std::make_unique<Station>("watcher", false, watcher_->place, watcher_->tier);
  copy->disk = before_;
  GUANHU_RETURN_IF_ERROR(copy->Start(&rules_, schema_, ""));
  std::vector<size_t> later;
  std::map<base::NodeId, std::vector<sync::Ingest>> items;
  std::vector<size_t> sent;
  const auto flush = [&]() -> absl::Status {
    for (auto& [author, batches] : items) {
      GUANHU_ASSIGN_OR_RETURN(const auto outcomes, copy->node->Apply({{author, &batches}}, now_));
      for (size_t i = 0; i < batches.size(); ++i) {
        if (outcomes[0][i].kind == sync::Outcome::kDone) continue;
        if (outcomes[0][i].kind != sync::Outcome::kGap) return absl::InternalError("refused: " + outcomes[0][i].reason);
        const auto& batch = std::get<model::EntryBatch>(batches[i]);
        for (size_t u : sent) {
          if (units_[u].batch.journal == batch.journal && units_[u].batch.first_seq == batch.first_seq)
            later.push_back(u);
        }
      }
    }
    items.clear();
    sent.clear();
    return absl::OkStatus();
  };
  std::vector<size_t> todo = order;
  for (size_t i = 0; i < todo.size(); ++i) {
    items[units_[todo[i]].author].push_back(units_[todo[i]].batch);
    sent.push_back(todo[i]);
    if (i < together.size() && together[i] && i + 1 < todo.size()) continue;
    GUANHU_RETURN_IF_ERROR(flush());
    if (i + 1 < todo.size() || later.empty()) continue;
    if (todo.size() > order.size() * 4) return absl::InternalError("a journal's change never found the one before it");
    std::sort(later.begin(), later.end());
    todo.insert(todo.end(), later.begin(), later.end());
    later.clear();
  }
  return copy;
}

std::vector<std::string> County::Errors() const {
  std::vector<std::string> out;
  for (const auto& [name, s] : stations_) {
    for (const std::string& e : s->events.errors) out.push_back(name + ": " + e);
  }
  if (watcher_ != nullptr) {
    for (const std::string& e : watcher_->events.errors) out.push_back("watcher: " + e);
  }
  return out;
}

}  // namespace guanhu::testing
