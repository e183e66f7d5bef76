#include "common/figures/assessment.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "guanhu/records/v1/step.pb.h"

namespace guanhu::figures {
namespace {

namespace rec = guanhu::records::v1;
using base::PlaceId;
using base::RecordId;

// References of one line: those that count against the place come first, the rest is told by the digest.
constexpr size_t kEvidenceMax = 400;

absl::StatusOr<rec::AssessmentScheme> SchemeOf(const Desk& desk, const rec::AssessmentRun& run, const RecordId& id) {
  const RecordId scheme_id = schema::FromRef(run.scheme(), id.scope);
  GUANHU_ASSIGN_OR_RETURN(const auto scheme, desk.Read<rec::AssessmentScheme>(scheme_id));
  if (!scheme) return absl::NotFoundError("the scheme of the assessment is not here yet: synchronise with the city");
  return *scheme;
}

absl::StatusOr<rec::AssessmentRun> RunOf(const Desk& desk, const RecordId& id) {
  GUANHU_ASSIGN_OR_RETURN(const auto run, desk.Read<rec::AssessmentRun>(id));
  if (!run) return absl::NotFoundError("there is no such assessment here");
  return *run;
}

rec::ScoreLine LineOf(const RecordId& run, PlaceId place, const rec::SchemeNode& node, const domain::Score& score,
                      const Measured* measured) {
  rec::ScoreLine line;
  *line.mutable_run() = schema::ToRef(run, run.scope);
  line.set_place(place.value);
  line.set_node(node.id());
  if (score.value_bp) line.set_value_bp(static_cast<uint32_t>(std::clamp<int64_t>(*score.value_bp, 0, UINT32_MAX)));
  line.set_score_bp(static_cast<uint32_t>(*score.score_bp));
  if (measured == nullptr) return line;
  line.set_numerator(measured->outcome.numerator);
  line.set_denominator(measured->outcome.denominator);
  std::vector<const Proof*> proofs;
  for (const Proof& p : measured->proofs) proofs.push_back(&p);
  std::stable_sort(proofs.begin(), proofs.end(), [](const Proof* a, const Proof* b) {
    return a->numerator < a->denominator && b->numerator >= b->denominator;
  });
  if (proofs.size() > kEvidenceMax) {
    absl::StrAppend(line.mutable_note(), "证据共", proofs.size(), "条，此处列", kEvidenceMax, "条");
    proofs.resize(kEvidenceMax);
  }
  for (const Proof* p : proofs) *line.add_evidence() = schema::ToRef(p->id, run.scope);
  return line;
}

std::map<uint32_t, domain::Outcome> Outcomes(const std::map<uint32_t, Measured>& measured) {
  std::map<uint32_t, domain::Outcome> out;
  for (const auto& [node, m] : measured) out[node] = m.outcome;
  return out;
}

// The lines that answered appeals put in the place of what was frozen.
absl::Status ReadCorrections(const Desk& desk, RunBook& book) {
  GUANHU_ASSIGN_OR_RETURN(const ledger::RecordLife life, desk.Life(ledger::kAssessmentRunType, book.id));
  for (const domain::Judged& judged : life.life.acts) {
    const ledger::StepRow& step = life.steps[judged.act];
    if (judged.fate != domain::Fate::kEffective || step.step.act() != rec::STEP_ACT_ANSWER_APPEAL ||
        !step.step.has_other())
      continue;
    const RecordId line_id = schema::FromRef(step.step.other(), step.id.scope);
    GUANHU_ASSIGN_OR_RETURN(const auto line, desk.Read<rec::ScoreLine>(line_id));
    if (!line || schema::FromRef(line->run(), line_id.scope) != book.id) continue;
    domain::Correction& c = book.corrections[PlaceId{line->place()}][line->node()];
    c = {};
    c.outcome.numerator = line->numerator();
    c.outcome.denominator = line->denominator();
    if (line->has_score_bp()) c.score_bp = std::min<int64_t>(line->score_bp(), 10'000);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Freeze> FreezeRun(const Desk& desk, const RecordId& id, const RecordId& mark,
                                 absl::string_view vectors) {
  GUANHU_ASSIGN_OR_RETURN(const rec::AssessmentRun run, RunOf(desk, id));
  GUANHU_ASSIGN_OR_RETURN(const rec::AssessmentScheme scheme, SchemeOf(desk, run, id));
  const auto known = desk.Case(schema::FromRef(run.scheme(), id.scope));
  if (!known || known->state != rec::SCHEME_STATE_PUBLISHED)
    return absl::FailedPreconditionError("the scheme is not published: publish it first");
  if (!run.rows().empty())
    return absl::FailedPreconditionError("this assessment is frozen already; its evidence is not taken twice");
  std::vector<PlaceId> places;
  for (const uint64_t p : run.subjects()) places.push_back(PlaceId{p});
  GUANHU_ASSIGN_OR_RETURN(const auto measured, Measure(desk, scheme, places, run.from_ms(), run.to_ms()));
  domain::Frozen frozen;
  frozen.from_ms = run.from_ms();
  frozen.to_ms = run.to_ms();
  frozen.scheme = domain::DigestOf(scheme);
  frozen.vectors = base::Sha256(vectors);
  for (const auto& [place, leaves] : measured) frozen.places[place] = Outcomes(leaves);
  Freeze out;
  GUANHU_ASSIGN_OR_RETURN(const std::string rows, domain::Encode(frozen));
  out.fields.set_rows(rows);
  out.fields.set_digest(std::string(base::View(base::Sha256(rows))));
  *out.fields.mutable_mark() = schema::ToRef(mark, id.scope);
  for (const auto& [place, leaves] : measured) {
    const auto scores = domain::ScoresOf(scheme, frozen.places[place]);
    for (const rec::SchemeNode& node : scheme.nodes()) {
      const auto score = scores.find(node.id());
      const auto leaf = leaves.find(node.id());
      if (score != scores.end() && score->second.score_bp)  // what could not be measured has no score, not a zero
        out.lines.push_back(LineOf(id, place, node, score->second, leaf == leaves.end() ? nullptr : &leaf->second));
    }
  }
  return out;
}

bool RunBook::final() const { return state == rec::ASSESSMENT_STATE_FINAL || state == rec::ASSESSMENT_STATE_PAID; }

absl::StatusOr<RunBook> ReadRun(const Desk& desk, const RecordId& id) {
  RunBook book;
  book.id = id;
  GUANHU_ASSIGN_OR_RETURN(book.run, RunOf(desk, id));
  GUANHU_ASSIGN_OR_RETURN(book.scheme, SchemeOf(desk, book.run, id));
  if (const auto row = desk.Case(id)) book.state = row->state;
  if (book.run.rows().empty()) return absl::FailedPreconditionError("this assessment is not frozen yet");
  GUANHU_ASSIGN_OR_RETURN(book.frozen, domain::DecodeFrozen(book.run.rows()));
  GUANHU_RETURN_IF_ERROR(ReadCorrections(desk, book));
  for (const auto& [place, outcomes] : book.frozen.places)
    book.scores[place] = domain::ScoresOf(book.scheme, outcomes, book.corrections[place]);
  return book;
}

}  // namespace guanhu::figures
