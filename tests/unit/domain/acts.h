// Acts for tests of life cycles: named by letters, each with its writer.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/domain/lifecycle.h"
#include "common/schema/schema.h"
#include "guanhu/records/v1/step.pb.h"
#include "guanhu/records/v1/work_order.pb.h"

namespace guanhu::domain {

inline constexpr int64_t kDayMs = 86'400'000;
inline constexpr base::ScopeId kScope{base::PlaceId{7}, base::Visibility::kInternal};

inline base::RecordId IdOf(uint64_t origin, uint64_t seq) { return {kScope, base::Origin{origin}, seq, 0}; }

// An act with everything that any row needs, by a writer of its own device. `at` is stamp and time.
inline Act Do(int act, uint64_t device, int64_t at, std::vector<base::RecordId> after = {}, uint64_t seq = 0) {
  Act a;
  a.act = act;
  a.origin = base::Origin{device};
  a.seq = seq != 0 ? seq : static_cast<uint64_t>(at) + 1;
  a.id = IdOf(device, a.seq);
  a.after = std::move(after);
  a.stamp = {at, model::ClockQuality::kSynced};
  a.at_ms = at;
  a.device = base::NodeId{device};
  a.by = base::PersonId{device + 100};
  a.writer = {schema::Tier::kTownship, ~uint64_t{0}, false};
  a.has_reason = a.has_evidence = a.has_party = a.has_until = a.has_amount = a.has_score = a.has_other = true;
  return a;
}

inline Act By(Act a, schema::Tier tier) {
  a.writer.tier = tier;
  return a;
}

// The judgement of each act by its id, and what else people see: equal texts, equal outcome.
inline std::string Outcome(const Life& life, absl::Span<const Act> acts) {
  std::string out = std::to_string(life.state) + (life.contested ? " contested" : "") + " since " +
                    std::to_string(life.since_ms) + "\n";
  for (const Judged& j : life.acts) {
    out += base::ToText(acts[j.act].id) + " " + std::to_string(acts[j.act].act) + " fate " +
           std::to_string(static_cast<int>(j.fate)) + " " + std::to_string(j.from) + ">" + std::to_string(j.to) + " " +
           j.why_zh + " " + j.why_en + "\n";
  }
  for (const base::RecordId& h : life.heads) out += "head " + base::ToText(h) + "\n";
  return out;
}

// The judgement of the act of that device (its only one).
inline const Judged& Of(const Life& life, absl::Span<const Act> acts, uint64_t device) {
  for (const Judged& j : life.acts) {
    if (acts[j.act].origin.value == device) return j;
  }
  return life.acts.at(life.acts.size());  // no such act: the test is wrong
}

}  // namespace guanhu::domain
