// One flipped bit anywhere in the stored files: it is noticed at opening, at reading or by Verify, or it does no harm.
#include <cstdio>

#include "gtest/gtest.h"
#include "tests/crash/crash_rig.h"

namespace guanhu::crash {
namespace {

enum class Outcome { kRefused, kAlarm, kAtRead, kByVerify, kHarmless, kSilent };

// A store with table files on several levels, a log with rows and everything closed properly.
std::map<std::string, std::string> MakeStore(uint64_t seed, Tables& tables) {
  Rig rig;
  std::mt19937_64 random(seed);
  for (const int commits : {60, 40, 15}) {
    EXPECT_TRUE(rig.Open().ok());
    for (int i = 0; i < commits; ++i) EXPECT_TRUE(rig.CommitNext(4000, random).ok());
  }
  rig.Drop();
  tables = rig.confirmed();
  return rig.fs().Contents();
}

Outcome Look(const std::map<std::string, std::string>& files, const Tables& tables) {
  Rig rig;
  rig.fs().SetContents(files);
  if (!rig.Open().ok()) return Outcome::kRefused;
  const bool alarm = rig.store()->report().watermark_lost;
  const bool verified = rig.store()->Verify().ok();
  absl::StatusOr<Tables> read = ReadAll(*rig.store());
  if (alarm) return Outcome::kAlarm;
  if (!read.ok()) return Outcome::kAtRead;
  if (!verified) return Outcome::kByVerify;
  return *read == tables ? Outcome::kHarmless : Outcome::kSilent;
}

TEST(BitRot, IsNeverSilent) {
  std::mt19937_64 random(TheArgs().seed);
  uint64_t counts[6] = {};
  std::map<std::string, std::string> files;
  Tables tables;
  for (uint64_t flip = 0; flip < TheArgs().flips; ++flip) {
    if (flip % 500 == 0) {
      files = MakeStore(random(), tables);
      ASSERT_EQ(Look(files, tables), Outcome::kHarmless);
    }
    std::map<std::string, std::string> damaged = files;
    auto file = damaged.begin();
    do {  // small files are hit as often as large ones
      file = std::next(damaged.begin(), static_cast<std::ptrdiff_t>(random() % damaged.size()));
    } while (file->second.empty());
    const size_t at = random() % file->second.size();
    file->second[at] = static_cast<char>(file->second[at] ^ 1 << random() % 8);
    const Outcome outcome = Look(damaged, tables);
    EXPECT_NE(outcome, Outcome::kSilent) << file->first << " byte " << at << " of " << file->second.size();
    ++counts[static_cast<size_t>(outcome)];
  }
  auto n = [&](Outcome o) { return static_cast<unsigned long long>(counts[static_cast<size_t>(o)]); };
  std::printf(
      "bit rot: %llu flips: %llu refused, %llu alarms at opening, %llu found at reading, %llu by Verify, "
      "%llu harmless, %llu silent\n",
      static_cast<unsigned long long>(TheArgs().flips), n(Outcome::kRefused), n(Outcome::kAlarm), n(Outcome::kAtRead),
      n(Outcome::kByVerify), n(Outcome::kHarmless), n(Outcome::kSilent));
  EXPECT_GT(n(Outcome::kAlarm) + n(Outcome::kRefused), 0u);
  EXPECT_GT(n(Outcome::kAtRead), 0u);
}

// The control: the comparison sees a changed row that no checksum covers.
TEST(BitRot, ControlAChangedRowIsSeen) {
  Tables tables;
  const std::map<std::string, std::string> files = MakeStore(TheArgs().seed, tables);
  tables[static_cast<size_t>(store::Table::kMeta)]["last"] += "0";
  EXPECT_EQ(Look(files, tables), Outcome::kSilent);
}

}  // namespace
}  // namespace guanhu::crash
