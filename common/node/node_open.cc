#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/node/codec_rows.h"
#include "common/node/keys.h"
#include "common/node/node.h"

namespace guanhu::node {

using base::JournalId;
using base::ScopeId;
using store::Table;

absl::StatusOr<std::unique_ptr<Node>> Node::Open(store::Store* store, const Trust* trust, const Rules* rules,
                                                 base::Random* random, Events* events, const NodeConfig& config) {
  std::unique_ptr<Node> node(new Node(store, trust, rules, random, events, config));
  bool fresh = false;
  GUANHU_RETURN_IF_ERROR(node->Load(&fresh));
  Tx tx;
  node->tx_ = &tx;
  if (fresh) {
    node->NewIncarnation(tx, "store created");
  } else if (config.new_incarnation) {
    node->NewIncarnation(tx, "store restored, copied or behind its watermark");
  }
  absl::Status status = node->LoadDirectory(&tx);
  if (status.ok() && trust->self().city && node->epoch_ < trust->self().epoch) {
    node->RaiseEpoch(tx, trust->self().epoch, trust->certificate());
    for (const auto& [scope, state] : node->scopes_) {
      for (const auto& [origin, js] : state.journals) tx.moved.insert({scope, origin});
    }
  } else if (status.ok() && trust->self().city) {
    // A statement that was due when the program ended.
    for (const auto& [scope, state] : node->scopes_) {
      for (const auto& [origin, js] : state.journals) {
        const auto acked = state.acked.find(origin);
        if (acked == state.acked.end() || acked->second.first != js.have.seq) tx.moved.insert({scope, origin});
      }
    }
  }
  if (status.ok()) status = node->AfterIngest(tx);
  if (status.ok()) status = node->Commit(tx);
  node->tx_ = nullptr;
  GUANHU_RETURN_IF_ERROR(status);
  return node;
}

absl::Status Node::Load(bool* fresh) {
  auto meta = store_->Scan(Table::kMeta, "", "");
  for (; meta->Valid(); meta->Next()) GUANHU_RETURN_IF_ERROR(LoadMeta(meta->key(), meta->value()));
  GUANHU_RETURN_IF_ERROR(meta->status());
  auto aside = store_->Scan(Table::kAside, "", "");
  for (; aside->Valid(); aside->Next()) GUANHU_RETURN_IF_ERROR(LoadAside(aside->key(), aside->value()));
  GUANHU_RETURN_IF_ERROR(aside->status());
  *fresh = nonce_.empty();
  GUANHU_RETURN_IF_ERROR(LoadAuthors());
  // Waiting changes: their causes are looked for again when the node has loaded everything.
  for (auto& [scope, state] : scopes_) {
    for (auto& [place, waiting] : state.waiting) {
      const JournalId j{scope, place.first};
      GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, place.second));
      GUANHU_ASSIGN_OR_RETURN(const model::Entry entry, model::Decode(row.entry, j, place.second));
      if (const auto* change = std::get_if<model::Change>(&entry)) {
        for (const model::Edit& e : change->edits) waiting.records.insert({e.type, e.id});
      }
    }
  }
  Tx tx;
  for (auto& [scope, state] : scopes_) {
    for (auto& [place, waiting] : state.waiting) {
      const JournalId j{scope, place.first};
      GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, place.second));
      GUANHU_ASSIGN_OR_RETURN(const model::Entry entry, model::Decode(row.entry, j, place.second));
      const auto* change = std::get_if<model::Change>(&entry);
      if (change == nullptr) continue;
      GUANHU_ASSIGN_OR_RETURN(const std::optional<Cause> cause, Unmet(tx, j, place.second, *change));
      if (cause) waiting.cause = *cause;
    }
  }
  return absl::OkStatus();
}

