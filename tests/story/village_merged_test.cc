// My village was merged. A county changes as Jiexiu did from 2016 to 2021 (the table is read from $GUANHU_SHARED_DATA,
// else a made-up one of the same shape) while a tablet of every old village holds work that it has not sent. All of it
// is accepted, found under the old code and counted under what the village has become. GUANHU_LONG=1: every village
// instead of 30.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "common/figures/figures.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "tests/story/division_changes.h"
#include "tests/support/real_county.h"

namespace guanhu::testing {
namespace {

using base::PlaceId;
using base::RecordId;

constexpr int64_t kChangedMs = 1'790'000'500'000;
constexpr size_t kEnding = 6;          // villages of the dissolved township in the short form
constexpr size_t kOwnInspections = 2;  // with the asset: three unsent records for each tablet

struct Division {
  RecordId record;
  PlaceId place;
  PlaceId heir;  // where its work must be counted
};

struct Tablet {
  const DivisionChange* row = nullptr;
  base::PersonId caretaker;
  std::unique_ptr<RealNode> node;
  RecordId asset;
  std::vector<RecordId> inspections;
};

class Merger {
 public:
  enum class Links { kKept, kLeftOut };  // whether the city says what a vanished place has become

  Merger(size_t villages, uint64_t seed) : chance_(seed) {
    rows_ = RealChanges();
    real_ = !rows_.empty();
    if (!real_) rows_ = MadeUpChanges();
    Narrow(villages);
    for (const DivisionChange& row : rows_) {
      if (row.level == "township") AddDivision(row, c_.county, rec::PLACE_KIND_TOWN);
    }
    for (const DivisionChange& row : rows_) {
      if (row.level == "village" && !row.code.empty())
        AddDivision(row, at_.at(TownshipCode(row.code)).place, rec::PLACE_KIND_VILLAGE);
    }
    AddDevices();
    std::printf("%s table, %zu villages, %zu townships\n", real_ ? "the real" : "a made-up", tablets_.size(),
                towns_.size());
  }

  void WriteWithoutNetwork() {
    for (Tablet& t : tablets_) {
      const base::ScopeId scope = RealCounty::Internal(at_.at(t.row->code).place);
      rec::Asset asset;
      asset.set_name(t.row->name + "机井");
      asset.set_state(rec::ASSET_STATE_IN_USE);
      asset.set_grade(rec::GRADE_A);
      t.asset = c_.Save(*t.node, scope, asset);
      for (size_t i = 0; i < kOwnInspections; ++i) {
        rec::Inspection look;
        *look.mutable_asset() = schema::ToRef(t.asset, scope);
        look.set_result(rec::INSPECTION_RESULT_OK);
        look.set_observed_ms(absl::ToUnixMillis(c_.now));
        t.inspections.push_back(c_.Save(*t.node, scope, look, {}, "", t.caretaker));
      }
      for (const node::OwnProgress& own : t.node->node->OwnWork()) EXPECT_EQ(own.at_township, 0u);
      // The township has work of its own for the village, of something that is not registered.
      rec::Inspection visit;
      visit.set_asset_code("无牌设施");
      visit.set_result(rec::INSPECTION_RESULT_MINOR);
      visit.set_observed_ms(absl::ToUnixMillis(c_.now));
      visits_.push_back(c_.Save(*towns_.at(TownshipCode(t.row->code)), scope, visit));
    }
  }

  // The city's work of one afternoon, in any order.
  void ChangeAll(Links links) {
    std::vector<const DivisionChange*> order;
    for (const DivisionChange& row : rows_) order.push_back(&row);
    // Townships and new villages first: a place must be there before others are put under it.
    std::shuffle(order.begin(), order.end(), chance_);
    std::stable_partition(order.begin(), order.end(), [](const DivisionChange* r) { return r->change == "new"; });
    for (const DivisionChange* row : order) {
      if (row->level == "county") continue;
      if (row->change == "new") {
        AddDivision(*row, at_.at(TownshipCode(row->code_now)).place, rec::PLACE_KIND_VILLAGE);
      } else if (row->change == "gone") {
        EndDivision(*row, links);
      } else if (row->change != "unchanged") {
        RenameDivision(*row);
      }
    }
  }

