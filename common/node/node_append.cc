// Own writing: commands become changes of the own journals.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/limits.h"
#include "common/base/status.h"
#include "common/node/keys.h"
#include "common/node/node.h"

namespace guanhu::node {

using base::JournalId;
using base::ScopeId;
using store::Table;

model::Stamp Node::StampAt(absl::Time now) const {
  return {absl::ToUnixMillis(now) + clock_offset_ms_, clock_quality_};
}

JournalState& Node::OwnJournal(Tx& tx, const ScopeId& scope_id) {
  ScopeState& scope = scopes_[scope_id];
  const auto own = scope.journals.find(origin_);
  if (scope.closes.contains(origin_) || (own != scope.journals.end() && own->second.forked)) {
    NewIncarnation(tx, "its journal was cut or has two branches");
  }
  const JournalId j{scope_id, origin_};
  JournalState& js = scope.journals[origin_];
  if (js.have.seq == 0) {
    js.have.hash = model::ChainStart(j);
    authors_[origin_] = trust_->self();
    model::Open open{nonce_, trust_->certificate(), previous_};
    const std::string bytes = model::Encode(model::Entry(open), j, 1);
    PutEntry(tx, j, js, bytes, model::ChainNext(js.have.hash, bytes));
    js.processed = js.have.seq;
  }
  return js;
}

void Node::PutEntry(Tx& tx, const JournalId& j, JournalState& js, absl::string_view bytes, const base::Hash256& chain) {
  std::string row;
  row.reserve(32 + bytes.size());
  row.append(base::View(chain).data(), 32);
  row.append(bytes.data(), bytes.size());
  tx.Put(Table::kJournal, EntryKey(j, js.have.seq + 1), std::move(row));
  js.have = {js.have.seq + 1, chain};
  tx.moved.insert(j);
  tx.synced = true;
}

absl::StatusOr<uint64_t> Node::Append(Tx& tx, const ScopeId& scope, const model::Entry& entry) {
  JournalState& js = OwnJournal(tx, scope);
  const JournalId j{scope, origin_};
  const uint64_t seq = js.have.seq + 1;
  const std::string bytes = model::Encode(entry, j, seq);
  if (bytes.size() > base::kEntryBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat("this change has ", bytes.size(), " bytes; at most ",
                                                   base::kEntryBytesMax, " fit: save it in several parts"));
  }
  const base::Hash256 chain = model::ChainNext(js.have.hash, bytes);
  PutEntry(tx, j, js, bytes, chain);
  GUANHU_RETURN_IF_ERROR(Process(tx, j, seq, entry, chain));
  scopes_[scope].journals[j.origin].processed = seq;
  GUANHU_RETURN_IF_ERROR(Wake(tx, scope, j.origin));
  return seq;
}

absl::StatusOr<Saved> Node::Execute(const Command& command, absl::Time now) {
  GUANHU_ASSIGN_OR_RETURN(std::vector<absl::StatusOr<Saved>> results, Execute(std::vector<Command>{command}, now));
  return std::move(results.front());
}

absl::StatusOr<std::vector<absl::StatusOr<Saved>>> Node::Execute(const std::vector<Command>& commands, absl::Time now) {
  GUANHU_RETURN_IF_ERROR(failed_);
  Tx tx;
  tx_ = &tx;
  std::vector<absl::StatusOr<Saved>> results;
  results.reserve(commands.size());
  absl::Status status;
  for (const Command& c : commands) results.push_back(ExecuteOne(tx, c, now));
  status = AfterIngest(tx);
  if (status.ok()) status = Commit(tx);
  tx_ = nullptr;
  if (!status.ok()) failed_ = status;
  GUANHU_RETURN_IF_ERROR(status);
  return results;
}

namespace {

std::string EncodeSaved(const Saved& saved) {
  std::string out;
  PutJournal(out, saved.journal);
  base::PutVarint(out, saved.seq);
  base::PutVarint(out, saved.records.size());
  for (const base::RecordId& r : saved.records) {
    base::PutFixed64(out, r.origin.value);
    base::PutVarint(out, r.seq);
    base::PutVarint(out, r.index);
  }
  return out;
}

absl::StatusOr<Saved> DecodeSaved(absl::string_view bytes) {
  base::Reader in(bytes);
  Saved saved;
  saved.journal = GetJournal(in);
  saved.seq = in.Varint();
  const uint64_t n = in.Varint();
  for (uint64_t i = 0; i < n && in.ok(); ++i) {
    base::RecordId r;
    r.scope = saved.journal.scope;
    r.origin = base::Origin{in.Fixed64()};
    r.seq = in.Varint();
    r.index = static_cast<uint32_t>(in.Varint());
    saved.records.push_back(r);
  }
  if (!in.done()) return absl::DataLossError("the stored result of a command is damaged");
  saved.repeated = true;
  return saved;
}

}  // namespace

