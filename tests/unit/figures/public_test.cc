#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "common/figures/public_copy.h"
#include "guanhu/options/v1/options.pb.h"
#include "guanhu/records/v1/assessment.pb.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/people.pb.h"
#include "guanhu/records/v1/programme.pb.h"
#include "guanhu/records/v1/public.pb.h"
#include "tests/unit/figures/people_county.h"

namespace guanhu::testing {
namespace {

namespace rec = records::v1;
using base::RecordId;
using ledger::kPublicReportType;

constexpr int64_t kDay = 24 * 3'600'000;

class Public : public ::testing::Test {
 protected:
  uint32_t Type(const char* name) { return c.schema().Type(absl::string_view(name))->type; }
  RecordId AddReport(PeopleStation& at) {
    rec::PublicReport r;
    r.set_receipt("R" + std::to_string(c.Ms()));
    r.set_text("我叫张三，电话13800000000，路灯坏了");
    r.set_received_ms(c.Ms());
    return c.Save(at, c.Internal(at.place), r);
  }
  static void Said(rec::Step& s) { s.set_reason("已派人"); }
  template <typename Message>
  std::unique_ptr<google::protobuf::Message> Copy(PeopleStation& at, const RecordId& id) {
    const figures::Desk desk = c.DeskOf(at);
    const auto m = desk.Read<Message>(id);
    EXPECT_TRUE(m.ok() && *m);
    if (!m.ok() || !*m) return nullptr;
    return figures::PublicCopy(desk, id, **m, c.now);
  }
  RecordId AddNotice(const char* title) {
    rec::Notice n;
    n.set_title(title);
    n.set_text("明日停水");
    n.add_places(c.east.value);
    n.set_expires_ms(c.Ms() + 2 * kDay);
    return c.Save(*c.town, c.Published(c.township), n);
  }
  void Publish(const RecordId& notice) {
    c.SyncAll();
    c.Act(*c.city, Type("Notice"), notice, rec::STEP_ACT_REVIEW);
    c.SyncAll();
    c.Act(*c.town, Type("Notice"), notice, rec::STEP_ACT_PUBLISH);
    c.SyncAll();
  }

