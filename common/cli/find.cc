#include "common/cli/find.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/cli/json.h"

namespace guanhu::cli {
namespace {

constexpr size_t kCodeLength = 13;   // of a record's code
constexpr size_t kPrefixLength = 4;  // the shortest beginning that names a record

// The asset whose field `code` is `text`.
absl::StatusOr<api::v1::RecordView> FindAssetBySign(Stub& stub, absl::string_view text) {
  api::v1::ListRequest request;
  request.set_type("Asset");
  request.set_contains(std::string(text));
  request.set_limit(1000);
  GUANHU_ASSIGN_OR_RETURN(const api::v1::ListResponse list, Call(stub, &Stub::List, request));
  std::vector<const api::v1::RecordView*> found;
  for (const api::v1::RecordView& record : list.records()) {
    if (ValueAt(record.json(), "code") == text) found.push_back(&record);
  }
  if (found.size() == 1) return *found[0];
  if (found.empty()) {
    return absl::NotFoundError(
        absl::StrCat("nothing here is called \"", text, "\"; \"guanhu list Asset\" shows what this device holds"));
  }
  const auto code = [](std::string* out, const api::v1::RecordView* record) { absl::StrAppend(out, record->code()); };
  return absl::InvalidArgumentError(
      absl::StrCat("several assets have the code \"", text, "\"; name one of ", absl::StrJoin(found, ", ", code)));
}

}  // namespace

absl::StatusOr<api::v1::RecordView> FindRecord(Stub& stub, absl::string_view text, absl::string_view type) {
  if (text.empty()) return absl::InvalidArgumentError("name a record by its code");
  // A sign's code may look like the beginning of a record's; people read signs.
  const bool whole = text.size() == kCodeLength || text.find('.') != absl::string_view::npos;
  if (!whole && (type.empty() || type == "Asset")) {
    absl::StatusOr<api::v1::RecordView> asset = FindAssetBySign(stub, text);
    if (asset.ok() || !absl::IsNotFound(asset.status())) return asset;
  }
  api::v1::GetRequest request;
  request.set_record(std::string(text));
  absl::StatusOr<api::v1::RecordView> record = Call(stub, &Stub::Get, request);
  if (!record.ok() && text.size() < kPrefixLength && absl::IsInvalidArgument(record.status())) {
    return absl::NotFoundError(
        absl::StrCat("nothing here is called \"", text, "\"; \"guanhu list\" shows what this device holds"));
  }
  if (whole && absl::IsNotFound(record.status()) && (type.empty() || type == "Asset")) {
    absl::StatusOr<api::v1::RecordView> asset = FindAssetBySign(stub, text);
    if (asset.ok()) return asset;
  }
  GUANHU_RETURN_IF_ERROR(record.status());
  if (!type.empty() && record->type() != type) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is a record of type ", record->type(), ", not ", type));
  }
  return record;
}

absl::StatusOr<api::v1::RecordView> FindReference(Stub& stub, absl::string_view text) {
  absl::StatusOr<api::v1::RecordView> record = FindRecord(stub, text, "");
  if (record.ok() || !absl::IsNotFound(record.status())) return record;
  std::vector<api::v1::RecordView> found;
  for (const char* type : {"Org", "Person", "FacilityType"}) {
    api::v1::ListRequest request;
    request.set_type(type);
    request.set_contains(std::string(text));
    request.set_limit(1000);
    GUANHU_ASSIGN_OR_RETURN(const api::v1::ListResponse list, Call(stub, &Stub::List, request));
    for (const api::v1::RecordView& one : list.records()) {
      for (const char* field : {"name", "name_zh", "code", "uscc18"}) {
        if (ValueAt(one.json(), field) != text) continue;
        found.push_back(one);
        break;
      }
    }
  }
  if (found.empty()) return record;
  if (found.size() == 1) return found[0];
  const auto code = [](std::string* out, const api::v1::RecordView& one) { absl::StrAppend(out, one.code()); };
  return absl::InvalidArgumentError(
      absl::StrCat(found.size(), " records are called \"", text, "\"; name one of ", absl::StrJoin(found, ", ", code)));
}

absl::StatusOr<api::v1::PlaceView> FindPlace(Stub& stub, absl::string_view text) {
  api::v1::PlacesRequest request;
  request.set_find(std::string(text));
  GUANHU_ASSIGN_OR_RETURN(const api::v1::PlacesResponse places, Call(stub, &Stub::Places, request));
  std::vector<const api::v1::PlaceView*> found;
  for (const api::v1::PlaceView& place : places.places()) {
    if (place.id() == text || place.code() == text) return place;
    if (place.name() == text) found.push_back(&place);
  }
  if (found.empty() && places.places_size() == 1) return places.places(0);
  if (found.size() == 1) return *found[0];
  if (found.empty()) {
    return absl::NotFoundError(
        absl::StrCat("no place is called \"", text, "\"; \"guanhuctl place list\" shows the tree"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(found.size(), " places are called \"", text, "\"; use the division code, as ", found[0]->code()));
}

}  // namespace guanhu::cli
