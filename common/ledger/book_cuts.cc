// Questions to the book.
#include <algorithm>

#include "common/ledger/book_parts.h"

namespace guanhu::ledger {

using base::PlaceId;
using base::RecordId;

namespace {

// Assets whose months are fetched while others are added up.
constexpr size_t kAhead = 12;

}  // namespace

template <typename Visit>
void Book::Walk(const Cut& cut, size_t from, const Visit& visit) const {
  const Sieve sieve(*this, cut);
  for (size_t i = from; i < slots_.size(); ++i) {
    if (sieve.Lets(slots_[i]) && !visit(i)) return;
  }
}

// Whether every month is inside, so that the sums over all of them answer.
bool Book::Whole(const Cut& cut) const {
  return last_month_ < first_month_ || (cut.from_month <= first_month_ && cut.to_month >= last_month_);
}

template <typename At>
void Book::AddMonths(size_t i, const Cut& cut, const At& at) const {
  for (const MonthCount& c : assets_[i].months) {
    if (c.month < cut.from_month || c.month > cut.to_month) continue;
    Measures& m = at(c.month);
    m.inspections += c.inspections;
    m.bad += c.bad;
    m.unreachable += c.unreachable;
    m.inspection_cost_fen += c.cost_fen;
  }
  for (const CaseMonth& c : case_months_[i]) {
    if (c.month < cut.from_month || c.month > cut.to_month) continue;
    Measures& m = at(c.month);
    m.defects += c.defects;
    m.orders += c.orders;
    m.order_cost_fen += c.order_cost_fen;
  }
}

Measures Book::Measure(size_t i, const Cut& cut) const {
  if (Whole(cut)) return sums_[i];
  Measures m;
  m.assets = sums_[i].assets;
  m.cost_fen = sums_[i].cost_fen;
  m.open_defects = sums_[i].open_defects;
  m.open_orders = sums_[i].open_orders;
  AddMonths(i, cut, [&](int) -> Measures& { return m; });
  return m;
}

Summary Book::Summarise(const Cut& cut, absl::Span<const Dim> by) const {
  const Readers lock(*this);
  Summary out;
  out.coverage = coverage_;
  const Sieve sieve(*this, cut);
  std::vector<Dim> dims;      // each once
  std::vector<size_t> order;  // of the answer's keys
  for (Dim d : by) {
    const auto at = std::find(dims.begin(), dims.end(), d);
    order.push_back(static_cast<size_t>(at - dims.begin()));
    if (at == dims.end()) dims.push_back(d);
  }
  std::vector<Axis> axes;
  for (Dim d : dims) axes.emplace_back(*this, sieve, d, out.names);
  Cells cells(axes);
  std::vector<uint32_t> found;
  for (uint32_t i = 0; i < slots_.size(); ++i) {
    if (sieve.Lets(slots_[i])) found.push_back(i);
  }
  const bool whole = Whole(cut);
  const bool by_month = std::find(dims.begin(), dims.end(), Dim::kMonth) != dims.end();
  std::vector<absl::uint128> of_month;  // from the first month on
  for (int m = first_month_; by_month && m <= last_month_; ++m) of_month.push_back(cells.OfMonth(m));
  for (size_t n = 0; n < found.size(); ++n) {
    if (n + 2 * kAhead < found.size()) __builtin_prefetch(&assets_[found[n + 2 * kAhead]].months);
    if (n + kAhead < found.size() && (by_month || !whole))
      __builtin_prefetch(assets_[found[n + kAhead]].months.data());
    const size_t i = found[n];
    const absl::uint128 at = cells.Of(slots_[i]);
    if (by_month) {
      // One row for each month in which something was done with the asset. What is open is a state of now, not of a
      // month.
      AddMonths(i, cut, [&](int month) -> Measures& {
        return cells.At(at + of_month[static_cast<size_t>(month - first_month_)]);
      });
    } else {
      cells.At(at).Add(whole ? sums_[i] : Measure(i, cut));
    }
  }
  cells.Tell(order, out);
  return out;
}

DetailPage Book::Detail(const Cut& cut, uint64_t cursor, size_t limit) const {
  const Readers lock(*this);
  DetailPage page;
  page.coverage = coverage_;
  Walk(cut, static_cast<size_t>(cursor), [&](size_t i) {
    ++page.total;
    if (page.rows.size() < limit) {
      page.rows.push_back({assets_[i], Measure(i, cut)});
      return true;
    }
    if (page.next == 0) page.next = i;
    return cursor == 0;  // only the first page counts them all
  });
  return page;
}

void Book::VisitAssets(const Cut& cut, const std::function<void(const AssetRow&, const Measures&)>& visit) const {
  const Readers lock(*this);
  Walk(cut, 0, [&](size_t i) {
    visit(assets_[i], Measure(i, cut));
    return true;
  });
}

void Book::VisitCases(const Cut& cut, uint32_t type, const std::function<void(const CaseRow&)>& visit) const {
  const Readers lock(*this);
  absl::flat_hash_map<PlaceId, bool> inside;
  for (const auto& [id, row] : directory_->places())
    inside.emplace(id, !cut.place || directory_->Above(cut.place, directory_->Root(id)));
  for (const CaseRow& row : cases_) {
    if (!row.id || row.deleted || (type != 0 && row.type != type)) continue;
    const int month = MonthOf(row.born_ms);
    if (month < cut.from_month || month > cut.to_month) continue;
    const auto place = inside.find(row.id.scope.place);
    if (place != inside.end() && place->second) visit(row);
  }
}

std::vector<DeviceAge> Book::Devices(PlaceId place) const {
  const Readers lock(*this);
  std::vector<DeviceAge> out;
  for (const auto& [id, device] : directory_->devices()) {
    const PlaceId root = directory_->Root(device.place);
    if (place && !directory_->Above(place, root)) continue;
    const auto written = written_.find(id);
    out.push_back({id, written == written_.end() ? 0 : written->second});
  }
  return out;
}

}  // namespace guanhu::ledger