  PeopleCounty c;
};

TEST_F(Public, ANoticeIsSeenWhileItIsPublishedValidAndForThePlace) {
  const RecordId notice = AddNotice("停水通知");
  EXPECT_EQ(Copy<rec::Notice>(*c.town, notice), nullptr) << "a draft";
  EXPECT_TRUE(c.Tell(*c.town, "notices").rows.empty());
  Publish(notice);
  EXPECT_NE(Copy<rec::Notice>(*c.a1, notice), nullptr);
  const auto at = [&](base::PlaceId place) { return c.Tell(*c.city, "notices", c.Ask(place)).rows.size(); };
  EXPECT_EQ(at({}), 1u);
  EXPECT_EQ(at(c.east), 1u);
  EXPECT_EQ(at(c.west), 0u) << "it is for the other village";
  c.now += absl::Hours(72);
  EXPECT_EQ(at({}), 0u) << "expired";
  EXPECT_EQ(Copy<rec::Notice>(*c.a1, notice), nullptr);
}

TEST_F(Public, WhatWasChangedAfterItsReviewIsNotPublished) {
  const RecordId notice = AddNotice("停水通知");
  c.SyncAll();
  c.Act(*c.city, Type("Notice"), notice, rec::STEP_ACT_REVIEW);
  rec::Notice other;
  other.set_text("另一个意思");
  c.Change(*c.town, notice, other);  // beside the review
  c.SyncAll();
  c.now += absl::Seconds(1);
  rec::Notice later;
  later.set_text("又一个意思");
  c.Change(*c.town, notice, later);
  c.Act(*c.town, Type("Notice"), notice, rec::STEP_ACT_PUBLISH);
  c.SyncAll();
  EXPECT_EQ(Copy<rec::Notice>(*c.city, notice), nullptr);
  EXPECT_TRUE(c.Tell(*c.a1, "notices").rows.empty());
}

TEST_F(Public, ACopyOfAReportTellsNobodysNameOrWords) {
  const RecordId report = AddReport(*c.a1);
  rec::ReportContact contact;
  *contact.mutable_report() = c.Ref(report, report.scope);
  contact.set_name("张三");
  contact.set_phone("13800000000");
  const RecordId secret = c.Save(*c.a1, report.scope, contact);
  c.SyncAll();
  rec::PublicReport moderated;
  moderated.set_public_text("路灯不亮");
  c.Change(*c.town, report, moderated);
  const auto copy = Copy<rec::PublicReport>(*c.town, report);
  ASSERT_NE(copy, nullptr);
  const std::string seen = copy->SerializeAsString();
  EXPECT_NE(seen.find("路灯不亮"), std::string::npos);
  EXPECT_EQ(seen.find("张三"), std::string::npos);
  EXPECT_EQ(seen.find("13800000000"), std::string::npos);
  rec::PublicReport told;
  told.CopyFrom(*copy);
  EXPECT_EQ(told.state(), rec::PUBLIC_REPORT_STATE_RECEIVED) << "the state is told though no field holds it";
  EXPECT_EQ(Copy<rec::ReportContact>(*c.a1, secret), nullptr) << "nothing of it is public";
}

TEST_F(Public, ReportsAreCountedByWhenTheyWereAnsweredAndHowTheyWereRated) {
  const RecordId in_time = AddReport(*c.a1);
  const RecordId late = AddReport(*c.b1);
  AddReport(*c.a1);  // never answered
  c.SyncAll();
  const auto answer = [&](const RecordId& id) {
    c.Act(*c.town, kPublicReportType, id, rec::STEP_ACT_ACCEPT);
    c.Act(*c.town, kPublicReportType, id, rec::STEP_ACT_REPLY, Said);
  };
  c.now += absl::Hours(24);
  answer(in_time);
  c.now += absl::Hours(24 * 8);
  answer(late);
  for (uint32_t score : {5u, 4u}) {
    c.Act(*c.town, kPublicReportType, in_time, rec::STEP_ACT_RATE, [&](rec::Step& s) { s.set_score(score); });
  }
  c.Act(*c.town, kPublicReportType, late, rec::STEP_ACT_REOPEN);
  c.SyncAll();
  const figures::Table t = c.Tell(*c.city, "reports");
  ASSERT_EQ(t.rows.size(), 1u);
  EXPECT_EQ(Text(t, 0, "township"), "城关镇");
  EXPECT_EQ(Text(t, 0, "received"), "3");
  EXPECT_EQ(Text(t, 0, "answered"), "2");
  EXPECT_EQ(Text(t, 0, "on_time"), "1");
  EXPECT_EQ(Text(t, 0, "overdue"), "1");
  EXPECT_EQ(Text(t, 0, "reopened"), "1");
  EXPECT_EQ(Text(t, 0, "satisfaction_x100"), "450");
  EXPECT_EQ(Text(t, 0, "on_time_bp"), "3333");
  figures::Question longer = c.Ask();
  longer.args["days"] = "10";
  EXPECT_EQ(Text(c.Tell(*c.city, "reports", longer), 0, "on_time"), "2");
  const figures::Table stats = c.Tell(*c.city, "public-stats");
  ASSERT_EQ(stats.rows.size(), 1u);
  EXPECT_EQ(Text(stats, 0, "reports"), "3");
  EXPECT_EQ(Text(stats, 0, "satisfaction_x100"), "450");
}

TEST_F(Public, LightsFollowTheDatesAsTheyWereMoved) {
  rec::Org unit;
  unit.set_name("水利局");
  const RecordId owner = c.Save(*c.city, c.Published(c.kCounty), unit);
  rec::Milestone m;
  m.set_name("调查摸底");
  m.set_due_ms(c.Ms() + 10 * kDay);
  *m.mutable_owner() = c.Ref(owner, c.Published(c.kCounty));
  const RecordId id = c.Save(*c.city, c.Published(c.kCounty), m);
  EXPECT_EQ(Text(c.Tell(*c.city, "milestones"), 0, "light"), "yellow");
  c.now += absl::Hours(24 * 11);
  EXPECT_EQ(Text(c.Tell(*c.city, "milestones"), 0, "light"), "red");
  c.Act(*c.city, Type("Milestone"), id, rec::STEP_ACT_EXTEND, [&](rec::Step& s) {
    s.set_reason("汛情");
    s.set_until_ms(c.Ms() + 60 * kDay);
  });
  EXPECT_EQ(Text(c.Tell(*c.city, "milestones"), 0, "light"), "green");
  c.Act(*c.city, Type("Milestone"), id, rec::STEP_ACT_FINISH);
  EXPECT_EQ(Text(c.Tell(*c.city, "milestones"), 0, "done"), "1");
}

TEST_F(Public, OpinionsAreCountedByBody) {
  rec::Org body;
  body.set_name("交通局");
  const RecordId org = c.Save(*c.city, c.Published(c.kCounty), body);
  rec::Consultation consultation;
  consultation.set_title("实施方案");
  *consultation.add_bodies() = c.Ref(org, c.Published(c.kCounty));
  const RecordId id = c.Save(*c.city, c.Published(c.kCounty), consultation);
  const auto say = [&] {
    rec::Opinion o;
    *o.mutable_consultation() = c.Ref(id, c.Internal(c.kCounty));
    *o.mutable_org() = c.Ref(org, c.Internal(c.kCounty));
    o.set_text("建议");
    return c.Save(*c.city, c.Internal(c.kCounty), o);
  };
  c.Act(*c.city, Type("Opinion"), say(), rec::STEP_ACT_ACCEPT);
  c.Act(*c.city, Type("Opinion"), say(), rec::STEP_ACT_REFUSE, Said);
  say();
  const figures::Table t = c.Tell(*c.city, "consultations");
  ASSERT_EQ(t.rows.size(), 1u);
  EXPECT_EQ(Text(t, 0, "body"), "交通局");
  EXPECT_EQ(Text(t, 0, "opinions"), "3");
  EXPECT_EQ(Text(t, 0, "adopted"), "1");
  EXPECT_EQ(Text(t, 0, "declined"), "1");
  EXPECT_EQ(Text(t, 0, "waiting"), "1");
}

TEST_F(Public, EachOfTheFiveSystemsIsARatio) {
  rec::Post post;
  post.set_place(c.east.value);
  post.set_role(options::v1::CARETAKER);
  post.set_from_ms(1);
  c.Save(*c.town, c.Internal(c.east), post);
  figures::Table t = c.Tell(*c.town, "systems");
  ASSERT_EQ(t.rows.size(), 1u);
  EXPECT_EQ(Text(t, 0, "organisation_bp"), "5000") << "one of two villages";
  EXPECT_EQ(Text(t, 0, "information_bp"), "?") << "of nothing nothing can be told";
  EXPECT_EQ(Text(t, 0, "mean_bp"), "5000");
  rec::Asset a;
  a.set_name("桥");
  c.Save(*c.a1, c.Internal(c.east), a);
  c.SyncAll();
  t = c.Tell(*c.city, "systems");
  EXPECT_EQ(Text(t, 0, "information_bp"), "0");
  EXPECT_EQ(Text(t, 0, "mean_bp"), "1000");
  EXPECT_EQ(t.notes.size(), 5u);
}

TEST_F(Public, TheRestOfTheProgrammeIsListed) {
  rec::Pilot pilot;
  pilot.set_name("智慧供水");
  pilot.set_places_max(1);
  pilot.add_places(c.east.value);
  pilot.add_places(c.west.value);
  const RecordId id = c.Save(*c.city, c.Published(c.kCounty), pilot);
  c.Act(*c.city, Type("Pilot"), id, rec::STEP_ACT_START);
  EXPECT_EQ(Text(c.Tell(*c.city, "pilots"), 0, "state"), "Planned") << "more places than its cap";
  rec::Rectification fix;
  fix.set_problem("标志牌缺失");
  fix.set_due_ms(c.Ms() + kDay);
  *fix.mutable_owner() = c.Ref(id, c.Internal(c.east));
  c.Save(*c.town, c.Internal(c.east), fix);
  EXPECT_EQ(Text(c.Tell(*c.town, "rectifications"), 0, "overdue"), "no");
  c.now += absl::Hours(48);
  EXPECT_EQ(Text(c.Tell(*c.town, "rectifications"), 0, "overdue"), "yes");
  rec::Survey survey;
  survey.set_place(c.east.value);
  survey.set_year(2026);
  rec::SurveyAnswer* answer = survey.add_answers();
  answer->set_question("满意吗");
  answer->add_counts(30);
  answer->add_counts(10);
  c.Save(*c.a1, c.Internal(c.east), survey);
  EXPECT_EQ(Text(c.Tell(*c.a1, "surveys"), 0, "best_bp"), "7500");
  rec::Feedback feedback;
  feedback.set_text("字太小");
  c.Save(*c.a1, c.Internal(c.east), feedback);
  EXPECT_EQ(Text(c.Tell(*c.a1, "feedback"), 0, "text"), "字太小");
  rec::Case good;
  good.set_title("东村经验");
  c.Save(*c.a1, c.Published(c.east), good);
  EXPECT_EQ(Text(c.Tell(*c.a1, "cases"), 0, "public"), "no");
  rec::Campaign campaign;
  campaign.set_name("春季清淤");
  campaign.add_places(c.west.value);
  c.Save(*c.town, c.Published(c.township), campaign);
  EXPECT_EQ(c.Tell(*c.town, "campaigns", c.Ask(c.west)).rows.size(), 1u);
  EXPECT_EQ(c.Tell(*c.town, "campaigns", c.Ask(c.east)).rows.size(), 0u);
  rec::ImplementationPlan plan;
  plan.set_year(2026);
  *plan.mutable_department() = c.Ref(id, c.Internal(c.kCounty));
  plan.add_measures("培训");
  c.Save(*c.city, c.Internal(c.kCounty), plan);
  EXPECT_EQ(Text(c.Tell(*c.city, "department-plans"), 0, "measures"), "1");
}

// Every figure of the house answers an empty county, in both languages, on every tier.
TEST_F(Public, EveryFigureAnswersAnEmptyCounty) {
  for (const figures::Figure* f : figures::All()) {
    const std::string asks = f->arguments;  // "run: its full id": there is none in an empty county
    if (absl::StartsWith(asks, "asset; or ") || absl::StartsWith(asks, "run: ") || absl::StartsWith(asks, "scheme: "))
      continue;
    for (PeopleStation* s : {c.city.get(), c.a1.get()}) {
      for (schema::Language language : {schema::Language::kChinese, schema::Language::kEnglish}) {
        figures::Question q = c.Ask();
        q.language = language;
        const figures::Table t = c.Tell(*s, f->name, q);
        EXPECT_FALSE(t.columns.empty()) << f->name;
      }
    }
  }
}

}  // namespace
}  // namespace guanhu::testing
