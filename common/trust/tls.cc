#include "common/trust/tls.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"

namespace guanhu::trust {
namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* p) const {
    Free(p);
  }
};
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using CertPtr = std::unique_ptr<X509, Deleter<X509_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>>;
using StoreCtxPtr = std::unique_ptr<X509_STORE_CTX, Deleter<X509_STORE_CTX_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;

constexpr absl::string_view kSpiffePrefix = "spiffe://guanhu/device/";

absl::Status OpenSslError(absl::string_view what) {
  char text[256] = "no further reason";
  if (const unsigned long code = ERR_get_error(); code != 0) ERR_error_string_n(code, text, sizeof(text));
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat(what, " (", text, ")"));
}

BioPtr Source(absl::string_view bytes) { return BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))); }

std::string Content(BIO* bio) {
  char* data = nullptr;
  const long n = BIO_get_mem_data(bio, &data);
  return n > 0 ? std::string(data, static_cast<size_t>(n)) : std::string();
}

// Private keys of this house are never encrypted by a pass phrase; without this OpenSSL would ask at the terminal.
int NoPassPhrase(char*, int, int, void*) { return 0; }

KeyPtr ReadPrivate(absl::string_view pem) {
  return KeyPtr(PEM_read_bio_PrivateKey(Source(pem).get(), nullptr, NoPassPhrase, nullptr));
}
CertPtr ReadCertificate(absl::string_view pem) {
  return CertPtr(PEM_read_bio_X509(Source(pem).get(), nullptr, NoPassPhrase, nullptr));
}

// The public key of whatever the text holds.
KeyPtr ReadAnyKey(absl::string_view pem) {
  KeyPtr key;
  if (CertPtr cert = ReadCertificate(pem)) {
    key.reset(X509_get_pubkey(cert.get()));
  } else {
    key = ReadPrivate(pem);
    if (!key) key.reset(PEM_read_bio_PUBKEY(Source(pem).get(), nullptr, NoPassPhrase, nullptr));
  }
  ERR_clear_error();
  return key;
}

absl::StatusOr<base::Hash256> HashOf(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int n = i2d_PUBKEY(key, &der);
  if (n <= 0) return OpenSslError("cannot encode the public key");
  const base::Hash256 hash = base::Sha256(absl::string_view(reinterpret_cast<char*>(der), static_cast<size_t>(n)));
  OPENSSL_free(der);
  return hash;
}

bool AddExtension(X509* cert, int nid, const std::string& value) {
  X509V3_CTX ctx;
  X509V3_set_ctx_nodb(&ctx);
  X509V3_set_ctx(&ctx, cert, cert, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &ctx, nid, value.c_str()));
  return extension != nullptr && X509_add_ext(cert, extension.get(), -1) == 1;
}

bool SetTime(ASN1_TIME* field, absl::Time t) { return ASN1_TIME_set(field, absl::ToTimeT(t)) != nullptr; }

absl::Time GetTime(const ASN1_TIME* field) {
  std::tm tm = {};
  if (ASN1_TIME_to_tm(field, &tm) != 1) return absl::InfinitePast();
  return absl::FromTM(tm, absl::UTCTimeZone());
}

absl::StatusOr<std::string> SignAndWrite(X509* cert, EVP_PKEY* key) {
  if (X509_sign(cert, key, EVP_sha256()) == 0) return OpenSslError("cannot sign the TLS certificate");
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(out.get(), cert) != 1) return OpenSslError("cannot write the TLS certificate");
  return Content(out.get());
}

// The single node that the certificate names. Names of other kinds than the two that IssueLeaf writes are refused.
absl::StatusOr<base::NodeId> NodeNamed(X509* cert) {
  const NamesPtr names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(cert, NID_subject_alt_name, nullptr, nullptr)));
  base::NodeId node;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI && name->type != GEN_DNS) {
      return absl::InvalidArgumentError("TLS certificate refused: it has a name that is neither URI nor DNS");
    }
    const ASN1_IA5STRING* text = name->type == GEN_URI ? name->d.uniformResourceIdentifier : name->d.dNSName;
    const absl::string_view value(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                  static_cast<size_t>(ASN1_STRING_length(text)));
    if (name->type == GEN_DNS) {
      if (value != kTlsHostName)
        return absl::InvalidArgumentError("TLS certificate refused: it has a foreign DNS name");
      continue;
    }
    if (node) return absl::InvalidArgumentError("TLS certificate refused: it names two nodes");
    GUANHU_ASSIGN_OR_RETURN(node, ParseSpiffeId(value));
  }
  if (!node) return absl::InvalidArgumentError("TLS certificate refused: it names no node");
  return node;
}

}  // namespace

std::string SpiffeId(base::NodeId node) { return absl::StrCat(kSpiffePrefix, base::ToText(node.value)); }

absl::StatusOr<base::NodeId> ParseSpiffeId(absl::string_view uri) {
  absl::string_view rest = uri;
  if (!absl::ConsumePrefix(&rest, kSpiffePrefix) || rest.size() != 13) {
    return absl::InvalidArgumentError(
        "not the name of a Guanhu node: it must be spiffe://guanhu/device/ and 13 characters");
  }
  GUANHU_ASSIGN_OR_RETURN(const uint64_t id, base::ParseCrockford(rest));
  // One spelling per node, so that names can be compared as text.
  if (id == 0 || SpiffeId(base::NodeId{id}) != uri)
    return absl::InvalidArgumentError("a node's name in another spelling");
  return base::NodeId{id};
}

absl::StatusOr<std::string> NewTlsKey() {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (key == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return OpenSslError("cannot make a TLS key");
  }
  return Content(out.get());
}

