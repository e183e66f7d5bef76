// The family `people`: who is there, what they can do, how they are taught and helped, and the way of a technique.
#include <algorithm>

#include "common/base/status.h"
#include "common/domain/response.h"
#include "common/figures/figures.h"
#include "common/figures/lister.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/people.pb.h"
#include "guanhu/records/v1/programme.pb.h"
#include "guanhu/records/v1/step.pb.h"
#include "guanhu/records/v1/technique.pb.h"

namespace guanhu::figures {
namespace {

namespace rec = records::v1;
using base::RecordId;

constexpr int64_t kSoonMs = int64_t{60} * 24 * 3'600'000;

// How many records of a type belong to each target.
template <typename Message>
absl::StatusOr<int64_t> CountLinked(const Desk& desk, const RecordId& target,
                                    const std::function<bool(const RecordId&, const Message&)>& counts = nullptr) {
  int64_t n = 0;
  GUANHU_RETURN_IF_ERROR(desk.Linked<Message>(
      target, [&](const RecordId& id, const Message& m) { n += counts == nullptr || counts(id, m) ? 1 : 0; }));
  return n;
}

Cell Counted(const absl::StatusOr<int64_t>& n) { return n.ok() ? Cell::Number(*n) : Cell::Unknown(); }

absl::StatusOr<Table> RosterFigure(const Desk& desk, const Question& q) {
  const int64_t now = absl::ToUnixMillis(q.now);
  const int64_t from = q.to_ms > q.from_ms ? q.from_ms : now;
  const int64_t to = q.to_ms > q.from_ms ? q.to_ms : now + 1;
  GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::Roster>(desk, q));
  return lister
      .Where<rec::Roster>([&](const RecordId&, const rec::Roster& r) {
        return r.from_ms() < to && (!r.has_to_ms() || r.to_ms() > from);
      })
      .Show("from_ms")
      .Show("to_ms")
      .AddFor<rec::Roster>(
          {"place", "地点", "Place"},
          [&](const RecordId& id, const rec::Roster& r) {
            return Cell::Text(desk.PlaceName(r.place() == 0 ? id.scope.place : base::PlaceId{r.place()}));
          })
      .Show("duty")
      .Show("person", "*")
      .Show("cover", "*")
      .AddFor<rec::Roster>({"on_duty", "当值人", "On duty"},
                           [&](const RecordId& id, const rec::Roster& r) {
                             return Cell::Text(PartyName(desk, r.has_cover() ? r.cover() : r.person(), id.scope));
                           })
      .Tell();
}

// Where a person works: the place of the post that holds now, else where the person's record stands.
std::map<RecordId, base::PlaceId> Workplaces(const Desk& desk, int64_t now) {
  std::map<RecordId, base::PlaceId> out;
  desk.Each<rec::Post>({},
                       [&](const RecordId& id, const rec::Post& p) {
                         if (p.from_ms() > now || (p.has_to_ms() && p.to_ms() <= now)) return;
                         out[schema::FromRef(p.person(), id.scope)] =
                             p.place() == 0 ? id.scope.place : base::PlaceId{p.place()};
                       })
      .IgnoreError();
  return out;
}

// People with a skill for an asset, the nearest first: of its village, of its township, then all others.
absl::StatusOr<Table> Skills(const Desk& desk, const Question& q) {
  int facility_class = static_cast<int>(q.cut.facility_class);
  base::PlaceId near = q.cut.place;
  if (!q.Arg("asset").empty()) {
    GUANHU_ASSIGN_OR_RETURN(const RecordId id, RecordArg<rec::Asset>(desk, q, "asset"));
    const auto asset = desk.book().Asset(id);
    if (!asset || !asset->exists) return absl::NotFoundError("the asset is not here");
    facility_class = asset->facility_class;
    near = asset->id.scope.place;
  }
  Table table;
  table.columns = {{"near", "远近", "Distance", Kind::kNumber},
                   {"person", "人员", "Person"},
                   {"skill", "技能", "Skill"},
                   {"place", "所在地", "Place"},
                   {"class", "设施大类", "Class"},
                   {"expires_ms", "有效期至", "Valid until", Kind::kTime},
                   {"where", "范围", "Where"}};
  const int64_t now = absl::ToUnixMillis(q.now);
  const auto places = Workplaces(desk, now);
  const base::PlaceId township = near ? desk.TownshipOf(near) : base::PlaceId{};
  const char* const zh[] = {"本村", "本乡镇", "其他"};
  const char* const en[] = {"same village", "same township", "elsewhere"};
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Skill>({}, [&](const RecordId& id, const rec::Skill& s) {
    if (facility_class != 0 && s.facility_class() != 0 && s.facility_class() != facility_class) return;
    if (s.has_expires_ms() && s.expires_ms() <= now) return;
    const RecordId person = schema::FromRef(s.person(), id.scope);
    const auto it = places.find(person);
    const base::PlaceId at = it == places.end() ? id.scope.place : it->second;
    size_t rank = 2;
    if (near && desk.TownshipOf(at) == township) rank = 1;
    if (near && desk.directory().Root(at) == desk.directory().Root(near)) rank = 0;
    table.rows.push_back({{Cell::Number(static_cast<int64_t>(rank)), Cell::Text(PartyName(desk, person)),
                           Cell::Text(s.kind()), Cell::Text(desk.PlaceName(at)),
                           Cell::Text(desk.EnumName(ledger::kAssetType, "facility_class", s.facility_class(), q)),
                           Time(s.expires_ms()), Cell::Text(q.English() ? en[rank] : zh[rank])},
                          base::ToText(id)});
  }));
  SortAndPage(q, table);
  return table;
}

