// Keys and certificates of a real node, over common/trust.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/crypto.h"
#include "common/node/seams.h"
#include "common/trust/enrolment.h"

namespace guanhu::host {

// Immutable; thread-safe.
class HouseTrust final : public node::Trust {
 public:
  // Errors: kInvalidArgument when the enrolment's keys or certificates do not fit together.
  static absl::StatusOr<HouseTrust> Make(const trust::Enrolment& enrolment);

  const node::AuthorInfo& self() const override { return self_; }
  const std::string& certificate() const override { return certificate_; }
  std::string Sign(absl::string_view message) const override { return key_.Sign(message); }
  bool Verify(absl::string_view key, absl::string_view message, absl::string_view signature) const override {
    return base::Verify(key, message, signature);
  }
  std::unique_ptr<node::PendingChecks> VerifyBeside(std::vector<node::SignatureCheck> checks) const override;
  // What travels is the city's credential and the node's own certificate, so that it can be checked far from the city.
  absl::StatusOr<node::AuthorInfo> CheckCertificate(absl::string_view certificate) const override;

  const base::SigningKey& key() const { return key_; }
  // A tablet makes its checks in turn: another thread costs it memory. Before first use.
  void set_checks_beside(bool beside) { checks_beside_ = beside; }

 private:
  explicit HouseTrust(base::SigningKey key) : key_(std::move(key)) {}

  base::SigningKey key_;
  bool checks_beside_ = true;
  std::string county_root_;
  std::string certificate_;
  node::AuthorInfo self_;
};

}  // namespace guanhu::host