absl::Status Node::LoadMeta(absl::string_view key, absl::string_view value) {
  base::Reader k(key.substr(1));
  base::Reader v(value);
  switch (static_cast<Meta>(key[0])) {
    case Meta::kSelf: {
      nonce_ = std::string(v.String());
      previous_ = base::Origin{v.Fixed64()};
      origin_ = model::OriginOf(trust_->self().key, nonce_);
      const uint64_t key_hash = v.Fixed64();
      if (v.ok() && key_hash != trust_->self().node.value) {
        return absl::FailedPreconditionError(absl::StrCat("this store belongs to node ", base::ToText(key_hash),
                                                          ", not to ", base::ToText(trust_->self().node.value),
                                                          ": give the node its own data folder"));
      }
      break;
    }
    case Meta::kJournal: {
      const JournalId j = GetJournal(k);
      JournalState& js = scopes_[j.scope].journals[j.origin];
      js = DecodeJournal(v);
      js.processed = js.have.seq;
      js.point_hash = js.have.seq == 0 ? 0 : PointHash(j, js.have);  // cut back to nothing: no part of the digest
      scopes_[j.scope].vector_sum += js.point_hash;
      break;
    }
    case Meta::kClose: {
      const JournalId j = GetJournal(k);
      scopes_[j.scope].closes[j.origin] = DecodeClose(v);
      break;
    }
    case Meta::kAck: {
      const ScopeId s = GetScope(k);
      sync::CityAck ack = DecodeAck(s, v);
      ScopeState& state = scopes_[s];
      for (const sync::Point& p : ack.points) state.acked[p.journal.origin] = {p.seq, p.hash};
      state.ack = std::move(ack);
      break;
    }
    case Meta::kParent:
      parent_has_[GetJournal(k)] = v.Varint();
      break;
    case Meta::kStates: {
      model::StateDigest& d = scopes_[GetScope(k)].states;
      d.high = v.Fixed64();
      d.low = v.Fixed64();
      break;
    }
    case Meta::kVerdict: {
      const JournalId j = GetJournal(k);
      const uint64_t seq = k.Fixed64();
      scopes_[j.scope].verdicts[{j.origin, seq}] = DecodeVerdict(v);
      break;
    }
    case Meta::kCut:
      cuts_[base::NodeId{k.Fixed64()}] = DecodeCut(v);
      break;
    default:
      LoadOwn(static_cast<Meta>(key[0]), v);
  }
  if (!v.ok() || !k.ok())
    return absl::DataLossError(
        absl::StrCat("row ", base::ToHex(key), " of the meta table is damaged: run `guanhuctl doctor`"));
  return absl::OkStatus();
}

void Node::LoadOwn(Meta kind, base::Reader& v) {
  switch (kind) {
    case Meta::kScopes:
      while (v.left() > 0) subscribed_.insert(GetScope(v));
      break;
    case Meta::kEpoch:
      epoch_ = v.Varint();
      epoch_credential_ = std::string(v.String());
      break;
    case Meta::kContact:
      contact_.all_up_ms = base::UnZigZag(v.Varint());
      contact_.equal_ms = base::UnZigZag(v.Varint());
      break;
    case Meta::kClock:
      clock_offset_ms_ = base::UnZigZag(v.Varint());
      clock_quality_ = model::ClockQuality::kDrifted;
      break;
    default:
      break;  // a row of a newer program: kept, not understood
  }
}

absl::Status Node::LoadAside(absl::string_view key, absl::string_view value) {
  base::Reader k(key.substr(1));
  base::Reader v(value);
  const JournalId j = GetJournal(k);
  const uint64_t seq = k.Fixed64();
  switch (static_cast<Aside>(key[0])) {
    case Aside::kItem: {
      const uint64_t hash = k.Fixed64();
      AsideInfo info;
      DecodeAside(j, seq, v, &info);
      aside_[{j, seq, hash}] = info;
      break;
    }
    case Aside::kKept:
      kept_[{j, seq, k.Fixed64()}] = v.Varint();
      break;
    case Aside::kHeld:
      scopes_[j.scope].held[{j.origin, seq}] = std::string(value);
      break;
    case Aside::kMark:
      marks_[{j, seq}][base::NodeId{k.Fixed64()}] = std::string(value);
      break;
    case Aside::kWaiting:
      scopes_[j.scope].waiting[{j.origin, seq}] = {};
      break;
    default:
      break;
  }
  if (!v.ok() || !k.ok())
    return absl::DataLossError(
        absl::StrCat("row ", base::ToHex(key), " of the aside table is damaged: run `guanhuctl doctor`"));
  return absl::OkStatus();
}

