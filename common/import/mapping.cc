#include "common/import/mapping.h"

// The library would throw otherwise.
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/import/points.h"

namespace guanhu::import {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

constexpr size_t kMappingBytesMax = 256 * 1024;
constexpr int kFactorDigitsMax = 18;

absl::Status Bad(const std::string& where, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("mapping, ", where, ": ", what));
}

// Reads entries of one table and afterwards knows which of them nobody asked for.
class Table {
 public:
  Table(const toml::table& table, std::string where) : table_(table), where_(std::move(where)) {}

  const toml::node* Get(const char* key) {
    asked_.insert(key);
    return table_.get(key);
  }
  absl::Status Text(const char* key, std::string& out) {
    const toml::node* node = Get(key);
    if (node == nullptr) return absl::OkStatus();
    if (!node->is_string()) return Bad(where_, absl::StrCat("\"", key, "\" must be a text"));
    out = node->as_string()->get();
    return absl::OkStatus();
  }
  absl::Status Flag(const char* key, bool& out) {
    const toml::node* node = Get(key);
    if (node == nullptr) return absl::OkStatus();
    if (!node->is_boolean()) return Bad(where_, absl::StrCat("\"", key, "\" must be true or false"));
    out = node->as_boolean()->get();
    return absl::OkStatus();
  }
  absl::Status Number(const char* key, std::optional<int64_t>& out) {
    const toml::node* node = Get(key);
    if (node == nullptr) return absl::OkStatus();
    if (!node->is_integer()) return Bad(where_, absl::StrCat("\"", key, "\" must be a whole number"));
    out = node->as_integer()->get();
    return absl::OkStatus();
  }
  absl::Status List(const char* key, std::vector<std::string>& out) {
    const toml::node* node = Get(key);
    return node == nullptr ? absl::OkStatus() : ToList(*node, key, out);
  }
  absl::Status ToList(const toml::node& node, const std::string& key, std::vector<std::string>& out) {
    out.clear();
    const toml::array* array = node.as_array();
    if (array == nullptr) return Bad(where_, absl::StrCat("\"", key, "\" must be a list of texts"));
    for (const toml::node& e : *array) {
      if (!e.is_string()) return Bad(where_, absl::StrCat("\"", key, "\" must be a list of texts"));
      out.push_back(e.as_string()->get());
    }
    return absl::OkStatus();
  }
  absl::Status Texts(const char* key, std::vector<std::pair<std::string, std::string>>& out) {
    const toml::node* node = Get(key);
    if (node == nullptr) return absl::OkStatus();
    const toml::table* inner = node->as_table();
    if (inner == nullptr) return Bad(where_, absl::StrCat("\"", key, "\" must be a table of texts"));
    for (const auto& [name, value] : *inner) {
      if (!value.is_string()) return Bad(where_, absl::StrCat("\"", key, "\" must be a table of texts"));
      out.emplace_back(std::string(name.str()), value.as_string()->get());
    }
    return absl::OkStatus();
  }
  // Refuses entries that nobody asked for: a misspelt one would be without effect.
  absl::Status Done() const {
    for (const auto& [key, value] : table_) {
      const std::string name(key.str());
      if (asked_.count(name) == 0)
        return Bad(where_, absl::StrCat("there is no entry \"", name, "\"; correct its spelling"));
    }
    return absl::OkStatus();
  }
  const std::string& where() const { return where_; }

 private:
  const toml::table& table_;
  std::string where_;
  std::set<std::string> asked_;
};

absl::Status ReadFactor(Table& t, FieldMap& out) {
  std::string text;
  GUANHU_RETURN_IF_ERROR(t.Text("factor", text));
  if (text.empty()) return absl::OkStatus();
  out.factor = 0;
  bool point = false;
  int digits = 0;
  for (char c : text) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9' || ++digits > kFactorDigitsMax) {
      return Bad(t.where(), "\"factor\" must be a decimal number in quotation marks, such as \"304.8\"");
    }
    out.factor = out.factor * 10 + (c - '0');
    out.factor_decimals += point ? 1 : 0;
  }
  if (out.factor == 0) return Bad(t.where(), "\"factor\" must not be zero");
  return absl::OkStatus();
}

