// How a cut is asked of many assets. Included by the book's own sources only; all of it under the book's lock.
#pragma once

#include <algorithm>
#include <utility>

#include "absl/numeric/int128.h"
#include "common/ledger/book.h"

namespace guanhu::ledger {

// Readers come one after the other through a gate at which a writer waits too: without it a stream of questions would
// keep the node's thread out for as long as it lasts.
class Book::Readers {
 public:
  explicit Readers(const Book& book) {
    std::lock_guard<std::mutex> gate(book.gate_);
    lock_ = std::shared_lock<std::shared_mutex>(book.mu_);
  }

 private:
  std::shared_lock<std::shared_mutex> lock_;
};

class Book::Sieve {
 public:
  Sieve(const Book& book, const Cut& cut) : cut_(cut) {
    for (base::PlaceId id : book.places_) {
      base::PlaceId root;
      if (book.directory_->Place(id) != nullptr) root = book.directory_->Root(id);
      if (cut.place && root && !book.directory_->Above(cut.place, root)) root = base::PlaceId{};
      roots_.push_back(root);
    }
    for (const base::RecordId& kind : book.kinds_) {
      bool fits = !cut.type || kind == cut.type;
      if (fits && cut.department) {
        const auto type = book.types_.find(kind);
        fits = type != book.types_.end() && type->second.department == cut.department;
      }
      kinds_.push_back(fits);
    }
  }
  bool Lets(const Slot& s) const {
    return s.counts && (cut_.facility_class == 0 || s.facility_class == cut_.facility_class) &&
           (cut_.grade == 0 || s.grade == cut_.grade) && (cut_.condition == 0 || s.condition == cut_.condition) &&
           (cut_.state == 0 || s.state == cut_.state) && kinds_[s.type] && roots_[s.place];
  }
  // Where each of the book's places is counted; none: outside of the cut.
  const std::vector<base::PlaceId>& roots() const { return roots_; }

 private:
  const Cut& cut_;
  std::vector<base::PlaceId> roots_;
  std::vector<bool> kinds_;
};

class Book::Axis {
 public:
  Axis(const Book& book, const Sieve& sieve, Dim dim, std::map<uint64_t, base::RecordId>& names) : dim_(dim) {
    if (dim == Dim::kPlace || dim == Dim::kTownship) {
      for (base::PlaceId root : sieve.roots()) at_.push_back(Number(dim == Dim::kPlace ? root : Township(book, root)));
    } else if (dim == Dim::kDepartment || dim == Dim::kType) {
      for (const base::RecordId& kind : book.kinds_) {
        const auto type = book.types_.find(kind);
        const base::RecordId id = dim == Dim::kType               ? kind
                                  : type == book.types_.end() ? base::RecordId{}
                                                                  : type->second.department;
        const uint64_t key = id ? base::ShortHash(id) : 0;
        if (id) names.emplace(key, id);
        at_.push_back(NumberOf(key));
      }
    } else if (dim == Dim::kMonth) {
      first_ = book.first_month_;
      if (book.last_month_ >= first_) size_ = static_cast<size_t>(book.last_month_ - first_ + 1);
    } else {
      size_ = 256;
    }
    if (!at_.empty()) size_ = values_.size();
  }

  Dim dim() const { return dim_; }
  size_t size() const { return std::max<size_t>(1, size_); }
  // Not for kMonth.
  size_t Of(const Slot& s) const {
    switch (dim_) {
      case Dim::kPlace:
      case Dim::kTownship:
        return at_[s.place];
      case Dim::kDepartment:
      case Dim::kType:
        return at_[s.type];
      case Dim::kClass:
        return s.facility_class;
      case Dim::kGrade:
        return s.grade;
      case Dim::kCondition:
        return s.condition;
      case Dim::kState:
        return s.state;
      case Dim::kMonth:
        break;
    }
    return 0;
  }
  size_t OfMonth(int month) const { return static_cast<size_t>(month - first_); }
  uint64_t Key(size_t number) const {
    if (dim_ == Dim::kMonth) return number + static_cast<uint64_t>(first_);
    return at_.empty() ? number : values_[number];
  }

 private:
  static base::PlaceId Township(const Book& book, base::PlaceId at) {
    while (const domain::PlaceRow* place = book.directory_->Place(at)) {
      if (!place->parent || place->parent == book.directory_->county()) break;
      at = place->parent;
    }
    return at;
  }
  uint32_t Number(base::PlaceId place) { return NumberOf(place.value); }
  uint32_t NumberOf(uint64_t key) {
    const auto [it, fresh] = numbers_.try_emplace(key, static_cast<uint32_t>(values_.size()));
    if (fresh) values_.push_back(key);
    return it->second;
  }

  const Dim dim_;
  size_t size_ = 0;
  int first_ = 0;
  std::vector<uint32_t> at_;      // of each of the book's places or kinds: which of the values
  std::vector<uint64_t> values_;  // keys
  absl::flat_hash_map<uint64_t, uint32_t> numbers_;
};

// A row for each combination of the axes' values that occurs.
class Book::Cells {
 public:
  explicit Cells(const std::vector<Axis>& axes) : axes_(axes) {
    absl::uint128 all = 1;
    for (const Axis& a : axes) all *= a.size();  // far below 2^128: there are nine dimensions
    if (all <= kTableMax) table_.assign(static_cast<size_t>(all), 0);
  }
  Measures& At(absl::uint128 combination) {
    uint32_t& at = table_.empty() ? numbers_[combination] : table_[static_cast<size_t>(combination)];
    if (at == 0) {
      rows_.push_back({combination, {}});
      at = static_cast<uint32_t>(rows_.size());
    }
    return rows_[at - 1].second;
  }
  absl::uint128 Of(const Slot& s) const {
    absl::uint128 out = 0;
    for (const Axis& a : axes_) out = out * a.size() + a.Of(s);
    return out;
  }
  // What a month adds to the combination of a slot.
  absl::uint128 OfMonth(int month) const {
    absl::uint128 out = 0;
    for (const Axis& a : axes_) out = out * a.size() + (a.dim() == Dim::kMonth ? a.OfMonth(month) : 0);
    return out;
  }
  void Tell(absl::Span<const size_t> order, Summary& out) const {
    for (const auto& [combination, measures] : rows_) {
      std::vector<uint64_t> keys(axes_.size());
      absl::uint128 rest = combination;
      for (size_t i = axes_.size(); i-- > 0;) {
        keys[i] = axes_[i].Key(static_cast<size_t>(rest % axes_[i].size()));
        rest /= axes_[i].size();
      }
      Keys told;
      for (size_t i : order) told.push_back(keys[i]);
      out.rows[std::move(told)].Add(measures);
      out.total.Add(measures);
    }
  }

 private:
  static constexpr uint64_t kTableMax = 1 << 20;
  const std::vector<Axis>& axes_;
  std::vector<uint32_t> table_;  // combination -> 1 + row; empty: there are too many
  absl::flat_hash_map<absl::uint128, uint32_t> numbers_;
  std::vector<std::pair<absl::uint128, Measures>> rows_;
};

}  // namespace guanhu::ledger
