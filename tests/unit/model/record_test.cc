#include "common/model/record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "common/base/bytes.h"

namespace guanhu::model {
namespace {

const base::ScopeId kScope{base::PlaceId{7}, base::Visibility::kInternal};
const base::RecordId kRecord{kScope, base::Origin{1}, 2, 0};

struct Step {
  Edit edit;
  EditPlace at;
  bool effect = true;
};

Field Number(uint32_t number, uint64_t value) {
  Field f{number, {}};
  base::PutVarint(f.raw, uint64_t{number} << 3);
  base::PutVarint(f.raw, value);
  return f;
}

Step Make(uint64_t origin, uint64_t seq, std::vector<Field> set, VersionVector context, bool full = true) {
  return {{kRecord, 5, std::move(set), {}, full, std::move(context)},
          {base::Origin{origin}, seq, static_cast<uint32_t>(origin * 100 + seq), {}, {}},
          true};
}

bool AnyBranch(const ContextEntry&) { return true; }

RecordState StateOf(const std::vector<Step>& steps, const std::vector<size_t>& order) {
  RecordState s;
  for (size_t i : order) Apply(s, steps[i].edit, steps[i].at, steps[i].effect, AnyBranch);
  return s;
}

// The causes of a step: what its context names, and its author's earlier steps.
bool Causal(const std::vector<Step>& steps, const std::vector<size_t>& order) {
  for (size_t k = 0; k < order.size(); ++k) {
    const Step& s = steps[order[k]];
    for (size_t i = 0; i < steps.size(); ++i) {
      const bool named = std::any_of(s.edit.context.begin(), s.edit.context.end(), [&](const ContextEntry& c) {
        return c.origin == steps[i].at.origin && c.seq >= steps[i].at.seq;
      });
      const bool own = steps[i].at.origin == s.at.origin && steps[i].at.seq < s.at.seq;
      if ((named || own) && std::find(order.begin(), order.begin() + static_cast<ptrdiff_t>(k), i) ==
                                order.begin() + static_cast<ptrdiff_t>(k))
        return false;
    }
  }
  return true;
}

TEST(Record, EveryCausalOrderGivesTheSameBytes) {
  const std::vector<Step> steps = {
      Make(1, 2, {Number(1, 10), Number(2, 20)}, {}),
      Make(2, 5, {Number(1, 11)}, {{base::Origin{1}, 2, 102}}),
      Make(3, 4, {Number(1, 12), Number(3, 30)}, {{base::Origin{1}, 2, 102}}),
      Make(2, 6, {Number(2, 21)}, {}, false),
      Make(1, 3, {Number(3, 31)}, {{base::Origin{2}, 5, 205}}, false),
      Make(3, 7, {Number(1, 13)}, {{base::Origin{2}, 6, 206}}, false),
  };
  std::vector<size_t> order(steps.size());
  std::iota(order.begin(), order.end(), 0);
  const std::string expected = Encode(StateOf(steps, order));
  int causal = 0;
  do {
    if (!Causal(steps, order)) continue;
    ++causal;
    EXPECT_EQ(Encode(StateOf(steps, order)), expected);
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_GT(causal, 5);
}

TEST(Record, ConcurrentValuesStaySideBySide) {
  const RecordState s =
      StateOf({Make(1, 2, {Number(1, 10)}, {}), Make(2, 5, {Number(1, 11)}, {{base::Origin{1}, 2, 102}}),
               Make(3, 4, {Number(1, 12)}, {{base::Origin{1}, 2, 102}})},
              {0, 1, 2});
  ASSERT_EQ(s.Find(1)->siblings.size(), 2u);
  EXPECT_EQ(s.Find(1)->siblings[0].origin, base::Origin{2});
  EXPECT_EQ(s.Find(1)->siblings[1].origin, base::Origin{3});
}

TEST(Record, AContextOfAnotherBranchCoversNothing) {
  RecordState s;
  const Step first = Make(1, 2, {Number(1, 10)}, {});
  const Step later = Make(2, 5, {Number(1, 11)}, {{base::Origin{1}, 2, 999}});
  Apply(s, first.edit, first.at, true, AnyBranch);
  Apply(s, later.edit, later.at, true, [](const ContextEntry& c) { return c.hash != 999; });
  EXPECT_EQ(s.Find(1)->siblings.size(), 2u);
}

TEST(Record, AnEditWithoutEffectOnlyLeavesWhatItsAuthorHadSeen) {
  RecordState s;
  const Step first = Make(1, 2, {Number(1, 10)}, {});
  const Step held = Make(2, 5, {Number(1, 11)}, {{base::Origin{1}, 2, 102}});
  const Step next = Make(2, 6, {Number(1, 12)}, {}, false);
  Apply(s, first.edit, first.at, true, AnyBranch);
  Apply(s, held.edit, held.at, false, AnyBranch);
  EXPECT_EQ(s.Find(1)->siblings.size(), 1u);
  EXPECT_EQ(s.version.size(), 1u);
  Apply(s, next.edit, next.at, true, AnyBranch);
  ASSERT_EQ(s.Find(1)->siblings.size(), 1u);
  EXPECT_EQ(s.Find(1)->siblings[0].origin, base::Origin{2});
}

TEST(Record, ClearingLeavesAConcurrentValue) {
  RecordState s =
      StateOf({Make(1, 2, {Number(1, 10)}, {}), Make(3, 4, {Number(1, 12)}, {{base::Origin{1}, 2, 102}})}, {0, 1});
  Step clear = Make(2, 5, {}, {{base::Origin{1}, 2, 102}});
  clear.edit.cleared = {1};
  Apply(s, clear.edit, clear.at, true, AnyBranch);
  ASSERT_NE(s.Find(1), nullptr);
  EXPECT_EQ(s.Find(1)->siblings.size(), 1u);
}

TEST(Record, StateBytesComeBackAndDamageIsSeen) {
  const RecordState s =
      StateOf({Make(1, 2, {Number(1, 10)}, {}), Make(2, 5, {Number(1, 11)}, {{base::Origin{1}, 2, 102}})}, {0, 1});
  const std::string bytes = Encode(s);
  const absl::StatusOr<RecordState> back = DecodeState(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, s);
  for (size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(DecodeState(bytes.substr(0, n)).ok()) << n;
}

TEST(Record, TheFirstStateIsWrittenAsIfItHadBeenApplied) {
  Edit plain;
  plain.type = 14;
  plain.full_context = true;
  plain.set = {{1, "\x0a\x01x"}, {4, std::string("\x20\x01", 2)}, {300, std::string(400, 'y')}};
  const EditPlace at{base::Origin{7}, 900, 0x01020304, {1790000000123, ClockQuality::kDrifted}, base::PersonId{5}};
  RecordState state;
  Apply(state, plain, at, true, [](const ContextEntry&) { return true; });
  EXPECT_EQ(EncodeFirst(plain, at), Encode(state));
  // Whatever is more than that is left to Apply.
  Edit cleared = plain, knowing = plain, unordered = plain, empty = plain;
  cleared.cleared = {4};
  knowing.context = {{base::Origin{3}, 1, 2}};
  std::swap(unordered.set[0], unordered.set[1]);
  empty.set.clear();
  for (const Edit& e : {cleared, knowing, unordered, empty}) EXPECT_EQ(EncodeFirst(e, at), std::nullopt);
}

TEST(Record, DigestsAddUpInAnyOrder) {
  StateDigest a = DigestOf(1, kRecord, "a"), b = DigestOf(2, kRecord, "b"), ab = a, ba = b;
  ab.Add(b);
  ba.Add(a);
  EXPECT_EQ(ab, ba);
  ab.Subtract(b);
  EXPECT_EQ(ab, a);
}

}  // namespace
}  // namespace guanhu::model
