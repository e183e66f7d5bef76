#include "tools/bench/county.h"

#include <grpcpp/server_builder.h>
#include <sys/stat.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/host/county.h"
#include "common/host/layout.h"
#include "common/rpc/credentials.h"
#include "common/rpc/limits.h"
#include "common/schema/fields.h"
#include "common/trust/certificate.h"
#include "common/trust/secret_file.h"
#include "guanhu/records/v1/device.pb.h"
#include "guanhu/records/v1/place.pb.h"
#include "tools/bench/report.h"

namespace guanhu::bench {
namespace {

constexpr uint32_t kPlaceType = 1;
constexpr uint32_t kDeviceType = 5;
constexpr uint32_t kInspectionType = 14;

// A benchmark that cannot be set up has nothing to report.
template <typename T>
T Must(absl::StatusOr<T> v) {
  if (!v.ok()) {
    std::fprintf(stderr, "guanhu-bench: %s\n", std::string(v.status().message()).c_str());
    std::exit(1);
  }
  return *std::move(v);
}
void Must(const absl::Status& s) {
  if (s.ok()) return;
  std::fprintf(stderr, "guanhu-bench: %s\n", std::string(s.message()).c_str());
  std::exit(1);
}

node::Command Create(const base::ScopeId& scope, uint32_t type, const std::string& key,
                     const google::protobuf::Message& message) {
  node::Command c;
  c.scope = scope;
  node::Command::Edit e;
  e.type = type;
  e.key = key;
  e.set = schema::FieldsOf(message);
  c.edits.push_back(std::move(e));
  return c;
}

}  // namespace

void Member::Close() {
  link.reset();
  if (streams != nullptr) streams->Drain();
  if (server != nullptr) server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  proxy.reset();
  server.reset();
  if (host != nullptr) host->Stop();
  streams.reset();
  host.reset();
}

County::County(std::string dir) : dir_(std::move(dir)) {
  std::filesystem::create_directories(dir_);
  trust::SecureRandom random;
  city_ = std::make_unique<Member>();
  city_->dir = dir_ + "/city";
  Must(host::InitCounty(dir_ + "/root", city_->dir, "Bench", clock_.Now(), random));
  Open(*city_, true);
  records::v1::Place root;
  root.set_name("Bench");
  root.set_tier(options::v1::CITY);
  Must(city_->host->Execute(
      Create({city_->host->enrolment().county_place, base::Visibility::kPublished}, kPlaceType, "county", root)));
  town_place_ = AddPlace("Town", city_->host->enrolment().county_place, 2);
  for (uint32_t i = 0; i < workload::kVillages; ++i)
    villages_.push_back(AddPlace(absl::StrCat("Village ", i), town_place_, 1));
  town_ = Enrol("town", town_place_, 2);
  Open(*town_, true);
  loader_ = Enrol("loader", town_place_, 1);
  Open(*loader_, false);
  // The place tree first: a node writes only where it knows that it may.
  Must(host::SyncOnce(*town_->host, city_->address(false), absl::Seconds(60), nullptr).status);
  Must(host::SyncOnce(*loader_->host, town_->address(false), absl::Seconds(60), nullptr).status);
}

County::~County() {
  loader_.reset();
  town_.reset();
  city_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

base::PlaceId County::AddPlace(const std::string& name, base::PlaceId parent, int tier) {
  records::v1::Place place;
  place.set_name(name);
  place.set_parent(parent.value);
  place.set_tier(static_cast<options::v1::Tier>(tier));
  const node::Saved saved = Must(city_->host->Execute(
      Create({city_->host->enrolment().county_place, base::Visibility::kPublished}, kPlaceType, "", place)));
  return base::PlaceId{base::ShortHash(saved.records.front())};
}

std::unique_ptr<Member> County::Enrol(const std::string& name, base::PlaceId place, uint32_t tier) {
  auto m = std::make_unique<Member>();
  m->dir = absl::StrCat(dir_, "/", name);
  mkdir(m->dir.c_str(), 0700);
  host::EnrolmentRequest request;
  request.name = name;
  request.place = place;
  request.tier = tier;
  request.serial = serial_++;
  trust::SecureRandom random;
  const trust::TlsIdentity authority = Must(host::ReadAuthority(city_->dir));
  const trust::Enrolment enrolment = Must(host::EnrolNode(city_->host->enrolment(), city_->host->house_trust().key(),
                                                          authority, request, clock_.Now(), random));
  const trust::Identity identity = Must(trust::CheckEnrolment(enrolment));
  records::v1::Device device;
  device.set_node(identity.node.value);
  device.set_name(name);
  device.set_place(place.value);
  device.set_tier(static_cast<options::v1::Tier>(tier));
  Must(city_->host->Execute(
      Create({city_->host->enrolment().county_place, base::Visibility::kPublished}, kDeviceType, name, device)));
  Must(trust::WriteSecretFile(host::EnrolmentPath(m->dir), trust::EncodeEnrolment(enrolment)));
  return m;
}

std::unique_ptr<Member> County::Tablet(uint32_t village) {
  std::unique_ptr<Member> m = Enrol(absl::StrCat("tablet-", serial_), villages_[village], 1);
  Open(*m, false);
  return m;
}

void Member::Open(const base::Clock* clock, bool serves) {
  host::HostOptions options;
  options.data_dir = dir;
  options.server = serves;
  options.clock = clock;
  options.log = [](node::Events::Severity severity, absl::string_view name, absl::string_view detail) {
    if (severity == node::Events::kError)
      std::fprintf(stderr, "error %s %s\n", std::string(name).c_str(), std::string(detail).c_str());
  };
  host = Must(host::NodeHost::Open(options));
  if (!serves) return;
  streams = std::make_unique<rpc::StreamServer>(rpc::StreamServerOptions{}, host->Streams(false));
  grpc::ServerBuilder builder;
  rpc::ApplyLimits(builder, rpc::ServerLimits{});
  rpc::TlsOptions tls;
  tls.identity = host->enrolment().tls;
  tls.ca_pem = host->enrolment().tls_ca_pem;
  builder.AddListeningPort("127.0.0.1:0", rpc::TlsServer(tls), &port);
  streams->Register(builder);
  server = builder.BuildAndStart();
}

void County::Open(Member& m, bool server) {
  m.Open(&clock_, server);
  if (server) m.proxy = std::make_unique<testing::ByteProxy>(m.port);
}

void County::Reopen(Member& m, bool server) {
  m.link.reset();
  m.host->Stop();
  m.host.reset();
  Open(m, server);
}

node::Command County::Inspection(const workload::Row& row) const {
  records::v1::Inspection i;
  i.mutable_asset()->set_origin(0x5151000000000000u + row.village);
  i.mutable_asset()->set_seq(2 + row.asset);
  i.set_category(static_cast<records::v1::FacilityClass>(row.category + 1));
  i.set_result(static_cast<records::v1::InspectionResult>(row.status + 1));
  i.set_observed_ms(row.observed_s * 1000);
  i.mutable_point()->set_lat_e7(static_cast<int32_t>(std::lround(row.lat * 1e7)));
  i.mutable_point()->set_lon_e7(static_cast<int32_t>(std::lround(row.lon * 1e7)));
  i.set_score(row.score);
  i.set_reading_milli(static_cast<int32_t>(row.reading_milli));
  if (row.cost_fen != 0) i.set_cost_fen(row.cost_fen);
  i.set_photo_count(row.photos);
  i.set_weather(static_cast<records::v1::Weather>(row.weather + 1));
  i.set_note(row.note);
  node::Command c = Create({villages_[row.village], base::Visibility::kInternal}, kInspectionType, "", i);
  c.person = base::PersonId{0x7007000000000000u + row.village * 2 + row.inspector};
  return c;
}

void County::SaveRows(Member& at, const std::vector<workload::Row>& rows, bool fast) {
  std::vector<node::Command> commands;
  for (size_t i = 0; fast && i < rows.size(); ++i) {
    commands.push_back(Inspection(rows[i]));
    if (commands.size() < 500 && i + 1 < rows.size()) continue;
    Must(at.host->Execute(std::exchange(commands, {})).status());
  }
  if (fast) return;
  for (const workload::Row& row : rows) {
    clock_.Set(row.created_ms);
    Must(at.host->Execute(Inspection(row)));
  }
}

void County::WaitUntil(const std::function<bool()>& done, double seconds) {
  const double end = Seconds() + seconds;
  while (!done()) {
    if (Seconds() > end) {
      std::fprintf(stderr, "guanhu-bench: what was waited for did not happen within %.0f s\n", seconds);
      std::exit(1);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

uint64_t County::Records(Member& m, uint32_t type) {
  return m.host->Do([&](node::Node& n) {
    uint64_t count = 0;
    for (const base::ScopeId& s : n.Scopes()) {
      for (const sync::Point& p : n.HaveOf(s).points) count += p.seq;
    }
    static_cast<void>(type);
    return count;
  });
}

bool County::Level(Member& a, Member& b) {
  const auto points = [](Member& m) {
    return m.host->Do([](node::Node& n) {
      std::map<base::ScopeId, std::vector<std::pair<uint64_t, uint64_t>>> out;
      for (const base::ScopeId& s : n.Scopes()) {
        for (const sync::Point& p : n.HaveOf(s).points) out[s].emplace_back(p.journal.origin.value, p.hash);
      }
      return out;
    });
  };
  const auto left = points(a), right = points(b);
  const std::vector<base::ScopeId> scopes = a.host->Do([](node::Node& n) { return n.Scopes(); });
  const std::vector<base::ScopeId> others = b.host->Do([](node::Node& n) { return n.Scopes(); });
  for (const base::ScopeId& s : scopes) {
    if (!std::binary_search(others.begin(), others.end(), s)) continue;
    const auto l = left.find(s), r = right.find(s);
    if ((l == left.end()) != (r == right.end()) || (l != left.end() && l->second != r->second)) return false;
  }
  return true;
}

}  // namespace guanhu::bench
