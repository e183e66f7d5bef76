// The functions of the money and assessment families, which stand in several files.
#pragma once

#include "absl/status/statusor.h"
#include "common/figures/desk.h"

namespace guanhu::figures {

// fund_figures.cc
absl::StatusOr<Table> FundBalances(const Desk& desk, const Question& question);
absl::StatusOr<Table> FundClaims(const Desk& desk, const Question& question);
absl::StatusOr<Table> FundSources(const Desk& desk, const Question& question);
absl::StatusOr<Table> Leverage(const Desk& desk, const Question& question);
absl::StatusOr<Table> ReceiptsTwice(const Desk& desk, const Question& question);
// cost_figures.cc
absl::StatusOr<Table> FundPerformanceForm(const Desk& desk, const Question& question);
absl::StatusOr<Table> UnitCosts(const Desk& desk, const Question& question);
absl::StatusOr<Table> Loans(const Desk& desk, const Question& question);
absl::StatusOr<Table> Contracts(const Desk& desk, const Question& question);
absl::StatusOr<Table> Interests(const Desk& desk, const Question& question);
// village_figures.cc
absl::StatusOr<Table> Contributions(const Desk& desk, const Question& question);
absl::StatusOr<Table> VillageProjects(const Desk& desk, const Question& question);
absl::StatusOr<Table> Bills(const Desk& desk, const Question& question);
// assessment_figures.cc
absl::StatusOr<Table> AssessmentPreview(const Desk& desk, const Question& question);
absl::StatusOr<Table> AssessmentEvidence(const Desk& desk, const Question& question);
absl::StatusOr<Table> AssessmentScores(const Desk& desk, const Question& question);
absl::StatusOr<Table> AssessmentVerify(const Desk& desk, const Question& question);
absl::StatusOr<Table> AssessmentActs(const Desk& desk, const Question& question);
absl::StatusOr<Table> Incentives(const Desk& desk, const Question& question);
// credit_figures.cc
absl::StatusOr<Table> CreditExport(const Desk& desk, const Question& question);
absl::StatusOr<Table> CreditParty(const Desk& desk, const Question& question);

}  // namespace guanhu::figures
