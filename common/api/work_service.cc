// Saving, reading, status and exchange.
#include <chrono>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/api/client.h"
#include "common/api/commands.h"
#include "common/api/lives.h"
#include "common/api/local_service.h"
#include "common/api/views.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/host/parent_link.h"
#include "common/schema/display.h"

namespace guanhu::api {
namespace {

constexpr uint32_t kListDefault = 100;
constexpr absl::Duration kSyncDefault = absl::Seconds(60);

bool IsDirectory(const host::NodeHost& host, uint32_t type) { return host.rules().IsDirectoryType(type); }

// The scopes at and below a place (all held ones without a place).
absl::StatusOr<std::vector<base::ScopeId>> ScopesBelow(const node::Node& node, const Views& views,
                                                       absl::string_view place) {
  std::vector<base::ScopeId> scopes = node.Scopes();
  if (place.empty()) return scopes;
  GUANHU_ASSIGN_OR_RETURN(const base::PlaceId top, views.Place(place));
  std::erase_if(scopes,
                [&](const base::ScopeId& s) { return s.place != top && !node.directory().Above(top, s.place); });
  return scopes;
}

void FillSaved(const node::Saved& saved, const v1::SaveRequest& request, const node::Node& node, const Views& views,
               const schema::Schema& schema, v1::SaveResponse* out) {
  out->set_change(ChangeText(saved.journal, saved.seq));
  out->set_repeated_command(saved.repeated);
  for (size_t i = 0; i < saved.records.size() && i < static_cast<size_t>(request.edits_size()); ++i) {
    const base::RecordId& id = saved.records[i];
    const v1::Edit& wanted = request.edits(static_cast<int>(i));
    uint32_t type = 0;
    if (const schema::RecordInfo* info = schema.Type(wanted.type())) type = info->type;
    if (type == 0) {
      if (const absl::StatusOr<Named> named = views.Record(base::ToText(id)); named.ok()) type = named->type;
    }
    v1::RecordView* view = out->add_records();
    const auto state = node.Get(type, id);
    if (state.ok() && *state) {
      views.Fill({type, id}, **state, view);
    } else {
      view->set_id(base::ToText(id));
      view->set_code(base::ToText(base::ShortHash(id)));
    }
  }
}

// Key of a record in one cut of the ledger.
std::string CutKey(const std::string& by, const schema::RecordInfo* info, const base::RecordId& id,
                   const google::protobuf::Message* shown, const node::Node& node, const Views& views) {
  if (by == "place") return views.PlaceName(id.scope.place);
  if (by == "type") return info == nullptr ? "unknown" : info->name;
  if (by == "township") {
    const domain::PlaceRow* row = node.directory().Place(node.directory().Root(id.scope.place));
    if (row == nullptr || !row->parent) return views.PlaceName(id.scope.place);
    return row->parent == node.directory().county() ? row->name : views.PlaceName(row->parent);
  }
  const schema::FieldInfo* field = info == nullptr ? nullptr : info->Field(absl::string_view(by));
  if (field == nullptr || shown == nullptr) return "-";
  schema::DisplayOptions options;
  options.language = views.language();
  options.scope = id.scope;
  const std::string text = schema::ValueText(*field, *shown, options);
  return text.empty() ? "-" : text;
}

// Whether the record's field `state` has the value of that name, such as ORDER_STATE_TAKEN.
bool HasState(const schema::RecordInfo* info, const google::protobuf::Message* shown, const std::string& name) {
  const schema::FieldInfo* field = info == nullptr ? nullptr : info->Field(absl::string_view("state"));
  if (shown == nullptr || field == nullptr || field->descriptor->enum_type() == nullptr) return false;
  return shown->GetReflection()->GetEnum(*shown, field->descriptor)->name() == name;
}

}  // namespace

void LocalServiceImpl::SetLinkState(std::string state) {
  std::lock_guard<std::mutex> lock(mu_);
  link_state_ = std::move(state);
}

grpc::Status LocalServiceImpl::Save(grpc::ServerContext*, const v1::SaveRequest* request, v1::SaveResponse* response) {
  const absl::StatusOr<node::Command> command =
      host_->Do([&](node::Node& n) { return ToCommand(*request, Views(&n, &host_->schema()), n, host_->schema()); });
  if (!command.ok()) return ToGrpc(command.status());
  const absl::StatusOr<node::Saved> saved = host_->Execute(*command);
  if (!saved.ok()) return ToGrpc(saved.status());
  host_->Do([&](node::Node& n) {
    const Lives lives(&n, &host_->schema(), &host_->ledger(), &host_->ledger().book());
    const Views views(&n, &host_->schema(), request->language(), &lives);
    FillSaved(*saved, *request, n, views, host_->schema(), response);
    return 0;
  });
  return grpc::Status::OK;
}

grpc::Status LocalServiceImpl::SaveMany(grpc::ServerContext*, const v1::SaveManyRequest* request,
                                        v1::SaveManyResponse* response) {
  std::vector<node::Command> commands;
  std::vector<int> rows;
  host_->Do([&](node::Node& n) {
    const Views views(&n, &host_->schema());
    for (int i = 0; i < request->saves_size(); ++i) {
      absl::StatusOr<node::Command> command = ToCommand(request->saves(i), views, n, host_->schema());
      v1::SaveManyResponse::Row* row = response->add_rows();
      if (command.ok()) {
        commands.push_back(*std::move(command));
        rows.push_back(i);
      } else {
        row->set_error(std::string(command.status().message()));
      }
    }
    return 0;
  });
  const auto results = host_->Execute(commands);
  if (!results.ok()) return ToGrpc(results.status());
  for (size_t k = 0; k < rows.size(); ++k) {
    v1::SaveManyResponse::Row* row = response->mutable_rows(rows[k]);
    const absl::StatusOr<node::Saved>& saved = (*results)[k];
    if (!saved.ok()) {
      row->set_error(std::string(saved.status().message()));
      continue;
    }
    row->mutable_saved()->set_change(ChangeText(saved->journal, saved->seq));
    row->mutable_saved()->set_repeated_command(saved->repeated);
    for (const base::RecordId& id : saved->records) {
      v1::RecordView* view = row->mutable_saved()->add_records();
      view->set_id(base::ToText(id));
      view->set_code(base::ToText(base::ShortHash(id)));
    }
  }
  return grpc::Status::OK;
}

grpc::Status LocalServiceImpl::Get(grpc::ServerContext*, const v1::GetRequest* request, v1::RecordView* response) {
  return ToGrpc(host_->Do([&](node::Node& n) -> absl::Status {
    const Lives lives(&n, &host_->schema(), &host_->ledger(), &host_->ledger().book());
    const Views views(&n, &host_->schema(), request->language(), &lives);
    GUANHU_ASSIGN_OR_RETURN(const Named named, views.Record(request->record()));
    GUANHU_ASSIGN_OR_RETURN(const std::optional<model::RecordState> state, n.Get(named.type, named.id));
    if (!state) return absl::NotFoundError("nothing of this record has taken effect here yet");
    views.Fill(named, *state, response);
    views.FillFields(named, *state, response);
    if (const auto shown = views.Shown(named, *state)) {
      const absl::Status filled =
          lives.Fill(named.type, named.id, *shown, views, absl::ToUnixMillis(host_->now()), response->mutable_life());
      GUANHU_RETURN_IF_ERROR(filled);
      if (response->life().state().empty()) response->clear_life();
    }
    return request->history() ? views.FillHistory(named, response) : absl::OkStatus();
  }));
}

grpc::Status LocalServiceImpl::List(grpc::ServerContext*, const v1::ListRequest* request, v1::ListResponse* response) {
  return ToGrpc(host_->Do([&](node::Node& n) -> absl::Status {
    const Lives lives(&n, &host_->schema(), &host_->ledger(), &host_->ledger().book());
    const Views views(&n, &host_->schema(), request->language(), &lives);
    uint32_t type = 0;
    if (!request->type().empty()) {
      const schema::RecordInfo* info = host_->schema().Type(request->type());
      if (info == nullptr)
        return absl::InvalidArgumentError(
            absl::StrCat("there is no record type '", base::Printable(request->type()), "'"));
      type = info->type;
    }
    const uint32_t limit = request->limit() == 0 ? kListDefault : request->limit();
    GUANHU_ASSIGN_OR_RETURN(const std::vector<base::ScopeId> scopes, ScopesBelow(n, views, request->place()));
    uint64_t total = 0;
    for (const base::ScopeId& s : scopes) {
      GUANHU_RETURN_IF_ERROR(
          n.Visit(s, type, [&](uint32_t t, const base::RecordId& id, const model::RecordState& state) {
            if (type == 0 && IsDirectory(*host_, t)) return true;
            if (request->conflicts_only() && views.Conflicts(t, state) == 0) return true;
            const bool wanted = static_cast<uint32_t>(response->records_size()) < limit;
            if (!request->state().empty()) {
              const auto shown = views.Shown(Named{t, id}, state);
              if (!HasState(host_->schema().Type(t), shown.get(), request->state())) return true;
            }
            if (!wanted && request->contains().empty()) {
              ++total;
              return true;
            }
            v1::RecordView view;
            views.Fill({t, id}, state, &view);
            if (!request->contains().empty() && view.json().find(request->contains()) == std::string::npos) return true;
            ++total;
            if (wanted) *response->add_records() = std::move(view);
            return true;
          }));
    }
    response->set_total(total);
    return absl::OkStatus();
  }));
}

grpc::Status LocalServiceImpl::Ledger(grpc::ServerContext*, const v1::LedgerRequest* request,
                                      v1::LedgerResponse* response) {
  return ToGrpc(host_->Do([&](node::Node& n) -> absl::Status {
    const Lives lives(&n, &host_->schema(), &host_->ledger(), &host_->ledger().book());
    const Views views(&n, &host_->schema(), request->language(), &lives);
    uint32_t type = 0;
    if (!request->type().empty()) {
      const schema::RecordInfo* info = host_->schema().Type(request->type());
      if (info == nullptr)
        return absl::InvalidArgumentError(
            absl::StrCat("there is no record type '", base::Printable(request->type()), "'"));
      type = info->type;
    }
    GUANHU_ASSIGN_OR_RETURN(const std::vector<base::ScopeId> scopes, ScopesBelow(n, views, request->place()));
    std::map<std::vector<std::string>, uint64_t> rows;
    uint64_t digest = 0;
    for (const base::ScopeId& s : scopes) {
      digest += n.DigestOf(s).digest;
      GUANHU_RETURN_IF_ERROR(
          n.Visit(s, type, [&](uint32_t t, const base::RecordId& id, const model::RecordState& state) {
            if (type == 0 && IsDirectory(*host_, t)) return true;
            const schema::RecordInfo* info = host_->schema().Type(t);
            const std::unique_ptr<google::protobuf::Message> shown = views.Shown(Named{t, id}, state);
            std::vector<std::string> keys;
            for (const std::string& by : request->by()) keys.push_back(CutKey(by, info, id, shown.get(), n, views));
            ++rows[keys];
            return true;
          }));
    }
    for (const auto& [keys, count] : rows) {
      v1::LedgerResponse::Row* row = response->add_rows();
      for (const std::string& k : keys) row->add_keys(k);
      row->set_count(count);
      response->set_total(response->total() + count);
    }
    response->set_as_of(base::ToText(digest));
    return absl::OkStatus();
  }));
}

grpc::Status LocalServiceImpl::Status(grpc::ServerContext*, const v1::StatusRequest*, v1::StatusResponse* out) {
  const std::vector<host::LinkInfo> links = host_->Links();
  const absl::Status status = host_->Do([&](node::Node& n) -> absl::Status {
    const Views views(&n, &host_->schema());
    out->set_node(base::ToText(n.node().value));
    out->set_tier(std::string(domain::ToText(n.tier())));
    out->set_place(base::ToText(n.place().value));
    out->set_place_name(views.PlaceName(n.place()));
    out->set_county(views.PlaceName(n.directory().county()));
    if (const domain::DeviceRow* device = n.directory().Device(n.node())) out->set_name(device->name);
    out->set_epoch(n.epoch());
    out->set_incarnation(base::ToText(n.origin().value));
    out->set_waiting(n.WaitingCount());
    for (const node::HeldItem& h : n.Held()) {
      out->set_held(out->held() + (h.verdict && !h.verdict->adopt ? 0 : 1));
      if (h.author == n.node()) out->set_attention(out->attention() + 1);
    }
    out->set_quarantine(n.AsideAll().size());
    for (const node::OwnProgress& p : n.OwnWork()) {
      out->set_own_changes(out->own_changes() + p.changes);
      out->set_at_township(out->at_township() + p.at_township);
      out->set_at_city(out->at_city() + p.at_city);
    }
    for (const base::ScopeId& s : n.Scopes()) {
      GUANHU_RETURN_IF_ERROR(n.Visit(s, 0, [&](uint32_t t, const base::RecordId&, const model::RecordState& state) {
        if (IsDirectory(*host_, t)) return true;
        out->set_records(out->records() + 1);
        if (views.Conflicts(t, state) > 0) out->set_conflicts(out->conflicts() + 1);
        return true;
      }));
    }
    for (const host::LinkInfo& link : links) {
      v1::LinkState* l = out->add_links();
      l->set_peer(base::ToText(link.peer.value));
      if (const domain::DeviceRow* device = n.directory().Device(link.peer)) l->set_peer_name(device->name);
      l->set_relation(link.relation == sync::Relation::kParent  ? "parent"
                      : link.relation == sync::Relation::kChild ? "child"
                                                                : "neighbour");
      l->set_state(!link.detail.empty() ? "refused" : link.equal ? "equal" : "connected");
      l->set_detail(link.detail);
      l->set_bytes_in(link.stats.bytes_in);
      l->set_bytes_out(link.stats.bytes_out);
      l->set_since_ms(absl::ToUnixMillis(link.since));
    }
    const node::ParentContact contact = n.Contact();
    out->set_last_up_ms(contact.all_up_ms);
    out->set_last_down_ms(contact.equal_ms);
    return absl::OkStatus();
  });
  out->set_store_note(host_->store().report().detail);
  std::lock_guard<std::mutex> lock(mu_);
  if (out->links().empty() && !link_state_.empty()) {
    v1::LinkState* l = out->add_links();
    l->set_relation("parent");
    l->set_state("waiting");
    l->set_detail(link_state_);
  }
  return ToGrpc(status);
}

grpc::Status LocalServiceImpl::Digest(grpc::ServerContext*, const v1::DigestRequest* request, v1::DigestResponse* out) {
  return ToGrpc(host_->Do([&](node::Node& n) -> absl::Status {
    const Views views(&n, &host_->schema());
    GUANHU_ASSIGN_OR_RETURN(const std::vector<base::ScopeId> scopes, ScopesBelow(n, views, request->place()));
    uint64_t vectors = 0, states = 0;
    for (const base::ScopeId& s : scopes) {
      const sync::Have have = n.HaveOf(s);
      if (have.points.empty()) continue;
      v1::DigestResponse::Scope* row = out->add_scopes();
      row->set_scope(base::ToText(s));
      row->set_place_name(views.PlaceName(s.place));
      // Acknowledgements travel later than what they acknowledge: they stay outside this comparison.
      uint64_t vector = 0;
      for (const sync::Point& p : have.points) {
        std::string name;
        base::PutFixed64(name, p.journal.origin.value);
        base::PutFixed64(name, p.seq);
        base::PutFixed64(name, p.hash);
        vector += base::Prefix64(base::Sha256(name));
        row->set_changes(row->changes() + p.seq);
      }
      row->set_journals(have.points.size());
      const model::StateDigest d = n.StatesOf(s);
      row->set_vector(absl::StrCat(absl::Hex(vector, absl::kZeroPad16)));
      row->set_states(absl::StrCat(absl::Hex(d.high, absl::kZeroPad16), absl::Hex(d.low, absl::kZeroPad16)));
      vectors += base::Prefix64(base::Sha256(absl::StrCat(row->scope(), row->vector())));
      states += base::Prefix64(base::Sha256(absl::StrCat(row->scope(), row->states())));
    }
    out->set_total_vector(absl::StrCat(absl::Hex(vectors, absl::kZeroPad16)));
    out->set_total_states(absl::StrCat(absl::Hex(states, absl::kZeroPad16)));
    return absl::OkStatus();
  }));
}

grpc::Status LocalServiceImpl::Sync(grpc::ServerContext*, const v1::SyncRequest* request,
                                    grpc::ServerWriter<v1::SyncProgress>* writer) {
  const std::string address = !request->address().empty() ? request->address()
                              : !parent_.empty()          ? parent_
                                                          : host_->enrolment().parent_address;
  if (address.empty())
    return ToGrpc(absl::FailedPreconditionError(
        "no address to sync with: name one (--to HOST:PORT), or enrol this node with --parent"));
  const absl::Duration timeout = request->timeout_ms() == 0 ? kSyncDefault : absl::Milliseconds(request->timeout_ms());
  const auto counts = [&](v1::SyncProgress* p) {
    host_->Do([&](node::Node& n) {
      for (const node::OwnProgress& w : n.OwnWork()) {
        p->set_own_changes(p->own_changes() + w.changes);
        p->set_at_township(p->at_township() + w.at_township);
        p->set_at_city(p->at_city() + w.at_city);
      }
      return 0;
    });
  };
  absl::Time said = absl::InfinitePast();
  const host::SyncReport report = host::SyncOnce(*host_, address, timeout, [&](const host::LinkInfo& link) {
    if (host_->now() - said < absl::Seconds(1)) return;
    said = host_->now();
    v1::SyncProgress p;
    counts(&p);
    p.set_bytes_in(link.stats.bytes_in);
    p.set_bytes_out(link.stats.bytes_out);
    writer->Write(p);
  });
  v1::SyncProgress last;
  counts(&last);
  last.set_done(true);
  last.set_ok(report.complete && report.detail.empty());
  last.set_bytes_in(report.bytes_in);
  last.set_bytes_out(report.bytes_out);
  const uint64_t own = last.own_changes(), up = std::max(last.at_township(), last.at_city()), city = last.at_city();
  if (!report.reached) {
    last.set_sentence_zh(
        absl::StrCat("没有连上 ", address, "：", report.status.message(), "。本机 ", own, " 条都在，联网后再传。"));
    last.set_sentence_en(absl::StrCat("Could not reach ", address, ": ", report.status.message(), ". All ", own,
                                      " changes are safe on this device and will go later."));
  } else {
    last.set_sentence_zh(absl::StrCat("已上传 ", up, " 条，市级已收 ", city, " 条，", own - city, " 条等乡镇转发。",
                                      report.complete ? "" : "这次没有传完，下次接着传。"));
    last.set_sentence_en(
        absl::StrCat(up, " changes handed up, ", city, " of them at the city, ", own - city, " still on the way.",
                     report.complete ? "" : " Not everything went this time; the next sync goes on from here."));
  }
  if (!report.detail.empty()) {
    last.set_sentence_zh(absl::StrCat(last.sentence_zh(), "对方说：", report.detail));
    last.set_sentence_en(absl::StrCat(last.sentence_en(), " The other side says: ", report.detail));
  }
  writer->Write(last);
  return grpc::Status::OK;
}

}  // namespace guanhu::api
