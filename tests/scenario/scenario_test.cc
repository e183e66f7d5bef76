#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/scenario/runner.h"

namespace guanhu::testing {
namespace {

namespace fs = std::filesystem;

bool Flag(const char* name) {
  const char* v = std::getenv(name);
  return v != nullptr && *v != '\0' && std::string(v) != "0";
}

std::string Read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> Files() {
  std::vector<std::string> out;
  for (const fs::directory_entry& e : fs::directory_iterator(GUANHU_SCENARIOS)) {
    if (e.path().extension() == ".txt" && e.path().stem() != "CMakeLists") out.push_back(e.path().stem());
  }
  std::sort(out.begin(), out.end());
  return out;
}

class Script : public ::testing::Test {
 protected:
  const schema::Schema schema = *schema::Schema::Build();

  absl::Status RunText(const std::string& text, Runner::Options options = {}) {
    std::vector<ScriptLine> script = ParseScript(text);
    return Runner(&schema, std::move(options)).Run(script);
  }
};

class Scenario : public Script, public ::testing::WithParamInterface<std::string> {};

TEST_P(Scenario, OverMemoryInEveryOrder) {
  const fs::path path = fs::path(GUANHU_SCENARIOS) / (GetParam() + ".txt");
  std::vector<ScriptLine> script = ParseScript(Read(path));
  Runner::Options options;
  options.rewrite = Flag("GUANHU_UPDATE");
  options.random_orders = Flag("GUANHU_LONG") ? 10'000 : 0;
  Runner runner(&schema, options);
  const absl::Status done = runner.Run(script);
  ASSERT_TRUE(done.ok()) << path.filename() << " " << done;
  std::cout << runner.orders_tried() << " orders of delivery\n";
  if (options.rewrite) std::ofstream(path, std::ios::binary) << FormatScript(script);
}

// Over files in memory: a disk that confirms every write takes a second for each story.
TEST_P(Scenario, OverRocksDb) {
  rocksdb::Env* const disk = Flag("GUANHU_LONG") ? nullptr : rocksdb::NewMemEnv(rocksdb::Env::Default());
  const std::unique_ptr<rocksdb::Env> memory(disk);
  const fs::path dir = fs::path(::testing::TempDir()) / ("scenario-" + std::to_string(::getpid()) + "-" + GetParam());
  ASSERT_TRUE((memory == nullptr ? rocksdb::Env::Default() : memory.get())->CreateDirIfMissing(dir).ok());
  std::string text;
  for (const ScriptLine& line : ParseScript(Read(fs::path(GUANHU_SCENARIOS) / (GetParam() + ".txt")))) {
    if (line.text != "order every") text += FormatScript({line});
  }
  const absl::Status done = RunText(text, {.dir = dir, .env = memory.get()});
  EXPECT_TRUE(done.ok()) << done;
  if (memory == nullptr) fs::remove_all(dir);
}

INSTANTIATE_TEST_SUITE_P(Files, Scenario, ::testing::ValuesIn(Files()), [](const auto& file) {
  std::string name = file.param;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
});

constexpr char kRename[] =
    "township T A\n"
    "tablets: a1@A t@T\n"
    "a1: create Asset pump name=泵\n"
    "sync all\n"
    "a1: set pump name=一号泵\n"
    "t: set pump name=1号泵\n";

TEST_F(Script, AWrongExpectationFails) {
  const std::string right = std::string(kRename) +
                            "sync all\nshow pump at city\n> 设施 pump\n>   名称: 1号泵\n"
                            ">   ! 名称 另有: 一号泵 (a1 2026-11-25 08:02)\n";
  EXPECT_TRUE(RunText(right).ok()) << RunText(right);
  std::string wrong = right;
  wrong.replace(wrong.find("1号泵\n>   !"), 2, "2");
  const absl::Status value = RunText(wrong);
  EXPECT_EQ(value.code(), absl::StatusCode::kFailedPrecondition) << value;
  EXPECT_NE(value.message().find("line 8"), std::string::npos) << value;
  // A missing line, and no expectation at all, fail too.
  EXPECT_FALSE(RunText(right.substr(0, right.find(">   !"))).ok());
  EXPECT_FALSE(RunText(right.substr(0, right.find("> 设施"))).ok());
}

TEST_F(Script, WhatNobodyHasSentIsNotAtTheCity) {
  const std::string unsent = std::string(kRename) + "show pump at city\n> 设施 pump\n>   名称: 泵\n";
  EXPECT_TRUE(RunText(unsent).ok()) << RunText(unsent);
}

TEST_F(Script, ATypingErrorFails) {
  EXPECT_FALSE(RunText("township T A\ntablets: a1@A t@T\na1: create Asset pump nane=泵\n").ok());
  EXPECT_FALSE(RunText("township T A\ntablets: a1@B\n").ok());
  EXPECT_FALSE(RunText("frobnicate\n").ok());
}

TEST_F(Script, AnOutcomeThatDependsOnTheOrderIsFound) {
  // A transcript of what the watcher has seen is compared with copies that have seen everything: a copy that misses a
  // change must be noticed.
  County county(&schema, "");
  ASSERT_TRUE(county.Begin().ok());
  ASSERT_TRUE(county.AddTownship("T", {"A"}).ok());
  ASSERT_TRUE(county.AddStation("a1", "A").ok());
  ASSERT_TRUE(county.AddStation("t", "T").ok());
  ASSERT_TRUE(county.SyncAll().ok());
  Station& a1 = **county.Find("a1");
  node::Command c;
  c.scope = {a1.place, base::Visibility::kInternal};
  c.edits.push_back({schema.Type("Asset")->type, {}, "", {Text(3, "泵")}, {}});
  ASSERT_TRUE(county.Write(a1, c).ok());
  ASSERT_TRUE(county.Write(a1, c).ok());
  ASSERT_TRUE(county.SyncAll().ok());
  const auto both = county.Replay({1, 0}, {});
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_EQ((*both)->node->StatesOf(c.scope), county.watcher()->node->StatesOf(c.scope));
  const auto one = county.Replay({0}, {});
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_NE((*one)->node->StatesOf(c.scope), county.watcher()->node->StatesOf(c.scope));
}

}  // namespace
}  // namespace guanhu::testing
