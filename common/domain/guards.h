// The rules that a row of a life cycle may name (guanhu.options.v1.Transition.guard). Pure and thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "common/domain/lifecycle.h"

namespace guanhu::domain {

// What a guard sees: the record as it stands before the act.
struct Moment {
  const Facts& facts;
  const Act& act;
  const schema::RecordInfo& record;
  int state = 0;
  int64_t since_ms = 0;                  // when the present state began
  bool pause_asked = false;              // and neither allowed nor refused yet
  const std::map<int, uint32_t>& taken;  // act -> how often it took effect
  model::Stamp reviewed = {};            // of the latest review that took effect; zero: none did
};

struct Why {
  std::string zh;
  std::string en;
};

// Nothing: the guard holds. Names:
//   within_15_days       15 x 24 hours since the present state began have not passed
//   returned_twice       two returns took effect
//   pause_asked          a pause is asked for, without an answer yet
//   after_photo          evidence is there, or the fact evidence_required is 0 or missing
//   checked_ab           grade is neither A nor B, or the state is CHECKED
//   quorum_and_majority  facts eligible > 0, votes_cast >= eligible x quorum_bp / 10000, votes_yes > votes_cast / 2
//   levy_within_cap      facts levy_fen <= cap_fen, both present
//   not_double_posted    fact double_posted is 0 or missing
//   claims_only          a village acts on claims only: fact is_claim is not 0, or the writer is above the village
//   notice_over          the act is later than fact notice_to_ms
//   notice_running       the act lies from fact notice_from_ms to notice_to_ms
//   term_over            the act is later than fact to_ms
//   pays_in_full         the act's amount is fact amount_fen
//   hand_over_complete   fact of that name is not 0, or the act gives a reason
//   title_ready, scheme_sound, evidence_frozen, promotion_class_set, trial_decision_set, within_pilot_cap,
//   reversed_in_full, credit_decidable: the fact of that name is not 0
//   unchanged_since_review  the record was not written after the latest review before the act
// A name that this version does not know refuses.
std::optional<Why> Objection(absl::string_view guard, const Moment& moment);

// Whether the act was done under grade A or B.
bool UnderGradeAb(const Facts& facts, const Act& act);

}  // namespace guanhu::domain
