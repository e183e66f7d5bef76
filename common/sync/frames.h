// What two nodes say to each other. Plain values; common/codec maps them to bytes. The exchange is
// docs/formats/wire.md.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "common/base/ids.h"
#include "common/model/entry.h"

namespace guanhu::sync {

inline constexpr uint32_t kProtocol = 1;

// The first frame of each side. `digest` covers vectors and city acknowledgements of the scopes that the sender
// believes both hold; `states` covers the records in them, 0 when some change there still waits for a verdict.
struct Hello {
  uint32_t protocol = kProtocol;
  base::NodeId node;
  base::Origin store;   // the sender's present incarnation
  int64_t wall_ms = 0;  // the sender's corrected clock
  uint64_t digest = 0;
  uint64_t states = 0;
};

// "Are we still equal?" on an open stream, asked with one number over vectors and states, and its answers.
struct Probe {
  enum Kind { kAsk, kEqual, kDiffer } kind = kAsk;
  uint64_t digest = 0;  // kAsk: of both, see Mix; kDiffer: as in Hello
  uint64_t states = 0;  // kDiffer only
  static uint64_t Mix(uint64_t digest, uint64_t states) { return digest ^ (states * 0x9E3779B97F4A7C15u); }
};

struct ScopeDigest {
  base::ScopeId scope;
  uint64_t digest = 0;
  uint64_t states = 0;
};
// One number for each scope that both hold, in the order of the scopes: of its vectors, or of its states.
struct Digests {
  uint64_t view = 0;  // of the list of scopes; sides with other lists compare vectors scope by scope
  bool states = false;
  std::vector<uint64_t> values;
};

// A point of a journal; `hash` is the first 8 bytes of the chain hash there.
struct Point {
  base::JournalId journal;
  uint64_t seq = 0;
  uint64_t hash = 0;
};

// All journals that the sender holds in a scope, and the newest city acknowledgement it knows of it.
struct Have {
  base::ScopeId scope;
  uint64_t ack_epoch = 0;
  uint64_t ack_serial = 0;
  std::vector<Point> points;
};

// Journals outside the common scopes that the city has not acknowledged; answered by Positions.
struct Offer {
  std::vector<Point> points;
};
// Where the sender stands in single journals; the receiver continues from there.
struct Positions {
  std::vector<Point> points;
};

struct Batch {
  model::EntryBatch batch;
};

// What the city holds durably of a scope, under its signature and epoch.
struct CityAck {
  base::ScopeId scope;
  uint64_t epoch = 0;
  uint64_t serial = 0;        // grows with every statement of an epoch
  std::vector<Point> points;  // ascending origins
  std::string credential;     // the city's certificate, signed by the root key; empty to a peer that knows the epoch
  std::string signature;      // by the city's key over AckMessage
};
std::string AckMessage(const CityAck& ack);

// A change that a node did not let take effect, on its way to the city that decides.
struct HeldMark {
  base::JournalId journal;
  uint64_t seq = 0;
  base::NodeId by;
  std::string reason;
};
struct HeldMarks {
  std::vector<HeldMark> marks;
};

// An entry of a branch that was or will be cut. `chain` is its chain hash; it follows from `previous`, the one before
// it, and from the entry, and does not travel: so nobody can send another entry under its name.
struct AsideItem {
  base::JournalId journal;
  uint64_t seq = 0;
  base::Hash256 previous{};
  base::Hash256 chain{};
  std::string entry;
  std::string reason;
};
struct AsideItems {
  std::vector<AsideItem> items;
};

// "At `seq` of this journal I hold another chain than you", or with `hash` 0: "what you hold there was or will be cut".
// `head` is the sender's own point.
struct Fork {
  base::JournalId journal;
  uint64_t seq = 0;
  uint64_t hash = 0;
  Point head;
};

// Frames that need durability (Batch, CityAck, HeldMarks, AsideItems) are counted from 1 on each direction of a stream;
// all up to `upto` are durable except those in `failed`, whose Positions or Fork went before.
struct Ack {
  uint64_t upto = 0;
  std::vector<uint64_t> failed;
};

enum class NoticeCode : uint32_t { kRevoked = 1, kUnknownDevice = 2, kRefused = 3 };
struct Notice {
  NoticeCode code = NoticeCode::kRefused;
  std::string text;
};

using Frame = std::variant<Hello, Probe, Digests, Have, Offer, Positions, Batch, CityAck, HeldMarks, AsideItems, Fork,
                           Ack, Notice>;

}  // namespace guanhu::sync
