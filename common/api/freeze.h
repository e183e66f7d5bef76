// Freezing an assessment: its evidence is measured and written before the act, its score lines after.
#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/figures/assessment.h"

namespace guanhu::api {

// On the node's thread. Writes a mark of the places that the run is about, then the run's evidence; gives the score
// lines that are to be written once the act FREEZE took effect. Errors: those of figures::FreezeRun and of writing.
absl::StatusOr<std::vector<records::v1::ScoreLine>> WriteEvidence(node::Node& node, const schema::Schema& schema,
                                                                  const ledger::LedgerViews& ledger,
                                                                  const base::RecordId& run, base::PersonId person,
                                                                  absl::Time now);
absl::Status WriteScores(node::Node& node, const schema::Schema& schema, const base::RecordId& run,
                         const std::vector<records::v1::ScoreLine>& lines, base::PersonId person, absl::Time now);

}  // namespace guanhu::api
