// The ledgers in memory: rows of assets and cases, and the cuts that people ask for. Every figure is a sum over rows, so
// that the summary is the sum of the detail by construction. Thread-safe: queries share a lock, so they never wait for
// the node's thread, only for the moment in which a commit's rows are put in place.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "common/base/ids.h"
#include "common/domain/directory.h"
#include "common/ledger/rows.h"
#include "common/ledger/types.h"

namespace guanhu::ledger {

// What a ledger is narrowed to. A zero means "all".
struct Cut {
  base::PlaceId place;        // and everything below it; merged places follow their successor
  base::RecordId department;  // of the facility type
  base::RecordId type;        // facility type
  uint32_t facility_class = 0;
  uint32_t grade = 0;
  uint32_t condition = 0;
  uint32_t state = 0;
  int from_month = 0;  // of the work that is counted, inclusive
  int to_month = std::numeric_limits<int>::max();
};

enum class Dim : uint8_t { kPlace, kTownship, kDepartment, kClass, kType, kGrade, kCondition, kState, kMonth };

struct Measures {
  uint64_t assets = 0;  // with kMonth: 0
  int64_t cost_fen = 0;
  uint64_t inspections = 0;
  uint64_t bad = 0;
  uint64_t unreachable = 0;
  int64_t inspection_cost_fen = 0;
  uint64_t defects = 0;  // raised in the period
  uint64_t open_defects = 0;
  uint64_t orders = 0;  // dispatched in the period
  uint64_t open_orders = 0;
  int64_t order_cost_fen = 0;
  friend auto operator<=>(const Measures&, const Measures&) = default;
  void Add(const Measures& other);
};

// One value for each dimension asked for: a place's id, a month, an enum's number, or the hash of a record id (named in
// Summary::names).
using Keys = std::vector<uint64_t>;

// Exactly what an answer covers.
struct Coverage {
  std::string mark;      // digest of all vectors and of the place tree
  uint64_t changes = 0;  // entries below the mark
  friend auto operator<=>(const Coverage&, const Coverage&) = default;
};

struct Summary {
  std::map<Keys, Measures> rows;
  Measures total;
  std::map<uint64_t, base::RecordId> names;  // of departments and facility types
  Coverage coverage;
};

struct DetailRow {
  AssetRow asset;
  Measures measures;
};
struct DetailPage {
  std::vector<DetailRow> rows;
  uint64_t next = 0;   // cursor of the next page; 0: this was the last
  uint64_t total = 0;  // rows of the whole cut; first page only
  Coverage coverage;
};

struct DeviceAge {
  base::NodeId node;
  int64_t written_ms = 0;  // latest wall time of its changes; 0: none
};

// A commit's rows, put in place together.
struct BookUpdate {
  absl::flat_hash_map<base::RecordId, AssetRow> assets;  // a row without `exists` and months is removed
  absl::flat_hash_map<base::RecordId, CaseRow> cases;  // a row without an id is removed
  absl::flat_hash_map<base::RecordId, TypeRow> types;
  std::shared_ptr<const domain::Directory> directory;  // none: as before
  std::map<base::NodeId, int64_t> written;
  Coverage coverage;
  bool empty_first = false;  // forget all rows before
};

class Book {
 public:
  void Put(BookUpdate update);

  // The rows of one asset or case; nullopt if there are none.
  std::optional<AssetRow> Asset(const base::RecordId& id) const;
  std::optional<CaseRow> Case(const base::RecordId& id) const;
  std::optional<TypeRow> Type(const base::RecordId& id) const;

  Summary Summarise(const Cut& cut, absl::Span<const Dim> by) const;
  // Rows in the order in which they came to this node; `cursor` 0: from the first.
  DetailPage Detail(const Cut& cut, uint64_t cursor, size_t limit) const;
  void VisitAssets(const Cut& cut, const std::function<void(const AssetRow&, const Measures&)>& visit) const;
  // Cases of one record type (0: all) whose place is in the cut, born in its period.
  void VisitCases(const Cut& cut, uint32_t type, const std::function<void(const CaseRow&)>& visit) const;
  std::vector<DeviceAge> Devices(base::PlaceId place) const;
  Coverage coverage() const;
  std::shared_ptr<const domain::Directory> directory() const;
  size_t asset_count() const;

 private:
  using Places = absl::flat_hash_map<base::PlaceId, base::PlaceId>;  // place -> where it is counted; absent: outside
  Places PlacesIn(base::PlaceId place) const;
  bool Matches(const AssetRow& row, const Cut& cut, const Places& places) const;
  Measures Measure(const AssetRow& row, const Cut& cut) const;
  void AddCases(const AssetRow& row, const Cut& cut, Measures& m) const;
  uint64_t KeyOf(Dim dim, const AssetRow& row, const Places& places, Summary& out) const;
  void SummariseMonths(const AssetRow& row, const Cut& cut, absl::Span<const Dim> by, Keys keys, Summary& out) const;
  void Place(AssetRow row);
  void PlaceCase(const base::RecordId& id, CaseRow row);

  mutable std::shared_mutex mu_;
  std::vector<AssetRow> assets_;
  absl::flat_hash_map<base::RecordId, size_t> asset_at_;
  std::vector<CaseRow> cases_;
  absl::flat_hash_map<base::RecordId, size_t> case_at_;
  absl::flat_hash_map<base::RecordId, std::vector<size_t>> cases_about_;  // asset -> its defects and orders
  absl::flat_hash_map<base::RecordId, TypeRow> types_;
  std::shared_ptr<const domain::Directory> directory_ = std::make_shared<domain::Directory>();
  std::map<base::NodeId, int64_t> written_;
  Coverage coverage_;
};

// Whether a defect or order waits for somebody.
bool IsOpenDefect(int state);
bool IsOpenOrder(int state);

}  // namespace guanhu::ledger
