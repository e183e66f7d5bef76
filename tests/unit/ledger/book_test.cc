// The book's columns against sums that are made the slow way, row by row.
#include "common/ledger/book.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

namespace guanhu::ledger {
namespace {

using base::PlaceId;
using base::RecordId;

constexpr int kFirst = 660;  // January 2025

std::shared_ptr<const domain::Directory> Tree() {
  const auto place = [](uint64_t id, uint64_t parent) {
    domain::PlaceRow row;
    row.id = PlaceId{id};
    row.parent = PlaceId{parent};
    row.name = std::to_string(id);
    return row;
  };
  std::vector<domain::PlaceRow> rows = {place(1, 0), place(10, 1), place(20, 1), place(11, 10), place(12, 10),
                                        place(21, 20), place(22, 20)};
  rows.back().successor = PlaceId{21};
  return std::make_shared<const domain::Directory>(PlaceId{1}, std::move(rows), std::vector<domain::DeviceRow>{});
}

RecordId Id(uint64_t place, uint64_t seq) {
  return {{PlaceId{place}, base::Visibility::kInternal}, base::Origin{7}, seq, 0};
}

// All rows in plain maps.
struct Oracle {
  std::map<RecordId, AssetRow> assets;
  std::map<RecordId, CaseRow> cases;
  std::map<RecordId, TypeRow> types;
  std::shared_ptr<const domain::Directory> tree = Tree();

  bool In(const AssetRow& row, const Cut& cut) const {
    if (!row.Counts() || tree->Place(row.id.scope.place) == nullptr) return false;
    const auto type = types.find(row.type);
    return (!cut.place || tree->Above(cut.place, tree->Root(row.id.scope.place))) &&
           (!cut.type || row.type == cut.type) &&
           (!cut.department || (type != types.end() && type->second.department == cut.department)) &&
           (cut.facility_class == 0 || row.facility_class == cut.facility_class) &&
           (cut.grade == 0 || row.grade == cut.grade) && (cut.condition == 0 || row.condition == cut.condition) &&
           (cut.state == 0 || row.state == cut.state);
  }
  Measures Work(const AssetRow& row, int from, int to) const {
    Measures m;
    for (const MonthCount& c : row.months) {
      if (c.month < from || c.month > to) continue;
      m.inspections += c.inspections;
      m.bad += c.bad;
      m.unreachable += c.unreachable;
      m.inspection_cost_fen += c.cost_fen;
    }
    for (const auto& [id, c] : cases) {
      if (c.about != row.id || c.deleted) continue;
      const bool inside = MonthOf(c.born_ms) >= from && MonthOf(c.born_ms) <= to;
      if (c.type == kDefectType) {
        m.defects += inside;
        m.open_defects += IsOpenDefect(c.state);
      } else if (c.type == kOrderType) {
        m.orders += inside;
        m.open_orders += IsOpenOrder(c.state);
        m.order_cost_fen += inside ? c.amount_fen : 0;
      }
    }
    return m;
  }
  uint64_t Key(Dim dim, const AssetRow& row) const {
    const PlaceId root = tree->Root(row.id.scope.place);
    const auto type = types.find(row.type);
    switch (dim) {
      case Dim::kPlace:
        return root.value;
      case Dim::kTownship:
        return tree->Place(root)->parent == PlaceId{1} ? root.value : tree->Place(root)->parent.value;
      case Dim::kDepartment:
        return type == types.end() || !type->second.department ? 0 : base::ShortHash(type->second.department);
      case Dim::kType:
        return row.type ? base::ShortHash(row.type) : 0;
      case Dim::kClass:
        return row.facility_class;
      case Dim::kGrade:
        return row.grade;
      case Dim::kCondition:
        return row.condition;
      case Dim::kState:
        return row.state;
      case Dim::kMonth:
        break;
    }
    return 0;
  }
  std::map<Keys, Measures> Rows(const Cut& cut, const std::vector<Dim>& by) const {
    std::map<Keys, Measures> out;
    const bool months = std::find(by.begin(), by.end(), Dim::kMonth) != by.end();
    for (const auto& [id, row] : assets) {
      if (!In(row, cut)) continue;
      for (int month = months ? kFirst : 0; month <= (months ? kFirst + 30 : 0); ++month) {
        Keys keys;
        for (Dim d : by) keys.push_back(d == Dim::kMonth ? static_cast<uint64_t>(month) : Key(d, row));
        Measures m = months ? Work(row, month, month) : Work(row, cut.from_month, cut.to_month);
        if (months) {
          m.open_defects = m.open_orders = 0;
          if (month < cut.from_month || month > cut.to_month || m == Measures{}) continue;
        } else {
          m.assets = 1;
          m.cost_fen = row.cost_fen;
        }
        out[keys].Add(m);
      }
    }
    return out;
  }
};

struct BookTest : public ::testing::Test {
  std::mt19937_64 chance{20261123};
  Oracle oracle;
  Book book;

