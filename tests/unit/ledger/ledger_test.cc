#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "common/ledger/mark.h"
#include "guanhu/records/v1/defect.pb.h"
#include "guanhu/records/v1/duty.pb.h"
#include "guanhu/records/v1/fund.pb.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/work_order.pb.h"
#include "tests/support/real_county.h"

namespace guanhu::testing {
namespace {

using base::RecordId;
using ledger::Cut;
using ledger::Dim;

constexpr int64_t kDay = 86'400'000;

rec::RecordRef Ref(const RecordId& id, base::PlaceId place) { return schema::ToRef(id, RealCounty::Internal(place)); }

struct Book : public ::testing::Test {
  RealCounty c;

  RecordId Asset(RealNode& n, base::PlaceId place, rec::Grade grade, rec::FacilityClass cls, const std::string& name) {
    rec::Asset asset;
    asset.set_name(name);
    asset.set_grade(grade);
    asset.set_facility_class(cls);
    asset.set_cost_fen(100);
    asset.set_state(rec::ASSET_STATE_IN_USE);
    return c.Save(n, RealCounty::Internal(place), asset);
  }
  RecordId Inspect(RealNode& n, base::PlaceId place, const RecordId& asset, rec::InspectionResult result, int64_t at) {
    rec::Inspection i;
    *i.mutable_asset() = Ref(asset, place);
    i.set_result(result);
    i.set_observed_ms(at);
    i.set_cost_fen(7);
    return c.Save(n, RealCounty::Internal(place), i);
  }
  std::vector<RealNode*> All() { return {&c.city, c.town.get(), c.a.get(), c.b.get()}; }
  void ExpectRebuildsEqual() {
    for (RealNode* n : All()) {
      const auto faults = n->ledger->Rebuild(*n->node, /*verify=*/true);
      ASSERT_TRUE(faults.ok()) << faults.status();
      EXPECT_TRUE(faults->empty()) << (*faults)[0];
    }
  }
  static ledger::Measures SumOfDetail(const ledger::Book& book, const Cut& cut) {
    ledger::Measures sum;
    uint64_t cursor = 0;
    do {
      const ledger::DetailPage page = book.Detail(cut, cursor, 3);
      for (const ledger::DetailRow& row : page.rows) sum.Add(row.measures);
      cursor = page.next;
    } while (cursor != 0);
    return sum;
  }
};

TEST_F(Book, TheLatestInspectionDecidesTheCondition) {
  const RecordId pump = Asset(*c.a, c.village_a, rec::GRADE_A, rec::FACILITY_CLASS_WATER, "泵");
  const int64_t t = absl::ToUnixMillis(c.now);
  Inspect(*c.a, c.village_a, pump, rec::INSPECTION_RESULT_BROKEN, t);
  Inspect(*c.a, c.village_a, pump, rec::INSPECTION_RESULT_OK, t - 40 * kDay);
  Inspect(*c.a, c.village_a, pump, rec::INSPECTION_RESULT_UNREACHABLE, t + kDay);
  c.SyncAll();
  for (RealNode* n : {&c.city, c.town.get(), c.a.get()}) {
    const auto row = n->ledger->book().Asset(pump);
    ASSERT_TRUE(row);
    EXPECT_EQ(row->condition, rec::CONDITION_STOPPED);
    EXPECT_EQ(row->months.size(), 2u);
    const ledger::Summary s = n->ledger->book().Summarise({}, std::vector<Dim>{Dim::kPlace});
    EXPECT_EQ(s.total.inspections, 3u);
    EXPECT_EQ(s.total.bad, 1u);
    EXPECT_EQ(s.total.unreachable, 1u);
    EXPECT_EQ(s.total.inspection_cost_fen, 21);
  }
  EXPECT_FALSE(c.b->ledger->book().Asset(pump)) << "the other village holds nothing of it";
  ExpectRebuildsEqual();
}

TEST_F(Book, AmendmentsAndDeletedInspectionsAreCountedAnew) {
  const RecordId pump = Asset(*c.a, c.village_a, rec::GRADE_A, rec::FACILITY_CLASS_WATER, "泵");
  const int64_t t = absl::ToUnixMillis(c.now);
  const RecordId bad = Inspect(*c.a, c.village_a, pump, rec::INSPECTION_RESULT_BROKEN, t);
  const RecordId wrong = Inspect(*c.a, c.village_a, pump, rec::INSPECTION_RESULT_MINOR, t + 1);
  rec::Inspection corrected;
  corrected.set_result(rec::INSPECTION_RESULT_OK);
  rec::Amendment amendment;
  *amendment.mutable_record() = Ref(bad, c.village_a);
  amendment.set_fields(corrected.SerializeAsString());
  amendment.set_reason("看错了");
  c.Save(*c.a, RealCounty::Internal(c.village_a), amendment);
  c.SyncAll();
  rec::Inspection gone;
  gone.set_deleted(true);
  c.Save(*c.town, RealCounty::Internal(c.village_a), gone, wrong);
  c.SyncAll();
  const auto row = c.city.ledger->book().Asset(pump);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->condition, rec::CONDITION_GOOD);
  ASSERT_EQ(row->months.size(), 1u);
  EXPECT_EQ(row->months[0].inspections, 1);
  EXPECT_EQ(row->months[0].bad, 0);
  ExpectRebuildsEqual();
}

TEST_F(Book, AnOrdersStateFollowsFromItsSteps) {
  const RecordId pump = Asset(*c.a, c.village_a, rec::GRADE_C, rec::FACILITY_CLASS_WATER, "泵");
  rec::WorkOrder order;
  *order.mutable_asset() = Ref(pump, c.village_a);
  order.set_task("换泵");
  c.SyncAll();
  const RecordId id = c.Save(*c.town, RealCounty::Internal(c.village_a), order);
  c.SyncAll();
  c.Act(*c.a, ledger::kOrderType, id, rec::STEP_ACT_TAKE);
  rec::Step done;
  done.set_amount_fen(35000);
  done.add_photos("1234");
  c.Act(*c.a, ledger::kOrderType, id, rec::STEP_ACT_FINISH, done);
  // The township knew nothing of it and withdraws the order: done with evidence stands.
  rec::Step why;
  why.set_reason("不需要了");
  c.Act(*c.town, ledger::kOrderType, id, rec::STEP_ACT_CANCEL, why);
  c.SyncAll();
  for (RealNode* n : {&c.city, c.town.get(), c.a.get()}) {
    EXPECT_EQ(c.StateOf(*n, ledger::kOrderType, id), rec::ORDER_STATE_DONE);
    const auto row = n->ledger->book().Case(id);
    ASSERT_TRUE(row);
    EXPECT_EQ(row->state, rec::ORDER_STATE_DONE);
    EXPECT_EQ(row->amount_fen, 35000);
    EXPECT_TRUE(row->contested);
    EXPECT_EQ(n->ledger->book().Summarise({}, {}).total.order_cost_fen, 35000);
  }
  ExpectRebuildsEqual();
}

TEST_F(Book, OneReceiptIsPostedOnce) {
  rec::FundPool pool;
  pool.set_name("管护资金");
  const base::ScopeId scope = RealCounty::Internal(c.village_a);
  const RecordId pool_id = c.Save(*c.town, scope, pool);
  rec::BudgetLine line;
  *line.mutable_pool() = schema::ToRef(pool_id, scope);
  line.set_year(2026);
  const RecordId line_id = c.Save(*c.town, scope, line);
  c.SyncAll();
  std::vector<RecordId> claims;
  for (RealNode* n : {c.a.get(), c.town.get()}) {
    rec::FundEntry entry;
    *entry.mutable_line() = schema::ToRef(line_id, scope);
    entry.set_kind(rec::FUND_KIND_SPEND);
    entry.set_amount_fen(5000);
    entry.set_receipt_sha256("the same receipt");
    claims.push_back(c.Save(*n, scope, entry));
  }
  c.SyncAll();
  for (const RecordId& claim : claims) {
    c.Act(*c.town, ledger::kFundEntryType, claim, rec::STEP_ACT_REVIEW, {}, base::PersonId{1});
    c.SyncAll();
    c.Act(c.city, ledger::kFundEntryType, claim, rec::STEP_ACT_APPROVE, {}, base::PersonId{2});
    c.SyncAll();
  }
  // Both posted without knowing of each other, the second claim first by its stamp.
  c.Act(c.city, ledger::kFundEntryType, claims[1], rec::STEP_ACT_POST);
  c.Act(*c.town, ledger::kFundEntryType, claims[0], rec::STEP_ACT_POST);
  c.SyncAll();
  for (RealNode* n : {&c.city, c.town.get(), c.a.get()}) {
    EXPECT_EQ(n->ledger->book().Case(claims[1])->state, rec::FUND_STATE_POSTED);
    EXPECT_EQ(n->ledger->book().Case(claims[0])->state, rec::FUND_STATE_APPROVED);
    EXPECT_EQ(n->ledger->book().Case(claims[0])->refused, 1u);
  }
  ExpectRebuildsEqual();
}

// Random work at all tiers: at the end each tier's summary is the sum of its detail in every cut, equal tiers say the
// same, the rows are what the records give, and a reopened store says the same again.
TEST_F(Book, SummaryIsTheSumOfTheDetailOnAllTiers) {
  std::mt19937_64 chance(7);
  std::vector<std::pair<RecordId, base::PlaceId>> assets;
  const int64_t t = absl::ToUnixMillis(c.now);
  for (int step = 0; step < 300; ++step) {
    RealNode& n = *All()[chance() % 4];
    const base::PlaceId place = &n == c.b.get()                        ? c.village_b
                                : chance() % 2 == 0 && &n != c.a.get() ? c.village_b
                                                                       : c.village_a;
    const uint64_t what = chance() % 8;
    if (what == 0 || assets.empty()) {
      assets.emplace_back(Asset(n, place, static_cast<rec::Grade>(1 + chance() % 4),
                                static_cast<rec::FacilityClass>(1 + chance() % 8), "x"),
                          place);
    } else {
      const auto& [asset, at] = assets[chance() % assets.size()];
      if (at != place || !n.ledger->book().Asset(asset)) continue;
      if (what <= 5) {
        Inspect(n, at, asset, static_cast<rec::InspectionResult>(1 + chance() % 9),
                t - static_cast<int64_t>(chance() % 400) * kDay);
      } else if (what == 6) {
        rec::Asset change;
        change.set_grade(static_cast<rec::Grade>(1 + chance() % 4));
        c.Save(n, RealCounty::Internal(at), change, asset);
      } else {
        rec::Defect defect;
        *defect.mutable_asset() = Ref(asset, at);
        defect.set_description("漏水");
        const RecordId id = c.Save(n, RealCounty::Internal(at), defect);
        if (chance() % 2 == 0) c.Act(n, ledger::kDefectType, id, rec::STEP_ACT_SELF_REPAIR);
      }
    }
    if (chance() % 20 == 0) c.SyncAll();
  }
  c.SyncAll();
  for (int i = 0; i < 50; ++i) {
    Cut cut;
    if (chance() % 2 == 0) cut.place = chance() % 2 == 0 ? c.village_a : c.village_b;
    if (chance() % 2 == 0) cut.grade = static_cast<uint32_t>(1 + chance() % 4);
    if (chance() % 3 == 0) cut.facility_class = static_cast<uint32_t>(1 + chance() % 8);
    if (chance() % 4 == 0) cut.condition = static_cast<uint32_t>(1 + chance() % 4);
    if (chance() % 2 == 0) cut.from_month = ledger::MonthOf(t) - static_cast<int>(chance() % 12);
    const std::vector<Dim> by = {static_cast<Dim>(chance() % 8), static_cast<Dim>(chance() % 8)};
    const ledger::Summary city = c.city.ledger->book().Summarise(cut, by);
    const ledger::Summary town = c.town->ledger->book().Summarise(cut, by);
    EXPECT_EQ(city.rows, town.rows);
    EXPECT_EQ(city.total, SumOfDetail(c.city.ledger->book(), cut));
    EXPECT_EQ(town.total, SumOfDetail(c.town->ledger->book(), cut));
    ledger::Measures rows;
    for (const auto& [k, m] : city.rows) rows.Add(m);
    EXPECT_EQ(rows, city.total);
    cut.place = c.village_a;
    EXPECT_EQ(c.a->ledger->book().Summarise(cut, by).rows, c.city.ledger->book().Summarise(cut, by).rows);
  }
  const auto all = c.city.ledger->book().Summarise({}, {}).total;
  EXPECT_GT(all.inspections, 50u);
  EXPECT_GT(all.defects, 5u);
  ExpectRebuildsEqual();
  c.town->Stop();
  ASSERT_TRUE(c.town->Start().ok());
  EXPECT_EQ(c.town->ledger->book().Summarise({}, {}).total, all);
  ASSERT_TRUE(c.town->ledger->Rebuild(*c.town->node, false).ok());
  EXPECT_EQ(c.town->ledger->book().Summarise({}, {}).total, all);
}

// The control of the check above: a row that was meddled with is found.
TEST_F(Book, AMeddledRowIsFound) {
  const RecordId pump = Asset(*c.a, c.village_a, rec::GRADE_A, rec::FACILITY_CLASS_WATER, "泵");
  auto row = *c.a->ledger->book().Asset(pump);
  row.grade = rec::GRADE_D;
  store::Batch batch;
  batch.Put(store::Table::kView, ledger::KeyOf(ledger::View::kAsset, pump), ledger::Encode(row));
  ASSERT_TRUE(c.a->mem->Commit(batch, store::Durability::kSynced).ok());
  c.a->Stop();
  ASSERT_TRUE(c.a->Start().ok());
  const auto faults = c.a->ledger->Rebuild(*c.a->node, true);
  ASSERT_TRUE(faults.ok());
  EXPECT_EQ(faults->size(), 1u);
  // A row that no record gives is found too.
  ASSERT_TRUE(c.a->ledger->Rebuild(*c.a->node, false).ok());
  row.id.seq += 100;
  batch.Clear();
  batch.Put(store::Table::kView, ledger::KeyOf(ledger::View::kAsset, row.id), ledger::Encode(row));
  ASSERT_TRUE(c.a->mem->Commit(batch, store::Durability::kSynced).ok());
  EXPECT_EQ(c.a->ledger->Rebuild(*c.a->node, true)->size(), 1u);
}

// Rows that cannot be read never keep work from being saved, and are never taken for the whole.
TEST_F(Book, ADamagedRowIsToldAndMadeAnew) {
  const RecordId pump = Asset(*c.a, c.village_a, rec::GRADE_A, rec::FACILITY_CLASS_WATER, "泵");
  store::Batch batch;
  batch.Put(store::Table::kView, ledger::KeyOf(ledger::View::kAsset, pump), "x");
  ASSERT_TRUE(c.a->mem->Commit(batch, store::Durability::kSynced).ok());
  c.a->Stop();
  EXPECT_EQ(c.a->Start().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(c.a->ledger->book().Asset(pump));
  EXPECT_TRUE(c.a->ledger->damaged());
  Inspect(*c.a, c.village_a, pump, rec::INSPECTION_RESULT_OK, absl::ToUnixMillis(c.now));
  EXPECT_EQ(c.a->ledger->Load(*c.a->node).code(), absl::StatusCode::kDataLoss) << "until somebody rebuilds";
  ASSERT_TRUE(c.a->ledger->Rebuild(*c.a->node, false).ok());
  EXPECT_FALSE(c.a->ledger->damaged());
  EXPECT_EQ(c.a->ledger->book().Asset(pump)->months.size(), 1u);
  ExpectRebuildsEqual();
}

TEST_F(Book, AMarkSaysTheSameForever) {
  const RecordId pump = Asset(*c.a, c.village_a, rec::GRADE_A, rec::FACILITY_CLASS_WATER, "泵");
  const int64_t t = absl::ToUnixMillis(c.now);
  Inspect(*c.a, c.village_a, pump, rec::INSPECTION_RESULT_OK, t);
  c.SyncAll();
  const std::vector<Dim> by = {Dim::kPlace, Dim::kGrade, Dim::kCondition};
  const auto then = c.city.ledger->book().Summarise({}, by);
  const std::string mark = ledger::EncodePoints(ledger::PointsOf(*c.city.node, {}));
  const RecordId wrong = Inspect(*c.a, c.village_a, pump, rec::INSPECTION_RESULT_BROKEN, t - kDay);
  rec::Asset change;
  change.set_grade(rec::GRADE_D);
  c.Save(*c.town, RealCounty::Internal(c.village_a), change, pump);
  Asset(*c.b, c.village_b, rec::GRADE_B, rec::FACILITY_CLASS_ROAD, "桥");
  c.SyncAll();
  // The city voids a change that the mark had not seen, too.
  ASSERT_TRUE(c.city.node->Decide({wrong.scope, wrong.origin}, {wrong.seq}, false, "错", {}, c.now).ok());
  c.SyncAll();
  EXPECT_NE(c.city.ledger->book().Summarise({}, by).rows, then.rows);
  for (RealNode* n : {&c.city, c.town.get()}) {
    for (int again = 0; again < 2; ++again) {
      const auto past =
          ledger::Past::At(*n->node, n->trust, n->rules, HouseSchema(), c.county, ledger::DecodePoints(mark).value());
      ASSERT_TRUE(past.ok()) << past.status();
      EXPECT_TRUE((*past)->missing().empty() || n != &c.city);
      EXPECT_EQ((*past)->ledger().book().Summarise({}, by).rows, then.rows);
    }
  }
  EXPECT_FALSE(ledger::DecodePoints(mark.substr(0, mark.size() - 1)).ok());
}

TEST_F(Book, FiveThingsMakeAnAssetClear) {
  const RecordId pump = Asset(*c.a, c.village_a, rec::GRADE_A, rec::FACILITY_CLASS_WATER, "泵");
  rec::Responsibility duty;
  *duty.mutable_asset() = Ref(pump, c.village_a);
  duty.set_scope_text("泵及管路");
  duty.set_ownership_text("村集体");
  c.SyncAll();
  c.Save(*c.town, RealCounty::Internal(c.village_a), duty);
  c.SyncAll();
  EXPECT_EQ(c.city.ledger->book().Asset(pump)->clear, ledger::kClearScope | ledger::kClearTitle);
  ExpectRebuildsEqual();
}

TEST(LedgerTypes, AreThoseOfTheSchema) {
  const schema::Schema& s = HouseSchema();
  const std::pair<const char*, uint32_t> types[] = {{"FacilityType", ledger::kFacilityTypeType},
                                                    {"Asset", ledger::kAssetType},
                                                    {"Task", ledger::kTaskType},
                                                    {"Inspection", ledger::kInspectionType},
                                                    {"Amendment", ledger::kAmendmentType},
                                                    {"Defect", ledger::kDefectType},
                                                    {"WorkOrder", ledger::kOrderType},
                                                    {"Remark", ledger::kRemarkType},
                                                    {"Step", ledger::kStepType},
                                                    {"Responsibility", ledger::kResponsibilityType},
                                                    {"Title", ledger::kTitleType},
                                                    {"Interest", ledger::kInterestType},
                                                    {"Mark", ledger::kMarkType},
                                                    {"BudgetLine", ledger::kBudgetLineType},
                                                    {"FundEntry", ledger::kFundEntryType},
                                                    {"VillageProject", ledger::kVillageProjectType},
                                                    {"Vote", ledger::kVoteType},
                                                    {"Bill", ledger::kBillType},
                                                    {"AssessmentRun", ledger::kAssessmentRunType},
                                                    {"ScoreLine", ledger::kScoreLineType},
                                                    {"PublicReport", ledger::kPublicReportType}};
  for (const auto& [name, number] : types) {
    ASSERT_NE(s.Type(absl::string_view(name)), nullptr) << name;
    EXPECT_EQ(s.Type(absl::string_view(name))->type, number) << name;
  }
}

TEST(LedgerMonths, AreTheCountysOwn) {
  EXPECT_EQ(ledger::MonthOf(0), 0);
  EXPECT_EQ(ledger::MonthOf(-8 * 3'600'000 - 1), -1);
  for (int month : {0, 1, 13, 600, 681}) {
    EXPECT_EQ(ledger::MonthOf(ledger::MonthStartMs(month)), month);
    EXPECT_EQ(ledger::MonthOf(ledger::MonthStartMs(month) - 1), month - 1);
  }
}

}  // namespace
}  // namespace guanhu::testing
