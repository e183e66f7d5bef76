// Two people, one facility. Random edits at a city, a township and two tablets of one village, which meet at random.
// What must stand is computed beside the product, from who knew of what when he wrote:
//   every value written is in the record's history where the edit is known, and stands as a sibling unless somebody
//   who knew it wrote the field again; a value that is not shown is on a card if the field's rule asks people;
//   fields that nobody wrote at the same time are never on a card; a decision merges like any edit.
// GUANHU_LONG=1: 10,000 records instead of 200. GUANHU_SEED repeats a run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/schema/view.h"
#include "guanhu/records/v1/review.pb.h"
#include "tests/support/real_county.h"

namespace guanhu::testing {
namespace {

using base::RecordId;

constexpr size_t kNodes = 4;

// Fields of an asset that merge by themselves, with every rule that an asset has.
enum : uint32_t {
  kName = 3,
  kGrade = 4,
  kState = 5,
  kPhotos = 11,
  kInspected = 13,
  kCost = 19,
  kWhere = 28,
  kServed = 29,
  kDeleted = schema::kDeletedField
};

struct Write {
  base::Origin origin;
  uint64_t seq = 0;
  uint64_t knew = 0;                    // bit k: write k was known to its author
  std::map<uint32_t, std::string> set;  // raw values; empty: cleared
};

// One record: its writes, and which of them each node knows.
struct Story {
  RecordId id;
  std::vector<Write> writes;
  uint64_t knows[kNodes] = {};
};

// The writes of `field` within `known` that nobody knowing them wrote over. Clearing leaves nothing beside others'
// values.
std::vector<const Write*> Standing(const Story& story, uint64_t known, uint32_t field) {
  std::vector<const Write*> out;
  for (size_t k = 0; k < story.writes.size(); ++k) {
    if ((known >> k & 1) == 0 || !story.writes[k].set.contains(field)) continue;
    bool over = false;
    for (size_t l = 0; l < story.writes.size(); ++l) {
      over |= l != k && (known >> l & 1) != 0 && (story.writes[l].knew >> k & 1) != 0 &&
              story.writes[l].set.contains(field);
    }
    if (!over && !story.writes[k].set.at(field).empty()) out.push_back(&story.writes[k]);
  }
  return out;
}

bool Carries(const node::HistoryItem& item, uint32_t field, const std::string& raw) {
  for (const model::Field& f : item.edit.set) {
    if (f.number == field) return f.raw == raw;
  }
  return raw.empty() && std::find(item.edit.cleared.begin(), item.edit.cleared.end(), field) != item.edit.cleared.end();
}

// Every value that the node knows of can be reached. The first that cannot is named.
std::string Unreachable(const Story& story, uint64_t known, const model::RecordState& state,
                        const std::vector<node::HistoryItem>& history) {
  for (size_t k = 0; k < story.writes.size(); ++k) {
    if ((known >> k & 1) == 0) continue;
    const Write& w = story.writes[k];
    for (const auto& [field, raw] : w.set) {
      const bool told =
          std::any_of(history.begin(), history.end(), [&, f = field, &r = raw](const node::HistoryItem& h) {
            return h.origin == w.origin && h.seq == w.seq && h.effective && Carries(h, f, r);
          });
      if (!told) return absl::StrCat("write ", k, " of field ", field, " is not in the history");
      const std::vector<const Write*> standing = Standing(story, known, field);
      if (std::find(standing.begin(), standing.end(), &w) == standing.end()) continue;
      const model::FieldState* fs = state.Find(field);
      const bool beside =
          fs != nullptr && std::any_of(fs->siblings.begin(), fs->siblings.end(), [&, &r = raw](const auto& s) {
            return s.origin == w.origin && s.seq == w.seq && s.raw == r;
          });
      if (!beside) return absl::StrCat("write ", k, " of field ", field, " does not stand beside the others");
    }
  }
  return "";
}

bool Contested(const Story& story, uint64_t known) {
  bool clean = false, contested = false;
  for (const Write* d : Standing(story, known, kDeleted)) {
    rec::Asset asset;
    asset.ParseFromString(d->set.at(kDeleted));
    if (!asset.deleted()) continue;
    const uint64_t self = uint64_t{1} << (d - story.writes.data());
    ((known & ~(d->knew | self)) == 0 ? clean : contested) = true;
  }
  return contested && !clean;
}

// The cards are those of fields that were written at the same time, with all the values; the first fault is named.
std::string WrongCard(const Story& story, uint64_t known, const model::RecordState& state,
                      const schema::RecordView& view) {
  std::map<uint32_t, std::set<std::string>> cards;
  for (const schema::OpenConflict& c : view.conflicts) {
    if (!c.shown.raw.empty() || c.number != kDeleted) cards[c.number].insert(c.shown.raw);
    for (const model::Sibling& s : c.others) cards[c.number].insert(s.raw);
  }
  if (cards.erase(kDeleted) != size_t{Contested(story, known)}) return "the card about deleting is wrong";
  for (const model::FieldState& f : state.fields) {
    if (f.number == kDeleted) continue;
    const std::vector<const Write*> standing = Standing(story, known, f.number);
    std::set<std::string> values;
    for (const Write* w : standing) values.insert(w->set.at(f.number));
    if (f.siblings.size() != standing.size()) return absl::StrCat("field ", f.number, " has other siblings");
    const bool asks = f.number == kName || f.number == kState || f.number == kWhere;
    const auto card = cards.find(f.number);
    if (card != cards.end() && values.size() < 2)
      return absl::StrCat("a card about field ", f.number, " without a cause");
    if (card != cards.end() && card->second != values)
      return absl::StrCat("the card about field ", f.number, " lacks a value");
    if (asks && values.size() > 1 && card == cards.end()) return absl::StrCat("no card about field ", f.number);
  }
  return "";
}

struct County {
  RealCounty c;
  std::unique_ptr<RealNode> second = c.AddDevice("a2", c.village_a, domain::Tier::kVillage);
  RealNode* const nodes[kNodes] = {&c.city, c.town.get(), c.a.get(), second.get()};
  const base::ScopeId scope = RealCounty::Internal(c.village_a);
  std::mt19937_64 chance;
  size_t writes = 0, cards = 0, decisions = 0, contested = 0;

