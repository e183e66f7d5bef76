#include "common/trust/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "common/base/bytes.h"
#include "common/trust/enrolment.h"
#include "guanhu/store/v1/trust.pb.h"

namespace guanhu::trust {
namespace {

using ::testing::HasSubstr;

class SeededRandom final : public base::Random {
 public:
  explicit SeededRandom(uint64_t seed) : engine_(seed) {}
  uint64_t Next64() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

class CertificateTest : public ::testing::Test {
 protected:
  CertificateFields Fields(const base::SigningKey& key, uint64_t serial) {
    CertificateFields f;
    f.signing_key = key.public_key();
    f.tls_key_sha256 = base::Sha256("tls");
    f.serial = serial;
    f.issued_ms = 1'790'000'000'000;
    f.name = "Songjia village, tablet 2";
    return f;
  }

  static base::SigningKey SeededKey(char seed) { return *base::SigningKey::FromSeed(std::string(32, seed)); }

  SeededRandom random_{1};
  base::SigningKey root_ = NewSigningKey(random_);
  base::SigningKey city_ = NewSigningKey(random_);
  base::SigningKey node_ = NewSigningKey(random_);
  std::string credential_ = *IssueCityCredential(root_, Fields(city_, 1), 3);
  std::string certificate_ = *IssueNodeCertificate(city_, Fields(node_, 7));
};

TEST_F(CertificateTest, ChainGivesIdentity) {
  const auto id = VerifyChain(root_.public_key(), credential_, certificate_);
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->node, NodeOfKey(node_.public_key()));
  EXPECT_EQ(id->fields.signing_key, node_.public_key());
  EXPECT_EQ(id->fields.serial, 7u);
  EXPECT_EQ(id->fields.issued_ms, 1'790'000'000'000);
  EXPECT_EQ(id->fields.name, "Songjia village, tablet 2");
  EXPECT_EQ(id->fields.tls_key_sha256, base::Sha256("tls"));
  EXPECT_FALSE(id->city);
  EXPECT_EQ(id->epoch, 3u);
  EXPECT_EQ(id->issuer_key, city_.public_key());

