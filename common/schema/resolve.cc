#include "common/schema/resolve.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "absl/numeric/int128.h"
#include "common/base/bytes.h"
#include "common/schema/wire.h"

namespace guanhu::schema {
namespace {

namespace pb = google::protobuf;

// Higher is better; compared member by member.
struct Rank {
  bool present = true;     // rules that prefer a value to a cleared field
  absl::int128 first = 0;  // the rule's own measure
  model::Stamp stamp;
  base::Origin origin;
  uint64_t seq = 0;
  absl::string_view raw;
  bool earliest = false;  // turns the tail round
};

int Compare(const Rank& a, const Rank& b) {
  if (a.present != b.present) return a.present ? 1 : -1;
  if (a.first != b.first) return a.first > b.first ? 1 : -1;
  const auto tail_a = std::tie(a.stamp, a.origin, a.seq, a.raw);
  const auto tail_b = std::tie(b.stamp, b.origin, b.seq, b.raw);
  const int tail = tail_a == tail_b ? 0 : tail_a < tail_b ? -1 : 1;
  return a.earliest ? -tail : tail;
}

// The value that protobuf would read: the last occurrence.
absl::int128 ReadNumber(const pb::FieldDescriptor& field, absl::string_view raw) {
  WireField f;
  uint64_t v = 0;
  while (!raw.empty() && NextField(raw, f)) v = f.scalar;
  switch (field.type()) {
    case pb::FieldDescriptor::TYPE_SINT32:
    case pb::FieldDescriptor::TYPE_SINT64:
      return base::UnZigZag(v);
    case pb::FieldDescriptor::TYPE_INT32:
    case pb::FieldDescriptor::TYPE_ENUM:
    case pb::FieldDescriptor::TYPE_SFIXED32:
      return static_cast<int32_t>(static_cast<uint32_t>(v));
    case pb::FieldDescriptor::TYPE_INT64:
    case pb::FieldDescriptor::TYPE_SFIXED64:
      return static_cast<int64_t>(v);
    default:
      return absl::int128(v);
  }
}

int StateRank(const FieldInfo& info, absl::string_view raw) {
  const auto value = static_cast<int>(ReadNumber(*info.descriptor, raw));
  auto it = std::find(info.state_order.begin(), info.state_order.end(), value);
  // A state of a newer version never beats a known one.
  return it == info.state_order.end() ? -1 : static_cast<int>(it - info.state_order.begin());
}

Rank RankOf(const FieldInfo* info, const Candidate& c) {
  Rank r{
      .present = true, .first = 0, .stamp = c.stamp, .origin = c.origin, .seq = c.seq, .raw = c.raw, .earliest = false};
  if (info == nullptr) return r;
  switch (info->merge) {
    case Merge::kLatest:
      if (info->ranked) r.first = c.authority;
      break;
    case Merge::kAuthority:
      r.first = c.authority;
      break;
    case Merge::kMax:
    case Merge::kMin:
      r.present = !c.raw.empty();
      r.first = ReadNumber(*info->descriptor, c.raw);
      if (info->merge == Merge::kMin) r.first = -r.first;
      break;
    case Merge::kFirst:
    case Merge::kImmutable:
      r.present = !c.raw.empty();
      r.earliest = true;
      break;
    case Merge::kState:
      r.present = !c.raw.empty();
      r.first = StateRank(*info, c.raw);
      break;
    case Merge::kReview:
    case Merge::kUnion:
    case Merge::kSum:
    case Merge::kDerived:
      break;
  }
  return r;
}

std::string UnionOf(const FieldInfo& info, absl::Span<const Candidate> siblings) {
  std::vector<const Candidate*> order;
  for (const Candidate& c : siblings) order.push_back(&c);
  std::sort(order.begin(), order.end(), [](const Candidate* a, const Candidate* b) {
    return std::tie(a->stamp, a->origin, a->seq, a->raw) < std::tie(b->stamp, b->origin, b->seq, b->raw);
  });
  std::vector<absl::string_view> elements;
  std::set<absl::string_view> seen;
  for (const Candidate* c : order) {
    std::vector<absl::string_view> own;
    if (!SplitElements(*info.descriptor, c->raw, own)) continue;
    for (absl::string_view e : own) {
      if (seen.insert(e).second) elements.push_back(e);
    }
  }
  return JoinElements(*info.descriptor, elements);
}

Conflict ConflictOf(const FieldInfo& info, absl::Span<const Candidate> siblings, const Resolution& r) {
  if (r.others.empty()) return Conflict::kNone;
  switch (info.merge) {
    case Merge::kReview:
      return Conflict::kReview;
    case Merge::kImmutable:
      return Conflict::kCard;
    case Merge::kAuthority: {
      const int top = siblings[static_cast<size_t>(r.winner)].authority;
      bool lower = false;
      for (int other : r.others) {
        const int authority = siblings[static_cast<size_t>(other)].authority;
        if (authority == top && info.card) return Conflict::kCard;
        lower = lower || authority < top;
      }
      return lower ? Conflict::kProposal : Conflict::kNone;
    }
    case Merge::kLatest:
    case Merge::kFirst:
    case Merge::kState:
      return info.card ? Conflict::kCard : Conflict::kNone;
    case Merge::kMax:
    case Merge::kMin:
    case Merge::kUnion:
    case Merge::kSum:
    case Merge::kDerived:
      return Conflict::kNone;
  }
  return Conflict::kNone;
}

// Indices best first, equal values once.
std::vector<int> Distinct(const FieldInfo* info, absl::Span<const Candidate> siblings) {
  std::vector<std::pair<Rank, int>> order;
  for (size_t i = 0; i < siblings.size(); ++i) {
    order.emplace_back(RankOf(info, siblings[i]), static_cast<int>(i));
  }
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return Compare(a.first, b.first) > 0; });
  std::vector<int> out;
  std::set<absl::string_view> seen;
  for (const auto& [rank, index] : order) {
    if (seen.insert(rank.raw).second) out.push_back(index);
  }
  return out;
}

}  // namespace

