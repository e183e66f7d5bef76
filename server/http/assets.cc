#include "server/http/assets.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/ledger/life.h"
#include "common/ledger/types.h"
#include "common/plate/token.h"
#include "guanhu/records/v1/asset.pb.h"

namespace guanhu::server::http {
namespace {

constexpr absl::Duration kReadAgainAfter = absl::Minutes(1);
constexpr size_t kReadAtOnce = 500;  // records read before the node's thread is given back

}  // namespace

absl::Status AssetNames::Read(const std::vector<base::RecordId>& ids) {
  for (size_t from = 0; from < ids.size(); from += kReadAtOnce) {
    GUANHU_RETURN_IF_ERROR(host_->Do([&](node::Node& n) -> absl::Status {
      for (size_t i = from; i < std::min(ids.size(), from + kReadAtOnce); ++i) {
        GUANHU_ASSIGN_OR_RETURN(const auto state, n.Get(ledger::kAssetType, ids[i]));
        const auto shown = state ? ledger::ShownRecord(n, host_->schema(), ledger::kAssetType, *state) : nullptr;
        read_.insert(ids[i]);
        if (shown == nullptr) continue;
        records::v1::Asset asset;
        asset.CopyFrom(*shown);
        if (asset.deleted()) continue;
        names_[base::ToText(base::ShortHash(ids[i]))] = ids[i];
        if (!asset.code().empty()) names_.emplace(asset.code(), ids[i]);
        for (const std::string& token : asset.qr_tokens()) names_[token] = ids[i];
      }
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

std::optional<base::RecordId> AssetNames::Known(absl::string_view name) const {
  const absl::StatusOr<std::string> token = plate::ParseToken(name);
  for (const std::string& key : {std::string(name), token.ok() ? *token : "", absl::AsciiStrToUpper(name)}) {
    if (const auto at = names_.find(key); at != names_.end()) return at->second;
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<base::RecordId>> AssetNames::Find(absl::string_view name, absl::Time now) {
  GUANHU_ASSIGN_OR_RETURN(const ledger::Book* const book, host_->Book());
  std::lock_guard<std::mutex> lock(mu_);
  if (const auto known = Known(name)) return known;
  const std::string mark = book->coverage().mark;
  if (mark == mark_) return std::nullopt;
  const bool all = now < all_read_at_ || now - all_read_at_ >= kReadAgainAfter;
  std::vector<base::RecordId> ids;
  book->VisitAssets({}, [&](const ledger::AssetRow& row, const ledger::Measures&) {
    if (all || !read_.contains(row.id)) ids.push_back(row.id);
  });
  if (all) {
    names_.clear();
    read_.clear();
    all_read_at_ = now;
    mark_ = mark;  // until something is written there is nothing more to read
  }
  GUANHU_RETURN_IF_ERROR(Read(ids));
  return Known(name);
}

}  // namespace guanhu::server::http
