#include "common/ledger/book.h"

#include <algorithm>
#include <mutex>
#include <optional>

namespace guanhu::ledger {

using base::PlaceId;
using base::RecordId;

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

// DEFECT_STATE_REJECTED, MERGED, CLOSED; all others wait.
bool IsOpenDefect(int state) { return state != 3 && state != 4 && state != 9; }
// ORDER_STATE_CANCELLED, CLOSED.
bool IsOpenOrder(int state) { return state != 6 && state != 10; }

void Book::Place(AssetRow row) {
  const auto at = asset_at_.find(row.id);
  if (at != asset_at_.end()) {
    assets_[at->second] = std::move(row);  // a row that came to nothing stays: positions are cursors
    return;
  }
  if (!row.exists && row.months.empty()) return;
  asset_at_.emplace(row.id, assets_.size());
  assets_.push_back(std::move(row));
}

void Book::PlaceCase(const RecordId& id, CaseRow row) {
  auto at = case_at_.find(id);
  if (at == case_at_.end()) {
    if (!row.id) return;
    at = case_at_.emplace(id, cases_.size()).first;
    cases_.push_back({});
  }
  const size_t index = at->second;
  if (cases_[index].about) std::erase(cases_about_[cases_[index].about], index);
  if (row.about && (row.type == kDefectType || row.type == kOrderType)) cases_about_[row.about].push_back(index);
  cases_[index] = std::move(row);
}

void Book::Put(BookUpdate update) {
  std::unique_lock lock(mu_);
  if (update.empty_first) {
    assets_.clear();
    asset_at_.clear();
    cases_.clear();
    case_at_.clear();
    cases_about_.clear();
    types_.clear();
  }
  for (auto& [id, row] : update.assets) Place(std::move(row));
  for (auto& [id, row] : update.cases) PlaceCase(id, std::move(row));
  for (auto& [id, row] : update.types) types_[id] = row;
  if (update.directory != nullptr) directory_ = std::move(update.directory);
  for (const auto& [node, ms] : update.written) {
    int64_t& latest = written_[node];
    latest = std::max(latest, ms);
  }
  coverage_ = std::move(update.coverage);
}

std::optional<AssetRow> Book::Asset(const RecordId& id) const {
  std::shared_lock lock(mu_);
  const auto at = asset_at_.find(id);
  return at == asset_at_.end() ? std::nullopt : std::optional<AssetRow>(assets_[at->second]);
}

std::optional<CaseRow> Book::Case(const RecordId& id) const {
  std::shared_lock lock(mu_);
  const auto at = case_at_.find(id);
  return at == case_at_.end() || !cases_[at->second].id ? std::nullopt : std::optional<CaseRow>(cases_[at->second]);
}

std::optional<TypeRow> Book::Type(const RecordId& id) const {
  std::shared_lock lock(mu_);
  const auto at = types_.find(id);
  return at == types_.end() ? std::nullopt : std::optional<TypeRow>(at->second);
}

Coverage Book::coverage() const {
  std::shared_lock lock(mu_);
  return coverage_;
}

std::shared_ptr<const domain::Directory> Book::directory() const {
  std::shared_lock lock(mu_);
  return directory_;
}

size_t Book::asset_count() const {
  std::shared_lock lock(mu_);
  return asset_at_.size();
}

Book::Places Book::PlacesIn(PlaceId place) const {
  Places places;
  for (const auto& [id, row] : directory_->places()) {
    const PlaceId root = directory_->Root(id);
    if (!place || directory_->Above(place, root)) places.emplace(id, root);
  }
  return places;
}

bool Book::Matches(const AssetRow& row, const Cut& cut, const Places& places) const {
  if (!row.Counts()) return false;
  if (cut.facility_class != 0 && row.facility_class != cut.facility_class) return false;
  if (cut.grade != 0 && row.grade != cut.grade) return false;
  if (cut.condition != 0 && row.condition != cut.condition) return false;
  if (cut.state != 0 && row.state != cut.state) return false;
  if (cut.type && row.type != cut.type) return false;
  if (cut.department) {
    const auto type = types_.find(row.type);
    if (type == types_.end() || type->second.department != cut.department) return false;
  }
  return places.contains(row.id.scope.place);
}

void Book::AddCases(const AssetRow& row, const Cut& cut, Measures& m) const {
  const auto about = cases_about_.find(row.id);
  if (about == cases_about_.end()) return;
  for (size_t i : about->second) {
    const CaseRow& c = cases_[i];
    if (c.deleted) continue;
    const int month = MonthOf(c.born_ms);
    const bool inside = month >= cut.from_month && month <= cut.to_month;
    if (c.type == kDefectType) {
      m.defects += inside ? 1 : 0;
      m.open_defects += IsOpenDefect(c.state) ? 1 : 0;
    } else {
      m.orders += inside ? 1 : 0;
      m.open_orders += IsOpenOrder(c.state) ? 1 : 0;
      m.order_cost_fen += inside ? c.amount_fen : 0;
    }
  }
}

Measures Book::Measure(const AssetRow& row, const Cut& cut) const {
  Measures m;
  m.assets = 1;
  m.cost_fen = row.cost_fen;
  for (const MonthCount& c : row.months) {
    if (c.month < cut.from_month || c.month > cut.to_month) continue;
    m.inspections += c.inspections;
    m.bad += c.bad;
    m.unreachable += c.unreachable;
    m.inspection_cost_fen += c.cost_fen;
  }
  AddCases(row, cut, m);
  return m;
}

uint64_t Book::KeyOf(Dim dim, const AssetRow& row, const Places& places, Summary& out) const {
  switch (dim) {
    case Dim::kPlace:
      return places.at(row.id.scope.place).value;
    case Dim::kTownship: {
      PlaceId at = places.at(row.id.scope.place);
      while (const domain::PlaceRow* place = directory_->Place(at)) {
        if (!place->parent || place->parent == directory_->county()) break;
        at = place->parent;
      }
      return at.value;
    }
    case Dim::kDepartment: {
      const auto type = types_.find(row.type);
      if (type == types_.end() || !type->second.department) return 0;
      const uint64_t key = base::ShortHash(type->second.department);
      out.names.emplace(key, type->second.department);
      return key;
    }
    case Dim::kType: {
      if (!row.type) return 0;
      const uint64_t key = base::ShortHash(row.type);
      out.names.emplace(key, row.type);
      return key;
    }
    case Dim::kClass:
      return row.facility_class;
    case Dim::kGrade:
      return row.grade;
    case Dim::kCondition:
      return row.condition;
    case Dim::kState:
      return row.state;
    case Dim::kMonth:
      break;
  }
  return 0;
}

// One row for each month in which something was done with the asset.
void Book::SummariseMonths(const AssetRow& row, const Cut& cut, absl::Span<const Dim> by, Keys keys,
                           Summary& out) const {
  std::map<int, Measures> months;
  for (const MonthCount& c : row.months) {
    if (c.month < cut.from_month || c.month > cut.to_month) continue;
    Measures& m = months[c.month];
    m.inspections += c.inspections;
    m.bad += c.bad;
    m.unreachable += c.unreachable;
    m.inspection_cost_fen += c.cost_fen;
  }
  if (const auto about = cases_about_.find(row.id); about != cases_about_.end()) {
    for (size_t i : about->second) {
      Cut month = cut;
      month.from_month = month.to_month = MonthOf(cases_[i].born_ms);
      if (month.from_month >= cut.from_month && month.from_month <= cut.to_month) months.try_emplace(month.from_month);
    }
  }
  for (auto& [month, m] : months) {
    Cut one = cut;
    one.from_month = one.to_month = month;
    AddCases(row, one, m);
    m.open_defects = m.open_orders = 0;  // a state of now, not of a month
    for (size_t d = 0; d < by.size(); ++d) {
      if (by[d] == Dim::kMonth) keys[d] = static_cast<uint64_t>(month);
    }
    out.rows[keys].Add(m);
    out.total.Add(m);
  }
}

Summary Book::Summarise(const Cut& cut, absl::Span<const Dim> by) const {
  std::shared_lock lock(mu_);
  Summary out;
  out.coverage = coverage_;
  const Places places = PlacesIn(cut.place);
  const bool months = std::find(by.begin(), by.end(), Dim::kMonth) != by.end();
  absl::flat_hash_map<Keys, Measures> rows;
  Keys keys(by.size());
  for (const AssetRow& row : assets_) {
    if (!Matches(row, cut, places)) continue;
    for (size_t d = 0; d < by.size(); ++d) keys[d] = KeyOf(by[d], row, places, out);
    if (months) {
      SummariseMonths(row, cut, by, keys, out);
      continue;
    }
    const Measures m = Measure(row, cut);
    rows[keys].Add(m);
    out.total.Add(m);
  }
  for (auto& [k, m] : rows) out.rows[k].Add(m);
  return out;
}

DetailPage Book::Detail(const Cut& cut, uint64_t cursor, size_t limit) const {
  std::shared_lock lock(mu_);
  DetailPage page;
  page.coverage = coverage_;
  const Places places = PlacesIn(cut.place);
  for (size_t i = static_cast<size_t>(cursor); i < assets_.size(); ++i) {
    if (!Matches(assets_[i], cut, places)) continue;
    ++page.total;
    if (page.rows.size() < limit) {
      page.rows.push_back({assets_[i], Measure(assets_[i], cut)});
    } else {
      if (page.next == 0) page.next = i;
      if (cursor != 0) break;  // only the first page counts them all
    }
  }
  return page;
}

void Book::VisitAssets(const Cut& cut, const std::function<void(const AssetRow&, const Measures&)>& visit) const {
  std::shared_lock lock(mu_);
  const Places places = PlacesIn(cut.place);
  for (const AssetRow& row : assets_) {
    if (Matches(row, cut, places)) visit(row, Measure(row, cut));
  }
}

void Book::VisitCases(const Cut& cut, uint32_t type, const std::function<void(const CaseRow&)>& visit) const {
  std::shared_lock lock(mu_);
  const Places places = PlacesIn(cut.place);
  for (const CaseRow& row : cases_) {
    if (!row.id || row.deleted || (type != 0 && row.type != type)) continue;
    const int month = MonthOf(row.born_ms);
    if (month < cut.from_month || month > cut.to_month) continue;
    if (places.contains(row.id.scope.place)) visit(row);
  }
}

std::vector<DeviceAge> Book::Devices(PlaceId place) const {
  std::shared_lock lock(mu_);
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
