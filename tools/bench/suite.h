// The measurements; each adds its figures to the report.
#pragma once

#include <string>
#include <vector>

#include "tools/bench/county.h"
#include "tools/bench/report.h"
#include "tools/workload/workload.h"

namespace guanhu::bench {

struct Suite {
  std::string dir;                  // scratch folder
  std::vector<workload::Row> rows;  // workload W
  bool speed_only = false;          // of the tiers only the first load
  size_t assets = 6'000;            // of the ledgers' county
  size_t inspections = 72'000;
  std::string self;                 // this program, for figures that need a process of their own
};

// W1, W2, W3, W4, W7 and the cost against what is stored, over one county that grows.
void MeasureTiers(const Suite& suite, Report& report);
// W5: what a cut connection sends again.
void MeasureCuts(const Suite& suite, Report& report);
// Local durable saves and bulk apply, against RocksDB with the same bytes.
void MeasureWrites(const Suite& suite, Report& report);
// W9: a terminal as a process of its own.
void MeasureTerminal(const Suite& suite, Report& report);
// The child of MeasureTerminal: opens the folder, saves once, syncs, prints what it saw.
int RunTerminal(const std::string& dir, const std::string& address);
// A township with 1,000 open streams, as a process of its own.
void MeasureStreams(const Suite& suite, Report& report);
// The child of MeasureStreams: serves the folder and says what it uses until its standard input ends.
int RunTownship(const std::string& dir);
// The ledgers of a county of `assets` and `inspections`: cost of keeping them, answers while work comes in.
void MeasureLedgers(const Suite& suite, Report& report);
// gRPC's own limits on this machine.
void MeasureGrpc(const Suite& suite, Report& report);

}  // namespace guanhu::bench