  explicit County(uint64_t seed) : chance(seed) {
    c.SyncAll();
    Meet(*c.town, c.city, c.now);
    Meet(*second, *c.town, c.now);
  }

  void Together(Story* story, size_t lower) {  // 1: township and city; 2, 3: a tablet and the township
    const size_t upper = lower == 1 ? 0 : 1;
    Meet(*nodes[lower], *nodes[upper], c.now);
    story->knows[lower] = story->knows[upper] = story->knows[lower] | story->knows[upper];
  }
  void Everybody(Story* story) {
    for (const size_t lower : {2, 3, 1, 2, 3}) Together(story, lower);
  }

  std::pair<uint32_t, std::string> Value() {
    rec::Asset asset;
    const std::string text = absl::StrCat("值", chance() % 40);
    const uint64_t number = chance() % 40;
    switch (chance() % 10) {
      case 0:
      case 1:
        asset.set_name(text);
        break;
      case 2:
        asset.set_grade(static_cast<rec::Grade>(1 + number % 4));
        break;
      case 3:
        asset.set_state(static_cast<rec::AssetState>(1 + number % 10));
        break;
      case 4:
        asset.add_photos(text);
        break;
      case 5:
        asset.set_last_inspected_ms(static_cast<int64_t>(number));
        break;
      case 6:
        asset.set_cost_fen(static_cast<int64_t>(number));
        break;
      case 7:
      case 8:
        asset.set_location_text(text);
        break;
      default:
        if (number % 4 == 0) {
          asset.set_deleted(number != 0);
        } else {
          asset.set_households_served(static_cast<uint32_t>(number));
        }
    }
    const std::vector<model::Field> fields = schema::FieldsOf(asset);
    return {fields[0].number, fields[0].raw};
  }

  // One change of the record at a node. `decides`: the note that goes with a decision.
  void Put(Story* story, size_t at, std::map<uint32_t, std::string> set,
           const rec::ConflictDecision* decides = nullptr) {
    node::Command command;
    command.scope = scope;
    node::Command::Edit& edit = command.edits.emplace_back();
    edit.type = ledger::kAssetType;
    edit.record = story->id;
    for (const auto& [field, raw] : set) {
      if (raw.empty()) {
        edit.cleared.push_back(field);
      } else {
        edit.set.push_back({field, raw});
      }
    }
    if (decides != nullptr) {
      node::Command::Edit note;
      note.type = HouseSchema().TypeOf(*decides)->type;
      note.set = schema::FieldsOf(*decides);
      command.edits.push_back(std::move(note));
      ++decisions;
    }
    c.now += absl::Milliseconds(static_cast<int64_t>(chance() % 3));  // equal times are welcome
    const auto saved = nodes[at]->node->Execute(command, c.now);
    ASSERT_TRUE(saved.ok()) << saved.status();
    story->id = saved->records[0];
    const uint64_t bit = uint64_t{1} << story->writes.size();
    story->writes.push_back({saved->journal.origin, saved->seq, story->knows[at], std::move(set)});
    story->knows[at] |= bit;
    ++writes;
  }

