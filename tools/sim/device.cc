#include "tools/sim/device.h"

#include <cstdio>

#include "absl/strings/str_cat.h"

namespace guanhu::sim {

void CountedEvents::Report(Severity severity, absl::string_view name, absl::string_view detail) {
  ++(*probes_)[absl::StrCat("event ", name)];
  if (severity == kError) errors.push_back(absl::StrCat(name, ": ", detail));
  if (!trace_as.empty())
    std::fprintf(stderr, "    %s: %s: %s\n", trace_as.c_str(), std::string(name).c_str(), std::string(detail).c_str());
}

absl::Status BentRules::CheckEdit(const model::Edit& edit, bool creates, domain::Tier tier) const {
  return writes_anything ? absl::OkStatus() : true_.CheckEdit(edit, creates, tier);
}

std::optional<domain::DeviceRow> BentRules::ReadDevice(uint32_t type, const base::RecordId& id,
                                                       const model::RecordState& state) const {
  std::optional<domain::DeviceRow> row = true_.ReadDevice(type, id, state);
  if (row && believes_in && row->node == self) row->place = believes_in;
  return row;
}

absl::Time Clock::At(int64_t now_ms, base::Random& random) const {
  switch (mode) {
    case kRight:
      return absl::FromUnixMillis(now_ms);
    case kSkewed:
      return absl::FromUnixMillis(now_ms + skew_ms);
    case kFrozen:
      return absl::FromUnixMillis(skew_ms);
    default:
      return absl::FromUnixMillis(now_ms + static_cast<int64_t>(random.Below(8'000'000'000'000)) - 2'000'000'000'000);
  }
}

Device::Device(std::string device_key, int number, bool is_city, uint64_t epoch, base::PlaceId county_place,
               base::PlaceId at, domain::Tier t, uint64_t seed, Probes* p)
    : key(std::move(device_key)),
      name(number == 0 ? key : absl::StrCat(key, "#", number)),
      trust(std::make_unique<testing::ToyTrust>(key, is_city, is_city ? epoch : 0)),
      rules(county_place),
      random(seed),
      events(p),
      probes(p),
      county(county_place),
      place(at),
      tier(t) {
  rules.self = id();
}

absl::Status Device::Start(bool new_incarnation) {
  Stop();
  mem = store::MemStore::Open(&disk);
  const node::NodeConfig config{county, place, tier, new_incarnation || mem->report().watermark_lost};
  auto opened = node::Node::Open(mem.get(), trust.get(), &rules, &random, &events, config);
  if (!opened.ok()) {
    mem.reset();
    return opened.status();
  }
  node = *std::move(opened);
  exchange = std::make_unique<node::Exchange>(node.get());
  seen_directory = 0;
  return absl::OkStatus();
}

void Device::Stop() {
  exchange.reset();
  node.reset();
  mem.reset();
}

}  // namespace guanhu::sim
