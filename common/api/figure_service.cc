// Figures, marks and the ledgers' rows.
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/api/client.h"
#include "common/api/local_service.h"
#include "common/api/views.h"
#include "common/base/status.h"
#include "common/figures/figures.h"
#include "common/ledger/mark.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/duty.pb.h"
#include "guanhu/records/v1/people.pb.h"

namespace guanhu::api {
namespace {

namespace rec = guanhu::records::v1;

constexpr uint32_t kLimitDefault = 100;
constexpr uint32_t kLimitMax = 100'000;  // a whole county's export comes in pages of this size

const absl::TimeZone kZone = absl::FixedTimeZone(8 * 3600);

// The only record of its type with this id, code or name.
template <typename Message>
absl::StatusOr<base::RecordId> Find(const figures::Desk& desk, absl::string_view text) {
  const uint32_t type = desk.TypeOf<Message>();
  std::vector<base::RecordId> found = desk.book().Named(type, text);
  if (found.size() == 1) return found.front();
  found.clear();
  absl::Status read;
  desk.WithRecords([&](const figures::Desk& d) {
    const Views views(&d.node(), &d.schema());
    read = d.Each<Message>({}, [&](const base::RecordId& id, const Message&) {
      if (d.NameOf(type, id) == text) found.push_back(id);
    });
    // Last, because it may read the id of every record.
    if (!read.ok() || !found.empty()) return;
    if (const auto named = views.Record(text); named.ok() && named->type == type) found.push_back(named->id);
  });
  GUANHU_RETURN_IF_ERROR(read);
  if (found.size() == 1) return found.front();
  return absl::NotFoundError(absl::StrCat(found.empty() ? "there is no " : "several records are called so: ",
                                          desk.schema().Type(type)->en, " '", text, "'; give its code"));
}

// An enum's number by its value's name, the name without its prefix, or a label.
absl::StatusOr<uint32_t> EnumOf(const schema::Schema& schema, absl::string_view field, absl::string_view text) {
  if (text.empty()) return 0u;
  const auto* type = schema.Type(ledger::kAssetType)->Field(field)->descriptor->enum_type();
  const std::string zero = type->value(0)->name();
  const std::string prefix = zero.substr(0, zero.size() - 11);
  const std::string upper = absl::AsciiStrToUpper(text);
  for (int i = 0; i < type->value_count(); ++i) {
    const int n = type->value(i)->number();
    const std::string zh = schema::EnumLabel(*type, n, schema::Language::kChinese);
    const std::string en = schema::EnumLabel(*type, n, schema::Language::kEnglish);
    const std::string name = type->value(i)->name();
    if (upper == name || prefix + upper == name || text == zh || absl::AsciiStrToUpper(en) == upper)
      return static_cast<uint32_t>(n);
  }
  return absl::InvalidArgumentError(absl::StrCat("'", text, "' is no ", field, "; `--help` lists the values"));
}

absl::StatusOr<figures::Question> ReadCut(const v1::FigureRequest& request, const figures::Desk& desk) {
  figures::Question q;
  if (!request.place().empty()) {
    GUANHU_ASSIGN_OR_RETURN(q.cut.place, Views::PlaceIn(desk.directory(), request.place()));
    q.cut.place = desk.directory().Root(q.cut.place);
  }
  if (!request.department().empty()) {
    GUANHU_ASSIGN_OR_RETURN(q.cut.department, Find<rec::Org>(desk, request.department()));
  }
  if (!request.facility_type().empty()) {
    GUANHU_ASSIGN_OR_RETURN(q.cut.type, Find<rec::FacilityType>(desk, request.facility_type()));
  }
  GUANHU_ASSIGN_OR_RETURN(q.cut.facility_class, EnumOf(desk.schema(), "facility_class", request.facility_class()));
  GUANHU_ASSIGN_OR_RETURN(q.cut.grade, EnumOf(desk.schema(), "grade", request.grade()));
  GUANHU_ASSIGN_OR_RETURN(q.cut.condition, EnumOf(desk.schema(), "condition", request.condition()));
  GUANHU_ASSIGN_OR_RETURN(q.cut.state, EnumOf(desk.schema(), "state", request.state()));
  return q;
}

// The first moment of a month or day, or with `past` the first after it.
absl::StatusOr<absl::Time> ReadPeriod(const std::string& text, bool past) {
  const std::vector<std::string> parts = absl::StrSplit(text, '-');
  int n[3] = {0, 0, 1};
  bool ok = parts.size() == 2 || parts.size() == 3;
  for (size_t i = 0; ok && i < parts.size(); ++i) ok = absl::SimpleAtoi(parts[i], &n[i]);
  const absl::CivilDay day(n[0], n[1], n[2]);
  if (!ok || day.year() != n[0] || day.month() != n[1] || day.day() != n[2])
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is no month (2026-01) or day (2026-01-31)"));
  if (!past) return absl::FromCivil(day, kZone);
  return parts.size() == 2 ? absl::FromCivil(absl::CivilMonth(day) + 1, kZone) : absl::FromCivil(day + 1, kZone);
}

absl::Status ReadPeriods(const v1::FigureRequest& request, figures::Question& q, absl::Time now) {
  if (!request.from().empty()) {
    q.to_ms = absl::ToUnixMillis(now) + 1;  // unless the question names an end
    GUANHU_ASSIGN_OR_RETURN(const absl::Time from, ReadPeriod(request.from(), false));
    q.from_ms = absl::ToUnixMillis(from);
    q.cut.from_month = ledger::MonthOf(q.from_ms);
  }
  if (!request.to().empty()) {
    GUANHU_ASSIGN_OR_RETURN(const absl::Time to, ReadPeriod(request.to(), true));
    q.to_ms = absl::ToUnixMillis(to);
    q.cut.to_month = ledger::MonthOf(q.to_ms - 1);
  }
  return absl::OkStatus();
}

absl::StatusOr<ledger::Dim> ReadDim(absl::string_view text) {
  constexpr std::pair<const char*, ledger::Dim> kNames[] = {{"place", ledger::Dim::kPlace},
                                                            {"township", ledger::Dim::kTownship},
                                                            {"department", ledger::Dim::kDepartment},
                                                            {"class", ledger::Dim::kClass},
                                                            {"type", ledger::Dim::kType},
                                                            {"grade", ledger::Dim::kGrade},
                                                            {"condition", ledger::Dim::kCondition},
                                                            {"state", ledger::Dim::kState},
                                                            {"month", ledger::Dim::kMonth}};
  for (const auto& [name, dim] : kNames) {
    if (text == name) return dim;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", text, "' is no cut: place, township, department, class, type, grade, condition, state, month"));
}

// People give a record's code; figures read its full id.
void NameRecords(const figures::Desk& desk, figures::Question& q) {
  const Views views(&desk.node(), &desk.schema());
  for (const char* name : {"asset", "run", "line", "party", "scheme", "assignee", "type"}) {
    const auto arg = q.args.find(name);
    if (arg == q.args.end()) continue;
    if (const auto named = views.Record(arg->second); named.ok()) arg->second = base::ToText(named->id);
  }
}

absl::StatusOr<figures::Question> ReadQuestion(const v1::FigureRequest& request, const figures::Desk& desk,
                                               absl::Time now) {
  GUANHU_ASSIGN_OR_RETURN(figures::Question q, ReadCut(request, desk));
  GUANHU_RETURN_IF_ERROR(ReadPeriods(request, q, now));
  for (const std::string& by : request.by()) {
    GUANHU_ASSIGN_OR_RETURN(const ledger::Dim dim, ReadDim(by));
    q.by.push_back(dim);
  }
  q.cursor = request.cursor();
  q.limit = request.limit() == 0 ? kLimitDefault : std::min(request.limit(), kLimitMax);
  q.args.insert(request.args().begin(), request.args().end());
  if (!q.args.empty()) desk.WithRecords([&](const figures::Desk& d) { NameRecords(d, q); });
  q.language = request.language() == "en" ? schema::Language::kEnglish : schema::Language::kChinese;
  q.now = now;
  return q;
}

// "-0.50" of -50.
std::string Hundredths(int64_t n) {
  return absl::StrCat(n < 0 ? "-" : "", std::abs(n) / 100, ".", std::abs(n) / 10 % 10, std::abs(n) % 10);
}

std::string CellText(const figures::Column& column, const figures::Cell& cell) {
  if (!cell.known) return "";
  switch (column.kind) {
    case figures::Kind::kText:
    case figures::Kind::kPoint:
      return cell.text;
    case figures::Kind::kFen:
      return Hundredths(cell.number);
    case figures::Kind::kTime:
      return cell.number == 0 ? "" : absl::FormatTime("%Y-%m-%d %H:%M", absl::FromUnixMillis(cell.number), kZone);
    case figures::Kind::kBasisPoints:
      return absl::StrCat(Hundredths(cell.number), " %");
    case figures::Kind::kNumber:
    case figures::Kind::kMinutes:
      return absl::StrCat(cell.number);
  }
  return "";
}

void FillTable(const figures::Table& table, v1::FigureTable* out) {
  constexpr const char* kKinds[] = {"text", "number", "fen", "time", "bp", "minutes", "point"};
  out->set_title_zh(table.zh);
  out->set_title_en(table.en);
  for (const figures::Column& c : table.columns) {
    v1::FigureColumn* column = out->add_columns();
    column->set_name(c.name);
    column->set_label_zh(c.zh);
    column->set_label_en(c.en);
    column->set_kind(kKinds[static_cast<size_t>(c.kind)]);
  }
  for (const figures::Row& r : table.rows) {
    v1::FigureRow* row = out->add_rows();
    row->set_record(r.record);
    for (size_t i = 0; i < r.cells.size() && i < table.columns.size(); ++i) {
      v1::FigureCell* cell = row->add_cells();
      cell->set_text(CellText(table.columns[i], r.cells[i]));
      cell->set_number(r.cells[i].number);
      cell->set_unknown(!r.cells[i].known);
    }
  }
  out->set_next(table.next);
  out->set_total(table.total);
  for (const std::string& note : table.notes) out->add_notes(note);
  out->set_mark(table.coverage.mark);
  out->set_changes(table.coverage.changes);
  out->set_as_of_ms(table.as_of_ms);
  out->set_devices(table.devices);
  for (const figures::Silent& s : table.silent) {
    v1::SilentDevice* silent = out->add_silent();
    silent->set_device(s.device);
    silent->set_place(s.place);
    silent->set_written_ms(s.written_ms);
  }
}

// The saved ledger's filter fills what the request leaves open. Filter: "name=value" pairs, separated by spaces.
absl::Status UseSaved(const figures::Desk& desk, v1::FigureRequest& request) {
  if (request.saved().empty()) return absl::OkStatus();
  GUANHU_ASSIGN_OR_RETURN(const base::RecordId id, Find<rec::SavedLedger>(desk, request.saved()));
  GUANHU_ASSIGN_OR_RETURN(const auto saved, desk.Read<rec::SavedLedger>(id));
  if (!saved) return absl::NotFoundError("the saved ledger is not here");
  if (request.name().empty() || request.name() == "summary") {
    constexpr const char* kNames[] = {"summary", "summary", "detail", "work"};
    request.set_name(kNames[saved->kind() <= 3 ? saved->kind() : 0]);
  }
  const auto* descriptor = request.GetDescriptor();
  for (const absl::string_view pair : absl::StrSplit(saved->filter(), ' ', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> kv = absl::StrSplit(pair, absl::MaxSplits('=', 1));
    if (kv.first == "by") {
      if (request.by().empty()) {
        for (const absl::string_view by : absl::StrSplit(kv.second, ',')) request.add_by(std::string(by));
      }
      continue;
    }
    const auto* field = descriptor->FindFieldByName(kv.first);
    if (field == nullptr || field->is_repeated() || field->type() != google::protobuf::FieldDescriptor::TYPE_STRING)
      return absl::InvalidArgumentError(absl::StrCat("the saved ledger's filter '", pair, "' names no filter"));
    if (request.GetReflection()->GetString(request, field).empty())
      request.GetReflection()->SetString(&request, field, kv.second);
  }
  return absl::OkStatus();
}

absl::StatusOr<figures::Table> TellAt(const v1::FigureRequest& request, const figures::Desk& desk, absl::Time now) {
  GUANHU_ASSIGN_OR_RETURN(const figures::Question q, ReadQuestion(request, desk, now));
  return figures::Tell(request.name().empty() ? "summary" : request.name(), desk, q);
}

// What was so at a mark. On the node's thread.
absl::Status TellPast(const v1::FigureRequest& request, host::NodeHost& host, const node::Node& node,
                      v1::FigureTable* out) {
  const figures::Desk desk(node, host.schema(), host.ledger());
  GUANHU_ASSIGN_OR_RETURN(const base::RecordId id, Find<rec::Mark>(desk, request.as_of()));
  GUANHU_ASSIGN_OR_RETURN(const auto mark, desk.Read<rec::Mark>(id));
  GUANHU_ASSIGN_OR_RETURN(const auto points, ledger::DecodePoints(mark->vectors()));
  GUANHU_ASSIGN_OR_RETURN(const auto past, ledger::Past::At(node, host.trust(), host.rules(), host.schema(),
                                                            host.enrolment().county_place, points));
  const figures::Desk past_desk(past->node(), host.schema(), past->ledger());
  GUANHU_ASSIGN_OR_RETURN(const figures::Table table, TellAt(request, past_desk, absl::FromUnixMillis(mark->at_ms())));
  FillTable(table, out);
  if (!past->missing().empty()) {
    out->add_notes(request.language() == "en"
                       ? absl::StrCat(past->missing().size(), " journals of the mark are not held here so far")
                       : absl::StrCat("本机缺少该截点的 ", past->missing().size(), " 份日志"));
  }
  return absl::OkStatus();
}

absl::Status Tell(const v1::FigureRequest& request, host::NodeHost& host, v1::FigureTable* out) {
  GUANHU_RETURN_IF_ERROR(host.Book().status());
  v1::FigureRequest full = request;
  if (!full.saved().empty()) {
    GUANHU_RETURN_IF_ERROR(
        host.Do([&](node::Node& n) { return UseSaved(figures::Desk(n, host.schema(), host.ledger()), full); }));
  }
  if (!full.as_of().empty()) return host.Do([&](node::Node& n) { return TellPast(full, host, n, out); });
  const figures::Figure* figure = figures::Find(full.name().empty() ? "summary" : full.name());
  absl::StatusOr<figures::Table> table;
  if (figure != nullptr && figure->from_book) {
    const figures::Desk desk(
        [&](const std::function<void(const figures::Desk&)>& work) {
          host.Do([&](node::Node& n) {
            work(figures::Desk(n, host.schema(), host.ledger()));
            return 0;
          });
        },
        host.schema(), host.ledger());
    table = TellAt(full, desk, host.now());
  } else {
    table = host.Do(
        [&](node::Node& n) { return TellAt(full, figures::Desk(n, host.schema(), host.ledger()), host.now()); });
  }
  GUANHU_RETURN_IF_ERROR(table.status());
  FillTable(*table, out);
  return absl::OkStatus();
}

}  // namespace

grpc::Status LocalServiceImpl::Figure(grpc::ServerContext*, const v1::FigureRequest* request, v1::FigureTable* out) {
  return ToGrpc(Tell(*request, *host_, out));
}

grpc::Status LocalServiceImpl::Figures(grpc::ServerContext*, const v1::FiguresRequest*, v1::FiguresResponse* out) {
  for (const figures::Figure* f : figures::All()) {
    v1::FigureInfo* info = out->add_figures();
    info->set_name(f->name);
    info->set_zh(f->zh);
    info->set_en(f->en);
    info->set_arguments(f->arguments);
  }
  return grpc::Status::OK;
}

grpc::Status LocalServiceImpl::RebuildViews(grpc::ServerContext*, const v1::RebuildRequest* request,
                                            v1::RebuildResponse* out) {
  return ToGrpc(host_->Do([&](node::Node& n) -> absl::Status {
    GUANHU_ASSIGN_OR_RETURN(const std::vector<std::string> findings, host_->ledger().Rebuild(n, request->verify()));
    out->mutable_findings()->Add(findings.begin(), findings.end());
    out->set_assets(host_->ledger().book().asset_count());
    return absl::OkStatus();
  }));
}

grpc::Status LocalServiceImpl::MakeMark(grpc::ServerContext*, const v1::MarkRequest* request, v1::RecordView* out) {
  v1::SaveRequest save;
  const absl::Status read = host_->Do([&](node::Node& n) -> absl::Status {
    const Views views(&n, &host_->schema());
    GUANHU_ASSIGN_OR_RETURN(const base::PlaceId place, views.Place(request->place()));
    rec::Mark mark;
    mark.set_name(request->name());
    mark.set_vectors(ledger::EncodePoints(ledger::PointsOf(n, place)));
    mark.set_place(place.value);
    mark.set_at_ms(absl::ToUnixMillis(host_->now()));
    save.set_place(base::ToText(place.value));
    save.set_person(request->person());
    v1::Edit* edit = save.add_edits();
    edit->set_type("Mark");
    edit->set_wire(mark.SerializeAsString());
    return absl::OkStatus();
  });
  if (!read.ok()) return ToGrpc(read);
  v1::SaveResponse saved;
  if (const grpc::Status status = Save(nullptr, &save, &saved); !status.ok()) return status;
  *out = saved.records(0);
  return grpc::Status::OK;
}

}  // namespace guanhu::api
