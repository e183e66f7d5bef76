// Fonts of this computer that have the characters of the plates. Internal to the room. Not thread-safe.
#pragma once

#include <cairo.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace guanhu::plate {

// The characters of a text; bytes that are no UTF-8 are left out.
std::vector<char32_t> CharsOf(absl::string_view utf8);
std::string ToUtf8(absl::Span<const char32_t> chars);

class Fonts {
 public:
  ~Fonts();
  Fonts(const Fonts&) = delete;
  Fonts& operator=(const Fonts&) = delete;

  // As few fonts as have all of `chars` that any font has. `folder`: look only there; empty: this computer's fonts.
  // Errors: kFailedPrecondition if there is no font at all.
  static absl::StatusOr<std::unique_ptr<Fonts>> Find(const std::set<char32_t>& chars, const std::string& folder);

  // Characters that no font has.
  const std::set<char32_t>& missing() const { return missing_; }
  bool Covers(absl::string_view utf8) const;

  // The text in pieces of one font.
  struct Run {
    cairo_font_face_t* face = nullptr;  // owned by Fonts
    std::string utf8;
  };
  std::vector<Run> RunsOf(absl::string_view utf8) const;

 private:
  struct Font {
    cairo_font_face_t* face = nullptr;
    std::set<char32_t> chars;  // of those asked for
  };
  Fonts() = default;

  std::vector<Font> fonts_;
  std::set<char32_t> missing_;
};

}  // namespace guanhu::plate
