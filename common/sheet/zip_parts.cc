#include "common/sheet/zip_parts.h"

#include <zip.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace guanhu::sheet {
namespace {

constexpr zip_int64_t kPartsMax = 10'000;

absl::Status Damaged(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("the workbook is damaged (", what, "); open it, save it again as .xlsx and import that"));
}

absl::Status TooLarge(const std::string& name, uint64_t most) {
  return absl::ResourceExhaustedError(absl::StrCat("the workbook's part ", name, " unpacks to more than ",
                                                   most / (1024 * 1024), " MiB; cut the table into several files"));
}

}  // namespace

ZipPart::ZipPart(zip_file* file, std::string name, uint64_t most) : file_(file), name_(std::move(name)), left_(most) {}

ZipPart::~ZipPart() { zip_fclose(file_); }

absl::StatusOr<bool> ZipPart::Read(std::string& out) {
  char buffer[65536];
  const zip_int64_t n = zip_fread(file_, buffer, sizeof(buffer));
  if (n < 0) return Damaged(absl::StrCat("part ", name_, " cannot be unpacked"));
  if (static_cast<uint64_t>(n) > left_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the workbook's part ", name_, " unpacks to more than it may; cut the table into several files"));
  }
  left_ -= static_cast<uint64_t>(n);
  out.append(buffer, static_cast<size_t>(n));
  return n > 0;
}

ZipParts::~ZipParts() {
  if (zip_ != nullptr) zip_discard(zip_);
}

absl::StatusOr<std::unique_ptr<ZipParts>> ZipParts::Open(std::string bytes) {
  std::unique_ptr<ZipParts> out(new ZipParts(std::move(bytes)));
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const source = zip_source_buffer_create(out->bytes_.data(), out->bytes_.size(), 0, &error);
  if (source != nullptr) {
    out->zip_ = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (out->zip_ == nullptr) zip_source_free(source);
  }
  zip_error_fini(&error);
  if (out->zip_ == nullptr) return Damaged("its table of contents cannot be read, perhaps it is cut off");
  if (zip_get_num_entries(out->zip_, 0) > kPartsMax) {
    return absl::ResourceExhaustedError(
        "the workbook has more than 10,000 parts; copy the table into a new workbook and import that");
  }
  return out;
}

bool ZipParts::Has(const std::string& name) const { return zip_name_locate(zip_, name.c_str(), 0) >= 0; }

absl::StatusOr<std::unique_ptr<ZipPart>> ZipParts::Stream(const std::string& name, uint64_t most) const {
  zip_stat_t stat;
  if (zip_stat(zip_, name.c_str(), 0, &stat) != 0) return Damaged(absl::StrCat("part ", name, " is missing"));
  // What the archive says is only a first sieve; ZipPart counts what really comes.
  if ((stat.valid & ZIP_STAT_SIZE) != 0 && stat.size > most) return TooLarge(name, most);
  zip_file* const file = zip_fopen_index(zip_, stat.index, 0);
  if (file == nullptr) return Damaged(absl::StrCat("part ", name, " cannot be opened"));
  return std::make_unique<ZipPart>(file, name, most);
}

absl::StatusOr<std::string> ZipParts::Whole(const std::string& name, uint64_t most) const {
  GUANHU_ASSIGN_OR_RETURN(const std::unique_ptr<ZipPart> part, Stream(name, most));
  std::string out;
  for (;;) {
    GUANHU_ASSIGN_OR_RETURN(const bool more, part->Read(out));
    if (!more) return out;
  }
}

}  // namespace guanhu::sheet