absl::StatusOr<base::Hash256> TlsKeyHash(absl::string_view pem) {
  const KeyPtr key = ReadAnyKey(pem);
  if (key == nullptr) return absl::InvalidArgumentError("this text holds no key or certificate in PEM");
  return HashOf(key.get());
}

absl::StatusOr<std::string> TlsPublicKey(absl::string_view key_pem) {
  const KeyPtr key = ReadAnyKey(key_pem);
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (key == nullptr || PEM_write_bio_PUBKEY(out.get(), key.get()) != 1)
    return OpenSslError("this text holds no key in PEM");
  return Content(out.get());
}

absl::StatusOr<TlsIdentity> NewTlsAuthority(absl::string_view county_name, absl::Time now) {
  TlsIdentity out;
  GUANHU_ASSIGN_OR_RETURN(out.key_pem, NewTlsKey());
  const KeyPtr key = ReadPrivate(out.key_pem);
  const CertPtr cert(X509_new());
  if (key == nullptr || cert == nullptr) return OpenSslError("cannot make the authority's certificate");
  X509_NAME* name = X509_get_subject_name(cert.get());
  const bool ok = X509_set_version(cert.get(), X509_VERSION_3) == 1 &&
                  ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert.get()), 1) == 1 &&
                  X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                             reinterpret_cast<const unsigned char*>(county_name.data()),
                                             static_cast<int>(county_name.size()), -1, 0) == 1 &&
                  X509_set_issuer_name(cert.get(), name) == 1 &&
                  SetTime(X509_getm_notBefore(cert.get()), now - absl::Hours(24)) &&
                  SetTime(X509_getm_notAfter(cert.get()), now + absl::Hours(24) * 365 * 40) &&
                  X509_set_pubkey(cert.get(), key.get()) == 1 &&
                  AddExtension(cert.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                  AddExtension(cert.get(), NID_key_usage, "critical,keyCertSign");
  if (!ok) return OpenSslError("cannot fill the authority's certificate");
  GUANHU_ASSIGN_OR_RETURN(out.certificate_pem, SignAndWrite(cert.get(), key.get()));
  return out;
}

absl::StatusOr<std::string> IssueLeaf(const TlsIdentity& authority, const LeafRequest& request) {
  const KeyPtr ca_key = ReadPrivate(authority.key_pem);
  const CertPtr ca = ReadCertificate(authority.certificate_pem);
  const KeyPtr key = ReadAnyKey(request.public_key_pem);
  const CertPtr cert(X509_new());
  if (ca_key == nullptr || ca == nullptr || key == nullptr || cert == nullptr) {
    return OpenSslError("cannot issue a TLS certificate: a key or the authority's certificate cannot be read");
  }
  // The subject stays empty: the name is in the extension, and every byte is paid for at each handshake.
  const bool ok = X509_set_version(cert.get(), X509_VERSION_3) == 1 &&
                  ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert.get()), request.serial) == 1 &&
                  X509_set_issuer_name(cert.get(), X509_get_subject_name(ca.get())) == 1 &&
                  SetTime(X509_getm_notBefore(cert.get()), request.not_before) &&
                  SetTime(X509_getm_notAfter(cert.get()), request.not_after) &&
                  X509_set_pubkey(cert.get(), key.get()) == 1 &&
                  AddExtension(cert.get(), NID_subject_alt_name,
                               absl::StrCat("critical,URI:", SpiffeId(request.node), ",DNS:", kTlsHostName)) &&
                  AddExtension(cert.get(), NID_ext_key_usage, "clientAuth,serverAuth");
  if (!ok) return OpenSslError("cannot fill the TLS certificate");
  return SignAndWrite(cert.get(), ca_key.get());
}

absl::StatusOr<PeerCertificate> VerifyPeer(absl::string_view leaf_pem, absl::string_view ca_pem, PeerRole role) {
  const CertPtr leaf = ReadCertificate(leaf_pem);
  const CertPtr ca = ReadCertificate(ca_pem);
  const StorePtr store(X509_STORE_new());
  const StoreCtxPtr ctx(X509_STORE_CTX_new());
  if (leaf == nullptr || ca == nullptr)
    return OpenSslError("the peer's or the authority's TLS certificate cannot be read");
  if (store == nullptr || ctx == nullptr || X509_STORE_add_cert(store.get(), ca.get()) != 1 ||
      X509_STORE_CTX_init(ctx.get(), store.get(), leaf.get(), nullptr) != 1) {
    return OpenSslError("cannot set up the check of the peer's TLS certificate");
  }
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(ctx.get());
  X509_VERIFY_PARAM_set_purpose(param, role == PeerRole::kClient ? X509_PURPOSE_SSL_CLIENT : X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
  X509_VERIFY_PARAM_set_depth(param, 0);  // no intermediates between the leaf and the authority
  if (X509_verify_cert(ctx.get()) != 1) {
    const int error = X509_STORE_CTX_get_error(ctx.get());
    ERR_clear_error();
    return absl::FailedPreconditionError(
        absl::StrCat("the peer's TLS certificate was refused: ", X509_verify_cert_error_string(error),
                     "; enrol the device with this county's authority"));
  }
  PeerCertificate out;
  GUANHU_ASSIGN_OR_RETURN(out.node, NodeNamed(leaf.get()));
  const KeyPtr key(X509_get_pubkey(leaf.get()));
  GUANHU_ASSIGN_OR_RETURN(out.tls_key_sha256, HashOf(key.get()));
  out.not_before = GetTime(X509_get0_notBefore(leaf.get()));
  out.not_after = GetTime(X509_get0_notAfter(leaf.get()));
  return out;
}

}  // namespace guanhu::trust
