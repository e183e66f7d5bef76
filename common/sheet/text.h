// Text on its way into a table and out of one. Pure and thread-safe.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace guanhu::sheet {

// Bytes that are no UTF-8, characters that XML cannot hold and control characters other than tab and line ends become
// U+FFFD, so that one damaged name does not make a whole table unreadable.
std::string CleanText(absl::string_view text);

// A spreadsheet runs text of a CSV as a formula if it starts with = + - @, a tab or a line end (also full-width
// = + - @). Such text gets an apostrophe in front unless it is a number; text that starts with apostrophes before one
// of these gets one more, so that UnguardFormula always gives the text back.
std::string GuardFormula(absl::string_view text);
std::string UnguardFormula(absl::string_view text);

// One row by RFC 4180 with CRLF, quoted where needed, every cell guarded. The same as Guard, quote, join.
std::string CsvLine(absl::Span<const std::string> cells);

// `text` as a JSON string with its quotation marks. It must be UTF-8.
std::string JsonText(absl::string_view text);

}  // namespace guanhu::sheet
