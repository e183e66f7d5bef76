#include "common/node/exchange.h"

#include "common/base/status.h"

namespace guanhu::node {
namespace {

// Frames that only ask for durability, or report it: several of them share one commit.
bool Gathers(const sync::Frame& f) {
  return std::holds_alternative<sync::Batch>(f) || std::holds_alternative<sync::CityAck>(f) ||
         std::holds_alternative<sync::HeldMarks>(f) || std::holds_alternative<sync::AsideItems>(f) ||
         std::holds_alternative<sync::Ack>(f);
}

}  // namespace

Exchange::Id Exchange::Open(base::NodeId peer, bool initiator, Link link, absl::Time now) {
  const Id id = next_++;
  Connection& c =
      connections_.try_emplace(id, Connection{sync::Session(node_, peer, initiator), std::move(link), {}, {}, {}})
          .first->second;
  if (initiator) Emit(c, c.session.Start(now));
  return id;
}

void Exchange::Close(Id id) {
  connections_.erase(id);
  ready_.erase(id);
}

void Exchange::Receive(Id id, sync::Frame frame) {
  auto it = connections_.find(id);
  if (it == connections_.end()) return;
  it->second.inbox.push_back(std::move(frame));
  ready_.insert(id);
}

const sync::Session* Exchange::session(Id id) const {
  auto it = connections_.find(id);
  return it == connections_.end() ? nullptr : &it->second.session;
}

void Exchange::Emit(Connection& c, absl::StatusOr<sync::Output> out) {
  if (!out.ok()) {
    c.ended = out.status();
    return;
  }
  for (sync::Frame& f : out->send) c.link.send(std::move(f));
  for (sync::Ingest& i : out->ingest) c.pending.push_back(std::move(i));
  if (c.link.event) {
    for (const sync::Event& e : out->events) c.link.event(e);
  }
}

void Exchange::TakeFrames(Connection& c, absl::Time now) {
  while (c.ended.ok() && !c.inbox.empty()) {
    // What a peer says about itself is compared only after what it sent before has been stored.
    if (!c.pending.empty() && !Gathers(c.inbox.front())) return;
    const sync::Frame frame = std::move(c.inbox.front());
    c.inbox.pop_front();
    Emit(c, c.session.OnFrame(frame, now));
  }
}

absl::Status Exchange::Run(absl::Time now) {
  while (!ready_.empty()) {
    for (Id id : ready_) {
      auto it = connections_.find(id);
      if (it != connections_.end()) TakeFrames(it->second, now);
    }
    GUANHU_RETURN_IF_ERROR(CommitPending(now));
    for (auto it = ready_.begin(); it != ready_.end();) {
      auto c = connections_.find(*it);
      const bool more =
          c != connections_.end() && c->second.ended.ok() && (!c->second.inbox.empty() || !c->second.pending.empty());
      it = more ? std::next(it) : ready_.erase(it);
    }
  }
  DropEnded();
  return absl::OkStatus();
}

absl::Status Exchange::CommitPending(absl::Time now) {
  std::vector<Node::FromPeer> received;
  std::vector<std::pair<Connection*, std::vector<sync::Ingest>>> givers;
  for (auto& [id, c] : connections_) {
    if (c.pending.empty()) continue;
    givers.emplace_back(&c, std::exchange(c.pending, {}));
  }
  for (const auto& [c, items] : givers) received.push_back({c->session.peer(), &items});
  if (!received.empty()) {
    GUANHU_ASSIGN_OR_RETURN(const auto outcomes, node_->Apply(received, now));
    for (size_t i = 0; i < givers.size(); ++i) {
      Connection& c = *givers[i].first;
      if (c.ended.ok()) Emit(c, c.session.OnIngested(givers[i].second, outcomes[i], now));
    }
  }
  return Spread(now);
}

absl::Status Exchange::Spread(absl::Time now) {
  const sync::Changes changes = node_->TakeChanges();
  if (changes.empty()) return absl::OkStatus();
  for (auto& [id, c] : connections_) {
    if (c.ended.ok()) Emit(c, c.session.OnChanged(changes, now));
    if (!c.pending.empty()) ready_.insert(id);
  }
  return absl::OkStatus();
}

void Exchange::Probe(Id id, absl::Time now) {
  auto it = connections_.find(id);
  if (it != connections_.end()) Emit(it->second, it->second.session.StartProbe(now));
}

void Exchange::DropEnded() {
  for (auto it = connections_.begin(); it != connections_.end();) {
    if (it->second.ended.ok()) {
      ++it;
      continue;
    }
    auto ended = connections_.extract(it++);
    if (ended.mapped().link.broken) ended.mapped().link.broken(ended.mapped().ended);
  }
}

}  // namespace guanhu::node
