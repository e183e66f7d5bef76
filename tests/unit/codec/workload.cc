#include "tests/unit/codec/workload.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "tools/workload/workload.h"

namespace guanhu::codec {
namespace {

void AddVarint(model::Edit& e, uint32_t number, uint64_t v) {
  if (v == 0) return;
  model::Field f{number, {}};
  base::PutVarint(f.raw, uint64_t{number} << 3);
  base::PutVarint(f.raw, v);
  e.set.push_back(std::move(f));
}

void AddBytes(model::Edit& e, uint32_t number, absl::string_view v) {
  if (v.empty()) return;
  model::Field f{number, {}};
  base::PutVarint(f.raw, uint64_t{number} << 3 | 2);
  base::PutString(f.raw, v);
  e.set.push_back(std::move(f));
}

uint64_t Micro(double v) { return base::ZigZag(static_cast<int64_t>(std::llround(v * 1e6))); }

uint64_t Mix(uint64_t v) {
  v = (v ^ v >> 31) * 0xBF58476D1CE4E5B9u;
  v = (v ^ v >> 27) * 0x94D049BB133111EBu;
  return v ^ v >> 29;
}

// An asset of the village: made by the township long ago.
std::string AssetReference(uint32_t village, uint32_t asset) {
  std::string m;
  m.push_back(9);
  for (int i = 0; i < 8; ++i) m.push_back(static_cast<char>(Mix(village + 1000) >> (8 * i)));
  m.push_back(16);
  base::PutVarint(m, 2 + asset * 3 + Mix(asset) % 3);
  return m;
}

model::Change Inspection(const workload::Row& row, const Village& v) {
  model::Edit e;
  e.id = {v.journal.scope, v.journal.origin, v.changes.size() + 1, 0};
  e.type = 30;
  e.full_context = true;
  AddBytes(e, 1, AssetReference(row.village, row.asset));
  AddVarint(e, 2, row.category + 1);
  AddVarint(e, 3, row.status + 1);
  model::Change c;
  c.person.value = Mix(row.village * 2 + row.inspector + 1);
  AddVarint(e, 4, static_cast<uint64_t>(row.observed_s));
  c.stamp = {row.created_ms, model::ClockQuality::kSynced};
  AddVarint(e, 5, Micro(row.lat));
  AddVarint(e, 6, Micro(row.lon));
  AddVarint(e, 7, row.score);
  AddVarint(e, 8, row.reading_milli);
  AddVarint(e, 9, row.cost_fen);
  AddVarint(e, 10, row.photos);
  AddBytes(e, 11, workload::WeatherText(row.weather));
  AddBytes(e, 12, row.note);
  c.edits.push_back(std::move(e));
  return c;
}

}  // namespace

std::vector<Village> MakeVillages(uint32_t records, uint32_t seed) {
  std::vector<Village> villages(workload::kVillages);
  for (uint32_t i = 0; i < villages.size(); ++i) {
    villages[i].journal = {{base::PlaceId{Mix(i + 500)}, base::Visibility::kInternal}, base::Origin{Mix(i + 700)}};
  }
  for (const workload::Row& row : workload::MakeRows(records, seed)) {
    Village& v = villages[row.village];
    v.changes.push_back(Inspection(row, v));
  }
  return villages;
}

std::vector<model::EntryBatch> MakeBatches(const base::JournalId& journal, const std::vector<model::Change>& changes,
                                           size_t frame, uint64_t first_seq) {
  std::vector<model::EntryBatch> batches;
  for (size_t i = 0; i < changes.size(); ++i) {
    if (i % frame == 0) {
      batches.emplace_back();
      batches.back().journal = journal;
      batches.back().first_seq = first_seq + i;
    }
    batches.back().entries.push_back(model::Encode(model::Entry(changes[i]), journal, first_seq + i));
  }
  for (model::EntryBatch& b : batches) {
    std::string signature;
    for (int i = 0; i < 8; ++i)
      base::PutFixed64(signature, Mix(b.last_seq() * 8 + static_cast<uint64_t>(i) + journal.origin.value));
    b.heads.push_back({{b.last_seq(), {}}, signature});
  }
  return batches;
}

std::vector<model::Change> MakeStatusEdits(const base::JournalId& village, uint32_t count, uint32_t seq_max,
                                           bool together, bool ascending) {
  workload::PythonRandom r(7);
  std::vector<uint64_t> seqs;
  while (seqs.size() < count) {
    const uint64_t s = 1 + r.Below(seq_max);
    if (std::find(seqs.begin(), seqs.end(), s) == seqs.end()) seqs.push_back(s);
  }
  if (ascending) std::sort(seqs.begin(), seqs.end());
  std::vector<model::Change> changes;
  int64_t wall = 1790400000000;
  for (uint64_t s : seqs) {
    wall += 1000 + r.Below(9000);
    if (changes.empty() || !together)
      changes.push_back({{wall, model::ClockQuality::kSynced}, base::PersonId{Mix(9)}, {}, {}});
    model::Edit e;
    e.id = {village.scope, village.origin, s, 0};
    e.type = 30;
    e.full_context = true;
    e.context.push_back({village.origin, s, static_cast<uint32_t>(Mix(s))});
    AddVarint(e, 3, 1 + r.Below(6));
    changes.back().edits.push_back(std::move(e));
  }
  return changes;
}

}  // namespace guanhu::codec
