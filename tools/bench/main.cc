// guanhu-bench: the project's figures on this machine, beside the limits of RocksDB and gRPC in the same run.
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tools/bench/suite.h"

namespace {

constexpr char kHelp[] =
    "guanhu-bench [--workload DIR] [--records N] [--runs N] "
    "[--only speed|tiers|cuts|writes|terminal|streams|grpc|ledger] "
    "[--json FILE] [--dir DIR] [--assets N --inspections N]\n\n"
    "Measures workload W (10,000 inspection records of 50 villages) through terminal, township and city, all real "
    "nodes\n"
    "over RocksDB and gRPC with mutual TLS on the loopback. Byte counts are TCP payload, taken on the sockets.\n"
    "  --workload DIR   read records.jsonl there instead of generating the same distributions\n"
    "  --runs N         repeat; the table shows median, low and high (default 1)\n"
    "  --assets N, --inspections N   size of the ledgers' county; stress: 250000 and 3000000\n"
    "Exit codes: 0 measured, 1 something did not work, 2 usage. Targets that are missed do not change the exit code.\n";

}  // namespace

int main(int argc, char** argv) {
  using namespace guanhu::bench;
  if (argc == 4 && std::strcmp(argv[1], "--terminal") == 0) return RunTerminal(argv[2], argv[3]);
  if (argc == 3 && std::strcmp(argv[1], "--township") == 0) return RunTownship(argv[2]);
  Suite suite;
  std::string workload, json, only;
  size_t records = 10000;
  int runs = 1;
  suite.dir = "/tmp/guanhu-bench." + std::to_string(::getpid());
  for (int i = 1; i < argc; ++i) {
    const std::string a = argv[i];
    if (a == "--help") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (i + 1 == argc) {
      std::fputs(kHelp, stderr);
      return 2;
    }
    const std::string v = argv[++i];
    if (a == "--workload")
      workload = v;
    else if (a == "--records")
      records = std::stoul(v);
    else if (a == "--runs")
      runs = std::stoi(v);
    else if (a == "--assets")
      suite.assets = std::stoul(v);
    else if (a == "--inspections")
      suite.inspections = std::stoul(v);
    else if (a == "--only")
      only = v;
    else if (a == "--json")
      json = v;
    else if (a == "--dir")
      suite.dir = v;
    else {
      std::fputs(kHelp, stderr);
      return 2;
    }
  }
  suite.self = std::filesystem::read_symlink("/proc/self/exe").string();
  suite.rows = workload.empty() ? guanhu::workload::MakeRows(static_cast<uint32_t>(records))
                                : guanhu::workload::ReadRows(workload + "/records.jsonl");
  if (suite.rows.empty()) {
    std::fprintf(stderr, "guanhu-bench: no records in %s/records.jsonl\n", workload.c_str());
    return 1;
  }
  suite.speed_only = only == "speed";
  Report report;
  for (int run = 0; run < runs; ++run) {
    const auto part = [&](const char* name, void (*measure)(const Suite&, Report&)) {
      if (!only.empty() && only != name && !(only == "speed" && std::strcmp(name, "tiers") == 0)) return;
      std::fprintf(stderr, "run %d of %d: %s\n", run + 1, runs, name);
      measure(suite, report);
    };
    part("grpc", MeasureGrpc);
    part("writes", MeasureWrites);
    part("tiers", MeasureTiers);
    part("cuts", MeasureCuts);
    part("terminal", MeasureTerminal);
    part("streams", MeasureStreams);
    part("ledger", MeasureLedgers);
  }
  report.Print();
  if (!json.empty()) std::ofstream(json) << report.Json() << "\n";
  std::error_code ignored;
  std::filesystem::remove_all(suite.dir, ignored);
  return 0;
}
