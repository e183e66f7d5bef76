#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/crypto.h"
#include "common/base/status.h"
#include "common/cli/fields.h"
#include "common/cli/files.h"
#include "common/cli/find.h"
#include "common/cli/json.h"
#include "common/import/importer.h"
#include "common/import/preview.h"
#include "common/import/table.h"
#include "common/model/entry.h"
#include "common/schema/fields.h"
#include "common/schema/refs.h"
#include "tools/ctl/commands.h"
#include "tools/ctl/divisions.h"
#include "tools/ctl/mapping_guess.h"
#include "tools/ctl/preview.h"
#include "tools/ctl/report.h"

namespace guanhu::ctl {
namespace {

constexpr size_t kRowsPerCall = 256;
constexpr uint32_t kAssetsMax = 10'000'000;

struct ImportOptions {
  std::string file;
  std::string mapping;
  std::string place;
  std::string rejects;
  std::string code;
  bool dry_run = false;
  size_t preview = 0;  // rows to show instead of importing
};

struct Totals {
  uint64_t rows = 0;
  uint64_t taken = 0;
  uint64_t records = 0;
  uint64_t repeated = 0;
  uint64_t rejected = 0;
  uint64_t warnings = 0;
};

// One import. Rows go to the node in groups; each is one change and answers for itself. Not thread-safe.
class Run {
 public:
  Run(cli::Program& program, const ImportOptions& options, import::Importer& importer, std::string id)
      : program_(program), options_(options), importer_(importer), id_(std::move(id)), progress_(program) {}

  absl::Status Start() {
    if (options_.dry_run) return absl::OkStatus();
    GUANHU_ASSIGN_OR_RETURN(stub_, program_.Service());
    if (!options_.place.empty()) {
      GUANHU_ASSIGN_OR_RETURN(const api::v1::PlaceView place, cli::FindPlace(*stub_, options_.place));
      place_ = place.id();
    } else {
      GUANHU_ASSIGN_OR_RETURN(const api::v1::StatusResponse status,
                              cli::Call(*stub_, &cli::Stub::Status, api::v1::StatusRequest()));
      place_ = status.place();
    }
    GUANHU_ASSIGN_OR_RETURN(const uint64_t id, base::ParseCrockford(place_));
    scope_ = {base::PlaceId{id}, base::Visibility::kInternal};
    return absl::OkStatus();
  }

  absl::Status All() {
    import::RowResult row;
    while (importer_.Next(row)) {
      ++totals.rows;
      totals.warnings += row.warnings.size();
      if (!row.errors.empty()) {
        GUANHU_RETURN_IF_ERROR(Reject(row));
      } else if (!row.records.empty()) {
        GUANHU_RETURN_IF_ERROR(Take(std::move(row)));
      }
      progress_.At(totals.rows, 0);
      row = {};
    }
    GUANHU_RETURN_IF_ERROR(Flush());
    progress_.End();
    return absl::OkStatus();
  }

  Totals totals;

 private:
  absl::Status Reject(const import::RowResult& row) {
    ++totals.rejected;
    const cli::Io& io = program_.io();
    constexpr uint64_t kShown = 20;
    if (totals.rejected <= kShown) {
      for (const import::CellIssue& issue : row.errors) {
        progress_.End();
        *io.err << options_.file << ":" << issue.line << ": " << issue.column << (issue.column.empty() ? "" : " ")
                << (issue.value.empty() ? "" : cli::Quoted(issue.value) + " ") << issue.reason << "; " << issue.next
                << "\n";
      }
    } else if (totals.rejected == kShown + 1) {
      *io.err << io.Say("其余见退回表", "The others are in the table of rejects.") << "\n";
    }
    if (!rejects_.is_open()) {
      rejects_.open(options_.rejects, std::ios::binary);
      rejects_ << importer_.RejectsHeader();
    }
    rejects_ << importer_.RejectsLine(row);
    if (!rejects_.flush())
      return absl::UnavailableError(
          absl::StrCat("cannot write ", options_.rejects, "; name a place for it with --rejects FILE"));
    return absl::OkStatus();
  }

