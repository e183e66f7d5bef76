#include "tools/seed/maker.h"

#include <sys/stat.h>

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/host/county.h"
#include "common/host/layout.h"
#include "common/schema/fields.h"
#include "common/schema/refs.h"
#include "common/trust/certificate.h"
#include "common/trust/secret_file.h"
#include "guanhu/records/v1/device.pb.h"
#include "guanhu/records/v1/duty.pb.h"
#include "guanhu/records/v1/people.pb.h"
#include "guanhu/records/v1/place.pb.h"
#include "tools/seed/catalogue.h"
#include "tools/seed/village.h"

namespace guanhu::seed {
namespace {

namespace rec = records::v1;
using base::RecordId;

constexpr int64_t kDayMs = 86'400'000;
// Average month; the work is spread over so many of them.
constexpr int64_t kMonthMs = kDayMs * 365 / 12;

// A real division's name must not make its made-up records look real.
std::string Labelled(const std::string& name) {
  return name.find("样例") != std::string::npos ? name : name + "（样例）";
}

}  // namespace

std::vector<NamedTownship> MadeUpTownships(size_t townships, size_t villages) {
  std::vector<NamedTownship> out(std::max<size_t>(1, townships));
  for (size_t t = 0; t < out.size(); ++t) out[t].place.name = absl::StrCat("样例", t + 1, "镇");
  for (size_t v = 0; v < villages; ++v) {
    NamedTownship& town = out[v % out.size()];
    town.villages.push_back({absl::StrCat(town.place.name, town.villages.size() + 1, "村"), ""});
  }
  return out;
}

int64_t Maker::from_ms() const { return options_.until_ms - kMonthMs * options_.months; }

absl::StatusOr<std::unique_ptr<Maker>> Maker::Found(Options options) {
  if (options.townships.empty()) return absl::InvalidArgumentError("a sample county needs a township");
  GUANHU_ASSIGN_OR_RETURN(schema::Schema schema, schema::Schema::Build());
  std::unique_ptr<Maker> maker(new Maker(std::move(options), std::move(schema)));
  GUANHU_RETURN_IF_ERROR(maker->OpenCity());
  GUANHU_RETURN_IF_ERROR(maker->WriteTree());
  GUANHU_RETURN_IF_ERROR(maker->WriteCatalogue());
  GUANHU_RETURN_IF_ERROR(maker->ReadFounding());
  return maker;
}

absl::Status Maker::OpenCity() {
  std::error_code error;
  std::filesystem::create_directories(options_.dir, error);
  if (error) return absl::UnavailableError(absl::StrCat("the folder ", options_.dir, " cannot be made"));
  GUANHU_RETURN_IF_ERROR(
      host::InitCounty(options_.dir + "/root", city_dir(), Labelled(options_.county.name), options_.now, random_));
  GUANHU_ASSIGN_OR_RETURN(const std::string file, trust::ReadSecretFile(host::EnrolmentPath(city_dir())));
  GUANHU_ASSIGN_OR_RETURN(enrolment_, trust::DecodeEnrolment(file));
  GUANHU_ASSIGN_OR_RETURN(authority_, host::ReadAuthority(city_dir()));
  GUANHU_ASSIGN_OR_RETURN(host::HouseTrust trust, host::HouseTrust::Make(enrolment_));
  trust_ = std::make_unique<host::HouseTrust>(std::move(trust));
  rules_ = std::make_unique<host::HouseRules>(&schema_, enrolment_.county_place);
  store::RocksOptions store_options;
  store_options.profile = store::Profile::kServer;
  GUANHU_ASSIGN_OR_RETURN(store_, store::RocksStore::Open(host::StorePath(city_dir()), store_options));
  ledger_ = std::make_unique<ledger::LedgerViews>(store_.get(), &schema_);
  node::NodeConfig config;
  config.county = config.place = enrolment_.county_place;
  config.tier = domain::Tier::kCity;
  if (options_.ledgers) config.views = ledger_.get();
  GUANHU_ASSIGN_OR_RETURN(
      city_, node::Node::Open(store_.get(), trust_.get(), rules_.get(), &random_, nullptr, config));
  city_->MakeAcksLater(true);
  return absl::OkStatus();
}

absl::StatusOr<RecordId> Maker::Save(const google::protobuf::Message& message, const std::string& key) {
  node::Command command;
  command.scope = city_->county_scope();
  node::Command::Edit edit;
  edit.type = schema_.TypeOf(message)->type;
  edit.key = key;
  edit.set = schema::FieldsOf(message);
  command.edits.push_back(std::move(edit));
  GUANHU_ASSIGN_OR_RETURN(const node::Saved saved,
                          city_->Execute(command, absl::FromUnixMillis(from_ms() - 2 * kDayMs)));
  return saved.records.front();
}

absl::StatusOr<Maker::Office> Maker::AddPlace(const NamedPlace& named, base::PlaceId parent, uint32_t tier) {
  Office office;
  office.name = Labelled(named.name);
  rec::Place place;
  place.set_name(office.name);
  place.set_kind(tier == 1 ? rec::PLACE_KIND_VILLAGE : rec::PLACE_KIND_TOWN);
  place.set_parent(parent.value);
  place.set_tier(static_cast<options::v1::Tier>(tier));
  if (!named.code.empty()) {
    rec::PlaceCode* code = place.add_codes();
    code->set_code12(named.code);
    code->set_from_ms(from_ms());
    code->set_source("guanhu-seed");
  }
  GUANHU_ASSIGN_OR_RETURN(const RecordId record, Save(place));
  office.place = rules_->PlaceOf(record);
  return office;
}

absl::Status Maker::AddDevice(Office& office, uint32_t tier) {
  host::EnrolmentRequest request;
  request.name = absl::StrCat(office.name, tier == 1 ? "平板" : "服务器");
  request.place = office.place;
  request.place_name = office.name;
  request.tier = tier;
  request.serial = serial_++;
  GUANHU_ASSIGN_OR_RETURN(office.enrolment,
                          host::EnrolNode(enrolment_, trust_->key(), authority_, request, options_.now, random_));
  GUANHU_ASSIGN_OR_RETURN(const trust::Identity identity, trust::CheckEnrolment(office.enrolment));
  rec::Device device;
  device.set_node(identity.node.value);
  device.set_name(request.name);
  device.set_place(office.place.value);
  device.set_tier(static_cast<options::v1::Tier>(tier));
  device.set_state(rec::DEVICE_STATE_ACTIVE);
  return Save(device, base::ToText(identity.node.value)).status();
}

absl::Status Maker::WriteTree() {
  rec::Place county;
  county.set_name(Labelled(options_.county.name));
  county.set_kind(rec::PLACE_KIND_CITY);
  county.set_tier(options::v1::CITY);
  GUANHU_RETURN_IF_ERROR(Save(county, "county").status());
  for (const NamedTownship& named : options_.townships) {
    GUANHU_ASSIGN_OR_RETURN(Office town, AddPlace(named.place, enrolment_.county_place, 2));
    GUANHU_RETURN_IF_ERROR(AddDevice(town, 2));
    for (const NamedPlace& v : named.villages) {
      GUANHU_ASSIGN_OR_RETURN(Office village, AddPlace(v, town.place, 1));
      GUANHU_RETURN_IF_ERROR(AddDevice(village, 1));
      village.township = townships_.size();
      villages_.push_back(std::move(village));
    }
    townships_.push_back(std::move(town));
  }
  return villages_.empty() ? absl::InvalidArgumentError("a sample county needs a village") : absl::OkStatus();
}

absl::Status Maker::WriteCatalogue() {
  std::vector<RecordId> departments;
  for (const char* name : Departments()) {
    rec::Org org;
    org.set_name(name);
    org.set_kind(rec::ORG_KIND_BUREAU);
    GUANHU_ASSIGN_OR_RETURN(const RecordId id, Save(org));
    departments.push_back(id);
  }
  for (const FacilityKind& kind : FacilityKinds()) {
    rec::FacilityType type;
    type.set_code(kind.code);
    type.set_name_zh(kind.zh);
    type.set_name_en(kind.en);
    type.set_facility_class(kind.facility_class);
    *type.mutable_department() = schema::ToRef(departments[kind.department], city_->county_scope());
    type.set_operating_kind(kind.operating);
    type.set_interval_days(kind.interval_days);
    GUANHU_ASSIGN_OR_RETURN(const RecordId id, Save(type, kind.code));
    types_.push_back(id);
  }
  rec::Standard standard;
  standard.set_version(1);
  standard.set_title("样例管护标准");
  standard.set_text("样例：巡查、保洁、维修的要求。");
  GUANHU_ASSIGN_OR_RETURN(standard_, Save(standard));
  return absl::OkStatus();
}

absl::Status Maker::ReadFounding() {
  for (const sync::Point& p : city_->HaveOf(city_->county_scope()).points) {
    GUANHU_ASSIGN_OR_RETURN(std::vector<Shipment> shipments, ReadJournal(*city_, p.journal, 0, p.seq));
    for (Shipment& s : shipments) {
      for (sync::Ingest& item : s.items) founding_.push_back(std::move(item));
    }
  }
  return absl::OkStatus();
}

absl::Status Maker::Apply(const Shipment& shipment) {
  GUANHU_ASSIGN_OR_RETURN(const auto outcomes, city_->Apply({{shipment.from, &shipment.items}}, options_.now));
  for (const sync::Outcome& o : outcomes.front()) {
    if (o.kind != sync::Outcome::kDone)
      return absl::InternalError(absl::StrCat("the city refuses a sample device's work: ", o.reason));
  }
  city_->TakeChanges();
  return absl::OkStatus();
}

absl::Status Maker::Acknowledge() {
  GUANHU_RETURN_IF_ERROR(city_->MakeDueAcks());
  city_->TakeChanges();
  return absl::OkStatus();
}

absl::Status Maker::Write(const Ship& ship, const Progress& progress) {
  std::unique_ptr<Writer> town;
  uint64_t changes = 0;
  for (size_t v = 0; v < villages_.size(); ++v) {
    const Office& office = villages_[v];
    const absl::Time start = absl::FromUnixMillis(from_ms());
    if (v == 0 || office.township != villages_[v - 1].township) {
      GUANHU_ASSIGN_OR_RETURN(town, Writer::Open(townships_[office.township].enrolment, &schema_, founding_,
                                                 options_.seed * 7919 + 1'000'000 + office.township, start));
    }
    GUANHU_ASSIGN_OR_RETURN(std::unique_ptr<Writer> tablet,
                            Writer::Open(office.enrolment, &schema_, founding_, options_.seed * 7919 + v, start));
    VillagePlan plan;
    plan.place = office.place;
    plan.name = office.name;
    plan.number = static_cast<uint32_t>(v);
    plan.assets = options_.assets * (v + 1) / villages_.size() - options_.assets * v / villages_.size();
    plan.inspections = options_.inspections * (v + 1) / villages_.size() - options_.inspections * v / villages_.size();
    plan.from_ms = from_ms();
    plan.to_ms = options_.until_ms;
    plan.types = types_;
    plan.standard = standard_;
    plan.seed = options_.seed * 104'729 + v;
    if (plan.assets == 0) continue;
    GUANHU_RETURN_IF_ERROR(WriteVillage(plan, *tablet, *town));
    for (Writer* w : {tablet.get(), town.get()}) {
      GUANHU_ASSIGN_OR_RETURN(std::vector<Shipment> shipments,
                              w->HandIn({office.place, base::Visibility::kInternal}));
      for (Shipment& s : shipments) {
        changes += s.changes;
        GUANHU_RETURN_IF_ERROR(ship(std::move(s)));
      }
    }
    GUANHU_RETURN_IF_ERROR(Acknowledge());
    progress(v + 1, villages_.size(), changes);
  }
  return absl::OkStatus();
}

}  // namespace guanhu::seed