  // Every tablet meets one township once, its old one or the one that now governs its place, some before those know of
  // the change; then all meet the city. Names the villages whose caretaker and township count differently.
  std::vector<std::string> HandIn() {
    std::vector<std::string> wrong;
    for (auto& [code, town] : towns_) {
      if (chance_() % 2 == 0) Meet(*town, c_.city, c_.now);
    }
    size_t moved = 0;
    for (Tablet& t : tablets_) {
      const PlaceId place = at_.at(t.row->code).place;
      RealNode* town = towns_.at(TownshipCode(t.row->code)).get();
      if (RealNode* now = &TownNow(t); now != town && chance_() % 2 == 0) {
        town = now;
        Meet(*town, c_.city, c_.now);
        ++moved;
      }
      Meet(*t.node, *town, c_.now);
      const domain::Directory& tree = town->node->directory();
      if (!tree.Above(tree.Root(town->place), place)) {
        ++handed_on_;  // it knows that the village went to another township, and only passes the work on
        continue;
      }
      // What the tablet and the township recognise after one exchange.
      const Counts own = Recognised(*t.node, place), there = Recognised(*town, place);
      const auto at_tablet = own.find(t.caretaker), at_township = there.find(t.caretaker);
      if (at_tablet == own.end() || at_township == there.end() || at_tablet->second != kOwnInspections ||
          at_township->second != kOwnInspections) {
        wrong.push_back(t.row->name);
        continue;
      }
      // What the tablet shows of others, whose villages went where its own went, is never more than the township says.
      for (const auto& [caretaker, n] : own) EXPECT_LE(n, there.at(caretaker)) << t.row->name;
    }
    std::printf("%zu tablets handed their work to another township than before, %zu to one that passes it on\n", moved,
                handed_on_);
    for (int round = 0; round < 2; ++round) {
      for (auto& [code, town] : towns_) Meet(*town, c_.city, c_.now);
    }
    for (Tablet& t : tablets_) Meet(*t.node, TownNow(t), c_.now);
    return wrong;
  }

  void ExpectAllAccepted() {
    for (Tablet& t : tablets_) {
      std::vector<std::pair<uint32_t, RecordId>> records = {{ledger::kAssetType, t.asset}};
      for (const RecordId& i : t.inspections) records.emplace_back(ledger::kInspectionType, i);
      for (const auto& [type, id] : records) {
        const auto state = c_.city.node->Get(type, id);
        ASSERT_TRUE(state.ok() && *state) << t.row->name << ": a record is not at the city";
      }
      for (const node::OwnProgress& own : t.node->node->OwnWork()) {
        EXPECT_EQ(own.at_township, own.changes) << t.row->name;
        EXPECT_EQ(own.at_city, own.changes) << t.row->name;
      }
      const PlaceId place = at_.at(t.row->code).place;
      EXPECT_EQ(Recognised(*t.node, place), Recognised(TownNow(t), place)) << t.row->name;
    }
    for (const RecordId& visit : visits_) {
      const auto state = c_.city.node->Get(ledger::kInspectionType, visit);
      EXPECT_TRUE(state.ok() && *state) << "a township's visit is not at the city";
    }
    EXPECT_TRUE(c_.city.node->VerifyAgainstJournals().ok());
    EachNode([](RealNode& n) {
      EXPECT_TRUE(n.node->Held().empty());
      EXPECT_TRUE(n.node->AsideAll().empty());
      EXPECT_THAT(n.events.errors, ::testing::IsEmpty());
    });
  }

  void ExpectFoundByOldCode() {
    for (const Tablet& t : tablets_) {
      const Division& d = at_.at(t.row->code);
      RealNode& town = TownNow(t);
      for (RealNode* n : {&c_.city, &town, t.node.get()}) {
        const domain::Directory& tree = n->node->directory();
        const std::vector<PlaceId> found = tree.Find(t.row->code);
        ASSERT_EQ(found, std::vector<PlaceId>{d.place}) << t.row->code << " " << t.row->name;
        EXPECT_TRUE(t.row->code_now.empty() || tree.Find(t.row->code_now) == found) << t.row->code_now;
        EXPECT_EQ(tree.Root(found[0]), d.heir) << t.row->name;
        size_t assets = 0;
        EXPECT_TRUE(n->node
                        ->Visit(RealCounty::Internal(found[0]), ledger::kAssetType,
                                [&](uint32_t, const RecordId& id, const model::RecordState&) {
                                  assets += id == t.asset;
                                  return true;
                                })
                        .ok());
        EXPECT_EQ(assets, 1u) << "the asset behind " << t.row->code;
      }
    }
  }

  // The places that the city's ledger does not count all the work under that went there.
  size_t NotCounted() {
    std::map<PlaceId, uint64_t> wanted;
    for (const Tablet& t : tablets_) ++wanted[at_.at(t.row->code).heir];
    wanted[PlaceId{}] = tablets_.size();  // all
    size_t missing = 0;
    for (const auto& [heir, n] : wanted) {
      ledger::Cut cut;
      cut.place = heir;
      const ledger::Summary city = c_.city.ledger->book().Summarise(cut, std::vector<ledger::Dim>{ledger::Dim::kPlace});
      const auto row = city.rows.find({heir.value});
      const ledger::Measures m = heir ? (row == city.rows.end() ? ledger::Measures() : row->second) : city.total;
      missing += m.assets != n || m.inspections != kOwnInspections * n;
    }
    return missing;
  }
  void ExpectTownshipsAgree() {
    for (const auto& [code, town] : towns_) {
      ledger::Cut cut;
      cut.place = at_.at(code).heir;
      const std::vector<ledger::Dim> by = {ledger::Dim::kPlace};
      EXPECT_EQ(town->ledger->book().Summarise(cut, by).rows, c_.city.ledger->book().Summarise(cut, by).rows) << code;
    }
  }
  size_t vanished() const {
    return static_cast<size_t>(
        std::count_if(tablets_.begin(), tablets_.end(), [](const Tablet& t) { return t.row->change == "gone"; }));
  }