absl::Status ReadInto(Table& t, FieldMap& out) {
  std::string into;
  std::vector<std::pair<std::string, std::string>> element;
  GUANHU_RETURN_IF_ERROR(t.Text("into", into));
  GUANHU_RETURN_IF_ERROR(t.Texts("element", element));
  const pb::Descriptor* message = out.field == nullptr ? nullptr : out.field->message_type();
  if ((message != nullptr) == into.empty()) {
    return Bad(t.where(), "\"into\" must name a part of the field exactly if the field has parts");
  }
  if (message == nullptr) return absl::OkStatus();
  const auto part = [&](const std::string& name) -> const Field* {
    const Field* f = message->FindFieldByName(name);
    return f == nullptr || f->message_type() != nullptr || f->is_repeated() ? nullptr : f;
  };
  out.into = part(into);
  if (out.into == nullptr) return Bad(t.where(), absl::StrCat("the field has no part \"", into, "\""));
  for (const auto& [name, text] : element) {
    if (part(name) == nullptr) return Bad(t.where(), absl::StrCat("the field has no part \"", name, "\""));
    out.element.emplace_back(part(name), text);
  }
  return absl::OkStatus();
}

absl::Status ReadTarget(Table& t, const schema::RecordInfo& record, FieldMap& out) {
  std::string name, kind = "text";
  std::optional<int64_t> attribute;
  GUANHU_RETURN_IF_ERROR(t.Text("field", name));
  GUANHU_RETURN_IF_ERROR(t.Number("attribute", attribute));
  if (attribute.has_value() != name.empty()) return Bad(t.where(), "name either a \"field\" or an \"attribute\"");
  if (attribute) {
    GUANHU_RETURN_IF_ERROR(t.Text("kind", kind));
    if (*attribute < schema::kAttributeFirst || *attribute > schema::kAttributeLast) {
      return Bad(t.where(), "an attribute has a number from 2000 to 2999");
    }
    if (kind != "text" && kind != "number") return Bad(t.where(), "\"kind\" is \"text\" or \"number\"");
    out.attribute = static_cast<uint32_t>(*attribute);
    out.attribute_is_number = kind == "number";
    return ReadInto(t, out);
  }
  const schema::FieldInfo* field = record.Field(absl::string_view(name));
  if (field == nullptr) return Bad(t.where(), absl::StrCat(record.name, " has no field \"", name, "\""));
  if (field->merge == schema::Merge::kDerived || field->merge == schema::Merge::kSum) {
    return Bad(t.where(), absl::StrCat("\"", name, "\" is computed and cannot be imported"));
  }
  if (field->wire_type == 1) return Bad(t.where(), absl::StrCat("\"", name, "\" is an id; use a link"));
  out.field = field->descriptor;
  return ReadInto(t, out);
}

absl::Status CheckEnumNames(const Table& t, const FieldMap& map) {
  const Field* leaf = map.into != nullptr ? map.into : map.field;
  if (leaf == nullptr || leaf->enum_type() == nullptr) return absl::OkStatus();
  for (const auto& [cell, name] : map.values) {
    if (leaf->enum_type()->FindValueByName(name) == nullptr) {
      return Bad(t.where(), absl::StrCat("the field has no value ", name));
    }
  }
  if (map.constant && leaf->enum_type()->FindValueByName(*map.constant) == nullptr) {
    return Bad(t.where(), absl::StrCat("the field has no value ", *map.constant));
  }
  return absl::OkStatus();
}

absl::StatusOr<FieldMap> ReadField(const toml::table& table, const schema::RecordInfo& record, std::string where) {
  Table t(table, std::move(where));
  FieldMap out;
  GUANHU_RETURN_IF_ERROR(ReadTarget(t, record, out));
  std::string column, constant;
  GUANHU_RETURN_IF_ERROR(t.Text("column", column));
  GUANHU_RETURN_IF_ERROR(t.List("columns", out.columns));
  GUANHU_RETURN_IF_ERROR(t.Text("join", out.join));
  if (!column.empty()) out.columns.push_back(column);
  if (t.Get("constant") != nullptr) {
    GUANHU_RETURN_IF_ERROR(t.Text("constant", constant));
    out.constant = constant;
  }
  if (out.columns.empty() != out.constant.has_value()) {
    return Bad(t.where(), "name either a \"column\" (or \"columns\") or a \"constant\"");
  }
  GUANHU_RETURN_IF_ERROR(t.Flag("required", out.required));
  GUANHU_RETURN_IF_ERROR(t.List("absent", out.absent));
  std::vector<std::pair<std::string, std::string>> values;
  GUANHU_RETURN_IF_ERROR(t.Texts("values", values));
  out.values.insert(values.begin(), values.end());
  GUANHU_RETURN_IF_ERROR(t.Text("split", out.split));
  GUANHU_RETURN_IF_ERROR(t.Text("date", out.date));
  std::optional<int64_t> offset;
  GUANHU_RETURN_IF_ERROR(t.Number("utc_offset_minutes", offset));
  if (offset && (*offset < -14 * 60 || *offset > 14 * 60))
    return Bad(t.where(), "\"utc_offset_minutes\" is beyond 14 hours");
  if (offset) out.utc_offset_minutes = static_cast<int>(*offset);
  GUANHU_RETURN_IF_ERROR(ReadFactor(t, out));
  GUANHU_RETURN_IF_ERROR(t.Number("min", out.min));
  GUANHU_RETURN_IF_ERROR(t.Number("max", out.max));
  if (!out.split.empty() && (out.field == nullptr || !out.field->is_repeated())) {
    return Bad(t.where(), "\"split\" needs a field that holds several values");
  }
  GUANHU_RETURN_IF_ERROR(CheckEnumNames(t, out));
  GUANHU_RETURN_IF_ERROR(t.Done());
  return out;
}

