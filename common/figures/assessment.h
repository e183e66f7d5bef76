// Assessment by outcome: what the indicators of a scheme measure at places, and the freezing of a run. Used on the
// node's thread.
//
// Indicators read the ledgers, never the use of the system. Over a period [from, to):
//   INSPECTION_ON_TIME   tasks whose window ends in it and that nothing excuses; of an asset without tasks the whole
//                        windows of its type's interval. Counts: an inspection of the asset within the window.
//   ORDERS_ON_TIME       orders not cancelled whose limit, moved by allowed pauses, lies in it. Counts: done by then.
//   GOOD_CONDITION       assets of the ledgers. Counts: the last inspection before `to` found it fine or repaired. An
//                        asset that nobody saw does not count.
//   DEFECTS_CLOSED       defects raised in it, but for those not accepted or merged. Counts: closed.
//   REPEAT_FAILURES      the same defects. Counts: the asset had another one in the 90 days before. Less is better.
//   PUBLIC_SATISFACTION  5 points for each rating of a report and each answer of a survey of the place. Counts: points.
//   REPORTS_ANSWERED     public reports made in it, but for duplicates. Counts: answered or found untrue.
//   FUND_EXECUTION       budget of the lines of the scheme's year that cover the place, fen. Counts: spent.
//   COMPLETENESS         5 for each asset. Counts: what of the five is clear.
//   SPOT_CHECK_PASS      spot inspections that saw the asset. Counts: fine or repaired.
//   SELF_REPORT_TEXT     nothing is measured.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/domain/assessment.h"
#include "common/figures/desk.h"
#include "guanhu/records/v1/assessment.pb.h"

namespace guanhu::figures {

// One thing that an indicator looked at.
struct Proof {
  base::PlaceId place;
  int facility_class = 0;
  int64_t numerator = 0;
  int64_t denominator = 0;
  uint32_t type = 0;  // record type
  base::RecordId id;
  friend auto operator<=>(const Proof&, const Proof&) = default;
};

struct Measured {
  domain::Outcome outcome;
  std::vector<Proof> proofs;  // ascending
};

// Every leaf of the scheme at every place, at the place and below it. Errors: the store's.
absl::StatusOr<std::map<base::PlaceId, std::map<uint32_t, Measured>>> Measure(
    const Desk& desk, const records::v1::AssessmentScheme& scheme, const std::vector<base::PlaceId>& places,
    int64_t from_ms, int64_t to_ms);

// What is to be written for a freeze: first `fields` into the run (one edit), then the act FREEZE, then the lines into
// the run's scope, each in a change of its own.
struct Freeze {
  records::v1::AssessmentRun fields;  // mark, digest, rows
  std::vector<records::v1::ScoreLine> lines;
};
// Measures the run as the records stand here now. `mark` is the Mark record that holds `vectors`. Errors: kNotFound,
// kFailedPrecondition when the run is frozen already or its scheme is not published, kInvalidArgument when the evidence
// is more than a run holds.
absl::StatusOr<Freeze> FreezeRun(const Desk& desk, const base::RecordId& run, const base::RecordId& mark,
                                 absl::string_view vectors);

// A run with what follows from its frozen rows alone. What arrives later does not change it; an appeal changes it only
// by a line that an ANSWER_APPEAL which took effect names as its other record.
struct RunBook {
  base::RecordId id;
  records::v1::AssessmentRun run;
  records::v1::AssessmentScheme scheme;
  int state = 0;
  domain::Frozen frozen;
  std::map<base::PlaceId, std::map<uint32_t, domain::Correction>> corrections;
  std::map<base::PlaceId, std::map<uint32_t, domain::Score>> scores;

  bool final() const;  // FINAL or PAID
};
// Errors: kNotFound, kFailedPrecondition when it is not frozen yet, kDataLoss when the frozen rows cannot be read.
absl::StatusOr<RunBook> ReadRun(const Desk& desk, const base::RecordId& run);

}  // namespace guanhu::figures
