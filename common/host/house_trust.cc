#include "common/host/house_trust.h"

#include <atomic>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/trust/certificate.h"

namespace guanhu::host {
namespace {

node::AuthorInfo ToAuthor(const trust::Identity& id) {
  return {id.node, id.fields.signing_key, id.city, id.city ? id.epoch : 0};
}

// A thread that goes through the checks in their order. Who needs one that nobody has begun does it himself, so that a
// busy machine loses nothing.
class CheckThread final : public node::PendingChecks {
 public:
  explicit CheckThread(std::vector<node::SignatureCheck> checks)
      : checks_(std::move(checks)), slots_(checks_.size()), thread_([this] { Run(); }) {}
  ~CheckThread() override {
    stop_ = true;
    thread_.join();
  }
  bool Take(size_t i) override {
    if (!slots_[i].begun.exchange(true)) Do(i);
    slots_[i].result.wait(kOpen);
    return slots_[i].result == kGood;
  }

 private:
  enum Result { kOpen, kGood, kBad };
  struct Slot {
    std::atomic<bool> begun{false};
    std::atomic<int> result{kOpen};
  };
  void Run() {
    for (size_t i = 0; i < checks_.size() && !stop_; ++i) {
      if (!slots_[i].begun.exchange(true)) Do(i);
    }
  }
  void Do(size_t i) {
    const node::SignatureCheck& c = checks_[i];
    slots_[i].result = base::Verify(c.key, c.message, c.signature) ? kGood : kBad;
    slots_[i].result.notify_one();
  }

  const std::vector<node::SignatureCheck> checks_;
  std::vector<Slot> slots_;
  std::atomic<bool> stop_{false};
  std::thread thread_;  // last: it uses the others
};

}  // namespace

std::unique_ptr<node::PendingChecks> HouseTrust::VerifyBeside(std::vector<node::SignatureCheck> checks) const {
  if (!checks_beside_ || checks.size() < 2 || std::thread::hardware_concurrency() < 2) return nullptr;
  return std::make_unique<CheckThread>(std::move(checks));
}

absl::StatusOr<HouseTrust> HouseTrust::Make(const trust::Enrolment& enrolment) {
  GUANHU_ASSIGN_OR_RETURN(const trust::Identity identity, trust::CheckEnrolment(enrolment));
  GUANHU_ASSIGN_OR_RETURN(base::SigningKey key, base::SigningKey::FromSeed(enrolment.signing_seed));
  HouseTrust out(std::move(key));
  out.county_root_ = enrolment.county_root_key;
  base::PutString(out.certificate_, enrolment.city_credential);
  base::PutString(out.certificate_, identity.city ? std::string() : enrolment.certificate);
  out.self_ = ToAuthor(identity);
  return out;
}

absl::StatusOr<node::AuthorInfo> HouseTrust::CheckCertificate(absl::string_view certificate) const {
  base::Reader in(certificate);
  const absl::string_view city = in.String();
  const absl::string_view node = in.String();
  if (!in.done()) return absl::PermissionDeniedError("a certificate that cannot be read");
  absl::StatusOr<trust::Identity> identity =
      node.empty() ? trust::VerifyCity(county_root_, city) : trust::VerifyChain(county_root_, city, node);
  if (!identity.ok())
    return absl::PermissionDeniedError(
        absl::StrCat("its author's certificate is not of this county: ", identity.status().message()));
  return ToAuthor(*identity);
}

}  // namespace guanhu::host