absl::StatusOr<LinkMap> ReadLink(const schema::Schema& schema, const toml::table& table,
                                 const schema::RecordInfo& record, std::string where) {
  Table t(table, std::move(where));
  LinkMap out;
  GUANHU_RETURN_IF_ERROR(t.Text("field", out.field));
  GUANHU_RETURN_IF_ERROR(t.Text("record", out.record));
  GUANHU_RETURN_IF_ERROR(t.List("columns", out.columns));
  GUANHU_RETURN_IF_ERROR(t.Done());
  if (record.Field(absl::string_view(out.field)) == nullptr) {
    return Bad(t.where(), absl::StrCat(record.name, " has no field \"", out.field, "\""));
  }
  if (schema.Type(absl::string_view(out.record)) == nullptr) {
    return Bad(t.where(), absl::StrCat("there is no record type \"", out.record, "\""));
  }
  return out;
}

absl::Status ReadWhen(Table& t, RecordMap& out) {
  const toml::node* node = t.Get("when");
  if (node == nullptr) return absl::OkStatus();
  const toml::table* when = node->as_table();
  if (when == nullptr) return Bad(t.where(), "\"when\" must be a table of lists");
  for (const auto& [column, cells] : *when) {
    const std::string name(column.str());
    GUANHU_RETURN_IF_ERROR(t.ToList(cells, absl::StrCat("when.", name), out.when[name]));
  }
  return absl::OkStatus();
}

// The tables of an array of tables; an error if the entry is something else.
absl::Status Tables(Table& t, const char* key, std::vector<const toml::table*>& out) {
  const toml::node* node = t.Get(key);
  if (node == nullptr) return absl::OkStatus();
  const toml::array* array = node->as_array();
  for (size_t i = 0; array != nullptr && i < array->size(); ++i) {
    const toml::table* table = array->get(i)->as_table();
    if (table == nullptr) return Bad(t.where(), absl::StrCat("\"", key, "\" must be written as [[", key, "]]"));
    out.push_back(table);
  }
  if (array == nullptr) return Bad(t.where(), absl::StrCat("\"", key, "\" must be written as [[", key, "]]"));
  return absl::OkStatus();
}

// Whether the record has a point; an error if it has half of one that must be moved.
absl::StatusOr<bool> HasPoint(const Table& t, const RecordMap& map) {
  std::map<const Field*, std::set<std::string>> parts;
  for (const FieldMap& f : map.fields) {
    if (f.field != nullptr && IsPointField(*f.field)) parts[f.field].insert(f.into->name());
  }
  for (const auto& [field, names] : parts) {
    if (map.datum == Datum::kGcj02 && (names.count("lat_e7") == 0 || names.count("lon_e7") == 0)) {
      return Bad(t.where(),
                 absl::StrCat("\"", field->name(), "\" needs both lat_e7 and lon_e7 to be moved from GCJ-02"));
    }
  }
  return !parts.empty();
}

absl::Status ReadDatum(Table& t, Datum& out) {
  std::string datum;
  GUANHU_RETURN_IF_ERROR(t.Text("datum", datum));
  if (datum.empty()) return absl::OkStatus();
  if (datum != "wgs84" && datum != "gcj02") {
    return Bad(t.where(), "\"datum\" is \"wgs84\" (also for CGCS2000) or \"gcj02\"");
  }
  out = datum == "gcj02" ? Datum::kGcj02 : Datum::kWgs84;
  return absl::OkStatus();
}

