// The sessions of one node: frames in, one commit for what all of them brought, frames out.
// Not thread-safe; runs on the node's thread. The same code drives the simulator, the terminal and the servers.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/node/node.h"
#include "common/sync/session.h"

namespace guanhu::node {

class Exchange {
 public:
  using Id = uint64_t;
  // Where frames and endings go. Called from within Exchange's methods; must not call back into it.
  struct Link {
    std::function<void(sync::Frame)> send;
    std::function<void(const absl::Status&)> broken;  // the session is over; the caller drops the connection
    std::function<void(const sync::Event&)> event;
  };

  explicit Exchange(Node* node) : node_(node) {}

  // `peer` is authenticated by the link. The initiator speaks first.
  Id Open(base::NodeId peer, bool initiator, Link link, absl::Time now);
  void Close(Id id);
  void Receive(Id id, sync::Frame frame);
  // Handles everything received, and passes on what moved. Errors: the node's own failure; it must be closed then.
  absl::Status Run(absl::Time now);
  // After the node was written to directly (Execute, Decide, ...).
  absl::Status Spread(absl::Time now);
  void Probe(Id id, absl::Time now);

  size_t size() const { return connections_.size(); }
  // nullptr when the connection is gone.
  const sync::Session* session(Id id) const;

 private:
  struct Connection {
    sync::Session session;
    Link link;
    std::deque<sync::Frame> inbox;
    std::vector<sync::Ingest> pending;  // of this round
    absl::Status ended;
  };

  void Emit(Connection& c, absl::StatusOr<sync::Output> out);
  void TakeFrames(Connection& c, absl::Time now);
  absl::Status CommitPending(absl::Time now);
  void DropEnded();

  Node* const node_;
  Id next_ = 1;
  std::map<Id, Connection> connections_;
  std::set<Id> ready_;
};

}  // namespace guanhu::node
