#include <filesystem>
#include <fstream>

#include "common/plate/layout.h"
#include "common/plate/pdf.h"
#include "common/plate/qr.h"
#include "common/plate/svg.h"
#include "common/plate/token.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace guanhu::plate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Plate APlate(const std::string& name = "村东<水>井&房") {
  const std::string token = TokenOf(12345678901);
  return {PayloadOf("https://gh.example/q/", token).value(), token, "JX-0781-001", name, "连福镇 张壁村", "扫码报修"};
}

size_t CountOf(const std::string& text, const std::string& what) {
  size_t n = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(Qr, HasTheThreeFindersAndOneSizeForOneLength) {
  const Qr qr = MakeQr(APlate().payload).value();
  EXPECT_EQ(qr.size, 29);  // version 3: seen from arm's length on 40 mm
  for (const auto& [x, y] : {std::pair{0, 0}, {qr.size - 7, 0}, {0, qr.size - 7}}) {
    for (int i = 0; i < 7; ++i) {
      EXPECT_TRUE(qr.At(x + i, y) && qr.At(x + i, y + 6) && qr.At(x, y + i) && qr.At(x + 6, y + i));
    }
    EXPECT_FALSE(qr.At(x + 1, y + 1));
    EXPECT_TRUE(qr.At(x + 3, y + 3));
  }
  EXPECT_FALSE(MakeQr("").ok());
  EXPECT_TRUE(MakeQr(std::string(256, 'x')).ok());
  EXPECT_FALSE(MakeQr(std::string(257, 'x')).ok());
}

TEST(Layout, TextStaysBesideTheCode) {
  for (const char* name : {"井", "张壁村东街与西街交叉口公共厕所改造提升工程附属化粪池及排水管道第二期",
                           "a very long name in latin letters, longer than the plate"}) {
    for (const auto& [w, h] : {std::pair{95.0, 55.4}, {50.0, 25.0}, {190.0, 277.0}}) {
      const Layout layout = LayOut(APlate(name), w, h, true);
      EXPECT_LE(layout.qr_y + layout.qr_side, h);
      for (const Line& line : layout.lines) {
        EXPECT_GT(line.x, layout.qr_x + layout.qr_side);
        EXPECT_LE(line.x + WidthOf(line.text) * line.size, w) << line.text;
        EXPECT_LE(line.y, h) << line.text;
      }
    }
  }
}

TEST(Layout, ANameThatNoSizeHoldsIsCutVisibly) {
  std::string name;
  for (int i = 0; i < 100; ++i) name += "村";
  const Layout layout = LayOut(APlate(name), 95, 55, true);
  EXPECT_THAT(layout.lines[2].text, HasSubstr("…"));
  EXPECT_EQ(layout.lines[3].text, "JX-0781-001");
}

TEST(Layout, WithoutNamesOnlyTheCodesStand) {
  const Layout layout = LayOut(APlate(), 95, 55, false);
  ASSERT_EQ(layout.lines.size(), 2u);
  EXPECT_EQ(layout.lines[0].text, "JX-0781-001");
  EXPECT_EQ(layout.lines[1].text, ShowToken(APlate().token));
}

TEST(Svg, HoldsTheModulesAndTheText) {
  const std::string svg = PlateSvg(APlate(), 95, 55).value();
  EXPECT_THAT(svg, HasSubstr("村东&lt;水&gt;井&amp;房"));
  EXPECT_THAT(svg, HasSubstr(">JX-0781-001<"));
  EXPECT_THAT(svg, HasSubstr(">连福镇 张壁村<"));
  // The path's runs are the code's modules.
  const Qr qr = MakeQr(APlate().payload).value();
  size_t runs = 0;
  for (int y = 0; y < qr.size; ++y) {
    for (int x = 0; x < qr.size; ++x) runs += qr.At(x, y) && (x == 0 || !qr.At(x - 1, y)) ? 1 : 0;
  }
  EXPECT_EQ(CountOf(svg, "M"), runs + (svg.find("Microsoft") != std::string::npos ? 1 : 0));
  EXPECT_THAT(svg, HasSubstr("d=\"M0 0h7v1H0z"));
  EXPECT_FALSE(PlateSvg(APlate(), 5, 5).ok());
}

class Pdfs : public ::testing::Test {
 protected:
  // Fonts without ideographs, from the package that every desktop and cairo itself bring.
  static constexpr char kLatin[] = "/usr/share/fonts/truetype/dejavu";
};

TEST_F(Pdfs, PagesAreFilledInOrder) {
  PdfOptions options;
  options.created = absl::FromUnixSeconds(1772294400);
  const std::vector<Plate> plates(21, APlate());
  const auto pdf = PlatesPdf(plates, options);
  ASSERT_TRUE(pdf.ok()) << pdf.status();
  EXPECT_EQ(pdf->pages, 3u);
  EXPECT_EQ(CountOf(pdf->bytes, "/Type /Page %"), 3u);
  EXPECT_EQ(pdf->bytes.substr(0, 5), "%PDF-");
  EXPECT_THAT(pdf->bytes, HasSubstr("/CreationDate (20260228160000"));
  EXPECT_EQ(PlatesPdf(plates, options)->bytes, pdf->bytes);  // the same order gives the same file
}

TEST_F(Pdfs, NamesAreEmbeddedWhereAFontHasThem) {
  const auto pdf = PlatesPdf({APlate()}, {});
  ASSERT_TRUE(pdf.ok()) << pdf.status();
  if (pdf->without_names > 0) GTEST_SKIP() << pdf->note;
  EXPECT_EQ(pdf->note, "");
  EXPECT_GE(CountOf(pdf->bytes, "/FontFile"), 1u);
}

TEST_F(Pdfs, WithoutAFontForThemNamesAreLeftOutAndItIsSaid) {
  if (!std::filesystem::exists(kLatin)) GTEST_SKIP() << "no fonts at " << kLatin;
  PdfOptions options;
  options.font_folder = kLatin;
  const auto pdf = PlatesPdf({APlate(), APlate("Pump")}, options);
  ASSERT_TRUE(pdf.ok()) << pdf.status();
  EXPECT_EQ(pdf->without_names, 2u);  // the place is Chinese in both
  EXPECT_THAT(pdf->note, HasSubstr("2 plates carry their code only"));
  EXPECT_THAT(pdf->note, HasSubstr("fonts-noto-cjk"));
  Plate latin = APlate("Pump");
  latin.place = latin.caption = "";
  EXPECT_EQ(PlatesPdf({latin}, options)->without_names, 0u);
}

TEST_F(Pdfs, WithoutAnyFontThereIsASentence) {
  const std::string empty = ::testing::TempDir() + "/plate_no_fonts";
  std::filesystem::create_directories(empty);
  PdfOptions options;
  options.font_folder = empty;
  const absl::Status status = PlatesPdf({APlate()}, options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no font"));
}

TEST_F(Pdfs, WrongOrdersAreRefused) {
  EXPECT_EQ(PlatesPdf({}, {}).status().code(), absl::StatusCode::kInvalidArgument);
  PdfOptions wide;
  wide.columns = 9;
  EXPECT_EQ(PlatesPdf({APlate()}, wide).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PlatesPdf(std::vector<Plate>(5001, APlate()), {}).status().code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace guanhu::plate
