#include "common/plate/pdf.h"

#include <cairo-pdf.h>
#include <cairo.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/plate/fonts.h"
#include "common/plate/qr.h"
#include "common/plate/token.h"

namespace guanhu::plate {
namespace {

constexpr double kPointsPerMm = 72.0 / 25.4;
constexpr double kPageWidth = 210, kPageHeight = 297;

struct SurfaceDestroy {
  void operator()(cairo_surface_t* s) const { cairo_surface_destroy(s); }
};
struct ContextDestroy {
  void operator()(cairo_t* c) const { cairo_destroy(c); }
};

cairo_status_t Append(void* out, const unsigned char* data, unsigned int size) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(data), size);
  return CAIRO_STATUS_SUCCESS;
}

std::string NamesOf(const Plate& p) { return absl::StrCat(p.name, p.place, p.caption, "…"); }

absl::Status Check(absl::Span<const Plate> plates, const PdfOptions& o) {
  if (plates.empty())
    return absl::InvalidArgumentError("there are no plates to print; choose assets that have a token");
  if (plates.size() > kPlatesMax) {
    return absl::ResourceExhaustedError(
        absl::StrCat(plates.size(), " plates are too many for one file; print at most ", kPlatesMax, " at a time"));
  }
  if (o.columns < 1 || o.columns > 4 || o.rows < 1 || o.rows > 12 || !(o.margin_mm >= 0 && o.margin_mm <= 40)) {
    return absl::InvalidArgumentError(
        "a page holds 1 to 4 columns and 1 to 12 rows of plates within a margin of 0 to 40 "
        "mm; choose another layout");
  }
  return absl::OkStatus();
}

// One page after the other, in millimetres.
class Printer {
 public:
  Printer(cairo_t* cairo, const Fonts& fonts) : cairo_(cairo), fonts_(fonts) {}

  absl::Status Print(const Plate& plate, double x, double y, double width, double height, bool names) {
    GUANHU_ASSIGN_OR_RETURN(const Qr qr, MakeQr(plate.payload));
    const Layout layout = LayOut(plate, width, height, names);
    cairo_save(cairo_);
    cairo_translate(cairo_, x, y);
    cairo_set_source_rgb(cairo_, 0.7, 0.7, 0.7);  // where to cut
    cairo_set_line_width(cairo_, 0.1);
    cairo_rectangle(cairo_, 0, 0, width, height);
    cairo_stroke(cairo_);
    cairo_set_source_rgb(cairo_, 0, 0, 0);
    Code(qr, layout);
    for (const Line& line : layout.lines) Text(line);
    cairo_restore(cairo_);
    return absl::OkStatus();
  }

 private:
  void Code(const Qr& qr, const Layout& layout) {
    const double module = layout.qr_side / (qr.size + 2 * kQuietModules);
    for (int row = 0; row < qr.size; ++row) {
      for (int column = 0; column < qr.size; ++column) {
        if (!qr.At(column, row)) continue;
        const int start = column;
        while (column + 1 < qr.size && qr.At(column + 1, row)) ++column;
        cairo_rectangle(cairo_, layout.qr_x + (start + kQuietModules) * module,
                        layout.qr_y + (row + kQuietModules) * module, (column - start + 1) * module, module);
      }
    }
    cairo_fill(cairo_);
  }

  void Text(const Line& line) {
    const std::vector<Fonts::Run> runs = fonts_.RunsOf(line.text);
    cairo_set_font_size(cairo_, line.size);
    double width = 0;
    for (const Fonts::Run& run : runs) {
      cairo_set_font_face(cairo_, run.face);
      cairo_text_extents_t extents;
      cairo_text_extents(cairo_, run.utf8.c_str(), &extents);
      width += extents.x_advance;
    }
    // The layout only estimates; wider fonts are set smaller.
    if (width > line.width) cairo_set_font_size(cairo_, line.size * line.width / width);
    cairo_move_to(cairo_, line.x, line.y);
    for (const Fonts::Run& run : runs) {
      cairo_set_font_face(cairo_, run.face);
      cairo_show_text(cairo_, run.utf8.c_str());
    }
  }

  cairo_t* const cairo_;
  const Fonts& fonts_;
};

std::string Note(size_t plates, const std::set<char32_t>& missing) {
  std::vector<char32_t> some;
  for (char32_t c : missing) {
    if (some.size() < 8) some.push_back(c);
  }
  return absl::StrCat(plates, " plates carry their code only: no font of this computer has the characters ",
                      ToUtf8(some), missing.size() > some.size() ? "…" : "",
                      "; install a font that has them, such as the package fonts-noto-cjk, and print again");
}

}  // namespace

absl::StatusOr<Pdf> PlatesPdf(absl::Span<const Plate> plates, const PdfOptions& options) {
  GUANHU_RETURN_IF_ERROR(Check(plates, options));
  std::set<char32_t> chars;
  for (const Plate& p : plates) {
    for (char32_t c : CharsOf(absl::StrCat(NamesOf(p), p.code, ShowToken(p.token)))) chars.insert(c);
  }
  GUANHU_ASSIGN_OR_RETURN(const std::unique_ptr<Fonts> fonts, Fonts::Find(chars, options.font_folder));
  Pdf out;
  const std::unique_ptr<cairo_surface_t, SurfaceDestroy> surface(
      cairo_pdf_surface_create_for_stream(Append, &out.bytes, kPageWidth * kPointsPerMm, kPageHeight * kPointsPerMm));
  const std::string created = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", options.created, absl::UTCTimeZone());
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE, created.c_str());
  const std::unique_ptr<cairo_t, ContextDestroy> cairo(cairo_create(surface.get()));
  cairo_scale(cairo.get(), kPointsPerMm, kPointsPerMm);
  Printer printer(cairo.get(), *fonts);
  const double width = (kPageWidth - 2 * options.margin_mm) / options.columns;
  const double height = (kPageHeight - 2 * options.margin_mm) / options.rows;
  const auto columns = static_cast<size_t>(options.columns);
  const size_t on_page = columns * static_cast<size_t>(options.rows);
  for (size_t i = 0; i < plates.size(); ++i) {
    const size_t slot = i % on_page;
    const Plate& p = plates[i];
    if (!fonts->Covers(absl::StrCat(p.code, ShowToken(p.token)))) {
      return absl::FailedPreconditionError(absl::StrCat("no font of this computer has the characters of the code \"",
                                                        p.code, "\"; install the package fonts-noto-cjk"));
    }
    const bool names = fonts->Covers(absl::StrCat(p.name, p.place, p.caption));
    out.without_names += names ? 0 : 1;
    GUANHU_RETURN_IF_ERROR(printer.Print(p, options.margin_mm + static_cast<double>(slot % columns) * width,
                                         options.margin_mm + static_cast<double>(slot / columns) * height, width,
                                         height, names));
    if (slot + 1 == on_page || i + 1 == plates.size()) {
      cairo_show_page(cairo.get());
      ++out.pages;
    }
  }
  cairo_surface_finish(surface.get());
  if (cairo_status(cairo.get()) != CAIRO_STATUS_SUCCESS) {
    return absl::InternalError(
        absl::StrCat("the plates cannot be drawn: ", cairo_status_to_string(cairo_status(cairo.get())), "; report it"));
  }
  if (out.without_names > 0) out.note = Note(out.without_names, fonts->missing());
  return out;
}

}  // namespace guanhu::plate