 private:
  // Of the table, about `villages` old ones, some of them of the township that is dissolved, some that
  // moved to another.
  void Narrow(size_t villages) {
    const auto old_village = [](const DivisionChange& r) { return r.level == "village" && !r.code.empty(); };
    const auto all = static_cast<size_t>(std::count_if(rows_.begin(), rows_.end(), old_village));
    if (villages >= all) return;
    std::set<std::string> dissolved;
    for (const DivisionChange& r : rows_) {
      if (r.level == "township" && r.change == "gone") dissolved.insert(r.code);
    }
    std::vector<DivisionChange> kept;
    size_t seen = 0, ending = 0, moved = 0;
    for (const DivisionChange& r : rows_) {
      if (old_village(r) && dissolved.contains(TownshipCode(r.code))) {
        if (ending++ >= kEnding) continue;
      } else if (old_village(r) && !r.code_now.empty() && TownshipCode(r.code) != TownshipCode(r.code_now) &&
                 moved < 3) {
        ++moved;
      } else if (old_village(r)) {
        const size_t before = seen++ * (villages - kEnding) / all;
        if (before == seen * (villages - kEnding) / all) continue;
      }
      kept.push_back(r);
    }
    rows_ = std::move(kept);
  }

  // The township that governs a tablet's village, or what it has become, after the change.
  RealNode& TownNow(const Tablet& t) {
    for (auto& [code, town] : towns_) {
      if (c_.city.node->directory().Above(town->place, at_.at(t.row->code).place)) return *town;
    }
    ADD_FAILURE() << t.row->name << " lies in no township";
    return *towns_.begin()->second;
  }

  void AddDivision(const DivisionChange& row, PlaceId parent, rec::PlaceKind kind) {
    rec::Place place;
    place.set_name(row.code.empty() ? row.name_now : row.name);
    place.set_kind(kind);
    place.set_parent(parent.value);
    const std::string& code = row.code.empty() ? row.code_now : row.code;
    place.add_codes()->set_code12(code);
    Division d;
    d.record = c_.Save(c_.city, c_.city.node->county_scope(), place);
    d.place = c_.city.rules.PlaceOf(d.record);
    d.heir = d.place;
    at_[code] = d;
  }

  void AddDevices() {
    for (const DivisionChange& row : rows_) {
      if (row.level == "township")
        towns_[row.code] = c_.AddDevice("town" + row.code, at_.at(row.code).place, domain::Tier::kTownship);
    }
    for (const DivisionChange& row : rows_) {
      if (row.level != "village" || row.code.empty()) continue;
      Tablet& t = tablets_.emplace_back();
      t.row = &row;
      t.caretaker = base::PersonId{7000 + tablets_.size()};
      t.node = c_.AddDevice("tablet" + row.code, at_.at(row.code).place, domain::Tier::kVillage);
    }
    for (auto& [code, town] : towns_) Meet(*town, c_.city, c_.now);
    for (Tablet& t : tablets_) Meet(*t.node, *towns_.at(TownshipCode(t.row->code)), c_.now);
  }

  void EditPlace(const Division& d, const rec::Place& fields) {
    c_.Save(c_.city, c_.city.node->county_scope(), fields, d.record);
  }

  void RenameDivision(const DivisionChange& row) {
    const Division& d = at_.at(row.code);
    rec::Place fields;
    fields.set_name(row.name_now);
    if (row.code_now != row.code) {
      rec::PlaceCode* old = fields.add_codes();
      old->set_code12(row.code);
      old->set_to_ms(kChangedMs);
      rec::PlaceCode* now = fields.add_codes();
      now->set_code12(row.code_now);
      now->set_from_ms(kChangedMs);
    }
    if (row.level == "village" && TownshipCode(row.code) != TownshipCode(row.code_now)) {
      fields.set_parent(at_.at(TownshipCode(row.code_now)).place.value);
      fields.add_former_parents(at_.at(TownshipCode(row.code)).place.value);
    }
    EditPlace(d, fields);
  }

