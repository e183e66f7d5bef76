// What really happened in a run: every acknowledged change and what its author's store had applied when it was written.
// Judged by it, never by stamps. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/base/ids.h"
#include "common/model/entry.h"
#include "common/node/node.h"
#include "common/store/store.h"

namespace guanhu::sim {

// Every edit carries its change's uid in this field, so that it can be followed wherever it goes.
inline constexpr uint32_t kMarkerField = 15;

struct EditInfo {
  uint32_t type = 0;
  base::RecordId id;
  std::vector<uint32_t> set;
  std::vector<uint32_t> cleared;
  uint64_t uid = 0;
};

// One entry of some journal, read once however many stores hold it.
struct EntryInfo {
  base::JournalId journal;
  uint64_t seq = 0;
  base::Hash256 chain{};
  uint64_t hash = 0;
  model::Entry entry;
  bool change = false;
  bool reissue = false;
  uint64_t uid = 0;  // 0: not a change of ours
  std::vector<EditInfo> edits;
};

class Archive {
 public:
  // `previous` is the chain before; sets `*sound` to false when `chain` does not follow from it.
  const EntryInfo* Intern(const base::JournalId& j, uint64_t seq, const base::Hash256& previous,
                          const base::Hash256& chain, absl::string_view bytes, bool* sound);
  // An entry without its journal, as quarantine holds it.
  const EntryInfo* InternAside(const sync::AsideItem& item);
  const std::unordered_map<uint64_t, std::unique_ptr<EntryInfo>>& all() const { return entries_; }

 private:
  std::unordered_map<uint64_t, std::unique_ptr<EntryInfo>> entries_;  // by hash
  std::unordered_map<uint64_t, std::unique_ptr<EntryInfo>> aside_;    // by hash and content
};

uint64_t UidOf(const model::Edit& edit);

// The journals of one store, kept up with it.
class JournalCache {
 public:
  // Reads what the node holds of a scope. Returns a sentence if a journal has a hole or a broken chain.
  std::string Refresh(const node::Node& node, const store::Store& store, Archive& archive, const base::ScopeId& scope);
  std::string RefreshAll(const node::Node& node, const store::Store& store, Archive& archive);
  void Clear() { journals.clear(); }
  bool Holds(const base::JournalId& j, uint64_t seq, uint64_t hash) const;

  std::map<base::JournalId, std::vector<const EntryInfo*>> journals;
};

struct SeenEdit {
  uint64_t hash = 0;  // of the entry that was seen
  base::JournalId journal;
  uint64_t last_seq = 0;  // the newest edit of that journal that was seen, with its hash
  uint64_t last_hash = 0;
};

struct TrueEdit {
  std::map<uint64_t, SeenEdit> seen;  // uid -> where, as applied at the author
  std::set<uint64_t> shown_held;      // uids that were stored there without effect
};

struct TrueChange {
  uint64_t uid = 0;
  std::string author;
  bool acked = false;
  bool forbidden = false;      // must have no effect unless the city adopted it
  bool foreign = false;        // ... because its author was not assigned to the place
  bool excused = false;        // only destroyed stores held it
  bool undeliverable = false;  // its author's own view of the county is bent
  base::JournalId journal;
  uint64_t seq = 0;
  uint64_t hash = 0;
  std::vector<TrueEdit> edits;
};

}  // namespace guanhu::sim
