// Local saves and bulk apply against RocksDB itself with the same bytes.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/store/rocks_store.h"
#include "rocksdb/db.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"
#include "tools/bench/suite.h"

extern char** environ;

namespace guanhu::bench {
namespace {

// Keeps what a node commits, so that RocksDB alone can be given the same.
class Recorder final : public store::Store {
 public:
  explicit Recorder(store::Store* inner) : inner_(inner) {}
  absl::Status Commit(const store::Batch& batch, store::Durability durability) override {
    if (on) batches.push_back(batch);
    return inner_->Commit(batch, durability);
  }
  absl::StatusOr<std::optional<std::string>> Get(store::Table t, absl::string_view k) const override {
    return inner_->Get(t, k);
  }
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(store::Table t,
                                                                   const std::vector<std::string>& k) const override {
    return inner_->MultiGet(t, k);
  }
  std::unique_ptr<store::Iterator> Scan(store::Table t, absl::string_view a, absl::string_view b) const override {
    return inner_->Scan(t, a, b);
  }
  const store::OpenReport& report() const override { return inner_->report(); }
  bool on = false;
  std::vector<store::Batch> batches;

 private:
  store::Store* const inner_;
};

// RocksDB with seven column families and plain options; each batch synced, then one overwrite of a small file synced.
double RawSeconds(const std::string& dir, const std::vector<store::Batch>& batches, bool watermark) {
  std::filesystem::remove_all(dir);
  rocksdb::Options options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  std::vector<rocksdb::ColumnFamilyDescriptor> families{{"default", rocksdb::ColumnFamilyOptions(options)}};
  for (int i = 1; i < 7; ++i) families.push_back({absl::StrCat("t", i), rocksdb::ColumnFamilyOptions(options)});
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  if (!rocksdb::DB::Open(options, dir, families, &handles, &db).ok()) std::exit(1);
  const int mark = ::open((dir + ".mark").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  char slot[64] = {};
  if (::pwrite(mark, slot, sizeof(slot), 0) != sizeof(slot) || ::fsync(mark) != 0) std::exit(1);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const double start = Seconds();
  for (const store::Batch& b : batches) {
    rocksdb::WriteBatch batch;
    for (const store::Batch::Op& op : b.ops()) {
      rocksdb::ColumnFamilyHandle* h = handles[static_cast<size_t>(op.table)];
      if (op.remove) {
        batch.Delete(h, op.key);
      } else {
        batch.Put(h, op.key, op.value);
      }
    }
    if (!db->Write(synced, &batch).ok()) std::exit(1);
    if (watermark && (::pwrite(mark, slot, sizeof(slot), 0) != sizeof(slot) || ::fdatasync(mark) != 0)) std::exit(1);
  }
  const double seconds = Seconds() - start;
  ::close(mark);
  for (auto* h : handles) db->DestroyColumnFamilyHandle(h);
  delete db;
  return seconds;
}

std::unique_ptr<store::RocksStore> OpenStore(const std::string& dir, store::Profile profile) {
  std::filesystem::remove_all(dir);
  store::RocksOptions options;
  options.profile = profile;
  return *store::RocksStore::Open(dir, options);
}

// Bulk apply at a township: the author's journals in frames, eight to a commit.
void MeasureApply(const Suite& suite, County& county, const host::HouseRules& rules,
                  const std::vector<sync::Ingest>& journals, node::Node& author, size_t saves, Report& report) {
  trust::SecureRandom random;
  for (size_t i = saves; i < suite.rows.size(); ++i)
    static_cast<void>(
        author.Execute(std::vector<node::Command>{county.Inspection(suite.rows[i])}, county.clock().Now()));
  std::vector<std::vector<sync::Ingest>> commits(1);
  size_t records = 0;
  for (const base::ScopeId& s : author.Scopes()) {
    for (const sync::Point& p : author.HaveOf(s).points) {
      if (p.journal.origin != author.origin()) continue;
      for (uint64_t seq = 0; seq < p.seq;) {
        model::EntryBatch b = *author.ReadSuffix(p.journal, seq);
        seq = b.last_seq();
        records += b.entries.size();
        if (commits.back().size() == 8) commits.emplace_back();
        commits.back().emplace_back(std::move(b));
      }
    }
  }
  Member& member = county.town();
  const trust::Enrolment town_enrolment = member.host->enrolment();
  const host::HouseTrust town_trust = *host::HouseTrust::Make(town_enrolment);
  const node::NodeConfig town_config{town_enrolment.county_place, town_enrolment.place, domain::Tier::kTownship, false};
  // Once to keep the rows, then against the clock without keeping anything, in turns with RocksDB alone.
  std::vector<store::Batch> rows;
  const double count = static_cast<double>(records);
  for (int pass = 0; pass < 6; ++pass) {
    std::unique_ptr<store::RocksStore> town = OpenStore(suite.dir + "/town-store", store::Profile::kServer);
    Recorder recorder(town.get());
    std::unique_ptr<node::Node> receiver =
        *node::Node::Open(&recorder, &town_trust, &rules, &random, nullptr, town_config);
    static_cast<void>(receiver->Apply({{base::NodeId{}, &journals}}, county.clock().Now()));
    recorder.on = pass == 0;
    const double start = Seconds(), cpu_start = CpuSeconds();
    for (const std::vector<sync::Ingest>& items : commits) {
      const auto outcomes = receiver->Apply({{author.node(), &items}}, county.clock().Now());
      if (!outcomes.ok() || outcomes->front().front().kind != sync::Outcome::kDone) std::exit(1);
    }
    const double apply = Seconds() - start, cpu = CpuSeconds() - cpu_start;
    if (pass == 0) {
      rows = std::move(recorder.batches);
      continue;
    }
    const double raw = RawSeconds(suite.dir + "/raw-apply", rows, /*watermark=*/true);
    report.Add("apply", "bulk apply at a township, verified and synced", "records/s", count / apply);
    report.Add("apply", "CPU a record, the thread that checks signatures included", "us", cpu * 1e6 / count);
    report.Add("apply", "raw: the same rows and batches, synced, and the watermark's", "records/s", count / raw);
    report.Add("apply", "ratio", "", raw / apply, 0.5, false);
  }
}

}  // namespace

void MeasureWrites(const Suite& suite, Report& report) {
  County county(suite.dir + "/writes");
  // A node of its own over a recording store, with the loader's keys.
  Member& loader = county.loader();
  const trust::Enrolment enrolment = loader.host->enrolment();
  const host::HouseTrust house_trust = *host::HouseTrust::Make(enrolment);
  const schema::Schema& schema = loader.host->schema();
  const host::HouseRules rules(&schema, enrolment.county_place);
  trust::SecureRandom random;
  std::unique_ptr<store::RocksStore> local = OpenStore(suite.dir + "/local", store::Profile::kTablet);
  Recorder recorder(local.get());
  node::NodeConfig config{enrolment.county_place, enrolment.place, domain::Tier::kVillage, false};
  std::unique_ptr<node::Node> author = *node::Node::Open(&recorder, &house_trust, &rules, &random, nullptr, config);
  // The device list first: a node knows where it may write.
  const auto journals = county.city().host->Do([&](node::Node& n) {
    std::vector<sync::Ingest> items;
    for (const sync::Point& p : n.HaveOf(n.county_scope()).points) {
      for (uint64_t seq = 0; seq < p.seq;) {
        model::EntryBatch b = *n.ReadSuffix(p.journal, seq);
        seq = b.last_seq();
        items.emplace_back(std::move(b));
      }
    }
    return items;
  });
  static_cast<void>(author->Apply({{base::NodeId{}, &journals}}, county.clock().Now()));
  recorder.on = true;
  const size_t saves = std::min<size_t>(suite.rows.size(), 3000);
  const double start = Seconds();
  for (size_t i = 0; i < saves; ++i) {
    if (!author->Execute(county.Inspection(suite.rows[i]), county.clock().Now()).ok()) std::exit(1);
  }
  const double ours = Seconds() - start;
  recorder.on = false;
  const double raw = RawSeconds(suite.dir + "/raw", recorder.batches, /*watermark=*/true);
  report.Add("save", "local durable saves", "/s", static_cast<double>(saves) / ours);
  report.Add("save", "raw: the same rows, synced, and the watermark's sync", "/s", static_cast<double>(saves) / raw);
  report.Add("save", "ratio", "", raw / ours, 0.75, false);
  report.Add("W6", "synced commits a save", "",
             static_cast<double>(recorder.batches.size()) / static_cast<double>(saves), 1.0);

  MeasureApply(suite, county, rules, journals, *author, saves, report);
}

int RunTerminal(const std::string& dir, const std::string& address) {
  BenchClock clock;
  host::HostOptions options;
  options.data_dir = dir;
  options.clock = &clock;
  absl::StatusOr<std::unique_ptr<host::NodeHost>> host = host::NodeHost::Open(options);
  if (!host.ok()) return 1;
  node::Command c;
  const base::PlaceId place = (*host)->Do([&](node::Node& n) { return n.place(); });
  c.scope = {place, base::Visibility::kInternal};
  node::Command::Edit e;
  e.type = 14;
  e.set = {{4, std::string("\x20\x01", 2)}};
  c.edits.push_back(e);
  if (!(*host)->Execute(c).ok()) return 1;
  std::printf("saved\n");
  std::fflush(stdout);
  const host::SyncReport sync = host::SyncOnce(**host, address, absl::Seconds(60), nullptr);
  std::printf("synced %d rss %.1f\n", sync.complete ? 1 : 0, ResidentMb());
  std::fflush(stdout);
  return sync.complete ? 0 : 1;
}

void MeasureTerminal(const Suite& suite, Report& report) {
  County county(suite.dir + "/terminal");
  county.town().Connect(county.city().address(false));
  county.SaveRows(county.loader(), suite.rows);
  const std::string dir = county.loader().dir;
  host::SyncReport first =
      host::SyncOnce(*county.loader().host, county.town().address(false), absl::Seconds(120), nullptr);
  if (!first.complete) return;
  county.loader().host->Stop();
  county.loader().host.reset();
  for (int run = 0; run < 5; ++run) {
    int out[2];
    if (::pipe2(out, O_CLOEXEC) != 0) return;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    std::string address = county.town().address(false);
    const char* argv[] = {suite.self.c_str(), "--terminal", dir.c_str(), address.c_str(), nullptr};
    pid_t pid = 0;
    const double start = Seconds();
    if (posix_spawn(&pid, suite.self.c_str(), &actions, nullptr, const_cast<char**>(argv), environ) != 0) return;
    ::close(out[1]);
    std::FILE* in = ::fdopen(out[0], "r");
    char line[128];
    if (std::fgets(line, sizeof(line), in) != nullptr)
      report.Add("W9", "terminal: start to first saved write", "s", Seconds() - start, 0.05);
    int complete = 0;
    double rss = 0;
    if (std::fgets(line, sizeof(line), in) != nullptr && std::sscanf(line, "synced %d rss %lf", &complete, &rss) == 2 &&
        complete == 1) {
      report.Add("W9", "terminal: resident after syncing, 10,000 records held", "MB", rss, 36);
    }
    std::fclose(in);
    int status = 0;
    ::waitpid(pid, &status, 0);
    posix_spawn_file_actions_destroy(&actions);
  }
}

}  // namespace guanhu::bench
