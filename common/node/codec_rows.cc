#include "common/node/codec_rows.h"

#include <algorithm>

#include "common/node/keys.h"

namespace guanhu::node {
namespace {

void PutHash(std::string& out, const base::Hash256& h) {
  const absl::string_view v = base::View(h);
  out.append(v.data(), v.size());
}

base::Hash256 GetHash(base::Reader& in) {
  base::Hash256 h{};
  const absl::string_view b = in.Bytes(h.size());
  std::copy(b.begin(), b.end(), h.begin());
  return h;
}

}  // namespace

uint64_t PointHash(const base::JournalId& j, const model::Head& head) {
  std::string name = "guanhu-point-1";
  PutJournal(name, j);
  base::PutFixed64(name, head.seq);
  return base::Prefix64(base::Sha256(name, base::View(head.hash)));
}

std::string EncodeJournal(const JournalState& js) {
  std::string out;
  base::PutVarint(out, js.have.seq);
  PutHash(out, js.have.hash);
  out.push_back(js.forked ? 1 : 0);
  base::PutVarint(out, js.full_from);
  return out;
}

JournalState DecodeJournal(base::Reader& in) {
  JournalState js;
  js.have.seq = in.Varint();
  js.have.hash = GetHash(in);
  js.forked = in.Byte() != 0;
  js.full_from = in.Varint();
  return js;
}

std::string EncodeClose(const ClosePoint& c) {
  std::string out;
  base::PutVarint(out, c.seq);
  PutHash(out, c.hash);
  return out;
}

ClosePoint DecodeClose(base::Reader& in) {
  ClosePoint c;
  c.seq = in.Varint();
  c.hash = GetHash(in);
  return c;
}

std::string EncodeAck(const sync::CityAck& ack) {
  std::string out;
  base::PutVarint(out, ack.epoch);
  base::PutVarint(out, ack.serial);
  base::PutVarint(out, ack.points.size());
  for (const sync::Point& p : ack.points) {
    base::PutFixed64(out, p.journal.origin.value);
    base::PutVarint(out, p.seq);
    base::PutFixed64(out, p.hash);
  }
  base::PutString(out, ack.credential);
  base::PutString(out, ack.signature);
  return out;
}

sync::CityAck DecodeAck(const base::ScopeId& scope, base::Reader& in) {
  sync::CityAck ack;
  ack.scope = scope;
  ack.epoch = in.Varint();
  ack.serial = in.Varint();
  const uint64_t n = in.Varint();
  for (uint64_t i = 0; i < n && in.ok(); ++i) {
    sync::Point p;
    p.journal = {scope, base::Origin{in.Fixed64()}};
    p.seq = in.Varint();
    p.hash = in.Fixed64();
    ack.points.push_back(p);
  }
  ack.credential = std::string(in.String());
  ack.signature = std::string(in.String());
  return ack;
}

std::string EncodeVerdict(const VerdictInfo& v) {
  std::string out;
  out.push_back(v.adopt ? 1 : 0);
  base::PutVarint(out, v.epoch);
  base::PutFixed64(out, v.by.value);
  base::PutVarint(out, v.by_seq);
  base::PutFixed64(out, v.person.value);
  base::PutString(out, v.reason);
  return out;
}

VerdictInfo DecodeVerdict(base::Reader& in) {
  VerdictInfo v;
  v.adopt = in.Byte() != 0;
  v.epoch = in.Varint();
  v.by = base::Origin{in.Fixed64()};
  v.by_seq = in.Varint();
  v.person = base::PersonId{in.Fixed64()};
  v.reason = std::string(in.String());
  return v;
}

std::string EncodeCut(const CutInfo& c) {
  std::string out;
  base::PutVarint(out, c.good.size());
  for (const auto& [journal, seq] : c.good) {
    PutJournal(out, journal);
    base::PutVarint(out, seq);
  }
  base::PutString(out, c.reason);
  return out;
}

CutInfo DecodeCut(base::Reader& in) {
  CutInfo c;
  const uint64_t n = in.Varint();
  for (uint64_t i = 0; i < n && in.ok(); ++i) {
    const base::JournalId j = GetJournal(in);
    c.good[j] = in.Varint();
  }
  c.reason = std::string(in.String());
  return c;
}

std::string EncodeAside(const sync::AsideItem& item, const AsideInfo& info) {
  std::string out;
  out.push_back(static_cast<char>((info.reissued ? 1 : 0) | (info.proven ? 2 : 0)));
  PutHash(out, item.previous);
  base::PutString(out, item.entry);
  base::PutString(out, item.reason);
  return out;
}

sync::AsideItem DecodeAside(const base::JournalId& j, uint64_t seq, base::Reader& in, AsideInfo* info) {
  sync::AsideItem item;
  item.journal = j;
  item.seq = seq;
  const uint8_t flags = in.Byte();
  info->reissued = (flags & 1) != 0;
  info->proven = (flags & 2) != 0;
  item.previous = GetHash(in);
  item.entry = std::string(in.String());
  item.chain = model::ChainNext(item.previous, item.entry);
  item.reason = std::string(in.String());
  return item;
}

}  // namespace guanhu::node
