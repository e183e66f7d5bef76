#include "common/domain/response.h"

#include <algorithm>
#include <map>

namespace guanhu::domain {

std::optional<Spread> SpreadOf(std::vector<int64_t> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  Spread out;
  out.worst = values.back();
  out.median = values.size() % 2 == 1 ? values[middle] : values[middle - 1] + (values[middle] - values[middle - 1]) / 2;
  return out;
}

std::vector<Repeat> RepeatsOf(absl::Span<const Fault> faults, int64_t within_ms) {
  std::map<std::pair<base::RecordId, std::string>, std::vector<const Fault*>> like;
  for (const Fault& f : faults) {
    if (f.asset && !f.item.empty()) like[{f.asset, f.item}].push_back(&f);
  }
  std::vector<Repeat> out;
  for (const auto& [what, all] : like) {
    for (const Fault* again : all) {
      const Fault* last = nullptr;
      for (const Fault* f : all) {
        if (f == again || f->closed_ms == 0 || f->closed_ms > again->found_ms) continue;
        if (last == nullptr || std::pair(f->closed_ms, f->id) > std::pair(last->closed_ms, last->id)) last = f;
      }
      if (last != nullptr && again->found_ms - last->closed_ms <= within_ms)
        out.push_back({last->id, again->id, again->found_ms - last->closed_ms});
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace guanhu::domain
