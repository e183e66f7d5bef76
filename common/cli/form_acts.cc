// The acts of a life cycle as commands.
#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/cli/fields.h"
#include "common/cli/find.h"
#include "common/cli/forms.h"
#include "common/cli/photos.h"
#include "common/cli/records.h"
#include "common/schema/display.h"
#include "guanhu/records/v1/step.pb.h"

namespace guanhu::cli {
namespace {

namespace rec = records::v1;
using schema::Need;

struct ActOptions {
  std::string record;
  std::string reason;
  std::vector<std::string> photos;
  std::string party;
  std::string until;
  std::string amount;
  std::string score;
  std::string other;
  std::string at;
  std::string minutes;
  std::string quantity;
  bool force = false;
};

// What people used to call an act.
struct Alias {
  absl::string_view noun;
  int act;
  const char* verb;
};
constexpr Alias kAliases[] = {{"order", rec::STEP_ACT_TAKE, "accept"},
                              {"order", rec::STEP_ACT_ASK_PAUSE, "suspend"},
                              {"order", rec::STEP_ACT_FINISH, "done"},
                              {"defect", rec::STEP_ACT_FINISH, "fixed"}};

std::vector<const schema::Transition*> RowsOf(const schema::RecordInfo& info, int act) {
  std::vector<const schema::Transition*> rows;
  for (const schema::Transition& row : info.life) {
    if (row.act == act) rows.push_back(&row);
  }
  return rows;
}

// Needed wherever the act is legal.
bool IsNeeded(const schema::RecordInfo& info, int act, Need need) {
  const auto rows = RowsOf(info, act);
  return std::all_of(rows.begin(), rows.end(), [need](const schema::Transition* row) {
    return std::find(row->needs.begin(), row->needs.end(), need) != row->needs.end();
  });
}

std::string StateText(const schema::RecordInfo& info, int state) {
  const schema::FieldInfo* field = info.Field(absl::string_view("state"));
  if (field == nullptr || field->descriptor->enum_type() == nullptr) return absl::StrCat(state);
  return absl::StrCat(schema::EnumLabel(*field->descriptor->enum_type(), state, schema::Language::kChinese), " ",
                      schema::EnumLabel(*field->descriptor->enum_type(), state, schema::Language::kEnglish));
}

std::string WritersText(const schema::Writers& writers) {
  std::vector<absl::string_view> tiers;
  if (writers.tiers >> static_cast<unsigned>(schema::Tier::kVillage) & 1u) tiers.emplace_back("村 village");
  if (writers.tiers >> static_cast<unsigned>(schema::Tier::kTownship) & 1u) tiers.emplace_back("乡镇 township");
  if (writers.tiers >> static_cast<unsigned>(schema::Tier::kCity) & 1u) tiers.emplace_back("市 city");
  return absl::StrJoin(tiers, ", ");
}

// One line for each row: from which states to which, by whom.
std::string RowsText(const schema::RecordInfo& info, int act) {
  std::string out;
  for (const schema::Transition* row : RowsOf(info, act)) {
    std::vector<std::string> from;
    for (const int state : row->from) from.push_back(StateText(info, state));
    absl::StrAppend(&out, "\n  ", from.empty() ? "任何状态 any state" : absl::StrJoin(from, ", "));
    if (row->to >= 0) absl::StrAppend(&out, " -> ", StateText(info, row->to));
    if (const std::string writers = WritersText(row->writers); !writers.empty())
      absl::StrAppend(&out, " (", writers, ")");
    if (std::find(row->needs.begin(), row->needs.end(), Need::kSomeoneElse) != row->needs.end())
      absl::StrAppend(&out, "; 须由他人办理 by somebody else");
    if (row->times_max > 0) absl::StrAppend(&out, "; 最多 at most ", row->times_max, " x");
  }
  return out;
}

absl::Status CheckNeeds(const schema::RecordInfo& info, int act, const ActOptions& o) {
  struct Wanted {
    Need need;
    const char* option;
    bool there;
  };
  for (const Wanted& w :
       {Wanted{Need::kReason, "--reason", !o.reason.empty()}, Wanted{Need::kEvidence, "--photo", !o.photos.empty()},
        Wanted{Need::kParty, "--party", !o.party.empty()}, Wanted{Need::kUntil, "--until", !o.until.empty()},
        Wanted{Need::kAmount, "--amount", !o.amount.empty()}, Wanted{Need::kScore, "--score", !o.score.empty()},
        Wanted{Need::kOther, "--other", !o.other.empty()}}) {
    if (w.there || o.force || !IsNeeded(info, act, w.need)) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        schema::EnumLabel(*rec::StepAct_descriptor(), act, schema::Language::kChinese), " / ",
        schema::EnumLabel(*rec::StepAct_descriptor(), act, schema::Language::kEnglish), " needs ", w.option));
  }
  return absl::OkStatus();
}

