#include "common/codec/batch_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/escaping.h"
#include "common/base/bytes.h"
#include "common/base/limits.h"
#include "tests/unit/codec/random_batch.h"
#include "tests/unit/codec/workload.h"

namespace guanhu::codec {
namespace {

using ::testing::HasSubstr;

void ExpectSame(const model::EntryBatch& a, const model::EntryBatch& b) {
  EXPECT_EQ(a.journal, b.journal);
  EXPECT_EQ(a.first_seq, b.first_seq);
  EXPECT_EQ(a.entries, b.entries);
  ASSERT_EQ(a.heads.size(), b.heads.size());
  for (size_t i = 0; i < a.heads.size(); ++i) {
    EXPECT_EQ(a.heads[i].head.seq, b.heads[i].head.seq);
    EXPECT_EQ(a.heads[i].signature, b.heads[i].signature);
    EXPECT_EQ(b.heads[i].head.hash, base::Hash256{});
  }
}

model::EntryBatch OneEntry(std::string bytes) {
  model::EntryBatch b;
  b.journal = {{base::PlaceId{5}, base::Visibility::kPublished}, base::Origin{6}};
  b.first_seq = 7;
  b.entries.push_back(std::move(bytes));
  b.heads.push_back({{7, {}}, std::string(64, 's')});
  return b;
}

std::vector<model::EntryBatch> VillageBatches(size_t frame) {
  const Village v = MakeVillages(5000)[3];
  return MakeBatches(v.journal, v.changes, frame);
}

const char kGoldenAlone[] =
    "11d00440520c07028e4f848c7c2e9f45ba07a626bd4581fe5ddc0a061295ca6d19b1ffd152351afda6df0b27ef6353c586c0a48d"
    "6e029393c6f561fc01bb1cd9e8fb6878e34f8c42c098c666c4c3fdae7fef2258144c55d41493bdf640c518b0e1fed23e8be90683"
    "6aef55f995682675f5b2b5f47fcb2482f8e28771060e74ccee0a0131961c9eccdbfcf4a939993ff926c6209c84d16402ab4dfcb6"
    "4731097986f5f52f41cebfce74fb4607ca4f755b6010b2653513b3757d970c19a9e962292c821e394da334a064cdea010dc4429c"
    "b94ec2f46c726f7662afe2c832aef120c10143e96090d92cdbcb8c2f6441d649bf07418845d0df92120780af2bc05eaf3737f021"
    "8740ccac4d8d69e17e2b6c242bd28f1a4ce4674e97a365bdb28a1bc3682f6771cee279787a704ed545095689ef5d8e69c9952b4e"
    "40f32637781ab817df790c91f59aa881ab73e103d89420554e3050aaf83030a8102852d3d2ee344ffd0dce524c26394dd4970ce9"
    "1b67885f0eb45bfa62b9d58bce3efa0eac";
const char kGoldenStream[] =
    "6d6014a463737216d3616828400c7fdb592d32cffe46624ee815b7393f8ad546";  // SHA-256 of all frames

TEST(BatchCodec, ReturnsEveryBatchOfARandomConnection) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    RandomBatch random(seed);
    BatchEncoder encoder;
    BatchDecoder decoder;
    for (int i = 0; i < 40; ++i) {
      const model::EntryBatch batch = random.Next();
      if (seed % 3 == 0 && i % 7 == 0) encoder.Reset();
      auto frame = encoder.Encode(batch);
      ASSERT_TRUE(frame.ok()) << frame.status();
      EXPECT_LE(frame->size(), UnpackedSize(batch) + UnpackedSize(batch) / 32 + 200);
      auto back = decoder.Decode(*frame);
      ASSERT_TRUE(back.ok()) << back.status();
      ExpectSame(batch, *back);
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST(BatchCodec, ReturnsEntriesOfAnySize) {
  std::mt19937_64 r(3);
  for (size_t size : {0, 1, 40, 41, 64, 127, 128, 4096, 4097, 65536, 70000, 500000}) {
    for (int kind = 0; kind < 3; ++kind) {
      std::string bytes(size, 'a');
      for (char& c : bytes) c = static_cast<char>(kind == 0 ? 'a' : kind == 1 ? 'a' + r() % 3 : r());
      BatchEncoder encoder;
      BatchDecoder decoder;
      for (int i = 0; i < 2; ++i) {
        auto frame = encoder.Encode(OneEntry(bytes));
        ASSERT_TRUE(frame.ok()) << frame.status();
        auto back = decoder.Decode(*frame);
        ASSERT_TRUE(back.ok()) << size << " " << kind << " " << back.status();
        ExpectSame(OneEntry(bytes), *back);
      }
    }
  }
}

TEST(BatchCodec, ManyTypesAndFieldsShareOneColumnInTheEnd) {
  BatchEncoder encoder;
  BatchDecoder decoder;
  for (uint32_t round = 0; round < 60; ++round) {
    model::Change c;
    for (uint32_t i = 0; i < 20; ++i) {
      model::Edit e;
      e.id = {{}, base::Origin{6}, 7, i};
      e.type = round * 20 + i;
      for (uint32_t n = 1; n < 9; ++n) {
        std::string raw;
        base::PutVarint(raw, (n << 3) | 2);
        base::PutString(raw, std::string("\x08\x07\x12\x02\x08", 5) + static_cast<char>(n));
        e.set.push_back({n, raw});
      }
      c.edits.push_back(e);
    }
    const model::EntryBatch batch = OneEntry(model::Encode(c, OneEntry("").journal, 7));
    auto frame = encoder.Encode(batch);
    ASSERT_TRUE(frame.ok());
    auto back = decoder.Decode(*frame);
    ASSERT_TRUE(back.ok()) << back.status();
    ExpectSame(batch, *back);
  }
}

TEST(BatchCodec, RefusesABatchAboveTheFrameAndStaysUsable) {
  BatchEncoder encoder;
  BatchDecoder decoder;
  const std::string most(base::kFrameBytesMax - 16 - 80, 'x');
  EXPECT_EQ(UnpackedSize(OneEntry(most)), base::kFrameBytesMax);
  EXPECT_EQ(encoder.Encode(OneEntry(most + "x")).status().code(), absl::StatusCode::kInvalidArgument);
  auto frame = encoder.Encode(OneEntry(most));
  ASSERT_TRUE(frame.ok());
  EXPECT_TRUE(decoder.Decode(*frame).ok());
}

TEST(BatchCodec, AStreamPaysAndResetStartsAnew) {
  const auto batches = VillageBatches(50);
  BatchEncoder streaming, dropping;
  BatchDecoder decoder;
  size_t streamed = 0, dropped = 0;
  for (const auto& b : batches) {
    streamed += streaming.Encode(b)->size();
    dropping.Reset();
    const std::string frame = *dropping.Encode(b);
    dropped += frame.size();
    auto back = decoder.Decode(frame);
    ASSERT_TRUE(back.ok()) << back.status();
    ExpectSame(b, *back);
  }
  EXPECT_LT(streamed * 10, dropped * 9);
}

TEST(BatchCodec, AFrameOfAStreamNeedsTheOnesBefore) {
  const auto batches = VillageBatches(50);
  BatchEncoder encoder;
  const std::string first = *encoder.Encode(batches[0]);
  const std::string second = *encoder.Encode(batches[1]);
  BatchDecoder fresh;
  const auto lost = fresh.Decode(second);
  EXPECT_EQ(lost.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(lost.status().message()), HasSubstr("continues a stream"));
  ASSERT_TRUE(fresh.Decode(first).ok());
  EXPECT_TRUE(fresh.Decode(second).ok());
  // A broken frame ends the stream: nothing may be read from a model that has learnt nonsense.
  BatchDecoder broken;
  ASSERT_TRUE(broken.Decode(first).ok());
  EXPECT_FALSE(broken.Decode(second.substr(0, second.size() / 2)).ok());
  EXPECT_FALSE(broken.Decode(second).ok());
  // So does a frame that stands alone: the encoder had dropped its stream before it wrote one.
  BatchDecoder dropped;
  ASSERT_TRUE(dropped.Decode(first).ok());
  ASSERT_TRUE(dropped.Decode(*BatchEncoder().Encode(OneEntry("alone"))).ok());
  EXPECT_THAT(std::string(dropped.Decode(second).status().message()), HasSubstr("continues a stream"));
}

TEST(BatchCodec, RefusesWhatItDoesNotKnowAndWhatIsTooMuch) {
  BatchDecoder decoder;
  std::string frame = *BatchEncoder().Encode(OneEntry("an entry"));
  EXPECT_TRUE(decoder.Decode(frame).ok());
  EXPECT_FALSE(decoder.Decode("").ok());
  std::string newer = frame;
  newer[0] = static_cast<char>(newer[0] + 0x10);
  EXPECT_THAT(std::string(decoder.Decode(newer).status().message()), HasSubstr("format"));
  // Declares one byte more than there is.
  std::string more = *BatchEncoder().Encode(OneEntry(std::string(36, 'e') + "n"));
  ASSERT_TRUE(decoder.Decode(more).ok());
  ++more[1];  // low bits of the declared size, which is 16 + 37 + 16 + 64
  EXPECT_THAT(std::string(decoder.Decode(more).status().message()), HasSubstr("declared size"));
  // Declares half a megabyte in twenty bytes, and more than a frame may hold.
  std::string bomb(1, 0x11);
  base::PutVarint(bomb, 500000);
  bomb.append(16, '\0');
  EXPECT_THAT(std::string(decoder.Decode(bomb).status().message()), HasSubstr("declares 500000 bytes in 20"));
  std::string large(1, 0x11);
  base::PutVarint(large, base::kFrameBytesMax + 1);
  large.append(100000, '\0');
  EXPECT_THAT(std::string(decoder.Decode(large).status().message()), HasSubstr("declares"));
}

// Every mutant of a frame is refused, or is the frame of another batch; nothing crashes or grows (run under asan).
TEST(BatchCodec, SurvivesHostileFrames) {
  std::mt19937_64 r(99);
  std::vector<std::vector<std::string>> connections;
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    RandomBatch random(seed);
    BatchEncoder encoder;
    connections.emplace_back();
    while (connections.back().size() < 3) {
      model::EntryBatch b = random.Next();
      if (b.entries.size() > 8) b.entries.resize(8);
      connections.back().push_back(*encoder.Encode(b));
    }
  }
  const auto batches = VillageBatches(20);
  connections.push_back({*BatchEncoder().Encode(batches[0])});
  size_t accepted = 0, refused = 0;
  for (int i = 0; i < 100000; ++i) {
    const auto& frames = connections[r() % connections.size()];
    const size_t victim = r() % frames.size();
    std::string bad = frames[victim];
    for (uint64_t hits = 1 + r() % 4; hits > 0; --hits) {
      const size_t at = r() % bad.size();
      if (r() % 8 == 0 && at > 0) {
        bad.resize(at);
      } else if (r() % 8 == 0) {
        bad.insert(at, 1 + r() % 9, static_cast<char>(r()));
      } else {
        bad[at] = static_cast<char>(r() % 3 == 0 ? bad[at] ^ 1 << r() % 8 : static_cast<int>(r()));
      }
    }
    BatchDecoder decoder;
    if (victim == 2 && i % 4 == 0) {
      decoder.Decode(frames[0]).IgnoreError();
      decoder.Decode(frames[1]).IgnoreError();
    }
    const auto got = decoder.Decode(bad);
    if (got.ok()) {
      ++accepted;
      EXPECT_LE(UnpackedSize(*got), base::kFrameBytesMax);
    } else {
      ++refused;
      EXPECT_EQ(got.status().code(), absl::StatusCode::kInvalidArgument);
    }
  }
  EXPECT_GT(accepted, 0u);  // a changed signature byte is still a frame: the signature check is not the codec's
  EXPECT_GT(refused, 50000u);
}

TEST(BatchCodec, SurvivesNoise) {
  std::mt19937_64 r(5);
  for (int i = 0; i < 20000; ++i) {
    std::string noise(1, static_cast<char>(0x10 | r() % 16));
    base::PutVarint(noise, r() % 20000);
    for (uint64_t n = r() % 300; n > 0; --n) noise.push_back(static_cast<char>(r() % 4 == 0 ? 0 : r()));
    BatchDecoder decoder;
    decoder.Decode(noise).IgnoreError();
  }
}

// A format change must be meant: it needs a new format number.
TEST(BatchCodec, GoldenBytes) {
  const Village v = MakeVillages(150)[0];
  const model::EntryBatch batch = MakeBatches(v.journal, v.changes, 3)[0];
  BatchEncoder encoder;
  const std::string alone = *encoder.Encode(batch);
  EXPECT_EQ(base::ToHex(alone), kGoldenAlone) << "alone";
  const auto batches = VillageBatches(50);
  std::string frames;
  for (const auto& b : batches) frames += *encoder.Encode(b);
  EXPECT_EQ(base::ToHex(base::View(base::Sha256(frames))), kGoldenStream) << "stream";
}

// Frames written by this format's first version stay readable.
TEST(BatchCodec, ReadsTheGoldenFrame) {
  BatchDecoder decoder;
  const Village v = MakeVillages(150)[0];
  auto back = decoder.Decode(absl::HexStringToBytes(kGoldenAlone));
  ASSERT_TRUE(back.ok()) << back.status();
  ExpectSame(MakeBatches(v.journal, v.changes, 3)[0], *back);
}

}  // namespace
}  // namespace guanhu::codec
