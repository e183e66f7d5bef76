#include "common/figures/duties.h"

#include <algorithm>

#include "common/base/status.h"
#include "common/figures/lister.h"
#include "guanhu/records/v1/fund.pb.h"
#include "guanhu/records/v1/technique.pb.h"

namespace guanhu::figures {

namespace rec = records::v1;
using base::RecordId;

absl::Status Duties::Read(int64_t at_ms) {
  GUANHU_RETURN_IF_ERROR(desk_.Each<rec::Responsibility>({}, [&](const RecordId& id, const rec::Responsibility& d) {
    if (d.from_ms() > at_ms || (d.has_to_ms() && d.to_ms() <= at_ms)) return;
    all_.push_back({id, d, d.has_asset()});
  }));
  std::sort(all_.begin(), all_.end(), [](const DutyRow& a, const DutyRow& b) {
    return std::pair(a.duty.from_ms(), a.id) < std::pair(b.duty.from_ms(), b.id);
  });
  for (size_t i = 0; i < all_.size(); ++i) {
    const DutyRow& row = all_[i];
    if (row.of_asset) {
      by_asset_[schema::FromRef(row.duty.asset(), row.id.scope)].push_back(i);
      continue;
    }
    const base::PlaceId place = row.duty.place() == 0 ? row.id.scope.place : base::PlaceId{row.duty.place()};
    const RecordId type =
        row.duty.has_facility_type() ? schema::FromRef(row.duty.facility_type(), row.id.scope) : RecordId{};
    by_place_[{desk_.directory().Root(place), type}].push_back(i);
  }
  return absl::OkStatus();
}

const DutyRow* Duties::Of(const ledger::AssetRow& asset) const {
  if (const auto own = by_asset_.find(asset.id); own != by_asset_.end()) return &all_[own->second.back()];
  base::PlaceId at = desk_.directory().Root(asset.id.scope.place);
  for (size_t steps = 0; at && steps < 16; ++steps) {
    for (const RecordId& type : {asset.type, RecordId{}}) {
      const auto it = by_place_.find({at, type});
      if (it != by_place_.end()) return &all_[it->second.back()];
    }
    const domain::PlaceRow* row = desk_.directory().Place(at);
    at = row == nullptr ? base::PlaceId{} : row->parent;
  }
  return nullptr;
}

absl::Status Support::Read() {
  GUANHU_RETURN_IF_ERROR(desk_.Each<rec::BudgetLine>({}, [&](const RecordId& id, const rec::BudgetLine& l) {
    const base::PlaceId place = l.place() == 0 ? id.scope.place : base::PlaceId{l.place()};
    lines_.insert({desk_.directory().Root(place),
                   l.has_facility_type() ? schema::FromRef(l.facility_type(), id.scope) : RecordId{}});
  }));
  GUANHU_RETURN_IF_ERROR(desk_.Each<rec::Standard>({}, [&](const RecordId& id, const rec::Standard& s) {
    if (s.has_facility_type()) {
      standards_.insert({schema::FromRef(s.facility_type(), id.scope), s.grade()});
    } else {
      class_standards_.insert({s.facility_class(), s.grade()});
    }
  }));
  GUANHU_RETURN_IF_ERROR(desk_.Each<rec::Document>({}, [&](const RecordId& id, const rec::Document& d) {
    if (d.kind() == rec::DOCUMENT_KIND_GUIDE && d.has_facility_type() &&
        StateOf(desk_, id) == rec::DOCUMENT_STATE_PUBLISHED)
      helped_types_.insert(schema::FromRef(d.facility_type(), id.scope));
  }));
  GUANHU_RETURN_IF_ERROR(desk_.Each<rec::Expert>({}, [&](const RecordId& id, const rec::Expert& e) {
    if (e.has_available() && !e.available()) return;
    for (const rec::RecordRef& t : e.facility_types()) helped_types_.insert(schema::FromRef(t, id.scope));
    helped_classes_.insert(e.classes().begin(), e.classes().end());
  }));
  return desk_.Each<rec::Coaching>(
      {}, [&](const RecordId&, const rec::Coaching& c) { coached_.push_back(base::PlaceId{c.place()}); });
}

bool Support::HasStandard(const ledger::AssetRow& asset) const {
  for (int grade : {static_cast<int>(asset.grade), 0}) {
    if (asset.type && standards_.contains({asset.type, grade})) return true;
    if (class_standards_.contains({asset.facility_class, grade})) return true;
  }
  return false;
}

Lacks Support::Of(const ledger::AssetRow& asset) const {
  const DutyRow* duty = duties_.Of(asset);
  const base::PlaceId place = desk_.directory().Root(asset.id.scope.place);
  Lacks lacks;
  const bool funded = duty != nullptr && (duty->duty.fund_source() != 0 || duty->duty.has_fund_line());
  lacks.fund = !funded && !lines_.contains({place, asset.type}) && !lines_.contains({place, RecordId{}});
  lacks.person = duty == nullptr || (!duty->duty.has_maintainer_org() && !duty->duty.has_maintainer_person());
  lacks.standard = !(duty != nullptr && duty->duty.has_standard()) && !HasStandard(asset);
  const bool coached = std::any_of(coached_.begin(), coached_.end(),
                                   [&](base::PlaceId p) { return p && desk_.Inside(p, asset.id.scope.place); });
  lacks.support = !coached && !helped_types_.contains(asset.type) && !helped_classes_.contains(asset.facility_class);
  return lacks;
}

bool Support::Owned(const ledger::AssetRow& asset) const {
  const DutyRow* duty = duties_.Of(asset);
  if (duty != nullptr && !duty->duty.ownership_text().empty()) return true;
  bool owned = false;
  desk_
      .Linked<rec::Title>(asset.id, [&](const RecordId& id,
                                        const rec::Title&) { owned |= StateOf(desk_, id) != rec::TITLE_STATE_REVOKED; })
      .IgnoreError();
  return owned;
}

std::vector<ledger::AssetRow> AssetsOf(const Desk& desk, const Question& question) {
  std::vector<ledger::AssetRow> rows;  // the book's lock is not held while records are read
  desk.book().VisitAssets(question.cut, [&](const ledger::AssetRow& row, const ledger::Measures&) {
    if (row.exists && row.Counts()) rows.push_back(row);
  });
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return rows;
}

}  // namespace guanhu::figures
