// What the guards of life cycles read from records. A guard that asks only for what stands in the record is answered
// here, under its own name.
#include <algorithm>

#include "common/base/crypto.h"
#include "common/base/status.h"
#include "common/ledger/life.h"
#include "common/schema/refs.h"
#include "guanhu/records/v1/assessment.pb.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/defect.pb.h"
#include "guanhu/records/v1/duty.pb.h"
#include "guanhu/records/v1/fund.pb.h"
#include "guanhu/records/v1/programme.pb.h"
#include "guanhu/records/v1/public.pb.h"
#include "guanhu/records/v1/technique.pb.h"
#include "guanhu/records/v1/work_order.pb.h"

namespace guanhu::ledger {

using base::RecordId;
namespace rec = guanhu::records::v1;
namespace pb = google::protobuf;

namespace {

struct Desk {
  const node::Node& node;
  const schema::Schema& schema;
  const Links& links;

  template <typename Message>
  absl::StatusOr<std::optional<Message>> Read(uint32_t type, const RecordId& id) const {
    GUANHU_ASSIGN_OR_RETURN(const std::optional<model::RecordState> state, node.Get(type, id));
    if (!state) return std::optional<Message>();
    const std::unique_ptr<pb::Message> shown = ShownRecord(node, schema, type, *state);
    if (shown == nullptr) return std::optional<Message>();
    Message message;
    message.CopyFrom(*shown);
    return std::optional<Message>(std::move(message));
  }
};

absl::Status GradeOf(const Desk& desk, const rec::RecordRef& ref, const RecordId& id, domain::Facts& facts) {
  GUANHU_ASSIGN_OR_RETURN(const auto state, desk.node.Get(kAssetType, schema::FromRef(ref, id.scope)));
  const model::FieldState* const grade = state ? state->Find(rec::Asset::kGradeFieldNumber) : nullptr;
  const auto shown = grade ? ShownRecord(desk.node, desk.schema, kAssetType, *state) : nullptr;
  if (shown == nullptr) return absl::OkStatus();
  rec::Asset asset;
  asset.CopyFrom(*shown);
  facts.grade = asset.grade();
  facts.graded = grade->siblings.front().stamp;
  for (const model::Sibling& s : grade->siblings) facts.graded = std::min(facts.graded, s.stamp);
  return absl::OkStatus();
}

// Required only where the county's evidence policy asks: severity 3 and more, and repairs that are paid for.
void EvidenceOf(const rec::WorkOrder& order, domain::Facts& facts) {
  const bool paid = order.size() == rec::ORDER_SIZE_SMALL || order.size() == rec::ORDER_SIZE_MEDIUM ||
                    order.size() == rec::ORDER_SIZE_LARGE || order.estimate_fen() > 0;
  facts.numbers["evidence_required"] = paid || order.priority() >= rec::SEVERITY_SERIOUS ? 1 : 0;
}

// An entry that takes the whole amount back.
absl::Status ReversedInFull(const Desk& desk, const RecordId& id, const rec::FundEntry& entry, domain::Facts& facts) {
  absl::Status inner;
  int64_t& found = facts.numbers["reversed_in_full"];
  GUANHU_RETURN_IF_ERROR(desk.links.Visit(id, kFundEntryType, [&](const RecordId& source) {
    const auto other = desk.Read<rec::FundEntry>(kFundEntryType, source);
    if (!other.ok()) inner = other.status();
    if (!other.ok() || !*other || !(*other)->has_reverses()) return inner.ok();
    const bool names = schema::FromRef((*other)->reverses(), source.scope) == id;
    if (names && !(*other)->deleted() && (*other)->amount_fen() == -entry.amount_fen()) found = 1;
    return true;
  }));
  return inner;
}

// Of all entries with one receipt that are posted and not reversed, the one whose posting comes first is the one that
// counts. Whether a posting takes effect is judged without this rule, so an act that nobody may do (a village that
// posts) shuts nobody out. An entry that reverses another shows that one's receipt and stands outside the rule.
absl::Status DoublePosted(const Desk& desk, const RecordId& id, const rec::FundEntry& entry, domain::Facts& facts) {
  if (entry.receipt_sha256().empty() || entry.has_reverses()) return absl::OkStatus();
  using Order = std::tuple<model::Stamp, base::Origin, uint64_t, uint32_t>;
  struct Posting {
    std::optional<Order> first;
    bool stands = false;
  };
  const auto posting_of = [&](const RecordId& of, const rec::FundEntry& what) -> absl::StatusOr<Posting> {
    domain::Facts own;
    GUANHU_RETURN_IF_ERROR(ReversedInFull(desk, of, what, own));
    GUANHU_ASSIGN_OR_RETURN(const RecordLife life, LifeOf(desk.node, desk.schema, desk.links, kFundEntryType, of, own));
    Posting out;
    out.stands = life.life.state == rec::FUND_STATE_POSTED;
    for (const domain::Judged& judged : life.life.acts) {
      const domain::Act& act = life.steps[judged.act].act;
      if (judged.fate != domain::Fate::kEffective || act.act != rec::STEP_ACT_POST) continue;
      out.first = Order(act.stamp, act.origin, act.seq, act.index);
      break;
    }
    return out;
  };
  GUANHU_ASSIGN_OR_RETURN(const Posting mine, posting_of(id, entry));
  absl::Status inner;
  bool found = false;
  GUANHU_RETURN_IF_ERROR(desk.links.Visit(TargetOf(entry.receipt_sha256()), kFundEntryType, [&](const RecordId& other) {
    if (other == id) return true;
    const auto what = desk.Read<rec::FundEntry>(kFundEntryType, other);
    if (!what.ok()) inner = what.status();
    if (!what.ok() || !*what || (*what)->has_reverses()) return inner.ok();
    const auto theirs = posting_of(other, **what);
    if (!theirs.ok()) inner = theirs.status();
    found |= theirs.ok() && theirs->stands && (!mine.first || *theirs->first < *mine.first);
    return inner.ok() && !found;
  }));
  facts.numbers["double_posted"] = found ? 1 : 0;
  return inner;
}

absl::Status VotesOf(const Desk& desk, const RecordId& id, const rec::VillageProject& project, domain::Facts& facts) {
  struct Cast {
    int64_t at_ms = 0;
    rec::VoteChoice choice = rec::VOTE_CHOICE_UNSPECIFIED;
  };
  std::map<std::string, Cast> voters;  // the earliest vote of each; a second one is kept, and counts nothing
  absl::Status inner;
  GUANHU_RETURN_IF_ERROR(desk.links.Visit(id, kVoteType, [&](const RecordId& source) {
    const auto state = desk.node.Get(kVoteType, source);
    if (!state.ok()) inner = state.status();
    if (!state.ok() || !*state) return inner.ok();
    const auto shown = ShownRecord(desk.node, desk.schema, kVoteType, **state);
    if (shown == nullptr) return true;
    rec::Vote vote;
    vote.CopyFrom(*shown);
    if (vote.deleted()) return true;
    const Cast cast{BornMs(source, **state), vote.choice()};
    const auto [it, added] = voters.emplace(vote.voter(), cast);
    if (!added && cast.at_ms < it->second.at_ms) it->second = cast;
    return true;
  }));
  GUANHU_RETURN_IF_ERROR(inner);
  const auto cast = static_cast<int64_t>(voters.size());
  const auto yes = std::count_if(voters.begin(), voters.end(),
                                 [](const auto& v) { return v.second.choice == rec::VOTE_CHOICE_YES; });
  facts.numbers["votes_yes"] = yes;
  facts.numbers["votes_cast"] = cast;
  facts.numbers["eligible"] = project.eligible();
  facts.numbers["quorum_bp"] = project.has_quorum_bp() ? project.quorum_bp() : 10000;
  if (project.has_levy_per_head_fen()) facts.numbers["levy_fen"] = project.levy_per_head_fen();
  if (project.has_per_head_cap_fen()) facts.numbers["cap_fen"] = project.per_head_cap_fen();
  if (project.has_notice_to_ms()) facts.numbers["notice_to_ms"] = project.notice_to_ms();
  return absl::OkStatus();
}

absl::Status WrittenOf(const Desk& desk, uint32_t type, const RecordId& id, domain::Facts& facts) {
  GUANHU_ASSIGN_OR_RETURN(const auto state, desk.node.Get(type, id));
  if (!state) return absl::OkStatus();
  for (const model::FieldState& f : state->fields) {
    for (const model::Sibling& s : f.siblings) facts.written = std::max(facts.written, s.stamp);
  }
  return absl::OkStatus();
}

bool SchemeSound(const rec::AssessmentScheme& scheme) {
  std::map<uint32_t, int64_t> weights;  // parent -> sum
  std::map<uint32_t, uint32_t> parents;
  std::set<uint32_t> inner;
  for (const rec::SchemeNode& n : scheme.nodes()) {
    if (n.id() == 0 || !parents.emplace(n.id(), n.parent()).second) return false;
    weights[n.parent()] += n.weight_bp();
    inner.insert(n.parent());
  }
  for (const rec::SchemeNode& n : scheme.nodes()) {
    if (n.parent() != 0 && !parents.contains(n.parent())) return false;
    if (!inner.contains(n.id()) && n.indicator() == 0) return false;
    uint32_t at = n.id();
    for (size_t steps = 0; at != 0; at = parents[at]) {
      if (++steps > parents.size()) return false;
    }
  }
  for (const auto& [parent, sum] : weights) {
    if (sum != 10000) return false;
  }
  return !scheme.nodes().empty();
}

void RunFacts(const rec::AssessmentRun& run, domain::Facts& facts) {
  const bool frozen =
      run.has_mark() && !run.rows().empty() && run.digest() == std::string(base::View(base::Sha256("", run.rows())));
  facts.numbers["evidence_frozen"] = frozen ? 1 : 0;
  if (run.has_notice_from_ms()) facts.numbers["notice_from_ms"] = run.notice_from_ms();
  if (run.has_notice_to_ms()) facts.numbers["notice_to_ms"] = run.notice_to_ms();
}

}  // namespace

absl::StatusOr<domain::Facts> FactsOf(const node::Node& node, const schema::Schema& schema, const Links& links,
                                      uint32_t type, const RecordId& id, const pb::Message& shown) {
  const Desk desk{node, schema, links};
  domain::Facts facts;
  const auto as = [&](auto& message) {
    if (shown.GetDescriptor() != message.GetDescriptor()) return false;
    message.CopyFrom(shown);
    return true;
  };
  if (rec::Defect defect; as(defect)) {
    GUANHU_RETURN_IF_ERROR(GradeOf(desk, defect.asset(), id, facts));
  } else if (rec::WorkOrder order; as(order)) {
    GUANHU_RETURN_IF_ERROR(GradeOf(desk, order.asset(), id, facts));
    EvidenceOf(order, facts);
  } else if (rec::FundEntry entry; as(entry)) {
    GUANHU_RETURN_IF_ERROR(DoublePosted(desk, id, entry, facts));
    GUANHU_RETURN_IF_ERROR(ReversedInFull(desk, id, entry, facts));
  } else if (rec::CreditCase credit; as(credit)) {
    facts.numbers["credit_decidable"] = !credit.basis().empty() && credit.level() != 0 ? 1 : 0;
  } else if (rec::Notice notice; as(notice)) {
    GUANHU_RETURN_IF_ERROR(WrittenOf(desk, type, id, facts));
  } else if (rec::Case model_case; as(model_case)) {
    GUANHU_RETURN_IF_ERROR(WrittenOf(desk, type, id, facts));
  } else if (rec::VillageProject project; as(project)) {
    GUANHU_RETURN_IF_ERROR(VotesOf(desk, id, project, facts));
  } else if (rec::AssessmentScheme scheme; as(scheme)) {
    facts.numbers["scheme_sound"] = SchemeSound(scheme) ? 1 : 0;
  } else if (rec::AssessmentRun run; as(run)) {
    RunFacts(run, facts);
  } else if (rec::Title title; as(title)) {
    const bool owner = title.has_owner() || !title.owner_name().empty();
    facts.numbers["title_ready"] = owner && title.evidence_size() > 0 && title.has_notice_to_ms() ? 1 : 0;
    if (title.has_notice_to_ms()) facts.numbers["notice_to_ms"] = title.notice_to_ms();
  } else if (rec::Contract contract; as(contract)) {
    if (contract.has_to_ms()) facts.numbers["to_ms"] = contract.to_ms();
  } else if (rec::Bill bill; as(bill)) {
    facts.numbers["amount_fen"] = bill.amount_fen();
  } else if (rec::TechItem tech; as(tech)) {
    facts.numbers["promotion_class_set"] = tech.promotion_class() != 0 ? 1 : 0;
  } else if (rec::Trial trial; as(trial)) {
    facts.numbers["trial_decision_set"] = trial.decision() != 0 ? 1 : 0;
  } else if (rec::Pilot pilot; as(pilot)) {
    facts.numbers["within_pilot_cap"] =
        !pilot.has_places_max() || static_cast<uint32_t>(pilot.places_size()) <= pilot.places_max() ? 1 : 0;
  } else if (rec::HandOver hand; as(hand)) {
    facts.numbers["hand_over_complete"] = hand.has_owner() && hand.has_duty() && hand.has_fund() && hand.has_standard();
  }
  return facts;
}

}  // namespace guanhu::ledger
