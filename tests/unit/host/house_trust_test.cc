#include "common/host/house_trust.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "common/host/county.h"
#include "common/host/layout.h"
#include "common/trust/certificate.h"
#include "common/trust/secret_file.h"

namespace guanhu::host {
namespace {

class Beside : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string dir = ::testing::TempDir() + "/house_trust";
    std::filesystem::remove_all(dir);
    std::filesystem::create_directories(dir);
    trust::SecureRandom random;
    ASSERT_TRUE(InitCounty(dir + "/root", dir + "/city", "样例市", absl::FromUnixMillis(1), random).ok());
    const auto file = trust::ReadSecretFile(EnrolmentPath(dir + "/city"));
    ASSERT_TRUE(file.ok()) << file.status();
    trust_ = std::make_unique<HouseTrust>(HouseTrust::Make(trust::DecodeEnrolment(*file).value()).value());
  }
  std::vector<node::SignatureCheck> Checks(size_t count, size_t bad) {
    std::vector<node::SignatureCheck> checks;
    for (size_t i = 0; i < count; ++i) {
      const std::string message = "entry " + std::to_string(i);
      checks.push_back({trust_->self().key, message, trust_->Sign(message)});
    }
    if (bad < count) checks[bad].signature[5] = static_cast<char>(checks[bad].signature[5] ^ 1);
    return checks;
  }
  std::unique_ptr<HouseTrust> trust_;
};

TEST_F(Beside, FindsTheBadSignatureWhereverItStands) {
  if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "no second processor: checks are made in turn";
  for (size_t bad = 0; bad <= 20; ++bad) {  // 20: none is bad
    const auto pending = trust_->VerifyBeside(Checks(20, bad));
    ASSERT_NE(pending, nullptr);
    for (size_t i = 0; i < 20; ++i) EXPECT_EQ(pending->Take(i), i != bad) << bad;
    EXPECT_EQ(pending->Take(3), bad != 3) << "asked again";
  }
}

TEST_F(Beside, MayBeLeftBeforeItIsDone) {
  for (int again = 0; again < 50; ++again) {
    const auto pending = trust_->VerifyBeside(Checks(30, 40));
    if (pending == nullptr) continue;
    if (again % 2 == 0) {
      EXPECT_TRUE(pending->Take(29));
    }
  }
}

}  // namespace
}  // namespace guanhu::host
