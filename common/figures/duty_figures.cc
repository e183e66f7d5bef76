// The family `duty`: who answers, what is lacking, where work goes.
#include <algorithm>
#include <set>

#include "common/base/status.h"
#include "common/figures/duties.h"
#include "common/figures/figures.h"
#include "common/figures/lister.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/people.pb.h"

namespace guanhu::figures {
namespace {

namespace rec = records::v1;
using base::RecordId;

// Bodies that the county's plan names.
constexpr int64_t kNamedBodies = 15;

Column Yn(const char* name, const char* zh, const char* en) { return {name, zh, en, Kind::kText}; }

struct Known {
  Duties duties;
  Support support;
  explicit Known(const Desk& desk) : duties(desk), support(desk, duties) {}
  absl::Status Read(const Question& q) {
    GUANHU_RETURN_IF_ERROR(duties.Read(absl::ToUnixMillis(q.now)));
    return support.Read();
  }
};

absl::StatusOr<Table> Gaps(const Desk& desk, const Question& q) {
  Known known(desk);
  GUANHU_RETURN_IF_ERROR(known.Read(q));
  if (q.Arg("list") == "assets") {
    Table table;
    table.columns = {{"place", "属地", "Place"},
                     {"asset", "设施", "Asset"},
                     Yn("no_fund", "缺资金", "No fund line"),
                     Yn("no_person", "缺人员", "No responsible person"),
                     Yn("no_standard", "缺制度", "No standard"),
                     Yn("no_support", "缺技术", "No technical support"),
                     {"lacks", "缺项", "Lacks", Kind::kNumber}};
    for (const ledger::AssetRow& a : AssetsOf(desk, q)) {
      const Lacks l = known.support.Of(a);
      if (l.count() == 0) continue;
      table.rows.push_back(
          {{Cell::Text(desk.PlaceName(a.id.scope.place)), Cell::Text(desk.NameOf(ledger::kAssetType, a.id)),
            Yes(l.fund, q), Yes(l.person, q), Yes(l.standard, q), Yes(l.support, q), Cell::Number(l.count())},
           base::ToText(a.id)});
    }
    SortAndPage(q, table);
    return table;
  }
  Tally tally({{"place", "村", "Village"},
               {"assets", "设施数", "Assets", Kind::kNumber},
               {"no_fund", "缺资金", "No fund line", Kind::kNumber},
               {"no_person", "缺人员", "No responsible person", Kind::kNumber},
               {"no_standard", "缺制度", "No standard", Kind::kNumber},
               {"no_support", "缺技术", "No technical support", Kind::kNumber},
               {"lacks", "四缺项数", "Of four lacks", Kind::kNumber}});
  for (const ledger::AssetRow& a : AssetsOf(desk, q)) {
    const std::string place = PlaceKey(desk, q, a.id.scope.place);
    const Lacks l = known.support.Of(a);
    ++tally.At(place, 0);
    tally.At(place, 1) += l.fund;
    tally.At(place, 2) += l.person;
    tally.At(place, 3) += l.standard;
    tally.At(place, 4) += l.support;
  }
  return tally.Tell([](Row& row) {
    int64_t lacks = 0;
    for (size_t i = 2; i < 6; ++i) lacks += row.cells[i].number > 0 ? 1 : 0;
    row.cells[6] = Cell::Number(lacks);
  });
}

// Counted as the ledgers count it.
absl::StatusOr<Table> Completeness(const Desk& desk, const Question& q) {
  constexpr uint8_t kBits[] = {ledger::kClearScope, ledger::kClearTitle, ledger::kClearStandard, ledger::kClearFunds,
                               ledger::kClearDuty};
  const std::vector<Column> five = {Yn("scope", "管护范围", "Scope"), Yn("title", "权属", "Title"),
                                    Yn("standard", "标准", "Standard"), Yn("funds", "资金", "Funds"),
                                    Yn("duty", "责任", "Duty")};
  if (q.Arg("list") == "assets") {
    Table table;
    table.columns = {{"place", "属地", "Place"}, {"asset", "设施", "Asset"}};
    table.columns.insert(table.columns.end(), five.begin(), five.end());
    table.columns.push_back({"five_bp", "五个明确", "Five clear", Kind::kBasisPoints});
    for (const ledger::AssetRow& a : AssetsOf(desk, q)) {
      Row row{{Cell::Text(desk.PlaceName(a.id.scope.place)), Cell::Text(desk.NameOf(ledger::kAssetType, a.id))},
              base::ToText(a.id)};
      for (uint8_t bit : kBits) row.cells.push_back(Yes((a.clear & bit) != 0, q));
      row.cells.push_back(Cell::Number(__builtin_popcount(a.clear) * 2000));
      table.rows.push_back(std::move(row));
    }
    SortAndPage(q, table);
    return table;
  }
  std::vector<Column> columns = {{"place", "属地", "Place"}, {"assets", "设施数", "Assets", Kind::kNumber}};
  for (Column c : five) {
    c.kind = Kind::kNumber;
    columns.push_back(std::move(c));
  }
  columns.push_back({"all_five", "五项全明确", "All five", Kind::kNumber});
  columns.push_back({"five_bp", "五个明确率", "Five clear", Kind::kBasisPoints});
  Tally tally(std::move(columns));
  for (const ledger::AssetRow& a : AssetsOf(desk, q)) {
    const std::string place = PlaceKey(desk, q, a.id.scope.place);
    ++tally.At(place, 0);
    for (size_t i = 0; i < 5; ++i) tally.At(place, 1 + i) += (a.clear & kBits[i]) != 0;
    tally.At(place, 6) += a.clear == ledger::kClearAll;
  }
  return tally.Tell([](Row& row) {
    int64_t clear = 0;
    for (size_t i = 2; i < 7; ++i) clear += row.cells[i].number;
    row.cells[8] = Share(clear, row.cells[1].number * 5);
  });
}

absl::StatusOr<Table> HandOverWarnings(const Desk& desk, const Question& q) {
  Known known(desk);
  GUANHU_RETURN_IF_ERROR(known.Read(q));
  Table table;
  table.columns = {{"place", "属地", "Place"},
                   {"asset", "设施", "Asset"},
                   {"state", "状态", "State"},
                   Yn("no_owner", "缺产权人", "No owner"),
                   Yn("no_duty", "缺责任主体", "No responsible body"),
                   Yn("no_fund", "缺资金来源", "No fund source"),
                   Yn("no_standard", "缺标准", "No standard")};
  for (const ledger::AssetRow& a : AssetsOf(desk, q)) {
    if (a.state != rec::ASSET_STATE_IN_USE && a.state != rec::ASSET_STATE_IMPAIRED) continue;
    const Lacks l = known.support.Of(a);
    const bool owned = known.support.Owned(a);
    if (owned && !l.person && !l.fund && !l.standard) continue;
    table.rows.push_back(
        {{Cell::Text(desk.PlaceName(a.id.scope.place)), Cell::Text(desk.NameOf(ledger::kAssetType, a.id)),
          Cell::Text(desk.EnumName(ledger::kAssetType, "state", a.state, q)), Yes(!owned, q), Yes(l.person, q),
          Yes(l.fund, q), Yes(l.standard, q)},
         base::ToText(a.id)});
  }
  table.notes.push_back(q.English() ? "A warning: nothing is blocked." : "仅为提示，不阻止登记和使用。");
  SortAndPage(q, table);
  return table;
}

absl::StatusOr<Table> DutyList(const Desk& desk, const Question& q) {
  Duties duties(desk);
  GUANHU_RETURN_IF_ERROR(duties.Read(absl::ToUnixMillis(q.now)));
  Table table;
  table.columns = {{"place", "属地", "Place"},
                   {"asset", "设施", "Asset"},
                   {"manager", "管理主体", "Manager"},
                   {"maintainer", "日常管护主体", "Daily maintainer"},
                   {"works", "专业施工主体", "Works body"},
                   {"supervisor", "监管部门", "Supervising department"},
                   {"phone", "公开电话", "Public telephone"},
                   {"model", "管护模式", "Model"},
                   {"standard", "标准", "Standard"},
                   {"fund_source", "资金来源", "Fund source"},
                   {"from_ms", "开始时间", "From", Kind::kTime},
                   {"to_ms", "结束时间", "To", Kind::kTime},
                   {"basis", "依据", "Said for"}};
  for (const ledger::AssetRow& a : AssetsOf(desk, q)) {
    Row row{{Cell::Text(desk.PlaceName(a.id.scope.place)), Cell::Text(desk.NameOf(ledger::kAssetType, a.id))},
            base::ToText(a.id)};
    const DutyRow* found = duties.Of(a);
    const rec::Responsibility none;
    const rec::Responsibility& d = found == nullptr ? none : found->duty;
    const base::ScopeId scope = found == nullptr ? a.id.scope : found->id.scope;
    const auto party = [&](const rec::RecordRef& ref) { return Cell::Text(PartyName(desk, ref, scope)); };
    row.cells.push_back(party(d.manager_org()));
    row.cells.push_back(party(d.has_maintainer_person() ? d.maintainer_person() : d.maintainer_org()));
    row.cells.push_back(party(d.works_org()));
    row.cells.push_back(party(d.supervisor_dept()));
    row.cells.push_back(Cell::Text(d.public_phone()));
    row.cells.push_back(
        Cell::Text(d.model() == 0 ? "" : desk.EnumName(ledger::kResponsibilityType, "model", d.model(), q)));
    row.cells.push_back(Cell::Text(desk.NameOf(d.standard(), scope, desk.TypeOf<rec::Standard>())));
    row.cells.push_back(Cell::Text(
        d.fund_source() == 0 ? "" : desk.EnumName(ledger::kResponsibilityType, "fund_source", d.fund_source(), q)));
    row.cells.push_back(Time(d.from_ms()));
    row.cells.push_back(Time(d.to_ms()));
    const char* basis = found == nullptr  ? ""
                        : found->of_asset ? (q.English() ? "the asset" : "设施")
                                          : (q.English() ? "place and type" : "属地和类型");
    row.cells.push_back(Cell::Text(basis));
    table.rows.push_back(std::move(row));
  }
  SortAndPage(q, table);
  return table;
}

// Bureaus with the person who answers for each class.
absl::StatusOr<Table> Departments(const Desk& desk, const Question& q) {
  Table table;
  table.columns = {{"department", "部门", "Department"},
                   {"class", "设施类别", "Class"},
                   {"contact", "联系人", "Contact"},
                   {"phone", "电话", "Telephone"},
                   {"public_phone", "公开电话", "Public telephone"},
                   {"role", "职责", "Role"},
                   {"from_ms", "任职时间", "From", Kind::kTime}};
  struct Holder {
    RecordId id;
    rec::Post post;
  };
  std::map<RecordId, std::vector<Holder>> posts;
  const int64_t now = absl::ToUnixMillis(q.now);
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Post>({}, [&](const RecordId& id, const rec::Post& p) {
    if (p.from_ms() <= now && (!p.has_to_ms() || p.to_ms() > now) && p.has_org())
      posts[schema::FromRef(p.org(), id.scope)].push_back({id, p});
  }));
  int64_t bureaus = 0;
  int64_t nobody = 0;
  absl::Status inner;
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Org>({}, [&](const RecordId& id, const rec::Org& o) {
    if (o.kind() != rec::ORG_KIND_BUREAU) return;
    ++bureaus;
    const auto it = posts.find(id);
    if (it == posts.end()) ++nobody;
    std::vector<int> classes(o.classes().begin(), o.classes().end());
    if (classes.empty()) classes.push_back(0);
    for (int c : classes) {
      bool named = false;
      for (const Holder& h : it == posts.end() ? std::vector<Holder>{} : it->second) {
        const auto& of = h.post.classes();
        if (!of.empty() && std::find(of.begin(), of.end(), c) == of.end()) continue;
        const auto person = desk.Read<rec::Person>(schema::FromRef(h.post.person(), h.id.scope));
        if (!person.ok()) inner = person.status();
        const bool known = person.ok() && *person;
        named = true;
        table.rows.push_back(
            {{Cell::Text(o.name()), Cell::Text(desk.EnumName(ledger::kAssetType, "facility_class", c, q)),
              Cell::Text(known ? (*person)->name() : ""), Cell::Text(known ? (*person)->phone() : ""),
              Cell::Text(o.public_phone()), Cell::Text(desk.EnumName(4, "role", h.post.role(), q)),
              Time(h.post.from_ms())},
             base::ToText(id)});
      }
      if (named) continue;
      table.rows.push_back(
          {{Cell::Text(o.name()), Cell::Text(desk.EnumName(ledger::kAssetType, "facility_class", c, q)), Cell::Text(""),
            Cell::Text(""), Cell::Text(o.public_phone()), Cell::Text(""), Cell::Unknown()},
           base::ToText(id)});
    }
  }));
  GUANHU_RETURN_IF_ERROR(inner);
  const std::string counts = std::to_string(bureaus) + " / " + std::to_string(kNamedBodies);
  table.notes.push_back(q.English() ? counts + " of the named bodies are listed, " + std::to_string(nobody) +
                                          " without a contact"
                                    : "已登记部门 " + counts + "，未明确联系人 " + std::to_string(nobody) + " 个");
  SortAndPage(q, table);
  return table;
}

