// store_crash_test [--cuts=N] [--flips=N] [--kills=N] [--seed=S] [GoogleTest's arguments]
#include <cstdio>
#include <cstring>
#include <string>

#include "gtest/gtest.h"
#include "tests/crash/crash_rig.h"
#include "tests/crash/kill_child.h"

namespace {

// Takes "--name=value" and "--name value".
bool Take(int& i, int argc, char** argv, const std::string& name, std::string& value) {
  const std::string arg = argv[i];
  if (arg.rfind(name + "=", 0) == 0) {
    value = arg.substr(name.size() + 1);
    return true;
  }
  if (arg != name || i + 1 >= argc) return false;
  value = argv[++i];
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  guanhu::crash::Args& args = guanhu::crash::TheArgs();
  for (int i = 1; i < argc; ++i) {
    std::string value;
    if (Take(i, argc, argv, "--cuts", value)) {
      args.cuts = std::stoull(value);
    } else if (Take(i, argc, argv, "--flips", value)) {
      args.flips = std::stoull(value);
    } else if (Take(i, argc, argv, "--kills", value)) {
      args.kills = std::stoull(value);
    } else if (Take(i, argc, argv, "--seed", value)) {
      args.seed = std::stoull(value);
    } else if (Take(i, argc, argv, "--child", value)) {
      return guanhu::crash::RunChild(value);
    } else {
      std::fprintf(stderr, "unknown argument %s\n", argv[i]);
      return 2;
    }
  }
  std::printf("seed %llu, %llu cuts, %llu flips, %llu kills\n", static_cast<unsigned long long>(args.seed),
              static_cast<unsigned long long>(args.cuts), static_cast<unsigned long long>(args.flips),
              static_cast<unsigned long long>(args.kills));
  return RUN_ALL_TESTS();
}
