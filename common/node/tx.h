// One commit being prepared: rows by table and key, and the record states that it touches. Not thread-safe.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "common/base/ids.h"
#include "common/model/record.h"
#include "common/node/scope_state.h"
#include "common/store/store.h"

namespace guanhu::node {

struct CachedRecord {
  model::RecordState state;
  std::string before;  // stored bytes; empty if there were none
  bool dirty = false;
};

class Tx {
 public:
  void Put(store::Table table, std::string key, std::string value) {
    rows_[Index(table)][std::move(key)] = std::move(value);
  }
  void Delete(store::Table table, std::string key) { rows_[Index(table)][std::move(key)] = std::nullopt; }
  // nullptr: this commit does not touch the key; else the new value, nullopt when it is removed.
  const std::optional<std::string>* Find(store::Table table, const std::string& key) const {
    const auto& rows = rows_[Index(table)];
    auto it = rows.find(key);
    return it == rows.end() ? nullptr : &it->second;
  }
  const std::map<std::string, std::optional<std::string>>& rows(store::Table table) const {
    return rows_[Index(table)];
  }
  // Moves the rows out.
  void TakeBatch(store::Batch& batch) {
    for (size_t t = 0; t < rows_.size(); ++t) {
      for (auto it = rows_[t].begin(); it != rows_[t].end();) {
        auto row = rows_[t].extract(it++);
        if (row.mapped()) {
          batch.Put(static_cast<store::Table>(t), std::move(row.key()), *std::move(row.mapped()));
        } else {
          batch.Delete(static_cast<store::Table>(t), std::move(row.key()));
        }
      }
    }
  }

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
      reissued;  // city: took effect; the same may have been written again before
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
  std::array<std::map<std::string, std::optional<std::string>>, store::kTableCount> rows_;
};

}  // namespace guanhu::node
