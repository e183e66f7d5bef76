// A node that runs: its store, its one thread, and the streams that reach it. Made by programs only.
// All public methods are thread-safe unless they say otherwise.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/host/house_rules.h"
#include "common/host/house_trust.h"
#include "common/ledger/views.h"
#include "common/node/node.h"
#include "common/rpc/frame_stream.h"
#include "common/schema/schema.h"
#include "common/store/store.h"
#include "common/trust/enrolment.h"

namespace guanhu::host {

struct HostOptions {
  std::string data_dir;
  bool server = false;                 // the server's memory profile and group commit; else the tablet's
  bool new_incarnation = false;        // the folder was restored or copied
  const base::Clock* clock = nullptr;  // outlives the host
  // Events of the node, one line each; called from any thread.
  std::function<void(node::Events::Severity, absl::string_view name, absl::string_view detail)> log;
};

struct LinkInfo {
  uint64_t id = 0;
  base::NodeId peer;
  bool outgoing = false;
  sync::Relation relation = sync::Relation::kNeighbour;
  bool delivered = false;  // the peer has all that this node had for it
  bool equal = false;      // and both said so
  std::string detail;      // a refusal, if there was one
  rpc::StreamStats stats;
  absl::Time since;
};

class NodeHost {
 public:
  // Errors: kNotFound no enrolment in the folder, kFailedPrecondition another process runs the node, and the store's.
  static absl::StatusOr<std::unique_ptr<NodeHost>> Open(const HostOptions& options);
  ~NodeHost();  // Stop
  NodeHost(const NodeHost&) = delete;
  NodeHost& operator=(const NodeHost&) = delete;

  // Runs `work(node)` on the node's thread and waits for it. Not from that thread.
  template <typename Work>
  std::invoke_result_t<Work, node::Node&> Do(Work work) {
    std::promise<std::invoke_result_t<Work, node::Node&>> promise;
    auto result = promise.get_future();
    Post([&](node::Node& n) { promise.set_value(work(n)); });
    return result.get();
  }
  // Commands of several callers share one commit. `done` runs on the node's thread.
  void Execute(node::Command command, std::function<void(absl::StatusOr<node::Saved>)> done);
  absl::StatusOr<node::Saved> Execute(node::Command command);
  absl::StatusOr<std::vector<absl::StatusOr<node::Saved>>> Execute(std::vector<node::Command> commands);

  // Gives each new stream to this node. `outgoing`: this side called. Use the factory only while the host lives.
  rpc::HandlerFactory Streams(bool outgoing);
  std::vector<LinkInfo> Links();
  // Asks every peer whether both are still equal.
  void ProbeAll();
  // The node's failure, after which nothing can be written until the folder is opened again; OK while it works.
  absl::Status failure() const;

  absl::Time now() const { return clock_->Now(); }
  const trust::Enrolment& enrolment() const { return enrolment_; }
  const schema::Schema& schema() const { return schema_; }
  const HouseRules& rules() const { return *rules_; }
  const node::Trust& trust() const { return *trust_; }
  const HouseTrust& house_trust() const { return *trust_; }
  const store::Store& store() const { return *store_; }
  // The ledgers. Its book may be read from any thread; all else on the node's thread, inside Do.
  ledger::LedgerViews& ledger() const { return *ledger_; }
  // The book, with all rows read. Errors: those of the store.
  absl::StatusOr<const ledger::Book*> Book();
  const std::string& data_dir() const { return data_dir_; }
  // Ends the streams and the thread. Nothing may be called afterwards. Idempotent.
  void Stop();

 private:
  struct Loop;
  NodeHost(trust::Enrolment enrolment, schema::Schema schema);
  void Post(std::function<void(node::Node&)> work);

  const trust::Enrolment enrolment_;
  const schema::Schema schema_;
  std::string data_dir_;
  const base::Clock* clock_ = nullptr;
  std::unique_ptr<HouseTrust> trust_;
  std::unique_ptr<HouseRules> rules_;
  std::unique_ptr<base::Random> random_;
  std::unique_ptr<node::Events> events_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<ledger::LedgerViews> ledger_;
  std::atomic<bool> book_read_ = false;
  std::unique_ptr<Loop> loop_;
};

}  // namespace guanhu::host
