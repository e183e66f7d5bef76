#include <gtest/gtest.h>

#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/people.pb.h"
#include "guanhu/records/v1/programme.pb.h"
#include "guanhu/records/v1/technique.pb.h"
#include "tests/unit/figures/people_county.h"

namespace guanhu::testing {
namespace {

namespace rec = records::v1;
using base::RecordId;

constexpr int64_t kDay = 24 * 3'600'000;

class People : public ::testing::Test {
 protected:
  RecordId AddPerson(PeopleStation& at, const std::string& name) {
    rec::Person p;
    p.set_name(name);
    return c.Save(at, c.Internal(at.place), p);
  }
  uint32_t Type(const char* name) { return c.schema().Type(absl::string_view(name))->type; }
  void ActAll(PeopleStation& at, const char* type, const RecordId& id, std::initializer_list<rec::StepAct> acts) {
    for (rec::StepAct act : acts) {
      c.person = base::PersonId{static_cast<uint64_t>(act) + 100};  // somebody else for each act
      c.Act(at, Type(type), id, act, [&](rec::Step& s) {
        s.set_reason("据实");
        *s.mutable_party() = c.Ref(id, id.scope);
        *s.mutable_other() = c.Ref(id, id.scope);
      });
    }
    c.person = {};
  }

  PeopleCounty c;
};

TEST_F(People, TheRosterNamesWhoStandsIn) {
  const RecordId wang = AddPerson(*c.a1, "王婶");
  const RecordId li = AddPerson(*c.a1, "李叔");
  rec::Roster r;
  *r.mutable_person() = c.Ref(wang, wang.scope);
  *r.mutable_cover() = c.Ref(li, li.scope);
  r.set_from_ms(c.Ms() - kDay);
  r.set_to_ms(c.Ms() + kDay);
  r.set_duty("防汛值班");
  c.Save(*c.a1, c.Internal(c.east), r);
  c.SyncAll();
  const figures::Table t = c.Tell(*c.town, "roster");
  ASSERT_EQ(t.rows.size(), 1u);
  EXPECT_EQ(Text(t, 0, "person"), "王婶");
  EXPECT_EQ(Text(t, 0, "on_duty"), "李叔");
  c.now += absl::Hours(48);
  EXPECT_TRUE(c.Tell(*c.town, "roster").rows.empty());
}

TEST_F(People, TheNearestSkilledPersonComesFirst) {
  const auto skill = [&](PeopleStation& at, const char* name, rec::FacilityClass of, int64_t expires) {
    rec::Skill s;
    *s.mutable_person() = c.Ref(AddPerson(at, name), c.Internal(at.place));
    s.set_kind("电工");
    s.set_facility_class(of);
    if (expires != 0) s.set_expires_ms(expires);
    c.Save(at, c.Internal(at.place), s);
  };
  skill(*c.city, "远", rec::FACILITY_CLASS_POWER, 0);
  skill(*c.b1, "邻村", rec::FACILITY_CLASS_POWER, 0);
  skill(*c.a1, "本村", rec::FACILITY_CLASS_POWER, 0);
  skill(*c.a1, "过期", rec::FACILITY_CLASS_POWER, c.Ms() - 1);
  skill(*c.a1, "水工", rec::FACILITY_CLASS_WATER, 0);
  rec::Asset lamp;
  lamp.set_name("路灯");
  lamp.set_facility_class(rec::FACILITY_CLASS_POWER);
  const RecordId id = c.Save(*c.a1, c.Internal(c.east), lamp);
  c.SyncAll();
  figures::Question q = c.Ask();
  q.args["asset"] = base::ToText(id);
  const figures::Table t = c.Tell(*c.city, "skills", q);
  ASSERT_EQ(t.rows.size(), 3u);
  EXPECT_EQ(Text(t, 0, "person"), "本村");
  EXPECT_EQ(Text(t, 1, "person"), "邻村");
  EXPECT_EQ(Text(t, 2, "person"), "远");
  EXPECT_EQ(Text(t, 2, "where"), "elsewhere");
}

TEST_F(People, TrainingCountsPeopleOnceAndCertificatesByTheirEnd) {
  rec::Course course;
  course.set_title("水泵维护");
  const RecordId id = c.Save(*c.town, c.Published(c.township), course);
  c.SyncAll();
  const RecordId wang = AddPerson(*c.a1, "王婶");
  for (PeopleStation* s : {c.a1.get(), c.a2.get()}) {  // both tablets scan her
    rec::Attendance a;
    *a.mutable_course() = c.Ref(id, c.Internal(c.east));
    *a.mutable_person() = c.Ref(wang, c.Internal(c.east));
    c.Save(*s, c.Internal(c.east), a);
  }
  for (int64_t days : {-1, 10, 400}) {
    rec::Certificate cert;
    *cert.mutable_course() = c.Ref(id, c.Internal(c.township));
    *cert.mutable_person() = c.Ref(wang, c.Internal(c.township));
    cert.set_expires_ms(c.Ms() + days * kDay);
    c.Save(*c.town, c.Internal(c.township), cert);
  }
  c.SyncAll();
  const figures::Table t = c.Tell(*c.city, "training");
  ASSERT_EQ(t.rows.size(), 1u);
  EXPECT_EQ(Text(t, 0, "attended"), "1");
  EXPECT_EQ(Text(t, 0, "certificates"), "3");
  EXPECT_EQ(Text(t, 0, "valid"), "2");
  EXPECT_EQ(Text(t, 0, "expiring"), "1");
  figures::Question list = c.Ask();
  list.args["list"] = "certificates";
  const figures::Table certificates = c.Tell(*c.town, "training", list);
  ASSERT_EQ(certificates.rows.size(), 3u);
  EXPECT_EQ(Text(certificates, 0, "validity"), "expired");
  EXPECT_EQ(Text(certificates, 1, "validity"), "expires soon");
}

TEST_F(People, TechniquesShowAdoptionAndSaving) {
  rec::TechItem tech;
  tech.set_name("保温套");
  tech.set_unit_cost_before_fen(1000);
  tech.set_unit_cost_after_fen(700);
  tech.set_promotion_class(rec::PROMOTION_CLASS_TRIAL);
  const RecordId id = c.Save(*c.city, c.Published(c.kCounty), tech);
  ActAll(*c.city, "TechItem", id, {rec::STEP_ACT_ASSESS, rec::STEP_ACT_CLASSIFY, rec::STEP_ACT_PROMOTE});
  c.SyncAll();
  for (PeopleStation* s : {c.a1.get(), c.a2.get(), c.b1.get()}) {
    rec::Adoption a;
    *a.mutable_technique() = c.Ref(id, c.Internal(s->place));
    a.set_place(s->place.value);
    const RecordId adoption = c.Save(*s, c.Internal(s->place), a);
    if (s == c.b1.get()) ActAll(*s, "Adoption", adoption, {rec::STEP_ACT_END});
  }
  c.SyncAll();
  const figures::Table t = c.Tell(*c.city, "techniques");
  ASSERT_EQ(t.rows.size(), 1u);
  EXPECT_EQ(Text(t, 0, "state"), "Promoted");
  EXPECT_EQ(Text(t, 0, "adoptions"), "1") << "two records of one village are one, and who ended it does not count";
  EXPECT_EQ(Text(t, 0, "saving_bp"), "3000");
  figures::Question none = c.Ask();
  none.args["class"] = "1";
  EXPECT_TRUE(c.Tell(*c.city, "techniques", none).rows.empty());
}

TEST_F(People, DemandsCountVotersOnceThoughTheyVotedOffline) {
  rec::Demand d;
  d.set_problem("冬天水表冻裂");
  const RecordId id = c.Save(*c.a1, c.Internal(c.east), d);
  const RecordId wang = AddPerson(*c.a1, "王婶");
  const RecordId li = AddPerson(*c.a1, "李叔");
  c.SyncAll();
  rec::Demand one;
  *one.add_votes() = c.Ref(wang, id.scope);
  c.Change(*c.a1, id, one);
  rec::Demand two;
  *two.add_votes() = c.Ref(wang, id.scope);
  *two.add_votes() = c.Ref(li, id.scope);
  c.Change(*c.a2, id, two);
  c.SyncAll();
  EXPECT_EQ(Text(c.Tell(*c.city, "demands"), 0, "votes"), "2");
  EXPECT_EQ(c.Tell(*c.town, "inbox").rows.size(), 1u);
}

TEST_F(People, QuestionsShowHowLongTheyWaited) {
  const auto ask = [&](const char* what) {
    rec::SupportRequest s;
    s.set_question(what);
    return c.Save(*c.a1, c.Internal(c.east), s);
  };
  const RecordId first = ask("水泵不转");
  ask("阀门漏水");
  c.SyncAll();
  const int64_t born = c.Life(*c.town, Type("SupportRequest"), first).born_ms;
  c.Act(*c.town, Type("SupportRequest"), first, rec::STEP_ACT_REPLY, [&](rec::Step& s) {
    s.set_reason("先查电源");
    s.set_at_ms(born + 45 * 60'000);
  });
  c.SyncAll();
  const figures::Table t = c.Tell(*c.a1, "support");
  ASSERT_EQ(t.rows.size(), 2u);
  EXPECT_EQ(Text(t, RowOf(t, "question", "水泵不转"), "minutes"), "45");
  EXPECT_EQ(Text(t, RowOf(t, "question", "阀门漏水"), "minutes"), "?");
  EXPECT_EQ(t.notes[0], "open 1, answered 1, median minutes to an answer: 45");
}

TEST_F(People, GuidesAreThosePublishedForTheTypeAndFault) {
  rec::FacilityType pump;
  pump.set_name_zh("水泵");
  const RecordId type = c.Save(*c.city, c.Published(c.kCounty), pump);
  const auto write = [&](const char* title, const char* fault) {
    rec::Document d;
    d.set_title(title);
    d.set_kind(rec::DOCUMENT_KIND_GUIDE);
    d.set_version("1");
    d.set_fault(fault);
    *d.mutable_facility_type() = c.Ref(type, c.Published(c.kCounty));
    return c.Save(*c.city, c.Published(c.kCounty), d);
  };
  c.person = base::PersonId{4};
  const RecordId out = write("水泵不启动怎么办", "不启动");
  write("草稿", "不启动");
  c.Act(*c.city, Type("Document"), out, rec::STEP_ACT_REVIEW);
  c.Act(*c.city, Type("Document"), out, rec::STEP_ACT_PUBLISH);
  c.SyncAll();
  EXPECT_TRUE(c.Tell(*c.a1, "guides").rows.empty()) << "nobody reviews what he wrote";
  c.person = base::PersonId{5};
  c.Act(*c.city, Type("Document"), out, rec::STEP_ACT_REVIEW);
  c.SyncAll();
  EXPECT_TRUE(c.Tell(*c.a1, "guides").rows.empty()) << "reviewed is not published";
  c.Act(*c.city, Type("Document"), out, rec::STEP_ACT_PUBLISH);
  c.SyncAll();
  figures::Question q = c.Ask();
  q.args = {{"type", base::ToText(type)}, {"fault", "启动"}};
  const figures::Table t = c.Tell(*c.a1, "guides", q);
  EXPECT_EQ(t.rows.size(), 1u);
  q.args["fault"] = "漏水";
  EXPECT_TRUE(c.Tell(*c.a1, "guides", q).rows.empty());
  EXPECT_EQ(c.Tell(*c.a1, "documents").rows.size(), 2u);
}

TEST_F(People, CoachingCountsVisits) {
  const RecordId coach = AddPerson(*c.town, "赵工");
  rec::Coaching pair;
  *pair.mutable_coach() = c.Ref(coach, c.Internal(c.east));
  pair.set_place(c.east.value);
  const RecordId id = c.Save(*c.town, c.Internal(c.east), pair);
  c.SyncAll();
  for (PeopleStation* s : {c.a1.get(), c.a2.get()}) {
    rec::CoachingVisit v;
    *v.mutable_coaching() = c.Ref(id, id.scope);
    v.set_at_ms(c.Ms());
    c.Save(*s, id.scope, v);
  }
  c.SyncAll();
  const figures::Table t = c.Tell(*c.city, "coaching");
  ASSERT_EQ(t.rows.size(), 1u);
  EXPECT_EQ(Text(t, 0, "coach"), "赵工");
  EXPECT_EQ(Text(t, 0, "visits"), "2");
  rec::Association a;
  a.set_name("用水协会");
  a.add_members("甲");
  a.add_members("乙");
  c.Save(*c.a1, c.Internal(c.east), a);
  EXPECT_EQ(Text(c.Tell(*c.a1, "associations"), 0, "members"), "2");
}

}  // namespace
}  // namespace guanhu::testing
