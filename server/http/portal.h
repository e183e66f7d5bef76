// What the public page shows besides GeoReport: notices, figures, and a report's way for the holder of its receipt.
#pragma once

#include <string>

#include "server/http/answer.h"
#include "server/http/form.h"
#include "server/http/message.h"
#include "server/http/options.h"
#include "server/http/reports.h"

namespace guanhu::server::http {

// Thread-safe.
class Portal {
 public:
  // All outlive it.
  Portal(host::NodeHost* host, const PublicOptions* options, Reports* reports)
      : host_(host), options_(options), reports_(reports) {}

  // Published and not expired, the latest first; parameters page, page_size.
  Response Notices(const Form& query);
  // By township: received, answered, on time, satisfaction; parameters from and to, months such as 2026-11.
  Response Stats(const Form& query);
  // For the holder of the receipt.
  Response Follow(const Known& report);
  // FOLLOW, RATE (score), REOPEN (reason); `act` as in the path.
  Response Act(const Known& report, const std::string& act, const Form& form);

 private:
  host::NodeHost* const host_;
  const PublicOptions* const options_;
  Reports* const reports_;
};

}  // namespace guanhu::server::http
