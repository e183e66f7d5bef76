// Plates with QR codes for assets: issues tokens where there are none, and prints.
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/cli/json.h"
#include "common/cli/read_commands.h"
#include "common/plate/pdf.h"
#include "common/plate/svg.h"
#include "common/plate/token.h"
#include "common/trust/certificate.h"
#include "guanhu/records/v1/asset.pb.h"
#include "tools/ctl/commands.h"

namespace guanhu::ctl {
namespace {

constexpr double kPlateWidthMm = 85;
constexpr double kPlateHeightMm = 54;

struct PlateOptions {
  std::string place;
  std::string url;
  std::string out;
  std::string person;
};

// A token for each asset that has none; the same command again issues no others.
absl::StatusOr<std::string> TokenFor(cli::Program& program, cli::Stub& stub, const api::v1::FigureRow& row,
                                     base::Random& random, std::set<std::string>& taken) {
  api::v1::GetRequest get;
  get.set_record(row.record());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView view, cli::Call(stub, &cli::Stub::Get, get));
  const std::string held = cli::ValueAt(view.json(), "qr_tokens");
  const size_t open = held.find('"');
  if (open != std::string::npos) return held.substr(open + 1, held.find('"', open + 1) - open - 1);
  std::string token;
  do {
    token = plate::NewToken(random);
  } while (!taken.insert(token).second);
  records::v1::Asset asset;
  asset.add_qr_tokens(token);
  api::v1::SaveRequest save;
  save.set_person(program.person());
  api::v1::Edit* edit = save.add_edits();
  edit->set_type("Asset");
  edit->set_record(row.record());
  edit->set_wire(asset.SerializeAsString());
  GUANHU_RETURN_IF_ERROR(cli::Call(stub, &cli::Stub::Save, save).status());
  return token;
}

absl::Status Write(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  return file ? absl::OkStatus() : absl::UnavailableError(absl::StrCat("cannot write ", path));
}

absl::Status Print(cli::Program& program, const std::vector<plate::Plate>& plates, const std::string& out) {
  if (absl::EndsWith(out, ".pdf")) {
    plate::PdfOptions options;
    options.created = program.Now();
    GUANHU_ASSIGN_OR_RETURN(const plate::Pdf pdf, plate::PlatesPdf(plates, options));
    if (!pdf.note.empty()) program.io().Note(pdf.note);
    return Write(out, pdf.bytes);
  }
  std::error_code ignored;
  std::filesystem::create_directories(out, ignored);
  for (const plate::Plate& p : plates) {
    GUANHU_ASSIGN_OR_RETURN(const std::string svg, plate::PlateSvg(p, kPlateWidthMm, kPlateHeightMm));
    GUANHU_RETURN_IF_ERROR(Write(absl::StrCat(out, "/", p.token, ".svg"), svg));
  }
  return absl::OkStatus();
}

absl::StatusOr<cli::Exit> Plates(cli::Program& program, const PlateOptions& options) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  api::v1::FigureRequest request;
  request.set_name("detail");
  request.set_place(options.place);
  request.set_limit(static_cast<uint32_t>(plate::kPlatesMax) + 1);
  request.set_language("zh");
  GUANHU_ASSIGN_OR_RETURN(const api::v1::FigureTable table, cli::Call(*stub, &cli::Stub::Figure, request));
  if (table.rows().empty()) return absl::NotFoundError("there are no assets at this place");
  trust::SecureRandom random;
  std::set<std::string> taken;
  std::vector<plate::Plate> plates;
  for (const auto& row : table.rows()) {
    plate::Plate p;
    GUANHU_ASSIGN_OR_RETURN(p.token, TokenFor(program, *stub, row, random, taken));
    GUANHU_ASSIGN_OR_RETURN(p.payload, plate::PayloadOf(options.url, p.token));
    p.code = row.cells(0).text();
    p.name = row.cells(1).text();
    p.place = row.cells(2).text();
    p.caption = "扫码报修";
    plates.push_back(std::move(p));
  }
  GUANHU_RETURN_IF_ERROR(Print(program, plates, options.out));
  program.io().Note(absl::StrCat(program.io().Say("已生成标牌 ", "Plates made: "), plates.size(), " -> ", options.out));
  return cli::kExitOk;
}

}  // namespace

void AddPlates(cli::Program& program) {
  auto options = std::make_shared<PlateOptions>();
  CLI::App* command = program.AddCommand(
      program.root(), "plates", "Plates with QR codes for the assets of a place; issues the codes that are missing",
      {"plates --place 张壁村 --url https://gh.example.cn/q/ --out plates.pdf",
       "plates --place 张壁村 --url https://gh.example.cn/q/ --out plates-svg"},
      [&program, options] { return Plates(program, *options); });
  command->add_option("--place", options->place, "This place and all below it")->required();
  command->add_option("--url", options->url, "The public address that the codes lead to")->required();
  command->add_option("--out", options->out, "A .pdf file, or a folder for one .svg each")->required();
}

}  // namespace guanhu::ctl