absl::StatusOr<Table> Associations(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::Association>(desk, q));
  return lister.WhereState()
      .Show("name")
      .Place()
      .Show("members")
      .Show("assets")
      .Show("fees")
      .Show("chair")
      .Show("org", "*")
      .State()
      .Tell();
}

absl::StatusOr<Table> Training(const Desk& desk, const Question& q) {
  const int64_t now = absl::ToUnixMillis(q.now);
  if (q.Arg("list") == "certificates") {
    GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::Certificate>(desk, q));
    return lister.Show("expires_ms")
        .Show("person", "*")
        .Show("course", "Course")
        .Show("quiz_score")
        .Show("issued_ms")
        .Show("number")
        .AddFor<rec::Certificate>({"validity", "有效性", "Validity"},
                                  [&](const RecordId&, const rec::Certificate& c) {
                                    if (!c.has_expires_ms()) return Cell::Text(q.English() ? "valid" : "有效");
                                    if (c.expires_ms() <= now) return Cell::Text(q.English() ? "expired" : "过期");
                                    const bool soon = c.expires_ms() - now < kSoonMs;
                                    if (soon) return Cell::Text(q.English() ? "expires soon" : "即将到期");
                                    return Cell::Text(q.English() ? "valid" : "有效");
                                  })
        .Tell();
  }
  const auto certificates = [&](const RecordId& course, int which) {
    return Counted(CountLinked<rec::Certificate>(desk, course, [&](const RecordId&, const rec::Certificate& c) {
      const bool over = c.has_expires_ms() && c.expires_ms() <= now;
      const bool soon = !over && c.has_expires_ms() && c.expires_ms() - now < kSoonMs;
      return which == 0 || (which == 1 && !over) || (which == 2 && soon);
    }));
  };
  GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::Course>(desk, q, true));
  return lister.WhereState()
      .Show("from_ms")
      .Show("title")
      .Show("kind")
      .Show("place")
      .Show("venue")
      .State()
      .Add({"attended", "签到人数", "Attended", Kind::kNumber},
           [&](const RecordId& id, const google::protobuf::Message&) {
             std::map<RecordId, int> people;  // two scans of one person are one
             desk.Linked<rec::Attendance>(id,
                                          [&](const RecordId& a, const rec::Attendance& m) {
                                            ++people[schema::FromRef(m.person(), a.scope)];
                                          })
                 .IgnoreError();
             return Cell::Number(static_cast<int64_t>(people.size()));
           })
      .Add({"certificates", "发证", "Certificates", Kind::kNumber},
           [&](const RecordId& id, const google::protobuf::Message&) { return certificates(id, 0); })
      .Add({"valid", "有效", "Valid", Kind::kNumber},
           [&](const RecordId& id, const google::protobuf::Message&) { return certificates(id, 1); })
      .Add({"expiring", "60天内到期", "Expire within 60 days", Kind::kNumber},
           [&](const RecordId& id, const google::protobuf::Message&) { return certificates(id, 2); })
      .Tell();
}

