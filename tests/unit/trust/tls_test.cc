#include "common/trust/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/trust/certificate.h"

namespace guanhu::trust {
namespace {

using ::testing::HasSubstr;

class TlsTest : public ::testing::Test {
 protected:
  std::string Leaf(const TlsIdentity& ca, absl::Time from, absl::Time to) {
    return *IssueLeaf(
        ca, LeafRequest{.public_key_pem = key_, .node = node_, .serial = 5, .not_before = from, .not_after = to});
  }

  const absl::Time now_ = absl::FromUnixSeconds(1'790'000'000);
  const base::NodeId node_{0x0123456789abcdefULL};
  const TlsIdentity ca_ = *NewTlsAuthority("Jiexiu", now_);
  const std::string key_ = *NewTlsKey();
};

TEST_F(TlsTest, LeafNamesItsNodeForBothRoles) {
  const std::string leaf = Leaf(ca_, now_, now_ + absl::Hours(24));
  for (const PeerRole role : {PeerRole::kClient, PeerRole::kServer}) {
    const auto peer = VerifyPeer(leaf, ca_.certificate_pem, role);
    ASSERT_TRUE(peer.ok()) << peer.status();
    EXPECT_EQ(peer->node, node_);
    EXPECT_EQ(peer->tls_key_sha256, *TlsKeyHash(key_));
    EXPECT_EQ(peer->not_before, now_);
    EXPECT_EQ(peer->not_after, now_ + absl::Hours(24));
  }
}

TEST_F(TlsTest, DatesAreReadButNotJudged) {
  const absl::Time past = absl::FromUnixSeconds(86400);
  EXPECT_TRUE(VerifyPeer(Leaf(ca_, past, past + absl::Hours(1)), ca_.certificate_pem, PeerRole::kClient).ok());
  const absl::Time future = absl::FromUnixSeconds(2'500'000'000);  // 2049
  const std::string leaf = Leaf(ca_, future, future + absl::Hours(1));
  EXPECT_TRUE(VerifyPeer(leaf, ca_.certificate_pem, PeerRole::kClient).ok());
  // Control: a check that looks at dates refuses the same certificate.
  BIO* in = BIO_new_mem_buf(leaf.data(), static_cast<int>(leaf.size()));
  X509* cert = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
  ASSERT_NE(cert, nullptr);
  EXPECT_EQ(X509_cmp_current_time(X509_get0_notBefore(cert)), 1);
  X509_free(cert);
  BIO_free(in);
}

TEST_F(TlsTest, OtherAuthoritiesAreRefused) {
  const TlsIdentity same_name = *NewTlsAuthority("Jiexiu", now_);
  const std::string leaf = Leaf(same_name, now_, now_ + absl::Hours(24));
  EXPECT_TRUE(VerifyPeer(leaf, same_name.certificate_pem, PeerRole::kClient).ok());
  const auto peer = VerifyPeer(leaf, ca_.certificate_pem, PeerRole::kClient);
  EXPECT_EQ(peer.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(TlsTest, SelfSignedAndLeafAsAuthorityAreRefused) {
  const TlsIdentity self = *NewTlsAuthority("self", now_);
  EXPECT_FALSE(VerifyPeer(self.certificate_pem, ca_.certificate_pem, PeerRole::kClient).ok());
  // The authority's own certificate names no node, so it is no peer.
  EXPECT_FALSE(VerifyPeer(ca_.certificate_pem, ca_.certificate_pem, PeerRole::kServer).ok());
  // A leaf must not issue leaves.
  const TlsIdentity leaf_as_ca{key_, Leaf(ca_, now_, now_ + absl::Hours(24))};
  const std::string below = Leaf(leaf_as_ca, now_, now_ + absl::Hours(24));
  EXPECT_FALSE(VerifyPeer(below, ca_.certificate_pem, PeerRole::kClient).ok());
}

TEST_F(TlsTest, ChangedCertificateIsRefused) {
  const std::string pem = Leaf(ca_, now_, now_ + absl::Hours(24));
  BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* cert = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
  ASSERT_NE(cert, nullptr);
  unsigned char* der = nullptr;
  const int n = i2d_X509(cert, &der);
  ASSERT_GT(n, 0);
  int accepted = 0;
  for (int i = 0; i < n; ++i) {
    std::string changed(reinterpret_cast<char*>(der), static_cast<size_t>(n));
    changed[static_cast<size_t>(i)] = static_cast<char>(changed[static_cast<size_t>(i)] ^ 1);
    const auto* p = reinterpret_cast<const unsigned char*>(changed.data());
    X509* other = d2i_X509(nullptr, &p, n);
    if (other == nullptr) continue;
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(out, other);
    char* text = nullptr;
    const long length = BIO_get_mem_data(out, &text);
    accepted +=
        VerifyPeer(absl::string_view(text, static_cast<size_t>(length)), ca_.certificate_pem, PeerRole::kClient).ok();
    BIO_free(out);
    X509_free(other);
  }
  EXPECT_EQ(accepted, 0);
  OPENSSL_free(der);
  X509_free(cert);
  BIO_free(in);
}

TEST_F(TlsTest, SpiffeIdHasOneSpelling) {
  const std::string uri = SpiffeId(node_);
  EXPECT_EQ(uri.size(), 23u + 13u);
  EXPECT_EQ(*ParseSpiffeId(uri), node_);
  for (const std::string& bad :
       {uri + "0", uri.substr(0, uri.size() - 1), std::string("spiffe://other/device/") + uri.substr(23),
        std::string("SPIFFE") + uri.substr(6), std::string(), SpiffeId(base::NodeId{0})}) {
    EXPECT_FALSE(ParseSpiffeId(bad).ok()) << bad;
  }
  std::string lower = uri;
  for (char& c : lower) c = static_cast<char>(std::tolower(c));
  ASSERT_NE(lower, uri);
  EXPECT_FALSE(ParseSpiffeId(lower).ok());
}

TEST_F(TlsTest, KeysOfWrongKindAreRefused) {
  EXPECT_FALSE(TlsKeyHash("nothing").ok());
  EXPECT_FALSE(TlsPublicKey("").ok());
  EXPECT_FALSE(VerifyPeer("", ca_.certificate_pem, PeerRole::kClient).ok());
  EXPECT_FALSE(IssueLeaf(TlsIdentity{key_, ca_.certificate_pem}, LeafRequest{}).ok());
  EXPECT_EQ(*TlsKeyHash(key_), *TlsKeyHash(*TlsPublicKey(key_)));
  EXPECT_NE(*TlsKeyHash(key_), *TlsKeyHash(*NewTlsKey()));
}

}  // namespace
}  // namespace guanhu::trust
