#include "common/import/preview.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"

namespace guanhu::import {
namespace {

namespace pb = google::protobuf;

PreviewRecord Shown(const Imported& record, schema::Language language) {
  PreviewRecord out;
  out.type = record.record->name;
  const absl::string_view label = schema::LabelOf(*record.record, language);
  out.label = std::string(label.data(), label.size());
  out.key = record.key;
  out.repeat = record.repeat;
  out.links = record.links;
  schema::DisplayOptions options;
  options.language = language;
  for (const schema::FieldInfo& field : record.record->fields) {
    std::string text = schema::ValueText(field, *record.message, options);
    if (text.empty()) continue;
    const absl::string_view name = schema::LabelOf(field, language);
    out.values.push_back({field.descriptor->name(), std::string(name.data(), name.size()), std::move(text)});
  }
  const pb::UnknownFieldSet& attributes = record.message->GetReflection()->GetUnknownFields(*record.message);
  for (int i = 0; i < attributes.field_count(); ++i) {
    const pb::UnknownField& a = attributes.field(i);
    const std::string number = absl::StrCat(a.number());
    out.values.push_back({number, number,
                          a.type() == pb::UnknownField::TYPE_VARINT ? absl::StrCat(base::UnZigZag(a.varint()))
                                                                    : std::string(a.length_delimited())});
  }
  return out;
}

}  // namespace

absl::StatusOr<Preview> MakePreview(const schema::Schema& schema, const Mapping& mapping, absl::string_view bytes,
                                    size_t rows, schema::Language language) {
  GUANHU_ASSIGN_OR_RETURN(const std::unique_ptr<Importer> importer, Importer::Open(schema, mapping, bytes));
  Preview out;
  out.header = importer->header();
  for (RowResult row; importer->Next(row);) {
    ++out.rows_total;
    out.rows_bad += row.errors.empty() ? 0 : 1;
    out.rows_passed_over += row.errors.empty() && row.records.empty() ? 1 : 0;
    out.records += row.records.size();
    out.warnings += row.warnings.size();
    if (out.rows.size() >= rows) continue;
    PreviewRow shown;
    shown.line = row.line;
    for (const Imported& record : row.records) shown.records.push_back(Shown(record, language));
    shown.cells = std::move(row.cells);
    shown.errors = std::move(row.errors);
    shown.warnings = std::move(row.warnings);
    out.rows.push_back(std::move(shown));
  }
  return out;
}

}  // namespace guanhu::import
