#include "common/rpc/credentials.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/status_map.h"

namespace guanhu::rpc {
namespace {

namespace tls = ::grpc::experimental;

class PeerVerifier final : public tls::ExternalCertificateVerifier {
 public:
  PeerVerifier(trust::PeerRole peer, const TlsOptions& options)
      : peer_(peer), ca_pem_(options.ca_pem), policy_(options.policy), expected_(options.expected_server) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* sync_status) override {
    const grpc::string_ref leaf = request->peer_cert();
    *sync_status = ToGrpc(Check(absl::string_view(leaf.data(), leaf.size())));
    return true;
  }
  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}

 private:
  absl::Status Check(absl::string_view leaf) const {
    if (leaf.empty()) return absl::FailedPreconditionError("the peer sent no TLS certificate");
    const absl::StatusOr<trust::PeerCertificate> peer = trust::VerifyPeer(leaf, ca_pem_, peer_);
    if (!peer.ok()) return peer.status();
    if (peer_ == trust::PeerRole::kServer && expected_ && peer->node != expected_) {
      return absl::FailedPreconditionError(absl::StrCat("this address is node ", base::ToText(peer->node.value),
                                                        ", but node ", base::ToText(expected_.value), " was expected"));
    }
    return policy_ ? policy_(*peer) : absl::OkStatus();
  }

  const trust::PeerRole peer_;
  const std::string ca_pem_;
  const PeerPolicy policy_;
  const base::NodeId expected_;
};

// The authority is also given as gRPC's root: unused for the check, but without it a client loads and parses the
// system's whole bundle.
std::shared_ptr<tls::CertificateProviderInterface> Provider(const TlsOptions& options, const std::string& root) {
  if (options.key_path.empty()) {
    return std::make_shared<tls::StaticDataCertificateProvider>(
        root, std::vector<tls::IdentityKeyCertPair>{{options.identity.key_pem, options.identity.certificate_pem}});
  }
  const auto seconds = static_cast<unsigned>(std::max<int64_t>(1, absl::ToInt64Seconds(options.refresh)));
  return std::make_shared<tls::FileWatcherCertificateProvider>(options.key_path, options.certificate_path, seconds);
}

}  // namespace

void PrepareTls() {
  static std::once_flag once;  // OpenSSL's defaults are the process's, so their setting is too
  std::call_once(once, [] {
    // First what the system's file says, which OpenSSL would otherwise read later and put over these lines.
    OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, nullptr);
    constexpr absl::string_view kConfig =
        "guanhu = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = tls\n[tls]\n"
        "Protocol = -ALL, TLSv1.3\n"
        "Options = -SessionTicket\n"
        "NumTickets = 0\n"
        "SignatureAlgorithms = ECDSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA256:RSA+SHA256\n"
        "Ciphersuites = TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256\n";
    BIO* text = BIO_new_mem_buf(kConfig.data(), static_cast<int>(kConfig.size()));
    CONF* conf = NCONF_new(nullptr);
    // On failure everything works with OpenSSL's own defaults and more bytes; the byte tests would notice.
    if (NCONF_load_bio(conf, text, nullptr) == 1) CONF_modules_load(conf, "guanhu", 0);
    NCONF_free(conf);
    BIO_free(text);
    ERR_clear_error();
  });
}

std::shared_ptr<grpc::ServerCredentials> TlsServer(const TlsOptions& options) {
  PrepareTls();
  tls::TlsServerCredentialsOptions out(Provider(options, ""));
  out.watch_identity_key_cert_pairs();
  // No root is watched: its name would be sent in every handshake, and our own verifier knows the only root.
  out.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  out.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<PeerVerifier>(trust::PeerRole::kClient, options));
  out.set_check_call_host(false);
  return tls::TlsServerCredentials(out);
}

std::shared_ptr<grpc::ChannelCredentials> TlsClient(const TlsOptions& options) {
  PrepareTls();
  tls::TlsChannelCredentialsOptions out;
  out.set_certificate_provider(Provider(options, options.ca_pem));
  if (options.key_path.empty()) out.watch_root_certs();
  out.watch_identity_key_cert_pairs();
  out.set_verify_server_certs(false);
  out.set_check_call_host(false);
  out.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<PeerVerifier>(trust::PeerRole::kServer, options));
  return tls::TlsCredentials(out);
}

std::shared_ptr<grpc::ServerCredentials> UnixServer() { return grpc::experimental::LocalServerCredentials(UDS); }
std::shared_ptr<grpc::ChannelCredentials> UnixClient() { return grpc::experimental::LocalCredentials(UDS); }

base::NodeId PeerOf(const grpc::AuthContext& context) {
  const std::vector<grpc::string_ref> names = context.FindPropertyValues(GRPC_PEER_SPIFFE_ID_PROPERTY_NAME);
  if (names.size() != 1) return {};
  const absl::StatusOr<base::NodeId> node = trust::ParseSpiffeId(absl::string_view(names[0].data(), names[0].size()));
  return node.ok() ? *node : base::NodeId{};
}

}  // namespace guanhu::rpc
