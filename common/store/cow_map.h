// An ordered map of byte strings whose copies cost nothing: copies share their nodes and a change copies only the path
// to what it changes. A treap whose priorities are a hash of the key, so the shape depends on the contents alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace guanhu::store {

// Not thread-safe, but different copies may be used by different threads at the same time.
class CowMap {
 public:
  struct Entry {
    std::string key;
    std::string value;
  };

  // Changes carry the number of their edit. Within one edit nodes are changed in place; so an edit's number must be
  // larger than those of all edits which made any node of this map, and no copy may be taken in the middle of an edit.
  void Put(const std::string& key, const std::string& value, uint64_t edit);
  void Delete(absl::string_view key, uint64_t edit);

  // nullptr if absent; valid while this map or a copy that holds the entry lives.
  const Entry* Find(absl::string_view key) const;

  struct Node {
    std::shared_ptr<const Entry> entry;  // shared between versions of the node
    uint64_t priority = 0;
    uint64_t edit = 0;
    std::shared_ptr<Node> left;  // shared between versions of the map
    std::shared_ptr<Node> right;
  };

  // Walks the entries from the first key not below `lower`. Keeps its own copy of the map.
  class Cursor {
   public:
    Cursor(const CowMap& map, absl::string_view lower);
    const Entry* entry() const { return path_.empty() ? nullptr : path_.back()->entry.get(); }
    void Next();

   private:
    std::shared_ptr<Node> root_;
    std::vector<const Node*> path_;  // nodes still to visit, the nearest last
  };

 private:
  std::shared_ptr<Node> root_;
};

}  // namespace guanhu::store