// Reads a value as the Step's field of that name takes it.
absl::StatusOr<int64_t> NumberOf(Program& program, const char* field_name, const std::string& text) {
  GUANHU_ASSIGN_OR_RETURN(const schema::Schema* const schema, program.Schema());
  const schema::RecordInfo* info = schema->Type("Step");
  rec::Step step;
  const schema::FieldInfo* field = info->Field(absl::string_view(field_name));
  GUANHU_RETURN_IF_ERROR(SetField(*field, text, {}, {}, program.zone(), step));
  const google::protobuf::Reflection& r = *step.GetReflection();
  if (field->descriptor->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_UINT32)
    return int64_t{r.GetUInt32(step, field->descriptor)};
  return r.GetInt64(step, field->descriptor);
}

absl::Status FillNumbers(Program& program, const ActOptions& o, api::v1::ActRequest& request) {
  const auto read = [&](const char* field, const std::string& text, auto set) -> absl::Status {
    if (text.empty()) return absl::OkStatus();
    GUANHU_ASSIGN_OR_RETURN(const int64_t value, NumberOf(program, field, text));
    set(value);
    return absl::OkStatus();
  };
  GUANHU_RETURN_IF_ERROR(read("until_ms", o.until, [&](int64_t v) { request.set_until_ms(v); }));
  GUANHU_RETURN_IF_ERROR(read("amount_fen", o.amount, [&](int64_t v) { request.set_amount_fen(v); }));
  GUANHU_RETURN_IF_ERROR(read("score", o.score, [&](int64_t v) { request.set_score(static_cast<uint32_t>(v)); }));
  GUANHU_RETURN_IF_ERROR(read("at_ms", o.at, [&](int64_t v) { request.set_at_ms(v); }));
  GUANHU_RETURN_IF_ERROR(
      read("work_minutes", o.minutes, [&](int64_t v) { request.set_work_minutes(static_cast<uint32_t>(v)); }));
  return read("quantity", o.quantity, [&](int64_t v) { request.set_quantity(v); });
}

absl::StatusOr<Exit> Act(Program& program, const schema::RecordInfo& info, int act, const ActOptions& o) {
  GUANHU_RETURN_IF_ERROR(CheckNeeds(info, act, o));
  GUANHU_ASSIGN_OR_RETURN(Stub* const stub, program.Service());
  GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView record, FindRecord(*stub, o.record, info.name));
  api::v1::ActRequest request;
  request.set_record(record.id());
  request.set_act(ActVerb(act));
  request.set_reason(o.reason);
  request.set_person(program.person());
  request.set_command_id(program.command_id());
  request.set_force(o.force);
  request.set_language(program.io().language_code());
  GUANHU_RETURN_IF_ERROR(FillNumbers(program, o, request));
  for (const auto& [text, set] : {std::pair{&o.party, &api::v1::ActRequest::set_party<std::string>},
                                  std::pair{&o.other, &api::v1::ActRequest::set_other<std::string>}}) {
    if (text->empty()) continue;
    GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView named, FindReference(*stub, *text));
    (request.*set)(std::string(named.id()));
  }
  std::vector<Photo> photos;
  for (const std::string& text : o.photos) {
    GUANHU_ASSIGN_OR_RETURN(Photo photo, ReadPhoto(text));
    request.add_photos(photo.sha256);
    photos.push_back(std::move(photo));
  }
  const absl::string_view role = act == rec::STEP_ACT_FINISH ? "after" : "";
  GUANHU_ASSIGN_OR_RETURN(std::vector<api::v1::Edit> files, AttachmentsOf(program, photos, record.id(), role, {}));
  for (api::v1::Edit& file : files) *request.add_also() = std::move(file);
  GUANHU_ASSIGN_OR_RETURN(const api::v1::RecordView done, Call(*stub, &Stub::Act, request));
  PrintActed(program.io(), done);
  return kExitOk;
}

