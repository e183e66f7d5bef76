#include "server/http/assets.h"

#include <vector>

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

}  // namespace

absl::Status AssetNames::ReadAll() {
  absl::flat_hash_map<std::string, base::RecordId> names;
  const std::vector<base::ScopeId> scopes = host_->Do([](node::Node& n) { return n.Scopes(); });
  // One village at a time, so that the node's own work goes on in between.
  for (const base::ScopeId& scope : scopes) {
    GUANHU_RETURN_IF_ERROR(host_->Do([&](node::Node& n) {
      return n.Visit(scope, ledger::kAssetType,
                     [&](uint32_t type, const base::RecordId& id, const model::RecordState& state) {
                       const auto shown = ledger::ShownRecord(n, host_->schema(), type, state);
                       if (shown == nullptr) return true;
                       records::v1::Asset asset;
                       asset.CopyFrom(*shown);
                       if (asset.deleted()) return true;
                       names[base::ToText(base::ShortHash(id))] = id;
                       if (!asset.code().empty()) names.emplace(asset.code(), id);
                       for (const std::string& token : asset.qr_tokens()) names[token] = id;
                       return true;
                     });
    }));
  }
  names_ = std::move(names);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<base::RecordId>> AssetNames::Find(absl::string_view name, absl::Time now) {
  GUANHU_ASSIGN_OR_RETURN(const ledger::Book* const book, host_->Book());
  const absl::StatusOr<std::string> token = plate::ParseToken(name);
  std::lock_guard<std::mutex> lock(mu_);
  for (int round = 0; round < 2; ++round) {
    for (const std::string& key : {std::string(name), token.ok() ? *token : "", absl::AsciiStrToUpper(name)}) {
      if (key.empty()) continue;
      if (const auto at = names_.find(key); at != names_.end()) return at->second;
    }
    const std::string mark = book->coverage().mark;
    const bool young = now >= read_at_ && now - read_at_ < kReadAgainAfter;
    if (round == 1 || mark == mark_ || young) break;
    GUANHU_RETURN_IF_ERROR(ReadAll());
    mark_ = mark;
    read_at_ = now;
  }
  return std::nullopt;
}

}  // namespace guanhu::server::http
