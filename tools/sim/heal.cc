// Every fault ends; everybody meets until nobody has anything new to say.
#include "absl/strings/str_cat.h"
#include "tools/sim/world.h"

namespace guanhu::sim {
namespace {

constexpr int kRoundsMax = 16;
constexpr size_t kFramesOfMeetingMax = 20'000;

}  // namespace

size_t World::Meet(Device& a, Device& b) {
  Wire* w = Connect(a, b);
  if (w == nullptr) return 0;
  const uint64_t id = w->id;
  w->latency_ms_max = 1;
  const size_t frames = PumpAll(kFramesOfMeetingMax);
  if (frames >= kFramesOfMeetingMax) Violation("I9", absl::StrCat(a.name, " and ", b.name, " do not stop talking"));
  CloseWire(id);
  return frames;
}

void World::AllConnected() {
  std::vector<uint64_t> open;
  for (const auto& d : devices_) {
    if (d->city()) continue;
    Device* up = d->tier == domain::Tier::kTownship ? &city() : RelayOf(*d);
    Wire* w = up == nullptr ? nullptr : Connect(*d, *up);
    if (w != nullptr) open.push_back(w->id);
  }
  const size_t bound = kFramesOfMeetingMax * devices_.size();
  if (PumpAll(bound) >= bound) Violation("I9", "the connected county does not come to rest");
  for (uint64_t id : open) CloseWire(id);
}

size_t World::Round() {
  size_t extra = 0;
  const auto meet = [&](Device& d, Device& up) {
    const size_t frames = Meet(d, up);
    if (frames <= 2 || city().node->ViewOf(d.id()).hand_in_only) return;
    extra += frames - 2;
    Say(absl::StrCat("  not equal: ", d.name, " and ", up.name, ", ", frames, " frames"));
  };
  for (int half : {0, 1, 2}) {
    for (const auto& d : devices_) {
      if (d->city() || (d->tier == domain::Tier::kTownship) != (half == 1)) continue;
      Device* relay = half == 1 ? &city() : RelayOf(*d);
      meet(*d, relay == nullptr ? city() : *relay);
    }
  }
  return extra;
}

void World::Heal() {
  healing_ = true;
  Say("heal");
  while (!wires_.empty()) CloseWire(wires_.begin()->first);
  queue_.clear();
  for (const auto& d : devices_) {
    d->run_planned = false;
    d->rules.believes_in = {};
    d->clock.mode = Clock::kRight;
    Restart(*d, false);
    d->disk_lied = false;
    if (!violations_.empty()) return;
  }
  if (Chance(0.5)) AllConnected();
  for (int round = 0; round < kRoundsMax && violations_.empty(); ++round) {
    const size_t extra = Round();
    Trace(extra, static_cast<uint64_t>(round));
    Say(absl::StrCat("heal round ", round, ": ", extra, " frames more than greetings"));
    if (extra == 0) return;
  }
  for (const auto& d : devices_) {
    for (const auto& [scope, state] : d->node->scopes_for_checking()) {
      if (d->city() || !state.ack) continue;
      const auto& mine = *state.ack;
      const auto at = city().node->scopes_for_checking().find(scope);
      const bool same = at != city().node->scopes_for_checking().end() && at->second.ack &&
                        at->second.ack->epoch == mine.epoch && at->second.ack->serial == mine.serial;
      const bool older = at != city().node->scopes_for_checking().end() && at->second.ack && !same;
      if (older || (same && at->second.ack->signature != mine.signature)) {
        Say(absl::StrCat("  ", d->name, " has another acknowledgement ", mine.epoch, ".", mine.serial, " of ",
                         base::ToText(scope)));
      }
    }
    for (const sync::HeldMark& m : d->node->OpenMarks()) {
      const auto& scopes = city().node->scopes_for_checking();
      const auto at = scopes.find(m.journal.scope);
      const bool judged = at != scopes.end() && at->second.verdicts.contains({m.journal.origin, m.seq});
      const auto mine = d->node->scopes_for_checking().find(m.journal.scope);
      const bool known =
          mine != d->node->scopes_for_checking().end() && mine->second.verdicts.contains({m.journal.origin, m.seq});
      const bool waits = at != scopes.end() && at->second.waiting.contains({m.journal.origin, m.seq});
      Say(absl::StrCat("  ", d->name, " still has a mark on ", base::ToText(m.journal), " ", m.seq, ": ",
                       judged ? "judged" : "not judged", known ? ", known here" : "", waits ? ", waiting" : "",
                       ", the city holds ", city().node->PositionOf(m.journal).seq));
    }
  }
  if (violations_.empty()) Violation("I9", absl::StrCat("the county does not come to rest in ", kRoundsMax, " rounds"));
}

}  // namespace guanhu::sim
