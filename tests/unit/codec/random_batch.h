// Batches that an honest peer, a newer peer or a broken one might send. Tests only.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "common/model/entry.h"

namespace guanhu::codec {

class RandomBatch {
 public:
  explicit RandomBatch(uint64_t seed) : r_(seed) {}
  model::EntryBatch Next();

 private:
  uint64_t Below(uint64_t n) { return r_() % n; }
  bool Chance(unsigned percent) { return Below(100) < percent; }
  uint64_t Number();
  std::string Bytes(size_t size_max);
  std::string Text();
  std::string Message(unsigned depth);
  std::string Occurrence(uint64_t number, unsigned depth);
  std::string OddField(uint64_t number);
  model::Edit MakeEdit(const base::JournalId& journal, uint64_t seq, uint32_t index);
  model::Change MakeChange(const base::JournalId& journal, uint64_t seq);
  std::string Entry(const base::JournalId& journal, uint64_t seq);

  std::mt19937_64 r_;
};

}  // namespace guanhu::codec
