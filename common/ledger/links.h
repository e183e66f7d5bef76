// Which records belong to what was done with another: steps, inspections, remarks, entries, votes. The index follows
// from the `link` fields of the schema.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "common/base/ids.h"
#include "common/ledger/rows.h"
#include "common/model/record.h"
#include "common/node/node.h"
#include "common/schema/schema.h"

namespace guanhu::ledger {

class Links {
 public:
  virtual ~Links() = default;
  // Sources of one type that name `target`, until `visit` returns false; ascending ids. Errors: those of the store.
  virtual absl::Status Visit(uint64_t target, uint32_t source_type,
                             const std::function<bool(const base::RecordId&)>& visit) const = 0;
  absl::Status Visit(const base::RecordId& target, uint32_t source_type,
                     const std::function<bool(const base::RecordId&)>& visit) const {
    return Visit(base::ShortHash(target), source_type, visit);
  }
};

// The same read from the records themselves, for when the index cannot be read. Slow: each question walks all records
// of the source's type. Outlived by both.
class WalkedLinks final : public Links {
 public:
  WalkedLinks(const node::Node* node, const schema::Schema* schema) : node_(node), schema_(schema) {}
  using Links::Visit;
  absl::Status Visit(uint64_t target, uint32_t source_type,
                     const std::function<bool(const base::RecordId&)>& visit) const override;

 private:
  const node::Node* const node_;
  const schema::Schema* const schema_;
};

// What a record belongs to: every value of every link field, shown or not.
struct Targets {
  std::set<base::RecordId> records;
  std::set<uint64_t> hashes;  // of the records, and of linked byte strings such as a receipt's fingerprint
};
// The target that stands for a byte string.
uint64_t TargetOf(absl::string_view bytes);
Targets LinksOf(const schema::RecordInfo& info, const base::RecordId& id, const model::RecordState& state);

}  // namespace guanhu::ledger