Resolution Resolve(const FieldInfo* info, absl::Span<const Candidate> siblings) {
  Resolution r;
  if (siblings.empty()) return r;
  r.others = Distinct(info, siblings);
  r.winner = r.others.front();
  r.others.erase(r.others.begin());
  if (info == nullptr) return r;
  r.conflict = ConflictOf(*info, siblings, r);
  if (info->merge == Merge::kUnion && !r.others.empty()) {
    r.merged = UnionOf(*info, siblings);
    r.others.insert(r.others.begin(), r.winner);
    r.winner = -1;
  }
  return r;
}

std::vector<Resolution> ResolveGroup(absl::Span<const FieldSiblings> fields) {
  std::vector<Resolution> out;
  if (fields.empty()) return out;
  // The group is decided once; only rules that do not look at the value can decide for other fields too.
  FieldInfo rule;
  rule.merge = Merge::kLatest;
  if (fields[0].info != nullptr) {
    const Merge merge = fields[0].info->merge;
    rule.ranked = fields[0].info->ranked || merge == Merge::kAuthority;
    if (merge == Merge::kFirst || merge == Merge::kImmutable) rule.merge = Merge::kFirst;
  }
  const Candidate* best = nullptr;
  for (const FieldSiblings& field : fields) {
    for (const Candidate& c : field.siblings) {
      Candidate blind = c;
      blind.raw = "x";  // a cleared field of the group is as good as a set one
      Candidate blind_best = best != nullptr ? *best : blind;
      blind_best.raw = "x";
      if (best == nullptr || Compare(RankOf(&rule, blind), RankOf(&rule, blind_best)) > 0) best = &c;
    }
  }
  for (const FieldSiblings& field : fields) {
    Resolution r = Resolve(field.info, field.siblings);
    for (size_t i = 0; i < field.siblings.size(); ++i) {
      const Candidate& c = field.siblings[i];
      if (c.origin != best->origin || c.seq != best->seq) continue;
      std::vector<int> values = std::move(r.others);
      if (r.winner >= 0) values.insert(values.begin(), r.winner);
      r.others.clear();
      for (int v : values) {
        if (field.siblings[static_cast<size_t>(v)].raw != c.raw) r.others.push_back(v);
      }
      r.winner = static_cast<int>(i);
      r.merged.clear();
      r.conflict = field.info == nullptr ? Conflict::kNone : ConflictOf(*field.info, field.siblings, r);
      break;
    }
    out.push_back(std::move(r));
  }
  return out;
}

}  // namespace guanhu::schema
