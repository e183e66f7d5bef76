// Workload W of the project's benchmarks as changes: inspection records of 50 villages, the same values from the same
// seed as the Python generator that the peers were measured with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/model/entry.h"

namespace guanhu::codec {

struct Village {
  base::JournalId journal;
  std::vector<model::Change> changes;  // seq 1 on
};

// `records` inspections over 50 villages in the generator's order; each is one change with one creating edit.
std::vector<Village> MakeVillages(uint32_t records, uint32_t seed = 20261123);

// The batches of a journal in frames of up to `frame` changes, each under one signature.
std::vector<model::EntryBatch> MakeBatches(const base::JournalId& journal, const std::vector<model::Change>& changes,
                                           size_t frame, uint64_t first_seq = 1);

// `count` edits of one enum field of different records of `village`, whose seqs go up to `seq_max`. Together in one
// change, or each in a change of its own, seconds apart.
std::vector<model::Change> MakeStatusEdits(const base::JournalId& village, uint32_t count, uint32_t seq_max,
                                           bool together, bool ascending);

}  // namespace guanhu::codec
