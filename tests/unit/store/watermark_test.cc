#include "common/store/watermark.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gtest/gtest.h"

namespace guanhu::store {
namespace {

class WatermarkTest : public testing::Test {
 protected:
  WatermarkTest() {
    std::string name = (std::filesystem::temp_directory_path() / "guanhu_mark_XXXXXX").string();
    dir_ = mkdtemp(name.data());
  }
  ~WatermarkTest() override { std::filesystem::remove_all(dir_); }

  std::string path() const { return dir_ + "/watermark"; }
  std::unique_ptr<Watermark> Open(bool expected = false) {
    auto opened = Watermark::Open(rocksdb::FileSystem::Default(), path(), expected);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }
  std::string Read() {
    std::stringstream bytes;
    bytes << std::ifstream(path(), std::ios::binary).rdbuf();
    return bytes.str();
  }
  void Overwrite(const std::string& bytes) { std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes; }

  std::string dir_;
};

TEST_F(WatermarkTest, RemembersTheLastMark) {
  EXPECT_EQ(Open()->state(), Watermark::State::kCreated);
  for (uint64_t i = 1; i <= 5; ++i) {
    auto mark = Open();
    EXPECT_EQ(mark->state(), Watermark::State::kRead);
    EXPECT_EQ(mark->mark().commits, i - 1);
    ASSERT_TRUE(mark->Write({i, 7 * i, false, i, 100 * i}).ok());
    EXPECT_EQ(Open()->mark().chain, 7 * i);
    EXPECT_EQ(Open()->mark().manifest_bytes, 100 * i);
    EXPECT_EQ(Read().size(), 8192u);  // overwritten, so that syncing touches no metadata
  }
}

TEST_F(WatermarkTest, EveryDamagedByteLeavesTheOtherSlot) {
  {
    auto mark = Open();
    for (uint64_t i = 1; i <= 4; ++i) ASSERT_TRUE(mark->Write({i, i, false, 0, 0}).ok());
  }
  const std::string good = Read();
  for (const size_t slot : {size_t{0}, size_t{4096}}) {
    for (size_t at = slot; at < slot + 48; ++at) {
      std::string bytes = good;
      bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
      Overwrite(bytes);
      auto mark = Open(true);
      EXPECT_EQ(mark->state(), Watermark::State::kRead);
      EXPECT_EQ(mark->mark().commits, slot == 0 ? 3u : 4u) << at;  // the fourth went to the first slot
      EXPECT_FALSE(mark->mark().doubt);
    }
  }
}

TEST_F(WatermarkTest, ADoubtWinsOverTheMarkItFollowsAndLosesToTheNext) {
  auto mark = Open();
  ASSERT_TRUE(mark->Write({5, 5, false, 0, 0}).ok());
  ASSERT_TRUE(mark->Write({5, 5, true, 0, 0}).ok());
  EXPECT_TRUE(Open()->mark().doubt);
  ASSERT_TRUE(mark->Write({6, 6, false, 0, 0}).ok());
  EXPECT_FALSE(Open()->mark().doubt);
}

TEST_F(WatermarkTest, MissingOrUnreadableBesideADatabaseIsADoubt) {
  EXPECT_TRUE(Open(true)->mark().doubt);
  EXPECT_TRUE(Open(true)->mark().doubt);  // also when the first finder crashed
  Overwrite("short");
  EXPECT_EQ(Open(true)->state(), Watermark::State::kDamaged);
  EXPECT_TRUE(Open(true)->mark().doubt);
  Overwrite(std::string(8192, 'x'));
  EXPECT_TRUE(Open(true)->mark().doubt);
  EXPECT_EQ(Open(true)->state(), Watermark::State::kDamaged);
}

TEST(ChainAfter, DependsOnEveryByteAndOnTheLength) {
  const std::string bytes(100, 'a');
  const uint64_t chain = ChainAfter(1, bytes);
  EXPECT_NE(chain, ChainAfter(2, bytes));
  EXPECT_NE(chain, ChainAfter(1, bytes.substr(1)));
  EXPECT_NE(ChainAfter(1, ""), ChainAfter(1, std::string(1, '\0')));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string other = bytes;
    other[i] = 'b';
    EXPECT_NE(chain, ChainAfter(1, other)) << i;
  }
}

}  // namespace
}  // namespace guanhu::store
