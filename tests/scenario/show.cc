#include "tests/scenario/show.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/schema/display.h"
#include "common/schema/fields.h"
#include "common/schema/refs.h"
#include "common/schema/view.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/defect.pb.h"
#include "guanhu/records/v1/fund.pb.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/remark.pb.h"
#include "guanhu/records/v1/work_order.pb.h"

namespace guanhu::testing {
namespace {

namespace rec = records::v1;
namespace pb = google::protobuf;
using schema::Language;

const absl::TimeZone kZone = absl::FixedTimeZone(8 * 3600);

template <typename T>
T As(const pb::Message& message) {
  T out;
  out.CopyFrom(message);
  return out;
}

const char* KindText(schema::Conflict kind) {
  switch (kind) {
    case schema::Conflict::kCard:
      return "另有";
    case schema::Conflict::kProposal:
      return "下级建议";
    case schema::Conflict::kReview:
      return "待审";
    case schema::Conflict::kNone:
      break;
  }
  return "?";
}

}  // namespace

std::string Show::Who(base::Origin origin) const {
  const std::optional<node::AuthorInfo> author = node_.Author(origin);
  return author ? county_.NameOf(author->node) : "?";
}

std::string Show::When(int64_t ms) const { return absl::FormatTime("%Y-%m-%d %H:%M", absl::FromUnixMillis(ms), kZone); }

std::string Show::LabelOf(const base::RecordId& id) const {
  for (const auto& [label, named] : labels_) {
    if (named.id == id) return label;
  }
  return base::ToText(base::ShortHash(id));
}

// Hashes and record codes by the names that the scenario gave them.
std::string Show::Readable(std::string text) const {
  for (const auto& [label, named] : labels_) {
    text = absl::StrReplaceAll(text, {{base::ToText(base::ShortHash(named.id)), label}});
  }
  for (const auto& [hex, name] : photos_) text = absl::StrReplaceAll(text, {{hex.substr(0, 16), name}});
  return text;
}

std::unique_ptr<pb::Message> Show::Message(uint32_t type, const model::RecordState& state) const {
  return host::Shown(county_.schema(), type, state, [&](const model::Sibling& s) { return Authority(s); });
}

void Show::Each(uint32_t type, const Visitor& visit) const {
  for (const base::ScopeId& scope : node_.Scopes()) {
    const absl::Status s = node_.Visit(scope, type, [&](uint32_t, const base::RecordId& id, const auto& state) {
      const std::unique_ptr<pb::Message> message = Message(type, state);
      if (message != nullptr) visit(id, state, *message);
      return true;
    });
    if (!s.ok()) std::abort();
  }
}

std::string Show::Value(uint32_t type, const std::string& raw, const schema::FieldInfo& field,
                        const base::ScopeId& scope) const {
  if (raw.empty()) return "（空）";
  const auto message = schema::ParseRecord(county_.schema(), type, {{field.number, raw}});
  if (!message.ok()) return "?";
  schema::DisplayOptions options;
  options.scope = scope;
  return Readable(schema::ValueText(field, **message, options));
}

void Show::Conflicts(const NamedRecord& record, const model::RecordState& state, std::vector<std::string>& out) const {
  const schema::RecordView view =
      schema::ViewOf(county_.schema(), record.type, state, [&](const model::Sibling& s) { return Authority(s); });
  for (const schema::OpenConflict& c : view.conflicts) {
    if (c.info == nullptr) continue;
    for (const model::Sibling& s : c.others) {
      const bool ahead = domain::ClockAhead(s.stamp, absl::ToUnixMillis(county_.now()));
      out.push_back(absl::StrCat("  ! ", c.info->zh, " ", KindText(c.kind), ": ",
                                 Value(record.type, s.raw, *c.info, record.id.scope), " (", Who(s.origin), " ",
                                 When(s.stamp.wall_ms), ahead ? " 时钟超前" : "", ")"));
    }
  }
  if (view.deletion_contested) out.push_back("  ! 有人删除，同时有人修改：记录保留，请裁定");
  if (view.deleted) out.push_back("  已删除");
  for (const model::FieldState& f : state.fields) {
    for (const model::Sibling& s : f.siblings) {
      if (!domain::ClockAhead(s.stamp, absl::ToUnixMillis(county_.now()))) continue;
      const schema::FieldInfo* info = county_.schema().Field(record.type, f.number);
      out.push_back(absl::StrCat("  ! ", info == nullptr ? absl::StrCat(f.number) : info->zh, " 由时钟超前的终端 ",
                                 Who(s.origin), " 写于 ", When(s.stamp.wall_ms)));
    }
  }
}

absl::StatusOr<ledger::RecordLife> Show::Life(const NamedRecord& record) const {
  const schema::RecordInfo* info = county_.schema().Type(record.type);
  if (info == nullptr || info->life.empty()) return absl::InvalidArgumentError("the record has no life cycle");
  return ledger::LifeOf(node_, county_.schema(), links_, record.type, record.id);
}

void Show::Steps(const NamedRecord& record, const pb::Message& message, std::vector<std::string>& out) const {
  const schema::RecordInfo& info = *county_.schema().Type(record.type);
  if (info.life.empty()) return;
  const auto l = Life(record);
  if (!l.ok()) {
    out.push_back("  " + l.status().ToString());
    return;
  }
  const pb::EnumDescriptor& states = *info.Field(absl::string_view("state"))->descriptor->enum_type();
  out.push_back(absl::StrCat("  状态: ", schema::EnumLabel(states, l->life.state, Language::kChinese),
                             l->life.contested ? "（有争议）" : ""));
  for (const domain::Judged& j : l->life.acts) {
    const auto& [id, step, act] = l->steps[j.act];
    std::string line = absl::StrCat("  - ", Who(act.origin), " ", When(domain::TimeOf(act)), " ",
                                    schema::EnumLabel(*rec::StepAct_descriptor(), act.act, Language::kChinese));
    if (!step.reason().empty()) absl::StrAppend(&line, "（", step.reason(), "）");
    if (j.fate == domain::Fate::kEffective) {
      if (j.to != j.from) absl::StrAppend(&line, " → ", schema::EnumLabel(states, j.to, Language::kChinese));
    } else {
      absl::StrAppend(&line, j.fate == domain::Fate::kParallel ? " ∥ " : " × ", j.why_zh);
    }
    out.push_back(line);
  }
  if (message.GetDescriptor() != rec::WorkOrder::descriptor()) return;
  const auto order = As<rec::WorkOrder>(message);
  std::vector<domain::Act> acts;
  for (const ledger::StepRow& row : l->steps) acts.push_back(row.act);
  const domain::OrderClock clock = domain::ClockOf(
      l->life, acts, l->born_ms, order.has_due_ms() ? std::optional<int64_t>(order.due_ms()) : std::nullopt,
      absl::ToUnixMillis(county_.now()));
  out.push_back(absl::StrCat("  时钟: 派遣 ", When(clock.dispatched_ms), "，",
                             clock.done_ms != 0 ? absl::StrCat("完工 ", When(clock.done_ms)) : "未完工", "，暂停 ",
                             absl::FormatDuration(absl::Milliseconds(clock.paused_ms)), "，退单 ", clock.returns,
                             " 次，", clock.breached ? "已超时" : "未超时"));
}

// What other records say of this one.
void Show::Links(const NamedRecord& record, const pb::Message& message, std::vector<std::string>& out) const {
  const std::string& name = county_.schema().Type(record.type)->name;
  if (name == "Task") {
    std::vector<domain::Visit> visits;
    Each(county_.schema().Type("Inspection")->type, [&](const base::RecordId& id, const auto&, const pb::Message& m) {
      const auto i = As<rec::Inspection>(m);
      if (schema::FromRef(i.task(), id.scope) == record.id) visits.push_back({id, i.observed_ms()});
    });
    const int counted = domain::CountedVisit(visits);
    out.push_back(counted < 0 ? "  待查" : "  已查");
    std::vector<std::string> lines;
    for (size_t i = 0; i < visits.size(); ++i) {
      lines.push_back(absl::StrCat("  - ", When(visits[i].at_ms), " ", LabelOf(visits[i].id),
                                   static_cast<int>(i) == counted ? " 计入" : " 多余，保留"));
    }
    std::sort(lines.begin(), lines.end());
    out.insert(out.end(), lines.begin(), lines.end());
  }
  if (name == "Inspection") {
    const auto inspection = As<rec::Inspection>(message);
    for (const std::string& photo : inspection.photos()) {
      bool here = false;
      Each(county_.schema().Type("Attachment")->type, [&](const base::RecordId&, const auto&, const pb::Message& m) {
        here |= As<rec::Attachment>(m).sha256() == photo;
      });
      out.push_back(absl::StrCat("  照片 ", Readable(base::ToHex(absl::string_view(photo).substr(0, 8))),
                                 here ? " 已到" : " 未到"));
    }
  }
  if (name == "Defect" && As<rec::Defect>(message).has_asset()) {
    const schema::RecordInfo& assets = *county_.schema().Type("Asset");
    const auto state = node_.Get(assets.type, schema::FromRef(As<rec::Defect>(message).asset(), record.id.scope));
    if (!state.ok() || !*state) return;
    const rec::AssetState s = As<rec::Asset>(*Message(assets.type, **state)).state();
    if (s == rec::ASSET_STATE_RETIRED || s == rec::ASSET_STATE_HANDED_OVER)
      out.push_back("  ! 设施已报废或移交：转市级处理");
  }
}

std::vector<std::string> Show::Record(const std::string& label) const {
  const auto named = labels_.find(label);
  if (named == labels_.end()) return {"没有名为 " + label + " 的记录"};
  const NamedRecord& record = named->second;
  const schema::RecordInfo& info = *county_.schema().Type(record.type);
  std::vector<std::string> out{absl::StrCat(info.zh, " ", label)};
  const auto state = node_.Get(record.type, record.id);
  if (!state.ok() || !*state) {
    out.push_back("  未到");
    return out;
  }
  const std::unique_ptr<pb::Message> message = Message(record.type, **state);
  schema::DisplayOptions options;
  options.scope = record.id.scope;
  for (const schema::FieldInfo& field : info.fields) {
    const std::string text = schema::ValueText(field, *message, options);
    if (!text.empty() && field.number != schema::kDeletedField) {
      out.push_back(absl::StrCat("  ", field.zh, ": ", Readable(text)));
    }
  }
  for (const model::FieldState& f : (*state)->fields) {
    if (f.number < schema::kAttributeFirst) continue;
    base::Reader in(f.siblings.back().raw);
    in.Varint();
    out.push_back(absl::StrCat("  属性", f.number, ": ", in.Varint(), f.siblings.size() > 1 ? " 等多个" : ""));
  }
  Conflicts(record, **state, out);
  Steps(record, *message, out);
  Links(record, *message, out);
  return out;
}

std::vector<std::string> Show::Duplicates() const {
  std::vector<domain::Spot> spots;
  Each(county_.schema().Type("Asset")->type, [&](const base::RecordId& id, const auto&, const pb::Message& m) {
    const auto a = As<rec::Asset>(m);
    if (!a.has_point() || a.state() == rec::ASSET_STATE_MERGED) return;
    const uint64_t kind =
        a.has_type() ? base::ShortHash(schema::FromRef(a.type(), id.scope)) : static_cast<uint64_t>(a.facility_class());
    spots.push_back({id, kind, a.point().lat_e7(), a.point().lon_e7(), 0});
  });
  std::vector<std::string> out;
  for (const domain::Likeness& l : domain::FindDuplicates(spots)) {
    std::vector<std::string> pair{LabelOf(l.a), LabelOf(l.b)};
    std::sort(pair.begin(), pair.end());
    out.push_back(absl::StrCat("疑似重复: ", absl::StrJoin(pair, " 与 "), "，相距 ", (l.distance_dm + 5) / 10, " 米"));
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> Show::LikeReports() const {
  std::vector<domain::Spot> spots;
  Each(county_.schema().Type("Defect")->type, [&](const base::RecordId& id, const auto&, const pb::Message& m) {
    const auto d = As<rec::Defect>(m);
    if (!d.has_point()) return;
    spots.push_back({id, static_cast<uint64_t>(d.category()), d.point().lat_e7(), d.point().lon_e7(), d.found_ms()});
  });
  std::vector<std::string> out;
  for (const domain::Likeness& l : domain::SuggestMerge(spots)) {
    std::vector<std::string> pair{LabelOf(l.a), LabelOf(l.b)};
    std::sort(pair.begin(), pair.end());
    out.push_back(absl::StrCat("建议并案: ", absl::StrJoin(pair, " 与 "), "，相距 ", (l.distance_dm + 5) / 10, " 米"));
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> Show::Receipts() const {
  std::vector<domain::Claim> claims;
  Each(county_.schema().Type("Remark")->type, [&](const base::RecordId& id, const auto&, const pb::Message& m) {
    const auto r = As<rec::Remark>(m);
    if (r.has_cost_fen()) claims.push_back({id, {r.photos().begin(), r.photos().end()}});
  });
  Each(county_.schema().Type("FundEntry")->type, [&](const base::RecordId& id, const auto&, const pb::Message& m) {
    const auto entry = As<rec::FundEntry>(m);
    if (!entry.receipt_sha256().empty() && !entry.has_reverses()) claims.push_back({id, {entry.receipt_sha256()}});
  });
  std::vector<std::string> out;
  for (const domain::ReceiptUse& use : domain::SameReceipt(claims)) {
    std::vector<std::string> labels;
    for (const base::RecordId& id : use.claims) labels.push_back(LabelOf(id));
    std::sort(labels.begin(), labels.end());
    out.push_back(absl::StrCat("同一凭证 ", Readable(base::ToHex(absl::string_view(use.receipt).substr(0, 8))), ": ",
                               absl::StrJoin(labels, "、"), "，均保留，请核对"));
  }
  return out;
}

std::vector<std::string> Show::Held() const {
  std::vector<std::string> out;
  for (const node::HeldItem& item : node_.Held()) {
    out.push_back(absl::StrCat("扣留: ", county_.NameOf(item.author), " ", item.reason));
  }
  return out;
}

size_t Show::Count(uint32_t type, base::PlaceId place) const {
  size_t n = 0;
  Each(type, [&](const base::RecordId& id, const auto&, const pb::Message&) { n += id.scope.place == place ? 1 : 0; });
  return n;
}

std::vector<std::string> Show::Everything() const {
  std::vector<std::string> out;
  const auto add = [&](const std::vector<std::string>& lines) { out.insert(out.end(), lines.begin(), lines.end()); };
  for (const auto& [label, named] : labels_) add(Record(label));
  add(Duplicates());
  add(LikeReports());
  add(Receipts());
  add(Held());
  return out;
}

}  // namespace guanhu::testing
