// What an assessment says, what stands behind it, and what follows from it.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/figures/assessment.h"
#include "common/figures/figures.h"
#include "common/figures/funds.h"
#include "common/figures/money_family.h"
#include "guanhu/records/v1/duty.pb.h"
#include "guanhu/records/v1/step.pb.h"

namespace guanhu::figures {
namespace {

namespace rec = guanhu::records::v1;
using base::PlaceId;
using base::RecordId;

// Places by code, name or id; without any, those right below the place of the cut.
absl::StatusOr<std::vector<PlaceId>> PlacesArg(const Desk& desk, const Question& q) {
  std::vector<PlaceId> places;
  const std::string arg = q.Arg("places").empty() ? q.Arg("place") : q.Arg("places");
  if (arg.empty()) {
    const PlaceId upper = q.cut.place ? q.cut.place : desk.directory().county();
    for (const auto& [id, row] : desk.directory().places()) {
      if (row.parent == upper && !row.successor) places.push_back(id);
    }
    return places;
  }
  for (const absl::string_view text : absl::StrSplit(arg, ',', absl::SkipWhitespace())) {
    const std::vector<PlaceId> found = desk.directory().Find(text);
    const auto id = base::ParseCrockford(text);
    if (found.size() == 1) {
      places.push_back(found[0]);
    } else if (found.empty() && id.ok() && desk.directory().Place(PlaceId{*id}) != nullptr) {
      places.push_back(PlaceId{*id});
    } else {
      return absl::InvalidArgumentError(absl::StrCat("'", text, "' names ", found.size(), " places: give its code"));
    }
  }
  return places;
}

std::string NodeName(const rec::AssessmentScheme& scheme, uint32_t id, const Question& q) {
  if (id == domain::kTotalNode) return Words(q, "总分", "Total");
  for (const rec::SchemeNode& n : scheme.nodes()) {
    if (n.id() != id) continue;
    if (!n.name().empty()) return n.name();
    return schema::EnumLabel(*rec::Indicator_descriptor(), n.indicator(), q.language);
  }
  return absl::StrCat(id);
}

uint32_t WeightOf(const rec::AssessmentScheme& scheme, uint32_t id) {
  for (const rec::SchemeNode& n : scheme.nodes()) {
    if (n.id() == id) return n.weight_bp();
  }
  return 10'000;
}

template <typename Number>
absl::StatusOr<Number> NumberArg(const Question& q, const std::string& name) {
  Number out = 0;
  if (absl::SimpleAtoi(q.Arg(name), &out)) return out;
  return absl::InvalidArgumentError(absl::StrCat("give ", name, "=<number>; '", q.Arg(name), "' is none"));
}

}  // namespace

absl::StatusOr<Table> AssessmentPreview(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const RecordId id, RecordArg(q, "scheme"));
  GUANHU_ASSIGN_OR_RETURN(const auto scheme, desk.Read<rec::AssessmentScheme>(id));
  if (!scheme) return absl::NotFoundError("there is no such scheme here");
  if (q.to_ms <= q.from_ms) return absl::InvalidArgumentError("give the period: from and to");
  GUANHU_ASSIGN_OR_RETURN(const std::vector<PlaceId> places, PlacesArg(desk, q));
  GUANHU_ASSIGN_OR_RETURN(const auto measured, Measure(desk, *scheme, places, q.from_ms, q.to_ms));
  Table table;
  table.columns = {{"place", "属地", "Place"},
                   {"node", "节点", "Node", Kind::kNumber},
                   {"name", "指标", "Indicator"},
                   {"weight_bp", "权重", "Weight", Kind::kBasisPoints},
                   {"numerator", "分子", "Numerator", Kind::kNumber},
                   {"denominator", "分母", "Denominator", Kind::kNumber},
                   {"value_bp", "指标值", "Value", Kind::kBasisPoints},
                   {"score_bp", "得分", "Score", Kind::kBasisPoints}};
  for (const auto& [place, leaves] : measured) {
    std::map<uint32_t, domain::Outcome> outcomes;
    for (const auto& [node, m] : leaves) outcomes[node] = m.outcome;
    for (const auto& [node, score] : domain::ScoresOf(*scheme, outcomes)) {
      const auto leaf = outcomes.find(node);
      table.rows.push_back({{Cell::Text(desk.PlaceName(place)), Cell::Number(node),
                             Cell::Text(NodeName(*scheme, node, q)), Cell::Number(WeightOf(*scheme, node)),
                             leaf == outcomes.end() ? Cell::Unknown() : Cell::Number(leaf->second.numerator),
                             leaf == outcomes.end() ? Cell::Unknown() : Cell::Number(leaf->second.denominator),
                             Maybe(score.value_bp), Maybe(score.score_bp)},
                            ""});
    }
  }
  return table;
}

