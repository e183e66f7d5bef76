#include "common/ledger/views.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/ledger/types.h"

namespace guanhu::ledger {

using base::RecordId;
using store::Table;

absl::Status LedgerViews::Visit(uint64_t target, uint32_t source_type,
                                const std::function<bool(const RecordId&)>& visit) const {
  const std::string prefix = LinkPrefix(target, source_type);
  const std::string end = store::PrefixEnd(prefix);
  auto pending = pending_.lower_bound(prefix);
  const auto pending_end = end.empty() ? pending_.end() : pending_.lower_bound(end);
  auto it = store_->Scan(Table::kView, prefix, end);
  while (it->Valid() || pending != pending_end) {
    const bool from_store = it->Valid() && (pending == pending_end || it->key() < absl::string_view(pending->first));
    if (from_store) {
      const RecordId id = SourceOf(it->key()).id;
      it->Next();
      if (!visit(id)) return absl::OkStatus();
      continue;
    }
    if (it->Valid() && it->key() == absl::string_view(pending->first)) it->Next();
    const bool there = pending->second;
    const RecordId id = SourceOf(pending->first).id;
    ++pending;
    if (there && !visit(id)) return absl::OkStatus();
  }
  return it->status();
}

AssetRow& LedgerViews::Asset(const RecordId& id) {
  auto [it, fresh] = next_.assets.try_emplace(id);
  if (fresh) {
    if (auto row = book_.Asset(id)) it->second = *std::move(row);
    it->second.id = id;
  }
  return it->second;
}

uint32_t LedgerViews::CaseType(const RecordId& id) const {
  if (const auto it = next_.cases.find(id); it != next_.cases.end()) return it->second.type;
  const auto row = book_.Case(id);
  return row ? row->type : 0;
}

void LedgerViews::PutLinks(const node::ViewChange& change, const schema::RecordInfo& info, Targets& before,
                           Targets& after) {
  if (!change.before.empty()) {
    if (const auto state = model::DecodeState(change.before); state.ok()) before = LinksOf(info, change.id, *state);
  }
  if (change.after != nullptr) after = LinksOf(info, change.id, *change.after);
  for (uint64_t t : before.hashes) {
    if (!after.hashes.contains(t)) pending_[LinkKey(t, change.type, change.id)] = false;
  }
  for (uint64_t t : after.hashes) {
    if (!before.hashes.contains(t)) pending_[LinkKey(t, change.type, change.id)] = true;
  }
}

void LedgerViews::ReadType(const node::Node& node, const node::ViewChange& change) {
  TypeRow row;
  row.id = change.id;
  if (change.after != nullptr) {
    const auto shown = ShownRecord(node, *schema_, kFacilityTypeType, *change.after);
    if (shown == nullptr) return;
    FillType(*shown, row);
  }
  next_.types[change.id] = row;
}

void LedgerViews::ReadName(const node::Node& node, const node::ViewChange& change) {
  NameRow row;
  if (change.after != nullptr) {
    const auto shown = ShownRecord(node, *schema_, change.type, *change.after);
    if (shown != nullptr) row = {change.type, NameIn(*shown)};
  }
  if (row.text.empty()) row.type = 0;
  next_.names[change.id] = std::move(row);
}

// Entries with the same receipt stand or fall together: only the first posting counts.
absl::Status LedgerViews::RejudgeSharers(const node::Node& node, const RecordId& entry,
                                         std::map<RecordId, uint32_t>& rejudge) {
  GUANHU_ASSIGN_OR_RETURN(const auto state, node.Get(kFundEntryType, entry));
  if (!state) return absl::OkStatus();
  const Targets targets = LinksOf(*schema_->Type(kFundEntryType), entry, *state);
  std::set<uint64_t> receipts = targets.hashes;
  for (const RecordId& t : targets.records) receipts.erase(base::ShortHash(t));
  for (uint64_t receipt : receipts) {
    GUANHU_RETURN_IF_ERROR(Visit(receipt, kFundEntryType, [&](const RecordId& other) {
      rejudge[other] = kFundEntryType;
      return true;
    }));
  }
  return absl::OkStatus();
}

// The grade says what the acts of an asset's defects and orders need, from when it was set.
absl::Status LedgerViews::RejudgeGraded(const RecordId& asset, std::map<RecordId, uint32_t>& rejudge) {
  const std::optional<AssetRow> held = book_.Asset(asset);
  const int before = held ? held->grade : 0;
  const int after = Asset(asset).grade;
  const auto asks = [](int grade) { return grade == records::v1::GRADE_A || grade == records::v1::GRADE_B; };
  if (!asks(before) && !asks(after)) return absl::OkStatus();
  for (const uint32_t type : {kDefectType, kOrderType}) {
    GUANHU_RETURN_IF_ERROR(Visit(asset, type, [&](const RecordId& about) {
      rejudge[about] = type;
      return true;
    }));
  }
  return absl::OkStatus();
}

absl::Status LedgerViews::Collect(const node::Node& node, const node::ViewChange& change, bool anew, Work& work) {
  const schema::RecordInfo* info = schema_->Type(change.type);
  if (info == nullptr) return absl::OkStatus();
  const bool fresh = change.before.empty() && !anew && change.after != nullptr;
  if (change.type == kInspectionType && fresh && CountPlain(change)) return absl::OkStatus();
  Targets before, after;
  PutLinks(change, *info, before, after);
  if (change.type == kFacilityTypeType) ReadType(node, change);
  if (change.type == kFacilityTypeType || change.type == kOrgType) ReadName(node, change);
  if (change.type == kAssetType) {
    work.refresh[change.id] |= anew;
    return absl::OkStatus();
  }
  if (!info->life.empty()) work.rejudge[change.id] = change.type;
  if (change.type == kFundEntryType) GUANHU_RETURN_IF_ERROR(RejudgeSharers(node, change.id, work.rejudge));
  if (change.type == kInspectionType && fresh && !amended_.contains(base::ShortHash(change.id))) {
    CountNew(change);
    return absl::OkStatus();
  }
  for (const Targets* targets : {&before, &after}) {
    if (change.type == kAmendmentType) {
      amended_.insert(targets->hashes.begin(), targets->hashes.end());
      for (uint64_t h : targets->hashes) pending_[KeyOf(View::kAmended, h)] = true;
    }
    for (const RecordId& t : targets->records) {
      if (change.type == kInspectionType) work.recount.insert(t);
      if (change.type == kResponsibilityType || change.type == kTitleType) work.reclear.insert(t);
      const uint32_t type = CaseType(t);
      if (type != 0) work.rejudge[t] = type;
      if (type == kFundEntryType) GUANHU_RETURN_IF_ERROR(RejudgeSharers(node, t, work.rejudge));
      if (change.type != kAmendmentType) continue;
      GUANHU_ASSIGN_OR_RETURN(const auto inspection, node.Get(kInspectionType, t));
      if (!inspection) continue;
      const Targets assets = LinksOf(*schema_->Type(kInspectionType), t, *inspection);
      work.recount.insert(assets.records.begin(), assets.records.end());
    }
  }
  return absl::OkStatus();
}

absl::Status LedgerViews::Prepare(const node::Node& node, const node::ViewUpdate& update, store::Batch& batch) {
  next_ = {};
  pending_.clear();
  store::Batch rows;
  absl::Status status = broken_.ok() ? PrepareRows(node, update, rows) : broken_;
  if (status.ok()) {
    for (const store::Batch::Op& op : rows.ops()) {
      if (op.remove) {
        batch.Delete(op.table, op.key);
      } else {
        batch.Put(op.table, op.key, op.value);
      }
    }
    return status;
  }
  if (status.code() != absl::StatusCode::kDataLoss) return status;
  // Work is saved all the same: the rows follow from the records and can be made again.
  Break(std::move(status));
  batch.Delete(Table::kView, std::string(1, static_cast<char>(View::kVersion)));
  return absl::OkStatus();
}

absl::Status LedgerViews::PrepareRows(const node::Node& node, const node::ViewUpdate& update, store::Batch& batch) {
  if (!update.changes.empty()) GUANHU_RETURN_IF_ERROR(Load(node));
  Work work;
  for (const node::ViewChange& change : update.changes) {
    const bool anew = update.made_anew.contains(change.id.scope);
    GUANHU_RETURN_IF_ERROR(Collect(node, change, anew, work));
  }
  for (const RecordId& id : work.recount) work.refresh[id] = true;
  for (const auto& [id, recount] : work.refresh) {
    GUANHU_RETURN_IF_ERROR(RefreshAsset(node, id, recount));
    GUANHU_RETURN_IF_ERROR(RejudgeGraded(id, work.rejudge));
  }
  for (const RecordId& id : work.reclear) {
    if (!work.refresh.contains(id)) GUANHU_RETURN_IF_ERROR(ReadClear(node, Asset(id)));
  }
  for (const auto& [id, type] : work.rejudge) GUANHU_RETURN_IF_ERROR(Rejudge(node, type, id));
  for (const auto& [origin, ms] : update.written) {
    std::string value;
    base::PutVarint(value, base::ZigZag(ms));
    batch.Put(Table::kView, KeyOf(View::kWritten, origin.value), std::move(value));
    if (const auto author = node.Author(origin)) {
      int64_t& latest = next_.written[author->node];
      latest = std::max(latest, ms);
    }
  }
  WriteRows(batch);
  return absl::OkStatus();
}

void LedgerViews::WriteRows(store::Batch& batch) {
  for (const auto& [key, put] : pending_) {
    if (put) {
      batch.Put(Table::kView, key, "");
    } else {
      batch.Delete(Table::kView, key);
    }
  }
  for (const auto& [id, row] : next_.assets) {
    if (row.exists || !row.months.empty()) {
      batch.Put(Table::kView, KeyOf(View::kAsset, id), Encode(row));
    } else {
      batch.Delete(Table::kView, KeyOf(View::kAsset, id));
    }
  }
  for (const auto& [id, row] : next_.cases) {
    if (row.id) {
      batch.Put(Table::kView, KeyOf(View::kCase, id), Encode(row));
    } else {
      batch.Delete(Table::kView, KeyOf(View::kCase, id));
    }
  }
  for (const auto& [id, row] : next_.types) batch.Put(Table::kView, KeyOf(View::kType, id), Encode(row));
}

Coverage LedgerViews::CoverageOf(const node::Node& node) const {
  Coverage out;
  uint64_t sum = node.directory_version();
  for (const auto& [scope, state] : node.scopes_for_checking()) {
    sum = sum * 0x9E3779B97F4A7C15u + state.vector_sum;
    for (const auto& [origin, js] : state.journals) out.changes += js.have.seq;
  }
  std::string bytes;
  base::PutFixed64(bytes, sum);
  out.mark = base::ToHex(bytes);
  return out;
}

void LedgerViews::Committed(const node::Node& node, const node::ViewUpdate& update) {
  pending_.clear();
  if (!loaded_ || !broken_.ok()) return;
  if (update.directory || book_.directory()->places().empty())
    next_.directory = std::make_shared<const domain::Directory>(node.directory());
  next_.coverage = CoverageOf(node);
  book_.Put(std::move(next_));
  next_ = {};
}

}  // namespace guanhu::ledger
