#include "common/schema/resolve.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/schema/fields.h"
#include "common/schema/wire.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/defect.pb.h"
#include "guanhu/records/v1/people.pb.h"
#include "guanhu/records/v1/work_order.pb.h"

namespace guanhu::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
namespace rec = guanhu::records::v1;

const Schema& TheSchema() {
  static const auto& schema = *new Schema(Schema::Build().value());
  return schema;
}

const FieldInfo* Info(absl::string_view type, absl::string_view field) {
  const FieldInfo* info = TheSchema().Type(type)->Field(field);
  EXPECT_NE(info, nullptr) << std::string(type.data(), type.size());
  return info;
}

std::string RawOf(const google::protobuf::Message& m, uint32_t number) {
  for (const model::Field& f : FieldsOf(m)) {
    if (f.number == number) return f.raw;
  }
  return "";
}

std::string Name(const std::string& name) {
  rec::Asset a;
  a.set_name(name);
  return RawOf(a, 3);
}

std::string Grade(rec::Grade grade) {
  rec::Asset a;
  a.set_grade(grade);
  return RawOf(a, 4);
}

std::string AssetStateRaw(rec::AssetState state) {
  rec::Asset w;
  w.set_state(state);
  return RawOf(w, 5);
}

Candidate C(absl::string_view raw, int64_t wall_ms, uint64_t origin, int authority = 1, uint64_t seq = 1) {
  return {raw, {wall_ms, model::ClockQuality::kSynced}, base::Origin{origin}, seq, authority};
}

// The answer without indices, which follow the order of the siblings.
using Answer = std::tuple<std::string, uint64_t, Conflict, std::vector<std::string>>;
Answer AnswerOf(const Resolution& r, const std::vector<Candidate>& c) {
  std::vector<std::string> others;
  for (int i : r.others)
    others.emplace_back(c[static_cast<size_t>(i)].raw.data(), c[static_cast<size_t>(i)].raw.size());
  const absl::string_view value = r.Value(c);
  return {std::string(value.data(), value.size()), r.winner < 0 ? 0 : c[static_cast<size_t>(r.winner)].origin.value,
          r.conflict, others};
}

// Resolves under every order; all must agree.
Answer ResolveAll(const FieldInfo* info, std::vector<Candidate> c) {
  std::sort(c.begin(), c.end(),
            [](const auto& a, const auto& b) { return std::tie(a.origin, a.seq) < std::tie(b.origin, b.seq); });
  const Answer first = AnswerOf(Resolve(info, c), c);
  std::vector<size_t> order(c.size());
  std::iota(order.begin(), order.end(), 0u);
  do {
    std::vector<Candidate> permuted;
    for (size_t i : order) permuted.push_back(c[i]);
    EXPECT_EQ(AnswerOf(Resolve(info, permuted), permuted), first);
  } while (std::next_permutation(order.begin(), order.end()));
  return first;
}

TEST(Resolve, NothingAndOne) {
  EXPECT_EQ(Resolve(Info("Asset", "name"), {}).winner, -1);
  const std::string a = Name("井");
  EXPECT_EQ(ResolveAll(Info("Asset", "name"), {C(a, 5, 1)}), Answer(a, 1, Conflict::kNone, {}));
}

TEST(Resolve, LatestByStampThenOrigin) {
  const std::string a = Name("东井"), b = Name("西井");
  EXPECT_EQ(ResolveAll(Info("Asset", "name"), {C(a, 5, 1), C(b, 9, 2)}), Answer(b, 2, Conflict::kCard, {a}));
  EXPECT_EQ(ResolveAll(Info("Asset", "name"), {C(a, 9, 1), C(b, 5, 2)}), Answer(a, 1, Conflict::kCard, {b}));
  EXPECT_EQ(ResolveAll(Info("Asset", "name"), {C(a, 5, 1), C(b, 5, 2)}), Answer(b, 2, Conflict::kCard, {a}));
  // The tier does not matter where the field is not ranked.
  EXPECT_EQ(ResolveAll(Info("Asset", "name"), {C(a, 5, 1, 3), C(b, 9, 2, 1)}), Answer(b, 2, Conflict::kCard, {a}));
}

TEST(Resolve, RankedLatestAsksTheTierFirst) {
  FieldInfo ranked = *Info("Asset", "name");
  ranked.ranked = true;
  const std::string a = Name("东井"), b = Name("西井");
  EXPECT_EQ(ResolveAll(&ranked, {C(a, 5, 1, 3), C(b, 9, 2, 1)}), Answer(a, 1, Conflict::kCard, {b}));
}