absl::StatusOr<RecordMap> ReadRecord(const schema::Schema& schema, const toml::table& table, Datum datum,
                                     std::string where) {
  Table t(table, std::move(where));
  RecordMap out;
  out.datum = datum;
  std::string type, repeats = "error";
  GUANHU_RETURN_IF_ERROR(t.Text("type", type));
  out.record = schema.Type(absl::string_view(type));
  if (out.record == nullptr) return Bad(t.where(), absl::StrCat("there is no record type \"", type, "\""));
  GUANHU_RETURN_IF_ERROR(t.List("key", out.key));
  if (out.key.empty()) return Bad(t.where(), "\"key\" must name the columns that tell records apart");
  GUANHU_RETURN_IF_ERROR(t.Text("repeats", repeats));
  if (repeats != "error" && repeats != "edit") return Bad(t.where(), "\"repeats\" is \"error\" or \"edit\"");
  out.repeats_are_edits = repeats == "edit";
  GUANHU_RETURN_IF_ERROR(ReadWhen(t, out));
  std::vector<const toml::table*> fields, links;
  GUANHU_RETURN_IF_ERROR(Tables(t, "field", fields));
  GUANHU_RETURN_IF_ERROR(Tables(t, "link", links));
  for (const toml::table* f : fields) {
    const std::string place = absl::StrCat(type, ", field entry ", out.fields.size() + 1);
    GUANHU_ASSIGN_OR_RETURN(FieldMap field, ReadField(*f, *out.record, place));
    out.fields.push_back(std::move(field));
  }
  for (const toml::table* l : links) {
    const std::string place = absl::StrCat(type, ", link entry ", out.links.size() + 1);
    GUANHU_ASSIGN_OR_RETURN(LinkMap link, ReadLink(schema, *l, *out.record, place));
    out.links.push_back(std::move(link));
  }
  const bool own_datum = t.Get("datum") != nullptr;
  GUANHU_RETURN_IF_ERROR(ReadDatum(t, out.datum));
  GUANHU_ASSIGN_OR_RETURN(const bool point, HasPoint(t, out));
  if (own_datum && !point) return Bad(t.where(), "\"datum\" has no effect: no entry fills a point");
  GUANHU_RETURN_IF_ERROR(t.Done());
  return out;
}

}  // namespace

std::vector<std::string> Mapping::Columns() const {
  std::set<std::string> out;
  for (const RecordMap& r : records) {
    out.insert(r.key.begin(), r.key.end());
    for (const auto& [column, cells] : r.when) out.insert(column);
    for (const FieldMap& f : r.fields) out.insert(f.columns.begin(), f.columns.end());
    for (const LinkMap& l : r.links) out.insert(l.columns.begin(), l.columns.end());
  }
  return {out.begin(), out.end()};
}

absl::StatusOr<Mapping> ParseMapping(const schema::Schema& schema, absl::string_view text) {
  if (text.size() > kMappingBytesMax) return Bad("the file", "is above 256 KiB");
  const toml::parse_result parsed = toml::parse(std::string_view(text.data(), text.size()));
  if (!parsed) {
    const std::string_view why = parsed.error().description();
    return Bad(absl::StrCat("line ", parsed.error().source().begin.line), absl::string_view(why.data(), why.size()));
  }
  Table t(parsed.table(), "the file");
  Mapping out;
  std::string encoding = "auto";
  GUANHU_RETURN_IF_ERROR(t.Text("name", out.name));
  GUANHU_RETURN_IF_ERROR(t.Text("encoding", encoding));
  if (encoding != "auto" && encoding != "utf-8" && encoding != "gb18030") {
    return Bad("the file", "\"encoding\" is \"auto\", \"utf-8\" or \"gb18030\"");
  }
  out.encoding = encoding == "utf-8" ? Encoding::kUtf8 : encoding == "gb18030" ? Encoding::kGb18030 : Encoding::kAuto;
  GUANHU_RETURN_IF_ERROR(t.Text("sheet", out.sheet));
  std::optional<int64_t> header_row;
  GUANHU_RETURN_IF_ERROR(t.Number("header_row", header_row));
  if (header_row && (*header_row < 1 || *header_row > 1000)) return Bad("the file", "\"header_row\" is from 1 to 1000");
  out.header_row = header_row.value_or(1);
  Datum datum = Datum::kWgs84;
  GUANHU_RETURN_IF_ERROR(ReadDatum(t, datum));
  std::vector<const toml::table*> records;
  GUANHU_RETURN_IF_ERROR(Tables(t, "record", records));
  if (records.empty()) return Bad("the file", "there is no [[record]]");
  for (const toml::table* r : records) {
    GUANHU_ASSIGN_OR_RETURN(RecordMap record,
                            ReadRecord(schema, *r, datum, absl::StrCat("record entry ", out.records.size() + 1)));
    out.records.push_back(std::move(record));
  }
  const auto moves = [](const RecordMap& r) {
    const auto point = [](const FieldMap& f) { return f.field != nullptr && IsPointField(*f.field); };
    return std::any_of(r.fields.begin(), r.fields.end(), point);
  };
  if (datum != Datum::kWgs84 && std::none_of(out.records.begin(), out.records.end(), moves)) {
    return Bad("the file", "\"datum\" has no effect: no entry fills a point");
  }
  GUANHU_RETURN_IF_ERROR(t.Done());
  return out;
}

}  // namespace guanhu::import
