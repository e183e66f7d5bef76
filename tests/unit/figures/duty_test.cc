#include <gtest/gtest.h>

#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/duty.pb.h"
#include "guanhu/records/v1/fund.pb.h"
#include "guanhu/records/v1/people.pb.h"
#include "guanhu/records/v1/technique.pb.h"
#include "tests/unit/figures/people_county.h"

namespace guanhu::testing {
namespace {

namespace rec = records::v1;
using base::RecordId;

class Duty : public ::testing::Test {
 protected:
  void SetUp() override {
    rec::FacilityType t;
    t.set_name_zh("泵站");
    t.set_facility_class(rec::FACILITY_CLASS_WATER);
    *t.mutable_department() = c.Ref(AddOrg("水利局", rec::ORG_KIND_BUREAU), c.Published(c.kCounty));
    type = c.Save(*c.city, c.Published(c.kCounty), t);
    c.SyncAll();
  }
  RecordId AddOrg(const std::string& name, rec::OrgKind kind) {
    rec::Org o;
    o.set_name(name);
    o.set_kind(kind);
    o.add_classes(rec::FACILITY_CLASS_WATER);
    return c.Save(*c.city, c.Published(c.kCounty), o);
  }
  RecordId AddAsset(PeopleStation& at, const std::string& name) {
    rec::Asset a;
    a.set_name(name);
    a.set_state(rec::ASSET_STATE_IN_USE);
    a.set_facility_class(rec::FACILITY_CLASS_WATER);
    *a.mutable_type() = c.Ref(type, c.Internal(at.place));
    return c.Save(at, c.Internal(at.place), a);
  }
  void AddRule(base::PlaceId place, const RecordId& department, bool of_type, const std::string& phone) {
    rec::RoutingRule r;
    r.set_place(place.value);
    *r.mutable_department() = c.Ref(department, c.Published(c.kCounty));
    r.set_contact_phone(phone);
    if (of_type) *r.mutable_facility_type() = c.Ref(type, c.Published(c.kCounty));
    if (!of_type) r.set_facility_class(rec::FACILITY_CLASS_WATER);
    c.Save(*c.city, c.Published(c.kCounty), r);
  }

