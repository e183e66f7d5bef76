// kill -9 of a process that commits to a store on the real disk.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "gtest/gtest.h"
#include "tests/crash/crash_rig.h"
#include "tests/crash/kill_child.h"

namespace guanhu::crash {
namespace {

using store::RocksOptions;
using store::RocksStore;
using store::Table;

uint64_t LastIn(const store::Store& store) {
  const auto last = store.Get(Table::kMeta, "last");
  return last.ok() && last->has_value() ? std::stoull(**last) : 0;
}

// Everything from 1 to `last` is there and whole.
void ExpectContiguous(const store::Store& store, uint64_t last) {
  uint64_t expected = 0;
  auto it = store.Scan(Table::kJournal, "", "");
  for (; it->Valid(); it->Next()) {
    const std::string value(it->value().data(), it->value().size());
    ASSERT_EQ(value.substr(0, value.find(':')), std::to_string(++expected));
  }
  ASSERT_TRUE(it->status().ok()) << it->status();
  EXPECT_EQ(expected, last);
}

// Returns how many commits the child confirmed before it was killed.
uint64_t RunAndKill(const std::string& dir, useconds_t after_us) {
  std::array<int, 2> pipe_ends{};
  if (pipe(pipe_ends.data()) != 0) return 0;
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], STDOUT_FILENO);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    execl("/proc/self/exe", "store_crash_test", "--child", dir.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(pipe_ends[1]);
  uint64_t confirmed = 0;
  std::array<char, 4096> buffer{};
  ssize_t n = read(pipe_ends[0], buffer.data(), 1);  // the first confirmed commit
  confirmed += n > 0 ? static_cast<uint64_t>(n) : 0;
  usleep(after_us);
  kill(child, SIGKILL);
  while ((n = read(pipe_ends[0], buffer.data(), buffer.size())) > 0) confirmed += static_cast<uint64_t>(n);
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << status;
  return confirmed;
}

TEST(Kill, LosesNothingThatWasConfirmed) {
  std::string name = (std::filesystem::temp_directory_path() / "guanhu_kill_XXXXXX").string();
  const std::string dir = mkdtemp(name.data());
  std::mt19937_64 random(TheArgs().seed);
  uint64_t confirmed = 0, kills = 0;
  for (; kills < TheArgs().kills && !HasFatalFailure(); ++kills) {
    uint64_t before = 0;
    if (kills > 0) {
      auto opened = RocksStore::Open(dir + "/store", RocksOptions());
      ASSERT_TRUE(opened.ok()) << opened.status();
      before = LastIn(**opened);
    }
    const uint64_t more = RunAndKill(dir + "/store", static_cast<useconds_t>(random() % 100'000));
    EXPECT_GT(more, 0u);
    confirmed += more;
    auto opened = RocksStore::Open(dir + "/store", RocksOptions());
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_FALSE((*opened)->report().watermark_lost) << (*opened)->report().detail;
    const uint64_t last = LastIn(**opened);
    EXPECT_GE(last, before + more);
    EXPECT_LE(last, before + more + 1);
    ExpectContiguous(**opened, last);
  }
  std::printf("kill -9: %llu kills, %llu confirmed commits\n", static_cast<unsigned long long>(kills),
              static_cast<unsigned long long>(confirmed));
  std::filesystem::remove_all(dir);
}

}  // namespace

int RunChild(const std::string& dir) {
  RocksOptions options;
  options.write_buffer_bytes = 256 << 10;
  auto opened = RocksStore::Open(dir, options);
  if (!opened.ok()) return 3;
  const uint64_t start = LastIn(**opened);
  std::mt19937_64 random(start);
  for (uint64_t i = start + 1;; ++i) {
    if (!(*opened)->Commit(MakeBatch(i, 3000, random), store::Durability::kSynced).ok()) return 4;
    if (write(STDOUT_FILENO, "+", 1) != 1) return 5;
  }
}

}  // namespace guanhu::crash
