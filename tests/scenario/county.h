// A small county of real nodes with the house's record types and ledgers, over either store, for scenarios. The watcher
// is a township's device that never writes; what was written between two meetings can be handed to copies of it in any
// order.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/host/house_rules.h"
#include "common/ledger/views.h"
#include "common/node/exchange.h"
#include "common/node/node.h"
#include "common/schema/schema.h"
#include "common/store/mem_store.h"
#include "rocksdb/env.h"
#include "tests/support/toy_net.h"

namespace guanhu::testing {

inline constexpr base::PlaceId kCountyPlace{1000};

struct Station {
  Station(std::string station_name, bool city, base::PlaceId at, domain::Tier t);
  // `dir` empty: over memory.
  absl::Status Start(const node::Rules* rules, const schema::Schema* schema, const std::string& dir,
                     rocksdb::Env* env = nullptr);
  base::NodeId id() const { return trust.self().node; }

  std::string name;
  base::PlaceId place;
  domain::Tier tier;
  absl::Duration clock_off = absl::ZeroDuration();
  ToyTrust trust;
  SeededRandom random;
  LoudEvents events;
  store::MemDisk disk;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<ledger::LedgerViews> ledger;
  std::unique_ptr<node::Node> node;
  std::unique_ptr<node::Exchange> exchange;
};

// What one command wrote, as it travels.
struct Unit {
  model::EntryBatch batch;
  base::NodeId author;
};

class County {
 public:
  // Both outlive the county. `dir` empty: over memory; else an existing folder of `env` (nullptr: the disk) for the
  // stores.
  County(const schema::Schema* schema, std::string dir, rocksdb::Env* env = nullptr);

  absl::Status Begin();
  absl::Status AddTownship(const std::string& name, const std::vector<std::string>& villages);
  absl::Status AddStation(const std::string& name, const std::string& place);
  absl::StatusOr<base::PlaceId> Place(absl::string_view name) const;
  absl::StatusOr<Station*> Find(absl::string_view name);
  std::string NameOf(base::NodeId node) const;

  absl::StatusOr<node::Saved> Write(Station& station, const node::Command& command);
  absl::Status Merge(absl::string_view village, absl::string_view into);
  absl::Status Meet(Station& a, Station& b);
  // Until nothing moves any more; then all digests must be equal, and the ledgers those that the records give anew.
  absl::Status SyncAll();

  // Written since the last SyncAll, in the order of writing.
  const std::vector<Unit>& units() const { return units_; }
  // A copy of the watcher as it was at the last SyncAll but one, that has been handed the units `order` names, several
  // at once where `together` says so. A unit that comes before the one before it in its journal is offered again later.
  absl::StatusOr<std::unique_ptr<Station>> Replay(const std::vector<size_t>& order,
                                                  const std::vector<bool>& together) const;
  const Station* watcher() const { return watcher_.get(); }
  // Errors: kDataLoss if rows of its ledgers differ from what its records give.
  static absl::Status CheckLedgers(Station& station);

  absl::Time now() const { return now_; }
  absl::Time now_at(const Station& s) const { return now_ + s.clock_off; }
  void Wait(absl::Duration d) { now_ += d; }
  const schema::Schema& schema() const { return *schema_; }
  // Error events of all nodes.
  std::vector<std::string> Errors() const;

 private:
  std::vector<Station*> All();
  absl::Status CheckEqual();

  const schema::Schema* const schema_;
  const std::string dir_;
  rocksdb::Env* const env_;
  host::HouseRules rules_;
  absl::Time now_ = absl::FromUnixMillis(1'795'564'800'000);  // 2026-11-25 08:00 in the county
  std::map<std::string, base::PlaceId, std::less<>> places_;
  std::map<base::PlaceId, base::PlaceId> parents_;
  std::map<base::PlaceId, base::RecordId> place_records_;
  std::map<std::string, std::unique_ptr<Station>, std::less<>> stations_;
  std::unique_ptr<Station> watcher_;
  store::MemDisk before_;  // the watcher's disk before `units_`
  store::MemDisk level_;   // its disk when all were last level
  std::vector<Unit> units_;
  bool synced_ = false;
  std::map<base::JournalId, uint64_t> written_;
};

}  // namespace guanhu::testing