  PeopleCounty c;
  RecordId type;
};

TEST_F(Duty, TheFourLacksGoAsTheyAreFilled) {
  AddAsset(*c.a1, "甲");
  AddAsset(*c.b1, "乙");
  c.SyncAll();
  figures::Table gaps = c.Tell(*c.town, "gaps");
  ASSERT_EQ(gaps.rows.size(), 2u);
  EXPECT_EQ(Text(gaps, RowOf(gaps, "place", "东村"), "lacks"), "4");
  // A duty for the place and type, a standard, an expert and a budget line of the village.
  rec::Responsibility duty;
  duty.set_place(c.east.value);
  *duty.mutable_facility_type() = c.Ref(type, c.Internal(c.east));
  *duty.mutable_manager_org() = c.Ref(AddOrg("村委会", rec::ORG_KIND_VILLAGE_COMMITTEE), c.Internal(c.east));
  *duty.mutable_maintainer_org() = duty.manager_org();
  duty.set_model(rec::MAINTENANCE_MODEL_COLLECTIVE);
  duty.set_from_ms(1);
  c.Save(*c.town, c.Internal(c.east), duty);
  gaps = c.Tell(*c.town, "gaps");
  EXPECT_EQ(Text(gaps, RowOf(gaps, "place", "东村"), "no_person"), "0");
  EXPECT_EQ(Text(gaps, RowOf(gaps, "place", "西村"), "no_person"), "1") << "the duty is the other village's";
  rec::Standard standard;
  standard.set_title("泵站");
  standard.set_version(1);
  *standard.mutable_facility_type() = c.Ref(type, c.Published(c.kCounty));
  c.Save(*c.city, c.Published(c.kCounty), standard);
  rec::Expert expert;
  rec::Person person;
  person.set_name("王工");
  *expert.mutable_person() = c.Ref(c.Save(*c.city, c.Internal(c.kCounty), person), c.Internal(c.kCounty));
  expert.add_classes(rec::FACILITY_CLASS_WATER);
  c.Save(*c.city, c.Internal(c.kCounty), expert);
  c.SyncAll();
  gaps = c.Tell(*c.city, "gaps");
  EXPECT_EQ(Text(gaps, RowOf(gaps, "place", "东村"), "lacks"), "1") << "only the money is missing";
  rec::BudgetLine line;
  rec::FundPool pool;
  pool.set_name("管护资金");
  pool.set_kind(rec::POOL_KIND_GOVERNMENT);
  *line.mutable_pool() = c.Ref(c.Save(*c.city, c.Published(c.kCounty), pool), c.Published(c.kCounty));
  line.set_year(2026);
  line.set_place(c.east.value);
  line.set_amount_fen(100'000);
  c.Save(*c.city, c.Published(c.kCounty), line);
  gaps = c.Tell(*c.city, "gaps");
  EXPECT_EQ(Text(gaps, RowOf(gaps, "place", "东村"), "lacks"), "0");
  figures::Question list = c.Ask();
  list.args["list"] = "assets";
  EXPECT_EQ(c.Tell(*c.city, "gaps", list).rows.size(), 1u) << "nothing is missing of the first";
  const figures::Table warnings = c.Tell(*c.city, "handover-warnings");
  ASSERT_EQ(warnings.rows.size(), 2u);
  EXPECT_EQ(Text(warnings, RowOf(warnings, "asset", "甲"), "no_owner"), "yes");
  EXPECT_EQ(Text(warnings, RowOf(warnings, "asset", "甲"), "no_fund"), "no");
}

TEST_F(Duty, TheDutyOfTheAssetBeatsThatOfItsPlaceWhileItHolds) {
  const RecordId pump = AddAsset(*c.a1, "甲");
  c.SyncAll();
  rec::Responsibility duty;
  duty.set_place(c.township.value);
  duty.set_model(rec::MAINTENANCE_MODEL_GOVERNMENT);
  duty.set_from_ms(1);
  c.Save(*c.town, c.Published(c.township), duty);
  rec::Responsibility own;
  *own.mutable_asset() = c.Ref(pump, pump.scope);
  own.set_model(rec::MAINTENANCE_MODEL_CONTRACTED);
  own.set_from_ms(1);
  own.set_to_ms(c.Ms() + 86'400'000);
  own.set_scope_text("站房与机组");
  c.Save(*c.town, pump.scope, own);
  c.SyncAll();
  EXPECT_EQ(Text(c.Tell(*c.a1, "duties"), 0, "basis"), "the asset");
  EXPECT_EQ(Text(c.Tell(*c.a1, "models"), 0, "model"), "Contracted service");
  EXPECT_EQ(Text(c.Tell(*c.a1, "models"), 0, "share_bp"), "10000");
  c.now += absl::Hours(48);
  EXPECT_EQ(Text(c.Tell(*c.a1, "duties"), 0, "basis"), "place and type") << "the asset's own ended";
  EXPECT_NE(Text(c.Tell(*c.a1, "models"), 0, "model"), "Contracted service");
  const figures::Table complete = c.Tell(*c.city, "completeness");
  ASSERT_EQ(complete.rows.size(), 1u);
  EXPECT_EQ(Text(complete, 0, "scope"), "1");
  EXPECT_EQ(Text(complete, 0, "five_bp"), "2000");
  const figures::Table detail = c.Tell(*c.city, "detail");
  EXPECT_EQ(Text(detail, 0, "completeness_bp"), "2000") << "the ledger counts the same";
}

TEST_F(Duty, RoutingTakesTheNearestPlaceThenTheType) {
  const RecordId pump = AddAsset(*c.a1, "甲");
  c.SyncAll();
  figures::Question q = c.Ask();
  q.args["asset"] = base::ToText(pump);
  figures::Table t = c.Tell(*c.town, "routing", q);
  ASSERT_EQ(t.rows.size(), 1u);
  EXPECT_EQ(Text(t, 0, "department"), "水利局") << "without a rule the facility type decides";
  const RecordId other = AddOrg("农业农村局", rec::ORG_KIND_BUREAU);
  AddRule(c.kCounty, other, true, "county-type");
  AddRule(c.township, other, false, "town-class");
  AddRule(c.township, other, true, "town-type");
  AddRule(c.west, other, true, "west");
  c.SyncAll();
  t = c.Tell(*c.a1, "routing", q);
  ASSERT_EQ(t.rows.size(), 4u) << "the other village's rule is not for it";
  EXPECT_EQ(Text(t, 0, "phone"), "town-type");
  EXPECT_EQ(Text(t, 1, "phone"), "town-class");
  EXPECT_EQ(Text(t, 2, "phone"), "county-type");
  EXPECT_EQ(Text(t, 3, "source"), "facility type");
  figures::Question by_place = c.Ask();
  by_place.args = {{"place", "西村"}, {"type", "泵站"}};
  EXPECT_EQ(Text(c.Tell(*c.town, "routing", by_place), 0, "phone"), "west");
  by_place.args["place"] = "无此村";
  EXPECT_EQ(figures::Tell("routing", c.DeskOf(*c.town), by_place).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(Duty, DepartmentsNameTheirContacts) {
  const RecordId org = AddOrg("能源局", rec::ORG_KIND_BUREAU);
  rec::Person person;
  person.set_name("李科长");
  person.set_phone("0354-7000000");
  rec::Post post;
  *post.mutable_person() = c.Ref(c.Save(*c.city, c.Internal(c.kCounty), person), c.Internal(c.kCounty));
  *post.mutable_org() = c.Ref(org, c.Internal(c.kCounty));
  post.set_from_ms(1);
  c.Save(*c.city, c.Internal(c.kCounty), post);
  const figures::Table t = c.Tell(*c.city, "departments");
  ASSERT_EQ(t.rows.size(), 2u);
  EXPECT_EQ(Text(t, RowOf(t, "department", "能源局"), "contact"), "李科长");
  EXPECT_EQ(Text(t, RowOf(t, "department", "水利局"), "contact"), "");
  ASSERT_EQ(t.notes.size(), 1u);
  EXPECT_EQ(t.notes[0], "2 / 15 of the named bodies are listed, 1 without a contact");
}

TEST_F(Duty, TitlesAreCountedByLevelAndState) {
  const RecordId pump = AddAsset(*c.a1, "甲");
  c.SyncAll();
  rec::Title title;
  *title.mutable_asset() = c.Ref(pump, pump.scope);
  title.set_level(rec::TITLE_LEVEL_VILLAGE);
  title.set_owner_name("东村村委会");
  title.add_evidence(std::string(32, 'e'));
  title.set_notice_to_ms(c.Ms() + 7 * 86'400'000);
  const RecordId id = c.Save(*c.town, pump.scope, title);
  c.Act(*c.town, ledger::kTitleType, id, rec::STEP_ACT_ANNOUNCE);
  c.SyncAll();
  // An objection in the village and a confirmation at the township before the notice is over, unaware of each other.
  c.Act(*c.a1, ledger::kTitleType, id, rec::STEP_ACT_OBJECT, [](rec::Step& s) { s.set_reason("界线不清"); });
  c.Act(*c.town, ledger::kTitleType, id, rec::STEP_ACT_CONFIRM);
  c.SyncAll();
  const figures::Table t = c.Tell(*c.city, "titles");
  ASSERT_EQ(t.rows.size(), 1u);
  EXPECT_EQ(Text(t, 0, "objected"), "1");
  EXPECT_EQ(Text(t, 0, "confirmed"), "0");
  EXPECT_EQ(Text(c.Tell(*c.town, "inbox"), 0, "act"), "Answer the objection");
  figures::Question list = c.Ask();
  list.args = {{"list", "titles"}, {"state", "OBJECTED"}};
  EXPECT_EQ(c.Tell(*c.city, "titles", list).rows.size(), 1u);
  list.args["state"] = "CONFIRMED";
  EXPECT_EQ(c.Tell(*c.city, "titles", list).rows.size(), 0u);
}

}  // namespace
}  // namespace guanhu::testing
