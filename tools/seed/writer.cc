#include "tools/seed/writer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/schema/fields.h"

namespace guanhu::seed {
namespace {

constexpr size_t kFramesInShipment = 8;

}  // namespace

// SplitMix64.
uint64_t SeededRandom::Next64() {
  uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

absl::StatusOr<std::vector<Shipment>> ReadJournal(node::Node& node, const base::JournalId& journal, uint64_t after,
                                                  uint64_t last) {
  std::vector<Shipment> out;
  while (after < last) {
    GUANHU_ASSIGN_OR_RETURN(model::EntryBatch batch, node.ReadSuffix(journal, after));
    if (batch.entries.empty()) return absl::InternalError("a journal gives no frame though it is longer");
    after = batch.last_seq();
    if (out.empty() || out.back().items.size() == kFramesInShipment) out.emplace_back();
    Shipment& shipment = out.back();
    shipment.from = node.node();
    shipment.changes += batch.entries.size();
    shipment.items.emplace_back(std::move(batch));
  }
  return out;
}

absl::StatusOr<std::unique_ptr<Writer>> Writer::Open(trust::Enrolment enrolment, const schema::Schema* schema,
                                                     const std::vector<sync::Ingest>& founding, uint64_t seed,
                                                     absl::Time now) {
  GUANHU_ASSIGN_OR_RETURN(host::HouseTrust trust, host::HouseTrust::Make(enrolment));
  std::unique_ptr<Writer> w(new Writer(std::move(trust), schema, enrolment.county_place, seed));
  w->store_ = store::MemStore::Open(&w->disk_);
  node::NodeConfig config;
  config.county = enrolment.county_place;
  config.place = enrolment.place;
  config.tier = static_cast<domain::Tier>(enrolment.tier);
  GUANHU_ASSIGN_OR_RETURN(
      w->node_, node::Node::Open(w->store_.get(), &w->trust_, &w->rules_, &w->random_, nullptr, config));
  GUANHU_ASSIGN_OR_RETURN(const auto outcomes, w->node_->Apply({{base::NodeId{}, &founding}}, now));
  for (const sync::Outcome& o : outcomes.front()) {
    if (o.kind != sync::Outcome::kDone)
      return absl::InternalError(absl::StrCat("a sample device refuses the city's records: ", o.reason));
  }
  return w;
}

base::RecordId Writer::Add(const base::ScopeId& scope, const google::protobuf::Message& message, int64_t at_ms,
                           base::PersonId person) {
  if (commands_.empty()) commit_ms_ = at_ms;
  auto [seq, fresh] = seq_.try_emplace(scope, 0);
  if (fresh) {
    for (const sync::Point& p : node_->HaveOf(scope).points) {
      if (p.journal.origin == node_->origin()) seq->second = p.seq;
    }
    // The first change of a journal stands behind the entry that opens it.
    if (seq->second == 0) seq->second = 1;
  }
  node::Command command;
  command.scope = scope;
  command.person = person;
  node::Command::Edit edit;
  edit.type = schema_->TypeOf(message)->type;
  edit.set = schema::FieldsOf(message);
  command.edits.push_back(std::move(edit));
  commands_.push_back(std::move(command));
  return {scope, node_->origin(), ++seq->second, 0};
}

absl::Status Writer::Commit() {
  if (commands_.empty()) return absl::OkStatus();
  GUANHU_ASSIGN_OR_RETURN(const auto results, node_->Execute(commands_, absl::FromUnixMillis(commit_ms_)));
  std::map<base::ScopeId, uint64_t> last;
  for (const absl::StatusOr<node::Saved>& saved : results) {
    GUANHU_RETURN_IF_ERROR(saved.status());
    last[saved->journal.scope] = saved->seq;
  }
  for (const auto& [scope, seq] : last) {
    if (seq_[scope] != seq)
      return absl::InternalError(absl::StrCat("a sample change has number ", seq, ", not ", seq_[scope]));
  }
  written_ += commands_.size();
  commands_.clear();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Shipment>> Writer::HandIn(const base::ScopeId& scope) {
  GUANHU_RETURN_IF_ERROR(Commit());
  uint64_t& done = handed_in_[scope];
  const uint64_t last = seq_.contains(scope) ? seq_[scope] : 0;
  GUANHU_ASSIGN_OR_RETURN(auto out, ReadJournal(*node_, {scope, node_->origin()}, done, last));
  done = last;
  return out;
}

}  // namespace guanhu::seed
