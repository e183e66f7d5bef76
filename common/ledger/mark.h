// A mark: how far each journal had come, never a time. What stood at a mark is computed again from the journals, so it
// is the same whenever and wherever it is asked, as long as those journals are held.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/ledger/views.h"
#include "common/node/node.h"
#include "common/schema/schema.h"
#include "common/store/mem_store.h"

namespace guanhu::ledger {

struct MarkPoint {
  base::JournalId journal;
  uint64_t seq = 0;
  friend auto operator<=>(const MarkPoint&, const MarkPoint&) = default;
};

// The vectors of a node: the county's published journals, and all of `place` and below (none: all held). Canonical.
std::vector<MarkPoint> PointsOf(const node::Node& node, base::PlaceId place);
std::string EncodePoints(const std::vector<MarkPoint>& points);
// Errors: kInvalidArgument.
absl::StatusOr<std::vector<MarkPoint>> DecodePoints(absl::string_view bytes);

// The records and ledgers as they stood at a mark, in memory. Not thread-safe.
class Past {
 public:
  // Reads the journals of `present` up to the points; what outlives the object: trust, rules, schema. Journals that are
  // not held, or not so far, are named in `missing` and left at what is held.
  // Errors: kDataLoss, and those of reading.
  static absl::StatusOr<std::unique_ptr<Past>> At(const node::Node& present, const node::Trust& trust,
                                                  const node::Rules& rules, const schema::Schema& schema,
                                                  base::PlaceId county, const std::vector<MarkPoint>& points);
  const node::Node& node() const { return *node_; }
  const LedgerViews& ledger() const { return *ledger_; }
  const std::vector<MarkPoint>& missing() const { return missing_; }

 private:
  // Believes what this machine verified when it came, and writes nothing that anybody else will see.
  class Reader final : public node::Trust {
   public:
    explicit Reader(const node::Trust& trust);
    const node::AuthorInfo& self() const override { return self_; }
    const std::string& certificate() const override { return certificate_; }
    std::string Sign(absl::string_view) const override { return "reader"; }
    bool Verify(absl::string_view, absl::string_view, absl::string_view) const override { return true; }
    absl::StatusOr<node::AuthorInfo> CheckCertificate(absl::string_view certificate) const override {
      return trust_.CheckCertificate(certificate);
    }

   private:
    const node::Trust& trust_;
    node::AuthorInfo self_;
    std::string certificate_;
  };
  class NoChance final : public base::Random {
   public:
    uint64_t Next64() override { return ++state_; }

   private:
    uint64_t state_ = 0;
  };
  explicit Past(const node::Trust& trust) : trust_(trust) {}
  absl::Status Take(const node::Node& present, const MarkPoint& point);

  Reader trust_;
  NoChance random_;
  store::MemDisk disk_;
  std::unique_ptr<store::MemStore> store_;
  std::unique_ptr<LedgerViews> ledger_;
  std::unique_ptr<node::Node> node_;
  std::vector<MarkPoint> missing_;
};

}  // namespace guanhu::ledger
