#include "common/cli/photos.h"

#include <filesystem>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/crypto.h"
#include "common/base/status.h"
#include "common/cli/files.h"

namespace guanhu::cli {
namespace {

constexpr size_t kHexDigits = 64;

std::string MediaTypeOf(const std::string& file) {
  const std::string ending = absl::AsciiStrToLower(std::filesystem::path(file).extension().string());
  constexpr std::pair<const char*, const char*> kTypes[] = {
      {".jpg", "image/jpeg"},      {".jpeg", "image/jpeg"}, {".png", "image/png"}, {".webp", "image/webp"},
      {".heic", "image/heic"},     {".gif", "image/gif"},   {".mp4", "video/mp4"}, {".m4a", "audio/mp4"},
      {".mp3", "audio/mpeg"},      {".amr", "audio/amr"},   {".ogg", "audio/ogg"}, {".wav", "audio/wav"},
      {".pdf", "application/pdf"}, {".txt", "text/plain"},  {".csv", "text/csv"},
  };
  for (const auto& [known, type] : kTypes) {
    if (ending == known) return type;
  }
  return "application/octet-stream";
}

}  // namespace

absl::StatusOr<Photo> ReadPhoto(const std::string& text) {
  Photo photo;
  if (text.size() == kHexDigits && absl::c_all_of(text, absl::ascii_isxdigit)) {
    photo.sha256 = absl::AsciiStrToLower(text);
    return photo;
  }
  GUANHU_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(text));
  photo.sha256 = base::ToHex(base::View(base::Sha256(bytes)));
  photo.file = std::filesystem::path(text).filename().string();
  photo.media_type = MediaTypeOf(text);
  photo.size = bytes.size();
  return photo;
}

absl::StatusOr<std::vector<api::v1::Edit>> AttachmentsOf(Program& program, const std::vector<Photo>& photos,
                                                         const std::string& about, absl::string_view role,
                                                         const EditOptions& options) {
  std::vector<api::v1::Edit> edits;
  base::ScopeId scope;
  if (!about.empty()) {
    GUANHU_ASSIGN_OR_RETURN(const base::RecordId id, base::ParseRecord(about));
    scope = id.scope;
  }
  for (const Photo& photo : photos) {
    if (photo.file.empty()) continue;
    EditOptions place;
    place.place = options.place;
    place.published = options.published;
    GUANHU_ASSIGN_OR_RETURN(Draft draft, Draft::Create(program, "Attachment", place, scope));
    GUANHU_RETURN_IF_ERROR(draft.Set("sha256", photo.sha256));
    GUANHU_RETURN_IF_ERROR(draft.Set("size_bytes", absl::StrCat(photo.size)));
    GUANHU_RETURN_IF_ERROR(draft.Set("media_type", photo.media_type));
    GUANHU_RETURN_IF_ERROR(draft.Set("file_name", photo.file));
    if (!about.empty()) GUANHU_RETURN_IF_ERROR(draft.Set("record", about));
    if (!role.empty()) GUANHU_RETURN_IF_ERROR(draft.Set("role", role));
    GUANHU_ASSIGN_OR_RETURN(api::v1::Edit edit, draft.Finish());
    edits.push_back(std::move(edit));
  }
  return edits;
}

}  // namespace guanhu::cli
