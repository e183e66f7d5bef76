// The ledgers of a whole county: what keeping them costs, and what people wait for while work comes in.
#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/api/local_service.h"
#include "common/host/node_host.h"
#include "common/trust/certificate.h"
#include "tools/bench/suite.h"
#include "tools/seed/catalogue.h"
#include "tools/seed/maker.h"

namespace guanhu::bench {
namespace {

namespace v1 = api::v1;

constexpr size_t kCuts = 1000;
// What comes in while people ask: all work of the last villages.
constexpr double kHeldBackFrom = 0.93;
constexpr uint32_t kExportRows = 50'000;

void Must(const absl::Status& s) {
  if (s.ok()) return;
  std::fprintf(stderr, "guanhu-bench: %s\n", std::string(s.message()).c_str());
  std::exit(1);
}
template <typename T>
T Must(absl::StatusOr<T> v) {
  Must(v.status());
  return *std::move(v);
}
void Must(const grpc::Status& s) {
  if (s.ok()) return;
  std::fprintf(stderr, "guanhu-bench: %s\n", s.error_message().c_str());
  std::exit(1);
}

double ThreadCpu() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

double Quantile(std::vector<double> v, double q) {
  std::sort(v.begin(), v.end());
  return v.empty() ? 0 : v[std::min(v.size() - 1, static_cast<size_t>(q * static_cast<double>(v.size())))];
}

struct Cost {
  double wall = 0;
  double cpu = 0;
};

// A city without ledgers, which takes in the same shipments.
class Bare {
 public:
  Bare(const std::string& dir, const seed::Maker& maker)
      : trust_(Must(host::HouseTrust::Make(maker.enrolment()))),
        rules_(&maker.schema(), maker.enrolment().county_place) {
    store::RocksOptions options;
    options.profile = store::Profile::kServer;
    store_ = Must(store::RocksStore::Open(dir, options));
    node::NodeConfig config;
    config.county = config.place = maker.enrolment().county_place;
    config.tier = domain::Tier::kCity;
    node_ = Must(node::Node::Open(store_.get(), &trust_, &rules_, &random_, nullptr, config));
    node_->MakeAcksLater(true);
    Must(node_->Apply({{base::NodeId{}, &maker.founding()}}, absl::Now()).status());
  }
  void Apply(const seed::Shipment& s) {
    const auto outcomes = Must(node_->Apply({{s.from, &s.items}}, absl::Now()));
    if (outcomes.front().front().kind != sync::Outcome::kDone) Must(absl::InternalError("a shipment is refused"));
    node_->TakeChanges();
  }

