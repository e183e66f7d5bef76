#include "tools/ctl/divisions.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/import/table.h"
#include "common/schema/display.h"
#include "guanhu/records/v1/place.pb.h"

namespace guanhu::ctl {
namespace {

namespace records = guanhu::records::v1;

constexpr size_t kSavesPerCall = 256;

enum Column : size_t { kCode, kName, kLevel, kParent, kColumns };
constexpr const char* kHeadings[kColumns][3] = {{"code", "区划代码", "代码"},
                                                {"name", "名称", "区划名称"},
                                                {"level", "级别", "层级"},
                                                {"parent_code", "上级代码", "上级区划代码"}};

absl::StatusOr<std::vector<size_t>> FindColumns(const std::vector<std::string>& header) {
  std::vector<size_t> columns;
  for (const auto& names : kHeadings) {
    const auto at = std::find_if(header.begin(), header.end(), [&names](const std::string& cell) {
      return std::any_of(std::begin(names), std::end(names),
                         [&cell](const char* n) { return absl::StripAsciiWhitespace(cell) == n; });
    });
    if (at == header.end()) {
      return absl::InvalidArgumentError(absl::StrCat("the table of divisions has no column \"", names[0], "\" (or ",
                                                     names[1], "); it needs code, name, level, parent_code"));
    }
    columns.push_back(static_cast<size_t>(at - header.begin()));
  }
  return columns;
}

bool IsCode(absl::string_view code) {
  return code.size() == 12 && std::all_of(code.begin(), code.end(), absl::ascii_isdigit);
}

absl::Status PickCounty(const std::vector<Division>& counties, absl::string_view code, Divisions& out) {
  std::vector<const Division*> found;
  for (const Division& county : counties) {
    if (absl::StartsWith(county.code, code)) found.push_back(&county);
  }
  if (found.size() == 1) {
    out.county = *found[0];
    return absl::OkStatus();
  }
  if (found.empty())
    return absl::InvalidArgumentError(
        absl::StrCat("the table has no county ", code, "; a row of level \"county\" is needed"));
  return absl::InvalidArgumentError(absl::StrCat(
      "the table has ", found.size(), " counties; name one with --code, such as ", found[0]->code.substr(0, 6)));
}

// 7th to 9th digit of a township's code: 001-099 sub-districts, beyond that towns.
records::PlaceKind KindOf(const std::string& code, int level) {
  if (level == 0) return records::PLACE_KIND_CITY;
  int number = 0;
  if (!absl::SimpleAtoi(absl::string_view(code).substr(level == 1 ? 6 : 9, 3), &number))
    return records::PLACE_KIND_UNSPECIFIED;
  if (level == 1) return number < 100 ? records::PLACE_KIND_STREET : records::PLACE_KIND_TOWN;
  return number < 200 ? records::PLACE_KIND_COMMUNITY : records::PLACE_KIND_VILLAGE;
}

absl::StatusOr<api::v1::SaveRequest> PlaceSave(const Division& row, int level, uint64_t parent,
                                               const api::v1::PlaceView* existing, absl::string_view source) {
  records::Place place;
  place.set_name(row.name);
  place.set_kind(KindOf(row.code, level));
  if (parent != 0) place.set_parent(parent);
  if (existing == nullptr) {
    place.set_tier(level == 0 ? options::v1::CITY : level == 1 ? options::v1::TOWNSHIP : options::v1::VILLAGE);
    records::PlaceCode* code = place.add_codes();
    code->set_code12(row.code);
    code->set_source(std::string(source));
  }
  api::v1::SaveRequest save;
  save.set_published(true);
  api::v1::Edit* edit = save.add_edits();
  edit->set_type("Place");
  // A place's id is the code of its record; the county's follows from the root key, and its record from this word.
  if (level == 0) {
    edit->set_key("county");
  } else if (existing != nullptr) {
    edit->set_record(existing->id());
  }
  GUANHU_ASSIGN_OR_RETURN(*edit->mutable_json(), schema::ToJson(place));
  return save;
}

// Writes one level of the tree; afterwards `ids` holds the place id of every code.
class TreeWriter {
 public:
  TreeWriter(api::Stub& stub, absl::string_view source) : stub_(stub), source_(source) {}

