#include "tools/seed/catalogue.h"

namespace guanhu::seed {
namespace {

namespace rec = records::v1;

constexpr const char* kDepartments[] = {
    "样例市教科局",     "样例市工信局",   "样例市民政局",       "样例市住建局",     "样例市交通局",
    "样例市水利局",     "样例市农业农村局", "样例市文化和旅游局", "样例市卫健体局",   "样例市城市管理局",
    "样例市应急管理局", "样例市融媒体中心", "样例市能源局",       "样例市林业局",     "中国邮政样例分公司"};

constexpr FacilityKind kKinds[] = {
    {"WS", "集中供水站", "Water supply station", rec::FACILITY_CLASS_WATER, 5, rec::OPERATING_KIND_QUASI, 15, 4},
    {"WL", "机井", "Well", rec::FACILITY_CLASS_WATER, 5, rec::OPERATING_KIND_NON_PROFIT, 30, 8},
    {"CH", "灌溉渠", "Irrigation channel", rec::FACILITY_CLASS_WATER, 5, rec::OPERATING_KIND_NON_PROFIT, 30, 6},
    {"TF", "配电台区", "Transformer area", rec::FACILITY_CLASS_POWER, 12, rec::OPERATING_KIND_COMMERCIAL, 30, 3},
    {"PV", "光伏电站", "Solar plant", rec::FACILITY_CLASS_POWER, 12, rec::OPERATING_KIND_COMMERCIAL, 30, 2},
    {"LM", "路灯", "Street lamp", rec::FACILITY_CLASS_POWER, 9, rec::OPERATING_KIND_NON_PROFIT, 30, 24},
    {"RD", "村道", "Village road", rec::FACILITY_CLASS_ROAD, 4, rec::OPERATING_KIND_NON_PROFIT, 15, 14},
    {"BR", "桥梁", "Bridge", rec::FACILITY_CLASS_ROAD, 4, rec::OPERATING_KIND_NON_PROFIT, 15, 2},
    {"SG", "交通标志", "Road sign", rec::FACILITY_CLASS_ROAD, 4, rec::OPERATING_KIND_NON_PROFIT, 60, 6},
    {"GR", "燃气调压箱", "Gas regulator", rec::FACILITY_CLASS_GAS, 3, rec::OPERATING_KIND_COMMERCIAL, 15, 2},
    {"BG", "沼气池", "Biogas digester", rec::FACILITY_CLASS_GAS, 6, rec::OPERATING_KIND_NON_PROFIT, 30, 2},
    {"BS", "通信基站", "Base station", rec::FACILITY_CLASS_TELECOM, 1, rec::OPERATING_KIND_COMMERCIAL, 60, 2},
    {"LS", "应急广播", "Public loudspeaker", rec::FACILITY_CLASS_TELECOM, 11, rec::OPERATING_KIND_NON_PROFIT, 30, 3},
    {"PO", "邮政服务点", "Postal point", rec::FACILITY_CLASS_TELECOM, 14, rec::OPERATING_KIND_QUASI, 60, 1},
    {"RB", "垃圾收集点", "Refuse point", rec::FACILITY_CLASS_SANITATION, 9, rec::OPERATING_KIND_NON_PROFIT, 7, 12},
    {"WC", "公共厕所", "Public toilet", rec::FACILITY_CLASS_SANITATION, 8, rec::OPERATING_KIND_NON_PROFIT, 7, 4},
    {"SW", "污水处理设施", "Sewage works", rec::FACILITY_CLASS_SANITATION, 3, rec::OPERATING_KIND_QUASI, 15, 3},
    {"GN", "公共绿地", "Public green", rec::FACILITY_CLASS_SANITATION, 13, rec::OPERATING_KIND_NON_PROFIT, 30, 3},
    {"VO", "村级办公场所", "Village office", rec::FACILITY_CLASS_GOVERNANCE, 2, rec::OPERATING_KIND_NON_PROFIT, 60, 1},
    {"SH", "应急避难场所", "Shelter", rec::FACILITY_CLASS_GOVERNANCE, 10, rec::OPERATING_KIND_NON_PROFIT, 60, 1},
    {"CL", "村卫生室", "Village clinic", rec::FACILITY_CLASS_SERVICE, 8, rec::OPERATING_KIND_NON_PROFIT, 30, 1},
    {"SC", "村小学", "Village school", rec::FACILITY_CLASS_SERVICE, 0, rec::OPERATING_KIND_NON_PROFIT, 30, 1},
    {"CU", "文化活动室", "Culture room", rec::FACILITY_CLASS_SERVICE, 7, rec::OPERATING_KIND_NON_PROFIT, 30, 1},
    {"EL", "日间照料中心", "Day care for the old", rec::FACILITY_CLASS_SERVICE, 2, rec::OPERATING_KIND_QUASI, 30, 1},
    {"CS", "冷藏保鲜库", "Cold store", rec::FACILITY_CLASS_SERVICE, 6, rec::OPERATING_KIND_COMMERCIAL, 30, 1},
};

}  // namespace

absl::Span<const char* const> Departments() { return kDepartments; }
absl::Span<const FacilityKind> FacilityKinds() { return kKinds; }

}  // namespace guanhu::seed
