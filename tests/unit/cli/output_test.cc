#include <gtest/gtest.h>

#include <sstream>

#include "common/cli/json.h"
#include "common/cli/records.h"
#include "common/cli/table.h"

namespace guanhu::cli {
namespace {

TEST(TableTest, ChineseTakesTwoColumns) {
  EXPECT_EQ(DisplayWidth("well"), 4u);
  EXPECT_EQ(DisplayWidth("3号机井"), 7u);
  EXPECT_EQ(DisplayWidth("（村东）"), 8u);
  EXPECT_EQ(DisplayWidth("é"), 1u);
}

TEST(TableTest, AlignedForPeopleTabbedForPrograms) {
  std::ostringstream out;
  Io io;
  io.out = &out;
  io.err = &out;
  Table table({"CODE", "NAME", "N"});
  table.Add({"J-003", "3号机井", "1"});
  table.Add({"L-7", "a\tb\nc", "22"});
  table.Print(io);
  EXPECT_EQ(out.str(), "J-003\t3号机井\t1\nL-7\ta b c\t22\n");
  out.str("");
  io.out_tty = true;
  table.Print(io);
  EXPECT_EQ(out.str(),
            "CODE   NAME     N\n"
            "J-003  3号机井  1\n"
            "L-7    a b c    22\n");
}

TEST(RecordsTest, AWordNeverClaimsMoreThanTheReceipts) {
  Io io;
  io.language = schema::Language::kChinese;
  api::v1::Holding holding;
  EXPECT_EQ(HoldingWord(io, holding), "-");
  holding.set_here(true);
  EXPECT_EQ(HoldingWord(io, holding), "已存本机");
  holding.set_township(true);
  EXPECT_EQ(HoldingWord(io, holding), "乡镇已收");
  holding.set_city(true);
  EXPECT_EQ(HoldingWord(io, holding), "市已收");
  EXPECT_EQ(HoldingWord(io, holding, 1), "需处理");
  holding.set_attention("refused");
  EXPECT_EQ(HoldingWord(io, holding), "需处理");
}

TEST(JsonTest, ARecordBecomesAnObject) {
  api::v1::RecordView record;
  record.set_code("7KQ2M9");
  record.set_json(R"({"name":"井","cost_fen":"5","json":"{}"})");
  const std::string json = JsonOf(record);
  EXPECT_EQ(ValueAt(json, "json.name"), "井");
  EXPECT_EQ(ValueAt(json, "json.cost_fen"), "5");
  EXPECT_EQ(ValueAt(json, "json.json"), "{}");  // what a record holds is left alone
  EXPECT_EQ(ValueAt(json, "code"), "7KQ2M9");
  EXPECT_EQ(ValueAt(json, "nothing.there"), "");
  EXPECT_EQ(ValueAt("no json", "a"), "");
  record.set_json("broken{");
  EXPECT_EQ(ValueAt(JsonOf(record), "json"), "broken{");
}

TEST(ExitTest, CodesFollowTheStatus) {
  EXPECT_EQ(ExitOf(absl::UnavailableError("")), kExitUnreachable);
  EXPECT_EQ(ExitOf(absl::PermissionDeniedError("")), kExitDenied);
  EXPECT_EQ(ExitOf(absl::InvalidArgumentError("")), kExitUsage);
  EXPECT_EQ(ExitOf(absl::AlreadyExistsError("")), kExitConflict);
  EXPECT_EQ(ExitOf(absl::DataLossError("")), kExitError);
  EXPECT_EQ(ExitOf(absl::OkStatus()), kExitOk);
}

}  // namespace
}  // namespace guanhu::cli