// The records behind one leaf at one place, as they stand now; says when they are no longer those that were frozen.
absl::StatusOr<Table> AssessmentEvidence(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const RecordId id, RecordArg(q, "run"));
  GUANHU_ASSIGN_OR_RETURN(const RunBook book, ReadRun(desk, id));
  GUANHU_ASSIGN_OR_RETURN(const std::vector<PlaceId> places, PlacesArg(desk, q));
  GUANHU_ASSIGN_OR_RETURN(const uint32_t node, NumberArg<uint32_t>(q, "node"));
  if (places.size() != 1) return absl::InvalidArgumentError("give one place");
  GUANHU_ASSIGN_OR_RETURN(auto measured, Measure(desk, book.scheme, places, book.frozen.from_ms, book.frozen.to_ms));
  Table table;
  table.columns = {{"kind", "记录类别", "Kind of record"},
                   {"name", "记录", "Record"},
                   {"place", "属地", "Place"},
                   {"numerator", "计入", "Counted", Kind::kNumber},
                   {"denominator", "应计", "Of", Kind::kNumber}};
  const Measured& m = measured[places[0]][node];
  for (const Proof& p : m.proofs) {
    const schema::RecordInfo* info = desk.schema().Type(p.type);
    table.rows.push_back({{Cell::Text(info == nullptr ? "" : Words(q, info->zh.c_str(), info->en.c_str())),
                           Cell::Text(desk.NameOf(p.type, p.id)), Cell::Text(desk.PlaceName(p.place)),
                           Cell::Number(p.numerator), Cell::Number(p.denominator)},
                          base::ToText(p.id)});
  }
  const auto at = book.frozen.places.find(places[0]);
  if (at != book.frozen.places.end() && at->second.contains(node) && at->second.at(node).evidence != m.outcome.evidence)
    table.notes.push_back(Words(q, "取数之后有新的记录；得分仍按取数时的证据。",
                                "Records came in after the freeze; the score stands on what was frozen."));
  return table;
}

