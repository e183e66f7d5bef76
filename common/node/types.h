// What a node is asked and what it answers. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/domain/directory.h"
#include "common/model/entry.h"
#include "common/node/scope_state.h"

namespace guanhu::node {

class Views;

struct NodeConfig {
  base::PlaceId county;
  base::PlaceId place;  // as enrolled; the device list overrules it once it names this node
  domain::Tier tier = domain::Tier::kUnknown;
  // True when the store was restored, copied or has lost confirmed commits: a new incarnation is opened.
  bool new_incarnation = false;
  Views* views = nullptr;  // outlives the node; none: nothing is derived
};

// One atomic change as a user asks for it.
struct Command {
  struct Edit {
    uint32_t type = 0;
    base::RecordId record;          // none: create
    std::string key;                // with no record: create the record that follows from this key
    std::vector<model::Field> set;  // ascending
    std::vector<uint32_t> cleared;
  };
  std::string id;  // repeating a command has one effect; empty: not repeatable
  base::ScopeId scope;
  base::PersonId person;
  std::vector<Edit> edits;
};

struct Saved {
  base::JournalId journal;
  uint64_t seq = 0;
  std::vector<base::RecordId> records;  // one for each edit
  bool repeated = false;
};

// Which tiers hold a change durably, as far as this node knows; never ahead of the truth.
struct Holding {
  bool here = false;
  bool township = false;
  bool city = false;
  std::string attention;  // why a person must look; empty if all is well
};

// How far the changes of one own journal have come.
struct OwnProgress {
  base::JournalId journal;
  uint64_t changes = 0;
  uint64_t at_township = 0;
  uint64_t at_city = 0;
};

// When this node last stood level with a parent; ms since 1970 UTC by its own clock, 0: never.
struct ParentContact {
  int64_t all_up_ms = 0;  // the parent had all own work
  int64_t equal_ms = 0;   // both held the same
};

struct HistoryItem {
  base::Origin origin;
  uint64_t seq = 0;
  base::NodeId node;
  model::Stamp stamp;
  base::PersonId person;
  model::Edit edit;
  bool effective = true;
  std::string note;  // held, void, waiting, re-issued
};

struct HeldItem {
  base::JournalId journal;
  uint64_t seq = 0;
  base::NodeId author;
  std::string reason;
  std::optional<VerdictInfo> verdict;
};

}  // namespace guanhu::node
