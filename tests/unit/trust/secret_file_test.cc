#include "common/trust/secret_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace guanhu::trust {
namespace {

class SecretFileTest : public ::testing::Test {
 protected:
  SecretFileTest() {
    std::string pattern = ::testing::TempDir() + "guanhu-secret-XXXXXX";
    dir_ = ::mkdtemp(pattern.data());
  }
  ~SecretFileTest() override { std::filesystem::remove_all(dir_); }
  std::string dir_;
};

TEST_F(SecretFileTest, WritesForOwnerOnlyAndReplaces) {
  const std::string path = dir_ + "/key";
  ::umask(0);
  const std::string bytes("a\0b", 3);
  ASSERT_TRUE(WriteSecretFile(path, bytes).ok());
  struct stat st = {};
  ASSERT_EQ(::stat(path.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600u);
  EXPECT_EQ(*ReadSecretFile(path), bytes);
  std::ofstream(path + ".new") << "leftover of a power cut";
  ASSERT_TRUE(WriteSecretFile(path, "second").ok());
  EXPECT_EQ(*ReadSecretFile(path), "second");
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
  ASSERT_EQ(::stat(path.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600u);
}

TEST_F(SecretFileTest, RefusesFilesThatOthersMayUse) {
  const std::string path = dir_ + "/key";
  ASSERT_TRUE(WriteSecretFile(path, "secret").ok());
  for (const mode_t mode : {0640u, 0604u, 0620u, 0601u}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    EXPECT_EQ(ReadSecretFile(path).status().code(), absl::StatusCode::kFailedPrecondition) << mode;
  }
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  EXPECT_TRUE(ReadSecretFile(path).ok());
}

TEST_F(SecretFileTest, FailuresKeepTheOldFile) {
  EXPECT_EQ(ReadSecretFile(dir_ + "/absent").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadSecretFile(dir_).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(WriteSecretFile(dir_ + "/no/such/folder", "x").code(), absl::StatusCode::kUnavailable);
  const std::string path = dir_ + "/key";
  ASSERT_TRUE(WriteSecretFile(path, "old").ok());
  // Something unremovable in the way of the temporary file makes the write fail before the rename.
  std::filesystem::create_directories(path + ".new/child");
  EXPECT_EQ(WriteSecretFile(path, "new").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(*ReadSecretFile(path), "old");
}

}  // namespace
}  // namespace guanhu::trust
