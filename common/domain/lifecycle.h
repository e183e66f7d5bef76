// What people did with a record, judged: its state, and of each act whether it took effect and why not. A pure function
// of the set of acts: any order, any repetition gives the same answer. Thread-safe.
//
// Merged order: an act stands behind every act that its writer knew of (`after`, and the writer's own earlier ones);
// where that leaves a choice the lower (stamp, origin, seq, index) comes first. In this order the rows of the record's
// life cycle decide. An act takes effect where a row allows it both in the merged order and in what its writer knew:
// nobody checks a completion that he has not seen. (Where it names acts that are not here, the merged order alone.)
// An act of a rank has none when one of a higher rank, of which it did not know nor that one of it, takes effect
// without it. An act without effect is kept and shown with a sentence, it is never dropped.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/base/ids.h"
#include "common/model/entry.h"
#include "common/schema/check.h"
#include "common/schema/schema.h"
#include "guanhu/records/v1/common.pb.h"

namespace guanhu::domain {

// Of one record; later ones in the merged order are kept without effect. A long-lived order has some 30.
inline constexpr size_t kActsMax = 1024;
// Acts with a rank beyond these, in the merged order, count as if they had none.
inline constexpr size_t kRankedMax = 32;

// A Step, and who wrote it.
struct Act {
  base::RecordId id;
  int act = 0;                        // number of a StepAct
  std::vector<base::RecordId> after;  // ids that name no act of the set order nothing
  model::Stamp stamp;
  base::Origin origin;
  uint64_t seq = 0;    // of the change in the origin's journal
  uint32_t index = 0;  // of the edit in the change
  schema::Writer writer;
  base::NodeId device;
  base::PersonId by;  // zero: nobody was named
  int64_t at_ms = 0;  // ms since 1970 UTC, as the person said; 0: the stamp's
  bool has_reason = false;
  bool has_evidence = false;
  bool has_party = false;
  bool has_until = false;
  bool has_amount = false;
  bool has_score = false;
  bool has_other = false;
  uint32_t work_minutes = 0;
  int64_t amount_fen = 0;  // as the step says; 0: none
};
// When it was done, within the years 1970 to 9999.
int64_t TimeOf(const Act& act);

enum class Fate : uint8_t {
  kEffective,
  kParallel,  // it would have taken effect, had it not been for an act that it did not know of
  kRefused,   // its own writer could have known that it is not allowed
};

struct Judged {
  size_t act = 0;  // index into the acts given
  Fate fate = Fate::kRefused;
  int from = 0;        // kEffective: the state before; else the state that the acts it knew of had led to
  int to = -1;         // kEffective: the state after; kParallel: the state it would have led to; kRefused: -1
  std::string why_zh;  // empty: it took effect
  std::string why_en;
};

// What guards read besides the acts. Filled by the caller; a number that is missing counts as guards.h says.
struct Facts {
  records::v1::Grade grade = records::v1::GRADE_UNSPECIFIED;
  std::map<std::string, int64_t> numbers;
  model::Stamp graded = {};   // when the grade was set: it asks nothing of what was done before
  model::Stamp written = {};  // when the record's own fields were written last
};

struct Life {
  int state = 0;
  std::vector<Judged> acts;           // in merged order; a repeated act is judged once
  std::vector<base::RecordId> heads;  // acts that no other act knew of: `after` of the next one. Ascending
  // A parallel act wanted another state than any act that took effect beside it, and nobody who knew both has acted.
  bool contested = false;
  int64_t since_ms = 0;  // when the act that led to the present state was done; without one, when the record was made
};

// `made` is the creation of the record (its id, time and writer are read), or nullptr when it is not known.
// A record without a life cycle refuses every act.
Life Judge(const schema::RecordInfo& record, const Facts& facts, const Act* made, absl::Span<const Act> acts);

// The clock of a work order. Times are those people gave, ms since 1970 UTC.
struct OrderClock {
  int64_t dispatched_ms = 0;  // the clock's start: making the order; a new dispatch does not start it again
  int64_t done_ms = 0;        // of the completion that stands; 0: none
  int64_t paused_ms = 0;      // ms from each ALLOW_PAUSE that took effect to the RESUME, FINISH or CANCEL after it
  int returns = 0;            // that took effect
  bool breached = false;      // more unpaused time went by than there was from dispatch to `due_ms`
};
// `life` is what Judge made of `acts`.
OrderClock ClockOf(const Life& life, absl::Span<const Act> acts, int64_t created_ms, std::optional<int64_t> due_ms,
                   int64_t now_ms);

}  // namespace guanhu::domain
