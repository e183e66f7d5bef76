// Inspections: what is due, what was done, how far it is to be believed, and what counts.
#include <algorithm>

#include "common/base/status.h"
#include "common/domain/plausibility.h"
#include "common/figures/lister.h"
#include "common/figures/tasks.h"
#include "common/figures/work.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/place.pb.h"

namespace guanhu::figures {

namespace rec = records::v1;
using base::RecordId;
using domain::TaskState;

namespace {

const char* NameOf(TaskState state) {
  switch (state) {
    case TaskState::kNotDue:
      return "not_due";
    case TaskState::kDue:
      return "due";
    case TaskState::kDone:
      return "done";
    case TaskState::kLate:
      return "late";
    case TaskState::kExempt:
      return "exempt";
  }
  return "";
}

std::string LabelOf(TaskState state, bool english) {
  if (english) return NameOf(state);
  const char* const zh[] = {"未到期", "待查", "已查", "逾期", "免查"};
  return zh[static_cast<size_t>(state)];
}

}  // namespace

absl::StatusOr<Table> TaskFigure(const Desk& desk, const Question& q) {
  Tasks tasks(desk);
  GUANHU_RETURN_IF_ERROR(tasks.Read());
  Table table;
  table.columns = {{"start_ms", "开始时间", "Start", Kind::kTime},
                   {"end_ms", "截止时间", "End", Kind::kTime},
                   {"place", "属地", "Place"},
                   {"asset", "设施", "Asset"},
                   {"plan", "计划", "Plan"},
                   {"kind", "类别", "Kind"},
                   {"assignee", "负责岗位", "Assigned to"},
                   {"state", "状态", "State"},
                   {"excuse", "免查原因", "Excused because"},
                   {"done_ms", "完成时间", "Done", Kind::kTime},
                   {"on_time", "按时", "On time"},
                   {"extra", "多余巡查", "Extra inspections", Kind::kNumber},
                   {"task", "任务编号", "Task"},
                   {"record", "设施记录", "Record of the asset"}};
  const std::string state = q.Arg("state");
  const std::string assignee = q.Arg("assignee");
  RecordId asset;
  if (!q.Arg("asset").empty()) {
    GUANHU_ASSIGN_OR_RETURN(asset, RecordArg<rec::Asset>(desk, q, "asset"));
  }
  GUANHU_RETURN_IF_ERROR(tasks.Each(q, [&](const TaskRow& t) {
    const std::string name = LabelOf(t.view.state, q.English());
    if (!state.empty() && state != NameOf(t.view.state) && state != LabelOf(t.view.state, false)) return;
    const RecordId post = t.terms->has_assignee() ? schema::FromRef(t.terms->assignee(), t.plan.scope) : RecordId{};
    const std::string who = PartyName(desk, post);
    if (!assignee.empty() && assignee != who && (!post || assignee != base::ToText(post))) return;
    if (asset && asset != t.asset) return;
    const bool done = t.view.counted >= 0;
    table.rows.push_back(
        {{Cell::Number(t.window.start_ms), Cell::Number(t.window.end_ms),
          Cell::Text(desk.PlaceName(t.asset.scope.place)), Cell::Text(desk.NameOf(ledger::kAssetType, t.asset)),
          Cell::Text(t.terms->name()), Cell::Text(desk.EnumName(12, "kind", t.terms->kind(), q)), Cell::Text(who),
          Cell::Text(name),
          Cell::Text(t.view.state == TaskState::kExempt ? desk.EnumName(ledger::kTaskType, "excuse", t.excuse, q) : ""),
          done ? Cell::Number(t.visits[static_cast<size_t>(t.view.counted)].at_ms) : Cell::Unknown(),
          done ? Yes(t.view.on_time, q) : Cell::Text(""), Cell::Number(static_cast<int64_t>(t.view.extra)),
          Cell::Text(base::ToText(t.task)), Cell::Text(base::ToText(t.asset))},
         base::ToText(t.asset)});
  }));
  SortAndPage(q, table);
  return table;
}

absl::StatusOr<Table> InspectionRate(const Desk& desk, const Question& q) {
  Tasks tasks(desk);
  GUANHU_RETURN_IF_ERROR(tasks.Read());
  enum { kTasks, kOpen, kOnTime, kDoneLate, kMissed, kExempt, kExtra, kRate, kTimely };
  Tally tally({{"place", "属地", "Place"},
               {"tasks", "任务数", "Tasks", Kind::kNumber},
               {"open", "未到截止", "Still open", Kind::kNumber},
               {"on_time", "按时完成", "Done on time", Kind::kNumber},
               {"done_late", "逾期完成", "Done late", Kind::kNumber},
               {"missed", "逾期未查", "Late", Kind::kNumber},
               {"exempt", "免查", "Exempt", Kind::kNumber},
               {"extra", "多余巡查", "Extra inspections", Kind::kNumber},
               {"rate_bp", "巡查率", "Inspected", Kind::kBasisPoints},
               {"on_time_bp", "按时率", "On time", Kind::kBasisPoints}});
  GUANHU_RETURN_IF_ERROR(tasks.Each(q, [&](const TaskRow& t) {
    const std::string place = PlaceKey(desk, q, t.asset.scope.place);
    ++tally.At(place, kTasks);
    tally.At(place, kExtra) += static_cast<int64_t>(t.view.extra);
    switch (t.view.state) {
      case TaskState::kNotDue:
      case TaskState::kDue:
        ++tally.At(place, kOpen);
        break;
      case TaskState::kDone:
        ++tally.At(place, t.view.on_time ? kOnTime : kDoneLate);
        break;
      case TaskState::kLate:
        ++tally.At(place, kMissed);
        break;
      case TaskState::kExempt:
        ++tally.At(place, kExempt);
    }
  }));
  return tally.Tell([](Row& row) {
    const auto n = [&](int at) { return row.cells[static_cast<size_t>(at) + 1].number; };
    const int64_t counted = n(kOnTime) + n(kDoneLate) + n(kMissed);  // neither open nor exempt
    row.cells[kRate + 1] = Share(n(kOnTime) + n(kDoneLate), counted);
    row.cells[kTimely + 1] = Share(n(kOnTime), counted);
  });
}

namespace {

absl::StatusOr<std::map<base::PlaceId, std::vector<domain::Corner>>> Outlines(const Desk& desk) {
  std::map<base::PlaceId, std::vector<domain::Corner>> out;
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Place>({}, [&](const RecordId& id, const rec::Place& p) {
    if (!p.outline().empty()) out[base::PlaceId{base::ShortHash(id)}] = domain::CornersOf(p.outline());
  }));
  return out;
}

}  // namespace