  schema::RecordView View(size_t at, const model::RecordState& state) {
    const node::Node& n = *nodes[at]->node;
    return schema::ViewOf(HouseSchema(), ledger::kAssetType, state,
                          [&](const model::Sibling& s) { return static_cast<int>(n.AuthorTier(s.origin)); });
  }

  model::RecordState StateAt(const Story& story, size_t at) {
    const auto state = nodes[at]->node->Get(ledger::kAssetType, story.id);
    EXPECT_TRUE(state.ok() && *state);
    return state.ok() && *state ? **state : model::RecordState{};
  }

  // A person decides one of the open cards that the node shows. False if there is none.
  bool Decide(Story* story, size_t at) {
    const model::RecordState state = StateAt(*story, at);
    const schema::RecordView view = View(at, state);
    if (view.conflicts.empty()) return false;
    const schema::OpenConflict& card = view.conflicts[chance() % view.conflicts.size()];
    rec::ConflictDecision decision;
    *decision.mutable_record() = schema::ToRef(story->id, scope);
    decision.set_field(card.number);
    decision.set_reason("现场看过");
    const model::FieldState* field = state.Find(card.number);
    for (const model::Sibling& s : field->siblings) {
      rec::Contender* value = decision.add_values();
      value->set_raw(s.raw);
      value->set_origin(s.origin.value);
      value->set_seq(s.seq);
    }
    const std::string chosen = field->siblings[chance() % field->siblings.size()].raw;
    decision.set_chosen(chosen);
    Put(story, at, {{card.number, chosen}}, &decision);
    return true;
  }

  void Check(const Story& story, size_t at, absl::string_view when) {
    if (story.knows[at] == 0) return;
    const model::RecordState state = StateAt(story, at);
    const auto history = nodes[at]->node->History(ledger::kAssetType, story.id);
    ASSERT_TRUE(history.ok()) << history.status();
    EXPECT_EQ(Unreachable(story, story.knows[at], state, *history), "") << when << ", node " << at;
    const schema::RecordView view = View(at, state);
    EXPECT_EQ(WrongCard(story, story.knows[at], state, view), "") << when << ", node " << at;
    cards += view.conflicts.size();
    contested += view.deletion_contested;
  }

  Story Tell() {
    Story story;
    Put(&story, chance() % kNodes, {Value()});
    const size_t steps = 8 + chance() % 30;
    for (size_t i = 0; i < steps && !::testing::Test::HasFatalFailure(); ++i) {
      const size_t at = chance() % kNodes;
      if (chance() % 3 == 0) {
        Together(&story, 1 + chance() % 3);
      } else if (story.knows[at] == 0) {
        continue;
      } else if (chance() % 8 != 0 || !Decide(&story, at)) {
        std::map<uint32_t, std::string> set;
        for (size_t k = 1 + chance() % 3; k > 0; --k) set.insert(Value());
        if (chance() % 8 == 0) set[kWhere].clear();
        Put(&story, at, std::move(set));
      }
    }
    for (size_t at = 0; at < kNodes; ++at) Check(story, at, "apart");
    Everybody(&story);
    for (size_t at = 0; at < kNodes; ++at) {
      Check(story, at, "together");
      EXPECT_EQ(StateAt(story, at), StateAt(story, 0));
    }
    return story;
  }

