// Credentials of the house's connections: mutual TLS between nodes, and the machine's own users over a unix socket.
#pragma once

#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/trust/tls.h"

namespace guanhu::rpc {

// Makes handshakes of this process small: TLS 1.3 only, no session tickets, short lists of algorithms. A ticket holds
// the peer's certificate, so a resumed handshake saves nothing here, and servers would send two of 500 B to everybody;
// tickets that only refer to the server's memory die with the connection, because gRPC closes without a TLS farewell.
// Acts on OpenSSL's defaults for every TLS context that the process makes later. TlsServer and TlsClient call it. A
// program with other TLS (a web face) that must offer TLS 1.2 clears SSL_OP_NO_TLSv1_2 on its own context.
void PrepareTls();

// Called for each handshake after the peer's certificate was verified, also for resumed sessions. An error ends the
// handshake, and the peer sees only a lost connection: refuse unknown or revoked devices in StreamServerOptions::admit
// instead, which tells them why. Thread-safe, must not block.
using PeerPolicy = std::function<absl::Status(const trust::PeerCertificate&)>;

struct TlsOptions {
  trust::TlsIdentity identity;   // used unless the paths below are set
  std::string key_path;          // files that are read again when they change; write both into a new folder and
  std::string certificate_path;  //   rename it, so that they always match
  absl::Duration refresh = absl::Seconds(60);
  std::string ca_pem;            // the county's authority: the only one accepted
  PeerPolicy policy;             // optional
  base::NodeId expected_server;  // client only; 0: any node of the county
};

// Server: a peer without a certificate of this authority gets nothing but a closed connection. Dates are not checked
// (see trust::VerifyPeer).
std::shared_ptr<grpc::ServerCredentials> TlsServer(const TlsOptions& options);
// Client: the host name does not matter, the node's name and the authority do.
std::shared_ptr<grpc::ChannelCredentials> TlsClient(const TlsOptions& options);

// For addresses "unix:PATH". Who may connect is decided by the folder's mode: keep it 0700.
std::shared_ptr<grpc::ServerCredentials> UnixServer();
std::shared_ptr<grpc::ChannelCredentials> UnixClient();

// The node at the other end of a TLS call. Zero if it has no verified name.
base::NodeId PeerOf(const grpc::AuthContext& context);

}  // namespace guanhu::rpc
