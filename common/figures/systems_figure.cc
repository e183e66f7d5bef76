// The five systems of the county's plan (五位一体), each as one stated ratio for a township.
#include "common/figures/systems_figure.h"

#include "common/base/status.h"
#include "common/domain/response.h"
#include "common/figures/duties.h"
#include "common/figures/lister.h"
#include "guanhu/options/v1/options.pb.h"
#include "guanhu/records/v1/people.pb.h"

namespace guanhu::figures {

namespace rec = records::v1;
using base::RecordId;

namespace {

struct Counts {
  int64_t villages = 0, staffed = 0;
  int64_t assets = 0, placed = 0, helped = 0, modelled = 0, secured = 0;
};

absl::StatusOr<std::map<base::PlaceId, bool>> Staffed(const Desk& desk, int64_t now) {
  std::map<base::PlaceId, bool> out;
  GUANHU_RETURN_IF_ERROR(desk.Each<rec::Post>({}, [&](const RecordId& id, const rec::Post& p) {
    if (p.role() != options::v1::CARETAKER || p.from_ms() > now || (p.has_to_ms() && p.to_ms() <= now)) return;
    out[desk.directory().Root(p.place() == 0 ? id.scope.place : base::PlaceId{p.place()})] = true;
  }));
  return out;
}

}  // namespace

absl::StatusOr<Table> SystemsFigure(const Desk& desk, const Question& q) {
  const int64_t now = absl::ToUnixMillis(q.now);
  GUANHU_ASSIGN_OR_RETURN(const auto staffed, Staffed(desk, now));
  Duties duties(desk);
  GUANHU_RETURN_IF_ERROR(duties.Read(now));
  Support support(desk, duties);
  GUANHU_RETURN_IF_ERROR(support.Read());
  std::map<std::string, Counts> townships;
  const domain::Directory& places = desk.directory();
  for (const auto& [id, place] : places.places()) {
    const bool village = place.parent && place.parent != places.county();
    if (!village || place.successor || !desk.Inside(q.cut.place, id) || desk.TownshipOf(id) != place.parent) continue;
    Counts& c = townships[desk.PlaceName(place.parent)];
    ++c.villages;
    c.staffed += staffed.contains(id) ? 1 : 0;
  }
  for (const ledger::AssetRow& a : AssetsOf(desk, q)) {
    Counts& c = townships[desk.PlaceName(desk.TownshipOf(a.id.scope.place))];
    const Lacks lacks = support.Of(a);
    const DutyRow* duty = duties.Of(a);
    ++c.assets;
    c.placed += a.type && a.has_point ? 1 : 0;
    c.helped += lacks.support ? 0 : 1;
    c.modelled += duty != nullptr && duty->duty.model() != 0 ? 1 : 0;
    c.secured += lacks.fund || lacks.standard ? 0 : 1;
  }
  Table table;
  table.columns = {{"township", "乡镇", "Township"},
                   {"organisation_bp", "组织体系", "Organisation", Kind::kBasisPoints},
                   {"information_bp", "信息平台体系", "Information", Kind::kBasisPoints},
                   {"technique_bp", "技术支持体系", "Technical support", Kind::kBasisPoints},
                   {"models_bp", "管护模式体系", "Models", Kind::kBasisPoints},
                   {"guarantees_bp", "制度保障体系", "Guarantees", Kind::kBasisPoints},
                   {"mean_bp", "五项平均", "Mean of what can be told", Kind::kBasisPoints}};
  for (const auto& [name, c] : townships) {
    Row row{{Cell::Text(name), Share(c.staffed, c.villages), Share(c.placed, c.assets), Share(c.helped, c.assets),
             Share(c.modelled, c.assets), Share(c.secured, c.assets)},
            ""};
    int64_t sum = 0;
    int64_t known = 0;
    for (size_t i = 1; i < 6; ++i) {
      sum += row.cells[i].known ? row.cells[i].number : 0;
      known += row.cells[i].known ? 1 : 0;
    }
    row.cells.push_back(known == 0 ? Cell::Unknown() : Cell::Number(sum / known));
    table.rows.push_back(std::move(row));
  }
  table.notes = q.English()
                    ? std::vector<std::string>{"Organisation: villages with a caretaker in post / villages.",
                                               "Information: assets with a type and a position / assets.",
                                               "Technical support: assets with a guide, an expert or a coach / assets.",
                                               "Models: assets whose duty says how they are maintained / assets.",
                                               "Guarantees: assets with money and a standard / assets."}
                    : std::vector<std::string>{"组织体系：有在任管护员的村 / 村数。",
                                               "信息平台体系：类型和位置齐全的设施 / 设施数。",
                                               "技术支持体系：有指南、专家或辅导的设施 / 设施数。",
                                               "管护模式体系：已明确管护模式的设施 / 设施数。",
                                               "制度保障体系：资金和标准齐全的设施 / 设施数。"};
  return table;
}

}  // namespace guanhu::figures