  // One person decides all that is open; then nothing is open anywhere, and nothing was lost by it.
  void Close(Story* story) {
    const size_t at = chance() % kNodes;
    for (int left = 64; left > 0 && story->writes.size() < 64 && Decide(story, at); --left) {
    }
    Everybody(story);
    for (size_t n = 0; n < kNodes; ++n) {
      Check(*story, n, "decided");
      const model::RecordState state = StateAt(*story, n);
      EXPECT_TRUE(View(n, state).conflicts.empty()) << "node " << n;
      EXPECT_EQ(state, StateAt(*story, 0));
    }
  }
};

uint64_t FirstSeed() {
  uint64_t seed = 1;
  const char* text = std::getenv("GUANHU_SEED");
  EXPECT_TRUE(text == nullptr || absl::SimpleAtoi(text, &seed)) << text;
  return seed;
}
bool Long() {
  const char* text = std::getenv("GUANHU_LONG");
  return text != nullptr && *text != '\0' && *text != '0';
}

TEST(TwoPeople, NoWrittenValueIsOutOfReach) {
  const uint64_t stories = Long() ? 10'000 : 200, first = FirstSeed();
  constexpr uint64_t kEach = 10;  // records told in one county
  size_t writes = 0, cards = 0, decisions = 0, contested = 0;
  for (uint64_t s = 0; s < stories && !HasFailure(); s += kEach) {
    SCOPED_TRACE(absl::StrCat("GUANHU_SEED=", first + s));
    County county(first + s);
    for (uint64_t i = 0; i < kEach && !HasFailure(); ++i) {
      Story story = county.Tell();
      county.Close(&story);
    }
    for (RealNode* n : county.nodes) {
      EXPECT_THAT(n->events.errors, ::testing::IsEmpty());
      EXPECT_TRUE(n->node->Held().empty());
      size_t notes = 0;
      EXPECT_TRUE(n->node
                      ->Visit(county.scope, 20,
                              [&](uint32_t, const RecordId&, const model::RecordState&) { return ++notes > 0; })
                      .ok());
      EXPECT_EQ(notes, county.decisions) << "each decision keeps its reason";
    }
    writes += county.writes;
    cards += county.cards;
    decisions += county.decisions;
    contested += county.contested;
  }
  EXPECT_GT(cards, stories / 4);
  EXPECT_GT(decisions, stories / 10);
  EXPECT_GT(contested, 0u);
  printf("%zu records, %zu writes, %zu cards seen, %zu decisions, %zu contested deletions\n",
         static_cast<size_t>(stories), writes, cards, decisions, contested);
}

TEST(TwoPeople, DifferentFieldsNeverMakeACard) {
  County county(FirstSeed());
  Story story;
  county.Put(&story, 1,
             {{kName, schema::FieldsOf([] {
                        rec::Asset a;
                        a.set_name("泵房");
                        return a;
                      }())[0]
                          .raw}});
  county.Everybody(&story);
  rec::Asset name, where, served;
  name.set_name("东头泵房");
  where.set_location_text("村东");
  served.set_households_served(40);
  county.Put(&story, 2, {{kName, schema::FieldsOf(name)[0].raw}});
  county.Put(&story, 3, {{kWhere, schema::FieldsOf(where)[0].raw}});
  county.Put(&story, 0, {{kServed, schema::FieldsOf(served)[0].raw}});
  county.Everybody(&story);
  for (size_t at = 0; at < kNodes; ++at) {
    const schema::RecordView view = county.View(at, county.StateAt(story, at));
    EXPECT_TRUE(view.conflicts.empty());
    EXPECT_EQ(view.fields.size(), 3u);
    county.Check(story, at, "together");
  }
  EXPECT_EQ(county.cards, 0u);
}

// Controls: the checks above find what they look for.
TEST(TwoPeople, ALostValueIsFound) {
  County county(FirstSeed());
  const Story story = county.Tell();
  const uint64_t all = story.knows[0];
  const model::RecordState state = county.StateAt(story, 0);
  const auto history = county.c.city.node->History(ledger::kAssetType, story.id);
  ASSERT_TRUE(history.ok());
  ASSERT_EQ(Unreachable(story, all, state, *history), "");
  for (size_t i = 0; i < history->size(); ++i) {
    std::vector<node::HistoryItem> fewer = *history;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_NE(Unreachable(story, all, state, fewer), "") << "history without item " << i;
  }
  for (size_t f = 0; f < state.fields.size(); ++f) {
    model::RecordState fewer = state;
    fewer.fields[f].siblings.pop_back();
    EXPECT_NE(Unreachable(story, all, fewer, *history), "")
        << "field " << state.fields[f].number << " without a sibling";
  }
  schema::RecordView view = county.View(0, state);
  view.conflicts.push_back({kServed + 1, nullptr, schema::Conflict::kCard, {}, {}});
  const model::FieldState& any = state.fields[0];
  view.conflicts.back().number = any.number;
  view.conflicts.back().others = {any.siblings[0]};
  view.conflicts.back().shown.raw = "another";
  EXPECT_NE(WrongCard(story, all, state, view), "");
}

}  // namespace
}  // namespace guanhu::testing
