// Arithmetic of money: whole fen, whole basis points, halves round up. Nothing here reads a register: a balance is the
// sum of entries, whatever the order in which they came. Pure and thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "absl/types/span.h"
#include "common/base/ids.h"
#include "guanhu/records/v1/fund.pb.h"

namespace guanhu::domain {

// A sum that cannot run over: it stands at the largest number that fits.
class Fen {
 public:
  void Add(int64_t fen) { sum_ += fen; }
  int64_t value() const;

 private:
  __int128 sum_ = 0;
};

// What a posted entry of a kind does to the line: +1 comes in, -1 goes out (a reward), 0 carries its own sign (an
// adjustment). What was paid and came back (退回), and what is held back from somebody (扣减), comes in again.
int SignOf(records::v1::FundKind kind);
// Money from outside the line (grant, donation, collective, users, levy, producers, loan, subsidy).
bool IsSource(records::v1::FundKind kind);
// Public budget: grants and interest subsidies.
bool IsGovernment(records::v1::FundKind kind);

// An entry as its life cycle left it.
struct Entry {
  base::RecordId id;
  base::RecordId reverses;  // none: it stands for itself
  records::v1::FundKind kind = records::v1::FUND_KIND_UNSPECIFIED;
  int64_t amount_fen = 0;
  records::v1::FundState state = records::v1::FUND_STATE_UNSPECIFIED;
};

// Which of the entries count: those that are posted. An entry and the one that takes back its whole amount leave the
// sums together, by whichever of the two ways it shows first: the act of reversing, or the counter-entry being posted.
// So no order of the two shows money that is not there, and two counter-entries for one entry take it back once.
// `entries` holds both of each pair. Indices into it, ascending.
std::vector<size_t> Effective(absl::Span<const Entry> entries);

struct Balance {
  Fen income;    // sources
  Fen spent;     // spending and rewards, less what came back
  Fen adjusted;  // adjustments, with their sign
  uint64_t entries = 0;
  void Add(records::v1::FundKind kind, int64_t amount_fen);
  int64_t balance() const;  // income - spent + adjusted
};
Balance BalanceOf(absl::Span<const Entry> entries);

// part / whole in 1/10000, halves up. Nothing when there is no whole: that is not zero.
std::optional<int64_t> ShareBp(int64_t part, int64_t whole);
// Amount for each of `count`, halves up. Nothing for none.
std::optional<int64_t> Each(int64_t amount, int64_t count);

// 资金绩效自评: 10 points for the execution rate, 50 for outputs (quantity, quality, timeliness, cost), 30 for
// benefits, 10 for satisfaction. Points in 1/100. A group without a target that was measured gives nothing, which is
// not zero.
struct Performance {
  std::optional<int64_t> execution_rate_bp;
  std::optional<int64_t> execution;     // of 1000
  std::optional<int64_t> outputs;       // of 5000
  std::optional<int64_t> benefits;      // of 3000
  std::optional<int64_t> satisfaction;  // of 1000
  int64_t total = 0;                    // of the groups that are told
  int64_t possible = 0;                 // full points of those groups
};
Performance PerformanceOf(absl::Span<const records::v1::PerformanceTarget> targets, int64_t spent_fen,
                          int64_t budget_fen);
// How far a target was reached, at most 10000. For costs less is better.
std::optional<int64_t> ReachedBp(const records::v1::PerformanceTarget& target);

}  // namespace guanhu::domain