absl::StatusOr<Table> CoachingFigure(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::Coaching>(desk, q, true));
  const auto visits = [&](const RecordId& id, bool last) {
    int64_t n = 0;
    int64_t latest = 0;
    desk.Linked<rec::CoachingVisit>(id,
                                    [&](const RecordId&, const rec::CoachingVisit& v) {
                                      ++n;
                                      latest = std::max(latest, v.at_ms());
                                    })
        .IgnoreError();
    return last ? Time(latest) : Cell::Number(n);
  };
  return lister
      .Where<rec::Coaching>(
          [&](const RecordId&, const rec::Coaching& c) { return desk.Inside(q.cut.place, base::PlaceId{c.place()}); })
      .Show("coach", "*")
      .Show("place")
      .Show("topic")
      .Show("from_ms")
      .Show("to_ms")
      .Add({"visits", "走访次数", "Visits", Kind::kNumber},
           [&](const RecordId& id, const google::protobuf::Message&) { return visits(id, false); })
      .Add({"last_ms", "最近走访", "Last visit", Kind::kTime},
           [&](const RecordId& id, const google::protobuf::Message&) { return visits(id, true); })
      .Tell();
}

absl::StatusOr<Table> Techniques(const Desk& desk, const Question& q) {
  const std::string wanted = q.Arg("class");
  GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::TechItem>(desk, q, true));
  const uint32_t type = desk.TypeOf<rec::TechItem>();
  return lister.WhereState()
      .Where<rec::TechItem>([&](const RecordId&, const rec::TechItem& t) {
        return wanted.empty() || wanted == std::to_string(t.promotion_class()) ||
               wanted == desk.EnumName(type, "promotion_class", t.promotion_class(), q);
      })
      .Show("promotion_class")
      .Show("name")
      .Show("facility_type", "FacilityType")
      .Show("grade")
      .Show("kind")
      .State()
      .Add({"adoptions", "应用村数", "Places that adopted it", Kind::kNumber},
           [&](const RecordId& id, const google::protobuf::Message&) {
             std::map<uint64_t, int> places;
             desk.Linked<rec::Adoption>(id,
                                        [&](const RecordId& a, const rec::Adoption& m) {
                                          if (StateOf(desk, a) != rec::ADOPTION_STATE_ENDED) ++places[m.place()];
                                        })
                 .IgnoreError();
             return Cell::Number(static_cast<int64_t>(places.size()));
           })
      .Add({"trials", "试用", "Trials", Kind::kNumber},
           [&](const RecordId& id, const google::protobuf::Message&) {
             return Counted(CountLinked<rec::Trial>(desk, id));
           })
      .Show("unit_cost_before_fen")
      .Show("unit_cost_after_fen")
      .Show("cost_per")
      .AddFor<rec::TechItem>({"saving_bp", "降本", "Saving", Kind::kBasisPoints},
                             [](const RecordId&, const rec::TechItem& t) {
                               if (!t.has_unit_cost_before_fen() || !t.has_unit_cost_after_fen())
                                 return Cell::Unknown();
                               return Share(t.unit_cost_before_fen() - t.unit_cost_after_fen(),
                                            t.unit_cost_before_fen());
                             })
      .Tell();
}

absl::StatusOr<Table> Demands(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::Demand>(desk, q));
  return lister.WhereState()
      .AddFor<rec::Demand>({"votes", "附议", "Votes", Kind::kNumber},
                           [](const RecordId& id, const rec::Demand& d) {
                             std::map<RecordId, int> voters;
                             for (const rec::RecordRef& v : d.votes()) ++voters[schema::FromRef(v, id.scope)];
                             return Cell::Number(static_cast<int64_t>(voters.size()));
                           })
      .Show("problem")
      .Show("facility_type", "FacilityType")
      .Show("asset", "Asset")
      .Place()
      .State()
      .Tell();
}

