// One commit being prepared: rows by table and key, and the record states that it touches. Not thread-safe.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "common/base/ids.h"
#include "common/model/record.h"
#include "common/node/scope_state.h"
#include "common/node/seams.h"
#include "common/store/store.h"

namespace guanhu::node {

struct CachedRecord {
  model::RecordState state;
  std::string before;  // stored bytes; empty if there were none
  bool dirty = false;
};

// A batch whose chain is known before its turn.
struct PreparedBatch {
  model::Head from;                  // the head that it continues
  std::vector<base::Hash256> chain;  // after each entry
  size_t first_check = 0;            // of Tx::checks; one for each head
};

class Tx {
 public:
  Tx() = default;
  Tx(const Tx&) = delete;
  Tx& operator=(const Tx&) = delete;

  // Makes room for so many rows of a table.
  void Expect(store::Table table, size_t rows) { index_[Index(table)].reserve(rows); }
  void Put(store::Table table, std::string key, std::string value) {
    Add({table, false, std::move(key), std::move(value)});
  }
  void Delete(store::Table table, std::string key) { Add({table, true, std::move(key), {}}); }
  // nullptr: this commit does not touch the key; else what it does with it.
  const store::Batch::Op* Find(store::Table table, absl::string_view key) const {
    const auto& index = index_[Index(table)];
    const auto it = index.find(key);
    return it == index.end() ? nullptr : it->second;
  }
  // In the order in which their keys were first touched.
  const std::deque<store::Batch::Op>& rows() const { return rows_; }
  // Moves the rows out.
  void TakeBatch(store::Batch& batch) {
    batch.Reserve(batch.ops().size() + rows_.size());
    for (auto& index : index_) index.clear();
    for (store::Batch::Op& op : rows_) {
      if (op.remove) {
        batch.Delete(op.table, std::move(op.key));
      } else {
        batch.Put(op.table, std::move(op.key), std::move(op.value));
      }
    }
    rows_.clear();
  }

  // Batches that continue what is held, by their place in memory: their chain and their checks of signatures.
  std::map<const model::EntryBatch*, PreparedBatch> prepared;
  std::unique_ptr<PendingChecks> checks;

  std::map<RecordKeyId, CachedRecord> records;
  std::set<base::JournalId> moved;
  std::set<base::JournalId> truncated;
  std::set<base::ScopeId> acks;
  std::set<base::ScopeId> states;   // state digests to write
  std::set<base::ScopeId> rebuild;  // scopes whose states must be computed anew
  std::set<base::ScopeId>
      learn;  // scopes held from now on: what the city decided there may lie unread in their journals
  std::optional<base::ScopeId> rebuilding;  // whose stored states must not be read
  std::set<std::pair<base::JournalId, uint64_t>>
      reissued;                                // city: took effect; the same may have been written again before
  std::map<RecordKeyId, std::string> changed;  // records that differ -> their stored states before; for views only
  std::set<base::ScopeId> made_anew;
  std::map<base::Origin, int64_t> written;
  bool directory = false;
  bool directory_read = false;
  bool control = false;
  bool marks = false;   // city: something to judge
  bool synced = false;  // something that must be durable before it is acknowledged

 private:
  static size_t Index(store::Table table) { return static_cast<size_t>(table); }
  void Add(store::Batch::Op op) {
    rows_.push_back(std::move(op));
    store::Batch::Op& row = rows_.back();
    const auto [it, added] = index_[Index(row.table)].try_emplace(absl::string_view(row.key), &row);
    if (added) return;
    it->second->remove = row.remove;
    it->second->value = std::move(row.value);
    rows_.pop_back();
  }

  std::deque<store::Batch::Op> rows_;  // stays in place, so that the index can point to its keys
  std::array<absl::flat_hash_map<absl::string_view, store::Batch::Op*>, store::kTableCount> index_;
};

}  // namespace guanhu::node