  absl::Status ReadTree() {
    GUANHU_ASSIGN_OR_RETURN(const api::v1::PlacesResponse places,
                            api::Call(stub_, &api::Stub::Places, api::v1::PlacesRequest()));
    for (const api::v1::PlaceView& place : places.places()) {
      if (!place.code().empty()) existing_[place.code()] = place;
      if (place.kind() == "PLACE_KIND_CITY" || place.parent().empty()) county_ = place;
    }
    return absl::OkStatus();
  }

  absl::Status WriteCounty(Division county, absl::string_view name) {
    if (!name.empty()) county.name = std::string(name);
    if (!county_.code().empty()) {
      existing_[county.code] = county_;  // its own name stays: the table may write it otherwise
      county.name = county_.name();
    }
    GUANHU_RETURN_IF_ERROR(Write({county}, 0, [](size_t) {}));
    // The county's id follows from its root key, not from its record: read it back.
    GUANHU_RETURN_IF_ERROR(ReadTree());
    if (county_.id().empty()) return absl::InternalError("the county's own place was saved but is not in the tree");
    GUANHU_ASSIGN_OR_RETURN(ids_[county.code], base::ParseCrockford(county_.id()));
    return absl::OkStatus();
  }

  absl::Status Write(const std::vector<Division>& rows, int level, const std::function<void(size_t)>& progress) {
    api::v1::SaveManyRequest request;
    std::vector<const Division*> pending;
    for (const Division& row : rows) {
      GUANHU_RETURN_IF_ERROR(Plan(row, level, request, pending));
      if (pending.size() == kSavesPerCall) GUANHU_RETURN_IF_ERROR(Flush(request, pending));
      progress(1);
    }
    return Flush(request, pending);
  }

  TreeReport report;

 private:
  absl::Status Plan(const Division& row, int level, api::v1::SaveManyRequest& request,
                    std::vector<const Division*>& pending) {
    uint64_t parent = 0;
    if (level > 0) {
      const auto above = ids_.find(row.parent_code);
      if (above == ids_.end()) {
        report.errors.push_back(
            absl::StrCat(row.code, " ", row.name, ": its parent ", row.parent_code, " is not in the tree"));
        return absl::OkStatus();
      }
      parent = above->second;
    }
    const auto found = existing_.find(row.code);
    const api::v1::PlaceView* existing = found == existing_.end() ? nullptr : &found->second;
    if (existing != nullptr) {
      GUANHU_ASSIGN_OR_RETURN(ids_[row.code], base::ParseCrockford(existing->id()));
      if (existing->name() == row.name && (level == 0 || existing->parent() == base::ToText(parent))) {
        ++report.unchanged;
        return absl::OkStatus();
      }
    }
    GUANHU_ASSIGN_OR_RETURN(*request.add_saves(), PlaceSave(row, level, parent, existing, source_));
    pending.push_back(&row);
    return absl::OkStatus();
  }

  absl::Status Flush(api::v1::SaveManyRequest& request, std::vector<const Division*>& pending) {
    if (pending.empty()) return absl::OkStatus();
    GUANHU_ASSIGN_OR_RETURN(const api::v1::SaveManyResponse done, api::Call(stub_, &api::Stub::SaveMany, request));
    for (size_t i = 0; i < pending.size() && i < static_cast<size_t>(done.rows_size()); ++i) {
      const api::v1::SaveManyResponse::Row& row = done.rows(static_cast<int>(i));
      if (!row.error().empty() || row.saved().records_size() != 1) {
        report.errors.push_back(absl::StrCat(pending[i]->code, " ", pending[i]->name, ": ", row.error()));
        continue;
      }
      const bool is_new = existing_.count(pending[i]->code) == 0;
      ++(is_new ? report.created : report.changed);
      if (is_new) {
        GUANHU_ASSIGN_OR_RETURN(ids_[pending[i]->code], base::ParseCrockford(row.saved().records(0).code()));
      }
    }
    request.Clear();
    pending.clear();
    return absl::OkStatus();
  }