  uint64_t Below(uint64_t n) { return chance() % n; }
  RecordId AnAsset() {
    constexpr uint64_t kPlaces[] = {10, 11, 12, 21, 22, 99};  // the last is in no tree
    const uint64_t i = Below(60);
    return Id(kPlaces[i % 6], 100 + i);
  }
  AssetRow RandomAsset() {
    AssetRow row;
    row.id = AnAsset();
    row.type = Below(5) == 0 ? RecordId{} : Id(1, 1 + Below(4));
    row.facility_class = static_cast<uint8_t>(Below(4));
    row.grade = static_cast<uint8_t>(Below(4));
    row.state = static_cast<uint8_t>(4 + Below(7));
    row.condition = static_cast<uint8_t>(Below(4));
    row.exists = Below(10) != 0;
    row.deleted = Below(10) == 0;
    row.cost_fen = static_cast<int64_t>(Below(1000));
    for (int m = kFirst; m < kFirst + 30; ++m) {
      if (Below(3) != 0) continue;
      const uint16_t n = static_cast<uint16_t>(1 + Below(9));
      row.months.push_back({static_cast<uint16_t>(m), n, static_cast<uint16_t>(Below(n)),
                            static_cast<uint16_t>(Below(n)), static_cast<int64_t>(Below(500))});
    }
    return row;
  }
  CaseRow RandomCase() {
    CaseRow row;
    row.type = Below(5) == 0 ? kFundEntryType : Below(2) == 0 ? kDefectType : kOrderType;
    row.about = Below(8) == 0 ? RecordId{} : AnAsset();
    row.state = static_cast<int32_t>(Below(11));
    row.deleted = Below(8) == 0;
    row.born_ms = MonthStartMs(kFirst + static_cast<int>(Below(30)));
    row.amount_fen = static_cast<int64_t>(Below(9000));
    return row;
  }
  void Change() {
    BookUpdate update;
    update.directory = oracle.tree;
    for (uint64_t n = Below(4); n > 0; --n) {
      const AssetRow row = RandomAsset();
      oracle.assets[row.id] = row;
      update.assets[row.id] = row;
    }
    for (uint64_t n = Below(4); n > 0; --n) {
      CaseRow row = RandomCase();
      const RecordId id = Id(11, 1000 + Below(80));
      if (Below(10) != 0) row.id = id;  // else it is gone
      if (row.id) {
        oracle.cases[id] = row;
      } else {
        oracle.cases.erase(id);
      }
      update.cases[id] = row.id ? row : CaseRow{};
    }
    if (Below(5) == 0) {
      TypeRow row;
      row.id = Id(1, 1 + Below(4));
      if (Below(4) != 0) row.department = Id(1, 50 + Below(3));
      oracle.types[row.id] = row;
      update.types[row.id] = row;
    }
    book.Put(std::move(update));
  }
  Cut RandomCut() {
    constexpr uint64_t kPlaces[] = {1, 10, 11, 12, 20, 21, 99};
    Cut cut;
    if (Below(2) == 0) cut.place = PlaceId{kPlaces[Below(7)]};
    if (Below(4) == 0) cut.department = Id(1, 50 + Below(3));
    if (Below(4) == 0) cut.type = Id(1, 1 + Below(4));
    if (Below(4) == 0) cut.facility_class = static_cast<uint32_t>(Below(4));
    if (Below(4) == 0) cut.grade = static_cast<uint32_t>(Below(4));
    if (Below(4) == 0) cut.condition = static_cast<uint32_t>(Below(4));
    if (Below(4) == 0) cut.state = static_cast<uint32_t>(4 + Below(7));
    if (Below(2) == 0) cut.from_month = kFirst + static_cast<int>(Below(31)) - 1;
    if (Below(2) == 0) cut.to_month = kFirst + static_cast<int>(Below(31));
    return cut;
  }
};

TEST_F(BookTest, ColumnsSayWhatTheRowsSay) {
  uint64_t told = 0, differ = 0;
  for (int round = 0; round < 1500; ++round) {
    Change();
    const Cut cut = RandomCut();
    std::vector<Dim> by;
    for (uint64_t n = Below(4); n > 0; --n) by.push_back(static_cast<Dim>(Below(9)));
    const Summary summary = book.Summarise(cut, by);
    const auto rows = oracle.Rows(cut, by);
    ASSERT_EQ(summary.rows, rows) << "round " << round;
    Measures total;
    for (const auto& [keys, m] : rows) total.Add(m);
    ASSERT_EQ(summary.total, total);
    told += rows.size();
    // The control: of another period the rows say something else.
    Cut other = cut;
    other.from_month = kFirst + 15;
    differ += oracle.Rows(other, by) == summary.rows ? 0 : 1;
    uint64_t cursor = 0, seen = 0, first = 0;
    do {
      const DetailPage page = book.Detail(cut, cursor, 7);
      for (const DetailRow& d : page.rows) {
        Measures m = oracle.Work(oracle.assets.at(d.asset.id), cut.from_month, cut.to_month);
        m.assets = 1;
        m.cost_fen = d.asset.cost_fen;
        ASSERT_EQ(d.measures, m);
        ASSERT_EQ(d.asset, oracle.assets.at(d.asset.id));
      }
      if (cursor == 0) first = page.total;
      seen += page.rows.size();
      cursor = page.next;
    } while (cursor != 0);
    EXPECT_EQ(seen, first);
    EXPECT_EQ(seen, static_cast<uint64_t>(std::count_if(oracle.assets.begin(), oracle.assets.end(),
                                                        [&](const auto& a) { return oracle.In(a.second, cut); })));
  }
  EXPECT_GT(told, 3000u);
  EXPECT_GT(differ, 300u);
}

TEST_F(BookTest, AClockThatIsWrongByAgesDoesNotStretchTheAxis) {
  BookUpdate update;
  update.directory = oracle.tree;
  AssetRow asset = RandomAsset();
  asset.id = Id(11, 100);
  asset.exists = true;
  asset.deleted = false;
  asset.state = 4;
  update.assets[asset.id] = asset;
  for (int64_t born : {int64_t{-9'000'000'000'000}, int64_t{900'000'000'000'000}}) {
    CaseRow row;
    row.id = Id(11, static_cast<uint64_t>(born < 0 ? 1 : 2));
    row.type = kDefectType;
    row.about = asset.id;
    row.born_ms = born;
    update.cases[row.id] = row;
  }
  book.Put(std::move(update));
  EXPECT_EQ(book.Summarise({}, {}).total.defects, 2u);
  EXPECT_EQ(book.Summarise({}, std::vector<Dim>{Dim::kMonth}).total.defects, 2u);
}

TEST_F(BookTest, NamesAreFoundByTextCodeAndId) {
  BookUpdate update;
  update.names[Id(1, 1)] = {kOrgType, "水利局"};
  update.names[Id(1, 2)] = {kOrgType, "交通局"};
  update.names[Id(1, 3)] = {kFacilityTypeType, "交通局"};
  book.Put(std::move(update));
  EXPECT_EQ(book.Name(Id(1, 1)), "水利局");
  EXPECT_EQ(book.Named(kOrgType, "交通局"), std::vector<RecordId>{Id(1, 2)});
  EXPECT_EQ(book.Named(kOrgType, base::ToText(base::ShortHash(Id(1, 1)))), std::vector<RecordId>{Id(1, 1)});
  EXPECT_EQ(book.Named(kOrgType, base::ToText(Id(1, 1))), std::vector<RecordId>{Id(1, 1)});
  EXPECT_TRUE(book.Named(kOrgType, "林业局").empty());
  BookUpdate gone;
  gone.names[Id(1, 1)] = {};
  book.Put(std::move(gone));
  EXPECT_EQ(book.Name(Id(1, 1)), "");
}

// Several readers that never pause, and a writer that must come through.
TEST_F(BookTest, AWriterIsNotKeptOutByReaders) {
  for (int i = 0; i < 50; ++i) Change();
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!stop) static_cast<void>(book.Summarise({}, std::vector<Dim>{Dim::kPlace}));
    });
  }
  for (int i = 0; i < 200; ++i) Change();
  stop = true;
  for (std::thread& t : readers) t.join();
  EXPECT_EQ(book.Summarise({}, {}).rows, oracle.Rows({}, {}));
}

}  // namespace
}  // namespace guanhu::ledger
