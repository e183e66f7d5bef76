#include "common/model/entry.h"

#include <algorithm>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/limits.h"

namespace guanhu::model {
namespace {

using base::PutFixed32;
using base::PutFixed64;
using base::PutString;
using base::PutVarint;
using base::Reader;

enum Kind : uint8_t { kChange = 1, kOpen = 2, kClose = 3, kVerdict = 4, kCut = 5, kKept = 6 };

constexpr uint8_t kQualityMask = 3;
constexpr uint8_t kHasPerson = 4;
constexpr uint8_t kHasReissue = 8;

// How an edit names its record, and what follows.
constexpr uint8_t kCreatedHere = 0, kOwnOrigin = 1, kOtherOrigin = 2, kIdMask = 3;
constexpr uint8_t kFull = 4, kHasCleared = 8, kHasContext = 16;

void PutScope(std::string& out, const base::ScopeId& s) {
  PutFixed64(out, s.place.value);
  out.push_back(static_cast<char>(s.visibility));
}

base::ScopeId GetScope(Reader& in) {
  base::ScopeId s{base::PlaceId{in.Fixed64()}, {}};
  const uint8_t v = in.Byte();
  if (v > 1) in.Fail();
  s.visibility = static_cast<base::Visibility>(v);
  return s;
}

void PutHash(std::string& out, const base::Hash256& h) {
  out.append(reinterpret_cast<const char*>(h.data()), h.size());
}

base::Hash256 GetHash(Reader& in) {
  base::Hash256 h{};
  absl::string_view b = in.Bytes(h.size());
  std::copy(b.begin(), b.end(), h.begin());
  return h;
}

uint32_t FieldNumber(absl::string_view raw) {
  Reader in(raw);
  const uint64_t tag = in.Varint();
  return in.ok() ? static_cast<uint32_t>(tag >> 3) : 0;
}

void PutEdit(std::string& out, const Edit& e, const base::JournalId& journal, uint64_t seq) {
  uint8_t flags = e.id.origin != journal.origin ? kOtherOrigin : e.id.seq == seq ? kCreatedHere : kOwnOrigin;
  if (e.full_context) flags |= kFull;
  if (!e.cleared.empty()) flags |= kHasCleared;
  if (!e.context.empty()) flags |= kHasContext;
  out.push_back(static_cast<char>(flags));
  if ((flags & kIdMask) == kOtherOrigin) PutFixed64(out, e.id.origin.value);
  if ((flags & kIdMask) != kCreatedHere) PutVarint(out, e.id.seq);
  PutVarint(out, e.id.index);
  PutVarint(out, e.type);
  PutVarint(out, e.set.size());
  for (const Field& f : e.set) PutString(out, f.raw);
  if (flags & kHasCleared) {
    PutVarint(out, e.cleared.size());
    for (uint32_t n : e.cleared) PutVarint(out, n);
  }
  if (flags & kHasContext) {
    PutVarint(out, e.context.size());
    for (const ContextEntry& c : e.context) {
      PutFixed64(out, c.origin.value);
      PutVarint(out, c.seq);
      PutFixed32(out, c.hash);
    }
  }
}

Edit GetEdit(Reader& in, const base::JournalId& journal, uint64_t seq) {
  Edit e;
  const uint8_t flags = in.Byte();
  e.id.scope = journal.scope;
  e.id.origin = (flags & kIdMask) == kOtherOrigin ? base::Origin{in.Fixed64()} : journal.origin;
  e.id.seq = (flags & kIdMask) == kCreatedHere ? seq : in.Varint();
  e.id.index = static_cast<uint32_t>(in.Varint());
  e.type = static_cast<uint32_t>(in.Varint());
  const uint64_t fields = in.Varint();
  if (fields > base::kFieldsMax) in.Fail();
  e.set.reserve(in.ok() ? static_cast<size_t>(fields) : 0);
  for (uint64_t i = 0; i < fields && in.ok(); ++i) {
    absl::string_view raw = in.String();
    e.set.push_back({FieldNumber(raw), std::string(raw)});
    if (e.set.back().number == 0 || (i > 0 && e.set[i - 1].number >= e.set[i].number)) in.Fail();
  }
  if (flags & kHasCleared) {
    const uint64_t n = in.Varint();
    if (n > base::kFieldsMax) in.Fail();
    for (uint64_t i = 0; i < n && in.ok(); ++i) e.cleared.push_back(static_cast<uint32_t>(in.Varint()));
  }
  e.full_context = (flags & kFull) != 0;
  if (flags & kHasContext) {
    const uint64_t n = in.Varint();
    if (n > base::kContextMax) in.Fail();
    for (uint64_t i = 0; i < n && in.ok(); ++i) {
      ContextEntry c;
      c.origin = base::Origin{in.Fixed64()};
      c.seq = in.Varint();
      c.hash = in.Fixed32();
      if (c.origin == journal.origin || (i > 0 && e.context.back().origin >= c.origin)) in.Fail();
      e.context.push_back(c);
    }
  }
  return e;
}

void Put(std::string& out, const Change& c, const base::JournalId& journal, uint64_t seq) {
  out.push_back(kChange);
  uint8_t flags = static_cast<uint8_t>(c.stamp.quality) & kQualityMask;
  if (c.person) flags |= kHasPerson;
  if (c.reissue) flags |= kHasReissue;
  out.push_back(static_cast<char>(flags));
  PutVarint(out, base::ZigZag(c.stamp.wall_ms));
  if (c.person) PutFixed64(out, c.person.value);
  if (c.reissue) {
    PutFixed64(out, c.reissue->origin.value);
    PutVarint(out, c.reissue->seq);
    PutFixed64(out, c.reissue->hash);
  }
  PutVarint(out, c.edits.size());
  for (const Edit& e : c.edits) PutEdit(out, e, journal, seq);
}

Change GetChange(Reader& in, const base::JournalId& journal, uint64_t seq) {
  Change c;
  const uint8_t flags = in.Byte();
  c.stamp.quality = static_cast<ClockQuality>(flags & kQualityMask);
  c.stamp.wall_ms = base::UnZigZag(in.Varint());
  if (flags & kHasPerson) c.person = base::PersonId{in.Fixed64()};
  if (flags & kHasReissue) {
    Reissue r;
    r.origin = base::Origin{in.Fixed64()};
    r.seq = in.Varint();
    r.hash = in.Fixed64();
    c.reissue = r;
  }
  const uint64_t n = in.Varint();
  if (n > base::kEditsMax) in.Fail();
  for (uint64_t i = 0; i < n && in.ok(); ++i) c.edits.push_back(GetEdit(in, journal, seq));
  return c;
}

void PutControl(std::string& out, const Entry& entry) {
  if (const auto* open = std::get_if<Open>(&entry)) {
    out.push_back(kOpen);
    PutString(out, open->nonce);
    PutString(out, open->certificate);
    PutFixed64(out, open->previous.value);
  } else if (const auto* close = std::get_if<Close>(&entry)) {
    out.push_back(kClose);
    PutFixed64(out, close->origin.value);
    PutVarint(out, close->last_seq);
    PutHash(out, close->hash);
  } else if (const auto* verdict = std::get_if<Verdict>(&entry)) {
    out.push_back(kVerdict);
    out.push_back(verdict->adopt ? 1 : 0);
    PutFixed64(out, verdict->origin.value);
    PutVarint(out, verdict->seqs.size());
    for (uint64_t s : verdict->seqs) PutVarint(out, s);
    PutString(out, verdict->reason);
    PutFixed64(out, verdict->person.value);
  } else if (const auto* cut = std::get_if<Cut>(&entry)) {
    out.push_back(kCut);
    PutFixed64(out, cut->node.value);
    PutVarint(out, cut->good.size());
    for (const Cut::Good& g : cut->good) {
      PutScope(out, g.journal.scope);
      PutFixed64(out, g.journal.origin.value);
      PutVarint(out, g.last_seq);
    }
    PutString(out, cut->reason);
  } else if (const auto* kept = std::get_if<Kept>(&entry)) {
    out.push_back(kKept);
    PutFixed64(out, kept->origin.value);
    PutVarint(out, kept->seq);
    PutFixed64(out, kept->hash);
  }
}

Verdict GetVerdict(Reader& in) {
  Verdict v;
  v.adopt = in.Byte() != 0;
  v.origin = base::Origin{in.Fixed64()};
  const uint64_t n = in.Varint();
  for (uint64_t i = 0; i < n && in.ok(); ++i) v.seqs.push_back(in.Varint());
  v.reason = std::string(in.String());
  v.person = base::PersonId{in.Fixed64()};
  return v;
}

Cut GetCut(Reader& in) {
  Cut c;
  c.node = base::NodeId{in.Fixed64()};
  const uint64_t n = in.Varint();
  for (uint64_t i = 0; i < n && in.ok(); ++i) {
    Cut::Good g;
    g.journal.scope = GetScope(in);
    g.journal.origin = base::Origin{in.Fixed64()};
    g.last_seq = in.Varint();
    c.good.push_back(g);
  }
  c.reason = std::string(in.String());
  return c;
}

Entry Parse(Reader& in, const base::JournalId& journal, uint64_t seq) {
  switch (in.Byte()) {
    case kChange:
      return GetChange(in, journal, seq);
    case kOpen: {
      Open o;
      o.nonce = std::string(in.String());
      o.certificate = std::string(in.String());
      o.previous = base::Origin{in.Fixed64()};
      return o;
    }
    case kClose: {
      Close c;
      c.origin = base::Origin{in.Fixed64()};
      c.last_seq = in.Varint();
      c.hash = GetHash(in);
      return c;
    }
    case kVerdict:
      return GetVerdict(in);
    case kCut:
      return GetCut(in);
    case kKept: {
      Kept k;
      k.origin = base::Origin{in.Fixed64()};
      k.seq = in.Varint();
      k.hash = in.Fixed64();
      return k;
    }
    default:
      in.Fail();
      return Opaque{};
  }
}

}  // namespace

std::string Encode(const Entry& entry, const base::JournalId& journal, uint64_t seq) {
  std::string out;
  if (const auto* change = std::get_if<Change>(&entry)) {
    out.reserve(256);
    Put(out, *change, journal, seq);
  } else if (const auto* opaque = std::get_if<Opaque>(&entry)) {
    out = opaque->bytes;
  } else {
    PutControl(out, entry);
  }
  return out;
}

absl::StatusOr<Entry> Decode(absl::string_view bytes, const base::JournalId& journal, uint64_t seq) {
  if (bytes.empty() || bytes.size() > base::kEntryBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat("entry ", seq, " of journal ", base::ToText(journal), " has ",
                                                   bytes.size(), " bytes; 1 to ", base::kEntryBytesMax,
                                                   " are allowed"));
  }
  Reader in(bytes);
  Entry entry = Parse(in, journal, seq);
  if (!in.done() || Encode(entry, journal, seq) != bytes) return Entry(Opaque{std::string(bytes)});
  return entry;
}