absl::Status Node::LoadAuthors() {
  for (const auto& [scope, state] : scopes_) {
    for (const auto& [origin, js] : state.journals) {
      if (js.have.seq == 0 || authors_.contains(origin)) continue;
      const JournalId j{scope, origin};
      GUANHU_ASSIGN_OR_RETURN(const JournalRow row, EntryAt(j, 1));
      const absl::StatusOr<AuthorInfo> author = Introduce(j, row.entry);
      if (!author.ok()) Report(Events::kError, "author_unreadable", author.status().message());
    }
  }
  return absl::OkStatus();
}

absl::Status Node::LoadDirectory(Tx* tx) {
  std::vector<domain::PlaceRow> places;
  std::vector<domain::DeviceRow> devices;
  GUANHU_ASSIGN_OR_RETURN(const auto states, StoredStates(*tx, county_scope()));
  for (const auto& [key, bytes] : states) {
    if (!rules_->IsDirectoryType(key.type)) continue;
    GUANHU_ASSIGN_OR_RETURN(const model::RecordState state, model::DecodeState(bytes));
    if (auto place = rules_->ReadPlace(key.type, key.id, state)) places.push_back(std::move(*place));
    if (auto device = rules_->ReadDevice(key.type, key.id, state)) devices.push_back(std::move(*device));
  }
  tx->directory_read = true;
  directory_ = domain::Directory(config_.county, std::move(places), std::move(devices));
  ++directory_version_;
  const std::vector<ScopeId> scopes = directory_.ScopesOf(place());
  const std::set<ScopeId> before = std::exchange(subscribed_, {scopes.begin(), scopes.end()});
  if (before != subscribed_) {
    std::string value;
    for (const ScopeId& s : subscribed_) PutScope(value, s);
    tx->Put(Table::kMeta, KeyOf(Meta::kScopes), std::move(value));
  }
  for (const ScopeId& s : subscribed_) {
    auto it = scopes_.find(s);
    if (before.contains(s) || it == scopes_.end() || it->second.journals.empty() || before.empty()) continue;
    tx->rebuild.insert(s);
    tx->learn.insert(s);
  }
  return absl::OkStatus();
}

base::PlaceId Node::place() const {
  const domain::DeviceRow* device = directory_.Device(node());
  return device != nullptr && device->place ? device->place : config_.place;
}

void Node::NewIncarnation(Tx& tx, absl::string_view why) {
  previous_ = origin_;
  nonce_ = random_->Bytes(16);
  origin_ = model::OriginOf(trust_->self().key, nonce_);
  std::string value;
  base::PutString(value, nonce_);
  base::PutFixed64(value, previous_.value);
  base::PutFixed64(value, trust_->self().node.value);
  tx.Put(Table::kMeta, KeyOf(Meta::kSelf), std::move(value));
  tx.synced = true;
  Report(Events::kInfo, "incarnation", absl::StrCat(base::ToText(origin_.value), ": ", why));
}

void Node::RaiseEpoch(Tx& tx, uint64_t epoch, absl::string_view credential) {
  if (epoch <= epoch_) return;
  epoch_ = epoch;
  epoch_credential_ = std::string(credential);
  std::string value;
  base::PutVarint(value, epoch);
  base::PutString(value, credential);
  tx.Put(Table::kMeta, KeyOf(Meta::kEpoch), std::move(value));
  // What an older city store acknowledged says nothing about the present one.
  city_beyond_.clear();
  tx.control = true;
  for (auto& [scope, state] : scopes_) {
    if (!state.ack || state.ack->epoch >= epoch) continue;
    state.ack.reset();
    state.acked.clear();
    tx.Delete(Table::kMeta, KeyOf(Meta::kAck, scope));
  }
  Report(Events::kInfo, "epoch", absl::StrCat(epoch));
}

