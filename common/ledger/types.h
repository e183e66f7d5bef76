// Record types that the ledgers know by number; the numbers are those of the schema's protos (a test compares them).
#pragma once

#include <cstdint>

namespace guanhu::ledger {

inline constexpr uint32_t kFacilityTypeType = 10;
inline constexpr uint32_t kOrgType = 2;
inline constexpr uint32_t kAssetType = 11;
inline constexpr uint32_t kTaskType = 13;
inline constexpr uint32_t kInspectionType = 14;
inline constexpr uint32_t kAmendmentType = 15;
inline constexpr uint32_t kDefectType = 16;
inline constexpr uint32_t kOrderType = 17;
inline constexpr uint32_t kRemarkType = 18;
inline constexpr uint32_t kStepType = 22;
inline constexpr uint32_t kResponsibilityType = 23;
inline constexpr uint32_t kTitleType = 24;
inline constexpr uint32_t kInterestType = 25;
inline constexpr uint32_t kMarkType = 29;
inline constexpr uint32_t kBudgetLineType = 41;
inline constexpr uint32_t kFundEntryType = 42;
inline constexpr uint32_t kVillageProjectType = 44;
inline constexpr uint32_t kVoteType = 45;
inline constexpr uint32_t kBillType = 49;
inline constexpr uint32_t kAssessmentRunType = 61;
inline constexpr uint32_t kScoreLineType = 62;
inline constexpr uint32_t kPublicReportType = 91;

}  // namespace guanhu::ledger
