#include "common/domain/assessment.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/domain/money.h"

namespace guanhu::domain {
namespace {

namespace rec = guanhu::records::v1;

constexpr absl::string_view kMagic = "GHE1";

int64_t LeafScore(const rec::SchemeNode& leaf, int64_t value_bp) {
  const int64_t target = leaf.target_bp();
  if (leaf.direction() == rec::INDICATOR_DIRECTION_LOWER) {
    if (value_bp <= target) return 10'000;
    if (target >= 10'000) return 0;
    return std::clamp<int64_t>(*ShareBp(10'000 - value_bp, 10'000 - target), 0, 10'000);
  }
  if (target == 0) return std::clamp<int64_t>(value_bp, 0, 10'000);
  return std::clamp<int64_t>(*ShareBp(value_bp, target), 0, 10'000);
}

struct Tree {
  const std::map<uint32_t, Outcome>& outcomes;
  const std::map<uint32_t, Correction>& corrections;
  std::map<uint32_t, std::vector<const rec::SchemeNode*>> children;
  std::map<uint32_t, Score> scores;

  Score Leaf(const rec::SchemeNode& node) const {
    Score out;
    const auto corrected = corrections.find(node.id());
    const auto frozen = outcomes.find(node.id());
    Outcome outcome = frozen == outcomes.end() ? Outcome{} : frozen->second;
    if (corrected != corrections.end() && corrected->second.outcome.denominator > 0)
      outcome = corrected->second.outcome;
    if (outcome.denominator > 0) {
      out.value_bp = ShareBp(outcome.numerator, outcome.denominator);
      out.score_bp = LeafScore(node, *out.value_bp);
    }
    if (corrected != corrections.end() && corrected->second.outcome.denominator <= 0)
      out.score_bp = corrected->second.score_bp;
    return out;
  }

  Score Visit(const rec::SchemeNode& node, size_t depth) {
    if (!children.contains(node.id())) return scores[node.id()] = Leaf(node);
    Score out = Children(node.id(), depth + 1);
    const auto corrected = corrections.find(node.id());
    if (corrected != corrections.end() && corrected->second.score_bp) out.score_bp = corrected->second.score_bp;
    return scores[node.id()] = out;
  }

  Score Children(uint32_t parent, size_t depth) {
    Score out;
    __int128 sum = 0;
    __int128 weights = 0;
    if (depth > 32) return out;  // a ring: such a scheme is not sound
    for (const rec::SchemeNode* child : children[parent]) {
      const Score score = Visit(*child, depth);
      if (!score.score_bp) continue;
      sum += __int128{*score.score_bp} * child->weight_bp();
      weights += child->weight_bp();
    }
    if (weights > 0) out.score_bp = static_cast<int64_t>((sum + weights / 2) / weights);
    return out;
  }
};

}  // namespace

std::map<uint32_t, Score> ScoresOf(const rec::AssessmentScheme& scheme, const std::map<uint32_t, Outcome>& outcomes,
                                   const std::map<uint32_t, Correction>& corrections) {
  Tree tree{outcomes, corrections, {}, {}};
  for (const rec::SchemeNode& node : scheme.nodes()) {
    if (node.id() != kTotalNode) tree.children[node.parent()].push_back(&node);
  }
  const Score total = tree.Children(kTotalNode, 0);
  tree.scores[kTotalNode] = total;
  return std::move(tree.scores);
}

absl::StatusOr<std::string> Encode(const Frozen& frozen) {
  std::string out(kMagic);
  base::PutVarint(out, base::ZigZag(frozen.from_ms));
  base::PutVarint(out, base::ZigZag(frozen.to_ms));
  absl::StrAppend(&out, base::View(frozen.scheme), base::View(frozen.vectors));
  std::vector<uint32_t> leaves;
  if (!frozen.places.empty()) {
    for (const auto& [node, outcome] : frozen.places.begin()->second) leaves.push_back(node);
  }
  base::PutVarint(out, leaves.size());
  for (const uint32_t node : leaves) base::PutVarint(out, node);
  base::PutVarint(out, frozen.places.size());
  for (const auto& [place, outcomes] : frozen.places) {
    base::PutFixed64(out, place.value);
    if (outcomes.size() != leaves.size()) return absl::InvalidArgumentError("every place must have the same leaves");
    for (const uint32_t node : leaves) {
      const auto it = outcomes.find(node);
      if (it == outcomes.end()) return absl::InvalidArgumentError("every place must have the same leaves");
      base::PutVarint(out, base::ZigZag(it->second.numerator));
      base::PutVarint(out, base::ZigZag(it->second.denominator));
      base::PutFixed64(out, it->second.evidence);
    }
  }
  if (out.size() > kFrozenBytesMax)
    return absl::InvalidArgumentError(absl::StrCat("the evidence takes ", out.size(), " bytes, a run holds ",
                                                   kFrozenBytesMax, ": assess the places in two runs"));
  return out;
}

absl::StatusOr<Frozen> DecodeFrozen(absl::string_view bytes) {
  const absl::Status bad =
      absl::DataLossError("the frozen evidence cannot be read: it is damaged or of a newer version");
  if (bytes.size() < kMagic.size() || bytes.substr(0, kMagic.size()) != kMagic) return bad;
  base::Reader in(bytes.substr(kMagic.size()));
  Frozen out;
  out.from_ms = base::UnZigZag(in.Varint());
  out.to_ms = base::UnZigZag(in.Varint());
  for (base::Hash256* hash : {&out.scheme, &out.vectors}) {
    for (uint8_t& b : *hash) b = in.Byte();
  }
  std::vector<uint32_t> leaves;
  const uint64_t count = in.Varint();
  for (uint64_t i = 0; i < count && in.ok(); ++i) leaves.push_back(static_cast<uint32_t>(in.Varint()));
  const uint64_t places = in.Varint();
  for (uint64_t p = 0; p < places && in.ok(); ++p) {
    std::map<uint32_t, Outcome>& outcomes = out.places[base::PlaceId{in.Fixed64()}];
    for (const uint32_t node : leaves) {
      Outcome& o = outcomes[node];
      o.numerator = base::UnZigZag(in.Varint());
      o.denominator = base::UnZigZag(in.Varint());
      o.evidence = in.Fixed64();
    }
  }
  if (!in.done()) return bad;
  const absl::StatusOr<std::string> again = Encode(out);
  if (!again.ok() || *again != bytes) return bad;
  return out;
}

base::Hash256 DigestOf(const rec::AssessmentScheme& scheme) {
  std::string out;
  for (const rec::SchemeNode& n : scheme.nodes()) {
    for (const uint64_t v :
         {uint64_t{n.id()}, uint64_t{n.parent()}, uint64_t{n.weight_bp()}, static_cast<uint64_t>(n.indicator()),
          uint64_t{n.target_bp()}, static_cast<uint64_t>(n.direction()), static_cast<uint64_t>(n.classes_size())})
      base::PutVarint(out, v);
    for (const int c : n.classes()) base::PutVarint(out, static_cast<uint64_t>(c));
    base::PutString(out, n.name());
  }
  return base::Sha256("scheme", out);
}

uint64_t DigestOf(std::vector<base::RecordId> evidence) {
  std::sort(evidence.begin(), evidence.end());
  evidence.erase(std::unique(evidence.begin(), evidence.end()), evidence.end());
  std::string out;
  for (const base::RecordId& id : evidence) base::PutString(out, base::ToText(id));
  return base::Prefix64(base::Sha256("evidence", out));
}

std::vector<rec::SchemeNode> LeavesOf(const rec::AssessmentScheme& scheme) {
  std::set<uint32_t> inner;
  for (const rec::SchemeNode& n : scheme.nodes()) inner.insert(n.parent());
  std::map<uint32_t, rec::SchemeNode> leaves;
  for (const rec::SchemeNode& n : scheme.nodes()) {
    if (n.id() != kTotalNode && !inner.contains(n.id())) leaves.emplace(n.id(), n);
  }
  std::vector<rec::SchemeNode> out;
  for (auto& [id, node] : leaves) out.push_back(std::move(node));
  return out;
}

}  // namespace guanhu::domain
