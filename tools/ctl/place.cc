#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/cli/find.h"
#include "common/cli/json.h"
#include "common/cli/table.h"
#include "common/schema/display.h"
#include "guanhu/records/v1/place.pb.h"
#include "tools/ctl/commands.h"

namespace guanhu::ctl {
namespace {

std::string KindText(const cli::Io& io, const std::string& kind) {
  const google::protobuf::EnumDescriptor& kinds = *records::v1::PlaceKind_descriptor();
  const google::protobuf::EnumValueDescriptor* value = kinds.FindValueByName(kind);
  return value == nullptr ? kind : schema::EnumLabel(kinds, value->number(), io.language);
}

absl::StatusOr<cli::Exit> List(cli::Program& program, const std::string& find) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  api::v1::PlacesRequest request;
  request.set_find(find);
  GUANHU_ASSIGN_OR_RETURN(const api::v1::PlacesResponse places, cli::Call(*stub, &cli::Stub::Places, request));
  const cli::Io& io = program.io();
  if (io.json) {
    *io.out << cli::JsonOf(places) << "\n";
    return cli::kExitOk;
  }
  std::map<std::string, std::string> names;
  for (const api::v1::PlaceView& p : places.places()) names[p.id()] = p.name();
  const auto name_of = [&names](const std::string& id) { return names.count(id) == 0 ? id : names[id]; };
  const auto word = [&io](absl::string_view zh, absl::string_view en) { return std::string(io.Say(zh, en)); };
  cli::Table table({"ID", word("代码", "CODE"), word("名称", "NAME"), word("类别", "KIND"), word("上级", "PARENT"),
                    word("并入", "MERGED INTO")});
  for (const api::v1::PlaceView& p : places.places()) {
    table.Add({p.id(), p.code(), p.name(), KindText(io, p.kind()), name_of(p.parent()), name_of(p.successor())});
  }
  table.Print(io);
  return cli::kExitOk;
}

// `into`: a merger; else a move below another parent. No record is rewritten by either.
absl::StatusOr<cli::Exit> Change(cli::Program& program, const std::string& what, const std::string& target, bool into) {
  GUANHU_ASSIGN_OR_RETURN(cli::Stub* const stub, program.Service());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::PlaceView place, cli::FindPlace(*stub, what));
  GUANHU_ASSIGN_OR_RETURN(const api::v1::PlaceView other, cli::FindPlace(*stub, target));
  api::v1::PlaceChangeRequest request;
  request.set_place(place.id());
  into ? request.set_successor(other.id()) : request.set_new_parent(other.id());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::PlaceView done, cli::Call(*stub, &cli::Stub::ChangePlace, request));
  const cli::Io& io = program.io();
  if (io.json) {
    *io.out << cli::JsonOf(done) << "\n";
  } else {
    *io.out << place.name() << (into ? io.Say(" 并入 ", " is merged into ") : io.Say(" 现属 ", " is now below "))
            << other.name() << "\n";
  }
  return cli::kExitOk;
}

}  // namespace

void AddPlace(cli::Program& program) {
  CLI::App* group = program.AddGroup("place", "The tree of places");
  auto find = std::make_shared<std::string>();
  CLI::App* command =
      program.AddCommand(group, "list", "The tree, or what a code or name finds",
                         {"place list", "place list 张壁村 --json"}, [&program, find] { return List(program, *find); });
  command->add_option("find", *find, "Place id, division code or name");

  auto move = std::make_shared<std::pair<std::string, std::string>>();
  command = program.AddCommand(group, "move", "Put a place below another parent; its records stay as they are",
                               {"place move 张壁村 --to 绵山镇"},
                               [&program, move] { return Change(program, move->first, move->second, false); });
  command->add_option("place", move->first, "The place")->required();
  command->add_option("--to", move->second, "Its new parent")->required();

  auto merge = std::make_shared<std::pair<std::string, std::string>>();
  command = program.AddCommand(group, "merge", "Merge a place into another; unsent work for it stays welcome",
                               {"place merge 东宋壁村 --into 西宋壁村"},
                               [&program, merge] { return Change(program, merge->first, merge->second, true); });
  command->add_option("place", merge->first, "The place that ends")->required();
  command->add_option("--into", merge->second, "The place that takes over")->required();
}

}  // namespace guanhu::ctl