TEST(Resolve, EqualValuesCountAsOne) {
  const std::string a = Name("井");
  EXPECT_EQ(ResolveAll(Info("Asset", "name"), {C(a, 5, 1), C(a, 9, 2), C(a, 7, 3)}), Answer(a, 2, Conflict::kNone, {}));
}

TEST(Resolve, UnknownFieldIsLatestWithoutCard) {
  const std::string a = Name("东"), b = Name("西");
  EXPECT_EQ(ResolveAll(nullptr, {C(a, 9, 1), C(b, 5, 2)}), Answer(a, 1, Conflict::kNone, {b}));
}

TEST(Resolve, AuthorityKeepsTheHigherTierAndProposes) {
  const std::string a = Grade(rec::GRADE_A), c = Grade(rec::GRADE_C);
  // Township sets A while the village proposes C, later by the clock.
  EXPECT_EQ(ResolveAll(Info("Asset", "grade"), {C(a, 5, 1, 2), C(c, 9, 2, 1)}), Answer(a, 1, Conflict::kProposal, {c}));
  // Of one tier: the later, and nobody is asked as the field has no card.
  EXPECT_EQ(ResolveAll(Info("Asset", "grade"), {C(a, 5, 1, 2), C(c, 9, 2, 2)}), Answer(c, 2, Conflict::kNone, {a}));
  FieldInfo carded = *Info("Asset", "grade");
  carded.card = true;
  EXPECT_EQ(ResolveAll(&carded, {C(a, 5, 1, 2), C(c, 9, 2, 2)}), Answer(c, 2, Conflict::kCard, {a}));
  // An unknown tier is below the village.
  EXPECT_EQ(ResolveAll(Info("Asset", "grade"), {C(a, 5, 1, 1), C(c, 9, 2, 0)}), Answer(a, 1, Conflict::kProposal, {c}));
  // An equal value of a lower tier is no proposal.
  EXPECT_EQ(ResolveAll(Info("Asset", "grade"), {C(a, 5, 1, 3), C(a, 9, 2, 1)}), Answer(a, 1, Conflict::kNone, {}));
}

TEST(Resolve, ReviewStaysOpen) {
  FieldInfo review = *Info("Asset", "name");
  review.merge = Merge::kReview;
  const std::string a = Name("东井"), b = Name("西井");
  EXPECT_EQ(ResolveAll(&review, {C(a, 5, 1), C(b, 9, 2)}), Answer(b, 2, Conflict::kReview, {a}));
  EXPECT_EQ(ResolveAll(&review, {C(a, 5, 1), C(a, 9, 2)}), Answer(a, 2, Conflict::kNone, {}));
}

std::string Inspected(int64_t ms) {
  rec::Asset a;
  a.set_last_inspected_ms(ms);
  return RawOf(a, 13);
}

TEST(Resolve, MaxAndMinCompareNumbersNotBytes) {
  // 128 has a smaller first byte than 127 and is longer; -1 is ten bytes long.
  const std::string small = Inspected(127), big = Inspected(128), negative = Inspected(-1);
  EXPECT_EQ(ResolveAll(Info("Asset", "last_inspected_ms"), {C(small, 9, 1), C(big, 1, 2), C(negative, 20, 3)}),
            Answer(big, 2, Conflict::kNone, {small, negative}));
  rec::Post p;
  p.set_to_ms(300);
  const std::string late = RawOf(p, 6);
  p.set_to_ms(20);
  const std::string early = RawOf(p, 6);
  EXPECT_EQ(ResolveAll(Info("Post", "to_ms"), {C(late, 9, 1), C(early, 1, 2), C("", 30, 3)}),
            Answer(early, 2, Conflict::kNone, {late, ""}));
  FieldInfo lowest = *Info("Asset", "last_inspected_ms");
  lowest.merge = Merge::kMin;
  EXPECT_EQ(std::get<0>(ResolveAll(&lowest, {C(small, 9, 1), C(big, 1, 2), C(negative, 20, 3)})), negative);
}

TEST(Resolve, MaxOfEnum) {
  rec::Defect d;
  d.set_severity_reported(rec::SEVERITY_DANGER);
  const std::string danger = RawOf(d, 3);
  d.set_severity_reported(rec::SEVERITY_MINOR);
  const std::string minor = RawOf(d, 3);
  EXPECT_EQ(std::get<0>(ResolveAll(Info("Defect", "severity_reported"), {C(danger, 1, 1), C(minor, 9, 2)})), danger);
}

