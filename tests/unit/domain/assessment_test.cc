#include "common/domain/assessment.h"

#include <gtest/gtest.h>

namespace guanhu::domain {
namespace {

namespace rec = guanhu::records::v1;

void Node(rec::AssessmentScheme& s, uint32_t id, uint32_t parent, uint32_t weight, rec::Indicator indicator,
          uint32_t target = 0, bool lower = false) {
  rec::SchemeNode* n = s.add_nodes();
  n->set_id(id);
  n->set_parent(parent);
  n->set_weight_bp(weight);
  n->set_indicator(indicator);
  n->set_target_bp(target);
  n->set_direction(lower ? rec::INDICATOR_DIRECTION_LOWER : rec::INDICATOR_DIRECTION_HIGHER);
}

rec::AssessmentScheme Scheme() {
  rec::AssessmentScheme s;
  Node(s, 1, 0, 6000, rec::INDICATOR_UNSPECIFIED);
  Node(s, 2, 0, 4000, rec::INDICATOR_GOOD_CONDITION);
  Node(s, 3, 1, 7000, rec::INDICATOR_ORDERS_ON_TIME, 9000);
  Node(s, 4, 1, 3000, rec::INDICATOR_REPEAT_FAILURES, 1000, true);
  return s;
}

TEST(Assessment, AWeightedTreeOfWholeNumbers) {
  const auto scores = ScoresOf(Scheme(), {{2, {1, 3, 0}}, {3, {8, 10, 0}}, {4, {2, 10, 0}}});
  EXPECT_EQ(scores.at(2).score_bp, 3333);
  EXPECT_EQ(scores.at(3).value_bp, 8000);
  EXPECT_EQ(scores.at(3).score_bp, 8889);  // 8000 / 9000
  EXPECT_EQ(scores.at(4).score_bp, 8889);  // 8000 / 9000: twice the target, of the way down to 10000
  EXPECT_EQ(scores.at(1).score_bp, 8889);
  EXPECT_EQ(scores.at(kTotalNode).score_bp, (8889 * 6000 + 3333 * 4000 + 5000) / 10000);
}

TEST(Assessment, WhatCouldNotBeMeasuredCountsNeitherForNorAgainst) {
  const auto scores = ScoresOf(Scheme(), {{2, {1, 2, 0}}, {3, {0, 0, 0}}, {4, {0, 0, 0}}});
  EXPECT_EQ(scores.at(1).score_bp, std::nullopt);
  EXPECT_EQ(scores.at(kTotalNode).score_bp, 5000);
  EXPECT_EQ(ScoresOf(Scheme(), {}).at(kTotalNode).score_bp, std::nullopt);
  EXPECT_EQ(ScoresOf(Scheme(), {{2, {0, 2, 0}}}).at(kTotalNode).score_bp, 0);
}

TEST(Assessment, LowerIsBetterFallsFromTheTarget) {
  const auto score = [](int64_t n) { return ScoresOf(Scheme(), {{4, {n, 10'000, 0}}}).at(4).score_bp; };
  EXPECT_EQ(score(0), 10'000);
  EXPECT_EQ(score(1'000), 10'000);
  EXPECT_EQ(score(5'500), 5'000);
  EXPECT_EQ(score(10'000), 0);
  EXPECT_EQ(score(20'000), 0);
}

TEST(Assessment, CorrectionsStandInThePlaceOfWhatWasFrozen) {
  const std::map<uint32_t, Outcome> frozen = {{2, {1, 2, 0}}, {3, {8, 10, 0}}};
  const auto scores = ScoresOf(Scheme(), frozen, {{2, {{2, 2, 0}, std::nullopt}}, {1, {{}, 7000}}});
  EXPECT_EQ(scores.at(2).score_bp, 10'000);
  EXPECT_EQ(scores.at(1).score_bp, 7'000);
  EXPECT_EQ(scores.at(kTotalNode).score_bp, 8'200);
}

TEST(Assessment, ARingEnds) {
  rec::AssessmentScheme s = Scheme();
  Node(s, 5, 6, 10000, rec::INDICATOR_UNSPECIFIED);
  Node(s, 6, 5, 10000, rec::INDICATOR_UNSPECIFIED);
  EXPECT_EQ(ScoresOf(s, {{2, {1, 2, 0}}}).at(kTotalNode).score_bp, 5000);
}

TEST(Assessment, FrozenRowsHaveOneSpelling) {
  Frozen f;
  f.from_ms = 5;
  f.to_ms = 1'790'000'000'000;
  f.scheme = DigestOf(Scheme());
  f.vectors = base::Sha256("v");
  f.places[base::PlaceId{9}] = {{2, {1, 3, 77}}, {3, {0, 0, 0}}};
  f.places[base::PlaceId{4}] = {{2, {-1, 3, 78}}, {3, {5, 5, 1}}};
  const auto bytes = Encode(f);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto again = DecodeFrozen(*bytes);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, f);
  for (size_t i = 0; i < bytes->size(); ++i) {
    EXPECT_FALSE(DecodeFrozen(absl::string_view(*bytes).substr(0, i)).ok()) << i;
    std::string damaged = *bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x40);
    const auto read = DecodeFrozen(damaged);
    EXPECT_TRUE(!read.ok() || !(*read == f)) << i;
  }
  EXPECT_FALSE(DecodeFrozen(*bytes + "x").ok());
  f.places[base::PlaceId{4}].erase(3);
  EXPECT_FALSE(Encode(f).ok());
}

TEST(Assessment, TheWholeCountyFitsIntoOneRunAndMoreIsRefused) {
  Frozen f;
  for (uint64_t p = 1; p <= 213; ++p) {  // every village of the county, every indicator
    for (uint32_t n = 1; n <= 11; ++n) f.places[base::PlaceId{p << 40}][n] = {1200, 1500, ~p};
  }
  EXPECT_TRUE(Encode(f).ok()) << Encode(f).status();
  for (uint64_t p = 214; p <= 800; ++p) f.places[base::PlaceId{p << 40}] = f.places.begin()->second;
  EXPECT_EQ(Encode(f).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Assessment, EvidenceDigestsKnowNoOrder) {
  base::RecordId a, b;
  a.seq = 1;
  b.seq = 2;
  EXPECT_EQ(DigestOf({a, b}), DigestOf({b, a, b}));
  EXPECT_NE(DigestOf({a, b}), DigestOf(std::vector<base::RecordId>{a}));
}

}  // namespace
}  // namespace guanhu::domain
