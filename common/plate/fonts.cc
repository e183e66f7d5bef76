#include "common/plate/fonts.h"

#include <cairo-ft.h>
#include <fontconfig/fontconfig.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace guanhu::plate {
namespace {

struct ConfigDestroy {
  void operator()(FcConfig* c) const { FcConfigDestroy(c); }
};
struct SetDestroy {
  void operator()(FcFontSet* s) const { FcFontSetDestroy(s); }
};
struct ObjectsDestroy {
  void operator()(FcObjectSet* o) const { FcObjectSetDestroy(o); }
};
struct PatternDestroy {
  void operator()(FcPattern* p) const { FcPatternDestroy(p); }
};
using Config = std::unique_ptr<FcConfig, ConfigDestroy>;

std::string TextOf(FcPattern* font, const char* object) {
  FcChar8* text = nullptr;
  if (FcPatternGetString(font, object, 0, &text) != FcResultMatch) return "";
  return reinterpret_cast<const char*>(text);
}

int NumberOf(FcPattern* font, const char* object, int otherwise) {
  int value = otherwise;
  return FcPatternGetInteger(font, object, 0, &value) == FcResultMatch ? value : otherwise;
}

// A font that may be embedded and read from afar: upright, regular, with outlines. Lower is better.
struct Candidate {
  FcPattern* pattern = nullptr;
  int rank = 0;
  std::string name;
};

std::vector<Candidate> Candidates(const FcFontSet& set) {
  std::vector<Candidate> out;
  for (int i = 0; i < set.nfont; ++i) {
    FcPattern* const font = set.fonts[i];
    const std::string family = TextOf(font, FC_FAMILY);
    FcBool outline = FcFalse;
    FcPatternGetBool(font, FC_OUTLINE, 0, &outline);
    if (outline == FcFalse || NumberOf(font, FC_SLANT, 0) != FC_SLANT_ROMAN) continue;
    const bool regular = NumberOf(font, FC_WEIGHT, FC_WEIGHT_REGULAR) == FC_WEIGHT_REGULAR;
    const bool sans = absl::StrContains(family, "Sans") || absl::StrContains(family, "Hei");
    const bool narrow = absl::StrContains(family, "Condensed") || absl::StrContains(family, "Mono");
    const bool mainland = absl::StrContains(family, " SC") || absl::StrContains(family, "CN");
    out.push_back({font, (regular ? 0 : 8) + (narrow ? 4 : 0) + (sans ? 0 : 2) + (mainland ? 0 : 1),
                   absl::StrCat(family, " ", TextOf(font, FC_FILE), " ", NumberOf(font, FC_INDEX, 0))});
  }
  std::sort(out.begin(), out.end(),
            [](const Candidate& a, const Candidate& b) { return std::tie(a.rank, a.name) < std::tie(b.rank, b.name); });
  return out;
}

std::set<char32_t> Having(FcPattern* font, const std::set<char32_t>& chars) {
  std::set<char32_t> out;
  FcCharSet* has = nullptr;
  if (FcPatternGetCharSet(font, FC_CHARSET, 0, &has) != FcResultMatch) return out;
  for (char32_t c : chars) {
    if (FcCharSetHasChar(has, static_cast<FcChar32>(c)) == FcTrue) out.insert(c);
  }
  return out;
}

Config Open(const std::string& folder) {
  if (folder.empty()) return Config(FcInitLoadConfigAndFonts());
  Config config(FcConfigCreate());
  FcConfigAppFontAddDir(config.get(), reinterpret_cast<const FcChar8*>(folder.c_str()));
  return config;
}

}  // namespace

std::vector<char32_t> CharsOf(absl::string_view utf8) {
  std::vector<char32_t> out;
  while (!utf8.empty()) {
    FcChar32 c = 0;
    const int n = FcUtf8ToUcs4(reinterpret_cast<const FcChar8*>(utf8.data()), &c, static_cast<int>(utf8.size()));
    if (n > 0 && c >= 0x20) out.push_back(static_cast<char32_t>(c));
    utf8.remove_prefix(n > 0 ? static_cast<size_t>(n) : 1);
  }
  return out;
}

std::string ToUtf8(absl::Span<const char32_t> chars) {
  std::string out;
  for (char32_t c : chars) {
    FcChar8 bytes[FC_UTF8_MAX_LEN];
    const int n = FcUcs4ToUtf8(static_cast<FcChar32>(c), bytes);
    out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(n));
  }
  return out;
}

Fonts::~Fonts() {
  for (const Font& f : fonts_) cairo_font_face_destroy(f.face);
}

absl::StatusOr<std::unique_ptr<Fonts>> Fonts::Find(const std::set<char32_t>& chars, const std::string& folder) {
  const Config config = Open(folder);
  const std::unique_ptr<FcPattern, PatternDestroy> any(FcPatternCreate());
  const std::unique_ptr<FcObjectSet, ObjectsDestroy> objects(FcObjectSetBuild(
      FC_FAMILY, FC_FILE, FC_INDEX, FC_CHARSET, FC_OUTLINE, FC_SLANT, FC_WEIGHT, static_cast<char*>(nullptr)));
  const std::unique_ptr<FcFontSet, SetDestroy> set(FcFontList(config.get(), any.get(), objects.get()));
  std::vector<Candidate> candidates;
  if (set != nullptr) candidates = Candidates(*set);
  if (candidates.empty()) {
    return absl::FailedPreconditionError(
        "this computer has no font to print plates with; install one, such as the package fonts-noto-cjk");
  }
  std::unique_ptr<Fonts> out(new Fonts);
  out->missing_ = chars;
  while (!out->missing_.empty()) {
    const Candidate* best = nullptr;
    std::set<char32_t> most;
    for (const Candidate& c : candidates) {
      std::set<char32_t> having = Having(c.pattern, out->missing_);
      if (having.size() <= most.size()) continue;
      best = &c;
      most = std::move(having);
    }
    if (best == nullptr) break;
    for (char32_t c : most) out->missing_.erase(c);
    out->fonts_.push_back({cairo_ft_font_face_create_for_pattern(best->pattern), std::move(most)});
  }
  return out;
}

bool Fonts::Covers(absl::string_view utf8) const {
  const std::vector<char32_t> chars = CharsOf(utf8);
  return std::none_of(chars.begin(), chars.end(), [&](char32_t c) { return missing_.count(c) != 0; });
}

std::vector<Fonts::Run> Fonts::RunsOf(absl::string_view utf8) const {
  std::vector<Run> out;
  for (char32_t c : CharsOf(utf8)) {
    const auto font = std::find_if(fonts_.begin(), fonts_.end(), [&](const Font& f) { return f.chars.count(c) != 0; });
    if (font == fonts_.end()) continue;
    if (out.empty() || out.back().face != font->face) out.push_back({font->face, ""});
    out.back().utf8 += ToUtf8({c});
  }
  return out;
}

}  // namespace guanhu::plate
