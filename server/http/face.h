// The public's door: which address gives what, and how often one may ask. No login, no cookies.
#pragma once

#include <atomic>
#include <functional>

#include "common/base/clock.h"
#include "server/http/answer.h"
#include "server/http/assets.h"
#include "server/http/catalogue.h"
#include "server/http/message.h"
#include "server/http/open311.h"
#include "server/http/options.h"
#include "server/http/portal.h"
#include "server/http/rate.h"
#include "server/http/reports.h"

namespace guanhu::server::http {

// Thread-safe.
class Face {
 public:
  // `host` and `random` outlive it; nobody else uses `random`.
  Face(host::NodeHost* host, PublicOptions options, base::Random* random);

  Response Handle(const Request& request);
  // From now on /readyz says that this node takes no more work.
  void SetDraining() { draining_ = true; }

 private:
  Response Route(const Request& request, const std::string& household);
  Response RouteOpen311(const Request& request, std::vector<std::string> parts, const Form& query,
                        const std::string& household);
  Response RoutePublic(const Request& request, const std::vector<std::string>& parts, const Form& query,
                       const std::string& household);
  Response Ready();
  Response Discovery(Format format) const;
  std::string AddressOf(const Request& request) const;
  // Counts receipts that do not exist.
  Response Guarded(const std::string& household, const std::function<Response()>& answer);

  host::NodeHost* const host_;
  const PublicOptions options_;
  std::atomic<bool> draining_ = false;
  RateLimit requests_;
  RateLimit posts_;
  RateLimit guesses_;
  Catalogue catalogue_;
  AssetNames assets_;
  Reports reports_;
  Open311 open311_;
  Portal portal_;
};

}  // namespace guanhu::server::http
