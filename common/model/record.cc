#include "common/model/record.h"

#include <algorithm>
#include <tuple>

#include "common/base/bytes.h"

namespace guanhu::model {
namespace {

using base::PutFixed32;
using base::PutFixed64;
using base::PutString;
using base::PutVarint;
using base::Reader;

constexpr uint8_t kStateFormat = 1;

void Put(std::string& out, const VersionVector& v) {
  PutVarint(out, v.size());
  for (const ContextEntry& e : v) {
    PutFixed64(out, e.origin.value);
    PutVarint(out, e.seq);
    PutFixed32(out, e.hash);
  }
}

VersionVector GetVector(Reader& in) {
  VersionVector v;
  const uint64_t n = in.Varint();
  for (uint64_t i = 0; i < n && in.ok(); ++i) {
    ContextEntry e;
    e.origin = base::Origin{in.Fixed64()};
    e.seq = in.Varint();
    e.hash = in.Fixed32();
    v.push_back(e);
  }
  return v;
}

// A sibling without its value: several fields usually share one edit.
using EditKey = std::tuple<base::Origin, uint64_t, Stamp, base::PersonId>;
EditKey KeyOf(const Sibling& s) { return {s.origin, s.seq, s.stamp, s.person}; }

void PutEditKey(std::string& out, const EditKey& edit) {
  const auto& [origin, seq, stamp, person] = edit;
  PutFixed64(out, origin.value);
  PutVarint(out, seq);
  PutVarint(out, base::ZigZag(stamp.wall_ms));
  out.push_back(static_cast<char>(stamp.quality));
  PutFixed64(out, person.value);
}

std::vector<EditKey> EditsOf(const RecordState& state) {
  std::vector<EditKey> edits;
  for (const FieldState& f : state.fields) {
    for (const Sibling& s : f.siblings) {
      if (edits.empty() || edits.back() != KeyOf(s)) edits.push_back(KeyOf(s));
    }
  }
  std::sort(edits.begin(), edits.end());
  edits.erase(std::unique(edits.begin(), edits.end()), edits.end());
  return edits;
}

FieldState& FieldOf(RecordState& state, uint32_t number) {
  auto it = std::lower_bound(state.fields.begin(), state.fields.end(), number,
                             [](const FieldState& f, uint32_t n) { return f.number < n; });
  if (it == state.fields.end() || it->number != number) it = state.fields.insert(it, FieldState{number, {}});
  return *it;
}

VersionVector& SeenOf(RecordState& state, base::Origin origin) {
  auto it = std::lower_bound(state.seen.begin(), state.seen.end(), origin,
                             [](const auto& s, base::Origin o) { return s.first < o; });
  if (it == state.seen.end() || it->first != origin) it = state.seen.insert(it, {origin, {}});
  return it->second;
}

}  // namespace

const ContextEntry* Find(const VersionVector& vector, base::Origin origin) {
  auto it = std::lower_bound(vector.begin(), vector.end(), origin,
                             [](const ContextEntry& e, base::Origin o) { return e.origin < o; });
  return it != vector.end() && it->origin == origin ? &*it : nullptr;
}

void Raise(VersionVector& vector, const ContextEntry& e) {
  auto it = std::lower_bound(vector.begin(), vector.end(), e.origin,
                             [](const ContextEntry& x, base::Origin o) { return x.origin < o; });
  if (it == vector.end() || it->origin != e.origin) {
    vector.insert(it, e);
  } else if (it->seq < e.seq) {
    *it = e;
  }
}

const FieldState* RecordState::Find(uint32_t number) const {
  auto it = std::lower_bound(fields.begin(), fields.end(), number,
                             [](const FieldState& f, uint32_t n) { return f.number < n; });
  return it != fields.end() && it->number == number ? &*it : nullptr;
}

const VersionVector* RecordState::SeenBy(base::Origin origin) const {
  for (const auto& [o, v] : seen) {
    if (o == origin) return &v;
  }
  return nullptr;
}

void Apply(RecordState& state, const Edit& edit, const EditPlace& at, bool has_effect, const HoldsBranch& holds) {
  VersionVector merged;
  const VersionVector* knew = &merged;
  if (!edit.context.empty() || !state.seen.empty()) {
    VersionVector& seen = SeenOf(state, at.origin);
    if (edit.full_context) seen.clear();
    for (const ContextEntry& e : edit.context) Raise(seen, e);
    if (seen.empty()) {
      std::erase_if(state.seen, [&](const auto& s) { return s.first == at.origin; });
    } else {
      knew = &seen;
    }
  }
  if (!has_effect) return;
  const auto overruled = [&](const Sibling& s) {
    if (s.origin == at.origin) return true;  // the writer's own earlier edits always count as seen
    const ContextEntry* e = Find(*knew, s.origin);
    return e != nullptr && e->seq >= s.seq && holds(*e);
  };
  for (const Field& f : edit.set) {
    FieldState& field = FieldOf(state, f.number);
    std::erase_if(field.siblings, overruled);
    Sibling s{at.origin, at.seq, at.stamp, at.person, f.raw};
    field.siblings.insert(std::upper_bound(field.siblings.begin(), field.siblings.end(), s), std::move(s));
  }
  for (uint32_t number : edit.cleared) {
    FieldState& field = FieldOf(state, number);
    std::erase_if(field.siblings, overruled);
  }
  std::erase_if(state.fields, [](const FieldState& f) { return f.siblings.empty(); });
  Raise(state.version, {at.origin, at.seq, at.hash});
}

VersionVector ContextFor(const RecordState& state, base::Origin author, bool full) {
  const VersionVector* known = full ? nullptr : state.SeenBy(author);
  VersionVector out;
  for (const ContextEntry& e : state.version) {
    if (e.origin == author) continue;
    const ContextEntry* k = known == nullptr ? nullptr : Find(*known, e.origin);
    if (k == nullptr || k->seq < e.seq) out.push_back(e);
  }
  return out;
}

std::string Encode(const RecordState& state) {
  std::string out;
  out.reserve(256);
  out.push_back(kStateFormat);
  Put(out, state.version);
  PutVarint(out, state.seen.size());
  for (const auto& [origin, vector] : state.seen) {
    PutFixed64(out, origin.value);
    Put(out, vector);
  }
  const std::vector<EditKey> edits = EditsOf(state);
  PutVarint(out, edits.size());
  for (const EditKey& edit : edits) PutEditKey(out, edit);
  PutVarint(out, state.fields.size());
  for (const FieldState& f : state.fields) {
    PutVarint(out, f.number);
    PutVarint(out, f.siblings.size());
    for (const Sibling& s : f.siblings) {
      const auto it = std::lower_bound(edits.begin(), edits.end(), KeyOf(s));
      PutVarint(out, static_cast<uint64_t>(it - edits.begin()));
      PutString(out, s.raw);
    }
  }
  return out;
}

std::optional<std::string> EncodeFirst(const Edit& edit, const EditPlace& at) {
  if (edit.set.empty() || !edit.cleared.empty() || !edit.context.empty()) return std::nullopt;
  size_t most = 0;
  for (size_t i = 0; i < edit.set.size(); ++i) {
    if (i > 0 && edit.set[i - 1].number >= edit.set[i].number) return std::nullopt;
    most += edit.set[i].raw.size() + 2 * base::kVarintBytesMax + 2;
  }
  std::string out;
  out.reserve(128 + most);
  out.push_back(kStateFormat);
  Put(out, {{at.origin, at.seq, at.hash}});
  PutVarint(out, 0);
  PutVarint(out, 1);
  PutEditKey(out, {at.origin, at.seq, at.stamp, at.person});
  PutVarint(out, edit.set.size());
  const size_t head = out.size();
  out.resize(head + most);
  char* p = out.data() + head;
  for (const Field& f : edit.set) {
    p = base::PutVarintAt(p, f.number);
    *p++ = 1;  // siblings
    *p++ = 0;  // the one edit
    p = base::PutVarintAt(p, f.raw.size());
    p = std::copy(f.raw.begin(), f.raw.end(), p);
  }
  out.resize(static_cast<size_t>(p - out.data()));
  return out;
}

absl::StatusOr<RecordState> DecodeState(absl::string_view bytes) {
  Reader in(bytes);
  RecordState state;
  if (in.Byte() != kStateFormat) in.Fail();
  state.version = GetVector(in);
  const uint64_t authors = in.Varint();
  for (uint64_t i = 0; i < authors && in.ok(); ++i) {
    const base::Origin origin{in.Fixed64()};
    state.seen.emplace_back(origin, GetVector(in));
  }
  std::vector<Sibling> edits;
  const uint64_t edit_count = in.Varint();
  for (uint64_t i = 0; i < edit_count && in.ok(); ++i) {
    Sibling s;
    s.origin = base::Origin{in.Fixed64()};
    s.seq = in.Varint();
    s.stamp.wall_ms = base::UnZigZag(in.Varint());
    s.stamp.quality = static_cast<ClockQuality>(in.Byte());
    s.person = base::PersonId{in.Fixed64()};
    edits.push_back(std::move(s));
  }
  const uint64_t fields = in.Varint();
  for (uint64_t i = 0; i < fields && in.ok(); ++i) {
    FieldState f;
    f.number = static_cast<uint32_t>(in.Varint());
    const uint64_t siblings = in.Varint();
    for (uint64_t k = 0; k < siblings && in.ok(); ++k) {
      const uint64_t index = in.Varint();
      absl::string_view raw = in.String();
      if (index >= edits.size()) {
        in.Fail();
        break;
      }
      f.siblings.push_back(edits[index]);
      f.siblings.back().raw = std::string(raw);
    }
    state.fields.push_back(std::move(f));
  }
  if (!in.done()) return absl::DataLossError("the stored state of a record is damaged: run `guanhuctl doctor`");
  return state;
}

void StateDigest::Add(const StateDigest& other) {
  low += other.low;
  high += other.high + (low < other.low ? 1 : 0);
}

void StateDigest::Subtract(const StateDigest& other) {
  high -= other.high + (low < other.low ? 1 : 0);
  low -= other.low;
}

StateDigest DigestOf(uint32_t type, const base::RecordId& id, absl::string_view state_bytes) {
  std::string name;
  name.reserve(48);
  name = "guanhu-state-1";
  PutVarint(name, type);
  PutFixed64(name, id.origin.value);
  PutVarint(name, id.seq);
  PutVarint(name, id.index);
  const base::Hash256 h = base::Sha256(name, state_bytes);
  StateDigest d;
  for (size_t i = 0; i < 8; ++i) {
    d.high = d.high << 8 | h[i];
    d.low = d.low << 8 | h[i + 8];
  }
  return d;
}

}  // namespace guanhu::model
