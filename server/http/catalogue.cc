#include "server/http/catalogue.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/ledger/life.h"
#include "common/ledger/types.h"
#include "common/schema/display.h"
#include "guanhu/records/v1/asset.pb.h"

namespace guanhu::server::http {

namespace rec = guanhu::records::v1;
namespace pb = google::protobuf;

const Service* Find(const Services& services, absl::string_view code) {
  const auto at = std::find_if(services.begin(), services.end(), [&](const Service& s) { return s.code == code; });
  return at == services.end() ? nullptr : &*at;
}

std::string ClassCode(int facility_class) {
  const pb::EnumValueDescriptor* value = rec::FacilityClass_descriptor()->FindValueByNumber(facility_class);
  if (value == nullptr || facility_class == rec::FACILITY_CLASS_UNSPECIFIED) return "";
  const absl::string_view prefix = "FACILITY_CLASS_";
  return absl::AsciiStrToLower(value->name().substr(prefix.size()));
}

absl::StatusOr<std::shared_ptr<const Services>> Catalogue::Get() {
  GUANHU_ASSIGN_OR_RETURN(const ledger::Book* const book, host_->Book());
  const std::string mark = book->coverage().mark;
  {
    std::lock_guard<std::mutex> lock(mu_);
    if (services_ != nullptr && mark == mark_) return services_;
  }
  auto services = std::make_shared<Services>();
  const pb::EnumDescriptor& classes = *rec::FacilityClass_descriptor();
  for (int i = 0; i < classes.value_count(); ++i) {
    const int number = classes.value(i)->number();
    if (number == rec::FACILITY_CLASS_UNSPECIFIED) continue;
    const std::string zh = schema::EnumLabel(classes, number, schema::Language::kChinese);
    const std::string en = schema::EnumLabel(classes, number, schema::Language::kEnglish);
    services->push_back({ClassCode(number), zh, en, zh, false, static_cast<rec::FacilityClass>(number)});
  }
  const size_t first_type = services->size();
  GUANHU_RETURN_IF_ERROR(host_->Do([&](node::Node& n) {
    return n.Visit(n.county_scope(), ledger::kFacilityTypeType,
                   [&](uint32_t type, const base::RecordId&, const model::RecordState& state) {
                     const auto shown = ledger::ShownRecord(n, host_->schema(), type, state);
                     if (shown == nullptr) return true;
                     rec::FacilityType record;
                     record.CopyFrom(*shown);
                     const bool deleted = record.deleted();
                     schema::KeepPublic(*host_->schema().Type(type), record);
                     if (deleted || record.code().empty() || Find(*services, record.code()) != nullptr) return true;
                     services->push_back({record.code(), record.name_zh(), record.name_en(),
                                          schema::EnumLabel(classes, record.facility_class(),
                                                            schema::Language::kChinese),
                                          true, record.facility_class()});
                     return true;
                   });
  }));
  std::sort(services->begin() + static_cast<std::ptrdiff_t>(first_type), services->end(),
            [](const Service& a, const Service& b) { return a.code < b.code; });
  std::lock_guard<std::mutex> lock(mu_);
  mark_ = mark;
  services_ = std::move(services);
  return services_;
}

}  // namespace guanhu::server::http
