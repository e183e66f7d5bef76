// The rows of the ledgers: one for each asset, one for each case (a record with a life cycle). Plain values and their
// stored bytes (docs/formats/store.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/ids.h"

namespace guanhu::ledger {

// Months since January 1970 in the county's time zone (UTC+8).
int MonthOf(int64_t unix_ms);
// The first millisecond of a month.
int64_t MonthStartMs(int month);

// Inspections of one asset in one month.
struct MonthCount {
  uint16_t month = 0;
  uint16_t inspections = 0;
  uint16_t bad = 0;          // found something wrong
  uint16_t unreachable = 0;  // could not be inspected
  int64_t cost_fen = 0;
  friend auto operator<=>(const MonthCount&, const MonthCount&) = default;
};

// Which of the five things that the plan wants to be clear are clear (五个明确).
enum Clear : uint8_t {
  kClearScope = 1,     // 管护范围
  kClearTitle = 2,     // 权属
  kClearStandard = 4,  // 标准
  kClearFunds = 8,     // 资金
  kClearDuty = 16,     // 责任
  kClearAll = 31,
};

struct AssetRow {
  base::RecordId id;
  base::RecordId type;  // facility type; none
  uint8_t facility_class = 0;
  uint8_t grade = 0;
  uint8_t state = 0;
  uint8_t condition = 0;  // of the latest inspection that saw the asset
  uint8_t operating_kind = 0;
  uint8_t programme = 0;
  uint8_t clear = 0;
  bool exists = false;  // its record is here; else only inspections that name it
  bool deleted = false;
  bool has_point = false;
  int32_t lat_e7 = 0;
  int32_t lon_e7 = 0;
  int64_t cost_fen = 0;
  int64_t last_inspected_ms = 0;
  uint64_t last_inspection = 0;    // hash of its id: decides between two of the same millisecond
  std::vector<MonthCount> months;  // ascending
  friend auto operator<=>(const AssetRow&, const AssetRow&) = default;

  // Whether the asset counts in the ledgers: not deleted, merged into another or handed over.
  bool Counts() const;
};

struct CaseRow {
  uint32_t type = 0;  // record type
  base::RecordId id;
  base::RecordId about;  // the asset, or what else the record belongs to; none
  uint32_t about_type = 0;
  int32_t state = 0;
  uint8_t severity = 0;
  bool deleted = false;
  bool contested = false;  // an act that did not know of another would have changed the outcome
  uint32_t refused = 0;    // acts without effect
  uint32_t returns = 0;
  int64_t born_ms = 0;
  int64_t since_ms = 0;  // of the present state
  int64_t due_ms = 0;    // 0: none
  int64_t done_ms = 0;   // 0: not done
  int64_t paused_ms = 0;
  int64_t amount_fen = 0;  // of the record itself or of its steps
  uint32_t score_sum = 0;  // of ratings 1 to 5
  uint32_t score_count = 0;
  friend auto operator<=>(const CaseRow&, const CaseRow&) = default;
};

struct TypeRow {
  base::RecordId id;
  uint8_t facility_class = 0;
  uint8_t operating_kind = 0;
  base::RecordId department;
  uint32_t interval_days = 0;
  friend auto operator<=>(const TypeRow&, const TypeRow&) = default;
};

// First byte of a key in Table::kView.
enum class View : char {
  kVersion = 'V',
  kAsset = 'A',
  kCase = 'C',
  kType = 'T',
  kLink = 'L',     // target hash, source type, source id: the source belongs to what was done with the target
  kAmended = 'M',  // hash of an amended record
  kWritten = 'W',  // origin: latest wall time of its changes
};

std::string Encode(const AssetRow& row);
std::string Encode(const CaseRow& row);
std::string Encode(const TypeRow& row);
// Errors: kDataLoss.
absl::Status Decode(absl::string_view bytes, AssetRow& row);
absl::Status Decode(absl::string_view bytes, CaseRow& row);
absl::Status Decode(absl::string_view bytes, TypeRow& row);

std::string KeyOf(View kind, const base::RecordId& id);
std::string KeyOf(View kind, uint64_t value);
std::string LinkPrefix(uint64_t target, uint32_t source_type);
std::string LinkKey(uint64_t target, uint32_t source_type, const base::RecordId& source);
struct LinkSource {
  uint32_t type = 0;
  base::RecordId id;
};
LinkSource SourceOf(absl::string_view link_key);

}  // namespace guanhu::ledger
