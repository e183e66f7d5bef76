// Records as the programs print them.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/cli/io.h"
#include "guanhu/api/v1/local.pb.h"

namespace guanhu::cli {

// The one vocabulary of where a record is: 已存本机, 乡镇已收, 市已收, 需处理 (saved here, at the township, at the
// city, needs a person). Never claims more than `holding` says.
std::string HoldingWord(const Io& io, const api::v1::Holding& holding, uint32_t conflicts = 0);

// "name (tier), 2026-11-25 10:42", with a word when the writer's clock was not to be trusted.
std::string AuthorText(const Io& io, const api::v1::Author& author, absl::TimeZone zone);

std::string TierText(const Io& io, absl::string_view tier);
std::string WhenText(int64_t wall_ms, absl::TimeZone zone);
// "3 天前", "5 min ago"; the wording of ages, which beat yes and no. "-" for 0.
std::string AgeText(const Io& io, int64_t then_ms, absl::Time now);
std::string TypeText(const Io& io, const api::v1::RecordView& record);

void PrintList(const Io& io, const api::v1::ListResponse& list);
// All fields; every value of a conflict with its author; its life and history if the view has them.
void PrintRecord(const Io& io, const api::v1::RecordView& record, absl::TimeZone zone);
// The state after an act, and whether the act stands.
void PrintActed(const Io& io, const api::v1::RecordView& record);
// "Saved on this device: CODE title" for each.
void PrintSaved(const Io& io, const api::v1::SaveResponse& saved);

}  // namespace guanhu::cli