std::vector<std::string> Tokens(const std::string& raw) {
  rec::Asset a;
  EXPECT_TRUE(a.ParseFromString(raw));
  return {a.qr_tokens().begin(), a.qr_tokens().end()};
}

TEST(Resolve, UnionOfElements) {
  rec::Asset a, b;
  a.add_qr_tokens("one");
  a.add_qr_tokens("two");
  b.add_qr_tokens("two");
  b.add_qr_tokens("three");
  const std::string x = RawOf(a, 12), y = RawOf(b, 12);
  const Answer answer = ResolveAll(Info("Asset", "qr_tokens"), {C(x, 5, 1), C(y, 9, 2), C("", 10, 3)});
  EXPECT_THAT(Tokens(std::get<0>(answer)), ElementsAre("one", "two", "three"));
  EXPECT_EQ(std::get<2>(answer), Conflict::kNone);
}

TEST(Resolve, UnionOfPackedNumbers) {
  rec::Org a, b;
  a.add_classes(rec::FACILITY_CLASS_WATER);
  a.add_classes(rec::FACILITY_CLASS_ROAD);
  b.add_classes(rec::FACILITY_CLASS_ROAD);
  b.add_classes(rec::FACILITY_CLASS_GAS);
  const std::string x = RawOf(a, 5), y = RawOf(b, 5);
  rec::Org merged;
  ASSERT_TRUE(merged.ParseFromString(std::get<0>(ResolveAll(Info("Org", "classes"), {C(x, 5, 1), C(y, 9, 2)}))));
  EXPECT_THAT(merged.classes(),
              ElementsAre(rec::FACILITY_CLASS_WATER, rec::FACILITY_CLASS_ROAD, rec::FACILITY_CLASS_GAS));
}

TEST(Resolve, FirstIsTheEarliestValue) {
  rec::WorkOrder w;
  w.set_done_ms(100);
  const std::string one = RawOf(w, 8);
  w.set_done_ms(50);
  const std::string two = RawOf(w, 8);
  EXPECT_EQ(ResolveAll(Info("WorkOrder", "done_ms"), {C(one, 5, 1), C(two, 9, 2), C("", 1, 3)}),
            Answer(one, 1, Conflict::kCard, {two, ""}));
}

TEST(Resolve, StateGoesFurthest) {
  const std::string done = AssetStateRaw(rec::ASSET_STATE_RETIRED),
                    cancelled = AssetStateRaw(rec::ASSET_STATE_IMPAIRED);
  // A state further on beats a later one from a higher tier, and the township gets a card.
  EXPECT_EQ(ResolveAll(Info("Asset", "state"), {C(done, 5, 1, 1), C(cancelled, 9, 2, 2)}),
            Answer(done, 1, Conflict::kCard, {cancelled}));
  // A state of a newer version loses, however late.
  rec::Asset w;
  w.set_state(static_cast<rec::AssetState>(99));
  const std::string newer = RawOf(w, 5);
  EXPECT_EQ(std::get<0>(ResolveAll(Info("Asset", "state"), {C(cancelled, 1, 1), C(newer, 9, 2), C("", 12, 3)})),
            cancelled);
}

TEST(Resolve, ImmutableKeepsTheFirstAndTells) {
  rec::Defect d;
  d.set_description("漏水");
  const std::string one = RawOf(d, 5);
  d.set_description("渗水");
  const std::string two = RawOf(d, 5);
  EXPECT_EQ(ResolveAll(Info("Defect", "description"), {C(one, 5, 1), C(two, 9, 2)}),
            Answer(one, 1, Conflict::kCard, {two}));
}

