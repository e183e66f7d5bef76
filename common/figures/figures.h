// The figures that the house can tell, by name. A new figure is a function and a line in its family's list.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/figures/desk.h"

namespace guanhu::figures {

struct Figure {
  const char* name;  // "fund-balances"
  const char* zh;
  const char* en;
  const char* arguments;  // names of Question::args with a word on each, for the help; may be empty
  absl::StatusOr<Table> (*tell)(const Desk& desk, const Question& question);
  // Told from the book on the caller's thread; records only where Desk::WithRecords is asked for them. The others run
  // on the node's thread as a whole, between two commits.
  bool from_book = false;
};

// The families.
absl::Span<const Figure> LedgerFigures();  // ledger_figures.cc
absl::Span<const Figure> WorkFigures();    // work_figures.cc
absl::Span<const Figure> DutyFigures();    // duty_figures.cc
absl::Span<const Figure> PeopleFigures();  // people_figures.cc
absl::Span<const Figure> PublicFigures();  // public_figures.cc
absl::Span<const Figure> MoneyFigures();       // fund_figures.cc
absl::Span<const Figure> AssessmentFigures();  // assessment_figures.cc

std::vector<const Figure*> All();
// nullptr: there is no such figure.
const Figure* Find(const std::string& name);
// The answer with what it covers and which devices are silent. Errors: kNotFound for an unknown name, and the figure's.
absl::StatusOr<Table> Tell(const std::string& name, const Desk& desk, const Question& question);

}  // namespace guanhu::figures
