// Who answers for an asset, and what it lacks. Read once for one question; used on the node's thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/figures/desk.h"
#include "guanhu/records/v1/duty.pb.h"

namespace guanhu::figures {

struct DutyRow {
  base::RecordId id;
  records::v1::Responsibility duty;
  bool of_asset = false;  // else of a place and facility type
};

class Duties {
 public:
  explicit Duties(const Desk& desk) : desk_(desk) {}
  // What holds at `at_ms`. Errors: the store's.
  absl::Status Read(int64_t at_ms);
  // The duty of the asset itself, else that of its type at the nearest place, else that of all types there; of several
  // the one that began last. nullptr: nobody.
  const DutyRow* Of(const ledger::AssetRow& asset) const;
  const std::vector<DutyRow>& all() const { return all_; }

 private:
  const Desk& desk_;
  std::vector<DutyRow> all_;
  std::map<base::RecordId, std::vector<size_t>> by_asset_;
  std::map<std::pair<base::PlaceId, base::RecordId>, std::vector<size_t>> by_place_;  // place, type or none
};

// The four lacks of an asset (四缺), each true where something is missing.
struct Lacks {
  bool fund = false;
  bool person = false;
  bool standard = false;
  bool support = false;
  int count() const { return fund + person + standard + support; }
};

class Support {
 public:
  Support(const Desk& desk, const Duties& duties) : desk_(desk), duties_(duties) {}
  absl::Status Read();
  // Fund: a line or source in the duty, or a budget line of the village. Person: a maintainer in the duty. Standard:
  // named in the duty, or one for its type or class. Support: a published guide or an available expert for its type or
  // class, or a coach of its place.
  Lacks Of(const ledger::AssetRow& asset) const;
  // Whether an owner is known: a title that was not revoked, or words in the duty.
  bool Owned(const ledger::AssetRow& asset) const;

 private:
  bool HasStandard(const ledger::AssetRow& asset) const;

  const Desk& desk_;
  const Duties& duties_;
  std::set<std::pair<base::PlaceId, base::RecordId>> lines_;  // place, type or none
  std::set<std::pair<base::RecordId, int>> standards_;        // type, grade
  std::set<std::pair<int, int>> class_standards_;             // class, grade
  std::set<base::RecordId> helped_types_;
  std::set<int> helped_classes_;
  std::vector<base::PlaceId> coached_;
};

// Assets of the cut that count, by id.
std::vector<ledger::AssetRow> AssetsOf(const Desk& desk, const Question& question);

}  // namespace guanhu::figures