  const auto city = VerifyChain(root_.public_key(), credential_, credential_);
  ASSERT_TRUE(city.ok()) << city.status();
  EXPECT_TRUE(city->city);
  EXPECT_EQ(city->epoch, 3u);
}

TEST_F(CertificateTest, NodeIdIsTheDocumentedHash) {
  EXPECT_EQ(NodeOfKey(node_.public_key()).value, base::Prefix64(base::Sha256("guanhu-node-1" + node_.public_key())));
}

// Certificates of this release must be readable by every later one: these bytes were written by the first.
TEST_F(CertificateTest, GoldenBytes) {
  const std::string root = SeededKey(1).public_key();
  CertificateFields city = Fields(SeededKey(2), 1);
  CertificateFields node = Fields(SeededKey(3), 7);
  const std::string credential = *IssueCityCredential(SeededKey(1), city, 3);
  const std::string certificate = *IssueNodeCertificate(SeededKey(2), node);
  EXPECT_EQ(base::ToHex(base::View(base::Sha256(credential))),
            "233e345ff7be8a22dbf75f8c7386fa5982c5997e7e2e60a5f600af5081a49d56");
  EXPECT_EQ(base::ToHex(base::View(base::Sha256(certificate))),
            "761b0e09325f392e04c26afd5b3984de9f91cd02643c8a30e625826912429dbb");
  EXPECT_TRUE(VerifyChain(root, credential, certificate).ok());
}

TEST_F(CertificateTest, WrongRootIsRefused) {
  const base::SigningKey other = NewSigningKey(random_);
  const auto id = VerifyChain(other.public_key(), credential_, certificate_);
  EXPECT_EQ(id.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(id.status().message()), HasSubstr("root key"));
}

TEST_F(CertificateTest, EveryFlippedBitIsRefused) {
  size_t refused = 0;
  for (size_t bit = 0; bit < certificate_.size() * 8; ++bit) {
    std::string changed = certificate_;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const auto id = VerifyChain(root_.public_key(), credential_, changed);
    // A flip may only survive in the envelope's own framing, never with other content.
    if (id.ok()) {
      EXPECT_EQ(id->fields.signing_key, node_.public_key()) << bit;
    } else {
      ++refused;
    }
  }
  EXPECT_EQ(refused, certificate_.size() * 8);
}

// The changes that an attacker would make, each re-encoded properly but not signed again.
TEST_F(CertificateTest, ChangedFieldsAreRefused) {
  const auto change = [&](const std::string& bytes, auto edit) {
    store::v1::NodeCertificate cert;
    store::v1::CertificateBody body;
    EXPECT_TRUE(cert.ParseFromString(bytes) && body.ParseFromString(cert.body()));
    edit(body);
    cert.set_body(body.SerializeAsString());
    return cert.SerializeAsString();
  };
  using Body = store::v1::CertificateBody;
  // Control: decoding and encoding alone changes nothing.
  EXPECT_TRUE(VerifyChain(root_.public_key(), credential_, change(certificate_, [](Body&) {})).ok());
  const auto refused = [&](auto edit) {
    return !VerifyChain(root_.public_key(), credential_, change(certificate_, edit)).ok();
  };
  const base::SigningKey other = NewSigningKey(random_);
  EXPECT_TRUE(refused([&](Body& b) { b.set_signing_key(other.public_key()); }));
  EXPECT_TRUE(refused([&](Body& b) { b.set_tls_key_sha256(std::string(32, 'x')); }));
  EXPECT_TRUE(refused([](Body& b) { b.set_serial(8); }));
  EXPECT_TRUE(refused([](Body& b) { b.set_issued_ms(0); }));
  EXPECT_TRUE(refused([](Body& b) { b.set_name("other"); }));
  EXPECT_TRUE(refused([](Body& b) { b.set_city(true); }));
  EXPECT_TRUE(refused([](Body& b) { b.set_epoch(9); }));
  EXPECT_TRUE(refused([&](Body& b) { b.set_issuer_key(root_.public_key()); }));
  const std::string raised = change(credential_, [](Body& b) { b.set_epoch(4); });
  EXPECT_FALSE(VerifyCity(root_.public_key(), raised).ok());
}

TEST_F(CertificateTest, OlderEpochIsRefused) {
  EXPECT_TRUE(VerifyCity(root_.public_key(), credential_, 3).ok());
  EXPECT_EQ(VerifyCity(root_.public_key(), credential_, 4).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(VerifyChain(root_.public_key(), credential_, certificate_, 4).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(IssueCityCredential(root_, Fields(city_, 1), 0).ok());
}

TEST_F(CertificateTest, CityCannotMakeACityOrRaiseItsEpoch) {
  const std::string self = *IssueCityCredential(city_, Fields(city_, 2), 99);  // signed by the city instead of the root
  EXPECT_FALSE(VerifyCity(root_.public_key(), self).ok());
  EXPECT_FALSE(VerifyChain(root_.public_key(), credential_, self).ok());
}

TEST_F(CertificateTest, NodeCannotCertifyANode) {
  const std::string by_node = *IssueNodeCertificate(node_, Fields(NewSigningKey(random_), 1));
  EXPECT_FALSE(VerifyChain(root_.public_key(), credential_, by_node).ok());
  EXPECT_FALSE(VerifyChain(root_.public_key(), certificate_, by_node).ok());
  // The root signs cities only; a plain certificate of it has no place in the chain.
  const std::string by_root = *IssueNodeCertificate(root_, Fields(node_, 1));
  EXPECT_FALSE(VerifyChain(root_.public_key(), credential_, by_root).ok());
  EXPECT_FALSE(VerifyCity(root_.public_key(), by_root).ok());
}

TEST_F(CertificateTest, GarbageAndTruncationAreRefused) {
  for (size_t n = 0; n < certificate_.size(); ++n) {
    EXPECT_FALSE(VerifyChain(root_.public_key(), credential_, certificate_.substr(0, n)).ok()) << n;
  }
  for (int i = 0; i < 2000; ++i) {
    EXPECT_FALSE(VerifyChain(root_.public_key(), credential_, random_.Bytes(random_.Below(300))).ok());
  }
  EXPECT_FALSE(VerifyChain(root_.public_key(), credential_, std::string(1 << 20, '\n')).ok());
  CertificateFields bad = Fields(node_, 1);
  bad.name = std::string(201, 'n');
  EXPECT_FALSE(IssueNodeCertificate(city_, bad).ok());
  bad.name.clear();
  bad.signing_key.pop_back();
  EXPECT_FALSE(IssueNodeCertificate(city_, bad).ok());
}

class EnrolmentTest : public CertificateTest {
 protected:
  Enrolment Make() {
    Enrolment e;
    const absl::Time now = absl::FromUnixSeconds(1'790'000'000);
    const TlsIdentity ca = *NewTlsAuthority("Jiexiu", now);
    e.tls.key_pem = *NewTlsKey();
    CertificateFields f = Fields(node_, 7);
    f.tls_key_sha256 = *TlsKeyHash(e.tls.key_pem);
    LeafRequest leaf{.public_key_pem = *TlsPublicKey(e.tls.key_pem),
                     .node = NodeOfKey(node_.public_key()),
                     .serial = 7,
                     .not_before = now,
                     .not_after = now + absl::Hours(24 * kLeafDays)};
    e.tls.certificate_pem = *IssueLeaf(ca, leaf);
    e.tls_ca_pem = ca.certificate_pem;
    e.county_root_key = root_.public_key();
    e.certificate = *IssueNodeCertificate(city_, f);
    e.city_credential = credential_;
    e.signing_seed = node_.seed();
    e.county_place.value = 11;
    e.place.value = 12;
    e.place_name = "Songjia";
    e.parent_address = "10.0.0.1:7443";
    e.parent_node.value = 13;
    e.county_batches = {"one", std::string("two\0", 4)};
    return e;
  }
};

TEST_F(EnrolmentTest, RoundTrip) {
  const Enrolment e = Make();
  const auto back = DecodeEnrolment(EncodeEnrolment(e));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(EncodeEnrolment(*back), EncodeEnrolment(e));
  EXPECT_EQ(back->county_place.value, 11u);
  EXPECT_EQ(back->place.value, 12u);
  EXPECT_EQ(back->parent_node.value, 13u);
  EXPECT_EQ(back->county_batches, e.county_batches);
  EXPECT_EQ(back->tls.key_pem, e.tls.key_pem);
}

TEST_F(EnrolmentTest, PartsThatDoNotBelongTogetherAreRefused) {
  const auto refused = [&](auto edit) {
    Enrolment e = Make();
    edit(e);
    return !DecodeEnrolment(EncodeEnrolment(e)).ok();
  };
  EXPECT_FALSE(refused([](Enrolment&) {}));
  EXPECT_TRUE(refused([&](Enrolment& e) { e.signing_seed = city_.seed(); }));
  EXPECT_TRUE(refused([](Enrolment& e) { e.tls.key_pem = *NewTlsKey(); }));
  EXPECT_TRUE(refused([&](Enrolment& e) { e.tls.certificate_pem = Make().tls.certificate_pem; }));
  EXPECT_TRUE(refused([&](Enrolment& e) { e.tls_ca_pem = Make().tls_ca_pem; }));
  EXPECT_TRUE(refused([&](Enrolment& e) { e.county_root_key = city_.public_key(); }));
  EXPECT_TRUE(refused([&](Enrolment& e) { e.city_credential = e.certificate; }));
  EXPECT_FALSE(DecodeEnrolment("garbage").ok());
}

}  // namespace
}  // namespace guanhu::trust