  api::Stub& stub_;
  const std::string source_;
  api::v1::PlaceView county_;
  std::map<std::string, api::v1::PlaceView> existing_;  // by code
  std::map<std::string, uint64_t> ids_;                 // place id by code
};

}  // namespace

absl::StatusOr<Divisions> ReadDivisions(absl::string_view bytes, absl::string_view county_code) {
  GUANHU_ASSIGN_OR_RETURN(const import::Table table, import::OpenTable(bytes, {}));
  sheet::TableRow row;
  if (!table.rows->Next(row)) return absl::InvalidArgumentError("the table of divisions is empty");
  GUANHU_ASSIGN_OR_RETURN(const std::vector<size_t> columns, FindColumns(row.cells));
  const size_t width = 1 + *std::max_element(columns.begin(), columns.end());
  Divisions out;
  std::vector<Division> counties, townships, villages;
  while (table.rows->Next(row)) {
    const auto reject = [&](absl::string_view why) {
      out.rejects.push_back(absl::StrCat("line ", row.line, ": ", why));
    };
    // A workbook leaves out the empty cells at a row's end.
    if (table.workbook && row.cells.size() < width) row.cells.resize(width);
    if (!row.error.empty() || row.cells.size() < width) {
      reject(row.error.empty() ? "too few cells" : row.error);
      continue;
    }
    const auto cell = [&](Column c) { return std::string(absl::StripAsciiWhitespace(row.cells[columns[c]])); };
    Division division{.line = row.line, .code = cell(kCode), .name = cell(kName), .parent_code = cell(kParent)};
    const std::string level = cell(kLevel);
    if (!IsCode(division.code)) {
      reject(absl::StrCat("\"", division.code, "\" is no code of 12 digits"));
    } else if (division.name.empty()) {
      reject("no name");
    } else if (level == "county") {
      counties.push_back(std::move(division));
    } else if (level == "township") {
      townships.push_back(std::move(division));
    } else if (level == "village") {
      villages.push_back(std::move(division));
    } else if (level != "province" && level != "prefecture") {
      reject(absl::StrCat("level \"", level, "\" is none of province, prefecture, county, township, village"));
    }
  }
  GUANHU_RETURN_IF_ERROR(PickCounty(counties, county_code, out));
  const std::string prefix = out.county.code.substr(0, 6);
  for (Division& d : townships) {
    if (absl::StartsWith(d.code, prefix)) out.townships.push_back(std::move(d));
  }
  for (Division& d : villages) {
    if (absl::StartsWith(d.code, prefix)) out.villages.push_back(std::move(d));
  }
  return out;
}

std::string SampleDivisions(int townships, int villages_each) {
  std::string out = "code,name,level,parent_code\n999901000000,样例市,county,999900000000\n";
  for (int t = 1; t <= townships; ++t) {
    const std::string town = absl::StrFormat("999901%03d000", 99 + t);
    absl::StrAppend(&out, town, ",样例", t, "镇,township,999901000000\n");
    for (int v = 1; v <= villages_each; ++v) {
      absl::StrAppend(&out, absl::StrFormat("999901%03d%03d", 99 + t, 199 + v), ",样例", t, "镇", v, "村,village,",
                      town, "\n");
    }
  }
  return out;
}

absl::StatusOr<TreeReport> WriteTree(api::Stub& stub, const Divisions& divisions, absl::string_view county_name,
                                     absl::string_view source,
                                     const std::function<void(size_t done, size_t total)>& progress) {
  const size_t total = divisions.townships.size() + divisions.villages.size();
  size_t done = 0;
  const auto step = [&](size_t n) { progress(done += n, total); };
  TreeWriter writer(stub, source);
  GUANHU_RETURN_IF_ERROR(writer.ReadTree());
  GUANHU_RETURN_IF_ERROR(writer.WriteCounty(divisions.county, county_name));
  GUANHU_RETURN_IF_ERROR(writer.Write(divisions.townships, 1, step));
  GUANHU_RETURN_IF_ERROR(writer.Write(divisions.villages, 2, step));
  return writer.report;
}

}  // namespace guanhu::ctl