absl::StatusOr<Saved> Node::ExecuteOne(Tx& tx, const Command& command, absl::Time now) {
  if (!command.id.empty()) {
    GUANHU_ASSIGN_OR_RETURN(const std::optional<std::string> before, Row(Table::kCommand, command.id));
    if (before) return DecodeSaved(*before);
  }
  if (command.edits.empty() || command.edits.size() > base::kEditsMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("a change edits 1 to ", base::kEditsMax, " records, not ", command.edits.size()));
  }
  if (!subscribed_.contains(command.scope)) {
    return absl::PermissionDeniedError(
        absl::StrCat("this node does not hold ", base::ToText(command.scope), ": write where the place is held"));
  }
  if (!IsCity() && command.scope == county_scope())
    return absl::PermissionDeniedError("only the city writes the county's published records");
  if (!IsCity() && directory_.Device(node()) != nullptr && !directory_.MayAuthor(node(), command.scope)) {
    return absl::PermissionDeniedError("this device is not assigned to that place");
  }
  JournalState& js = OwnJournal(tx, command.scope);
  const uint64_t seq = js.have.seq + 1;
  model::Change change;
  change.stamp = StampAt(now);
  change.person = command.person;
  Saved saved{{command.scope, origin_}, seq, {}, false};
  for (size_t i = 0; i < command.edits.size(); ++i) {
    GUANHU_ASSIGN_OR_RETURN(model::Edit edit,
                            MakeEdit(tx, command, command.edits[i], js, seq, static_cast<uint32_t>(i)));
    saved.records.push_back(edit.id);
    change.edits.push_back(std::move(edit));
  }
  GUANHU_ASSIGN_OR_RETURN(saved.seq, Append(tx, command.scope, change));
  if (!command.id.empty()) tx.Put(Table::kCommand, command.id, EncodeSaved(saved));
  return saved;
}

absl::StatusOr<bool> Node::HasDone(const std::string& command_id) const {
  if (command_id.empty()) return false;
  GUANHU_ASSIGN_OR_RETURN(const std::optional<std::string> before, Row(Table::kCommand, command_id));
  return before.has_value();
}

absl::StatusOr<model::Edit> Node::MakeEdit(Tx& tx, const Command& command, const Command::Edit& wanted,
                                           const JournalState& js, uint64_t seq, uint32_t index) {
  model::Edit edit;
  edit.type = wanted.type;
  edit.set = wanted.set;
  edit.cleared = wanted.cleared;
  bool creates = false;
  if (wanted.record) {
    edit.id = wanted.record;
  } else if (!wanted.key.empty()) {
    edit.id = model::DerivedId(command.scope, wanted.type, wanted.key);
  } else {
    edit.id = {command.scope, origin_, seq, index};
    creates = true;
  }
  if (edit.id.scope != command.scope) {
    return absl::InvalidArgumentError("a change stays in one scope: the record belongs to another place");
  }
  if (creates) {
    GUANHU_RETURN_IF_ERROR(rules_->CheckEdit(edit, true, config_.tier));
    return edit;
  }
  GUANHU_ASSIGN_OR_RETURN(const CachedRecord* record, Record(tx, {edit.type, edit.id}, false));
  if (record->state.version.empty() && wanted.record) {
    return absl::NotFoundError(
        absl::StrCat("there is no record ", base::ToText(edit.id), " of type ", edit.type, " here"));
  }
  const model::ContextEntry* own = model::Find(record->state.version, origin_);
  edit.full_context = own == nullptr || own->seq < js.full_from;
  edit.context = model::ContextFor(record->state, origin_, edit.full_context);
  if (edit.context.size() > base::kContextMax) {
    return absl::ResourceExhaustedError(
        "too many devices have edited this record at the same time: decide its conflicts first");
  }
  GUANHU_RETURN_IF_ERROR(rules_->CheckEdit(edit, model::Creates(edit, origin_, seq), config_.tier));
  return edit;
}

}  // namespace guanhu::node
