// A county for engine tests: signatures that cost nothing, three record types and no schema.
// A place record: field 1 parent, 2 successor, 3 former parent (fixed64 each), 4 name; a device record: field 1 node,
// 2 place, 3 former place (fixed64), 4 tier (varint). All other types are ledgers that anybody may write.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/clock.h"
#include "common/node/seams.h"

namespace guanhu::testing {

inline constexpr uint32_t kPlaceType = 1;
inline constexpr uint32_t kDeviceType = 2;
inline constexpr uint32_t kAssetType = 10;
// A type that only townships and the city may write: what a village writes of it is held.
inline constexpr uint32_t kOfficeType = 11;

inline model::Field Varint(uint32_t number, uint64_t value) {
  std::string raw;
  base::PutVarint(raw, number << 3);
  base::PutVarint(raw, value);
  return {number, raw};
}

inline model::Field Fixed(uint32_t number, uint64_t value) {
  std::string raw;
  base::PutVarint(raw, number << 3 | 1);
  for (int i = 0; i < 8; ++i) raw.push_back(static_cast<char>(value >> (8 * i)));
  return {number, raw};
}

inline model::Field Text(uint32_t number, absl::string_view value) {
  std::string raw;
  base::PutVarint(raw, number << 3 | 2);
  base::PutString(raw, value);
  return {number, raw};
}

// The first value of a field, 0 if it has none.
inline uint64_t Value(const model::RecordState& state, uint32_t number) {
  const model::FieldState* f = state.Find(number);
  if (f == nullptr) return 0;
  base::Reader in(f->siblings.back().raw);
  const uint64_t tag = in.Varint();
  if ((tag & 7) == 0) return in.Varint();
  uint64_t v = 0;
  for (int i = 0; i < 8; ++i) v |= static_cast<uint64_t>(in.Byte()) << (8 * i);
  return v;
}

// The county place has a fixed id; every other place is the hash of its record.
inline base::PlaceId PlaceOf(base::PlaceId county, const base::RecordId& id) {
  return id.origin ? base::PlaceId{base::ShortHash(id)} : county;
}

// A certificate is the plain text of what it claims, under a checksum that only the county can make.
class ToyTrust final : public node::Trust {
 public:
  ToyTrust(std::string key, bool city, uint64_t epoch) {
    self_ = {base::NodeId{base::Prefix64(base::Sha256("toy-node", key))}, key, city, epoch};
    certificate_ = Certify(self_);
  }
  const node::AuthorInfo& self() const override { return self_; }
  const std::string& certificate() const override { return certificate_; }
  std::string Sign(absl::string_view m) const override { return Mac(self_.key, m); }
  bool Verify(absl::string_view key, absl::string_view m, absl::string_view s) const override {
    return Mac(key, m) == s;
  }
  absl::StatusOr<node::AuthorInfo> CheckCertificate(absl::string_view certificate) const override {
    base::Reader in(certificate);
    node::AuthorInfo a;
    a.key = std::string(in.String());
    a.city = in.Byte() != 0;
    a.epoch = in.Varint();
    const absl::string_view mac = in.String();
    a.node = base::NodeId{base::Prefix64(base::Sha256("toy-node", a.key))};
    if (!in.done() || Certify(a) != certificate || mac.size() != 8)
      return absl::PermissionDeniedError("not a certificate of this county");
    return a;
  }

 private:
  static std::string Mac(absl::string_view key, absl::string_view m) {
    const base::Hash256 h = base::Sha256(key, m);
    return std::string(base::View(h).substr(0, 8));
  }
  static std::string Certify(const node::AuthorInfo& a) {
    std::string out;
    base::PutString(out, a.key);
    out.push_back(a.city ? 1 : 0);
    base::PutVarint(out, a.epoch);
    base::PutString(out, Mac("county-root", out));
    return out;
  }
  node::AuthorInfo self_;
  std::string certificate_;
};

class ToyRules final : public node::Rules {
 public:
  explicit ToyRules(base::PlaceId county) : county_(county) {}
  absl::Status CheckEdit(const model::Edit& e, bool, domain::Tier tier) const override {
    if (e.type == kOfficeType && tier < domain::Tier::kTownship)
      return absl::PermissionDeniedError("villages do not write this");
    return absl::OkStatus();
  }
  bool IsDirectoryType(uint32_t type) const override { return type == kPlaceType || type == kDeviceType; }
  std::optional<domain::PlaceRow> ReadPlace(uint32_t type, const base::RecordId& id,
                                            const model::RecordState& s) const override {
    if (type != kPlaceType) return std::nullopt;
    domain::PlaceRow row;
    row.id = PlaceOf(county_, id);
    row.parent = base::PlaceId{Value(s, 1)};
    row.successor = base::PlaceId{Value(s, 2)};
    for (uint32_t f = 3; f < 4; ++f) {
      const model::FieldState* former = s.Find(f);
      if (former == nullptr) continue;
      base::Reader in(former->siblings.back().raw);
      while (in.left() > 0) {
        in.Varint();
        uint64_t v = 0;
        for (int i = 0; i < 8; ++i) v |= static_cast<uint64_t>(in.Byte()) << (8 * i);
        row.former_parents.push_back(base::PlaceId{v});
      }
    }
    return row;
  }
  std::optional<domain::DeviceRow> ReadDevice(uint32_t type, const base::RecordId&,
                                              const model::RecordState& s) const override {
    if (type != kDeviceType) return std::nullopt;
    domain::DeviceRow row;
    row.node = base::NodeId{Value(s, 1)};
    row.place = base::PlaceId{Value(s, 2)};
    row.tier = static_cast<domain::Tier>(Value(s, 4));
    const model::FieldState* former = s.Find(3);
    if (former != nullptr) {
      base::Reader in(former->siblings.back().raw);
      while (in.left() > 0) {
        in.Varint();
        uint64_t v = 0;
        for (int i = 0; i < 8; ++i) v |= static_cast<uint64_t>(in.Byte()) << (8 * i);
        row.former_places.push_back(base::PlaceId{v});
      }
    }
    return row;
  }
  void RenameReferences(uint32_t, model::Edit&,
                        const std::function<std::optional<base::RecordId>(const base::RecordId&)>&) const override {}

 private:
  base::PlaceId county_;
};

class SeededRandom final : public base::Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t Next64() override {  // SplitMix64
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

}  // namespace guanhu::testing