  // Ids follow from keys, so that rows may refer to records of this file or of an earlier one before they are saved.
  absl::StatusOr<base::RecordId> Linked(const import::Link& link) {
    if (link.record == "Asset" && link.key.find('\x1f') == std::string::npos) {
      GUANHU_RETURN_IF_ERROR(ReadAssets());
      const auto found = assets_->find(link.key);
      if (found != assets_->end()) return found->second;
    }
    GUANHU_ASSIGN_OR_RETURN(const schema::Schema* const schema, program_.Schema());
    return model::DerivedId(scope_, schema->Type(link.record)->type, link.key);
  }

  // The node's assets by the code on their sign.
  absl::Status ReadAssets() {
    if (assets_.has_value()) return absl::OkStatus();
    assets_.emplace();
    api::v1::ListRequest request;
    request.set_type("Asset");
    request.set_limit(kAssetsMax);
    GUANHU_ASSIGN_OR_RETURN(const api::v1::ListResponse list, cli::Call(*stub_, &cli::Stub::List, request));
    for (const api::v1::RecordView& record : list.records()) {
      const std::string code = cli::ValueAt(record.json(), "code");
      absl::StatusOr<base::RecordId> id = base::ParseRecord(record.id());
      if (!code.empty() && id.ok()) assets_->try_emplace(code, *id);
    }
    return absl::OkStatus();
  }

  absl::Status AddEdit(import::Imported& record, api::v1::SaveRequest& save) {
    for (const import::Link& link : record.links) {
      const schema::FieldInfo* field = record.record->Field(link.field);
      GUANHU_ASSIGN_OR_RETURN(const base::RecordId id, Linked(link));
      record.message->GetReflection()
          ->MutableMessage(record.message.get(), field->descriptor)
          ->CopyFrom(schema::ToRef(id, scope_));
    }
    std::vector<model::Field> fields = schema::FieldsOf(*record.message);
    if (record.repeat) {
      const auto before = last_.find({record.record->type, record.key});
      if (before != last_.end()) fields = schema::Diff(*record.record, *before->second, *record.message).set;
    }
    if (fields.empty()) return absl::OkStatus();
    api::v1::Edit* edit = save.add_edits();
    edit->set_type(record.record->name);
    edit->set_key(record.key);
    for (const model::Field& field : fields) edit->mutable_wire()->append(field.raw);
    return absl::OkStatus();
  }

  absl::Status Take(import::RowResult row) {
    if (options_.dry_run) {
      ++totals.taken;
      totals.records += row.records.size();
      return absl::OkStatus();
    }
    api::v1::SaveRequest save;
    save.set_command_id(absl::StrCat(id_, ":", row.line));
    save.set_place(place_);
    save.set_person(program_.person());
    for (import::Imported& record : row.records) {
      GUANHU_RETURN_IF_ERROR(AddEdit(record, save));
      last_[{record.record->type, record.key}] = std::move(record.message);
    }
    if (save.edits().empty()) {  // nothing differs from the row before
      ++totals.taken;
      return absl::OkStatus();
    }
    *request_.add_saves() = std::move(save);
    pending_.push_back(std::move(row));
    return pending_.size() < kRowsPerCall ? absl::OkStatus() : Flush();
  }

