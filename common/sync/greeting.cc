// How a session begins and how it asks again: hello, digests and vectors, until both know what the other lacks.
#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/sync/session.h"

namespace guanhu::sync {
namespace {

// Up to this many scopes their vectors are sent at once; beyond it digests first tell which ones differ.
constexpr size_t kDirectScopes = 4;

}  // namespace

absl::Status Session::Handle(const Hello& f, Output& out, absl::Time now) {
  if (greeted_) return absl::InvalidArgumentError("the peer sent a second hello");
  if (f.protocol != kProtocol) {
    return absl::FailedPreconditionError(
        absl::StrCat("the peer speaks protocol ", f.protocol, ", this program ", kProtocol, ": update the older one"));
  }
  if (f.node != peer_) {
    return absl::InvalidArgumentError(absl::StrCat("the peer calls itself ", base::ToText(f.node.value),
                                                   " but its certificate says ", base::ToText(peer_.value)));
  }
  if (!said_hello_) {
    Output mine = Start(now);
    out.send.insert(out.send.end(), mine.send.begin(), mine.send.end());
  }
  greeted_ = true;
  peer_store_ = f.store;
  if (view_.hand_in_only && !std::exchange(notice_sent_, true))
    out.send.push_back(Notice{NoticeCode::kRevoked, view_.reason});
  if (view_.relation == Relation::kParent) out.ingest.push_back(PeerClock{f.wall_ms});
  uint64_t digest = 0, states = 0;
  Totals(&digest, &states);
  if (digest == f.digest && !view_.hand_in_only) {
    for (const base::ScopeId& s : view_.common) AssumeEqual(s);
    equal_ = true;
    out.events.push_back({Event::kEqual, ""});
    if (states != 0 && f.states != 0 && states != f.states) SendDigests(/*states=*/true, out);
  } else if (initiator_ && f.digest != said_ && view_.common.size() > kDirectScopes) {
    awaits_digests_ = true;
  } else {
    SendDigestsOrHaves(out);
  }
  ReviewView(out);
  SendOffers(out);
  return absl::OkStatus();
}

Output Session::StartProbe(absl::Time) {
  Output out;
  if (!greeted_) return out;
  uint64_t digest = 0, states = 0;
  Totals(&digest, &states);
  awaits_probe_ = true;
  out.send.push_back(Probe{Probe::kAsk, Probe::Mix(digest, states), 0});
  return out;
}

absl::Status Session::Handle(const Probe& f, Output& out, absl::Time) {
  uint64_t digest = 0, states = 0;
  Totals(&digest, &states);
  const bool idle = queue_.empty() && in_flight_.empty();
  if (f.kind == Probe::kAsk) {
    const bool same = Probe::Mix(digest, states) == f.digest;
    equal_ = same && idle;
    out.send.push_back(same ? Probe{Probe::kEqual, 0, 0} : Probe{Probe::kDiffer, digest, states});
    if (!same && idle) have_sent_.clear();
    return absl::OkStatus();
  }
  if (!awaits_probe_) return absl::InvalidArgumentError("the peer answered a question that was not asked");
  awaits_probe_ = false;
  equal_ = idle && (f.kind == Probe::kEqual || f.digest == digest);
  if (equal_) out.events.push_back({Event::kEqual, ""});
  if (f.kind == Probe::kEqual) return absl::OkStatus();
  if (!equal_ && idle) {
    have_sent_.clear();
    digests_sent_ = false;
    SendDigestsOrHaves(out);
  } else if (equal_ && states != 0 && f.states != 0 && states != f.states) {
    states_sent_ = false;
    SendDigests(/*states=*/true, out);
  }
  return absl::OkStatus();
}

void Session::SendDigestsOrHaves(Output& out) {
  if (view_.hand_in_only) return;
  if (view_.common.size() > kDirectScopes) {
    SendDigests(/*states=*/false, out);
    return;
  }
  for (const base::ScopeId& s : view_.common) SendHave(s, out);
}

uint64_t Session::ViewHash() const {
  std::string names = "guanhu-view-1";
  for (const base::ScopeId& s : view_.common) {
    base::PutFixed64(names, s.place.value);
    names.push_back(static_cast<char>(s.visibility));
  }
  return base::Prefix64(base::Sha256(names));
}

void Session::SendDigests(bool states, Output& out) {
  if (std::exchange(states ? states_sent_ : digests_sent_, true)) return;
  Digests d;
  d.view = ViewHash();
  d.states = states;
  d.values.reserve(view_.common.size());
  for (const base::ScopeId& s : view_.common) {
    const ScopeDigest mine = replica_->DigestOf(s);
    d.values.push_back(states ? mine.states : mine.digest);
  }
  if (!states) asked_ = d;
  out.send.push_back(std::move(d));
}

void Session::SendAnswer(Output& out) {
  if (!std::exchange(digests_sent_, true)) out.send.push_back(Digests{ViewHash(), false, {}});
}

void Session::TakeAnswer(Output& out) {
  const bool same_list = asked_.view == ViewHash() && asked_.values.size() == view_.common.size();
  for (size_t i = 0; i < view_.common.size(); ++i) {
    const base::ScopeId& s = view_.common[i];
    if (active_.contains(s)) continue;
    // The peer has compared what was said then.
    if (same_list && replica_->DigestOf(s).digest == asked_.values[i]) {
      AssumeEqual(s);
    } else {
      SendHave(s, out);
    }
  }
}

void Session::SendHave(const base::ScopeId& scope, Output& out) {
  if (!have_sent_.insert(scope).second) return;
  out.send.push_back(replica_->HaveOf(scope));
}

void Session::AssumeEqual(const base::ScopeId& scope) {
  const Have mine = replica_->HaveOf(scope);
  for (const Point& p : mine.points) {
    Track& t = tracks_[p.journal];
    t.peer_has = std::max(t.peer_has, p.seq);
    t.sent = std::max(t.sent, p.seq);
  }
  peer_ack_[scope] = {mine.ack_epoch, mine.ack_serial};
  active_.insert(scope);
}

absl::Status Session::Handle(const Digests& f, Output& out, absl::Time) {
  if (view_.hand_in_only) {
    // Nothing is told; a list that fits nobody's view makes the peer say what it has to hand in.
    out.send.push_back(Digests{});
    return absl::OkStatus();
  }
  awaits_digests_ = false;
  if (f.view == ViewHash() && f.values.empty() && !f.states) {
    TakeAnswer(out);
    return absl::OkStatus();
  }
  if (f.view != ViewHash() || f.values.size() != view_.common.size()) {
    // The sides do not agree on what both hold, as after a change of the place tree that one has not heard of.
    for (const base::ScopeId& s : view_.common) SendHave(s, out);
    return absl::OkStatus();
  }
  for (size_t i = 0; i < f.values.size(); ++i) {
    const ScopeDigest mine = replica_->DigestOf(view_.common[i]);
    if (f.states) {
      if (mine.states == 0 || f.values[i] == 0 || mine.states == f.values[i]) continue;
      out.ingest.push_back(StatesDiffer{mine.scope});
      out.events.push_back({Event::kStatesDiffer, base::ToText(mine.scope)});
    } else if (mine.digest == f.values[i]) {
      AssumeEqual(mine.scope);
    } else {
      SendHave(mine.scope, out);
    }
  }
  if (f.states) {
    SendDigests(/*states=*/true, out);
  } else {
    SendAnswer(out);
  }
  return absl::OkStatus();
}

}  // namespace guanhu::sync