 private:
  host::HouseTrust trust_;
  host::HouseRules rules_;
  trust::SecureRandom random_;
  std::unique_ptr<store::RocksStore> store_;
  std::unique_ptr<node::Node> node_;
};

struct Seeded {
  std::string city;
  std::vector<seed::Shipment> held;
};

Seeded MakeCounty(const Suite& suite, Report& report) {
  std::filesystem::remove_all(suite.dir + "/ledgers");  // of the run before
  std::filesystem::remove_all(suite.dir + "/bare");
  seed::Options options;
  options.dir = suite.dir + "/ledgers";
  options.townships = seed::MadeUpTownships(14, std::min<size_t>(213, suite.assets));
  options.assets = suite.assets;
  options.inspections = suite.inspections;
  options.now = absl::Now();
  const std::unique_ptr<seed::Maker> maker = Must(seed::Maker::Found(options));
  std::filesystem::create_directories(suite.dir + "/bare");
  Bare bare(suite.dir + "/bare/store", *maker);
  Seeded out{maker->city_dir(), {}};
  Cost with, without;
  uint64_t changes = 0, count = 0;
  size_t villages = 0;
  const auto timed = [](Cost& cost, const auto& work) {
    const double wall = Seconds(), cpu = ThreadCpu();
    work();
    cost.wall += Seconds() - wall;
    cost.cpu += ThreadCpu() - cpu;
  };
  const auto ship = [&](seed::Shipment s) -> absl::Status {
    if (static_cast<double>(villages) >= kHeldBackFrom * static_cast<double>(maker->villages())) {
      out.held.push_back(std::move(s));
      return absl::OkStatus();
    }
    const auto ledgers = [&] { timed(with, [&] { Must(maker->Apply(s)); }); };
    const auto none = [&] { timed(without, [&] { bare.Apply(s); }); };
    // In turn, so that neither always finds the other's rows in the caches.
    if (++count % 2 == 0) {
      ledgers();
      none();
    } else {
      none();
      ledgers();
    }
    changes += s.changes;
    return absl::OkStatus();
  };
  Must(maker->Write(ship, [&](size_t done, size_t all, uint64_t n) {
    villages = done;
    if (done % 20 == 0 || done == all) std::fprintf(stderr, "  %zu of %zu villages, %zu changes\n", done, all, n);
  }));
  const double n = static_cast<double>(changes);
  report.Add("keep", "bulk apply without ledgers", "changes/s", n / without.wall);
  report.Add("keep", "bulk apply with ledgers", "changes/s", n / with.wall);
  report.Add("keep", "with of without, wall time", "", without.wall / with.wall, 0.65, false);
  report.Add("keep", "with of without, CPU of the node's thread", "", without.cpu / with.cpu, 0.65, false);
  report.Add("keep", "CPU a change without", "us", without.cpu * 1e6 / n);
  report.Add("keep", "CPU a change with", "us", with.cpu * 1e6 / n);
  return out;
}

// Random cuts through the county.
class Questions {
 public:
  explicit Questions(const host::NodeHost& host) {
    const auto directory = host.ledger().book().directory();
    for (const auto& [id, row] : directory->places()) places_.push_back(row.name);
    std::sort(places_.begin(), places_.end());
  }
  v1::FigureRequest Next(const char* figure) {
    v1::FigureRequest q;
    q.set_name(figure);
    if (random_.Chance(60)) q.set_place(places_[random_.Below(places_.size())]);
    if (random_.Chance(30)) q.set_department(seed::Departments()[random_.Below(seed::Departments().size())]);
    if (random_.Chance(30)) q.set_facility_class(Pick({"WATER", "POWER", "ROAD", "SANITATION", "SERVICE"}));
    if (random_.Chance(30)) q.set_grade(Pick({"A", "B", "C", "D"}));
    if (random_.Chance(30)) q.set_condition(Pick({"GOOD", "MINOR_DEFECT", "IMPAIRED", "STOPPED"}));
    if (random_.Chance(60)) {
      q.set_from(absl::StrFormat("%d-%02d", 2024 + random_.Below(2), 1 + random_.Below(12)));
      q.set_to(absl::StrFormat("2026-%02d", 1 + random_.Below(12)));
    }
    if (std::string(figure) != "summary") return q;
    q.add_by(Pick({"place", "township", "department", "class", "type", "grade", "condition", "state"}));
    if (random_.Chance(50)) q.add_by(Pick({"class", "type", "grade", "condition", "month"}));
    return q;
  }

