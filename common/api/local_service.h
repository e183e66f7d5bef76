// The node's service for people's programs. Thread-safe; reads and writes go through the node's thread.
#pragma once

#include <functional>
#include <string>

#include "common/host/node_host.h"
#include "guanhu/api/v1/local.grpc.pb.h"

namespace guanhu::api {

class LocalServiceImpl final : public v1::LocalService::Service {
 public:
  // `host` outlives the service.
  explicit LocalServiceImpl(host::NodeHost* host) : host_(host) {}

  // What the program knows of its way up, for Status: "connected", "waiting: why", empty when it has none.
  void SetLinkState(std::string state);
  // Where a manual Sync goes when the request names no address and no stream is held open; empty: the enrolment's
  // parent.
  void SetParent(std::string address) { parent_ = std::move(address); }

  grpc::Status Save(grpc::ServerContext*, const v1::SaveRequest*, v1::SaveResponse*) override;
  grpc::Status SaveMany(grpc::ServerContext*, const v1::SaveManyRequest*, v1::SaveManyResponse*) override;
  grpc::Status Act(grpc::ServerContext*, const v1::ActRequest*, v1::RecordView*) override;
  grpc::Status Get(grpc::ServerContext*, const v1::GetRequest*, v1::RecordView*) override;
  grpc::Status List(grpc::ServerContext*, const v1::ListRequest*, v1::ListResponse*) override;
  grpc::Status Ledger(grpc::ServerContext*, const v1::LedgerRequest*, v1::LedgerResponse*) override;
  grpc::Status Status(grpc::ServerContext*, const v1::StatusRequest*, v1::StatusResponse*) override;
  grpc::Status Digest(grpc::ServerContext*, const v1::DigestRequest*, v1::DigestResponse*) override;
  grpc::Status Sync(grpc::ServerContext*, const v1::SyncRequest*, grpc::ServerWriter<v1::SyncProgress>*) override;
  grpc::Status Held(grpc::ServerContext*, const v1::HeldRequest*, v1::HeldResponse*) override;
  grpc::Status Decide(grpc::ServerContext*, const v1::DecideRequest*, v1::HeldResponse*) override;
  grpc::Status Quarantine(grpc::ServerContext*, const v1::QuarantineRequest*, v1::QuarantineResponse*) override;
  grpc::Status Adopt(grpc::ServerContext*, const v1::AdoptRequest*, v1::SaveResponse*) override;
  grpc::Status Resolve(grpc::ServerContext*, const v1::ResolveRequest*, v1::RecordView*) override;
  grpc::Status Devices(grpc::ServerContext*, const v1::DevicesRequest*, v1::DevicesResponse*) override;
  grpc::Status Enrol(grpc::ServerContext*, const v1::EnrolRequest*, v1::EnrolResponse*) override;
  grpc::Status Revoke(grpc::ServerContext*, const v1::RevokeRequest*, v1::RevokeResponse*) override;
  grpc::Status Assign(grpc::ServerContext*, const v1::AssignRequest*, v1::AssignResponse*) override;
  grpc::Status Places(grpc::ServerContext*, const v1::PlacesRequest*, v1::PlacesResponse*) override;
  grpc::Status ChangePlace(grpc::ServerContext*, const v1::PlaceChangeRequest*, v1::PlaceView*) override;
  grpc::Status Doctor(grpc::ServerContext*, const v1::DoctorRequest*, v1::DoctorResponse*) override;
  grpc::Status Figure(grpc::ServerContext*, const v1::FigureRequest*, v1::FigureTable*) override;
  grpc::Status Figures(grpc::ServerContext*, const v1::FiguresRequest*, v1::FiguresResponse*) override;
  grpc::Status RebuildViews(grpc::ServerContext*, const v1::RebuildRequest*, v1::RebuildResponse*) override;
  grpc::Status MakeMark(grpc::ServerContext*, const v1::MarkRequest*, v1::RecordView*) override;

 private:
  host::NodeHost* const host_;
  std::string parent_;
  std::mutex mu_;
  std::string link_state_;
};

}  // namespace guanhu::api
