// A county with assets, plans and orders for the tests of work.
#pragma once

#include <gtest/gtest.h>

#include "common/domain/plausibility.h"
#include "common/figures/tasks.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/defect.pb.h"
#include "guanhu/records/v1/duty.pb.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/place.pb.h"
#include "guanhu/records/v1/plan.pb.h"
#include "guanhu/records/v1/programme.pb.h"
#include "guanhu/records/v1/work_order.pb.h"
#include "tests/unit/figures/people_county.h"

namespace guanhu::testing {

namespace rec = records::v1;
using base::PersonId;
using base::RecordId;
using domain::Fate;
using ledger::kDefectType;
using ledger::kOrderType;

inline constexpr int64_t kDay = 24 * 3'600'000;

class Work : public ::testing::Test {
 protected:
  RecordId AddAsset(PeopleStation& at, const std::string& name, rec::Grade grade = rec::GRADE_C, RecordId type = {}) {
    rec::Asset a;
    a.set_name(name);
    a.set_grade(grade);
    a.set_facility_class(rec::FACILITY_CLASS_WATER);
    a.set_state(rec::ASSET_STATE_IN_USE);
    const base::ScopeId scope = c.Internal(at.place == c.township || at.place == c.kCounty ? c.east : at.place);
    if (type) *a.mutable_type() = c.Ref(type, scope);
    return c.Save(at, scope, a);
  }
  RecordId AddPlan(rec::Plan p) {
    p.set_state(rec::PLAN_STATE_ACTIVE);
    if (!p.has_first_ms()) p.set_first_ms(domain::DayStartMs(c.Ms()));
    return c.Save(*c.town, c.Published(c.township), p);
  }
  RecordId Weekly() {
    rec::Plan p;
    p.set_name("周查");
    p.set_interval_days(7);
    p.set_window_days(2);
    return AddPlan(p);
  }
  RecordId Inspect(PeopleStation& at, const RecordId& asset, int64_t at_ms, const RecordId& task = {},
                   const std::function<void(rec::Inspection&)>& tweak = nullptr) {
    rec::Inspection i;
    *i.mutable_asset() = c.Ref(asset, asset.scope);
    i.set_result(rec::INSPECTION_RESULT_OK);
    i.set_observed_ms(at_ms);
    if (task) *i.mutable_task() = c.Ref(task, asset.scope);
    if (tweak != nullptr) tweak(i);
    return c.Save(at, asset.scope, i);
  }
  std::vector<figures::TaskRow> Tasks(PeopleStation& at) {
    auto& tasks = kept_.emplace_back(std::make_unique<figures::Desk>(c.DeskOf(at)), nullptr);
    tasks.second = std::make_unique<figures::Tasks>(*tasks.first);
    EXPECT_TRUE(tasks.second->Read().ok());
    std::vector<figures::TaskRow> rows;
    EXPECT_TRUE(tasks.second->Each(c.Ask(), [&](const figures::TaskRow& t) { rows.push_back(t); }).ok());
    return rows;
  }
  figures::Tasks& Last() { return *kept_.back().second; }
  RecordId AddOrder(const RecordId& asset, int64_t due_ms = 0, rec::OrderSize size = rec::ORDER_SIZE_SELF) {
    rec::WorkOrder o;
    *o.mutable_asset() = c.Ref(asset, asset.scope);
    o.set_task("修水泵");
    o.set_size(size);
    if (due_ms != 0) o.set_due_ms(due_ms);
    return c.Save(*c.town, asset.scope, o);
  }
  std::vector<Fate> Fates(PeopleStation& at, const RecordId& order, rec::StepAct act) {
    const ledger::RecordLife life = c.Life(at, kOrderType, order);
    std::vector<Fate> out;
    for (const domain::Judged& j : life.life.acts) {
      if (life.steps[j.act].act.act == act) out.push_back(j.fate);
    }
    return out;
  }
  static void Why(rec::Step& s) { s.set_reason("待料"); }
  static void WhyAndPhoto(rec::Step& s) {
    s.set_reason("不属本单位");
    s.add_photos(std::string(32, 'p'));
  }

  PeopleCounty c;

 private:
  std::vector<std::pair<std::unique_ptr<figures::Desk>, std::unique_ptr<figures::Tasks>>> kept_;
};

}  // namespace guanhu::testing
