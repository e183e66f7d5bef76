// Settings that would make the system a burden (国办函〔2026〕12号: no check-ins, no ranking by points, no counting of
// log-ins, use or online time, no photos or tracks where they are not needed) are refused before they are written.
// Pure and thread-safe.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace guanhu::domain {

// What only settings are judged by: kinds, policies, and the names of indicators, plans, check items and rules. Texts
// (a basis, the text of a standard or of a department's plan) are not read: quoting the rule is no breach of it.
// Judged are AssessmentScheme, Plan, Checklist, Standard and IncentiveRule; every other record passes.
// Errors: kInvalidArgument naming the clause and the field.
absl::Status CheckBurden(const google::protobuf::Message& record);

// A name that somebody gives to a setting, such as a key of a configuration file ("login_quota"). `field` is what the
// error calls it. Errors: as above.
absl::Status CheckBurdenName(absl::string_view field, absl::string_view name);

}  // namespace guanhu::domain
