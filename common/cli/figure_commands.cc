#include "common/cli/figure_commands.h"

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/cli/fields.h"
#include "common/cli/find.h"
#include "common/cli/json.h"
#include "common/cli/records.h"
#include "common/cli/table.h"

namespace guanhu::cli {
namespace {

using api::v1::FigureRequest;
using api::v1::FigureTable;

constexpr uint32_t kExportPage = 20'000;

struct Options {
  FigureRequest request;
  std::string by;
  std::vector<std::string> args;
  std::string out;
  bool gcj02 = false;
  bool list = false;
};

// What the figure covers and how old it is: nobody shall take it for the truth of this minute.
void PrintFreshness(const Program& program, const FigureTable& table) {
  const Io& io = const_cast<Program&>(program).io();
  std::string line = absl::StrCat(io.Say("截点 ", "As of mark "), table.mark());
  if (table.as_of_ms() != 0) {
    absl::StrAppend(&line, io.Say("，最新数据 ", ", latest work "),
                    absl::FormatTime("%Y-%m-%d %H:%M", absl::FromUnixMillis(table.as_of_ms()), program.zone()));
  }
  if (table.silent_size() > 0) {
    std::vector<std::string> names;
    for (const auto& s : table.silent()) names.push_back(absl::StrCat(s.device(), " (", s.place(), ")"));
    if (names.size() > 5) names.resize(5);
    absl::StrAppend(&line, io.Say("；7天以上无数据的终端 ", "; devices silent for more than 7 days: "),
                    table.silent_size(), "/", table.devices(), ": ", absl::StrJoin(names, ", "));
  }
  io.Note(line);
  for (const std::string& note : table.notes()) io.Note(note);
  if (table.next() != 0) {
    io.Note(absl::StrCat(io.Say("共 ", "Of "), table.total(),
                         io.Say(" 行；下一页用 --cursor ", " rows; next page: --cursor "), table.next()));
  }
}

void Print(Program& program, const FigureTable& table) {
  const Io& io = program.io();
  if (io.json) {
    *io.out << JsonOf(table) << "\n";
    return;
  }
  std::vector<std::string> headings;
  bool codes = false;
  for (const auto& c : table.columns()) headings.push_back(io.zh() ? c.label_zh() : c.label_en());
  for (const auto& row : table.rows()) codes |= !row.record().empty();
  if (codes) headings.insert(headings.begin(), std::string(io.Say("记录", "RECORD")));
  Table out(std::move(headings));
  for (const auto& row : table.rows()) {
    std::vector<std::string> cells;
    if (codes) {
      const auto id = base::ParseRecord(row.record());
      cells.push_back(id.ok() ? base::ToText(base::ShortHash(*id)) : "");
    }
    for (const auto& cell : row.cells()) cells.push_back(cell.text());
    out.Add(std::move(cells));
  }
  out.Print(io);
  PrintFreshness(program, table);
}

absl::Status ReadLists(Options& options) {
  for (const absl::string_view by : absl::StrSplit(options.by, ',', absl::SkipEmpty()))
    options.request.add_by(std::string(by));
  for (const std::string& arg : options.args) {
    const std::pair<std::string, std::string> kv = absl::StrSplit(arg, absl::MaxSplits('=', 1));
    if (kv.second.empty()) return absl::InvalidArgumentError(absl::StrCat("'", arg, "' is not NAME=VALUE"));
    (*options.request.mutable_args())[kv.first] = kv.second;
  }
  return absl::OkStatus();
}

// All pages, for a file.
absl::StatusOr<FigureTable> Whole(Program& program, Stub& stub, FigureRequest request) {
  request.set_limit(kExportPage);
  FigureTable all;
  do {
    GUANHU_ASSIGN_OR_RETURN(FigureTable page, Call(stub, &Stub::Figure, request));
    request.set_cursor(page.next());
    if (all.columns_size() == 0) {
      all = std::move(page);
      continue;
    }
    for (auto& row : *page.mutable_rows()) *all.add_rows() = std::move(row);
    program.io().Note(absl::StrCat(program.io().Say("已取 ", "Read "), all.rows_size(), "/", all.total()));
  } while (request.cursor() != 0);
  all.clear_next();
  return all;
}

absl::StatusOr<Exit> Ask(Program& program, Options options, const Export& save) {
  GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
  GUANHU_RETURN_IF_ERROR(ReadLists(options));
  options.request.set_language(program.io().language_code());
  if (options.out.empty()) {
    GUANHU_ASSIGN_OR_RETURN(const FigureTable table, Call(*stub, &Stub::Figure, options.request));
    Print(program, table);
    return kExitOk;
  }
  GUANHU_ASSIGN_OR_RETURN(const FigureTable table, Whole(program, *stub, options.request));
  GUANHU_RETURN_IF_ERROR(save(table, program.io().zh(), options.gcj02, options.out));
  program.io().Note(absl::StrCat(program.io().Say("已写入 ", "Wrote "), table.rows_size(),
                                 program.io().Say(" 行到 ", " rows to "), options.out));
  return kExitOk;
}

absl::StatusOr<Exit> List(Program& program) {
  GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
  GUANHU_ASSIGN_OR_RETURN(const auto figures, Call(*stub, &Stub::Figures, api::v1::FiguresRequest()));
  const Io& io = program.io();
  if (io.json) {
    *io.out << JsonOf(figures) << "\n";
    return kExitOk;
  }
  Table table({std::string(io.Say("名称", "NAME")), std::string(io.Say("含义", "WHAT IT TELLS")),
               std::string(io.Say("参数", "ARGUMENTS"))});
  for (const auto& f : figures.figures()) table.Add({f.name(), io.zh() ? f.zh() : f.en(), f.arguments()});
  table.Print(io);
  return kExitOk;
}

void AddCut(CLI::App* command, const std::shared_ptr<Options>& options, const Export& save) {
  const auto text = [&](const char* name, std::string* into, const char* help) {
    command->add_option(name, *into, help);
  };
  FigureRequest& r = options->request;
  text("--place", r.mutable_place(), "This place and all below it: code, name or id");
  text("--department", r.mutable_department(), "Department: name or record code");
  text("--type", r.mutable_facility_type(), "Facility type: name or record code");
  text("--class", r.mutable_facility_class(), "water, power, road, gas, telecom, sanitation, governance, service");
  text("--grade", r.mutable_grade(), "a, b, c, d");
  text("--condition", r.mutable_condition(), "good, minor_defect, impaired, stopped, to_retire");
  text("--state", r.mutable_state(), "State of the asset");
  text("--from", r.mutable_from(), "First month or day: 2026-01 or 2026-01-15");
  text("--to", r.mutable_to(), "Last month or day");
  text("--by", &options->by, "Cuts: place, township, department, class, type, grade, condition, state, month");
  text("--as-of", r.mutable_as_of(), "As it stood at this mark: its name or code");
  text("--saved", r.mutable_saved(), "With the filter of this saved ledger");
  command->add_option_function<uint32_t>(
      "--limit", [options](uint32_t n) { options->request.set_limit(n); }, "Rows of a page (100)");
  command->add_option_function<uint64_t>(
      "--cursor", [options](uint64_t n) { options->request.set_cursor(n); },
      "Where the page starts, as the page before said");
  if (!save) return;
  text("--out", &options->out, "Write all rows to this file: .csv, .xlsx or .geojson");
  command->add_flag("--gcj02", options->gcj02, "Positions in the file as GCJ-02, for web maps in China");
}

absl::StatusOr<Exit> Count(Program& program, const std::string& type, const std::string& place, const std::string& by) {
  GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
  api::v1::LedgerRequest request;
  request.set_language(program.io().language_code());
  request.set_place(place);
  if (!type.empty()) {
    GUANHU_ASSIGN_OR_RETURN(const schema::Schema* const schema, program.Schema());
    GUANHU_ASSIGN_OR_RETURN(const schema::RecordInfo* const info, FindType(*schema, type));
    request.set_type(info->name);
  }
  for (const absl::string_view cut : absl::StrSplit(by, ',', absl::SkipEmpty())) request.add_by(std::string(cut));
  GUANHU_ASSIGN_OR_RETURN(const api::v1::LedgerResponse ledger, Call(*stub, &Stub::Ledger, request));
  const Io& io = program.io();
  if (io.json) {
    *io.out << JsonOf(ledger) << "\n";
    return kExitOk;
  }
  std::vector<std::string> headings(request.by().begin(), request.by().end());
  headings.emplace_back(io.Say("数量", "count"));
  Table table(std::move(headings));
  for (const auto& row : ledger.rows()) {
    std::vector<std::string> cells(row.keys().begin(), row.keys().end());
    cells.push_back(absl::StrCat(row.count()));
    table.Add(std::move(cells));
  }
  table.Print(io);
  io.Note(absl::StrCat(io.Say("共 ", "Total "), ledger.total(), io.Say("，截至 ", ", as of "), ledger.as_of()));
  return kExitOk;
}

void AddCount(Program& program, CLI::App* group) {
  struct Cuts {
    std::string type = "Asset";
    std::string place;
    std::string by = "township,type";
  };
  auto options = std::make_shared<Cuts>();
  CLI::App* command =
      program.AddCommand(group, "count", "Records of one type, counted by any of their fields",
                         {"ledger count --type Inspection --by place,result", "ledger count --place 龙凤镇 --by place"},
                         [&program, options] { return Count(program, options->type, options->place, options->by); });
  command->add_option("--type", options->type, "Record type; \"\" for all")->capture_default_str();
  command->add_option("--place", options->place, "This place and all below it");
  command->add_option("--by", options->by, "Cuts: place, township, type, or fields of the type")->capture_default_str();
}

}  // namespace

void AddLedger(Program& program, Export save) {
  CLI::App* group = program.AddGroup("ledger", "The three ledgers, at any tier (三级台账)");
  struct Kind {
    const char* name;
    const char* help;
    std::vector<std::string> examples;
  };
  const Kind kinds[] = {
      {"summary",
       "Counts and amounts by place, department, category, grade, condition, period (综合台账)",
       {"ledger summary --by township,class", "ledger summary --place 龙凤镇 --grade a --from 2026-01 --by month"}},
      {"detail",
       "One row for each asset (明细台账)",
       {"ledger detail --place 张壁村 --condition stopped", "ledger detail --class road --limit 20 --json"}},
      {"work", "One row for each piece of work (工作台账)", {"ledger work --place 张壁村 --from 2026-11"}}};
  for (const Kind& kind : kinds) {
    auto options = std::make_shared<Options>();
    options->request.set_name(kind.name);
    CLI::App* command = program.AddCommand(group, kind.name, kind.help, kind.examples,
                                           [&program, options, save] { return Ask(program, *options, save); });
    AddCut(command, options, save);
  }
  AddCount(program, group);
}

void AddFigures(Program& program, Export save) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.AddCommand(
      program.root(), "figure", "Any figure by its name",
      {"figure --list", "figure summary --by class", "figure fund-balances --place 龙凤镇 --from 2026-01"},
      [&program, options, save] { return options->list ? List(program) : Ask(program, *options, save); });
  command->add_option("name", *options->request.mutable_name(), "As --list names it");
  command->add_flag("--list", options->list, "Names all figures");
  AddCut(command, options, save);
  command->add_option("--arg", options->args, "NAME=VALUE of the figure's own; may be repeated")
      ->allow_extra_args(false);
}