struct Route {
  size_t far = 0;  // places between the rule's and the asset's
  bool of_type = false;
  RecordId id;
  rec::RoutingRule rule;
};

// Most specific first: the nearest place, then the rule of the type before that of the class before one for all.
absl::StatusOr<Table> Routing(const Desk& desk, const Question& q) {
  base::PlaceId place;
  RecordId type;
  int facility_class = 0;
  if (!q.Arg("asset").empty()) {
    GUANHU_ASSIGN_OR_RETURN(const RecordId id, RecordArg<rec::Asset>(desk, q, "asset"));
    const auto asset = desk.book().Asset(id);
    if (!asset || !asset->exists) return absl::NotFoundError("the asset is not here");
    place = asset->id.scope.place;
    type = asset->type;
    facility_class = asset->facility_class;
  } else {
    GUANHU_ASSIGN_OR_RETURN(place, PlaceArg(desk, q, "place"));
    GUANHU_ASSIGN_OR_RETURN(type, RecordArg<rec::FacilityType>(desk, q, "type"));
    if (!place) return absl::InvalidArgumentError("routing asks for 'asset', or for 'type' and 'place'");
  }
  const auto known = desk.book().Type(type);
  if (facility_class == 0 && known) facility_class = known->facility_class;
  std::map<base::PlaceId, size_t> far;
  for (base::PlaceId at = desk.directory().Root(place); at && far.size() < 16;) {
    far.emplace(at, far.size());
    const domain::PlaceRow* row = desk.directory().Place(at);
    at = row == nullptr ? base::PlaceId{} : desk.directory().Root(row->parent);
  }
  std::vector<Route> routes;
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::RoutingRule>({}, [&](const RecordId& id, const rec::RoutingRule& r) {
    const base::PlaceId at = desk.directory().Root(r.place() == 0 ? id.scope.place : base::PlaceId{r.place()});
    const auto it = far.find(at);
    if (it == far.end()) return;
    if (r.has_facility_type() && (!type || schema::FromRef(r.facility_type(), id.scope) != type)) return;
    if (!r.has_facility_type() && r.facility_class() != 0 && r.facility_class() != facility_class) return;
    routes.push_back({it->second, r.has_facility_type(), id, r});
  }));
  std::sort(routes.begin(), routes.end(), [](const Route& a, const Route& b) {
    return std::tuple(a.far, !a.of_type, a.rule.facility_class() == 0, a.id) <
           std::tuple(b.far, !b.of_type, b.rule.facility_class() == 0, b.id);
  });
  Table table;
  table.columns = {{"rank", "顺序", "Rank", Kind::kNumber},
                   {"place", "属地", "Place"},
                   {"for", "适用", "For"},
                   {"department", "主管部门", "Department"},
                   {"contractor", "施工单位", "Contractor"},
                   {"phone", "联系电话", "Telephone"},
                   {"source", "依据", "Source"}};
  for (const Route& r : routes) {
    const base::PlaceId at = r.rule.place() == 0 ? r.id.scope.place : base::PlaceId{r.rule.place()};
    table.rows.push_back(
        {{Cell::Number(static_cast<int64_t>(table.rows.size()) + 1), Cell::Text(desk.PlaceName(at)),
          Cell::Text(r.of_type ? desk.NameOf(ledger::kFacilityTypeType, type)
                               : desk.EnumName(ledger::kAssetType, "facility_class", r.rule.facility_class(), q)),
          Cell::Text(PartyName(desk, r.rule.department(), r.id.scope)),
          Cell::Text(PartyName(desk, r.rule.contractor(), r.id.scope)), Cell::Text(r.rule.contact_phone()),
          Cell::Text(q.English() ? "routing rule" : "分派规则")},
         base::ToText(r.id)});
  }
  if (known && known->department) {
    table.rows.push_back(
        {{Cell::Number(static_cast<int64_t>(table.rows.size()) + 1),
          Cell::Text(desk.PlaceName(desk.directory().county())),
          Cell::Text(desk.NameOf(ledger::kFacilityTypeType, type)), Cell::Text(PartyName(desk, known->department)),
          Cell::Text(""), Cell::Text(""), Cell::Text(q.English() ? "facility type" : "设施类型")},
         base::ToText(type)});
  }
  return table;
}

