#include "common/schema/view.h"

#include "common/schema/fields.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "guanhu/records/v1/asset.pb.h"

namespace guanhu::schema {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
namespace rec = guanhu::records::v1;

constexpr uint32_t kAsset = 11;

const Schema& TheSchema() {
  static const auto& schema = *new Schema(Schema::Build().value());
  return schema;
}

// Two authors of one record, as the engine would apply them.
class View : public ::testing::Test {
 protected:
  void Edit(uint64_t origin, uint64_t seq, const rec::Asset& set, model::VersionVector context, int64_t wall_ms = 0) {
    model::Edit edit;
    edit.type = kAsset;
    edit.set = FieldsOf(set);
    edit.full_context = true;
    edit.context = std::move(context);
    const model::EditPlace at{
        base::Origin{origin}, seq, static_cast<uint32_t>(seq), {wall_ms, model::ClockQuality::kSynced}, {}};
    model::Apply(state_, edit, at, true, [](const model::ContextEntry&) { return true; });
  }
  static model::ContextEntry Seen(uint64_t origin, uint64_t seq) {
    return {base::Origin{origin}, seq, static_cast<uint32_t>(seq)};
  }
  RecordView Get(uint32_t type = kAsset) {
    return ViewOf(TheSchema(), type, state_, [](const model::Sibling& s) { return static_cast<int>(s.origin.value); });
  }
  rec::Asset Message(const RecordView& view) {
    auto parsed = ParseRecord(TheSchema(), kAsset, view.fields).value();
    rec::Asset a;
    a.CopyFrom(*parsed);
    return a;
  }
  static rec::Asset Named(const std::string& name) {
    rec::Asset a;
    a.set_name(name);
    return a;
  }
  static rec::Asset Deleted(bool deleted = true) {
    rec::Asset a;
    a.set_deleted(deleted);
    return a;
  }

  model::RecordState state_;
};

TEST_F(View, DifferentFieldsMakeNoCard) {
  rec::Asset one, two;
  one.set_location_text("村口");
  two.set_households_served(12);
  Edit(1, 1, Named("井"), {});
  Edit(1, 2, one, {});
  Edit(2, 1, two, {Seen(1, 1)});
  const RecordView view = Get();
  EXPECT_THAT(view.conflicts, IsEmpty());
  EXPECT_EQ(Message(view).location_text(), "村口");
  EXPECT_EQ(Message(view).households_served(), 12u);
}

TEST_F(View, TwoNamesMakeACard) {
  Edit(1, 1, Named("井"), {}, 1);
  Edit(1, 2, Named("东井"), {}, 20);
  Edit(2, 1, Named("西井"), {Seen(1, 1)}, 10);
  const RecordView view = Get();
  EXPECT_EQ(Message(view).name(), "东井");
  ASSERT_THAT(view.conflicts, SizeIs(1));
  EXPECT_EQ(view.conflicts[0].number, 3u);
  EXPECT_EQ(view.conflicts[0].kind, Conflict::kCard);
  EXPECT_EQ(view.conflicts[0].shown.origin.value, 1u);
  ASSERT_THAT(view.conflicts[0].others, SizeIs(1));
  EXPECT_EQ(view.conflicts[0].others[0].origin.value, 2u);
}

TEST_F(View, AttributesOfTheTypeMergeOneByOne) {
  rec::Asset one, two;
  one.GetReflection()->MutableUnknownFields(&one)->AddVarint(2001, 5);
  two.GetReflection()->MutableUnknownFields(&two)->AddVarint(2002, 9);
  Edit(1, 1, one, {});
  Edit(2, 1, two, {});
  const RecordView view = Get();
  EXPECT_THAT(view.fields, SizeIs(2));
  EXPECT_THAT(view.conflicts, IsEmpty());
}

TEST_F(View, GroupsComeFromOneEdit) {
  rec::Asset one, two;
  one.set_quantity(12);
  one.set_quantity_unit("盏");
  two.set_quantity(350);
  two.set_quantity_unit("米");
  Edit(2, 1, one, {}, 1);   // origin 2: township
  Edit(1, 1, two, {}, 50);  // village, later
  const rec::Asset shown = Message(Get());
  EXPECT_EQ(shown.quantity(), 12);
  EXPECT_EQ(shown.quantity_unit(), "盏");
}

TEST_F(View, ADeletionThatSawEverythingStands) {
  Edit(1, 1, Named("井"), {});
  Edit(2, 1, Deleted(), {Seen(1, 1)});
  const RecordView view = Get();
  EXPECT_TRUE(view.deleted);
  EXPECT_FALSE(view.deletion_contested);
  EXPECT_THAT(view.conflicts, IsEmpty());
}

TEST_F(View, AnEditBesideADeletionKeepsTheRecordAndTells) {
  Edit(1, 1, Named("井"), {});
  Edit(2, 1, Deleted(), {Seen(1, 1)});
  Edit(1, 2, Named("东井"), {});
  const RecordView view = Get();
  EXPECT_FALSE(view.deleted);
  EXPECT_TRUE(view.deletion_contested);
  ASSERT_THAT(view.conflicts, SizeIs(1));
  EXPECT_EQ(view.conflicts[0].number, kDeletedField);
  EXPECT_EQ(Message(view).name(), "东井");
  EXPECT_FALSE(Message(view).deleted());
}

TEST_F(View, SameWhateverTheOrder) {
  Edit(1, 1, Named("井"), {});
  Edit(1, 2, Named("东井"), {});
  Edit(2, 1, Deleted(), {Seen(1, 1)});
  EXPECT_TRUE(Get().deletion_contested);
}

TEST_F(View, TakingADeletionBack) {
  Edit(1, 1, Named("井"), {});
  Edit(2, 1, Deleted(), {Seen(1, 1)});
  Edit(1, 2, Deleted(false), {Seen(2, 1)});
  const RecordView view = Get();
  EXPECT_FALSE(view.deleted);
  EXPECT_FALSE(view.deletion_contested);
}

TEST_F(View, ADeletionOfItsOwnRecord) {
  Edit(1, 1, Named("井"), {});
  Edit(1, 2, Deleted(), {});
  EXPECT_TRUE(Get().deleted);
  Edit(1, 3, Named("又用了"), {});
  EXPECT_FALSE(Get().deleted);
}

TEST_F(View, ATypeOfANewerVersionIsKept) {
  Edit(1, 1, Named("a"), {}, 1);
  Edit(2, 1, Named("b"), {}, 2);
  const RecordView view = Get(9999);
  EXPECT_THAT(view.fields, SizeIs(1));
  EXPECT_THAT(view.conflicts, IsEmpty());
}

}  // namespace
}  // namespace guanhu::schema
