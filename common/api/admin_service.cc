// What clerks and keepers of nodes do: held changes, quarantine, conflicts, devices, places, checks.
#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/api/client.h"
#include "common/api/commands.h"
#include "common/api/local_service.h"
#include "common/api/views.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/codec/batch_codec.h"
#include "common/host/county.h"
#include "common/schema/fields.h"
#include "common/schema/refs.h"
#include "common/store/rocks_store.h"
#include "common/trust/certificate.h"
#include "guanhu/records/v1/device.pb.h"
#include "guanhu/records/v1/place.pb.h"
#include "guanhu/records/v1/review.pb.h"

namespace guanhu::api {
namespace {

constexpr uint32_t kPlaceType = 1;
constexpr uint32_t kDeviceType = 5;

std::string HexOf(uint64_t v) { return absl::StrCat(absl::Hex(v, absl::kZeroPad16)); }

absl::Status OnlyCity(const node::Node& n) {
  if (n.tier() == domain::Tier::kCity) return absl::OkStatus();
  return absl::PermissionDeniedError("only the city does this: run it on the city's node");
}

// What an entry wrote, for people.
std::string EntryText(const Views& views, const base::JournalId& j, uint64_t seq, absl::string_view bytes) {
  const absl::StatusOr<model::Entry> entry = model::Decode(bytes, j, seq);
  const auto* change = entry.ok() ? std::get_if<model::Change>(&*entry) : nullptr;
  if (change == nullptr) return "";
  std::string text;
  for (const model::Edit& e : change->edits)
    absl::StrAppend(&text, text.empty() ? "" : "\n", views.TextOf(e.type, e.set, j.scope));
  return text;
}

void FillHeld(node::Node& n, const Views& views, v1::HeldResponse* out) {
  for (const node::HeldItem& h : n.Held()) {
    v1::HeldView* row = out->add_held();
    row->set_journal(base::ToText(h.journal));
    row->set_seq(h.seq);
    *row->mutable_author() = views.AuthorOf(h.journal.origin, {}, {});
    row->set_reason(h.reason);
    if (h.verdict) {
      row->set_verdict(h.verdict->adopt ? "adopt" : "void");
      row->set_verdict_reason(h.verdict->reason);
    }
    if (const absl::StatusOr<std::string> entry = n.EntryBytes(h.journal, h.seq); entry.ok())
      row->set_text(EntryText(views, h.journal, h.seq, *entry));
  }
}

v1::PlaceView PlaceToView(const domain::PlaceRow& row) {
  v1::PlaceView out;
  out.set_id(base::ToText(row.id.value));
  out.set_name(row.name);
  out.set_code(row.code);
  out.set_kind(row.kind);
  if (row.parent) out.set_parent(base::ToText(row.parent.value));
  if (row.successor) out.set_successor(base::ToText(row.successor.value));
  return out;
}

// The record that made a place or device: the one that the directory reads it from.
absl::StatusOr<base::RecordId> FindRecord(
    const node::Node& n, uint32_t type,
    const std::function<bool(const base::RecordId&, const model::RecordState&)>& wanted) {
  base::RecordId found;
  GUANHU_RETURN_IF_ERROR(
      n.Visit(n.county_scope(), type, [&](uint32_t, const base::RecordId& id, const model::RecordState& state) {
        if (wanted(id, state)) found = id;
        return !found;
      }));
  if (!found) return absl::NotFoundError("its record is not held here");
  return found;
}

absl::StatusOr<node::Command> EditOf(const node::Node& n, uint32_t type, const base::RecordId& id,
                                     const google::protobuf::Message& fields) {
  node::Command command;
  command.scope = n.county_scope();
  node::Command::Edit edit;
  edit.type = type;
  edit.record = id;
  edit.set = schema::FieldsOf(fields);
  command.edits.push_back(std::move(edit));
  return command;
}

// The county's published journals as an enrolment file carries them.
absl::StatusOr<std::vector<std::string>> CountyBatches(node::Node& n) {
  codec::BatchEncoder encoder;
  std::vector<std::string> out;
  for (const sync::Point& p : n.HaveOf(n.county_scope()).points) {
    for (uint64_t seq = 0; seq < p.seq;) {
      GUANHU_ASSIGN_OR_RETURN(const model::EntryBatch batch, n.ReadSuffix(p.journal, seq));
      if (batch.entries.empty()) break;
      GUANHU_ASSIGN_OR_RETURN(std::string bytes, encoder.Encode(batch));
      out.push_back(std::move(bytes));
      seq = batch.last_seq();
    }
  }
  return out;
}

}  // namespace

grpc::Status LocalServiceImpl::Held(grpc::ServerContext*, const v1::HeldRequest* request, v1::HeldResponse* out) {
  host_->Do([&](node::Node& n) {
    FillHeld(n, Views(&n, &host_->schema(), request->language()), out);
    return 0;
  });
  return grpc::Status::OK;
}

grpc::Status LocalServiceImpl::Decide(grpc::ServerContext*, const v1::DecideRequest* request, v1::HeldResponse* out) {
  return ToGrpc(host_->Do([&](node::Node& n) -> absl::Status {
    GUANHU_ASSIGN_OR_RETURN(const base::JournalId journal, ParseJournal(request->journal()));
    base::PersonId person;
    if (!request->person().empty()) {
      GUANHU_ASSIGN_OR_RETURN(const uint64_t id, base::ParseCrockford(request->person()));
      person = base::PersonId{id};
    }
    GUANHU_RETURN_IF_ERROR(n.Decide(journal, {request->seqs().begin(), request->seqs().end()}, request->adopt(),
                                    request->reason(), person, host_->now()));
    FillHeld(n, Views(&n, &host_->schema()), out);
    return absl::OkStatus();
  }));
}

grpc::Status LocalServiceImpl::Quarantine(grpc::ServerContext*, const v1::QuarantineRequest* request,
                                          v1::QuarantineResponse* out) {
  host_->Do([&](node::Node& n) {
    const Views views(&n, &host_->schema(), request->language());
    for (const sync::AsideItem& item : n.AsideAll()) {
      v1::QuarantineView* row = out->add_items();
      row->set_journal(base::ToText(item.journal));
      row->set_seq(item.seq);
      row->set_hash(HexOf(base::Prefix64(item.chain)));
      row->set_reason(item.reason);
      const node::AsideInfo info = n.AsideStateOf(item);
      row->set_at_city(n.AsideAtCity(item));
      row->set_reissued(info.reissued);
      row->set_text(EntryText(views, item.journal, item.seq, item.entry));
    }
    return 0;
  });
  return grpc::Status::OK;
}

grpc::Status LocalServiceImpl::Adopt(grpc::ServerContext*, const v1::AdoptRequest* request, v1::SaveResponse* out) {
  return ToGrpc(host_->Do([&](node::Node& n) -> absl::Status {
    GUANHU_ASSIGN_OR_RETURN(const base::JournalId journal, ParseJournal(request->journal()));
    uint64_t hash = 0;
    if (!absl::SimpleHexAtoi(request->hash(), &hash))
      return absl::InvalidArgumentError("the hash has 16 hexadecimal digits");
    GUANHU_ASSIGN_OR_RETURN(const node::Saved saved, n.AdoptAside(journal, request->seq(), hash, host_->now()));
    out->set_change(ChangeText(saved.journal, saved.seq));
    for (const base::RecordId& id : saved.records) {
      v1::RecordView* view = out->add_records();
      view->set_id(base::ToText(id));
      view->set_code(base::ToText(base::ShortHash(id)));
    }
    return absl::OkStatus();
  }));
}

grpc::Status LocalServiceImpl::Resolve(grpc::ServerContext*, const v1::ResolveRequest* request, v1::RecordView* out) {
  const absl::StatusOr<node::Command> command = host_->Do([&](node::Node& n) -> absl::StatusOr<node::Command> {
    const Views views(&n, &host_->schema());
    GUANHU_ASSIGN_OR_RETURN(const Named named, views.Record(request->record()));
    GUANHU_ASSIGN_OR_RETURN(const std::optional<model::RecordState> state, n.Get(named.type, named.id));
    const schema::RecordInfo* info = host_->schema().Type(named.type);
    const schema::FieldInfo* field = info == nullptr ? nullptr : info->Field(absl::string_view(request->field()));
    const model::FieldState* siblings = field == nullptr || !state ? nullptr : state->Find(field->number);
    if (siblings == nullptr)
      return absl::NotFoundError(
          absl::StrCat("the record has no field '", base::Printable(request->field()), "' to decide on"));
    records::v1::ConflictDecision decision;
    *decision.mutable_record() = schema::ToRef(named.id, named.id.scope);
    decision.set_field(field->number);
    decision.set_reason(request->reason());
    model::Field chosen{field->number, {}};
    for (const model::Sibling& s : siblings->siblings) {
      records::v1::Contender* c = decision.add_values();
      c->set_raw(s.raw);
      c->set_origin(s.origin.value);
      c->set_seq(s.seq);
      c->set_wall_ms(s.stamp.wall_ms);
      if (ChangeText({named.id.scope, s.origin}, s.seq) == request->take_change()) chosen.raw = s.raw;
    }
    if (!request->json().empty()) {
      const std::unique_ptr<google::protobuf::Message> message = host_->schema().NewMessage(named.type);
      const auto parsed = google::protobuf::util::JsonStringToMessage(request->json(), message.get());
      if (!parsed.ok())
        return absl::InvalidArgumentError(absl::StrCat("the value cannot be read: ", parsed.message().ToString()));
      for (const model::Field& f : schema::FieldsOf(*message)) {
        if (f.number == field->number) chosen.raw = f.raw;
      }
    }
    if (chosen.raw.empty())
      return absl::InvalidArgumentError("name the change whose value stands, or give another value");
    decision.set_chosen(chosen.raw);
    node::Command c;
    c.scope = named.id.scope;
    if (!request->person().empty()) {
      GUANHU_ASSIGN_OR_RETURN(const uint64_t person, base::ParseCrockford(request->person()));
      c.person = base::PersonId{person};
    }
    node::Command::Edit edit;
    edit.type = named.type;
    edit.record = named.id;
    edit.set.push_back(std::move(chosen));
    c.edits.push_back(std::move(edit));
    node::Command::Edit note;
    note.type = host_->schema().TypeOf(decision)->type;
    note.set = schema::FieldsOf(decision);
    c.edits.push_back(std::move(note));
    return c;
  });
  if (!command.ok()) return ToGrpc(command.status());
  const absl::StatusOr<node::Saved> saved = host_->Execute(*command);
  if (!saved.ok()) return ToGrpc(saved.status());
  v1::GetRequest get;
  get.set_language(request->language());
  get.set_record(base::ToText(saved->records.front()));
  return Get(nullptr, &get, out);
}

grpc::Status LocalServiceImpl::Devices(grpc::ServerContext*, const v1::DevicesRequest*, v1::DevicesResponse* out) {
  host_->Do([&](node::Node& n) {
    const Views views(&n, &host_->schema());
    for (const auto& [id, device] : n.directory().devices()) {
      v1::DeviceView* row = out->add_devices();
      row->set_node(base::ToText(id.value));
      row->set_name(device.name);
      row->set_place(base::ToText(device.place.value));
      row->set_place_name(views.PlaceName(device.place));
      row->set_tier(std::string(domain::ToText(device.tier)));
      row->set_revoked(n.ViewOf(id).hand_in_only);
    }
    return 0;
  });
  return grpc::Status::OK;
}

grpc::Status LocalServiceImpl::Enrol(grpc::ServerContext*, const v1::EnrolRequest* request, v1::EnrolResponse* out) {
  trust::SecureRandom random;
  host::EnrolmentRequest enrol;
  const absl::StatusOr<trust::TlsIdentity> authority = host::ReadAuthority(host_->data_dir());
  const absl::Status prepared = host_->Do([&](node::Node& n) -> absl::Status {
    GUANHU_RETURN_IF_ERROR(OnlyCity(n));
    const Views views(&n, &host_->schema());
    GUANHU_ASSIGN_OR_RETURN(enrol.place, views.Place(request->place()));
    enrol.place_name = views.PlaceName(enrol.place);
    const domain::PlaceRow* row = n.directory().Place(enrol.place);
    const bool township = row != nullptr && row->parent == n.directory().county();
    enrol.tier = request->tier() == "city" || enrol.place == n.directory().county()       ? 3
                 : request->tier() == "township" || (request->tier().empty() && township) ? 2
                                                                                          : 1;
    enrol.serial = n.directory().devices().size() + 2;
    return absl::OkStatus();
  });
  if (!prepared.ok()) return ToGrpc(prepared);
  if (!authority.ok()) return ToGrpc(authority.status());
  enrol.name = request->name();
  enrol.parent_address = request->parent_address();
  if (!request->parent_node().empty()) {
    const absl::StatusOr<uint64_t> parent = base::ParseCrockford(request->parent_node());
    if (!parent.ok()) return ToGrpc(parent.status());
    enrol.parent_node = base::NodeId{*parent};
  }
  absl::StatusOr<trust::Enrolment> file =
      host::EnrolNode(host_->enrolment(), host_->house_trust().key(), *authority, enrol, host_->now(), random);
  if (!file.ok()) return ToGrpc(file.status());
  const absl::StatusOr<trust::Identity> identity = trust::CheckEnrolment(*file);
  if (!identity.ok()) return ToGrpc(identity.status());
  records::v1::Device device;
  device.set_node(identity->node.value);
  device.set_name(request->name());
  device.set_place(enrol.place.value);
  device.set_tier(static_cast<options::v1::Tier>(enrol.tier));
  device.set_tls_sha256(std::string(base::View(identity->fields.tls_key_sha256)));
  device.set_state(records::v1::DEVICE_STATE_REGISTERED);
  const absl::Status listed = host_->Do([&](node::Node& n) -> absl::Status {
    node::Command command;
    command.scope = n.county_scope();
    node::Command::Edit edit;
    edit.type = kDeviceType;
    edit.key = base::ToText(identity->node.value);
    edit.set = schema::FieldsOf(device);
    command.edits.push_back(std::move(edit));
    GUANHU_RETURN_IF_ERROR(n.Execute(command, host_->now()).status());
    // The file carries the list with the new device in it, so that it knows its own place at once.
    GUANHU_ASSIGN_OR_RETURN(file->county_batches, CountyBatches(n));
    return absl::OkStatus();
  });
  if (!listed.ok()) return ToGrpc(listed);
  out->set_file(trust::EncodeEnrolment(*file));
  out->mutable_device()->set_node(base::ToText(identity->node.value));
  out->mutable_device()->set_name(request->name());
  out->mutable_device()->set_place(base::ToText(enrol.place.value));
  out->mutable_device()->set_place_name(enrol.place_name);
  out->mutable_device()->set_tier(std::string(domain::ToText(static_cast<domain::Tier>(enrol.tier))));
  return grpc::Status::OK;
}

grpc::Status LocalServiceImpl::Revoke(grpc::ServerContext*, const v1::RevokeRequest* request, v1::RevokeResponse*) {
  return ToGrpc(host_->Do([&](node::Node& n) -> absl::Status {
    GUANHU_ASSIGN_OR_RETURN(const uint64_t id, base::ParseCrockford(request->node()));
    if (n.directory().Device(base::NodeId{id}) == nullptr)
      return absl::NotFoundError(absl::StrCat("there is no device ", request->node(), ": `device list` shows them"));
    return n.Revoke(base::NodeId{id}, request->reason(), host_->now());
  }));
}

grpc::Status LocalServiceImpl::Assign(grpc::ServerContext*, const v1::AssignRequest* request, v1::AssignResponse*) {
  return ToGrpc(host_->Do([&](node::Node& n) -> absl::Status {
    GUANHU_RETURN_IF_ERROR(OnlyCity(n));
    const Views views(&n, &host_->schema());
    GUANHU_ASSIGN_OR_RETURN(const uint64_t id, base::ParseCrockford(request->node()));
    GUANHU_ASSIGN_OR_RETURN(const base::PlaceId place, views.Place(request->place()));
    const domain::DeviceRow* device = n.directory().Device(base::NodeId{id});
    if (device == nullptr)
      return absl::NotFoundError(absl::StrCat("there is no device ", request->node(), ": `device list` shows them"));
    records::v1::Device fields;
    fields.set_place(place.value);
    // What it wrote for its former places stays welcome.
    for (base::PlaceId p : device->former_places) fields.add_former_places(p.value);
    fields.add_former_places(device->place.value);
    GUANHU_ASSIGN_OR_RETURN(const base::RecordId record,
                            FindRecord(n, kDeviceType, [&](const base::RecordId& r, const model::RecordState& s) {
                              const auto row = host_->rules().ReadDevice(kDeviceType, r, s);
                              return row && row->node == base::NodeId{id};
                            }));
    GUANHU_ASSIGN_OR_RETURN(const node::Command command, EditOf(n, kDeviceType, record, fields));
    return n.Execute(command, host_->now()).status();
  }));
}

grpc::Status LocalServiceImpl::Places(grpc::ServerContext*, const v1::PlacesRequest* request, v1::PlacesResponse* out) {
  return ToGrpc(host_->Do([&](node::Node& n) -> absl::Status {
    if (request->find().empty()) {
      for (const auto& [id, row] : n.directory().places()) *out->add_places() = PlaceToView(row);
      return absl::OkStatus();
    }
    std::vector<base::PlaceId> found = n.directory().Find(request->find());
    if (found.empty()) {
      GUANHU_ASSIGN_OR_RETURN(const base::PlaceId one, Views(&n, &host_->schema()).Place(request->find()));
      found.push_back(one);
    }
    for (base::PlaceId p : found) *out->add_places() = PlaceToView(*n.directory().Place(p));
    return absl::OkStatus();
  }));
}

grpc::Status LocalServiceImpl::ChangePlace(grpc::ServerContext*, const v1::PlaceChangeRequest* request,
                                           v1::PlaceView* out) {
  return ToGrpc(host_->Do([&](node::Node& n) -> absl::Status {
    GUANHU_RETURN_IF_ERROR(OnlyCity(n));
    const Views views(&n, &host_->schema());
    GUANHU_ASSIGN_OR_RETURN(const base::PlaceId place, views.Place(request->place()));
    const domain::PlaceRow row = *n.directory().Place(place);
    if (place == n.directory().county())
      return absl::InvalidArgumentError("the county itself cannot be moved or merged");
    records::v1::Place fields;
    if (!request->new_parent().empty()) {
      GUANHU_ASSIGN_OR_RETURN(const base::PlaceId parent, views.Place(request->new_parent()));
      if (n.directory().Above(place, parent)) return absl::InvalidArgumentError("a place cannot be put under itself");
      fields.set_parent(parent.value);
      for (base::PlaceId p : row.former_parents) fields.add_former_parents(p.value);
      fields.add_former_parents(row.parent.value);
    }
    if (!request->successor().empty()) {
      GUANHU_ASSIGN_OR_RETURN(const base::PlaceId successor, views.Place(request->successor()));
      if (n.directory().Root(successor) == place)
        return absl::InvalidArgumentError("a place cannot be merged into itself");
      records::v1::Successor* s = fields.add_successors();
      s->set_place(successor.value);
      s->set_share_bp(10000);
      s->set_at_ms(absl::ToUnixMillis(host_->now()));
    }
    GUANHU_ASSIGN_OR_RETURN(const base::RecordId record,
                            FindRecord(n, kPlaceType, [&](const base::RecordId& r, const model::RecordState&) {
                              return host_->rules().PlaceOf(r) == place;
                            }));
    GUANHU_ASSIGN_OR_RETURN(const node::Command command, EditOf(n, kPlaceType, record, fields));
    GUANHU_RETURN_IF_ERROR(n.Execute(command, host_->now()).status());
    *out = PlaceToView(*n.directory().Place(place));
    return absl::OkStatus();
  }));
}

grpc::Status LocalServiceImpl::Doctor(grpc::ServerContext*, const v1::DoctorRequest*, v1::DoctorResponse* out) {
  if (!host_->store().report().detail.empty()) out->add_findings(host_->store().report().detail);
  if (const auto* rocks = dynamic_cast<const store::RocksStore*>(&host_->store())) {
    if (const absl::Status files = rocks->Verify(); !files.ok()) out->add_findings(std::string(files.message()));
  }
  host_->Do([&](node::Node& n) {
    for (const base::ScopeId& s : n.Scopes()) {
      for (const sync::Point& p : n.HaveOf(s).points) {
        out->set_journals(out->journals() + 1);
        out->set_changes(out->changes() + p.seq);
      }
      const absl::Status visited = n.VisitIds(s, [&](uint32_t, const base::RecordId&) {
        out->set_records(out->records() + 1);
        return true;
      });
      if (!visited.ok()) out->add_findings(std::string(visited.message()));
    }
    for (const absl::Status& s : {n.VerifyChains(), n.VerifyAgainstJournals()}) {
      if (!s.ok()) out->add_findings(std::string(s.message()));
    }
    return 0;
  });
  out->set_ok(out->findings().empty());
  return grpc::Status::OK;
}

}  // namespace guanhu::api