void AddAct(Program& program, CLI::App* group, const schema::RecordInfo& info, int act) {
  const std::string verb = ActVerb(act);
  const auto need = [&](Need n) { return IsNeeded(info, act, n) ? " [必填 required]" : ""; };
  std::string example = absl::StrCat(info.noun, " ", verb, " 7KQ2M9");
  for (const auto& [n, text] :
       {std::pair{Need::kReason, " --reason 说明"}, std::pair{Need::kEvidence, " --photo 1.jpg"},
        std::pair{Need::kParty, " --party 7KQ2M9"}, std::pair{Need::kUntil, " --until 2026-12-01"},
        std::pair{Need::kAmount, " --amount 350.00元"}, std::pair{Need::kScore, " --score 5"},
        std::pair{Need::kOther, " --other 7KQ2M9"}}) {
    if (IsNeeded(info, act, n)) absl::StrAppend(&example, text);
  }
  auto o = std::make_shared<ActOptions>();
  const std::string help =
      absl::StrCat(schema::EnumLabel(*rec::StepAct_descriptor(), act, schema::Language::kChinese), " / ",
                   schema::EnumLabel(*rec::StepAct_descriptor(), act, schema::Language::kEnglish));
  CLI::App* command = program.AddCommand(group, verb, help, {example},
                                         [&program, &info, act, o] { return Act(program, info, act, *o); });
  command->footer(absl::StrCat("Allowed:", RowsText(info, act), "\n\n", command->get_footer()));
  for (const Alias& alias : kAliases) {
    if (alias.noun == info.noun && alias.act == act && FindCommand(group, alias.verb) == nullptr)
      command->alias(alias.verb);
  }
  command->add_option("RECORD", o->record, "Record code")->required();
  command->add_option("--reason,--note", o->reason, absl::StrCat("说明 / Reason", need(Need::kReason)));
  command
      ->add_option("--photo", o->photos,
                   absl::StrCat("凭证 / Evidence", need(Need::kEvidence), ": a file, or its SHA-256"))
      ->type_name("FILE")
      ->allow_extra_args(false);
  command->add_option("--party", o->party,
                      absl::StrCat("承办方 / Who takes over", need(Need::kParty), ": code or name"));
  command->add_option("--until", o->until, absl::StrCat("期限 / Until", need(Need::kUntil), ": 2026-11-25"));
  command->add_option("--amount,--cost", o->amount,
                      absl::StrCat("金额 / Amount", need(Need::kAmount), ": 12.50元, or fen"));
  command->add_option("--score", o->score, absl::StrCat("评分 / Score", need(Need::kScore), ": 1 to 5"));
  command->add_option("--other", o->other, absl::StrCat("相关记录 / The other record", need(Need::kOther)));
  command->add_option("--at", o->at, "办理时间 / When; default: now");
  command->add_option("--minutes", o->minutes, "用工 / Working time in minutes");
  command->add_option("--quantity", o->quantity, "数量 / Quantity");
  command->add_flag("--force", o->force, "Write it although it is known to be without effect");
}

}  // namespace

std::vector<int> ActsOf(const schema::RecordInfo& info) {
  std::vector<int> acts;
  for (const schema::Transition& row : info.life) {
    if (std::find(acts.begin(), acts.end(), row.act) == acts.end()) acts.push_back(row.act);
  }
  return acts;
}

std::string ActVerb(int act) {
  const google::protobuf::EnumValueDescriptor* value = rec::StepAct_descriptor()->FindValueByNumber(act);
  if (value == nullptr) return absl::StrCat(act);
  return absl::AsciiStrToLower(absl::StrReplaceAll(absl::StripPrefix(value->name(), "STEP_ACT_"), {{"_", "-"}}));
}

void AddActs(Program& program, CLI::App* group, const schema::RecordInfo& info) {
  for (const int act : ActsOf(info)) {
    if (FindCommand(group, ActVerb(act)) == nullptr) AddAct(program, group, info, act);
  }
}

}  // namespace guanhu::cli
