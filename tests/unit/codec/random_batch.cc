#include "tests/unit/codec/random_batch.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/bytes.h"

namespace guanhu::codec {
namespace {

constexpr uint64_t kIds[] = {0, 1, 77, 0x1111222233334444, 0xFFFFFFFFFFFFFFFF, 0xABCDEF0123456789};

}  // namespace

uint64_t RandomBatch::Number() {
  switch (Below(5)) {
    case 0:
      return Below(4);
    case 1:
      return 1790000000000 + Below(100000);
    case 2:
      return ~uint64_t{0} - Below(3);
    case 3:
      return r_() >> Below(64);
    default:
      return Below(1000);
  }
}

std::string RandomBatch::Bytes(size_t size_max) {
  std::string s(Below(size_max + 1), 0);
  for (char& c : s) c = static_cast<char>(r_());
  return s;
}

std::string RandomBatch::Text() {
  static const char* const kWords[] = {"阀门", "渗水", "ok", "", "下次复查", "\n", "a", "0123456789", "é"};
  std::string s;
  const uint64_t words = Chance(2) ? 3000 : Below(12);
  for (uint64_t i = 0; i < words; ++i) s += kWords[Below(9)];
  return s;
}

std::string RandomBatch::Occurrence(uint64_t number, unsigned depth) {
  constexpr uint64_t kTypes[] = {0, 1, 2, 5};
  const uint64_t type = kTypes[Below(4)];
  std::string out;
  base::PutVarint(out, number << 3 | type);
  if (type == 0) base::PutVarint(out, Number());
  if (type == 1) base::PutFixed64(out, Chance(50) ? kIds[Below(6)] : r_());
  if (type == 5) base::PutFixed32(out, static_cast<uint32_t>(Number()));
  if (type == 2) {
    const uint64_t what = Below(3);
    base::PutString(out, what == 0 ? Text() : what == 1 ? Bytes(60) : Message(depth + 1));
  }
  return out;
}

std::string RandomBatch::Message(unsigned depth) {
  std::string out;
  const uint64_t fields = depth > 5 ? 0 : Below(4);
  for (uint64_t i = 0; i < fields; ++i) {
    out += Occurrence(Chance(5) ? 1 + Below((1u << 29) - 1) : 1 + Below(9), depth);
  }
  return out;
}

// What a field's bytes may be without being plain: long varints, long tags, groups, unknown types, cut values.
std::string RandomBatch::OddField(uint64_t number) {
  std::string tag;
  base::PutVarint(tag, number << 3);
  std::string long_tag = tag;
  long_tag.back() = static_cast<char>(long_tag.back() | 0x80);
  long_tag.push_back(0);
  std::string group = tag;
  group[0] = static_cast<char>(group[0] | 3);
  std::string unknown = tag;
  unknown[0] = static_cast<char>(unknown[0] | static_cast<char>(6 + Below(2)));
  std::string bytes = tag;
  bytes[0] = static_cast<char>(bytes[0] | 2);
  switch (Below(9)) {
    case 0:
      return tag + std::string("\x81\x00", 2);
    case 1:
      return long_tag + "\x05";
    case 2:
      return group + tag + "\x01" + Bytes(3);
    case 3:
      return unknown + Bytes(8);
    case 4:
      return bytes + "\x09" + "cut";
    case 5:
      return tag + "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F";  // 70 bits
    case 6:
      return bytes + std::string("\x80\x00", 2);  // length 0 in two bytes
    case 7:
      return tag;
    default:
      return Occurrence(number, 0) + Occurrence(number + 1, 0);  // a stranger behind it
  }
}

model::Edit RandomBatch::MakeEdit(const base::JournalId& journal, uint64_t seq, uint32_t index) {
  model::Edit e;
  e.id = {journal.scope, journal.origin, seq, index};
  if (Chance(60)) {
    e.id.origin.value = kIds[Below(6)];
    e.id.seq = Number();
    e.id.index = static_cast<uint32_t>(Chance(90) ? 0 : r_());
  } else if (Chance(10)) {
    e.id.index = static_cast<uint32_t>(r_());
  }
  e.type = static_cast<uint32_t>(Chance(95) ? 30 + Below(3) : r_());
  std::set<uint32_t> numbers;
  for (uint64_t i = Below(10); i > 0; --i) {
    numbers.insert(static_cast<uint32_t>(Chance(97) ? 1 + Below(16) : 1 + Below(0xFFFFFFFE)));
  }
  for (uint32_t n : numbers) {
    model::Field f{n, {}};
    const uint64_t count = Chance(85) ? 1 : 1 + Below(4);
    for (uint64_t i = 0; i < count; ++i) f.raw += n < (1u << 29) && !Chance(8) ? Occurrence(n, 0) : OddField(n);
    e.set.push_back(std::move(f));
  }
  if (Chance(20)) {
    for (uint64_t i = Below(4); i > 0; --i) e.cleared.push_back(static_cast<uint32_t>(Chance(90) ? Below(20) : r_()));
  }
  e.full_context = Chance(50);
  std::set<uint64_t> origins;
  for (uint64_t i = Below(4); i > 0; --i) origins.insert(Chance(80) ? kIds[Below(6)] : r_());
  origins.erase(journal.origin.value);
  for (uint64_t o : origins) {
    e.context.push_back({base::Origin{o}, Chance(50) ? e.id.seq : Number(), static_cast<uint32_t>(r_())});
  }
  return e;
}

model::Change RandomBatch::MakeChange(const base::JournalId& journal, uint64_t seq) {
  model::Change c;
  c.stamp.wall_ms = static_cast<int64_t>(Number());
  c.stamp.quality = static_cast<model::ClockQuality>(Below(4));
  c.person.value = kIds[Below(6)];
  if (Chance(10)) c.reissue = model::Reissue{base::Origin{kIds[Below(6)]}, Number(), r_()};
  for (uint64_t i = 0, n = Below(4); i < n; ++i) c.edits.push_back(MakeEdit(journal, seq, static_cast<uint32_t>(i)));
  return c;
}

std::string RandomBatch::Entry(const base::JournalId& journal, uint64_t seq) {
  const uint64_t what = Below(20);
  if (what < 15) return model::Encode(MakeChange(journal, seq), journal, seq);
  if (what == 15) return model::Encode(model::Open{Bytes(16), Bytes(400), base::Origin{r_()}}, journal, seq);
  if (what == 16) return model::Encode(model::Kept{base::Origin{kIds[Below(6)]}, Number(), r_()}, journal, seq);
  if (what == 17) return Chance(20) ? std::string(5000, 'x') : Bytes(100);
  if (what == 18) return Text();
  std::string change = model::Encode(MakeChange(journal, seq), journal, seq);  // with a broken byte
  change[Below(change.size())] = static_cast<char>(r_());
  return change;
}

model::EntryBatch RandomBatch::Next() {
  model::EntryBatch b;
  b.journal.scope.place.value = kIds[Below(6)];
  b.journal.scope.visibility = static_cast<base::Visibility>(Below(2));
  b.journal.origin.value = kIds[Below(6)];
  b.first_seq = Chance(90) ? 1 + Below(100) : Number();
  for (uint64_t i = 0, n = Chance(50) ? 1 + Below(3) : Below(40); i < n; ++i)
    b.entries.push_back(Entry(b.journal, b.first_seq + i));
  for (uint64_t i = Below(3); i > 0; --i) {
    b.heads.push_back({{Chance(90) ? b.last_seq() : Number(), {}},
                       Chance(90) ? std::string(64, static_cast<char>(r_())) : Bytes(70)});
  }
  return b;
}

}  // namespace guanhu::codec