// From the frozen rows; beside each the same reckoned over today's records.
absl::StatusOr<Table> AssessmentScores(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const RecordId id, RecordArg(q, "run"));
  GUANHU_ASSIGN_OR_RETURN(const RunBook book, ReadRun(desk, id));
  std::vector<PlaceId> places;
  for (const auto& [place, outcomes] : book.frozen.places) places.push_back(place);
  GUANHU_ASSIGN_OR_RETURN(const auto now, Measure(desk, book.scheme, places, book.frozen.from_ms, book.frozen.to_ms));
  std::map<std::pair<uint64_t, uint32_t>, RecordId> lines;
  GUANHU_RETURN_IF_ERROR(desk.Linked<rec::ScoreLine>(id, [&](const RecordId& line_id, const rec::ScoreLine& line) {
    if (!line.has_replaces()) lines.try_emplace({line.place(), line.node()}, line_id);
  }));
  Table table;
  table.columns = {{"place", "属地", "Place"},
                   {"node", "节点", "Node", Kind::kNumber},
                   {"name", "指标", "Indicator"},
                   {"weight_bp", "权重", "Weight", Kind::kBasisPoints},
                   {"numerator", "分子", "Numerator", Kind::kNumber},
                   {"denominator", "分母", "Denominator", Kind::kNumber},
                   {"value_bp", "指标值", "Value", Kind::kBasisPoints},
                   {"score_bp", "得分", "Score", Kind::kBasisPoints},
                   {"corrected", "申诉更正", "Corrected on appeal"},
                   {"today_bp", "按今日数据", "By today's records", Kind::kBasisPoints},
                   {"difference_bp", "差异", "Difference", Kind::kBasisPoints}};
  for (const auto& [place, scores] : book.scores) {
    std::map<uint32_t, domain::Outcome> today;
    for (const auto& [node, m] : now.at(place)) today[node] = m.outcome;
    const auto today_scores = domain::ScoresOf(book.scheme, today);
    const auto& corrections = book.corrections.at(place);
    for (const auto& [node, score] : scores) {
      const auto frozen = book.frozen.places.at(place).find(node);
      const bool leaf = frozen != book.frozen.places.at(place).end();
      const auto again = today_scores.find(node);
      const auto today_bp = again == today_scores.end() ? std::nullopt : again->second.score_bp;
      const auto line = lines.find({place.value, node});
      table.rows.push_back(
          {{Cell::Text(desk.PlaceName(place)), Cell::Number(node), Cell::Text(NodeName(book.scheme, node, q)),
            Cell::Number(WeightOf(book.scheme, node)), leaf ? Cell::Number(frozen->second.numerator) : Cell::Unknown(),
            leaf ? Cell::Number(frozen->second.denominator) : Cell::Unknown(), Maybe(score.value_bp),
            Maybe(score.score_bp), Cell::Text(corrections.contains(node) ? Words(q, "是", "yes") : ""), Maybe(today_bp),
            today_bp && score.score_bp ? Cell::Number(*today_bp - *score.score_bp) : Cell::Unknown()},
           line == lines.end() ? "" : base::ToText(line->second)});
    }
  }
  table.notes.push_back(
      absl::StrCat(Words(q, "状态：", "State: "), desk.EnumName(ledger::kAssessmentRunType, "state", book.state, q)));
  return table;
}

absl::StatusOr<Table> AssessmentVerify(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const RecordId id, RecordArg(q, "run"));
  GUANHU_ASSIGN_OR_RETURN(const RunBook book, ReadRun(desk, id));
  Table table;
  table.columns = {{"check", "核对项", "Check"},
                   {"expected", "应为", "Expected"},
                   {"found", "实为", "Found"},
                   {"equal", "一致", "Equal", Kind::kNumber}};
  const auto add = [&](std::string check, std::string expected, std::string found, const std::string& record) {
    const bool equal = expected == found;
    table.rows.push_back({{Cell::Text(std::move(check)), Cell::Text(std::move(expected)), Cell::Text(std::move(found)),
                           Cell::Number(equal ? 1 : 0)},
                          record});
  };
  const auto hex = [](absl::string_view bytes) { return base::ToHex(bytes); };
  const std::string run = base::ToText(id);
  add(Words(q, "证据指纹", "Digest of the evidence"), hex(book.run.digest()),
      hex(base::View(base::Sha256(book.run.rows()))), run);
  add(Words(q, "方案指纹", "Digest of the scheme"), hex(base::View(book.frozen.scheme)),
      hex(base::View(domain::DigestOf(book.scheme))), run);
  const RecordId mark_id = schema::FromRef(book.run.mark(), id.scope);
  GUANHU_ASSIGN_OR_RETURN(const auto mark, desk.Read<rec::Mark>(mark_id));
  add(Words(q, "截止点指纹", "Digest of the mark"), hex(base::View(book.frozen.vectors)),
      mark ? hex(base::View(base::Sha256(mark->vectors()))) : Words(q, "截止点不在本机", "the mark is not here"),
      base::ToText(mark_id));
  std::map<PlaceId, std::map<uint32_t, domain::Score>> frozen;
  int64_t expected_lines = 0;
  for (const auto& [place, outcomes] : book.frozen.places) {
    frozen[place] = domain::ScoresOf(book.scheme, outcomes);
    for (const auto& [node, score] : frozen[place])
      expected_lines += node != domain::kTotalNode && score.score_bp ? 1 : 0;
  }
  int64_t lines = 0;
  GUANHU_RETURN_IF_ERROR(desk.Linked<rec::ScoreLine>(id, [&](const RecordId& line_id, const rec::ScoreLine& line) {
    if (line.has_replaces()) return;  // a correction: AssessmentActs shows whether it counts
    const auto place = frozen.find(PlaceId{line.place()});
    ++lines;
    std::string expected = Words(q, "无", "none");
    if (place != frozen.end() && place->second.contains(line.node()))
      expected = absl::StrCat(place->second.at(line.node()).score_bp.value_or(0));
    add(absl::StrCat(desk.PlaceName(PlaceId{line.place()}), " ", NodeName(book.scheme, line.node(), q)), expected,
        absl::StrCat(line.score_bp()), base::ToText(line_id));
  }));
  add(Words(q, "得分条数", "Lines of scores"), absl::StrCat(expected_lines), absl::StrCat(lines), run);
  const bool all =
      std::all_of(table.rows.begin(), table.rows.end(), [](const Row& r) { return r.cells[3].number == 1; });
  table.notes.push_back(all ? Words(q, "全部一致。", "All equal.")
                            : Words(q, "有不一致，请查看。", "Something differs: look at the rows."));
  return table;
}

