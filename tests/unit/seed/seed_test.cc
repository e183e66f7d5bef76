#include "tools/seed/maker.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace guanhu::seed {
namespace {

struct Made {
  std::unique_ptr<Maker> maker;
  uint64_t changes = 0;
};

struct Seed : public ::testing::Test {
  std::string dir;
  void SetUp() override {
    dir = ::testing::TempDir() + "/guanhu-seed-" + std::to_string(::getpid());
    std::filesystem::remove_all(dir);
  }
  void TearDown() override { std::filesystem::remove_all(dir); }

  Made Make(const std::string& name, uint64_t seed) {
    Options options;
    options.dir = dir + "/" + name;
    options.county = {"某某市", "140700000000"};
    options.townships = MadeUpTownships(2, 4);
    options.townships[0].place.name = "真实镇";
    options.assets = 60;
    options.inspections = 1500;
    options.months = 12;
    options.seed = seed;
    options.now = absl::Now();
    Made out;
    std::filesystem::create_directories(dir);
    auto maker = Maker::Found(options);
    EXPECT_TRUE(maker.ok()) << maker.status();
    if (!maker.ok()) return out;
    const absl::Status written = (*maker)->Write([&](Shipment s) { return (*maker)->Apply(s); },
                                                 [&](size_t, size_t, uint64_t n) { out.changes = n; });
    EXPECT_TRUE(written.ok()) << written;
    out.maker = *std::move(maker);
    return out;
  }
};

TEST_F(Seed, TheCityHoldsWhatTheVillagesWrote) {
  const Made made = Make("a", 1);
  ASSERT_NE(made.maker, nullptr);
  const ledger::Book& book = made.maker->ledger().book();
  const ledger::Measures total = book.Summarise({}, {}).total;
  EXPECT_EQ(total.assets, 60u);
  EXPECT_EQ(total.inspections, 1500u);
  EXPECT_GT(total.defects, 15u);
  EXPECT_GT(total.orders, 5u);
  EXPECT_LT(total.open_orders, total.orders);
  EXPECT_GT(total.order_cost_fen, 0);
  EXPECT_TRUE(made.maker->city().Held().empty());
  // No step is without effect: the story that the villages tell is a legal one.
  book.VisitCases({}, 0, [](const ledger::CaseRow& row) {
    EXPECT_EQ(row.refused, 0u) << base::ToText(row.id);
    EXPECT_FALSE(row.contested);
  });
}

TEST_F(Seed, EveryPlaceSaysThatItIsASample) {
  const Made made = Make("a", 1);
  ASSERT_NE(made.maker, nullptr);
  const auto directory = made.maker->ledger().book().directory();
  EXPECT_EQ(directory->places().size(), 7u);
  for (const auto& [id, place] : directory->places()) EXPECT_NE(place.name.find("样例"), std::string::npos) << place.name;
}

TEST_F(Seed, TheSameSeedGivesTheSameRecords) {
  const Made a = Make("a", 1), b = Make("b", 1), c = Make("c", 2);
  ASSERT_NE(a.maker, nullptr);
  ASSERT_NE(b.maker, nullptr);
  ASSERT_NE(c.maker, nullptr);
  const std::vector<ledger::Dim> by = {ledger::Dim::kPlace, ledger::Dim::kType, ledger::Dim::kMonth};
  EXPECT_EQ(a.changes, b.changes);
  EXPECT_EQ(a.maker->ledger().book().Summarise({}, by).rows, b.maker->ledger().book().Summarise({}, by).rows);
  EXPECT_NE(a.maker->ledger().book().Summarise({}, by).rows, c.maker->ledger().book().Summarise({}, by).rows);
}

TEST_F(Seed, ACountyIsMadeOnce) {
  ASSERT_NE(Make("a", 1).maker, nullptr);
  Options options;
  options.dir = dir + "/a";
  options.townships = MadeUpTownships(1, 1);
  options.now = absl::Now();
  EXPECT_EQ(Maker::Found(options).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace guanhu::seed
