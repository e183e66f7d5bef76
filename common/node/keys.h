// Keys of the node's tables. The layout is docs/formats/store.md.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "common/base/bytes.h"
#include "common/base/ids.h"

namespace guanhu::node {

// First byte of a key in the meta table.
enum class Meta : char {
  kSelf = 's',
  kJournal = 'j',
  kClose = 'c',
  kAck = 'a',
  kParent = 'p',
  kStates = 'd',
  kVerdict = 'v',
  kCut = 'x',
  kEpoch = 'e',
  kClock = 't',
  kContact = 'u',
  kScopes = 'b',
};
// First byte of a key in the aside table.
enum class Aside : char { kItem = 'q', kHeld = 'h', kMark = 'm', kWaiting = 'w', kKept = 'k', kReissued = 'r' };

inline void PutScope(std::string& out, const base::ScopeId& s) {
  base::PutFixed64(out, s.place.value);
  out.push_back(static_cast<char>(s.visibility));
}

inline base::ScopeId GetScope(base::Reader& in) {
  const base::PlaceId place{in.Fixed64()};
  return {place, static_cast<base::Visibility>(in.Byte())};
}

inline void PutJournal(std::string& out, const base::JournalId& j) {
  PutScope(out, j.scope);
  base::PutFixed64(out, j.origin.value);
}

inline base::JournalId GetJournal(base::Reader& in) {
  base::JournalId j;
  j.scope = GetScope(in);
  j.origin = base::Origin{in.Fixed64()};
  return j;
}

template <typename Kind>
std::string KeyOf(Kind kind) {
  return std::string(1, static_cast<char>(kind));
}
template <typename Kind>
std::string KeyOf(Kind kind, const base::ScopeId& s) {
  std::string k = KeyOf(kind);
  PutScope(k, s);
  return k;
}
template <typename Kind>
std::string KeyOf(Kind kind, const base::JournalId& j) {
  std::string k = KeyOf(kind);
  PutJournal(k, j);
  return k;
}
template <typename Kind>
std::string KeyOf(Kind kind, const base::JournalId& j, uint64_t seq) {
  std::string k = KeyOf(kind, j);
  base::PutFixed64(k, seq);
  return k;
}

inline std::string EntryKey(const base::JournalId& j, uint64_t seq) {
  std::string k;
  k.reserve(25);
  PutJournal(k, j);
  base::PutFixed64(k, seq);
  return k;
}

inline std::string RecordPrefix(const base::ScopeId& scope, uint32_t type) {
  std::string k;
  k.reserve(33);
  PutScope(k, scope);
  base::PutFixed32(k, type);
  return k;
}

inline std::string RecordKey(uint32_t type, const base::RecordId& r) {
  std::string k = RecordPrefix(r.scope, type);
  base::PutFixed64(k, r.origin.value);
  base::PutFixed64(k, r.seq);
  base::PutFixed32(k, r.index);
  return k;
}

inline base::RecordId RecordOfKey(absl::string_view key, uint32_t* type) {
  base::Reader in(key);
  base::RecordId r;
  r.scope = GetScope(in);
  *type = in.Fixed32();
  r.origin = base::Origin{in.Fixed64()};
  r.seq = in.Fixed64();
  r.index = in.Fixed32();
  return r;
}

}  // namespace guanhu::node
