// The fund entries at hand, read once for a figure. For the money and assessment families.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/domain/money.h"
#include "common/figures/desk.h"
#include "guanhu/records/v1/fund.pb.h"

namespace guanhu::figures {

struct FundRow {
  base::RecordId id;
  records::v1::FundEntry entry;
  base::RecordId line;
  records::v1::FundState state = records::v1::FUND_STATE_UNSPECIFIED;
  int64_t at_ms = 0;  // when it happened; else when it was written
  int64_t born_ms = 0;
  uint32_t refused = 0;    // acts without effect
  bool deleted = false;    // a deleted one that was posted still counts
  bool effective = false;  // counts in sums
};

struct LineRow {
  base::RecordId id;
  records::v1::BudgetLine line;
  base::PlaceId place;  // that it covers
  base::RecordId pool;
};

struct Funds {
  std::vector<FundRow> entries;  // ascending ids
  std::map<base::RecordId, LineRow> lines;

  // Of the entry's line; without it, where the entry was written.
  base::PlaceId PlaceOf(const FundRow& row) const;
  const LineRow* Line(const base::RecordId& id) const;
};

// Every entry and line held here: a balance is a sum over all of them. Errors: the store's.
absl::StatusOr<Funds> ReadFunds(const Desk& desk);

// Whether a time lies in the period asked for; without a period every time does.
bool InPeriod(const Question& question, int64_t at_ms);
Cell Maybe(const std::optional<int64_t>& number);
// In the language asked for.
std::string Words(const Question& question, const char* zh, const char* en);
// The record named by an argument. Errors: kInvalidArgument.
absl::StatusOr<base::RecordId> RecordArg(const Question& question, const std::string& name);

}  // namespace guanhu::figures
