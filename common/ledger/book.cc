#include "common/ledger/book.h"

#include <algorithm>
#include <optional>

#include "common/ledger/book_parts.h"

namespace guanhu::ledger {

using base::PlaceId;
using base::RecordId;

namespace {

constexpr int kMonthMax = std::numeric_limits<uint16_t>::max();

// A hash table's own order differs from process to process, and positions are cursors.
template <typename Rows>
std::vector<RecordId> Sorted(const Rows& rows) {
  std::vector<RecordId> ids;
  ids.reserve(rows.size());
  for (const auto& [id, row] : rows) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace

void Measures::Add(const Measures& o) {
  assets += o.assets;
  cost_fen += o.cost_fen;
  inspections += o.inspections;
  bad += o.bad;
  unreachable += o.unreachable;
  inspection_cost_fen += o.inspection_cost_fen;
  defects += o.defects;
  open_defects += o.open_defects;
  orders += o.orders;
  open_orders += o.open_orders;
  order_cost_fen += o.order_cost_fen;
}

void Measures::Subtract(const Measures& o) {
  assets -= o.assets;
  cost_fen -= o.cost_fen;
  inspections -= o.inspections;
  bad -= o.bad;
  unreachable -= o.unreachable;
  inspection_cost_fen -= o.inspection_cost_fen;
  defects -= o.defects;
  open_defects -= o.open_defects;
  orders -= o.orders;
  open_orders -= o.open_orders;
  order_cost_fen -= o.order_cost_fen;
}

// DEFECT_STATE_REJECTED, MERGED, CLOSED; all others wait.
bool IsOpenDefect(int state) { return state != 3 && state != 4 && state != 9; }
// ORDER_STATE_CANCELLED, CLOSED.
bool IsOpenOrder(int state) { return state != 6 && state != 10; }

// The number under which an asset's columns stand; cases may name an asset before its row comes.
uint32_t Book::SlotOf(const RecordId& asset) {
  const auto [it, fresh] = asset_at_.try_emplace(asset, static_cast<uint32_t>(assets_.size()));
  if (!fresh) return it->second;
  assets_.emplace_back();
  assets_.back().id = asset;
  slots_.emplace_back();
  sums_.emplace_back();
  case_months_.emplace_back();
  const auto [place, unknown] = place_at_.try_emplace(asset.scope.place, static_cast<uint32_t>(places_.size()));
  if (unknown) places_.push_back(asset.scope.place);
  slots_.back().place = place->second;
  return it->second;
}

uint32_t Book::KindOf(const RecordId& type) {
  const auto [it, fresh] = kind_at_.try_emplace(type, static_cast<uint32_t>(kinds_.size()));
  if (fresh) kinds_.push_back(type);
  return it->second;
}

void Book::Place(AssetRow row) {
  const auto at = asset_at_.find(row.id);
  const bool known = at != asset_at_.end() && slots_[at->second].placed;
  if (!known && !row.exists && row.months.empty()) return;
  const uint32_t i = SlotOf(row.id);
  Slot& slot = slots_[i];
  if (!slot.placed) ++placed_;  // a row that came to nothing stays: positions are cursors
  slot.placed = true;
  slot.type = KindOf(row.type);
  slot.facility_class = row.facility_class;
  slot.grade = row.grade;
  slot.state = row.state;
  slot.condition = row.condition;
  slot.counts = row.Counts();
  Measures& sum = sums_[i];
  sum.assets = 1;
  sum.cost_fen = row.cost_fen;
  sum.inspections = sum.bad = sum.unreachable = 0;
  sum.inspection_cost_fen = 0;
  for (const MonthCount& c : row.months) {
    sum.inspections += c.inspections;
    sum.bad += c.bad;
    sum.unreachable += c.unreachable;
    sum.inspection_cost_fen += c.cost_fen;
  }
  if (!row.months.empty()) {
    first_month_ = std::min<int>(first_month_, row.months.front().month);
    last_month_ = std::max<int>(last_month_, row.months.back().month);
  }
  assets_[i] = std::move(row);
}

// Adds a case to its asset's columns, or takes it out of them.
void Book::CountCase(const CaseRow& row, bool add) {
  if (!row.about || row.deleted || (row.type != kDefectType && row.type != kOrderType)) return;
  const uint32_t i = SlotOf(row.about);
  Measures m;
  // A clock that is wrong by ages must not stretch the axis of months.
  CaseMonth month{std::clamp(MonthOf(row.born_ms), 0, kMonthMax), 0, 0, 0};
  if (row.type == kDefectType) {
    m.defects = month.defects = 1;
    m.open_defects = IsOpenDefect(row.state) ? 1 : 0;
  } else {
    m.orders = month.orders = 1;
    m.open_orders = IsOpenOrder(row.state) ? 1 : 0;
    m.order_cost_fen = month.order_cost_fen = row.amount_fen;
  }
  std::vector<CaseMonth>& months = case_months_[i];
  auto at = std::lower_bound(months.begin(), months.end(), month.month,
                             [](const CaseMonth& c, int n) { return c.month < n; });
  if (!add) {
    sums_[i].Subtract(m);
    at->defects -= month.defects;
    at->orders -= month.orders;
    at->order_cost_fen -= month.order_cost_fen;
    if (at->defects == 0 && at->orders == 0) months.erase(at);
    return;
  }
  sums_[i].Add(m);
  if (at == months.end() || at->month != month.month) {
    months.insert(at, month);
    first_month_ = std::min(first_month_, month.month);
    last_month_ = std::max(last_month_, month.month);
    return;
  }
  at->defects += month.defects;
  at->orders += month.orders;
  at->order_cost_fen += month.order_cost_fen;
}

void Book::PlaceCase(const RecordId& id, CaseRow row) {
  auto at = case_at_.find(id);
  if (at == case_at_.end()) {
    if (!row.id) return;
    at = case_at_.emplace(id, cases_.size()).first;
    cases_.push_back({});
  }
  CaseRow& held = cases_[at->second];
  CountCase(held, false);
  CountCase(row, true);
  held = std::move(row);
}

void Book::Put(BookUpdate update) {
  const std::lock_guard<std::mutex> gate(gate_);
  const std::unique_lock<std::shared_mutex> lock(mu_);
  if (update.empty_first) {
    assets_.clear();
    slots_.clear();
    sums_.clear();
    case_months_.clear();
    asset_at_.clear();
    placed_ = 0;
    cases_.clear();
    case_at_.clear();
    types_.clear();
    names_.clear();
  }
  for (AssetRow& row : update.first_assets) Place(std::move(row));
  for (CaseRow& row : update.first_cases) {
    const RecordId id = row.id;
    PlaceCase(id, std::move(row));
  }
  for (const RecordId& id : Sorted(update.assets)) Place(std::move(update.assets.at(id)));
  for (const RecordId& id : Sorted(update.cases)) PlaceCase(id, std::move(update.cases.at(id)));
  for (auto& [id, row] : update.types) types_[id] = row;
  for (auto& [id, row] : update.names) {
    if (row.type == 0) {
      names_.erase(id);
    } else {
      names_[id] = std::move(row);
    }
  }
  if (update.directory != nullptr) directory_ = std::move(update.directory);
  for (const auto& [node, ms] : update.written) {
    int64_t& latest = written_[node];
    latest = std::max(latest, ms);
  }
  coverage_ = std::move(update.coverage);
}

std::optional<AssetRow> Book::Asset(const RecordId& id) const {
  const Readers lock(*this);
  const auto at = asset_at_.find(id);
  if (at == asset_at_.end() || !slots_[at->second].placed) return std::nullopt;
  return assets_[at->second];
}

std::optional<CaseRow> Book::Case(const RecordId& id) const {
  const Readers lock(*this);
  const auto at = case_at_.find(id);
  return at == case_at_.end() || !cases_[at->second].id ? std::nullopt : std::optional<CaseRow>(cases_[at->second]);
}

std::optional<TypeRow> Book::Type(const RecordId& id) const {
  const Readers lock(*this);
  const auto at = types_.find(id);
  return at == types_.end() ? std::nullopt : std::optional<TypeRow>(at->second);
}

std::string Book::Name(const RecordId& id) const {
  const Readers lock(*this);
  const auto at = names_.find(id);
  return at == names_.end() ? std::string() : at->second.text;
}

std::vector<RecordId> Book::Named(uint32_t type, absl::string_view text) const {
  const Readers lock(*this);
  std::vector<RecordId> out;
  for (const auto& [id, row] : names_) {
    if (row.type == type && (row.text == text || base::ToText(base::ShortHash(id)) == text || base::ToText(id) == text))
      out.push_back(id);
  }
  return out;
}

Coverage Book::coverage() const {
  const Readers lock(*this);
  return coverage_;
}

std::shared_ptr<const domain::Directory> Book::directory() const {
  const Readers lock(*this);
  return directory_;
}

size_t Book::asset_count() const {
  const Readers lock(*this);
  return placed_;
}

}  // namespace guanhu::ledger
