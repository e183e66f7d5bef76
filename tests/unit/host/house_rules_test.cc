#include "common/host/house_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "guanhu/records/v1/people.pb.h"
#include "guanhu/records/v1/public.pb.h"
#include "tests/support/real_county.h"

namespace guanhu::testing {
namespace {

using ::testing::HasSubstr;

absl::Status Write(RealNode& n, const base::ScopeId& scope, const google::protobuf::Message& message,
                   absl::Time now) {
  node::Command::Edit edit;
  edit.type = HouseSchema().TypeOf(message)->type;
  edit.set = schema::FieldsOf(message);
  return n.node->Execute(node::Command{"", scope, {}, {edit}}, now).status();
}

// What is personal must never be written where everybody below the place holds it.
TEST(HouseRules, PersonalRecordsAreNeverPublished) {
  RealCounty c;
  rec::Person person;
  person.set_name("王");
  rec::ReportContact contact;
  contact.set_phone("139");
  for (const google::protobuf::Message* m : {static_cast<const google::protobuf::Message*>(&person),
                                             static_cast<const google::protobuf::Message*>(&contact)}) {
    const absl::Status refused = Write(*c.town, {c.town_place, base::Visibility::kPublished}, *m, c.now);
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << refused;
    EXPECT_THAT(std::string(refused.message()), HasSubstr("cannot be published"));
    EXPECT_TRUE(Write(*c.town, RealCounty::Internal(c.town_place), *m, c.now).ok());
  }
}

// A node whose rules were bent sends one all the same: it is held, and no ledger or list shows it.
TEST(HouseRules, APublishedPersonFromElsewhereIsHeld) {
  class Bent final : public node::Rules {
   public:
    explicit Bent(const node::Rules& house) : house_(house) {}
    absl::Status CheckEdit(const model::Edit&, bool, domain::Tier) const override { return absl::OkStatus(); }
    bool IsDirectoryType(uint32_t type) const override { return house_.IsDirectoryType(type); }
    std::optional<domain::PlaceRow> ReadPlace(uint32_t t, const base::RecordId& id,
                                              const model::RecordState& s) const override {
      return house_.ReadPlace(t, id, s);
    }
    std::optional<domain::DeviceRow> ReadDevice(uint32_t t, const base::RecordId& id,
                                                const model::RecordState& s) const override {
      return house_.ReadDevice(t, id, s);
    }
    void RenameReferences(uint32_t, model::Edit&,
                          const std::function<std::optional<base::RecordId>(const base::RecordId&)>&) const override {}

   private:
    const node::Rules& house_;
  };
  RealCounty c;
  const Bent bent(c.town->rules);
  c.town->node.reset();
  node::NodeConfig config{c.county, c.town_place, domain::Tier::kTownship, false};
  c.town->node = node::Node::Open(c.town->mem.get(), &c.town->trust, &bent, &c.town->random, &c.town->events, config).value();
  c.town->exchange = std::make_unique<node::Exchange>(c.town->node.get());
  rec::Person person;
  person.set_name("王");
  ASSERT_TRUE(Write(*c.town, {c.town_place, base::Visibility::kPublished}, person, c.now).ok());
  Meet(*c.town, c.city, c.now);
  EXPECT_EQ(c.city.node->Held().size(), 1u);
}

}  // namespace
}  // namespace guanhu::testing