// What was done with the run, appeals and corrections among it, and what took effect.
absl::StatusOr<Table> AssessmentActs(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const RecordId id, RecordArg(q, "run"));
  GUANHU_ASSIGN_OR_RETURN(const ledger::RecordLife life, desk.Life(ledger::kAssessmentRunType, id));
  Table table;
  table.columns = {{"time", "时间", "Time", Kind::kTime}, {"act", "环节", "Act"},
                   {"reason", "说明", "Reason"},          {"effective", "生效", "Took effect", Kind::kNumber},
                   {"state", "之后状态", "State after"},  {"corrects", "更正", "Corrects"},
                   {"why", "未生效原因", "Why not"}};
  for (const domain::Judged& j : life.life.acts) {
    const ledger::StepRow& step = life.steps[j.act];
    const bool effective = j.fate == domain::Fate::kEffective;
    std::string corrects;
    if (step.step.act() == rec::STEP_ACT_ANSWER_APPEAL && step.step.has_other()) {
      const RecordId line_id = schema::FromRef(step.step.other(), step.id.scope);
      GUANHU_ASSIGN_OR_RETURN(const auto line, desk.Read<rec::ScoreLine>(line_id));
      if (line) corrects = absl::StrCat(desk.PlaceName(PlaceId{line->place()}), " ", line->node());
    }
    table.rows.push_back({{Cell::Number(domain::TimeOf(step.act)),
                           Cell::Text(schema::EnumLabel(*rec::StepAct_descriptor(), step.step.act(), q.language)),
                           Cell::Text(step.step.reason()), Cell::Number(effective ? 1 : 0),
                           Cell::Text(effective ? desk.EnumName(ledger::kAssessmentRunType, "state", j.to, q) : ""),
                           Cell::Text(corrects), Cell::Text(q.English() ? j.why_en : j.why_zh)},
                          base::ToText(step.id)});
  }
  return table;
}

