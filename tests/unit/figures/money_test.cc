#include <gtest/gtest.h>

#include <random>

#include "guanhu/records/v1/duty.pb.h"
#include "guanhu/records/v1/people.pb.h"
#include "guanhu/records/v1/work_order.pb.h"
#include "tests/unit/figures/money_county.h"

namespace guanhu::testing {
namespace {

int64_t Balance(MoneyCounty& c, RealNode& n) {
  return CellOf(Ask(c, n, "fund-balances"), {{"level", "Total"}}, "balance_fen").number;
}

TEST(MoneyFigures, ClaimsAreNoMoneyUntilTheyArePosted) {
  MoneyCounty c;
  const auto grant = c.Claim(c.city, rec::FUND_KIND_GRANT, 500'000, c.county);
  const auto spend = c.Claim(*c.a, rec::FUND_KIND_SPEND, 30'000, c.village_a);
  c.SyncAll();
  EXPECT_EQ(Ask(c, c.city, "fund-claims").rows.size(), 2u);
  EXPECT_EQ(Balance(c, c.city), 0);
  c.Post(grant);
  c.Post(spend);
  c.SyncAll();
  EXPECT_EQ(Ask(c, c.city, "fund-claims").rows.size(), 0u);
  EXPECT_EQ(Balance(c, c.city), 470'000);
  const auto t = Ask(c, c.city, "fund-balances");
  EXPECT_EQ(CellOf(t, {{"level", "Line"}, {"line", "日常管护"}}, "spent_fen").number, 30'000);
  EXPECT_EQ(CellOf(t, {{"level", "Pool"}, {"pool", "管护资金"}}, "income_fen").number, 500'000);
  // The village sees its own part only, and says nothing of what it does not hold.
  EXPECT_EQ(Balance(c, *c.a), -30'000);
}

TEST(MoneyFigures, ATabletCannotPost) {
  MoneyCounty c;
  const auto e = c.Claim(*c.a, rec::FUND_KIND_SPEND, 900, c.village_a);
  c.SyncAll();
  c.Approve(e);
  c.SyncAll();
  c.Fund(*c.a, e, rec::STEP_ACT_POST, c.keeper);
  EXPECT_EQ(c.FundState(*c.a, e), rec::FUND_STATE_APPROVED);
  c.SyncAll();
  for (RealNode* n : {c.a.get(), c.town.get(), &c.city}) {
    EXPECT_EQ(c.FundState(*n, e), rec::FUND_STATE_APPROVED);
    EXPECT_EQ(Balance(c, *n), 0);
  }
  // The act is kept and shown.
  EXPECT_EQ(CellOf(Ask(c, c.city, "fund-claims"), {}, "refused").number, 1);
  // Control: the same act by the township counts.
  c.Fund(*c.town, e, rec::STEP_ACT_POST, c.clerk);
  EXPECT_EQ(Balance(c, *c.town), -900);
}

TEST(MoneyFigures, AReversalNeedsTheWholeAmountAndTakesItBackOnce) {
  MoneyCounty c;
  const auto e = c.Claim(c.city, rec::FUND_KIND_SPEND, 700, c.county);
  c.Post(e);
  const auto part = c.Counter(c.city, e, rec::FUND_KIND_SPEND, 600);
  c.Reverse(e, part);
  EXPECT_EQ(c.FundState(c.city, e), rec::FUND_STATE_POSTED);  // not in full: without effect
  EXPECT_EQ(Balance(c, c.city), -700);
  const auto whole = c.Counter(c.city, e, rec::FUND_KIND_SPEND, 700);
  c.Reverse(e, whole);
  EXPECT_EQ(c.FundState(c.city, e), rec::FUND_STATE_REVERSED);
  EXPECT_EQ(Balance(c, c.city), 0);
  c.Post(whole);
  EXPECT_EQ(Balance(c, c.city), 0);
}

// Entries that nobody edits, posted and reversed in any order at city and township while parts of the county have not
// met: after all have met, everybody who holds the same entries sums them to the same balance, and it is the one that
// the fates of the entries say.
TEST(MoneyFigures, SumsAreTheBalanceOverRandomEntriesAndDeliveryOrders) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    MoneyCounty c;
    std::mt19937_64 random(seed);
    int64_t expected = 0;
    std::vector<std::pair<base::RecordId, int>> entries;  // wanted state
    const auto meet = [&] {
      switch (random() % 4) {
        case 0:
          return Meet(*c.a, *c.town, c.now);
        case 1:
          return Meet(*c.b, *c.town, c.now);
        case 2:
          return Meet(*c.town, c.city, c.now);
        default:
          return;
      }
    };
    struct Plan {
      base::RecordId id;
      rec::FundKind kind;
      int64_t fen;
      bool reversed, counter_posted;
    };
    std::vector<Plan> plans;
    for (int i = 0; i < 12; ++i) {
      RealNode* by[] = {c.a.get(), c.b.get(), c.town.get()};
      const base::PlaceId at[] = {c.village_a, c.village_b, c.village_a};
      const size_t who = random() % 3;
      const rec::FundKind kind = random() % 2 == 0 ? rec::FUND_KIND_LEVY : rec::FUND_KIND_SPEND;
      const int64_t fen = 1 + static_cast<int64_t>(random() % 100'000);
      plans.push_back({c.Claim(*by[who], kind, fen, at[who]), kind, fen, random() % 3 == 0, random() % 2 == 0});
      meet();
    }
    c.SyncAll();
    std::shuffle(plans.begin(), plans.end(), random);
    std::vector<std::pair<base::RecordId, const Plan*>> counters;
    for (const Plan& p : plans) {
      c.Approve(p.id);
      meet();
      if (random() % 2 == 0) c.SyncAll();
      const bool at_town = c.FundState(*c.town, p.id) == rec::FUND_STATE_APPROVED;
      c.Fund(at_town ? *c.town : c.city, p.id, rec::STEP_ACT_POST, c.clerk);
      expected += p.reversed ? 0 : p.kind == rec::FUND_KIND_LEVY ? p.fen : -p.fen;
      if (p.reversed) counters.emplace_back(c.Counter(c.city, p.id, p.kind, p.fen), &p);
      meet();
    }
    c.SyncAll();
    std::shuffle(counters.begin(), counters.end(), random);
    for (const auto& [counter, p] : counters) {
      if (p->counter_posted) c.Post(counter);
      if (!p->counter_posted || random() % 2 == 0) c.Reverse(p->id, counter);
      meet();
    }
    c.SyncAll();
    EXPECT_EQ(Balance(c, c.city), expected) << "seed " << seed;
    EXPECT_EQ(Balance(c, *c.town), expected) << "seed " << seed;
    EXPECT_EQ(CellOf(Ask(c, *c.a, "fund-balances", {}, 0, 0, c.village_a), {{"level", "Total"}}, "entries").known,
              true);
    for (RealNode* n : {c.town.get(), &c.city}) {
      const auto faults = n->ledger->Rebuild(*n->node, true);
      ASSERT_TRUE(faults.ok());
      EXPECT_TRUE(faults->empty()) << faults->front();
    }
  }
}

// One receipt, two claims, posted without knowing of each other. `city_first` decides who tells the city first.
struct TwoPostings {
  MoneyCounty c;
  base::PlaceId other_town;
  std::unique_ptr<RealNode> town2;
  base::RecordId first, second;

  explicit TwoPostings(bool second_first) {
    other_town = c.AddPlace("乙镇", c.county, rec::PLACE_KIND_TOWN);
    town2 = c.AddDevice("town2", other_town, domain::Tier::kTownship);
    c.SyncAll();
    Meet(*town2, c.city, c.now);
    first = c.Claim(*c.a, rec::FUND_KIND_SPEND, 1'000, c.village_a, "receipt");
    second = c.Claim(*town2, rec::FUND_KIND_SPEND, 1'000, other_town, "receipt");
    All(false);
    c.Approve(first);
    c.Approve(second);
    All(false);
    c.Fund(*c.town, first, rec::STEP_ACT_POST, c.clerk);
    c.Fund(*town2, second, rec::STEP_ACT_POST, c.clerk);
    All(second_first);
  }
  void All(bool second_first) {
    if (second_first) Meet(*town2, c.city, c.now);
    c.SyncAll();
    Meet(*town2, c.city, c.now);
    c.SyncAll();
  }
};

TEST(MoneyFigures, OneReceiptPostedAtTwoTownshipsCountsOnceInEitherOrder) {
  for (const bool second_first : {false, true}) {
    TwoPostings t(second_first);
    EXPECT_EQ(t.c.FundState(t.c.city, t.first), rec::FUND_STATE_POSTED);
    EXPECT_EQ(t.c.FundState(t.c.city, t.second), rec::FUND_STATE_APPROVED);  // kept, without effect
    EXPECT_EQ(Balance(t.c, t.c.city), -1'000);
    const auto twice = Ask(t.c, t.c.city, "receipts-twice");
    ASSERT_EQ(twice.rows.size(), 2u);  // flagged, both kept
    EXPECT_EQ(CellOf(twice, {{"code", figures::Desk::Code(t.first)}}, "effective").number, 1);
    EXPECT_EQ(CellOf(twice, {{"code", figures::Desk::Code(t.second)}}, "effective").number, 0);
    const auto faults = t.c.city.ledger->Rebuild(*t.c.city.node, true);
    ASSERT_TRUE(faults.ok());
    EXPECT_TRUE(faults->empty()) << faults->front();
    // Control: without the rule both would stand.
    const auto without = ledger::LifeOf(*t.c.city.node, HouseSchema(), *t.c.city.ledger, ledger::kFundEntryType,
                                        t.second, domain::Facts{});
    ASSERT_TRUE(without.ok());
    EXPECT_EQ(without->life.state, rec::FUND_STATE_POSTED);
  }
}

TEST(MoneyFigures, APostingThatNobodyMayDoShutsNobodyOut) {
  MoneyCounty c;
  const auto mine = c.Claim(*c.a, rec::FUND_KIND_SPEND, 50, c.village_a, "receipt");
  const auto other = c.Claim(*c.b, rec::FUND_KIND_SPEND, 50, c.village_b, "receipt");
  c.Fund(*c.a, mine, rec::STEP_ACT_POST, c.keeper);  // a tablet posts its own claim
  c.SyncAll();
  c.Post(other);
  EXPECT_EQ(c.FundState(c.city, other), rec::FUND_STATE_POSTED);
  EXPECT_EQ(Balance(c, c.city), -50);
}

TEST(MoneyFigures, AReceiptWhosePostingWasReversedCanBePostedWhereItBelongs) {
  MoneyCounty c;
  const auto wrong = c.Claim(c.city, rec::FUND_KIND_SPEND, 50, c.county, "receipt");
  c.Post(wrong);
  c.Reverse(wrong, c.Counter(c.city, wrong, rec::FUND_KIND_SPEND, 50));
  const auto right = c.Claim(c.city, rec::FUND_KIND_SPEND, 50, c.county, "receipt");
  c.Post(right);
  EXPECT_EQ(c.FundState(c.city, right), rec::FUND_STATE_POSTED);
  EXPECT_EQ(Balance(c, c.city), -50);
}

TEST(MoneyFigures, SourcesAndLeverage) {
  MoneyCounty c;
  for (const auto& [kind, fen] : std::vector<std::pair<rec::FundKind, int64_t>>{{rec::FUND_KIND_GRANT, 40'000},
                                                                                {rec::FUND_KIND_SUBSIDY, 10'000},
                                                                                {rec::FUND_KIND_DONATION, 20'000},
                                                                                {rec::FUND_KIND_PRODUCER, 5'000},
                                                                                {rec::FUND_KIND_SPEND, 1'000}})
    c.Post(c.Claim(c.city, kind, fen, c.county));
  const auto sources = Ask(c, c.city, "fund-sources");
  EXPECT_EQ(CellOf(sources, {{"source", "Donation"}}, "amount_fen").number, 20'000);
  EXPECT_EQ(CellOf(sources, {{"source", "Donation"}}, "share_bp").number, 2'667);
  EXPECT_EQ(CellOf(sources, {{"source", "Loan"}}, "amount_fen").number, 0);
  EXPECT_EQ(CellOf(sources, {{"source", "Total"}}, "amount_fen").number, 75'000);
  for (const char* by : {"programme", "line", "pool"}) {
    const auto leverage = Ask(c, c.city, "leverage", {{"by", by}});
    EXPECT_EQ(CellOf(leverage, {{by, "Total"}}, "leverage_bp").number, 5'000) << by;
    EXPECT_EQ(leverage.rows.size(), 2u) << by;
  }
}

struct Village : MoneyCounty {
  base::RecordId project;
  base::PersonId head{21};

  explicit Village(int64_t levy, int64_t cap = 1'500) {
    rec::VillageProject p;
    p.set_title("修渠");
    p.set_motion("每人筹资修渠");
    p.set_eligible(10);
    p.set_levy_per_head_fen(levy);
    p.set_heads(30);
    project = Save(*a, Internal(village_a), p, {}, "", head);
    SyncAll();
    rec::VillageProject caps;
    caps.set_quorum_bp(5'000);
    caps.set_per_head_cap_fen(cap);
    Save(*town, Internal(village_a), caps, project, "", clerk);
    SyncAll();
    Do(*a, rec::STEP_ACT_MEET);
  }
  base::RecordId Do(RealNode& n, rec::StepAct act) {
    return Act(n, ledger::kVillageProjectType, project, act, {}, head);
  }
  void Vote(RealNode& n, const std::string& who, rec::VoteChoice choice) {
    rec::Vote v;
    *v.mutable_project() = schema::ToRef(project, project.scope);
    v.set_voter(who);
    v.set_choice(choice);
    Save(n, project.scope, v, {}, "", head);
  }
  int State(RealNode& n) { return StateOf(n, ledger::kVillageProjectType, project); }
};

TEST(VillageFigures, AVoteWithoutQuorumNeverReachesThePublicNotice) {
  Village v(1'000);
  for (const char* who : {"甲", "乙", "丙", "丁"}) v.Vote(*v.a, who, rec::VOTE_CHOICE_YES);
  v.Vote(*v.a, "丁", rec::VOTE_CHOICE_YES);  // a second vote of one voter
  v.Do(*v.a, rec::STEP_ACT_COUNT_VOTES);
  EXPECT_EQ(v.State(*v.a), rec::VILLAGE_PROJECT_STATE_VOTING);
  v.SyncAll();
  v.Do(*v.town, rec::STEP_ACT_TOWNSHIP_REVIEW);
  v.Do(*v.a, rec::STEP_ACT_ANNOUNCE);
  v.SyncAll();
  for (RealNode* n : {v.a.get(), v.town.get(), &v.city}) EXPECT_EQ(v.State(*n), rec::VILLAGE_PROJECT_STATE_VOTING);
  const auto t = Ask(v, v.city, "village-projects");
  EXPECT_EQ(CellOf(t, {{"title", "修渠"}}, "votes_cast").number, 4);
  EXPECT_EQ(CellOf(t, {{"title", "修渠"}}, "turnout_bp").number, 4'000);
  EXPECT_EQ(CellOf(t, {{"title", "修渠"}}, "refused").number, 3);
  // Control: the fifth voter makes the quorum.
  v.Vote(*v.a, "戊", rec::VOTE_CHOICE_NO);
  v.Do(*v.a, rec::STEP_ACT_COUNT_VOTES);
  v.SyncAll();
  v.Do(*v.town, rec::STEP_ACT_TOWNSHIP_REVIEW);
  v.Do(*v.town, rec::STEP_ACT_ANNOUNCE);
  EXPECT_EQ(v.State(*v.town), rec::VILLAGE_PROJECT_STATE_ANNOUNCED);
}

TEST(VillageFigures, ALevyAboveTheCapNeverReachesThePublicNotice) {
  Village v(1'501);
  for (const char* who : {"甲", "乙", "丙", "丁", "戊"}) v.Vote(*v.a, who, rec::VOTE_CHOICE_YES);
  v.Do(*v.a, rec::STEP_ACT_COUNT_VOTES);
  v.SyncAll();
  v.Do(*v.town, rec::STEP_ACT_TOWNSHIP_REVIEW);
  v.Do(*v.town, rec::STEP_ACT_ANNOUNCE);
  EXPECT_EQ(v.State(*v.town), rec::VILLAGE_PROJECT_STATE_PASSED);
}

// The levy is raised at the village while the township reviews what it was before.
TEST(VillageFigures, ALevyRaisedBesideTheReviewFallsBackInEitherOrder) {
  for (const bool village_first : {false, true}) {
    Village v(1'500);
    for (const char* who : {"甲", "乙", "丙", "丁", "戊"}) v.Vote(*v.a, who, rec::VOTE_CHOICE_YES);
    v.Do(*v.a, rec::STEP_ACT_COUNT_VOTES);
    v.SyncAll();
    EXPECT_EQ(v.State(*v.town), rec::VILLAGE_PROJECT_STATE_PASSED);
    rec::VillageProject higher;
    higher.set_levy_per_head_fen(2'000);
    v.Save(*v.a, v.project.scope, higher, v.project, "", v.head);
    v.Do(*v.town, rec::STEP_ACT_TOWNSHIP_REVIEW);
    v.Do(*v.town, rec::STEP_ACT_ANNOUNCE);
    EXPECT_EQ(v.State(*v.town), rec::VILLAGE_PROJECT_STATE_ANNOUNCED);
    if (village_first) Meet(*v.a, *v.town, v.now);
    v.SyncAll();
    for (RealNode* n : {v.a.get(), v.town.get(), &v.city}) {
      EXPECT_EQ(v.State(*n), rec::VILLAGE_PROJECT_STATE_PASSED);
      EXPECT_EQ(CellOf(Ask(v, *n, "village-projects"), {}, "refused").number, 2);
    }
  }
}

TEST(VillageFigures, PledgesBillsLoansAndMoneyRaised) {
  MoneyCounty c;
  rec::Pledge cash;
  cash.set_kind(rec::PLEDGE_KIND_CASH);
  cash.set_amount_fen(5'000);
  const auto pledge = c.Save(*c.a, c.Internal(c.village_a), cash, {}, "", c.keeper);
  rec::Pledge labour;
  labour.set_kind(rec::PLEDGE_KIND_LABOUR);
  labour.set_labour_days(7);
  const auto days = c.Save(*c.a, c.Internal(c.village_a), labour, {}, "", c.keeper);
  c.Act(*c.a, HouseSchema().TypeOf(labour)->type, days, rec::STEP_ACT_FINISH, {}, c.keeper);
  rec::Bill bill;
  bill.set_amount_fen(300);
  bill.set_due_ms(absl::ToUnixMillis(c.now) - 1);
  c.Save(*c.a, c.Internal(c.village_a), bill, {}, "", c.keeper);
  const auto paid = c.Save(*c.a, c.Internal(c.village_a), bill, {}, "", c.keeper);
  rec::Step pay;
  pay.set_amount_fen(300);
  c.Act(*c.a, ledger::kBillType, paid, rec::STEP_ACT_PAY, pay, c.keeper);
  rec::Loan loan;
  loan.set_lender("农商行");
  loan.set_principal_fen(1'000'000);
  for (const int64_t due : {int64_t{1}, absl::ToUnixMillis(c.now) + 86'400'000}) {
    loan.add_schedule()->set_due_ms(due);
    loan.mutable_schedule(loan.schedule_size() - 1)->set_amount_fen(2'000);
  }
  const auto loan_id = c.Save(c.city, c.Internal(c.county), loan, {}, "", c.officer);
  c.SyncAll();
  rec::FundEntry came = c.Entry(rec::FUND_KIND_DONATION, 4'000, c.village_a);
  *came.mutable_cause() = schema::ToRef(pledge, c.Internal(c.village_a));
  c.Post(c.Save(c.city, c.Internal(c.village_a), came, {}, "", c.keeper));
  rec::FundEntry subsidy = c.Entry(rec::FUND_KIND_SUBSIDY, 1'500, c.county);
  *subsidy.mutable_cause() = schema::ToRef(loan_id, c.Internal(c.county));
  c.Post(c.Save(c.city, c.Internal(c.county), subsidy, {}, "", c.keeper));

  const auto pledges = Ask(c, c.city, "contributions");
  EXPECT_EQ(CellOf(pledges, {{"township", "Total"}, {"kind", "Cash"}}, "received_fen").number, 4'000);
  EXPECT_EQ(CellOf(pledges, {{"township", "镇"}, {"kind", "Labour"}}, "kept_days").number, 7);
  const auto bills = Ask(c, c.city, "bills");
  EXPECT_EQ(CellOf(bills, {{"tariff", "Total"}}, "paid_fen").number, 300);
  EXPECT_EQ(CellOf(bills, {{"tariff", "Total"}}, "arrears_fen").number, 300);
  EXPECT_EQ(CellOf(bills, {{"tariff", "Total"}}, "collected_bp").number, 5'000);
  const auto loans = Ask(c, c.city, "loans");
  EXPECT_EQ(CellOf(loans, {{"lender", "农商行"}}, "due_fen").number, 2'000);
  EXPECT_EQ(CellOf(loans, {{"lender", "农商行"}}, "paid_fen").number, 1'500);
  EXPECT_EQ(CellOf(loans, {{"lender", "农商行"}}, "arrears_fen").number, 500);
}

TEST(CostFigures, TheFormAndUnitCostsComeFromEntries) {
  MoneyCounty c;
  rec::FacilityType type;
  type.set_name_zh("水源井");
  const auto type_id = c.Save(c.city, c.city.node->county_scope(), type);
  rec::Asset asset;
  asset.set_name("东井");
  *asset.mutable_type() = schema::ToRef(type_id, c.Internal(c.village_a));
  const auto well = c.Save(*c.a, c.Internal(c.village_a), asset);
  const auto other = c.Save(*c.a, c.Internal(c.village_a), asset);
  c.SyncAll();
  rec::FundEntry spend = c.Entry(rec::FUND_KIND_SPEND, 300'000, c.village_a);
  *spend.mutable_asset() = schema::ToRef(well, c.Internal(c.village_a));
  c.Post(c.Save(c.city, c.Internal(c.village_a), spend, {}, "", c.keeper));
  rec::FundPerformance form;
  *form.mutable_line() = schema::ToRef(c.line, c.city.node->county_scope());
  form.set_year(2026);
  rec::PerformanceTarget* t = form.add_targets();
  t->set_group(rec::TARGET_GROUP_QUANTITY);
  t->set_name("维修井数");
  t->set_target(2);
  t->set_actual(1);
  c.Save(c.city, c.city.node->county_scope(), form);
  const auto table = Ask(c, c.city, "fund-performance");
  EXPECT_EQ(CellOf(table, {{"part", "Execution rate"}}, "actual").text, "30.00%");
  EXPECT_EQ(CellOf(table, {{"part", "Execution rate"}}, "points_bp").number, 300);
  EXPECT_EQ(CellOf(table, {{"part", "Execution rate"}}, "cost_per_asset_fen").number, 300'000);
  EXPECT_EQ(CellOf(table, {{"part", "Outputs"}}, "points_bp").number, 2'500);
  EXPECT_FALSE(CellOf(table, {{"part", "Satisfaction"}}, "points_bp").known);
  EXPECT_EQ(CellOf(table, {{"part", "Total"}}, "points_bp").number, 2'800);
  const auto costs = Ask(c, c.city, "unit-costs");
  EXPECT_EQ(CellOf(costs, {{"type", "水源井"}}, "assets").number, 2);
  EXPECT_EQ(CellOf(costs, {{"type", "水源井"}}, "cost_per_asset_fen").number, 150'000);
  EXPECT_FALSE(CellOf(costs, {{"type", "水源井"}}, "cost_per_order_fen").known);
  rec::Interest share;
  *share.mutable_asset() = schema::ToRef(other, c.Internal(c.village_a));
  share.set_kind(rec::INTEREST_KIND_INVEST);
  share.set_share_bp(6'000);
  c.Save(c.city, c.Internal(c.village_a), share);
  EXPECT_NE(CellOf(Ask(c, c.city, "interests"), {}, "warning").text, "");
  share.set_share_bp(4'000);
  c.Save(c.city, c.Internal(c.village_a), share);
  EXPECT_EQ(CellOf(Ask(c, c.city, "interests"), {}, "warning").text, "");
  rec::Contract contract;
  *contract.add_assets() = schema::ToRef(well, c.Internal(c.village_a));
  const auto contract_id = c.Save(c.city, c.Internal(c.village_a), contract);
  const uint32_t contract_type = HouseSchema().TypeOf(contract)->type;
  EXPECT_EQ(CellOf(Ask(c, c.city, "contracts"), {{"township", "Total"}}, "under_contract").number, 0);
  rec::Step sign;
  sign.add_photos("sheet");
  c.Act(c.city, contract_type, contract_id, rec::STEP_ACT_SIGN, sign, c.officer);
  c.Act(c.city, contract_type, contract_id, rec::STEP_ACT_ACTIVATE, {}, c.officer);
  EXPECT_EQ(CellOf(Ask(c, c.city, "contracts"), {{"township", "Total"}}, "share_bp").number, 5'000);
}

}  // namespace
}  // namespace guanhu::testing