absl::StatusOr<Table> PlausibilityFigure(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(const auto outlines, Outlines(desk));
  std::vector<domain::Sighting> seen;
  std::map<RecordId, RecordId> assets;
  absl::Status inner;
  const uint32_t type = desk.TypeOf<rec::Inspection>();
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Inspection>(q.cut.place, [&](const RecordId& id, const rec::Inspection& i) {
    const auto state = desk.node().Get(type, id);
    if (!state.ok()) inner = state.status();
    domain::Sighting s;
    s.id = id;
    s.person = i.inspector();
    s.at_ms = i.observed_ms();
    s.written_ms = state.ok() && *state ? ledger::BornMs(id, **state) : 0;
    s.has_point =
        i.has_point() && (i.point().source() == rec::POINT_SOURCE_GNSS || i.point().source() == rec::POINT_SOURCE_MOCK);
    s.mock = i.point().source() == rec::POINT_SOURCE_MOCK;
    s.lat_e7 = i.point().lat_e7();
    s.lon_e7 = i.point().lon_e7();
    s.qr_seen = i.found_by() == rec::FOUND_BY_QR;
    s.photos.assign(i.photos().begin(), i.photos().end());
    const auto outline = outlines.find(id.scope.place);
    if (s.has_point && outline != outlines.end() && !outline->second.empty())
      s.outside = domain::Inside(outline->second, s.lat_e7, s.lon_e7) ? 0 : 1;
    assets[id] = i.has_asset() ? schema::FromRef(i.asset(), id.scope) : RecordId{};
    seen.push_back(std::move(s));
  }));
  GUANHU_RETURN_IF_ERROR(inner);
  Table table;
  table.columns = {{"score_bp", "可信度", "Plausibility", Kind::kBasisPoints},
                   {"observed_ms", "巡查时间", "Observed at", Kind::kTime},
                   {"place", "属地", "Place"},
                   {"asset", "设施", "Asset"},
                   {"qr_seen", "扫码", "QR code seen"},
                   {"outside", "位置在村外", "Outside the village"},
                   {"speed_kmh", "与上次间速度", "Speed from the one before (km/h)", Kind::kNumber},
                   {"same_photo", "照片重复", "Photo seen before"},
                   {"clock_jump", "时间异常", "Clock jump"},
                   {"mock", "模拟定位", "Mock fix"}};
  std::map<RecordId, const domain::Sighting*> by_id;
  for (const domain::Sighting& s : seen) by_id[s.id] = &s;
  for (const domain::Plausibility& p : domain::PlausibilityOf(seen)) {
    const int64_t at = by_id[p.id]->at_ms;
    if (q.to_ms > q.from_ms && (at < q.from_ms || at >= q.to_ms)) continue;
    table.rows.push_back({{Cell::Number(p.score_bp), Cell::Number(at), Cell::Text(desk.PlaceName(p.id.scope.place)),
                           Cell::Text(desk.NameOf(ledger::kAssetType, assets[p.id])), Yes(p.qr_seen, q),
                           Yes(p.outside, q), p.speed_kmh == 0 ? Cell::Unknown() : Cell::Number(p.speed_kmh),
                           Yes(p.same_photo, q), Yes(p.clock_jump, q), Yes(p.mock, q)},
                          base::ToText(p.id)});
  }
  table.notes.push_back(q.English() ? "For choosing spot checks only: nothing is refused and nobody is scored."
                                    : "仅供抽查选样，不退回任何记录，不用于考核个人。");
  SortAndPage(q, table);
  return table;
}

