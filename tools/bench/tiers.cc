#include <cstdio>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/schema/fields.h"
#include "guanhu/records/v1/defect.pb.h"
#include "tools/bench/suite.h"

namespace guanhu::bench {
namespace {

constexpr uint32_t kDefectType = 16;
constexpr double kIpTcpHeaders = 52;  // IPv4 and TCP with timestamps, a packet

uint64_t Changes(Member& m) {
  return m.host->Do([](node::Node& n) {
    uint64_t count = 0;
    for (const base::ScopeId& s : n.Scopes()) {
      for (const sync::Point& p : n.HaveOf(s).points) count += p.seq;
    }
    return count;
  });
}

uint64_t AtCity(Member& m) {
  return m.host->Do([](node::Node& n) {
    uint64_t count = 0;
    for (const node::OwnProgress& p : n.OwnWork()) count += p.at_city;
    return count;
  });
}

// Bytes through a proxy since the last call: TCP payload, and with the packets' headers.
struct Meter {
  testing::ByteProxy* proxy;
  testing::ByteProxy::Counts before = proxy->CountsWhenQuiet(std::chrono::milliseconds(300));
  double payload = 0, ip = 0;
  void Read() {
    const testing::ByteProxy::Counts now = proxy->CountsWhenQuiet(std::chrono::milliseconds(300));
    payload = static_cast<double>(now.total() - before.total());
    // Each piece is a packet, and is acknowledged by one at most.
    ip = payload + kIpTcpHeaders * 2 *
                       static_cast<double>(now.chunks_up + now.chunks_down - before.chunks_up - before.chunks_down);
    before = now;
  }
};

node::Command DefectEdit(const base::RecordId& record, int severity) {
  records::v1::Defect d;
  d.set_severity_reported(static_cast<records::v1::Severity>(severity));
  node::Command c;
  c.scope = record.scope;
  node::Command::Edit e;
  e.type = kDefectType;
  e.record = record;
  e.set = schema::FieldsOf(d);
  c.edits.push_back(std::move(e));
  return c;
}

std::vector<base::RecordId> MakeDefects(County& county, Member& at, uint32_t village, size_t count) {
  std::vector<base::RecordId> ids;
  for (size_t i = 0; i < count; ++i) {
    records::v1::Defect d;
    d.set_severity_reported(records::v1::SEVERITY_MINOR);
    node::Command c;
    c.scope = {county.village(village), base::Visibility::kInternal};
    node::Command::Edit e;
    e.type = kDefectType;
    e.set = schema::FieldsOf(d);
    c.edits.push_back(std::move(e));
    const auto saved = at.host->Execute(c);
    if (saved.ok()) ids.push_back(saved->records.front());
  }
  return ids;
}

bool Linked(Member& m) {
  for (const host::LinkInfo& l : m.host->Links()) {
    if (l.outgoing && l.delivered) return true;
  }
  return false;
}

void Settle(County& county) {
  County::WaitUntil([&] { return Linked(county.town()) && Linked(county.loader()); });
  County::WaitUntil(
      [&] { return county.Level(county.town(), county.city()) && county.Level(county.loader(), county.town()); });
}

void FirstLoad(const Suite& suite, County& county, Report& report, bool counted) {
  const uint64_t base_city = Changes(county.city());
  county.SaveRows(county.loader(), suite.rows, /*fast=*/!counted);
  county.town().Connect(county.city().address(counted));
  County::WaitUntil([&] { return county.Level(county.town(), county.city()); });
  Meter up{county.city().proxy.get()}, down{county.town().proxy.get()};
  const uint64_t want = base_city + suite.rows.size() + workload::kVillages;
  const double start = Seconds(), cpu = CpuSeconds();
  county.loader().Connect(county.town().address(counted));
  County::WaitUntil([&] { return Changes(county.city()) >= want; });
  const double seconds = Seconds() - start, cpu_used = CpuSeconds() - cpu;
  const double records = static_cast<double>(suite.rows.size());
  if (!counted) {
    report.Add("W1", "both hops, every tier synced and verified", "records/s", records / seconds, 25000, false);
    report.Add("W1", "CPU of all three tiers for 10,000 records", "s", cpu_used * 10000 / records, 1.0);
    County::WaitUntil([&] { return AtCity(county.loader()) >= suite.rows.size(); });
    report.Add("W1", "until the loader knows that all is at the city", "s", Seconds() - start);
    return;
  }
  County::WaitUntil([&] { return AtCity(county.loader()) >= suite.rows.size(); });
  down.Read();
  up.Read();
  report.Add("W1", "bytes a record, terminal to township (TCP payload)", "B", down.payload / records, 50);
  report.Add("W1", "the same with packet headers and the TLS handshake", "B", down.ip / records);
  report.Add("W1", "bytes a record, township to city (TCP payload)", "B", up.payload / records, 50);
}

void Idle(County& county, Report& report) {
  Settle(county);
  Meter meter{county.town().proxy.get()};
  const double cpu = CpuSeconds();
  county.loader().host->ProbeAll();
  meter.Read();
  report.Add("W2", "idle sync on the open stream, both ways (TCP payload)", "B", meter.payload, 160);
  static_cast<void>(cpu);
  county.loader().Disconnect();
  meter.Read();
  const host::SyncReport cold =
      host::SyncOnce(*county.loader().host, county.town().address(true), absl::Seconds(20), nullptr);
  meter.Read();
  report.Add("W2", "idle sync with a new TLS connection (TCP payload)", "B", meter.payload);
  if (!cold.complete)
    std::fprintf(stderr, "guanhu-bench: the idle sync did not complete: %s\n", cold.status.ToString().c_str());
  county.loader().Connect(county.town().address(true));
  Settle(county);
}

void Edits(County& county, Report& report) {
  const std::vector<base::RecordId> ids = MakeDefects(county, county.loader(), 3, 100);
  Settle(county);
  Meter down{county.town().proxy.get()}, up{county.city().proxy.get()};
  node::Command together;
  for (const base::RecordId& id : ids) {
    node::Command one = DefectEdit(id, 2);
    together.scope = one.scope;
    together.edits.push_back(std::move(one.edits.front()));
  }
  static_cast<void>(county.town().host->Execute(std::vector<node::Command>{}));
  // The township's clerk edits what the village wrote, so that each edit names what it had seen.
  static_cast<void>(county.town().host->Execute(together));
  Settle(county);
  up.Read();
  down.Read();
  report.Add("W3", "100 one-field edits of one author in one change (TCP payload)", "B", up.payload, 1600);
  report.Add("W3", "the same, past the relay down to the terminal", "B", down.payload);
  // The terminal's own hundred edits, saved one by one and sent in one exchange.
  std::vector<node::Command> single;
  int64_t ms = absl::ToUnixMillis(county.clock().Now());
  for (const base::RecordId& id : ids) single.push_back(DefectEdit(id, 3));
  county.loader().Disconnect();
  down.Read();
  for (const node::Command& c : single) {
    county.clock().Set(ms += 3000);
    static_cast<void>(county.loader().host->Execute(c));
  }
  county.loader().Connect(county.town().address(true));
  Settle(county);
  down.Read();
  up.Read();
  report.Add("W3", "100 edits saved one by one, new TLS connection included", "B", down.payload);
  report.Add("W3", "100 edits saved one by one, past the relay on an open stream", "B", up.payload, 2300);
}

void Merges(County& county, Report& report) {
  const std::vector<base::RecordId> ids = MakeDefects(county, county.loader(), 4, 40);
  Settle(county);
  county.loader().Disconnect();
  int both = 0, kept = 0;
  for (size_t i = 0; i < 40; ++i) {
    records::v1::Defect a, b;
    if (i < 20) {
      a.set_item("渗水");
      b.set_severity_reported(records::v1::SEVERITY_MAJOR);
    } else {
      a.set_severity_reported(records::v1::SEVERITY_MAJOR);
      b.set_severity_reported(records::v1::SEVERITY_SERIOUS);
    }
    node::Command ca = DefectEdit(ids[i], 2), cb = ca;
    ca.edits.front().set = schema::FieldsOf(a);
    cb.edits.front().set = schema::FieldsOf(b);
    static_cast<void>(county.loader().host->Execute(ca));
    static_cast<void>(county.town().host->Execute(cb));
  }
  county.loader().Connect(county.town().address(true));
  Settle(county);
  for (size_t i = 0; i < 40; ++i) {
    const auto state = county.city().host->Do([&](node::Node& n) { return n.Get(kDefectType, ids[i]); });
    if (!state.ok() || !*state) continue;
    size_t widest = 0;
    for (const model::FieldState& f : (*state)->fields) widest = std::max(widest, f.siblings.size());
    const bool two_edits = (*state)->version.size() == 2;
    if (i < 20 && two_edits && widest == 1 && (*state)->fields.size() >= 2) ++both;
    if (i >= 20 && widest == 2) ++kept;
  }
  report.Add("W4", "two fields at two places: both edits visible, of 20", "cases", both, 20, false);
  report.Add("W4", "one field at two places: both values kept and shown, of 20", "cases", kept, 20, false);
}

void OneVillage(const Suite& suite, County& county, Report& report) {
  std::unique_ptr<Member> tablet = county.Tablet(7);
  tablet->Connect(county.town().address(true));
  County::WaitUntil([&] { return county.Level(*tablet, county.town()) && county.Level(county.town(), county.city()); });
  county.loader().Disconnect();
  Meter meter{county.town().proxy.get()};
  std::vector<node::Command> commands;
  for (const workload::Row& row : suite.rows) {
    if (row.village == 7 && commands.size() < 200) commands.push_back(county.Inspection(row));
  }
  const uint64_t want = Changes(*tablet) + commands.size();
  const double start = Seconds();
  static_cast<void>(county.town().host->Execute(commands));
  County::WaitUntil([&] { return Changes(*tablet) >= want; });
  const double ms = (Seconds() - start) * 1000;
  County::WaitUntil([&] { return county.Level(*tablet, county.town()); });
  meter.Read();
  report.Add("W7", "one village's 200 records to its tablet, open stream (TCP payload)", "B", meter.payload, 11000);
  report.Add("W7", "the same, from the township's save to the tablet's", "ms", ms, 30);
  tablet->Disconnect();
  county.loader().Connect(county.town().address(true));
  Settle(county);
}

void Growth(const Suite& suite, County& county, Report& report, size_t stored) {
  Meter meter{county.town().proxy.get()};
  constexpr int kProbes = 200;
  double cpu = CpuSeconds();
  for (int i = 0; i < kProbes; ++i) county.loader().host->ProbeAll();
  Settle(county);
  const double probe_cpu = (CpuSeconds() - cpu) * 1e6 / kProbes;
  meter.Read();
  report.Add("grow", absl::StrCat("idle sync with ", stored, " records held"), "B", meter.payload / kProbes);
  report.Add("grow", absl::StrCat("CPU of an idle sync with ", stored, " records held"), "us", probe_cpu);
  node::Command one = county.Inspection(suite.rows[stored % suite.rows.size()]);
  static_cast<void>(county.loader().host->Execute(one));
  Settle(county);
  meter.Read();
  report.Add("grow", absl::StrCat("a one-record sync with ", stored, " records held"), "B", meter.payload);
}

}  // namespace

void MeasureTiers(const Suite& suite, Report& report) {
  for (int i = 0; i < 3; ++i) {
    County county(suite.dir + "/speed");
    FirstLoad(suite, county, report, /*counted=*/false);
  }
  if (suite.speed_only) return;
  County county(suite.dir + "/bytes");
  FirstLoad(suite, county, report, /*counted=*/true);
  Settle(county);
  Idle(county, report);
  Edits(county, report);
  Merges(county, report);
  OneVillage(suite, county, report);
  Growth(suite, county, report, suite.rows.size());
  std::vector<node::Command> more;
  for (int round = 0; round < 9; ++round) {
    for (const workload::Row& row : suite.rows) {
      more.push_back(county.Inspection(row));
      if (more.size() < 500) continue;
      static_cast<void>(county.town().host->Execute(more));
      more.clear();
    }
  }
  County::WaitUntil(
      [&] { return county.Level(county.town(), county.city()) && county.Level(county.loader(), county.town()); }, 300);
  Growth(suite, county, report, suite.rows.size() * 10);
}

void MeasureCuts(const Suite& suite, Report& report) {
  double whole = 0;
  for (const int percent : {100, 10, 50, 90}) {
    County county(absl::StrCat(suite.dir, "/cut", percent));
    std::vector<workload::Row> rows(
        suite.rows.begin(), suite.rows.begin() + static_cast<ptrdiff_t>(std::min<size_t>(suite.rows.size(), 10000)));
    county.SaveRows(county.loader(), rows);
    Meter meter{county.town().proxy.get()};
    if (percent < 100) {
      county.town().proxy->CutAfter(static_cast<uint64_t>(whole * percent / 100));
      county.loader().Connect(county.town().address(true));
      const uint64_t goal = static_cast<uint64_t>(whole * percent / 100);
      County::WaitUntil([&] { return county.town().proxy->counts().total() - meter.before.total() >= goal; });
      county.loader().Disconnect();
      meter.Read();
    }
    const double first = meter.payload;
    // The price of a connection and greeting that has nothing to send, to be taken off.
    county.loader().Connect(county.town().address(true));
    County::WaitUntil([&] { return county.Level(county.loader(), county.town()); });
    meter.Read();
    const double second = meter.payload;
    if (percent == 100) {
      whole = second;
      continue;
    }
    county.loader().Disconnect();
    meter.Read();
    const host::SyncReport idle =
        host::SyncOnce(*county.loader().host, county.town().address(true), absl::Seconds(20), nullptr);
    static_cast<void>(idle);
    meter.Read();
    const double again = first + second - whole - meter.payload;
    report.Add("W5", absl::StrCat("cut at ", percent, " %: sent again, with the new greeting and fresh codec"), "%",
               100 * again / whole, 1.0);
  }
}

}  // namespace guanhu::bench
