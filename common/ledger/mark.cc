#include "common/ledger/mark.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"

namespace guanhu::ledger {

namespace {

constexpr uint64_t kEntriesPerBatch = 256;

}  // namespace

std::vector<MarkPoint> PointsOf(const node::Node& node, base::PlaceId place) {
  std::vector<MarkPoint> points;
  for (const base::ScopeId& scope : node.Scopes()) {
    const bool inside = !place || node.directory().Above(place, node.directory().Root(scope.place));
    if (scope != node.county_scope() && !inside) continue;
    for (const sync::Point& p : node.HaveOf(scope).points) {
      if (p.seq != 0) points.push_back({p.journal, p.seq});
    }
  }
  std::sort(points.begin(), points.end());
  return points;
}

std::string EncodePoints(const std::vector<MarkPoint>& points) {
  std::string out;
  for (size_t i = 0; i < points.size();) {
    const base::ScopeId& scope = points[i].journal.scope;
    size_t end = i;
    while (end < points.size() && points[end].journal.scope == scope) ++end;
    base::PutFixed64(out, scope.place.value);
    out.push_back(static_cast<char>(scope.visibility));
    base::PutVarint(out, end - i);
    for (; i < end; ++i) {
      base::PutFixed64(out, points[i].journal.origin.value);
      base::PutVarint(out, points[i].seq);
    }
  }
  return out;
}

absl::StatusOr<std::vector<MarkPoint>> DecodePoints(absl::string_view bytes) {
  std::vector<MarkPoint> points;
  base::Reader in(bytes);
  while (in.ok() && in.left() > 0) {
    base::ScopeId scope{base::PlaceId{in.Fixed64()}, base::Visibility::kInternal};
    scope.visibility = static_cast<base::Visibility>(in.Byte());
    const uint64_t count = in.Varint();
    for (uint64_t i = 0; i < count && in.ok(); ++i) {
      const base::Origin origin{in.Fixed64()};
      points.push_back({{scope, origin}, in.Varint()});
    }
  }
  if (!in.ok()) return absl::InvalidArgumentError("the mark's vectors cannot be read: it was written damaged");
  return points;
}

Past::Reader::Reader(const node::Trust& trust) : trust_(trust) {
  self_.key = absl::StrCat("reader of ", trust.self().key);
  self_.node = base::NodeId{trust.self().node.value ^ 1};
}

absl::StatusOr<std::unique_ptr<Past>> Past::At(const node::Node& present, const node::Trust& trust,
                                               const node::Rules& rules, const schema::Schema& schema,
                                               base::PlaceId county, const std::vector<MarkPoint>& points) {
  std::unique_ptr<Past> past(new Past(trust));
  past->store_ = store::MemStore::Open(&past->disk_);
  past->ledger_ = std::make_unique<LedgerViews>(past->store_.get(), &schema);
  node::NodeConfig config;
  config.county = county;
  config.place = present.place();
  config.tier = present.tier();
  config.views = past->ledger_.get();
  GUANHU_ASSIGN_OR_RETURN(past->node_,
                          node::Node::Open(past->store_.get(), &past->trust_, &rules, &past->random_, nullptr, config));
  GUANHU_RETURN_IF_ERROR(past->ledger_->Load(*past->node_));
  // The place tree and the device list first: who may write where follows from them.
  for (const bool published : {true, false}) {
    for (const MarkPoint& p : points) {
      if ((p.journal.scope == present.county_scope()) == published) GUANHU_RETURN_IF_ERROR(past->Take(present, p));
    }
  }
  return past;
}

absl::Status Past::Take(const node::Node& present, const MarkPoint& point) {
  const uint64_t held = present.PositionOf(point.journal).seq;
  if (held < point.seq) missing_.push_back(point);
  const uint64_t last = std::min(held, point.seq);
  for (uint64_t first = 1; first <= last; first += kEntriesPerBatch) {
    model::EntryBatch batch;
    batch.journal = point.journal;
    batch.first_seq = first;
    for (uint64_t seq = first; seq <= std::min(last, first + kEntriesPerBatch - 1); ++seq) {
      GUANHU_ASSIGN_OR_RETURN(std::string entry, present.EntryBytes(point.journal, seq));
      batch.entries.push_back(std::move(entry));
    }
    batch.heads.push_back({{batch.last_seq(), {}}, "verified when it came"});
    const std::vector<sync::Ingest> items = {std::move(batch)};
    GUANHU_ASSIGN_OR_RETURN(const auto outcomes, node_->Apply({{base::NodeId{}, &items}}, absl::InfinitePast()));
    const sync::Outcome& outcome = outcomes.front().front();
    if (outcome.kind == sync::Outcome::kDone) continue;
    return absl::DataLossError(absl::StrCat("journal ", base::ToText(point.journal),
                                            " cannot be read again: ", outcome.reason, "; run `guanhuctl doctor`"));
  }
  return absl::OkStatus();
}

}  // namespace guanhu::ledger