  // A vanished village goes to the next one of its township, and with that one further; a township goes to where its
  // villages went.
  void EndDivision(const DivisionChange& row, Links links) {
    Division& d = at_.at(row.code);
    d.heir = row.level == "township" ? HeirOfTownship(row) : HeirOfVillage(row, true);
    rec::Place fields;
    fields.set_closed_ms(kChangedMs);
    if (links == Links::kKept) {
      rec::Successor* s = fields.add_successors();
      s->set_place(row.level == "township" ? d.heir.value : HeirOfVillage(row, false).value);
      s->set_share_bp(10000);
      s->set_at_ms(kChangedMs);
      rec::PlaceCode* old = fields.add_codes();
      old->set_code12(row.code);
      old->set_to_ms(kChangedMs);
    } else {
      fields.set_deleted(true);
      fields.set_deleted_reason("撤并");
    }
    EditPlace(d, fields);
  }
  // `lasting`: the one that goes on; else the next in the list, which may be vanishing too.
  PlaceId HeirOfVillage(const DivisionChange& row, bool lasting) const {
    std::vector<const DivisionChange*> after, before;
    const DivisionChange* next = nullptr;
    for (const DivisionChange& r : rows_) {
      if (r.level != "village" || r.code.empty() || TownshipCode(r.code) != TownshipCode(row.code)) continue;
      if (&r > &row && next == nullptr) next = &r;
      if (r.change != "gone") (&r > &row ? after : before).push_back(&r);
    }
    if (!after.empty()) return at_.at(lasting ? after[0]->code : next->code).place;
    if (!before.empty()) return at_.at(before[0]->code).place;
    return at_.at(TownshipCode(row.code)).place;
  }
  PlaceId HeirOfTownship(const DivisionChange& row) const {
    std::map<std::string, int> votes;
    for (const DivisionChange& r : rows_) {
      if (r.level == "village" && !r.code.empty() && !r.code_now.empty() && TownshipCode(r.code) == row.code)
        ++votes[TownshipCode(r.code_now)];
    }
    const auto most =
        std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    EXPECT_TRUE(most != votes.end()) << row.name;
    return at_.at(most->first).place;
  }

  // Inspections of each caretaker that the node says are recognised at the township, at the place or what it has
  // become.
  using Counts = std::map<base::PersonId, uint64_t>;
  Counts Recognised(RealNode& n, PlaceId place) {
    const figures::Desk desk(*n.node, HouseSchema(), *n.ledger);
    figures::Question q;
    q.now = c_.now;
    q.cut.place = desk.directory().Root(place);
    const auto table = figures::Tell("recognised", desk, q);
    EXPECT_TRUE(table.ok()) << table.status();
    Counts counts;
    if (!table.ok()) return counts;
    EXPECT_EQ(table->columns[3].name, "township");
    for (const figures::Row& row : table->rows) {
      for (const Tablet& t : tablets_) {
        if (row.cells[0].text == base::ToText(t.caretaker.value))
          counts[t.caretaker] += static_cast<uint64_t>(row.cells[3].number);
      }
    }
    return counts;
  }

  void EachNode(const std::function<void(RealNode&)>& visit) {
    visit(c_.city);
    for (auto& [code, town] : towns_) visit(*town);
    for (Tablet& t : tablets_) visit(*t.node);
  }

  RealCounty c_;
  std::mt19937_64 chance_;
  std::vector<DivisionChange> rows_;
  bool real_ = false;
  std::map<std::string, Division> at_;  // by the code that a place had first
  std::map<std::string, std::unique_ptr<RealNode>> towns_;
  std::vector<Tablet> tablets_;
  std::vector<RecordId> visits_;
  size_t handed_on_ = 0;
};

size_t Villages() {
  const char* text = std::getenv("GUANHU_LONG");
  return text != nullptr && *text != '\0' && *text != '0' ? 266 : 30;
}

class VillageMerged : public ::testing::TestWithParam<uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Orders, VillageMerged, ::testing::Range<uint64_t>(1, 6));

TEST_P(VillageMerged, UnsentWorkIsAcceptedFoundAndCounted) {
  Merger county(Villages(), GetParam());
  county.WriteWithoutNetwork();
  county.ChangeAll(Merger::Links::kKept);
  EXPECT_THAT(county.HandIn(), ::testing::IsEmpty()) << "the tablet's count is not the township's";
  county.ExpectAllAccepted();
  county.ExpectFoundByOldCode();
  EXPECT_EQ(county.NotCounted(), 0u);
  county.ExpectTownshipsAgree();
  EXPECT_GT(county.vanished(), 3u);
}

// Control: places that are only deleted leave their work uncounted under what they have become.
TEST_P(VillageMerged, WithoutSuccessorsWorkIsNotCountedThere) {
  Merger county(30, GetParam());
  county.WriteWithoutNetwork();
  county.ChangeAll(Merger::Links::kLeftOut);
  county.HandIn();
  EXPECT_GT(county.NotCounted(), 0u);
}

}  // namespace
}  // namespace guanhu::testing