absl::StatusOr<Table> Models(const Desk& desk, const Question& q) {
  Duties duties(desk);
  GUANHU_RETURN_IF_ERROR(duties.Read(absl::ToUnixMillis(q.now)));
  Tally tally({{"model", "管护模式", "Model"},
               {"assets", "设施数", "Assets", Kind::kNumber},
               {"share_bp", "占比", "Share", Kind::kBasisPoints}});
  int64_t all = 0;
  for (const ledger::AssetRow& a : AssetsOf(desk, q)) {
    const DutyRow* duty = duties.Of(a);
    const int model = duty == nullptr ? 0 : duty->duty.model();
    ++tally.At(desk.EnumName(ledger::kResponsibilityType, "model", model, q), 0);
    ++all;
  }
  return tally.Tell([all](Row& row) { row.cells[2] = Share(row.cells[1].number, all); });
}

absl::StatusOr<Table> Titles(const Desk& desk, const Question& q) {
  if (q.Arg("list") == "titles") {
    GUANHU_ASSIGN_OR_RETURN(Lister lister, Lister::Of<rec::Title>(desk, q));
    return lister.WhereState()
        .Place()
        .Show("asset", "Asset")
        .Show("level")
        .Show("owner", "*")
        .Show("number")
        .State()
        .Show("notice_from_ms")
        .Show("notice_to_ms")
        .Tell();
  }
  Tally tally({{"place", "属地", "Place"},
               {"level", "确权层级", "Level"},
               {"filed", "申报", "Filed", Kind::kNumber},
               {"announced", "公示", "Announced", Kind::kNumber},
               {"objected", "异议", "Objected", Kind::kNumber},
               {"confirmed", "已确权", "Confirmed", Kind::kNumber},
               {"changed", "已变更", "Changed", Kind::kNumber},
               {"revoked", "已撤销", "Revoked", Kind::kNumber}},
              2);
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Title>(q.cut.place, [&](const RecordId& id, const rec::Title& t) {
    const int state = StateOf(desk, id);
    if (state < rec::TITLE_STATE_FILED || state > rec::TITLE_STATE_REVOKED) return;
    ++tally.At({PlaceKey(desk, q, id.scope.place), desk.EnumName(ledger::kTitleType, "level", t.level(), q)},
               static_cast<size_t>(state - 1));
  }));
  return tally.Tell();
}

constexpr Figure kFigures[] = {
    {"gaps", "四缺情况", "The four lacks", "list: assets", Gaps},
    {"completeness", "五个明确", "Five clear", "list: assets", Completeness},
    {"handover-warnings", "移交提示", "Warnings at the hand-over", "", HandOverWarnings},
    {"duties", "管护责任清单", "Duties", "", DutyList},
    {"departments", "部门联系表", "Departments", "", Departments},
    {"routing", "分派去向", "Routing", "asset; or type and place", Routing},
    {"models", "管护模式", "Models", "", Models},
    {"titles", "确权情况", "Titles", "list: titles; state", Titles},
};

}  // namespace

absl::Span<const Figure> DutyFigures() { return kFigures; }

}  // namespace guanhu::figures
