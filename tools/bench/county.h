// A county of real nodes in one process: RocksDB stores in a scratch folder, gRPC over the loopback with mutual TLS,
// and a counting proxy on every hop.
#pragma once

#include <grpcpp/server.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "common/host/node_host.h"
#include "common/host/parent_link.h"
#include "common/rpc/stream_server.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "tests/support/byte_proxy.h"
#include "tools/workload/workload.h"

namespace guanhu::bench {

// Stands still between saves, so that every record carries the workload's own time.
class BenchClock final : public base::Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixMillis(ms_); }
  void Set(int64_t ms) { ms_ = ms; }

 private:
  std::atomic<int64_t> ms_{1790000000000};
};

// One node; a server also listens, and is reached through its proxy.
struct Member {
  std::string dir;
  std::unique_ptr<host::NodeHost> host;
  std::unique_ptr<rpc::StreamServer> streams;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
  std::unique_ptr<testing::ByteProxy> proxy;  // in front of the server
  std::unique_ptr<host::ParentLink> link;     // to the parent
  ~Member() { Close(); }
  // Opens the node in `dir`; with `serves` it also listens.
  void Open(const base::Clock* clock, bool serves);
  void Close();
  void Connect(const std::string& address) { link = std::make_unique<host::ParentLink>(host.get(), address, nullptr); }
  void Disconnect() { link.reset(); }
  std::string address(bool counted) const { return counted ? proxy->address() : "127.0.0.1:" + std::to_string(port); }
};

class County {
 public:
  explicit County(std::string dir);
  ~County();

  Member& city() { return *city_; }
  Member& town() { return *town_; }
  Member& loader() { return *loader_; }
  BenchClock& clock() { return clock_; }
  base::PlaceId village(uint32_t i) const { return villages_[i]; }
  // A tablet of one village.
  std::unique_ptr<Member> Tablet(uint32_t village);
  // Opens a member's folder again.
  void Reopen(Member& m, bool server);
  const std::string& dir() const { return dir_; }

  // Saves workload rows one by one at the loader (a device that may write for all villages), each durable.
  // With `fast` many in one commit and with one time, where only what follows is measured.
  void SaveRows(Member& at, const std::vector<workload::Row>& rows, bool fast = false);
  node::Command Inspection(const workload::Row& row) const;
  static void WaitUntil(const std::function<bool()>& done, double seconds = 60);
  uint64_t Records(Member& m, uint32_t type);
  bool Level(Member& a, Member& b);  // equal vectors in the scopes of both

 private:
  base::PlaceId AddPlace(const std::string& name, base::PlaceId parent, int tier);
  std::unique_ptr<Member> Enrol(const std::string& name, base::PlaceId place, uint32_t tier);
  void Open(Member& m, bool server);

  const std::string dir_;
  BenchClock clock_;
  std::unique_ptr<Member> city_, town_, loader_;
  std::vector<base::PlaceId> villages_;
  base::PlaceId town_place_;
  uint64_t serial_ = 10;
};

}  // namespace guanhu::bench