  absl::Status Flush() {
    if (pending_.empty()) return absl::OkStatus();
    GUANHU_ASSIGN_OR_RETURN(const api::v1::SaveManyResponse done, cli::Call(*stub_, &cli::Stub::SaveMany, request_));
    for (size_t i = 0; i < pending_.size() && i < static_cast<size_t>(done.rows_size()); ++i) {
      const api::v1::SaveManyResponse::Row& answer = done.rows(static_cast<int>(i));
      if (!answer.error().empty()) {
        pending_[i].errors.push_back(
            {pending_[i].line, "", "", answer.error(), "correct the row and import the table of rejects"});
        GUANHU_RETURN_IF_ERROR(Reject(pending_[i]));
        continue;
      }
      ++totals.taken;
      totals.repeated += answer.saved().repeated_command() ? 1 : 0;
      totals.records += static_cast<uint64_t>(answer.saved().records_size());
    }
    request_.Clear();
    pending_.clear();
    return absl::OkStatus();
  }

  cli::Program& program_;
  const ImportOptions& options_;
  import::Importer& importer_;
  const std::string id_;
  Progress progress_;
  cli::Stub* stub_ = nullptr;
  std::string place_;
  base::ScopeId scope_;
  std::ofstream rejects_;
  std::optional<std::map<std::string, base::RecordId>> assets_;
  std::map<std::pair<uint32_t, std::string>, std::unique_ptr<google::protobuf::Message>> last_;
  api::v1::SaveManyRequest request_;
  std::vector<import::RowResult> pending_;
};

cli::Exit Summary(cli::Program& program, const ImportOptions& options, const Totals& t, absl::Duration took) {
  const cli::Io& io = program.io();
  if (io.json) {
    *io.out << absl::StrCat("{\"rows\":", t.rows, ",\"taken\":", t.taken, ",\"records\":", t.records,
                            ",\"repeated\":", t.repeated, ",\"rejected\":", t.rejected, ",\"warnings\":", t.warnings,
                            ",\"ms\":", absl::ToInt64Milliseconds(took), "}\n");
  } else {
    *io.out << io.Say("行 ", "Rows ") << t.rows << io.Say("，已收 ", ", taken ") << t.taken
            << io.Say("，写入记录 ", ", records written ") << t.records << io.Say("，以前收过 ", ", taken before ")
            << t.repeated << io.Say("，退回 ", ", rejected ") << t.rejected
            << (options.dry_run ? io.Say(" (试运行，未写入)", " (dry run, nothing written)") : "") << "\n";
  }
  if (t.rejected > 0)
    io.Note(absl::StrCat(io.Say("退回的行可改后重新导入: ", "Correct the rejected rows and import them again: "),
                         options.rejects));
  return t.rejected == 0 ? cli::kExitOk : cli::kExitPartial;
}

absl::StatusOr<std::vector<std::string>> Headings(absl::string_view bytes) {
  GUANHU_ASSIGN_OR_RETURN(const import::Table table, import::OpenTable(bytes, {}));
  sheet::TableRow row;
  if (!table.rows->Next(row)) return absl::InvalidArgumentError("the table is empty");
  return row.cells;
}

absl::StatusOr<cli::Exit> ShowPreview(cli::Program& program, const ImportOptions& options, const schema::Schema& schema,
                                      const import::Mapping& mapping, absl::string_view bytes) {
  const cli::Io& io = program.io();
  GUANHU_ASSIGN_OR_RETURN(const import::Preview preview,
                          import::MakePreview(schema, mapping, bytes, options.preview, io.language));
  PrintPreview(io, preview);
  return preview.rows_bad == 0 ? cli::kExitOk : cli::kExitPartial;
}

absl::StatusOr<cli::Exit> Import(cli::Program& program, ImportOptions options, const std::string& type) {
  const absl::Time started = program.Now();
  GUANHU_ASSIGN_OR_RETURN(const std::string bytes, cli::ReadFile(options.file));
  GUANHU_ASSIGN_OR_RETURN(const schema::Schema* const schema, program.Schema());
  std::string toml;
  if (options.mapping.empty()) {
    GUANHU_ASSIGN_OR_RETURN(const std::vector<std::string> headings, Headings(bytes));
    GUANHU_ASSIGN_OR_RETURN(toml, GuessMapping(*schema->Type(type), headings));
  } else {
    GUANHU_ASSIGN_OR_RETURN(toml, cli::ReadFile(options.mapping));
  }
  GUANHU_ASSIGN_OR_RETURN(const import::Mapping mapping, import::ParseMapping(*schema, toml));
  if (options.preview > 0) return ShowPreview(program, options, *schema, mapping, bytes);
  GUANHU_ASSIGN_OR_RETURN(const std::unique_ptr<import::Importer> importer,
                          import::Importer::Open(*schema, mapping, bytes));
  if (options.rejects.empty())
    options.rejects = absl::StrCat(std::filesystem::path(options.file).filename().string(), ".rejects.csv");
  const std::string hash = base::ToHex(base::View(base::Sha256(bytes, toml)).substr(0, 8));
  Run run(program, options, *importer, absl::StrCat("import:", hash, ":", options.place));
  GUANHU_RETURN_IF_ERROR(run.Start());
  GUANHU_RETURN_IF_ERROR(run.All());
  return Summary(program, options, run.totals, program.Now() - started);
}

absl::StatusOr<cli::Exit> ImportDivisions(cli::Program& program, const ImportOptions& options) {
  GUANHU_ASSIGN_OR_RETURN(const std::string bytes, cli::ReadFile(options.file));
  GUANHU_ASSIGN_OR_RETURN(const Divisions divisions, ReadDivisions(bytes, options.code));
  if (options.dry_run) {
    TreeReport report;
    report.created = 1 + divisions.townships.size() + divisions.villages.size();
    program.io().Note(program.io().Say("试运行，未写入", "Dry run, nothing written."));
    return PrintTree(program.io(), report, divisions.rejects);
  }
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  Progress progress(program);
  GUANHU_ASSIGN_OR_RETURN(const TreeReport report,
                          WriteTree(*stub, divisions, "", std::filesystem::path(options.file).filename().string(),
                                    [&](size_t done, size_t total) { progress.At(done, total); }));
  progress.End();
  return PrintTree(program.io(), report, divisions.rejects);
}

void AddTable(cli::Program& program, CLI::App* group, const std::string& name, const std::string& type,
              const std::string& example) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* command = program.AddCommand(
      group, name, "From CSV (UTF-8 or GB18030, gzip too) or .xlsx; bad rows are written to a table of rejects",
      {"import " + name + " " + example, "import " + name + " FILE.csv --dry-run"},
      [&program, options, type] { return Import(program, *options, type); });
  command->add_option("file", options->file, "The table; - for standard input")->required();
  command->add_option("--mapping", options->mapping,
                      "TOML that says which column is which field; default: by the headings");
  command->add_option("--place", options->place, "Place id, division code or name; default: this node's own place");
  command->add_option("--rejects", options->rejects,
                      "Where rejected rows go; default: FILE.rejects.csv in this folder");
  command->add_flag("--dry-run", options->dry_run, "Read and check only");
  command->add_option("--preview", options->preview, "Show the first N rows as they would be saved; nothing is saved");
}

}  // namespace

void AddImport(cli::Program& program) {
  CLI::App* group = program.AddGroup("import", "Tables into records");
  auto options = std::make_shared<ImportOptions>();
  CLI::App* command = program.AddCommand(
      group, "divisions", "Places from administrative divisions; again with a newer table for what changed",
      {"import divisions jiexiu_divisions.csv --code 140781 --data /srv/guanhu/city"},
      [&program, options] { return ImportDivisions(program, *options); });
  command->add_option("file", options->file, "CSV with code, name, level, parent_code")->required();
  command->add_option("--code", options->code, "First digits of the county's code, if the table has several");
  command->add_flag("--dry-run", options->dry_run, "Read and check only");
  AddTable(program, group, "assets", "Asset",
           "points.csv.gz --mapping tools/mappings/malawi_waterpoints.toml --place 张壁村");
  AddTable(program, group, "inspections", "Inspection", "rounds.csv --place 张壁村");
}

}  // namespace guanhu::ctl
