#include "common/codec/frame_codec.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "common/base/limits.h"

namespace guanhu::codec {
namespace {

const base::ScopeId kScope{base::PlaceId{7}, base::Visibility::kPublished};
const base::JournalId kJournal{kScope, base::Origin{9}};

std::vector<sync::Frame> Samples() {
  const sync::Point p{kJournal, 300, 0x1122334455667788};
  sync::CityAck ack{kScope, 2, 9, {p, p}, "credential", std::string(64, 's')};
  return {
      sync::Hello{1, base::NodeId{3}, base::Origin{4}, -5, 6, 7},
      sync::Probe{sync::Probe::kAsk, 8, 0},
      sync::Probe{sync::Probe::kEqual, 0, 0},
      sync::Probe{sync::Probe::kDiffer, 8, 9},
      sync::Digests{1, true, {2, 3}},
      sync::Have{kScope, 1, 2, {p}},
      sync::Offer{{p, p}},
      sync::Positions{{p}},
      ack,
      sync::HeldMarks{{{kJournal, 4, base::NodeId{2}, "why"}}},
      sync::AsideItems{{{kJournal, 4, base::Sha256("x"), {}, "entry", "why"}}},
      sync::Fork{kJournal, 4, 5, p},
      sync::Ack{7, {3, 5}},
      sync::Notice{sync::NoticeCode::kRevoked, "lost"},
  };
}

TEST(FrameCodec, EveryKindComesBack) {
  FrameEncoder encoder, again;
  FrameDecoder decoder;
  for (const sync::Frame& f : Samples()) {
    const absl::StatusOr<std::string> bytes = encoder.Encode(f);
    ASSERT_TRUE(bytes.ok());
    const absl::StatusOr<sync::Frame> back = decoder.Decode(*bytes);
    ASSERT_TRUE(back.ok()) << f.index() << back.status();
    EXPECT_EQ(back->index(), f.index());
    // Equal frames have equal bytes, and the bytes hold every field.
    EXPECT_EQ(*again.Encode(*back), *bytes) << f.index();
  }
}

TEST(FrameCodec, AnIdleQuestionAndItsAnswerAreSmall) {
  FrameEncoder encoder;
  EXPECT_EQ(encoder.Encode(sync::Probe{sync::Probe::kAsk, 8, 0})->size(), 9u);
  EXPECT_EQ(encoder.Encode(sync::Probe{sync::Probe::kEqual, 0, 0})->size(), 1u);
}

TEST(FrameCodec, DamagedFramesAreRefusedOrRead) {
  FrameEncoder encoder;
  size_t refused = 0, read = 0;
  for (const sync::Frame& f : Samples()) {
    const std::string bytes = *encoder.Encode(f);
    for (size_t n = 0; n < bytes.size(); ++n) {
      FrameDecoder decoder;
      // Every prefix is refused, but for a list that simply ends earlier.
      const bool ok = decoder.Decode(bytes.substr(0, n)).ok();
      EXPECT_TRUE(!ok || std::holds_alternative<sync::Ack>(f)) << f.index() << " " << n;
      std::string flipped = bytes;
      flipped[n] = static_cast<char>(flipped[n] ^ 0x80);
      FrameDecoder other;
      ++(other.Decode(flipped).ok() ? read : refused);
    }
  }
  EXPECT_GT(refused, 40u);
  EXPECT_GT(read, 100u);  // a flipped bit in a number is another number: signatures find it, not the codec
}

TEST(FrameCodec, CountsAndSizesAreBounded) {
  FrameDecoder decoder;
  std::string lie = "\x06";  // an offer of 2^40 journals
  base::PutVarint(lie, uint64_t{1} << 40);
  EXPECT_FALSE(decoder.Decode(lie).ok());
  EXPECT_FALSE(decoder.Decode(std::string(base::kFrameBytesMax + 1, '\x01')).ok());
  EXPECT_FALSE(decoder.Decode("").ok());
  EXPECT_FALSE(decoder.Decode("\x7f").ok());
  FrameEncoder encoder;
  EXPECT_FALSE(encoder.Encode(sync::Notice{sync::NoticeCode::kRefused, std::string(base::kFrameBytesMax, 'x')}).ok());
}

}  // namespace
}  // namespace guanhu::codec
