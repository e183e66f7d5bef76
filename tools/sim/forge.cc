// Frames that somebody changed or made up on the way. None of it may take effect, and nothing may be lost by it.
#include "absl/strings/str_cat.h"
#include "tools/sim/world.h"

namespace guanhu::sim {

using testing::Varint;

std::string World::ForgedChange(const base::JournalId& j, uint64_t seq) {
  const uint64_t uid = next_uid_++;
  forged_.insert(uid);
  model::Change change;
  change.person = base::PersonId{666};
  model::Edit edit;
  edit.type = testing::kAssetType;
  edit.id = {j.scope, j.origin, seq, 0};
  edit.set = {Varint(1, uid), Varint(kMarkerField, uid)};
  change.edits.push_back(std::move(edit));
  return model::Encode(model::Entry(change), j, seq);
}

// A journal in the city's name: its certificate is no secret, its key is.
model::EntryBatch World::ForgedJournal(const base::ScopeId& scope) {
  model::EntryBatch batch;
  const std::string nonce = random_.Bytes(16);
  batch.journal = {scope, model::OriginOf(city().trust->self().key, nonce)};
  batch.first_seq = 1;
  batch.entries.push_back(
      model::Encode(model::Entry(model::Open{nonce, city().trust->certificate(), {}}), batch.journal, 1));
  batch.entries.push_back(ForgedChange(batch.journal, 2));
  base::Hash256 chain = model::ChainStart(batch.journal);
  for (const std::string& e : batch.entries) chain = model::ChainNext(chain, e);
  batch.heads.push_back({{2, {}}, AnyTablet().trust->Sign(model::HeadMessage(batch.journal, {2, chain}))});
  return batch;
}

bool World::ForgeBatch(model::EntryBatch& batch) {
  if (batch.entries.empty()) return false;
  const size_t last = batch.entries.size() - 1;
  switch (random_.Below(7)) {
    case 0: {
      std::string& e = batch.entries[random_.Below(last + 1)];
      e[random_.Below(e.size())] ^= static_cast<char>(1 << random_.Below(8));
      return true;
    }
    case 1:
      batch.entries.pop_back();
      if (batch.entries.empty()) batch.entries.emplace_back();
      return true;
    case 2:
      batch.first_seq += 1 + random_.Below(2);
      return true;
    case 3:
      batch.entries[last] = ForgedChange(batch.journal, batch.last_seq());
      return true;
    case 4:
      batch.entries.push_back(ForgedChange(batch.journal, batch.last_seq() + 1));
      if (Chance(0.5)) batch.heads.push_back({{batch.last_seq(), {}}, AnyDevice().trust->Sign("no head")});
      return true;
    case 5:
      batch = ForgedJournal(batch.journal.scope);
      return true;
    default: {
      const Device& other = AnyDevice();
      batch.journal.origin = other.node->origin();
      return true;
    }
  }
  if (!Chance(0.25)) return false;
}

// "You wrote this, and it was cut": a device must not believe it and write it again.
std::optional<sync::AsideItem> World::ForgedAside(Device& to) {
  for (const auto& [scope, state] : to.node->scopes_for_checking()) {
    for (const auto& [origin, close] : state.closes) {
      const auto author = to.node->Author(origin);
      if (!author || author->node != to.id() || Chance(0.5)) continue;
      sync::AsideItem item{{scope, origin}, close.seq + 1, close.hash, {}, {}, "so it was"};
      if (close.seq == 0) item.previous = model::ChainStart(item.journal);
      item.entry = ForgedChange(item.journal, item.seq);
      item.chain = model::ChainNext(item.previous, item.entry);
      return item;
    }
  }
  return std::nullopt;
}

bool World::Forge(Device& to, sync::Frame& frame) {
  if (std::holds_alternative<sync::Batch>(frame)) {
    if (std::optional<sync::AsideItem> item = ForgedAside(to)) {
      Probe("forged quarantine");
      frame = sync::AsideItems{{*std::move(item)}};
      return true;
    }
  }
  if (auto* batch = std::get_if<sync::Batch>(&frame)) return ForgeBatch(batch->batch);
  if (auto* ack = std::get_if<sync::CityAck>(&frame)) {
    if (ack->points.empty()) return false;
    const uint64_t how = random_.Below(3);
    if (how == 0) ack->points[random_.Below(ack->points.size())].seq += 1 + random_.Below(5);
    if (how == 1) ack->epoch += 1;
    if (how == 2) ack->serial += 100;
    return true;
  }
  if (auto* aside = std::get_if<sync::AsideItems>(&frame)) {
    if (aside->items.empty()) return false;
    sync::AsideItem& item = aside->items[random_.Below(aside->items.size())];
    item.entry = ForgedChange(item.journal, item.seq);
    if (Chance(0.7)) item.chain = model::ChainNext(item.previous, item.entry);  // a name of its own
    return true;
  }
  if (auto* marks = std::get_if<sync::HeldMarks>(&frame)) {
    if (marks->marks.empty()) return false;
    marks->marks[0].seq += random_.Below(3);
    marks->marks[0].reason = "because I say so";
    return true;
  }
  return false;
}

}  // namespace guanhu::sim