absl::StatusOr<Table> Recognised(const Desk& desk, const Question& q) {
  enum { kWritten, kTown, kCity, kWaiting, kLook };
  Tally tally({{"person", "管护员", "Caretaker"},
               {"place", "属地", "Place"},
               {"written", "本机已写", "Written, as known here", Kind::kNumber},
               {"township", "乡镇已认可", "Recognised at the township", Kind::kNumber},
               {"city", "市已认可", "Recognised at the city", Kind::kNumber},
               {"waiting", "未上送", "Not there yet", Kind::kNumber},
               {"attention", "需处理", "A person must look", Kind::kNumber}},
              2);
  Table missing;
  missing.columns = {{"observed_ms", "巡查时间", "Observed at", Kind::kTime},
                     {"person", "管护员", "Caretaker"},
                     {"place", "属地", "Place"},
                     {"asset", "设施", "Asset"},
                     {"reason", "未认可原因", "Why it is not recognised"}};
  const auto names = PersonNames(desk);
  const uint32_t type = desk.TypeOf<rec::Inspection>();
  absl::Status inner;
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Inspection>(q.cut.place, [&](const RecordId& id, const rec::Inspection& i) {
    if (q.to_ms > q.from_ms && (i.observed_ms() < q.from_ms || i.observed_ms() >= q.to_ms)) return;
    const auto state = desk.node().Get(type, id);
    if (!state.ok()) inner = state.status();
    if (!state.ok() || !*state) return;
    uint64_t person = i.inspector();
    if (person == 0 && !(*state)->fields.empty()) person = (*state)->fields.front().siblings.front().person.value;
    const std::vector<std::string> key = {NameIn(names, person), desk.PlaceName(id.scope.place)};
    const node::Holding h = desk.node().HoldingOf(id, **state);
    ++tally.At(key, kWritten);
    const bool accepted = h.attention.empty();
    if (accepted && (h.township || h.city)) ++tally.At(key, kTown);
    if (accepted && h.city) ++tally.At(key, kCity);
    if (accepted && !h.township && !h.city) ++tally.At(key, kWaiting);
    if (!accepted) ++tally.At(key, kLook);
    if (accepted && (h.township || h.city)) return;
    const RecordId asset = i.has_asset() ? schema::FromRef(i.asset(), id.scope) : RecordId{};
    const char* waits = q.English() ? "not sent yet" : "未上送";
    missing.rows.push_back(
        {{Cell::Number(i.observed_ms()), Cell::Text(key[0]), Cell::Text(key[1]),
          Cell::Text(desk.NameOf(ledger::kAssetType, asset)), Cell::Text(accepted ? waits : h.attention)},
         base::ToText(id)});
  }));
  GUANHU_RETURN_IF_ERROR(inner);
  if (q.Arg("list") != "missing") return tally.Tell();
  SortAndPage(q, missing);
  return missing;
}

}  // namespace guanhu::figures
