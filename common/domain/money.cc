#include "common/domain/money.h"

#include <algorithm>
#include <limits>
#include <map>

namespace guanhu::domain {
namespace {

namespace rec = guanhu::records::v1;
using Wide = __int128;

int64_t Clip(Wide v) {
  return static_cast<int64_t>(
      std::clamp<Wide>(v, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()));
}

// Halves away from zero; `whole` is not 0.
Wide Divide(Wide part, Wide whole) {
  if (whole < 0) {
    part = -part;
    whole = -whole;
  }
  return part >= 0 ? (part + whole / 2) / whole : -((-part + whole / 2) / whole);
}

}  // namespace

int64_t Fen::value() const { return Clip(sum_); }

int SignOf(rec::FundKind kind) {
  switch (kind) {
    case rec::FUND_KIND_SPEND:
    case rec::FUND_KIND_REWARD:
      return -1;
    case rec::FUND_KIND_RETURN:
    case rec::FUND_KIND_DEDUCTION:
      return 1;
    default:
      return IsSource(kind) ? 1 : 0;
  }
}

bool IsSource(rec::FundKind kind) { return kind >= rec::FUND_KIND_GRANT && kind <= rec::FUND_KIND_SUBSIDY; }

bool IsGovernment(rec::FundKind kind) { return kind == rec::FUND_KIND_GRANT || kind == rec::FUND_KIND_SUBSIDY; }

namespace {

// Which entries are taken back. A counter-entry that is itself taken back takes nothing back.
class TakenBack {
 public:
  explicit TakenBack(absl::Span<const Entry> entries) {
    for (const Entry& e : entries) by_id_[e.id] = &e;
    for (const Entry& e : entries) {
      if (e.reverses && e.state == rec::FUND_STATE_POSTED) counters_[e.reverses].push_back(&e);
    }
  }

  bool operator()(const base::RecordId& id) {
    const auto it = by_id_.find(id);
    if (it == by_id_.end()) return false;
    const auto [known, fresh] = taken_.try_emplace(id, false);  // a ring of forged entries ends here
    if (!fresh) return known->second;
    const Entry& e = *it->second;
    bool taken = e.state == rec::FUND_STATE_REVERSED;
    for (const Entry* c : counters_[id]) {
      taken = taken || (c->kind == e.kind && Wide{c->amount_fen} == -Wide{e.amount_fen} && !(*this)(c->id));
    }
    return taken_[id] = taken;
  }

 private:
  std::map<base::RecordId, const Entry*> by_id_;
  std::map<base::RecordId, std::vector<const Entry*>> counters_;
  std::map<base::RecordId, bool> taken_;
};

}  // namespace

std::vector<size_t> Effective(absl::Span<const Entry> entries) {
  TakenBack taken(entries);
  std::vector<size_t> out;
  for (size_t i = 0; i < entries.size(); ++i) {
    const Entry& e = entries[i];
    if (e.state == rec::FUND_STATE_POSTED && !taken(e.id) && !(e.reverses && taken(e.reverses))) out.push_back(i);
  }
  return out;
}

void Balance::Add(rec::FundKind kind, int64_t amount_fen) {
  ++entries;
  if (IsSource(kind)) {
    income.Add(amount_fen);
  } else if (kind == rec::FUND_KIND_SPEND || kind == rec::FUND_KIND_REWARD) {
    spent.Add(amount_fen);
  } else if (kind == rec::FUND_KIND_RETURN || kind == rec::FUND_KIND_DEDUCTION) {
    spent.Add(-amount_fen);
  } else {
    adjusted.Add(amount_fen);
  }
}

int64_t Balance::balance() const { return Clip(Wide{income.value()} - spent.value() + adjusted.value()); }

Balance BalanceOf(absl::Span<const Entry> entries) {
  Balance out;
  for (const size_t i : Effective(entries)) out.Add(entries[i].kind, entries[i].amount_fen);
  return out;
}

std::optional<int64_t> ShareBp(int64_t part, int64_t whole) {
  if (whole == 0) return std::nullopt;
  return Clip(Divide(Wide{part} * 10'000, whole));
}

std::optional<int64_t> Each(int64_t amount, int64_t count) {
  if (count == 0) return std::nullopt;
  return Clip(Divide(amount, count));
}

std::optional<int64_t> ReachedBp(const rec::PerformanceTarget& target) {
  if (!target.has_actual()) return std::nullopt;
  const bool less = target.group() == rec::TARGET_GROUP_COST;
  if (less && target.actual() <= target.target()) return 10'000;
  const auto bp = less ? ShareBp(target.target(), target.actual()) : ShareBp(target.actual(), target.target());
  if (!bp) return std::nullopt;
  return std::clamp<int64_t>(*bp, 0, 10'000);
}

Performance PerformanceOf(absl::Span<const rec::PerformanceTarget> targets, int64_t spent_fen, int64_t budget_fen) {
  Performance out;
  out.execution_rate_bp = ShareBp(spent_fen, budget_fen);
  if (out.execution_rate_bp) out.execution = std::clamp<int64_t>(*out.execution_rate_bp, 0, 10'000) / 10;
  const auto group = [&](int64_t points, auto belongs) -> std::optional<int64_t> {
    Wide reached = 0;
    Wide weights = 0;
    for (const rec::PerformanceTarget& t : targets) {
      const auto bp = belongs(t.group()) ? ReachedBp(t) : std::nullopt;
      if (!bp) continue;
      // Without weights all targets weigh the same.
      const int64_t weight = t.weight_bp() == 0 ? 1 : t.weight_bp();
      reached += Wide{*bp} * weight;
      weights += weight;
    }
    if (weights == 0) return std::nullopt;
    return Clip(Divide(reached * points, weights * 10'000));
  };
  out.outputs = group(5'000, [](auto g) { return g >= rec::TARGET_GROUP_QUANTITY && g <= rec::TARGET_GROUP_COST; });
  out.benefits = group(3'000, [](auto g) { return g == rec::TARGET_GROUP_BENEFIT; });
  out.satisfaction = group(1'000, [](auto g) { return g == rec::TARGET_GROUP_SATISFACTION; });
  const auto add = [&](const std::optional<int64_t>& points, int64_t full) {
    if (points) out.total += *points;
    if (points) out.possible += full;
  };
  add(out.execution, 1'000);
  add(out.outputs, 5'000);
  add(out.benefits, 3'000);
  add(out.satisfaction, 1'000);
  return out;
}

}  // namespace guanhu::domain
