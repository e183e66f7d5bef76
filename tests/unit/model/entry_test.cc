#include "common/model/entry.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "common/base/limits.h"

namespace guanhu::model {
namespace {

const base::JournalId kJournal{{base::PlaceId{7}, base::Visibility::kInternal}, base::Origin{9}};

Field Number(uint32_t number, uint64_t value) {
  Field f{number, {}};
  base::PutVarint(f.raw, uint64_t{number} << 3);
  base::PutVarint(f.raw, value);
  return f;
}

Change Sample() {
  Change c;
  c.stamp = {1790000000123, ClockQuality::kSynced};
  c.person = base::PersonId{5};
  c.reissue = Reissue{base::Origin{3}, 4, 5};
  Edit created{{kJournal.scope, kJournal.origin, 2, 0}, 11, {Number(1, 3), Number(4, 5)}, {2, 6}, false, {}};
  Edit other{{kJournal.scope, base::Origin{1}, 8, 2}, 12, {Number(3, 1)}, {}, true, {{base::Origin{1}, 8, 0xABCD}}};
  c.edits = {created, other};
  return c;
}

TEST(Entry, EveryKindComesBack) {
  const std::vector<Entry> entries = {
      Sample(),
      Open{"0123456789abcdef", "certificate", base::Origin{2}},
      Close{base::Origin{2}, 5, base::Sha256("x")},
      Verdict{true, base::Origin{2}, {3, 4}, "seen", base::PersonId{1}},
      Cut{base::NodeId{4}, {{kJournal, 6}}, "lost"},
      Kept{base::Origin{2}, 3, 4},
  };
  for (const Entry& e : entries) {
    const std::string bytes = Encode(e, kJournal, 2);
    const absl::StatusOr<Entry> back = Decode(bytes, kJournal, 2);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, e) << "kind " << static_cast<int>(bytes[0]);
  }
}

TEST(Entry, BytesOfTheFirstReleaseStay) {
  EXPECT_EQ(
      base::ToHex(Encode(Entry(Sample()), kJournal, 2)),
      "010ef6b183c59868000000000000000500000000000000030400000000000000050208000b02020803022005020206160000000000000001"
      "08020c0102180101000000000000000108"
      "0000abcd");
}

TEST(Entry, WhatANewerPeerWroteIsKeptByteForByte) {
  for (const std::string& bytes :
       {std::string("\x2A some new kind"), std::string("\x01\xFF\xFF"), std::string(1, '\0')}) {
    const absl::StatusOr<Entry> entry = Decode(bytes, kJournal, 2);
    ASSERT_TRUE(entry.ok());
    ASSERT_TRUE(std::holds_alternative<Opaque>(*entry));
    EXPECT_EQ(Encode(*entry, kJournal, 2), bytes);
  }
}

TEST(Entry, ATruncatedEntryHasNoEffectAndIsNotLost) {
  const std::string bytes = Encode(Entry(Sample()), kJournal, 2);
  for (size_t n = 1; n < bytes.size(); ++n) {
    const absl::StatusOr<Entry> entry = Decode(bytes.substr(0, n), kJournal, 2);
    ASSERT_TRUE(entry.ok());
    EXPECT_TRUE(std::holds_alternative<Opaque>(*entry)) << n;
  }
}

TEST(Entry, SizeHasABound) {
  EXPECT_TRUE(Decode(std::string(base::kEntryBytesMax, 'x'), kJournal, 2).ok());
  EXPECT_FALSE(Decode(std::string(base::kEntryBytesMax + 1, 'x'), kJournal, 2).ok());
  EXPECT_FALSE(Decode("", kJournal, 2).ok());
}

TEST(Chain, BindsTheJournalTheOrderAndTheBytes) {
  base::JournalId other = kJournal;
  other.origin = base::Origin{10};
  EXPECT_NE(ChainStart(kJournal), ChainStart(other));
  const base::Hash256 a = ChainNext(ChainNext(ChainStart(kJournal), "a"), "b");
  EXPECT_NE(a, ChainNext(ChainNext(ChainStart(kJournal), "b"), "a"));
  EXPECT_EQ(a, ChainNext(ChainNext(ChainStart(kJournal), "a"), "b"));
}

TEST(Ids, TextComesBack) {
  const base::RecordId id{{base::PlaceId{~uint64_t{0}}, base::Visibility::kPublished}, base::Origin{1}, 99, 3};
  const absl::StatusOr<base::RecordId> back = base::ParseRecord(base::ToText(id));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, id);
  EXPECT_FALSE(base::ParseRecord("nonsense").ok());
  EXPECT_FALSE(base::ParseCrockford("ZZZZZZZZZZZZZ").ok());  // above 64 bits
  EXPECT_EQ(*base::ParseCrockford("o1l"), *base::ParseCrockford("011"));
}

}  // namespace
}  // namespace guanhu::model
