#include "common/sheet/elements.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace guanhu::sheet {
namespace {

constexpr absl::string_view kCData = "<![CDATA[";

}  // namespace

absl::string_view LocalName(absl::string_view name) {
  const size_t colon = name.rfind(':');
  return colon == absl::string_view::npos ? name : name.substr(colon + 1);
}

absl::Status ElementReader::CutOff() const {
  return absl::InvalidArgumentError(absl::StrCat("the workbook is damaged (a \"", name_,
                                                 "\" is cut off); open it, save it again as .xlsx and import that"));
}

absl::Status ElementReader::CheckSize() const {
  if (buffer_.size() - start_ <= most_) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("the workbook holds a \"", name_, "\" of more than ", most_ / 1024,
                                                   " KiB; copy the table into a new workbook and import that"));
}

absl::StatusOr<bool> ElementReader::Fill() {
  GUANHU_RETURN_IF_ERROR(CheckSize());
  return part_->Read(buffer_);
}

absl::Status ElementReader::SkipTo(absl::string_view end) {
  for (;;) {
    const size_t at = buffer_.find(end.data(), pos_, end.size());
    if (at != std::string::npos) {
      pos_ = at + end.size();
      return absl::OkStatus();
    }
    // The end may lie across the pieces.
    if (buffer_.size() - pos_ >= end.size()) pos_ = buffer_.size() - end.size() + 1;
    GUANHU_ASSIGN_OR_RETURN(const bool more, Fill());
    if (!more) return CutOff();
  }
}

absl::Status ElementReader::SkipTag() {
  char quote = '\0';
  for (;; ++pos_) {
    while (pos_ >= buffer_.size()) {
      GUANHU_ASSIGN_OR_RETURN(const bool more, Fill());
      if (!more) return CutOff();
    }
    const char c = buffer_[pos_];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      ++pos_;
      return absl::OkStatus();
    }
  }
}

absl::StatusOr<bool> ElementReader::Next(absl::string_view& element) {
  int depth = 0;
  buffer_.erase(0, pos_);
  pos_ = start_ = 0;
  for (;;) {
    const size_t tag = buffer_.find('<', pos_);
    if (tag == std::string::npos || buffer_.size() - tag < kCData.size()) {
      pos_ = tag == std::string::npos ? buffer_.size() : tag;
      if (depth == 0) {
        buffer_.erase(0, pos_);
        pos_ = start_ = 0;
      }
      GUANHU_ASSIGN_OR_RETURN(const bool more, Fill());
      if (more) continue;
      if (tag == std::string::npos) {
        if (depth > 0) return CutOff();
        return false;
      }
    }
    const size_t at = buffer_.find('<', pos_);
    pos_ = at;
    if (depth == 0) start_ = at;
    const absl::string_view rest = absl::string_view(buffer_).substr(at);
    if (absl::StartsWith(rest, "<!--")) {
      pos_ += 4;
      GUANHU_RETURN_IF_ERROR(SkipTo("-->"));
      continue;
    }
    if (absl::StartsWith(rest, kCData)) {
      GUANHU_RETURN_IF_ERROR(SkipTo("]]>"));
      continue;
    }
    if (absl::StartsWith(rest, "<?")) {
      GUANHU_RETURN_IF_ERROR(SkipTo("?>"));
      continue;
    }
    if (absl::StartsWith(rest, "<!")) {
      return absl::InvalidArgumentError(
          "the workbook declares a document type, which no spreadsheet program does; save it again as .xlsx");
    }
    GUANHU_RETURN_IF_ERROR(SkipTag());
    absl::string_view inner = absl::string_view(buffer_).substr(at + 1, pos_ - at - 2);
    const bool closes = absl::StartsWith(inner, "/");
    const bool empty = absl::EndsWith(inner, "/");
    if (closes) inner.remove_prefix(1);
    if (LocalName(inner.substr(0, inner.find_first_of(" \t\r\n/"))) != name_) continue;
    if (closes) {
      if (depth == 0) return CutOff();
      --depth;
    } else if (!empty) {
      ++depth;
    }
    if (depth > 0) continue;
    element = absl::string_view(buffer_).substr(start_, pos_ - start_);
    return true;
  }
}

}  // namespace guanhu::sheet
