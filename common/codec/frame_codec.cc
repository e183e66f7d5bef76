#include "common/codec/frame_codec.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/limits.h"
#include "common/base/status.h"

namespace guanhu::codec {
namespace {

using base::PutFixed64;
using base::PutString;
using base::PutVarint;
using base::Reader;

enum Kind : uint8_t {
  kHello = 1,
  kProbe,
  kProbeEqual,
  kDigests,
  kHave,
  kOffer,
  kPositions,
  kBatch,
  kCityAck,
  kHeldMarks,
  kAsideItems,
  kFork,
  kAck,
  kNotice,
  kProbeDiffer,
};

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

void PutPoint(std::string& out, const sync::Point& p) {
  PutScope(out, p.journal.scope);
  PutFixed64(out, p.journal.origin.value);
  PutVarint(out, p.seq);
  PutFixed64(out, p.hash);
}

sync::Point GetPoint(Reader& in) {
  sync::Point p;
  p.journal.scope = GetScope(in);
  p.journal.origin = base::Origin{in.Fixed64()};
  p.seq = in.Varint();
  p.hash = in.Fixed64();
  return p;
}

// Points of one scope: the scope stands before them.
void PutOwnPoints(std::string& out, const std::vector<sync::Point>& points) {
  PutVarint(out, points.size());
  for (const sync::Point& p : points) {
    PutFixed64(out, p.journal.origin.value);
    PutVarint(out, p.seq);
    PutFixed64(out, p.hash);
  }
}

size_t Count(Reader& in) {
  const uint64_t n = in.Varint();
  // Every item has at least one byte, so a count beyond what is left is a lie.
  if (n > base::kVectorEntriesMax || n > in.left()) in.Fail();
  return in.ok() ? static_cast<size_t>(n) : 0;
}

std::vector<sync::Point> GetOwnPoints(Reader& in, const base::ScopeId& scope) {
  std::vector<sync::Point> points(Count(in));
  for (sync::Point& p : points) {
    p.journal = {scope, base::Origin{in.Fixed64()}};
    p.seq = in.Varint();
    p.hash = in.Fixed64();
  }
  return points;
}

void Put(std::string& out, const sync::Hello& f) {
  out.push_back(kHello);
  PutVarint(out, f.protocol);
  PutFixed64(out, f.node.value);
  PutFixed64(out, f.store.value);
  PutVarint(out, base::ZigZag(f.wall_ms));
  PutFixed64(out, f.digest);
  PutFixed64(out, f.states);
}

void Put(std::string& out, const sync::Probe& f) {
  out.push_back(static_cast<char>(f.kind == sync::Probe::kAsk     ? kProbe
                                  : f.kind == sync::Probe::kEqual ? kProbeEqual
                                                                  : kProbeDiffer));
  if (f.kind != sync::Probe::kEqual) PutFixed64(out, f.digest);
  if (f.kind == sync::Probe::kDiffer) PutFixed64(out, f.states);
}

void Put(std::string& out, const sync::Digests& f) {
  out.push_back(kDigests);
  out.push_back(f.states ? 1 : 0);
  PutFixed64(out, f.view);
  PutVarint(out, f.values.size());
  for (uint64_t v : f.values) PutFixed64(out, v);
}

void Put(std::string& out, const sync::Have& f) {
  out.push_back(kHave);
  PutScope(out, f.scope);
  PutVarint(out, f.ack_epoch);
  PutVarint(out, f.ack_serial);
  PutOwnPoints(out, f.points);
}

void PutPoints(std::string& out, Kind kind, const std::vector<sync::Point>& points) {
  out.push_back(static_cast<char>(kind));
  PutVarint(out, points.size());
  for (const sync::Point& p : points) PutPoint(out, p);
}

void Put(std::string& out, const sync::Offer& f) { PutPoints(out, kOffer, f.points); }
void Put(std::string& out, const sync::Positions& f) { PutPoints(out, kPositions, f.points); }

void Put(std::string& out, const sync::CityAck& f) {
  out.push_back(kCityAck);
  PutScope(out, f.scope);
  PutVarint(out, f.epoch);
  PutVarint(out, f.serial);
  PutOwnPoints(out, f.points);
  PutString(out, f.credential);
  PutString(out, f.signature);
}

void Put(std::string& out, const sync::HeldMarks& f) {
  out.push_back(kHeldMarks);
  PutVarint(out, f.marks.size());
  for (const sync::HeldMark& m : f.marks) {
    PutPoint(out, {m.journal, m.seq, 0});
    PutFixed64(out, m.by.value);
    PutString(out, m.reason);
  }
}

void Put(std::string& out, const sync::AsideItems& f) {
  out.push_back(kAsideItems);
  PutVarint(out, f.items.size());
  for (const sync::AsideItem& a : f.items) {
    PutPoint(out, {a.journal, a.seq, 0});
    PutString(out, base::View(a.previous));
    PutString(out, a.entry);
    PutString(out, a.reason);
  }
}

void Put(std::string& out, const sync::Fork& f) {
  out.push_back(kFork);
  PutPoint(out, {f.journal, f.seq, f.hash});
  PutPoint(out, f.head);
}

void Put(std::string& out, const sync::Ack& f) {
  out.push_back(kAck);
  PutVarint(out, f.upto);
  for (uint64_t n : f.failed) PutVarint(out, n);
}

void Put(std::string& out, const sync::Notice& f) {
  out.push_back(kNotice);
  PutVarint(out, static_cast<uint32_t>(f.code));
  PutString(out, f.text);
}

sync::CityAck GetCityAck(Reader& in) {
  sync::CityAck f;
  f.scope = GetScope(in);
  f.epoch = in.Varint();
  f.serial = in.Varint();
  f.points = GetOwnPoints(in, f.scope);
  f.credential = std::string(in.String());
  f.signature = std::string(in.String());
  return f;
}

sync::HeldMarks GetHeldMarks(Reader& in) {
  sync::HeldMarks f;
  f.marks.resize(Count(in));
  for (sync::HeldMark& m : f.marks) {
    const sync::Point p = GetPoint(in);
    m.journal = p.journal;
    m.seq = p.seq;
    m.by = base::NodeId{in.Fixed64()};
    m.reason = std::string(in.String());
    if (m.reason.size() > base::kReasonBytesMax) in.Fail();
  }
  return f;
}

sync::AsideItems GetAsideItems(Reader& in) {
  sync::AsideItems f;
  f.items.resize(Count(in));
  for (sync::AsideItem& a : f.items) {
    const sync::Point p = GetPoint(in);
    a.journal = p.journal;
    a.seq = p.seq;
    const absl::StatusOr<base::Hash256> previous = base::HashFromBytes(in.String());
    if (previous.ok()) {
      a.previous = *previous;
    } else {
      in.Fail();
    }
    a.entry = std::string(in.String());
    a.chain = model::ChainNext(a.previous, a.entry);
    a.reason = std::string(in.String());
  }
  return f;
}

std::vector<sync::Point> GetPoints(Reader& in) {
  std::vector<sync::Point> points(Count(in));
  for (sync::Point& p : points) p = GetPoint(in);
  return points;
}

sync::Frame GetHello(Reader& in) {
  sync::Hello f;
  f.protocol = static_cast<uint32_t>(in.Varint());
  f.node = base::NodeId{in.Fixed64()};
  f.store = base::Origin{in.Fixed64()};
  f.wall_ms = base::UnZigZag(in.Varint());
  f.digest = in.Fixed64();
  f.states = in.Fixed64();
  return f;
}

sync::Frame GetProbe(Reader& in, sync::Probe::Kind kind) {
  sync::Probe f;
  f.kind = kind;
  if (kind != sync::Probe::kEqual) f.digest = in.Fixed64();
  if (kind == sync::Probe::kDiffer) f.states = in.Fixed64();
  return f;
}

sync::Frame GetDigests(Reader& in) {
  sync::Digests f;
  f.states = in.Byte() != 0;
  f.view = in.Fixed64();
  f.values.resize(Count(in));
  for (uint64_t& v : f.values) v = in.Fixed64();
  return f;
}

sync::Frame GetHave(Reader& in) {
  sync::Have f;
  f.scope = GetScope(in);
  f.ack_epoch = in.Varint();
  f.ack_serial = in.Varint();
  f.points = GetOwnPoints(in, f.scope);
  return f;
}

sync::Frame GetFork(Reader& in) {
  const sync::Point at = GetPoint(in);
  return sync::Fork{at.journal, at.seq, at.hash, GetPoint(in)};
}

sync::Frame GetAck(Reader& in) {
  sync::Ack f;
  f.upto = in.Varint();
  while (in.left() > 0) f.failed.push_back(in.Varint());
  if (!std::is_sorted(f.failed.begin(), f.failed.end())) in.Fail();
  return f;
}

sync::Frame GetNotice(Reader& in) {
  sync::Notice f;
  f.code = static_cast<sync::NoticeCode>(in.Varint());
  f.text = std::string(in.String());
  return f;
}

sync::Frame Get(Reader& in, uint8_t kind) {
  switch (kind) {
    case kHello:
      return GetHello(in);
    case kProbe:
      return GetProbe(in, sync::Probe::kAsk);
    case kProbeEqual:
      return GetProbe(in, sync::Probe::kEqual);
    case kProbeDiffer:
      return GetProbe(in, sync::Probe::kDiffer);
    case kDigests:
      return GetDigests(in);
    case kHave:
      return GetHave(in);
    case kOffer:
      return sync::Offer{GetPoints(in)};
    case kPositions:
      return sync::Positions{GetPoints(in)};
    case kCityAck:
      return GetCityAck(in);
    case kHeldMarks:
      return GetHeldMarks(in);
    case kAsideItems:
      return GetAsideItems(in);
    case kFork:
      return GetFork(in);
    case kAck:
      return GetAck(in);
    case kNotice:
      return GetNotice(in);
    default:
      in.Fail();
      return sync::Notice{};
  }
}

}  // namespace

absl::StatusOr<std::string> FrameEncoder::Encode(const sync::Frame& frame) {
  std::string out;
  if (const auto* batch = std::get_if<sync::Batch>(&frame)) {
    GUANHU_ASSIGN_OR_RETURN(const std::string body, batches_.Encode(batch->batch));
    out.push_back(kBatch);
    out += body;
  } else {
    std::visit(
        [&](const auto& f) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(f)>, sync::Batch>) Put(out, f);
        },
        frame);
  }
  if (out.size() > base::kFrameBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("a frame of ", out.size(), " bytes; at most ", base::kFrameBytesMax, " may travel"));
  }
  return out;
}

absl::StatusOr<sync::Frame> FrameDecoder::Decode(absl::string_view bytes) {
  if (bytes.empty() || bytes.size() > base::kFrameBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("a frame of ", bytes.size(), " bytes; 1 to ", base::kFrameBytesMax, " may travel"));
  }
  if (bytes[0] == kBatch) {
    GUANHU_ASSIGN_OR_RETURN(model::EntryBatch batch, batches_.Decode(bytes.substr(1)));
    return sync::Frame(sync::Batch{std::move(batch)});
  }
  Reader in(bytes.substr(1));
  sync::Frame frame = Get(in, static_cast<uint8_t>(bytes[0]));
  if (!in.done())
    return absl::InvalidArgumentError(
        absl::StrCat("a frame of kind ", static_cast<int>(static_cast<uint8_t>(bytes[0])), " that cannot be read"));
  return frame;
}

}  // namespace guanhu::codec
