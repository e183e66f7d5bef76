// Reading the rows at the start, and making them anew from the records.
#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/ledger/views.h"

namespace guanhu::ledger {

using base::RecordId;
using store::Table;

namespace {

// Raised whenever the rows of the same records would differ.
constexpr char kLayout[] = "2";
// Rows in one batch while everything is made anew.
constexpr size_t kRowsPerBatch = 20'000;
// Differences that `verify` names before it stops looking.
constexpr size_t kFaultsMax = 20;

std::string VersionKey() { return std::string(1, static_cast<char>(View::kVersion)); }

}  // namespace

absl::Status LedgerViews::ScanRows(
    View kind, const std::function<absl::Status(absl::string_view key, absl::string_view value)>& row) {
  const std::string prefix(1, static_cast<char>(kind));
  auto it = store_->Scan(Table::kView, prefix, store::PrefixEnd(prefix));
  for (; it->Valid(); it->Next()) GUANHU_RETURN_IF_ERROR(row(it->key(), it->value()));
  return it->status();
}

// Names are few and stand in no row of their own.
absl::Status LedgerViews::ReadNames(const node::Node& node) {
  for (const base::ScopeId& scope : node.Scopes()) {
    for (const uint32_t type : {kOrgType, kFacilityTypeType}) {
      GUANHU_RETURN_IF_ERROR(
          node.Visit(scope, type, [&](uint32_t, const RecordId& id, const model::RecordState& state) {
            ReadName(node, {type, id, {}, &state});
            return true;
          }));
    }
  }
  return absl::OkStatus();
}

absl::Status LedgerViews::Load(const node::Node& node) {
  if (!broken_.ok()) return broken_;
  if (loaded_) return absl::OkStatus();
  absl::Status status = ReadAll(node);
  if (status.ok()) return status;
  Break(status);
  return status;
}

void LedgerViews::Break(absl::Status why) {
  pending_.clear();
  next_ = {};
  loaded_ = false;
  BookUpdate none;
  none.empty_first = true;
  book_.Put(std::move(none));
  if (!absl::IsDataLoss(why)) return;  // the next Load tries again
  broken_ = std::move(why);
  damaged_ = true;
}

absl::Status LedgerViews::ReadAll(const node::Node& node) {
  GUANHU_ASSIGN_OR_RETURN(const std::optional<std::string> layout, store_->Get(Table::kView, VersionKey()));
  loaded_ = true;
  BookUpdate rows;
  rows.directory = std::make_shared<const domain::Directory>(node.directory());
  rows.coverage = CoverageOf(node);
  if (!layout || *layout != kLayout) {
    book_.Put(std::move(rows));
    return Rebuild(node, false).status();
  }
  GUANHU_RETURN_IF_ERROR(ScanRows(View::kAsset, [&](auto, auto value) {
    rows.first_assets.emplace_back();
    return Decode(value, rows.first_assets.back());
  }));
  GUANHU_RETURN_IF_ERROR(ScanRows(View::kCase, [&](auto, auto value) {
    rows.first_cases.emplace_back();
    return Decode(value, rows.first_cases.back());
  }));
  GUANHU_RETURN_IF_ERROR(ScanRows(View::kType, [&](auto, auto value) -> absl::Status {
    TypeRow row;
    const absl::Status decoded = Decode(value, row);
    if (decoded.ok()) rows.types[row.id] = row;
    return decoded;
  }));
  GUANHU_RETURN_IF_ERROR(ScanRows(View::kAmended, [&](absl::string_view key, auto) {
    base::Reader in(key.substr(1));
    amended_.insert(in.Fixed64());
    return absl::OkStatus();
  }));
  GUANHU_RETURN_IF_ERROR(ScanRows(View::kWritten, [&](absl::string_view key, absl::string_view value) {
    base::Reader k(key.substr(1));
    base::Reader v(value);
    if (const auto author = node.Author(base::Origin{k.Fixed64()})) {
      int64_t& latest = rows.written[author->node];
      latest = std::max(latest, base::UnZigZag(v.Varint()));
    }
    return absl::OkStatus();
  }));
  GUANHU_RETURN_IF_ERROR(ReadNames(node));
  rows.names = std::move(next_.names);
  next_ = {};
  book_.Put(std::move(rows));
  return absl::OkStatus();
}

absl::Status LedgerViews::Flush() {
  store::Batch batch;
  WriteRows(batch);
  pending_.clear();
  next_.coverage = book_.coverage();
  book_.Put(std::move(next_));
  next_ = {};
  return batch.empty() ? absl::OkStatus() : store_->Commit(batch, store::Durability::kBuffered);
}

absl::Status LedgerViews::MakeLinks(const node::Node& node) {
  absl::Status status;
  for (const base::ScopeId& scope : node.Scopes()) {
    GUANHU_RETURN_IF_ERROR(
        node.Visit(scope, 0, [&](uint32_t type, const RecordId& id, const model::RecordState& state) {
          const schema::RecordInfo* info = schema_->Type(type);
          if (info == nullptr) return true;
          const Targets targets = LinksOf(*info, id, state);
          for (uint64_t t : targets.hashes) {
            pending_[LinkKey(t, type, id)] = true;
            if (type != kAmendmentType) continue;
            amended_.insert(t);
            pending_[KeyOf(View::kAmended, t)] = true;
          }
          if (pending_.size() >= kRowsPerBatch) status = Flush();
          return status.ok();
        }));
    GUANHU_RETURN_IF_ERROR(status);
  }
  return Flush();
}

absl::Status LedgerViews::MakeRows(const node::Node& node, bool write) {
  absl::Status status;
  for (const base::ScopeId& scope : node.Scopes()) {
    GUANHU_RETURN_IF_ERROR(
        node.Visit(scope, 0, [&](uint32_t type, const RecordId& id, const model::RecordState& state) {
          const schema::RecordInfo* info = schema_->Type(type);
          if (info == nullptr) return true;
          if (type == kFacilityTypeType) ReadType(node, {type, id, {}, &state});
          if (type == kAssetType) {
            status = RefreshAsset(node, id, true);
          } else if (!info->life.empty()) {
            status = Rejudge(node, type, id);
          } else if (type == kInspectionType) {
            for (const RecordId& asset : LinksOf(*info, id, state).records) {
              if (status.ok() && !next_.assets.contains(asset)) status = RefreshAsset(node, asset, true);
            }
          }
          if (write && status.ok() && next_.assets.size() + next_.cases.size() >= kRowsPerBatch) status = Flush();
          return status.ok();
        }));
    GUANHU_RETURN_IF_ERROR(status);
  }
  return write ? Flush() : absl::OkStatus();
}

absl::Status LedgerViews::VerifyLinks(const node::Node& node, std::vector<std::string>& faults) {
  size_t expected = 0;
  size_t found = 0;
  absl::Status status;
  for (const base::ScopeId& scope : node.Scopes()) {
    GUANHU_RETURN_IF_ERROR(
        node.Visit(scope, 0, [&](uint32_t type, const RecordId& id, const model::RecordState& state) {
          const schema::RecordInfo* info = schema_->Type(type);
          if (info == nullptr) return true;
          for (uint64_t t : LinksOf(*info, id, state).hashes) {
            ++expected;
            const auto row = store_->Get(Table::kView, LinkKey(t, type, id));
            if (!row.ok()) status = row.status();
            if (status.ok() && !*row && faults.size() < kFaultsMax)
              faults.push_back(absl::StrCat("the link of ", base::ToText(id), " is missing"));
          }
          return status.ok();
        }));
    GUANHU_RETURN_IF_ERROR(status);
  }
  GUANHU_RETURN_IF_ERROR(ScanRows(View::kLink, [&](auto, auto) {
    ++found;
    return absl::OkStatus();
  }));
  if (found != expected) faults.push_back(absl::StrCat(found, " links are stored, the records give ", expected));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> LedgerViews::Compare(const node::Node& node) {
  std::vector<std::string> faults;
  GUANHU_RETURN_IF_ERROR(VerifyLinks(node, faults));
  next_ = {};
  GUANHU_RETURN_IF_ERROR(MakeRows(node, false));
  const auto compare = [&](const auto& made, const auto& held, absl::string_view what) {
    if ((!held || *held != made) && faults.size() < kFaultsMax)
      faults.push_back(absl::StrCat("the row of ", what, " ", base::ToText(made.id), " differs from its records"));
  };
  for (const auto& [id, row] : next_.assets) compare(row, book_.Asset(id), "asset");
  for (const auto& [id, row] : next_.cases) compare(row, book_.Case(id), "case");
  for (const auto& [id, row] : next_.types) compare(row, book_.Type(id), "facility type");
  // Rows that no record gives any more.
  const std::pair<View, size_t> counts[] = {{View::kAsset, next_.assets.size()}, {View::kCase, next_.cases.size()}};
  for (const auto& [kind, made] : counts) {
    size_t stored = 0;
    GUANHU_RETURN_IF_ERROR(ScanRows(kind, [&](auto, auto) {
      ++stored;
      return absl::OkStatus();
    }));
    if (stored > made) faults.push_back(absl::StrCat(stored, " rows are stored where the records give ", made));
  }
  next_ = {};
  return faults;
}

absl::Status LedgerViews::MakeAll(const node::Node& node) {
  store::Batch old;
  for (View kind : {View::kAsset, View::kCase, View::kType, View::kLink, View::kAmended, View::kVersion}) {
    GUANHU_RETURN_IF_ERROR(ScanRows(kind, [&](absl::string_view key, auto) {
      old.Delete(Table::kView, std::string(key));
      return absl::OkStatus();
    }));
  }
  if (!old.empty()) GUANHU_RETURN_IF_ERROR(store_->Commit(old, store::Durability::kBuffered));
  amended_.clear();
  next_ = {};
  next_.empty_first = true;
  next_.coverage = CoverageOf(node);
  next_.directory = std::make_shared<const domain::Directory>(node.directory());
  book_.Put(std::move(next_));
  next_ = {};
  GUANHU_RETURN_IF_ERROR(MakeLinks(node));
  GUANHU_RETURN_IF_ERROR(ReadNames(node));
  GUANHU_RETURN_IF_ERROR(MakeRows(node, true));
  store::Batch done;
  done.Put(Table::kView, VersionKey(), kLayout);
  return store_->Commit(done, store::Durability::kSynced);
}

absl::StatusOr<std::vector<std::string>> LedgerViews::Rebuild(const node::Node& node, bool verify) {
  if (verify) {
    GUANHU_RETURN_IF_ERROR(Load(node));
    return Compare(node);
  }
  // What is stored is not read first: it may be what is damaged.
  if (absl::Status made = MakeAll(node); !made.ok()) {
    Break(made);
    return made;
  }
  broken_ = absl::OkStatus();
  damaged_ = false;
  loaded_ = true;
  return std::vector<std::string>();
}

}  // namespace guanhu::ledger