// What rules pay for a final score; before that nothing follows from a score.
absl::StatusOr<Table> Incentives(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const RecordId id, RecordArg(q, "run"));
  GUANHU_ASSIGN_OR_RETURN(const RunBook book, ReadRun(desk, id));
  Table table;
  table.columns = {{"place", "属地", "Place"},
                   {"rule", "规则", "Rule"},
                   {"basis", "依据", "Basis"},
                   {"score_bp", "得分", "Score", Kind::kBasisPoints},
                   {"payout_fen", "应奖扣", "Payout", Kind::kFen},
                   {"posted_fen", "已兑现", "Posted", Kind::kFen}};
  if (!book.final()) {
    table.notes.push_back(
        Words(q, "考核尚未终定，不产生奖励和扣减。", "The assessment is not final: nothing follows from it yet."));
    return table;
  }
  GUANHU_ASSIGN_OR_RETURN(const Funds funds, ReadFunds(desk));
  std::map<PlaceId, domain::Fen> budget, posted;
  for (const auto& [line_id, line] : funds.lines) {
    if (line.line.year() == book.scheme.year()) budget[line.place].Add(line.line.amount_fen());
  }
  for (const FundRow& row : funds.entries) {
    if (!row.effective || !row.entry.has_cause() || schema::FromRef(row.entry.cause(), row.id.scope) != id) continue;
    if (row.entry.kind() == rec::FUND_KIND_REWARD) posted[funds.PlaceOf(row)].Add(row.entry.amount_fen());
    if (row.entry.kind() == rec::FUND_KIND_DEDUCTION) posted[funds.PlaceOf(row)].Add(-row.entry.amount_fen());
  }
  std::vector<std::pair<RecordId, rec::IncentiveRule>> rules;
  GUANHU_RETURN_IF_ERROR(
      desk.Each<rec::IncentiveRule>({}, [&](const RecordId& rule_id, const rec::IncentiveRule& rule) {
        const bool valid = (!rule.has_from_ms() || rule.from_ms() <= book.frozen.to_ms) &&
                           (!rule.has_to_ms() || book.frozen.to_ms <= rule.to_ms());
        if (valid && rule.technique_class() == rec::INCENTIVE_CLASS_UNSPECIFIED) rules.emplace_back(rule_id, rule);
      }));
  for (const auto& [place, scores] : book.scores) {
    for (const auto& [rule_id, rule] : rules) {
      uint32_t node = domain::kTotalNode;
      bool found = rule.indicator() == rec::INDICATOR_UNSPECIFIED;
      for (const rec::SchemeNode& leaf : domain::LeavesOf(book.scheme)) {
        if (found || leaf.indicator() != rule.indicator()) continue;
        node = leaf.id();
        found = true;
      }
      const auto score = scores.find(node);
      if (!found || score == scores.end() || !score->second.score_bp) continue;
      const int64_t bp = *score->second.score_bp;
      if ((rule.has_above_bp() && bp < rule.above_bp()) || (rule.has_below_bp() && bp >= rule.below_bp())) continue;
      domain::Fen payout;
      payout.Add(rule.amount_fen());
      const __int128 share = __int128{budget[place].value()} * rule.percent_bp();
      payout.Add(static_cast<int64_t>((share + (share < 0 ? -5'000 : 5'000)) / 10'000));
      table.rows.push_back({{Cell::Text(desk.PlaceName(place)), Cell::Text(rule.name()), Cell::Text(rule.basis()),
                             Cell::Number(bp), Cell::Number(payout.value()), Cell::Number(posted[place].value())},
                            base::ToText(rule_id)});
    }
  }
  return table;
}

namespace {

constexpr Figure kFigures[] = {
    {"assessment-preview", "考核预览", "Assessment as of now",
     "scheme: its full id; places: codes, comma between; from and to", AssessmentPreview},
    {"assessment-scores", "考核得分", "Scores of an assessment", "run: its full id", AssessmentScores},
    {"assessment-evidence", "考核证据", "Evidence of a score", "run: its full id; place; node: number in the scheme",
     AssessmentEvidence},
    {"assessment-verify", "考核复核", "Frozen evidence, reckoned anew", "run: its full id", AssessmentVerify},
    {"assessment-acts", "考核环节和申诉", "Acts and appeals of an assessment", "run: its full id", AssessmentActs},
    {"incentives", "考核奖扣", "What follows from final scores", "run: its full id", Incentives},
    {"credit-export", "信用信息报送", "Credit information to report", "", CreditExport},
    {"credit-party", "主体履约情况", "How parties performed", "party: full id; none: all", CreditParty},
};

}  // namespace

absl::Span<const Figure> AssessmentFigures() { return kFigures; }

}  // namespace guanhu::figures
