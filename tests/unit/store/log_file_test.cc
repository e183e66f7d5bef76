#include "common/store/log_file.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace guanhu::store {
namespace {

size_t ValidLogPrefix(const std::string& file) { return WalkLog(file, nullptr); }

void PutRecord(std::string& file, char type, const std::string& payload) {
  const std::string covered = type + payload;
  const uint32_t crc = Crc32c(0, covered);
  const uint32_t masked = (crc >> 15 | crc << 17) + 0xa282ead8u;
  for (int i = 0; i < 4; ++i) file.push_back(static_cast<char>(masked >> 8 * i));
  file.push_back(static_cast<char>(payload.size()));
  file.push_back(static_cast<char>(payload.size() >> 8));
  file += covered;
}

TEST(Crc32c, HasTheKnownValues) {
  EXPECT_EQ(Crc32c(0, "123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c(0, std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(Crc32c(0, "12345"), "6789"), 0xe3069283u);
}

TEST(WalkLog, EndsBehindTheLastWholeRecord) {
  std::string file;
  PutRecord(file, 1, "first");
  const size_t one = file.size();
  PutRecord(file, 2, "begin ");
  PutRecord(file, 3, "middle ");
  const size_t unfinished = file.size();
  PutRecord(file, 4, "end");
  const size_t two = file.size();
  EXPECT_EQ(ValidLogPrefix(file), two);
  for (size_t n = 0; n < two; ++n) EXPECT_EQ(ValidLogPrefix(file.substr(0, n)), n >= one ? one : 0u) << n;
  EXPECT_EQ(ValidLogPrefix(file.substr(0, unfinished)), one);
  EXPECT_EQ(ValidLogPrefix(file + std::string(40, '\0')), two);
  EXPECT_EQ(ValidLogPrefix(file + "garbage of some length"), two);
  for (size_t at = one; at < two; ++at) {
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    EXPECT_EQ(ValidLogPrefix(damaged), one) << at;
  }
}

TEST(WalkLog, FollowsRecordsOverBlocks) {
  std::string file;
  PutRecord(file, 2, std::string(32768 - 7, 'a'));
  PutRecord(file, 4, std::string(1000, 'b'));
  PutRecord(file, 1, std::string(32768 - 1007 - 7 - 3, 'c'));
  file.append(3, '\0');  // too short for a header
  PutRecord(file, 1, "d");
  std::vector<size_t> sizes;
  EXPECT_EQ(WalkLog(file, [&](const std::string& record) { sizes.push_back(record.size()); }), file.size());
  EXPECT_EQ(sizes, (std::vector<size_t>{32768 - 7 + 1000, 32768 - 1007 - 7 - 3, 1}));
}

}  // namespace
}  // namespace guanhu::store