// Every rule, every order of up to five siblings with clashing stamps, tiers, origins and values.
TEST(Resolve, EveryRuleForgetsTheOrder) {
  rec::Asset a;
  std::vector<std::string> names, grades, tokens, states, times;
  for (int i = 1; i <= 3; ++i) {
    names.push_back(Name(absl::StrCat("n", i)));
    grades.push_back(Grade(static_cast<rec::Grade>(i)));
    states.push_back(AssetStateRaw(static_cast<rec::AssetState>(i * 3)));
    times.push_back(Inspected(i * 100));
    a.add_qr_tokens(absl::StrCat("t", i));
    tokens.push_back(RawOf(a, 12));
  }
  FieldInfo review = *Info("Asset", "name"), first = review, fixed = review,
            lowest = *Info("Asset", "last_inspected_ms");
  review.merge = Merge::kReview;
  first.merge = Merge::kFirst;
  fixed.merge = Merge::kImmutable;
  lowest.merge = Merge::kMin;
  const std::vector<std::pair<const FieldInfo*, const std::vector<std::string>*>> rules = {
      {nullptr, &names},
      {Info("Asset", "name"), &names},
      {&review, &names},
      {&first, &names},
      {&fixed, &names},
      {Info("Asset", "grade"), &grades},
      {Info("Asset", "last_inspected_ms"), &times},
      {&lowest, &times},
      {Info("Asset", "qr_tokens"), &tokens},
      {Info("Asset", "state"), &states}};
  uint64_t x = 88172645463325252u;
  const auto next = [&x](uint64_t n) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    return x % n;
  };
  for (const auto& [info, values] : rules) {
    for (int round = 0; round < 60; ++round) {
      std::vector<Candidate> c;
      const size_t n = 2 + next(4);
      for (size_t i = 0; i < n; ++i) {
        const uint64_t v = next(4);
        // Origins repeat never: a journal has one sibling of a field at most.
        c.push_back(C(v == 3 ? absl::string_view() : absl::string_view((*values)[v]), static_cast<int64_t>(next(2)),
                      i + 1, static_cast<int>(next(4)), 1 + next(3)));
      }
      const Answer answer = ResolveAll(info, c);
      // Every distinct value is shown or listed.
      std::set<absl::string_view> distinct;
      for (const Candidate& k : c) distinct.insert(k.raw);
      const bool merged = info != nullptr && info->merge == Merge::kUnion && distinct.size() > 1;
      EXPECT_EQ(std::get<3>(answer).size() + (merged ? 0 : 1), distinct.size());
    }
  }
}

TEST(ResolveGroup, AllFieldsFromOneEdit) {
  rec::Asset a;
  a.set_quantity(12);
  a.set_quantity_unit("盏");
  const std::string q1 = RawOf(a, 20), u1 = RawOf(a, 22);
  a.set_quantity(350);
  a.set_quantity_unit("米");
  const std::string q2 = RawOf(a, 20), u2 = RawOf(a, 22);
  // The village's edit is later but the township's rank decides, for both fields.
  std::vector<Candidate> quantity = {C(q1, 5, 1, 2), C(q2, 9, 2, 1)}, unit = {C(u2, 9, 2, 1), C(u1, 5, 1, 2)};
  const std::vector<FieldSiblings> fields = {{Info("Asset", "quantity"), quantity},
                                             {Info("Asset", "quantity_unit"), unit}};
  std::vector<Resolution> r = ResolveGroup(fields);
  ASSERT_EQ(r.size(), 2u);
  EXPECT_EQ(r[0].Value(quantity), q1);
  EXPECT_EQ(r[1].Value(unit), u1);
  EXPECT_EQ(r[0].conflict, Conflict::kProposal);
  EXPECT_THAT(r[0].others, ElementsAre(1));
  EXPECT_THAT(r[1].others, ElementsAre(0));
}

// Control: field by field the two would come from different edits.
TEST(ResolveGroup, DiffersFromFieldByField) {
  rec::Asset a;
  a.set_quantity(12);
  a.set_quantity_unit("盏");
  const std::string q1 = RawOf(a, 20), u1 = RawOf(a, 22);
  a.set_quantity(350);
  a.set_quantity_unit("米");
  const std::string q2 = RawOf(a, 20);
  const std::vector<Candidate> quantity = {C(q1, 5, 1), C(q2, 5, 2)}, unit = {C(u1, 5, 1), C("", 5, 2)};
  FieldInfo by_max = *Info("Asset", "quantity_unit");
  by_max.merge = Merge::kFirst;
  EXPECT_EQ(Resolve(&by_max, unit).Value(unit), u1);
  const std::vector<FieldSiblings> fields = {{Info("Asset", "quantity"), quantity}, {&by_max, unit}};
  const std::vector<Resolution> r = ResolveGroup(fields);
  EXPECT_EQ(r[0].Value(quantity), q2);
  EXPECT_EQ(r[1].Value(unit), "");
}

TEST(ResolveGroup, EmptyAndWithoutSiblings) {
  EXPECT_THAT(ResolveGroup({}), IsEmpty());
  const std::vector<FieldSiblings> fields = {{Info("Asset", "quantity"), {}}};
  EXPECT_EQ(ResolveGroup(fields)[0].winner, -1);
}

}  // namespace
}  // namespace guanhu::schema
