// The ledgers in memory: rows of assets and cases, and the cuts that people ask for. Every figure is a sum over rows, so
// that the summary is the sum of the detail by construction. Thread-safe: queries share a lock, so they never wait for
// the node's thread, only for the moment in which a commit's rows are put in place.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
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
  void Subtract(const Measures& other);
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

// What people call a record that many rows name: a body or a facility type.
struct NameRow {
  uint32_t type = 0;  // record type; 0: the record is gone
  std::string text;
};

// A commit's rows, put in place together.
struct BookUpdate {
  // All rows at the start, in the order of their keys; before the others.
  std::vector<AssetRow> first_assets;
  std::vector<CaseRow> first_cases;
  absl::flat_hash_map<base::RecordId, AssetRow> assets;  // a row without `exists` and months is removed
  absl::flat_hash_map<base::RecordId, CaseRow> cases;  // a row without an id is removed
  absl::flat_hash_map<base::RecordId, TypeRow> types;
  absl::flat_hash_map<base::RecordId, NameRow> names;
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
  // Empty when the book holds no name of the record.
  std::string Name(const base::RecordId& id) const;
  // The records of a type with this id, code or name; the book names bodies and facility types only.
  std::vector<base::RecordId> Named(uint32_t type, absl::string_view text) const;

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
  // What a cut asks of an asset: a county's worth of these stays in the processor's caches.
  struct Slot {
    uint32_t place = 0;  // index into places_
    uint32_t type = 0;   // index into kinds_
    uint8_t facility_class = 0;
    uint8_t grade = 0;
    uint8_t state = 0;
    uint8_t condition = 0;
    bool counts = false;
    bool placed = false;  // its row came; else only cases name it
  };
  struct CaseMonth {
    int month = 0;
    uint32_t defects = 0;
    uint32_t orders = 0;
    int64_t order_cost_fen = 0;
  };
  class Readers;  // a shared lock that lets a waiting writer in first
  class Sieve;    // a cut, as it is asked of a slot
  class Axis;     // a dimension, as it is read from a slot
  class Cells;    // the rows of a summary while it is made

  uint32_t SlotOf(const base::RecordId& asset);
  uint32_t KindOf(const base::RecordId& type);
  void Place(AssetRow row);
  void PlaceCase(const base::RecordId& id, CaseRow row);
  void CountCase(const CaseRow& row, bool add);
  bool Whole(const Cut& cut) const;
  Measures Measure(size_t i, const Cut& cut) const;
  template <typename At>  // Measures& at(int month)
  void AddMonths(size_t i, const Cut& cut, const At& at) const;
  template <typename Visit>
  void Walk(const Cut& cut, size_t from, const Visit& visit) const;

  mutable std::mutex gate_;
  mutable std::shared_mutex mu_;
  // One element for each asset in each:
  std::vector<AssetRow> assets_;
  std::vector<Slot> slots_;
  std::vector<Measures> sums_;                       // of all months
  std::vector<std::vector<CaseMonth>> case_months_;  // ascending
  absl::flat_hash_map<base::RecordId, uint32_t> asset_at_;
  size_t placed_ = 0;
  std::vector<base::PlaceId> places_;
  absl::flat_hash_map<base::PlaceId, uint32_t> place_at_;
  std::vector<base::RecordId> kinds_{base::RecordId{}};  // facility types that assets name, and none
  absl::flat_hash_map<base::RecordId, uint32_t> kind_at_{{base::RecordId{}, 0}};
  int first_month_ = std::numeric_limits<int>::max();  // of any work; later than the last: there is none
  int last_month_ = -1;
  std::vector<CaseRow> cases_;
  absl::flat_hash_map<base::RecordId, size_t> case_at_;
  absl::flat_hash_map<base::RecordId, TypeRow> types_;
  absl::flat_hash_map<base::RecordId, NameRow> names_;
  std::shared_ptr<const domain::Directory> directory_ = std::make_shared<domain::Directory>();
  std::map<base::NodeId, int64_t> written_;
  Coverage coverage_;
};

// Whether a defect or order waits for somebody.
bool IsOpenDefect(int state);
bool IsOpenOrder(int state);

}  // namespace guanhu::ledger
