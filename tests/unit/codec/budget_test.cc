// Bytes of the project's budgets. They depend on nothing but the code (the workload has no binary values, so zstd's
// version does not matter), yet a bound 5 % above what was reached leaves room for honest changes.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "common/codec/batch_codec.h"
#include "tests/unit/codec/workload.h"

namespace guanhu::codec {
namespace {

size_t Through(BatchEncoder& encoder, BatchDecoder& decoder, const std::vector<model::EntryBatch>& batches) {
  size_t bytes = 0;
  for (const model::EntryBatch& b : batches) {
    auto frame = encoder.Encode(b);
    EXPECT_TRUE(frame.ok()) << frame.status();
    bytes += frame->size();
    auto back = decoder.Decode(*frame);
    EXPECT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(back->entries, b.entries);
  }
  return bytes;
}

double Micros(std::chrono::steady_clock::duration d, size_t n) {
  return std::chrono::duration<double, std::micro>(d).count() / static_cast<double>(n);
}

TEST(Budget, TenThousandRecordsOverOneConnection) {
  BatchEncoder encoder;
  BatchDecoder decoder;
  size_t bytes = 0;
  for (const Village& v : MakeVillages(10000))
    bytes += Through(encoder, decoder, MakeBatches(v.journal, v.changes, 64));
  std::printf("W, one connection: %.2f bytes a record\n", static_cast<double>(bytes) / 10000);
  EXPECT_LE(bytes, 235000u);  // the budget: 500,000
}

TEST(Budget, OneVillage) {
  for (size_t frame : {64, 200}) {
    BatchEncoder encoder;
    BatchDecoder decoder;
    const Village v = MakeVillages(10000)[0];
    const size_t bytes = Through(encoder, decoder, MakeBatches(v.journal, v.changes, frame));
    std::printf("W, one village in frames of %zu: %.2f bytes a record\n", frame, static_cast<double>(bytes) / 200);
    EXPECT_LE(bytes, 6300u);  // the budget: 10,000
  }
}

TEST(Budget, LiveChangesOneByOne) {
  const Village v = MakeVillages(1000)[0];
  size_t bytes = 0;
  for (const model::EntryBatch& b : MakeBatches(v.journal, v.changes, 1)) {
    BatchEncoder encoder;
    BatchDecoder decoder;
    bytes += Through(encoder, decoder, {b});
  }
  std::printf("a record alone: %.1f bytes with its signature\n", static_cast<double>(bytes) / 20);
  BatchEncoder encoder(0);
  BatchDecoder decoder;
  const auto batches = MakeBatches(v.journal, v.changes, 1);
  const size_t streamed = Through(encoder, decoder, batches);
  EXPECT_LE(bytes, 4610u);
  EXPECT_LE(streamed, 2760u);
  std::printf("a record alone in a stream: %.1f bytes with its signature\n", static_cast<double>(streamed) / 20);
}

TEST(Budget, OneFieldEdits) {
  const Village v = MakeVillages(50)[0];
  const base::JournalId editor{v.journal.scope, base::Origin{0x1234567812345678}};
  for (uint32_t seq_max : {200u, 10000u}) {
    for (bool ascending : {true, false}) {
      for (bool together : {true, false}) {
        BatchEncoder encoder;
        BatchDecoder decoder;
        const auto changes = MakeStatusEdits(v.journal, 100, seq_max, together, ascending);
        const size_t bytes = Through(encoder, decoder, MakeBatches(editor, changes, 64, 300));
        std::printf("100 one-field edits %s, seqs up to %u %s: %zu bytes\n",
                    together ? "in one change" : "in 100 changes", seq_max, ascending ? "ascending" : "mixed", bytes);
        EXPECT_LE(bytes, together ? 800u : 1190u);  // the budgets: 1,250 and 1,800
      }
    }
  }
}

TEST(Budget, Time) {
  std::vector<std::vector<model::EntryBatch>> all;
  for (const Village& v : MakeVillages(10000)) all.push_back(MakeBatches(v.journal, v.changes, 64));
  double encode = 1e9, decode = 1e9;  // the best of some rounds: the machine has other work
  for (int round = 0; round < 5; ++round) {
    BatchEncoder encoder;
    BatchDecoder decoder;
    std::vector<std::string> frames;
    const auto t0 = std::chrono::steady_clock::now();
    for (const auto& batches : all) {
      for (const auto& b : batches) frames.push_back(*encoder.Encode(b));
    }
    const auto t1 = std::chrono::steady_clock::now();
    for (const std::string& f : frames) ASSERT_TRUE(decoder.Decode(f).ok());
    const auto t2 = std::chrono::steady_clock::now();
    encode = std::min(encode, Micros(t1 - t0, 10000));
    decode = std::min(decode, Micros(t2 - t1, 10000));
  }
  std::printf("encode %.2f us, decode %.2f us a record\n", encode, decode);
}

}  // namespace
}  // namespace guanhu::codec
