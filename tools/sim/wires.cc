// Wires, frames and the order in which things happen.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tools/sim/check_holding.h"
#include "tools/sim/describe.h"
#include "tools/sim/world.h"

namespace guanhu::sim {

void World::At(int64_t at_ms, Event event) {
  queue_.emplace(std::pair(std::max(at_ms, now_ms_), ++serial_), std::move(event));
}

Wire* World::Connect(Device& a, Device& b) {
  if (!a.up() || !b.up() || &a == &b) return nullptr;
  auto wire = std::make_unique<Wire>();
  Wire* w = wire.get();
  w->id = next_wire_++;
  w->end[0] = &a;
  w->end[1] = &b;
  w->ghost = std::move(pending_ghost_);
  wires_[w->id] = std::move(wire);
  Say(absl::StrCat("wire ", w->id, " ", a.name, " - ", b.name));
  for (int side : {1, 0}) {
    Device& d = *w->end[side];
    d.wires.insert(w->id);
    w->open[side] = true;
    node::Exchange::Link link;
    link.send = [this, w, side](sync::Frame f) { Send(*w, side, std::move(f)); };
    link.broken = [this, id = w->id, side](const absl::Status& s) {
      Probe("session ended");
      Say(absl::StrCat("wire ", id, " broken at end ", side, ": ", s.message()));
      At(now_ms_, Event{Event::kCloseEnd, id, side, nullptr, std::nullopt, {}});
    };
    link.event = [this](const sync::Event& e) { Probe(absl::StrCat("session event ", static_cast<int>(e.kind))); };
    w->exchange[side] = d.exchange->Open(w->end[1 - side]->id(), side == 0, std::move(link), Now(d));
  }
  return w;
}

void World::ConnectFor(Device& a, Device& b) {
  Wire* w = Connect(a, b);
  if (w == nullptr) return;
  // The first frame is already on its way, at the usual speed.
  if (On(Fault::kSlow) && Chance(slow_share_)) w->latency_ms_max = Chance(0.3) ? 40'000'000 : 1'500'000;
  w->coded = Chance(0.2);
  if (On(Fault::kCut) && Chance(0.35)) w->frames_left = random_.Below(Chance(0.5) ? 6 : 25);
  w->lasting = On(Fault::kLasting) && Chance(lasting_share_);
  const int64_t life = w->lasting ? Between(2'000'000, 40'000'000) : w->latency_ms_max * Between(4, 60);
  if (w->lasting) Probe("lasting wire");
  At(now_ms_ + life, Event{Event::kClose, w->id, 0, nullptr, std::nullopt, {}});
}

namespace {

bool Tells(const sync::Frame& frame) {
  const auto* digests = std::get_if<sync::Digests>(&frame);
  return digests != nullptr && !digests->values.empty();
}

}  // namespace

void World::CheckSend(Wire& wire, int from, const sync::Frame& frame) {
  const Device& d = *wire.end[from];
  const Device& peer = *wire.end[1 - from];
  if (!peer.revoked) return;
  if (d.node->ViewOf(peer.id()).hand_in_only) {
    const bool shows = std::holds_alternative<sync::Batch>(frame) || std::holds_alternative<sync::Have>(frame) ||
                       std::holds_alternative<sync::CityAck>(frame) ||
                       std::holds_alternative<sync::AsideItems>(frame) ||
                       std::holds_alternative<sync::HeldMarks>(frame) || Tells(frame);
    if (shows)
      Violation("I7", absl::StrCat(d.name, " shows a frame of kind ", frame.index(), " to ", peer.name,
                                   ", which it knows to be revoked"));
  }
}

void World::Send(Wire& wire, int from, sync::Frame frame) {
  const int to = 1 - from;
  CheckSend(wire, from, frame);
  if (!wire.open[to]) return;
  if (wire.ghost != nullptr) {
    // A bundle: nobody at its other end stores or acknowledges anything.
    const bool kept =
        from == 0 ? !(std::holds_alternative<sync::Batch>(frame) || std::holds_alternative<sync::CityAck>(frame) ||
                      std::holds_alternative<sync::AsideItems>(frame) || std::holds_alternative<sync::HeldMarks>(frame))
                  : !std::holds_alternative<sync::Ack>(frame);
    if (!kept) return;
  }
  if (wire.forged[to] && std::holds_alternative<sync::Ack>(frame)) return;
  if (!healing_ && On(Fault::kForge) && Chance(0.04) && Forge(*wire.end[to], frame)) {
    // Links are authenticated, so it is the sender that means harm here: nobody relies on what this stream says is
    // stored.
    wire.forged[from] = true;
    Probe("forged frame");
  }
  Event event{Event::kFrame, wire.id, to, nullptr, std::nullopt, {}};
  if (wire.coded) {
    absl::StatusOr<std::string> bytes = wire.encoder[from].Encode(frame);
    if (!bytes.ok()) return Violation("codec", bytes.status().message());
    event.bytes = *std::move(bytes);
  } else {
    event.frame = std::move(frame);
  }
  wire.ready_ms[to] = std::max(wire.ready_ms[to], now_ms_ + Between(1, wire.latency_ms_max));
  At(wire.ready_ms[to], std::move(event));
}

void World::Deliver(uint64_t id, int to, const std::optional<sync::Frame>& given, const std::string& bytes) {
  const auto it = wires_.find(id);
  if (it == wires_.end()) return;
  Wire& wire = *it->second;
  if (!wire.open[to]) return;
  if (wire.delivered++ >= wire.frames_left) {
    Probe("cut wire");
    CloseWire(id);
    return;
  }
  ++frames_;
  Device& d = *wire.end[to];
  sync::Frame frame;
  if (given) {
    frame = *given;
  } else {
    absl::StatusOr<sync::Frame> decoded = wire.decoder[1 - to].Decode(bytes);
    if (!decoded.ok()) {
      Violation("codec", decoded.status().message());
      return CloseWire(id);
    }
    frame = *std::move(decoded);
  }
  Trace(id, static_cast<uint64_t>(to), frame.index());
  Probe(absl::StrCat("frame ", frame.index()));
  if (options_.trace) Say(absl::StrCat("  ", wire.end[1 - to]->name, " > ", d.name, ": ", Describe(frame)));
  d.exchange->Receive(wire.exchange[to], std::move(frame));
  PlanRun(d, wire.ghost == nullptr && Chance(merge_runs_) ? Between(1, 2 * wire.latency_ms_max) : 0);
}

void World::PlanRun(Device& d, int64_t delay_ms) {
  if (delay_ms == 0) return RunDevice(d);
  if (d.run_planned) return;
  d.run_planned = true;
  At(now_ms_ + delay_ms, Event{Event::kRun, 0, 0, &d, std::nullopt, {}});
}

void World::RunDevice(Device& d) {
  d.run_planned = false;
  if (!d.up()) return;
  AfterRun(d, d.exchange->Run(Now(d)));
}

void World::Spread(Device& d) {
  if (d.up()) AfterRun(d, d.exchange->Spread(Now(d)));
}

void World::AfterRun(Device& d, const absl::Status& status) {
  if (!status.ok() || !d.node->failed().ok()) {
    const absl::Status why = status.ok() ? d.node->failed() : status;
    const bool disk = absl::IsUnavailable(why) || absl::IsResourceExhausted(why) || absl::IsFailedPrecondition(why);
    if (!disk) Violation("engine", absl::StrCat(d.name, " stopped: ", why.ToString()));
    Say(absl::StrCat(d.name, " stopped: ", why.ToString()));
    Probe("node stopped by its disk");
    d.disk.ClearFaults();
    return Restart(d, false);
  }
  if (d.node->directory_version() != d.seen_directory) {
    d.seen_directory = d.node->directory_version();
    for (const base::ScopeId& s : d.node->Scopes()) d.ever_held.insert(s);
  }
  if (options_.verify) {
    if (absl::Status s = d.node->VerifyAgainstJournals(); !s.ok())
      Violation("R14", absl::StrCat(d.name, ": ", s.ToString()));
  }
  if (d.node->WaitingCount() > 0) Probe("waiting change");
  if (Chance(0.1)) CheckHolding(*this, d);
}

void World::CloseEnd(Wire& wire, int end) {
  if (!wire.open[end]) return;
  wire.open[end] = false;
  Device& d = *wire.end[end];
  d.wires.erase(wire.id);
  if (d.exchange != nullptr) d.exchange->Close(wire.exchange[end]);
}

void World::CloseWire(uint64_t id) {
  const auto it = wires_.find(id);
  if (it == wires_.end()) return;
  Wire& wire = *it->second;
  // One end may hear of it much later than the other and go on waiting or sending.
  const int late = healing_ ? -1 : static_cast<int>(random_.Below(4)) - 2;
  for (int end : {0, 1}) {
    if (end == late && wire.open[end]) {
      At(now_ms_ + Between(1, 3'000'000), Event{Event::kCloseEnd, id, end, nullptr, std::nullopt, {}});
    } else {
      CloseEnd(wire, end);
    }
  }
  if (!wire.open[0] && !wire.open[1]) wires_.erase(it);
}

void World::CloseWiresOf(Device& d) {
  for (uint64_t id : std::set<uint64_t>(d.wires)) {
    const auto it = wires_.find(id);
    if (it == wires_.end()) continue;
    CloseEnd(*it->second, it->second->end[0] == &d ? 0 : 1);
    CloseWire(id);
  }
  d.wires.clear();
}

void World::Handle(Event& event) {
  switch (event.kind) {
    case Event::kFrame:
      return Deliver(event.wire, event.end, event.frame, event.bytes);
    case Event::kRun:
      return RunDevice(*event.device);
    case Event::kClose:
      return CloseWire(event.wire);
    case Event::kCloseEnd: {
      const auto it = wires_.find(event.wire);
      if (it == wires_.end()) return;
      CloseEnd(*it->second, event.end);
      if (!it->second->open[0] && !it->second->open[1]) {
        wires_.erase(it);
      } else if (it->second->open[1 - event.end]) {
        // The other end hears of it in the end.
        At(now_ms_ + Between(1, 1'000'000),
           Event{Event::kCloseEnd, event.wire, 1 - event.end, nullptr, std::nullopt, {}});
      }
      return;
    }
  }
}

void World::Pump(int64_t until_ms) {
  while (!queue_.empty() && queue_.begin()->first.first <= until_ms && violations_.empty()) {
    auto event = queue_.extract(queue_.begin());
    now_ms_ = event.key().first;
    Handle(event.mapped());
  }
  now_ms_ = std::max(now_ms_, until_ms);
}

size_t World::PumpAll(size_t frames_max) {
  const size_t before = frames_;
  while (!queue_.empty() && frames_ - before < frames_max) {
    auto event = queue_.extract(queue_.begin());
    now_ms_ = std::max(now_ms_, event.key().first);
    Handle(event.mapped());
  }
  return frames_ - before;
}

}  // namespace guanhu::sim