bool Creates(const Edit& e, base::Origin origin, uint64_t seq) {
  if (e.id.origin) return e.id.origin == origin && e.id.seq == seq;
  return e.full_context && e.context.empty();
}

bool IsChange(absl::string_view bytes) { return !bytes.empty() && bytes[0] == kChange; }

base::Hash256 ChainStart(const base::JournalId& journal) {
  std::string name = "guanhu-journal-1";
  PutScope(name, journal.scope);
  PutFixed64(name, journal.origin.value);
  return base::Sha256(name);
}

base::Hash256 ChainNext(const base::Hash256& previous, absl::string_view entry_bytes) {
  return base::Sha256(base::View(previous), entry_bytes);
}

std::string HeadMessage(const base::JournalId& journal, const Head& head) {
  std::string m = "guanhu-head-1";
  PutScope(m, journal.scope);
  PutFixed64(m, journal.origin.value);
  PutFixed64(m, head.seq);
  PutHash(m, head.hash);
  return m;
}

base::Origin OriginOf(absl::string_view signing_public_key, absl::string_view nonce) {
  std::string name = "guanhu-origin-1";
  PutString(name, signing_public_key);
  PutString(name, nonce);
  return base::Origin{base::Prefix64(base::Sha256(name))};
}

base::NodeId NodeOf(absl::string_view signing_public_key) {
  return base::NodeId{base::Prefix64(base::Sha256("guanhu-node-1", signing_public_key))};
}

base::RecordId ReissuedId(const base::ScopeId& scope, uint64_t old_hash, uint32_t index) {
  std::string name = "guanhu-reissued-1";
  PutScope(name, scope);
  PutFixed64(name, old_hash);
  PutVarint(name, index);
  // Never zero: zero means "no record".
  return {scope, base::Origin{}, base::Prefix64(base::Sha256(name)) | 1, 0};
}

base::RecordId DerivedId(const base::ScopeId& scope, uint32_t type, absl::string_view key) {
  std::string name = "guanhu-derived-1";
  PutScope(name, scope);
  PutVarint(name, type);
  PutString(name, key);
  return {scope, base::Origin{}, base::Prefix64(base::Sha256(name)) | 1, 0};
}

}  // namespace guanhu::model
