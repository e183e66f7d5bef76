// Nodes over MemStore that meet directly, frame by frame, for engine tests.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/node/exchange.h"
#include "common/node/node.h"
#include "common/store/mem_store.h"
#include "tests/support/toy_county.h"

namespace guanhu::testing {

class LoudEvents final : public node::Events {
 public:
  void Report(Severity severity, absl::string_view name, absl::string_view detail) override {
    if (severity == kError) errors.push_back(std::string(name) + ": " + std::string(detail));
    seen[std::string(name)]++;
  }
  std::vector<std::string> errors;
  std::map<std::string, int> seen;
};

// One device: its disk survives Stop and Start.
struct ToyNode {
  ToyNode(std::string key, bool city, base::PlaceId county_place, base::PlaceId at, domain::Tier t, uint64_t seed,
          uint64_t epoch = 1)
      : trust(std::move(key), city, city ? epoch : 0),
        rules(county_place),
        random(seed),
        county(county_place),
        place(at),
        tier(t) {}

  absl::Status Start(bool new_incarnation = false) {
    mem = store::MemStore::Open(&disk);
    node::NodeConfig config{county, place, tier, new_incarnation || mem->report().watermark_lost};
    auto n = node::Node::Open(mem.get(), &trust, &rules, &random, &events, config);
    if (!n.ok()) return n.status();
    node = *std::move(n);
    exchange = std::make_unique<node::Exchange>(node.get());
    return absl::OkStatus();
  }
  void Stop() {
    exchange.reset();
    node.reset();
    mem.reset();
  }
  base::NodeId id() const { return trust.self().node; }

  ToyTrust trust;
  ToyRules rules;
  SeededRandom random;
  LoudEvents events;
  store::MemDisk disk;
  base::PlaceId county;
  base::PlaceId place;
  domain::Tier tier;
  std::unique_ptr<store::MemStore> mem;
  std::unique_ptr<node::Node> node;
  std::unique_ptr<node::Exchange> exchange;
};

// Lets two nodes talk until both are silent, or `frames` frames went over. Returns the number of frames.
inline size_t Meet(ToyNode& a, ToyNode& b, absl::Time now, size_t frames = ~size_t{0}, absl::Status* broken = nullptr) {
  std::deque<std::pair<bool, sync::Frame>> wire;  // true: to b
  const auto link = [&](bool to_b) {
    node::Exchange::Link l;
    l.send = [&wire, to_b](sync::Frame f) { wire.emplace_back(to_b, std::move(f)); };
    l.broken = [broken](const absl::Status& s) {
      if (broken != nullptr) *broken = s;
    };
    return l;
  };
  const auto ida = a.exchange->Open(b.id(), true, link(true), now);
  const auto idb = b.exchange->Open(a.id(), false, link(false), now);
  size_t passed = 0;
  while (!wire.empty() && passed < frames) {
    auto [to_b, frame] = std::move(wire.front());
    wire.pop_front();
    ++passed;
    ToyNode& to = to_b ? b : a;
    to.exchange->Receive(to_b ? idb : ida, std::move(frame));
    if (absl::Status s = to.exchange->Run(now); !s.ok() && broken != nullptr) *broken = s;
  }
  a.exchange->Close(ida);
  b.exchange->Close(idb);
  return passed;
}

}  // namespace guanhu::testing
