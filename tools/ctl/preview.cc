#include "tools/ctl/preview.h"

#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/cli/json.h"

namespace guanhu::ctl {
namespace {

std::string IssuesJson(const std::vector<import::CellIssue>& issues) {
  std::string out = "[";
  for (const import::CellIssue& i : issues) {
    absl::StrAppend(&out, out.size() > 1 ? "," : "", "{\"column\":", cli::Quoted(i.column),
                    ",\"value\":", cli::Quoted(i.value), ",\"reason\":", cli::Quoted(i.reason),
                    ",\"next\":", cli::Quoted(i.next), "}");
  }
  return out + "]";
}

std::string RowJson(const import::PreviewRow& row) {
  std::string records;
  for (const import::PreviewRecord& r : row.records) {
    std::string values;
    for (const import::PreviewValue& v : r.values) {
      absl::StrAppend(&values, values.empty() ? "" : ",", cli::Quoted(v.field), ":", cli::Quoted(v.text));
    }
    absl::StrAppend(&records, records.empty() ? "" : ",", "{\"type\":", cli::Quoted(r.type),
                    ",\"repeat\":", r.repeat ? "true" : "false", ",\"values\":{", values, "}}");
  }
  return absl::StrCat("{\"line\":", row.line, ",\"records\":[", records, "],\"errors\":", IssuesJson(row.errors),
                      ",\"warnings\":", IssuesJson(row.warnings), "}");
}

void PrintIssues(std::ostream& out, const std::vector<import::CellIssue>& issues, const char* mark) {
  for (const import::CellIssue& i : issues) {
    out << mark << i.column << (i.column.empty() ? "" : " ") << (i.value.empty() ? "" : cli::Quoted(i.value) + " ")
        << i.reason << "; " << i.next << "\n";
  }
}

}  // namespace

void PrintPreview(const cli::Io& io, const import::Preview& preview) {
  std::ostream& out = *io.out;
  if (io.json) {
    std::string rows;
    for (const import::PreviewRow& row : preview.rows) absl::StrAppend(&rows, rows.empty() ? "" : ",", RowJson(row));
    out << absl::StrCat("{\"rows\":", preview.rows_total, ",\"bad\":", preview.rows_bad,
                        ",\"passed_over\":", preview.rows_passed_over, ",\"records\":", preview.records,
                        ",\"warnings\":", preview.warnings, ",\"shown\":[", rows, "]}\n");
    return;
  }
  for (const import::PreviewRow& row : preview.rows) {
    out << io.Say("第 ", "Row ") << row.line << io.Say(" 行", "") << "\n";
    for (const import::PreviewRecord& r : row.records) {
      out << "  " << r.label << (r.repeat ? io.Say("（修改）", " (edit)") : "") << "\n";
      for (const import::PreviewValue& v : r.values) out << "    " << v.label << ": " << v.text << "\n";
    }
    PrintIssues(out, row.errors, "  ! ");
    PrintIssues(out, row.warnings, "  ? ");
  }
  out << io.Say("行 ", "Rows ") << preview.rows_total << io.Say("，记录 ", ", records ") << preview.records
      << io.Say("，有错的行 ", ", bad rows ") << preview.rows_bad
      << io.Say(" (预览，未写入)", " (preview, nothing written)") << "\n";
}

}  // namespace guanhu::ctl