 private:
  const char* Pick(std::vector<const char*> of) { return of[random_.Below(of.size())]; }
  seed::SeededRandom random_{20261123};
  std::vector<std::string> places_;
};

// Asks from this thread while another one has the node take in what was held back.
void AskWhileApplying(host::NodeHost& host, api::LocalServiceImpl& service, const std::vector<seed::Shipment>& held,
                      Report& report) {
  std::atomic<uint64_t> applied{host.ledger().book().coverage().changes};
  std::atomic<size_t> asked{0};
  std::atomic<double> apply_seconds{0};
  uint64_t changes = 0;
  std::thread applier([&] {
    double seconds = 0;
    for (size_t i = 0; i < held.size(); ++i) {
      // In step with the questions, so that work comes in from the first to the last of them.
      while (asked < 2 * kCuts * i / held.size()) std::this_thread::sleep_for(std::chrono::microseconds(200));
      const seed::Shipment& s = held[i];
      const double start = Seconds();
      Must(host.Do([&](node::Node& n) { return n.Apply({{s.from, &s.items}}, absl::Now()).status(); }));
      seconds += Seconds() - start;
      changes += s.changes;
      applied += s.changes;
    }
    apply_seconds = seconds;
  });
  Questions questions(host);
  std::vector<double> summaries, details;
  uint64_t behind = 0, rows = 0;
  for (size_t i = 0; i < kCuts; ++i) {
    for (const bool summary : {true, false}) {
      const v1::FigureRequest q = questions.Next(summary ? "summary" : "detail");
      v1::FigureTable table;
      const uint64_t must_cover = applied;
      const double start = Seconds();
      Must(service.Figure(nullptr, &q, &table));
      const double ms = (Seconds() - start) * 1000;
      if (ms > 200) std::fprintf(stderr, "  %.0f ms: %s\n", ms, q.ShortDebugString().c_str());
      (summary ? summaries : details).push_back(ms);
      behind += table.changes() < must_cover ? 1 : 0;
      rows += static_cast<uint64_t>(table.rows_size());
      ++asked;
    }
  }
  applier.join();
  report.Add("ask", "summary of a random cut while work comes in, p50", "ms", Quantile(summaries, 0.5));
  report.Add("ask", "summary, p99", "ms", Quantile(summaries, 0.99), 50);
  report.Add("ask", "detail, first page of 100, p50", "ms", Quantile(details, 0.5));
  report.Add("ask", "detail, first page of 100, p99", "ms", Quantile(details, 0.99), 100);
  report.Add("ask", "slowest of both", "ms", std::max(Quantile(summaries, 1), Quantile(details, 1)));
  report.Add("ask", "answers that did not cover what was applied before", "", static_cast<double>(behind));
  report.Add("ask", "rows told", "", static_cast<double>(rows));
  report.Add("ask", "changes applied meanwhile", "", static_cast<double>(changes));
  report.Add("ask", "rate of them", "changes/s", static_cast<double>(changes) / apply_seconds);
  if (behind != 0) std::exit(1);
}

}  // namespace

void MeasureLedgers(const Suite& suite, Report& report) {
  const Seeded seeded = MakeCounty(suite, report);
  malloc_trim(0);
  const double before = ResidentMb();
  BenchClock clock;
  host::HostOptions options;
  options.data_dir = seeded.city;
  options.server = true;
  options.clock = &clock;
  double start = Seconds();
  const std::unique_ptr<host::NodeHost> host = Must(host::NodeHost::Open(options));
  report.Add("load", "opening the city's node", "s", Seconds() - start);
  start = Seconds();
  const ledger::Book* book = Must(host->Book());
  report.Add("load", "reading the ledgers' rows", "s", Seconds() - start);
  report.Add("load", "assets in the book", "", static_cast<double>(book->asset_count()));
  report.Add("load", "resident with node and book, more than before", "MB", ResidentMb() - before);
  api::LocalServiceImpl service(host.get());
  AskWhileApplying(*host, service, seeded.held, report);
  report.Add("load", "resident at the end, more than before", "MB", ResidentMb() - before);

  v1::FigureRequest all;
  all.set_name("detail");
  all.set_limit(kExportRows);
  v1::FigureTable table;
  start = Seconds();
  Must(service.Figure(nullptr, &all, &table));
  report.Add("S10", absl::StrCat("detail rows for an export: ", table.rows_size()), "s", Seconds() - start, 10);

  v1::RebuildRequest verify;
  verify.set_verify(true);
  v1::RebuildResponse found;
  start = Seconds();
  Must(service.RebuildViews(nullptr, &verify, &found));
  report.Add("load", "views rebuild --verify", "s", Seconds() - start);
  if (found.findings_size() != 0) Must(absl::DataLossError(found.findings(0)));
  host->Stop();
}

}  // namespace guanhu::bench