void AddMarks(Program& program) {
  struct Words {
    std::string name;
    std::string place;
  };
  CLI::App* group = program.AddGroup("mark", "Marks: what stood when, for as long as anybody asks (截点)");
  auto words = std::make_shared<Words>();
  CLI::App* command = program.AddCommand(
      group, "create", "Keep how far every journal has come",
      {"mark create 2026年终", "mark create 年终 --place 龙凤镇"}, [&program, words]() -> absl::StatusOr<Exit> {
        GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
        api::v1::MarkRequest request;
        request.set_name(words->name);
        request.set_place(words->place);
        request.set_person(program.person());
        GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView mark, Call(*stub, &Stub::MakeMark, request));
        if (program.io().json) {
          *program.io().out << JsonOf(mark) << "\n";
        } else {
          *program.io().out << mark.code() << "\n";
          program.io().Note(absl::StrCat(program.io().Say("截点已存：", "The mark is kept: "), words->name,
                                         program.io().Say("；查询时用 --as-of ", "; ask with --as-of "), mark.code()));
        }
        return kExitOk;
      });
  command->add_option("name", words->name, "What people will call it")->required();
  command->add_option("--place", words->place, "The place and all below it; default the node's own");
}

void AddViews(Program& program) {
  CLI::App* group = program.AddGroup("views", "The rows that ledgers are read from");
  auto verify = std::make_shared<bool>(false);
  CLI::App* command = program.AddCommand(
      group, "rebuild", "Make the ledgers' rows anew from the records", {"views rebuild --verify", "views rebuild"},
      [&program, verify]() -> absl::StatusOr<Exit> {
        GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
        api::v1::RebuildRequest request;
        request.set_verify(*verify);
        GUANHU_ASSIGN_OR_RETURN(const api::v1::RebuildResponse response, Call(*stub, &Stub::RebuildViews, request));
        const Io& io = program.io();
        if (io.json) *io.out << JsonOf(response) << "\n";
        for (const std::string& finding : response.findings()) {
          if (!io.json) *io.out << finding << "\n";
        }
        if (!response.findings().empty()) return kExitError;
        io.Note(absl::StrCat(*verify ? io.Say("台账与记录一致，设施 ", "The ledgers equal the records, assets: ")
                                     : io.Say("台账已重建，设施 ", "The ledgers are made anew, assets: "),
                             response.assets()));
        return kExitOk;
      });
  command->add_flag("--verify", *verify, "Only compare; exit 1 if anything differs");
}

}  // namespace guanhu::cli
