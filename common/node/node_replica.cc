// What sessions read of a node.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/limits.h"
#include "common/base/status.h"
#include "common/node/codec_rows.h"
#include "common/node/keys.h"
#include "common/node/node.h"

namespace guanhu::node {

using base::JournalId;
using base::ScopeId;
using store::Table;

sync::PeerView Node::ViewOf(base::NodeId peer) const {
  sync::PeerView view;
  if (const auto cut = cuts_.find(peer); cut != cuts_.end()) {
    view.hand_in_only = true;
    // Its work is taken by the tiers above; a neighbour has no business with it.
    view.relation = config_.tier == domain::Tier::kVillage ? sync::Relation::kNeighbour : sync::Relation::kChild;
    view.reason = absl::StrCat("this device was revoked: ", cut->second.reason);
    return view;
  }
  const domain::DeviceRow* device = directory_.Device(peer);
  const domain::DeviceRow the_city{peer, "", config_.county, {}, domain::Tier::kCity};
  if (device == nullptr && std::any_of(authors_.begin(), authors_.end(),
                                       [&](const auto& a) { return a.second.city && a.second.node == peer; })) {
    device = &the_city;
  }
  if (device == nullptr) {
    // Enrolled by the county (its TLS certificate says so) but not in the list that this node knows: the list goes
    // first.
    view.common = {county_scope()};
    view.relation = config_.tier == domain::Tier::kVillage ? sync::Relation::kParent : sync::Relation::kChild;
    return view;
  }
  const std::vector<ScopeId> theirs = directory_.ScopesOf(device->place);
  std::set_intersection(theirs.begin(), theirs.end(), subscribed_.begin(), subscribed_.end(),
                        std::back_inserter(view.common));
  const base::PlaceId mine = directory_.Root(place());
  const base::PlaceId other = directory_.Root(device->place);
  if (mine == other) {
    view.relation = device->tier > config_.tier   ? sync::Relation::kParent
                    : device->tier < config_.tier ? sync::Relation::kChild
                                                  : sync::Relation::kNeighbour;
  } else if (directory_.Above(other, mine) || device->tier > config_.tier) {
    view.relation = sync::Relation::kParent;
  } else if (directory_.Above(mine, other) || device->tier < config_.tier) {
    view.relation = sync::Relation::kChild;
  }
  return view;
}

sync::ScopeDigest Node::DigestOf(const ScopeId& s) {
  sync::ScopeDigest out{s, 0, 1};
  const auto it = scopes_.find(s);
  uint64_t sum = 0, epoch = 0, serial = 0;
  model::StateDigest states;
  if (it != scopes_.end()) {
    sum = it->second.vector_sum;
    states = it->second.states;
    if (it->second.ack) {
      epoch = it->second.ack->epoch;
      serial = it->second.ack->serial;
    }
    const auto& held = it->second.held;
    const bool open =
        std::any_of(held.begin(), held.end(), [&](const auto& h) { return !it->second.verdicts.contains(h.first); });
    if (open) out.states = 0;
  }
  std::string name = "guanhu-scope-1";
  PutScope(name, s);
  base::PutFixed64(name, sum);
  base::PutFixed64(name, epoch);
  base::PutFixed64(name, serial);
  out.digest = base::Prefix64(base::Sha256(name));
  if (out.states != 0) out.states = (states.low ^ states.high) | 1;
  return out;
}

sync::Have Node::HaveOf(const ScopeId& s) const {
  sync::Have have;
  have.scope = s;
  const auto it = scopes_.find(s);
  if (it == scopes_.end()) return have;
  if (it->second.ack) {
    have.ack_epoch = it->second.ack->epoch;
    have.ack_serial = it->second.ack->serial;
  }
  for (const auto& [origin, js] : it->second.journals) {
    if (js.have.seq > 0) have.points.push_back({{s, origin}, js.have.seq, base::Prefix64(js.have.hash)});
  }
  return have;
}

std::optional<uint64_t> Node::HashAt(const JournalId& j, uint64_t seq) const {
  if (seq == 0) return base::Prefix64(model::ChainStart(j));
  const JournalState* js = FindJournal(j);
  if (js == nullptr || js->have.seq < seq) return std::nullopt;
  if (js->have.seq == seq) return base::Prefix64(js->have.hash);
  const absl::StatusOr<JournalRow> row = EntryAt(j, seq);
  if (!row.ok()) return std::nullopt;
  return base::Prefix64(row->chain);
}

sync::Point Node::PositionOf(const JournalId& j) const {
  const JournalState* js = FindJournal(j);
  if (js == nullptr || js->have.seq == 0) return {j, 0, 0};
  return {j, js->have.seq, base::Prefix64(js->have.hash)};
}

std::optional<sync::Point> Node::CityBeyond(const JournalId& j) const {
  const auto known = city_beyond_.find(j);
  const auto scope = scopes_.find(j.scope);
  if (known == city_beyond_.end() || scope == scopes_.end()) return std::nullopt;
  const sync::Point head = PositionOf(j);
  const auto acked = scope->second.acked.find(j.origin);
  if (head.seq != known->second.seq || head.hash != known->second.hash || acked == scope->second.acked.end())
    return std::nullopt;
  if (acked->second.first < head.seq) return std::nullopt;
  return sync::Point{j, acked->second.first, acked->second.second};
}

bool Node::Yielded(const JournalId& j) const {
  const JournalState* js = FindJournal(j);
  return js != nullptr && js->forked && aside_.contains({j, js->have.seq, base::Prefix64(js->have.hash)});
}

bool Node::Closed(const JournalId& j, sync::Point* end) const {
  const auto scope = scopes_.find(j.scope);
  if (scope == scopes_.end()) return false;
  const auto it = scope->second.closes.find(j.origin);
  if (it == scope->second.closes.end()) return false;
  if (end != nullptr) *end = {j, it->second.seq, base::Prefix64(it->second.hash)};
  return true;
}

int Node::PriorityOf(const JournalId& j) const {
  if (j.scope == county_scope()) return 0;
  const AuthorInfo* author = AuthorOf(j.origin);
  return author != nullptr && author->city ? 1 : 2;
}

absl::StatusOr<model::EntryBatch> Node::ReadSuffix(const JournalId& j, uint64_t after) {
  model::EntryBatch batch;
  batch.journal = j;
  batch.first_seq = after + 1;
  const JournalState* js = FindJournal(j);
  if (js == nullptr || js->have.seq <= after) return batch;
  const AuthorInfo* author = AuthorOf(j.origin);
  const bool signs = author != nullptr && author->key == trust_->self().key;
  uint64_t last = std::min(js->have.seq, after + base::kSignEveryChanges);
  std::string signature;
  if (!signs) {
    // The farthest signed head of a frame's length, or the next one; a closed journal may end without.
    uint64_t head = 0;
    auto it = store_->Scan(Table::kSigned, EntryKey(j, after + 1), EntryKey(j, js->have.seq + 1));
    for (; it->Valid(); it->Next()) {
      base::Reader key(it->key().substr(17));
      const uint64_t seq = key.Fixed64();
      if (head != 0 && seq > last) break;
      head = seq;
      signature = std::string(it->value());
    }
    GUANHU_RETURN_IF_ERROR(it->status());
    sync::Point end;
    if (head == 0 && !(Closed(j, &end) && end.seq == js->have.seq)) return batch;
    last = head == 0 ? js->have.seq : head;
  }
  size_t bytes = 0;
  base::Hash256 chain{};
  auto it = store_->Scan(Table::kJournal, EntryKey(j, after + 1), EntryKey(j, last + 1));
  for (; it->Valid(); it->Next()) {
    const absl::string_view row = it->value();
    if (row.size() < 33)
      return absl::DataLossError(
          absl::StrCat("an entry of journal ", base::ToText(j), " is damaged: run `guanhuctl doctor`"));
    if (signs && !batch.entries.empty() && bytes + row.size() > base::kSignEveryBytes) break;
    bytes += row.size();
    batch.entries.emplace_back(row.substr(32));
    std::copy(row.begin(), row.begin() + 32, chain.begin());
  }
  GUANHU_RETURN_IF_ERROR(it->status());
  if (batch.entries.empty())
    return absl::DataLossError(
        absl::StrCat("entry ", after + 1, " of journal ", base::ToText(j), " is missing: run `guanhuctl doctor`"));
  if (signs) signature = trust_->Sign(model::HeadMessage(j, {batch.last_seq(), chain}));
  if (!signature.empty()) batch.heads.push_back({{batch.last_seq(), {}}, std::move(signature)});
  return batch;
}

std::optional<sync::CityAck> Node::AckOf(const ScopeId& s) {
  const auto it = scopes_.find(s);
  if (it == scopes_.end() || !it->second.ack) return std::nullopt;
  sync::CityAck ack = *it->second.ack;
  ack.credential = epoch_credential_;
  return ack;
}

uint64_t Node::AckedSeq(const JournalId& j) const {
  const auto scope = scopes_.find(j.scope);
  if (scope == scopes_.end()) return 0;
  const auto it = scope->second.acked.find(j.origin);
  if (it == scope->second.acked.end() || HashAt(j, it->second.first) != it->second.second) return 0;
  return it->second.first;
}

std::vector<sync::Point> Node::TransitFor(const sync::PeerView& view, bool all) const {
  std::vector<sync::Point> out;
  for (const auto& [scope_id, scope] : scopes_) {
    if (std::binary_search(view.common.begin(), view.common.end(), scope_id)) continue;
    for (const auto& [origin, js] : scope.journals) {
      const JournalId j{scope_id, origin};
      const AuthorInfo* author = AuthorOf(origin);
      // The city does not need its own words back this way, but those of the store before it was restored.
      if (author != nullptr && OfPresentCity(*author)) continue;
      if ((all ? js.have.seq > 0 : js.have.seq > AckedSeq(j)) && !CityBeyond(j) && !Yielded(j))
        out.push_back(PositionOf(j));
    }
  }
  return out;
}

std::vector<sync::HeldMark> Node::OpenMarks() const {
  std::vector<sync::HeldMark> out;
  for (const auto& [place, by] : marks_) {
    // A mark on an entry that is not there (yet) can be judged by nobody.
    if (subscribed_.contains(place.first.scope) && PositionOf(place.first).seq < place.second) continue;
    for (const auto& [node, reason] : by) out.push_back({place.first, place.second, node, reason});
  }
  return out;
}

std::vector<sync::AsideItem> Node::OpenAside(base::Origin parent_store) const {
  std::vector<sync::AsideItem> out;
  if (std::all_of(aside_.begin(), aside_.end(), [&](const auto& a) { return Kept(a.first); })) return out;
  for (sync::AsideItem& item : AsideAll()) {
    const AsideKey key{item.journal, item.seq, base::Prefix64(item.chain)};
    const auto it = aside_.find(key);
    if (it == aside_.end() || Kept(key)) continue;
    if (const auto taken = aside_taken_.find(key); taken != aside_taken_.end() && taken->second == parent_store)
      continue;
    // The journal itself brought it to the city.
    if (item.seq <= AckedSeq(item.journal) && HashAt(item.journal, item.seq) == base::Prefix64(item.chain)) continue;
    out.push_back(std::move(item));
  }
  return out;
}

std::vector<sync::AsideItem> Node::AsideAll() const {
  std::vector<sync::AsideItem> out;
  for (const auto& [key, info] : aside_) {
    std::string row_key = KeyOf(Aside::kItem, std::get<0>(key), std::get<1>(key));
    base::PutFixed64(row_key, std::get<2>(key));
    const absl::StatusOr<std::optional<std::string>> row = Row(Table::kAside, row_key);
    if (!row.ok() || !*row) continue;
    base::Reader in(**row);
    AsideInfo ignored;
    out.push_back(DecodeAside(std::get<0>(key), std::get<1>(key), in, &ignored));
  }
  return out;
}

}  // namespace guanhu::node