absl::StatusOr<ViewUpdate> Node::UpdateOf(Tx& tx) const {
  ViewUpdate update;
  update.made_anew = std::move(tx.made_anew);
  update.written = std::move(tx.written);
  update.directory = tx.directory_read;
  update.changes.reserve(tx.changed.size());
  for (auto& [key, before] : tx.changed) {
    ViewChange change{key.type, key.id, std::move(before), nullptr};
    const auto record = tx.records.find(key);
    const store::Batch::Op* row = nullptr;
    if (record != tx.records.end()) {
      if (!record->second.state.version.empty()) change.after = &record->second.state;
    } else if ((row = tx.Find(Table::kRecord, RecordKey(key.type, key.id))) != nullptr && !row->remove) {
      GUANHU_ASSIGN_OR_RETURN(model::RecordState state, model::DecodeState(row->value));
      update.states.push_back(std::move(state));
      change.after = &update.states.back();
    }
    update.changes.push_back(std::move(change));
  }
  return update;
}

absl::Status Node::Commit(Tx& tx) {
  GUANHU_RETURN_IF_ERROR(FlushRecords(tx));
  FlushJournals(tx);
  FlushClosing(tx);
  store::Batch batch;
  ViewUpdate update;
  if (config_.views != nullptr) {
    GUANHU_ASSIGN_OR_RETURN(update, UpdateOf(tx));
    GUANHU_RETURN_IF_ERROR(config_.views->Prepare(*this, update, batch));
  }
  tx.TakeBatch(batch);
  if (!batch.empty()) {
    absl::Status status = store_->Commit(batch, tx.synced ? store::Durability::kSynced : store::Durability::kBuffered);
    if (!status.ok()) {
      failed_ = status;
      return status;
    }
  }
  changes_.journals.insert(changes_.journals.end(), tx.moved.begin(), tx.moved.end());
  changes_.truncated.insert(changes_.truncated.end(), tx.truncated.begin(), tx.truncated.end());
  changes_.acks.insert(changes_.acks.end(), tx.acks.begin(), tx.acks.end());
  changes_.control |= tx.control;
  if (config_.views != nullptr) config_.views->Committed(*this, update);
  return absl::OkStatus();
}

absl::Status Node::FlushRecords(Tx& tx) {
  for (auto& [key, record] : tx.records) {
    if (!record.dirty) continue;
    record.dirty = false;
    std::string bytes = record.state == model::RecordState{} ? std::string() : model::Encode(record.state);
    if (bytes == record.before) continue;
    ScopeState& scope = scopes_[key.id.scope];
    if (!record.before.empty()) scope.states.Subtract(model::DigestOf(key.type, key.id, record.before));
    if (!bytes.empty()) scope.states.Add(model::DigestOf(key.type, key.id, bytes));
    if (bytes.empty()) {
      tx.Delete(Table::kRecord, RecordKey(key.type, key.id));
    } else {
      tx.Put(Table::kRecord, RecordKey(key.type, key.id), bytes);
    }
    if (config_.views != nullptr) tx.changed.try_emplace(tx.changed.end(), key, std::move(record.before));
    record.before = std::move(bytes);
    tx.states.insert(key.id.scope);
  }
  return absl::OkStatus();
}

void Node::FlushJournals(Tx& tx) {
  for (const JournalId& j : tx.moved) {
    ScopeState& scope = scopes_[j.scope];
    JournalState& js = scope.journals[j.origin];
    scope.vector_sum -= js.point_hash;
    js.point_hash = js.have.seq == 0 ? 0 : PointHash(j, js.have);
    scope.vector_sum += js.point_hash;
    tx.Put(Table::kMeta, KeyOf(Meta::kJournal, j), EncodeJournal(js));
  }
}

void Node::FlushClosing(Tx& tx) {
  for (const ScopeId& s : tx.states) {
    std::string value;
    base::PutFixed64(value, scopes_[s].states.high);
    base::PutFixed64(value, scopes_[s].states.low);
    tx.Put(Table::kMeta, KeyOf(Meta::kStates, s), std::move(value));
  }
}

}  // namespace guanhu::node