absl::StatusOr<Table> SupportFigure(const Desk& desk, const Question& q) {
  const uint32_t type = desk.TypeOf<rec::SupportRequest>();
  std::map<RecordId, int64_t> answered;  // when the first answer took effect
  std::vector<int64_t> took;
  int64_t open = 0;
  absl::Status inner;
  GUANHU_RETURN_IF_ERROR(
      desk.Each<rec::SupportRequest>(q.cut.place, [&](const RecordId& id, const rec::SupportRequest&) {
        const auto life = desk.Life(type, id);
        if (!life.ok()) inner = life.status();
        if (!life.ok()) return;
        for (const domain::Judged& j : life->life.acts) {
          if (j.fate != domain::Fate::kEffective || j.to != rec::SUPPORT_STATE_ANSWERED) continue;
          const int64_t at = domain::TimeOf(life->steps[j.act].act);
          if (answered.emplace(id, at).second) took.push_back(std::max<int64_t>(at - life->born_ms, 0));
        }
        open += answered.contains(id) ? 0 : 1;
      }));
  GUANHU_RETURN_IF_ERROR(inner);
  GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::SupportRequest>(desk, q));
  Table table = lister.WhereState()
                    .Add({"asked_ms", "提问时间", "Asked", Kind::kTime},
                         [&](const RecordId& id, const google::protobuf::Message&) {
                           const auto row = desk.Case(id);
                           return row ? Time(row->born_ms) : Cell::Unknown();
                         })
                    .Show("question")
                    .Show("asset", "Asset")
                    .Place()
                    .State()
                    .Add({"minutes", "答复用时", "Time to answer", Kind::kMinutes},
                         [&](const RecordId& id, const google::protobuf::Message&) {
                           const auto it = answered.find(id);
                           const auto row = desk.Case(id);
                           return it == answered.end() || !row
                                      ? Cell::Unknown()
                                      : Cell::Number(Minutes(std::max<int64_t>(it->second - row->born_ms, 0)));
                         })
                    .Tell();
  const auto spread = domain::SpreadOf(took);
  const std::string median = spread ? std::to_string(Minutes(spread->median)) : (q.English() ? "unknown" : "无");
  table.notes.push_back(q.English() ? "open " + std::to_string(open) + ", answered " + std::to_string(took.size()) +
                                          ", median minutes to an answer: " + median
                                    : "待答复 " + std::to_string(open) + "，已答复 " + std::to_string(took.size()) +
                                          "，答复用时中位数（分钟）：" + median);
  return table;
}

absl::StatusOr<Table> Documents(const Desk& desk, const Question& q) {
  GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::Document>(desk, q, true));
  return lister.WhereState()
      .Show("kind")
      .Show("title")
      .Show("version")
      .Show("facility_type", "FacilityType")
      .Show("fault")
      .Show("issuer")
      .Show("document_no")
      .Show("valid_from_ms")
      .State()
      .Tell();
}

// Published guides, for one facility type and fault where the question names them.
absl::StatusOr<Table> Guides(const Desk& desk, const Question& q) {
  RecordId type = q.cut.type;
  if (!q.Arg("type").empty()) {
    GUANHU_ASSIGN_OR_RETURN(type, RecordArg<rec::FacilityType>(desk, q, "type"));
  }
  const std::string fault = q.Arg("fault");
  GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::Document>(desk, q, true));
  return lister
      .Where<rec::Document>([&](const RecordId& id, const rec::Document& d) {
        if (d.kind() != rec::DOCUMENT_KIND_GUIDE || StateOf(desk, id) != rec::DOCUMENT_STATE_PUBLISHED) return false;
        if (type && schema::FromRef(d.facility_type(), id.scope) != type) return false;
        return fault.empty() || d.fault().find(fault) != std::string::npos;
      })
      .Show("facility_type", "FacilityType")
      .Show("fault")
      .Show("title")
      .Show("version")
      .Show("text")
      .Tell();
}

constexpr Figure kFigures[] = {
    {"roster", "值班表", "Roster", "a period; without it who is on duty now", RosterFigure},
    {"skills", "就近技能人员", "Skilled people, nearest first", "asset", Skills},
    {"associations", "管护协会", "User associations", "state", Associations},
    {"training", "培训", "Training", "list: certificates; state", Training},
    {"coaching", "对口辅导", "Coaching", "", CoachingFigure},
    {"techniques", "技术目录", "Techniques", "class; state", Techniques},
    {"demands", "技术需求", "Demands", "state", Demands},
    {"support", "技术求助", "Requests for support", "state", SupportFigure},
    {"documents", "资料库", "Documents", "state", Documents},
    {"guides", "操作指南", "Guides", "type; fault", Guides},
};

}  // namespace

absl::Span<const Figure> PeopleFigures() { return kFigures; }

}  // namespace guanhu::figures
