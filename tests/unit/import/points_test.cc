#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/geo/distance.h"
#include "common/import/importer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "guanhu/records/v1/asset.pb.h"

namespace guanhu::import {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
namespace rec = guanhu::records::v1;

const schema::Schema& TheSchema() {
  static const auto& schema = *new schema::Schema(schema::Schema::Build().value());
  return schema;
}

constexpr char kLat[] = R"(
[[record.field]]
field = "point"
into = "lat_e7"
column = "lat"
factor = "10000000"
element = { source = "POINT_SOURCE_IMPORT" }
)";
constexpr char kLon[] = R"(
[[record.field]]
field = "point"
into = "lon_e7"
column = "lon"
factor = "10000000"
)";

std::string Toml(const std::string& top, const std::string& record, const std::string& fields) {
  return absl::StrCat(top, "\n[[record]]\ntype = \"Asset\"\nkey = [\"code\"]\n", record, fields);
}

RowResult One(const std::string& toml, const std::string& cells) {
  const Mapping mapping = ParseMapping(TheSchema(), toml).value();
  auto importer = Importer::Open(TheSchema(), mapping, "code,lat,lon\n" + cells + "\n").value();
  RowResult row;
  EXPECT_TRUE(importer->Next(row));
  return row;
}

geo::Wgs PointOf(const RowResult& row) {
  EXPECT_THAT(row.records, SizeIs(1));
  if (row.records.empty()) return {};
  rec::Asset a;
  a.CopyFrom(*row.records[0].message);
  EXPECT_EQ(a.point().source(), rec::POINT_SOURCE_IMPORT);
  return {a.point().lat_e7(), a.point().lon_e7()};
}

TEST(Datum, PointsOfAMapAreMovedOnTheWayIn) {
  const geo::Wgs truth{370270000, 1119130000};
  const geo::Gcj drawn = geo::ToGcj(truth);
  const auto degrees = [](int32_t e7) { return absl::StrFormat("%d.%07d", e7 / 10000000, e7 % 10000000); };
  const std::string cells = absl::StrCat("W1,", degrees(drawn.lat_e7), ",", degrees(drawn.lon_e7));
  for (const std::string& toml : {Toml("datum = \"gcj02\"", "", absl::StrCat(kLat, kLon)),
                                  Toml("", "datum = \"gcj02\"", absl::StrCat(kLat, kLon))}) {
    const geo::Wgs got = PointOf(One(toml, cells));
    EXPECT_NEAR(got.lat_e7, truth.lat_e7, 1);
    EXPECT_NEAR(got.lon_e7, truth.lon_e7, 1);
  }
  // Control: without the datum the same cells land half a kilometre away.
  for (const std::string& toml : {Toml("", "", absl::StrCat(kLat, kLon)),
                                  Toml("datum = \"gcj02\"", "datum = \"wgs84\"", absl::StrCat(kLat, kLon))}) {
    EXPECT_GT(geo::DistanceDm(PointOf(One(toml, cells)), truth), 5000);
  }
}

TEST(Datum, HalfAPointIsAnErrorAndNoPointIsNone) {
  const std::string toml = Toml("datum = \"gcj02\"", "", absl::StrCat(kLat, kLon));
  EXPECT_THAT(One(toml, "W1,37.0,").errors[0].reason, HasSubstr("is not a point"));
  EXPECT_THAT(One(toml, "W1,137.0,111.9").errors[0].reason, HasSubstr("is not a point"));
  const RowResult none = One(toml, "W1,,");
  EXPECT_THAT(none.errors, IsEmpty());
  rec::Asset a;
  a.CopyFrom(*none.records[0].message);
  EXPECT_FALSE(a.has_point());
}

TEST(Datum, MappingsThatCannotMeanItAreRefused) {
  const auto why = [](const std::string& toml) {
    const auto mapping = ParseMapping(TheSchema(), toml);
    EXPECT_FALSE(mapping.ok());
    return std::string(mapping.status().message());
  };
  EXPECT_THAT(why(Toml("datum = \"bd09\"", "", absl::StrCat(kLat, kLon))), HasSubstr("\"gcj02\""));
  EXPECT_THAT(why(Toml("datum = \"gcj02\"", "", kLat)), HasSubstr("needs both lat_e7 and lon_e7"));
  EXPECT_THAT(why(Toml("datum = \"gcj02\"", "", "")), HasSubstr("no effect"));
  EXPECT_THAT(why(Toml("", "datum = \"gcj02\"", "")), HasSubstr("no effect"));
}

}  // namespace
}  // namespace guanhu::import
