// The indicators. Each walks its records once for all places.
#include <algorithm>
#include <set>

#include "common/base/status.h"
#include "common/figures/assessment.h"
#include "common/figures/funds.h"
#include "guanhu/records/v1/asset.pb.h"
#include "guanhu/records/v1/defect.pb.h"
#include "guanhu/records/v1/inspection.pb.h"
#include "guanhu/records/v1/plan.pb.h"
#include "guanhu/records/v1/public.pb.h"
#include "guanhu/records/v1/work_order.pb.h"

namespace guanhu::figures {
namespace {

namespace rec = guanhu::records::v1;
using base::PlaceId;
using base::RecordId;

constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kRepeatMs = 90 * kDayMs;

bool Fine(rec::InspectionResult r) { return r == rec::INSPECTION_RESULT_OK || r == rec::INSPECTION_RESULT_REPAIRED; }
bool SawIt(rec::InspectionResult r) {
  return r != rec::INSPECTION_RESULT_UNSPECIFIED && r != rec::INSPECTION_RESULT_UNREACHABLE &&
         r != rec::INSPECTION_RESULT_NOT_FOUND && r != rec::INSPECTION_RESULT_NOT_APPLICABLE;
}

class Walk {
 public:
  Walk(const Desk& desk, uint32_t year, int64_t from_ms, int64_t to_ms)
      : desk_(desk), year_(year), from_ms_(from_ms), to_ms_(to_ms) {}

  // The proofs of one indicator.
  absl::StatusOr<std::vector<Proof>> Of(rec::Indicator indicator) {
    proofs_.clear();
    switch (indicator) {
      case rec::INDICATOR_INSPECTION_ON_TIME:
      case rec::INDICATOR_GOOD_CONDITION:
      case rec::INDICATOR_COMPLETENESS:
      case rec::INDICATOR_SPOT_CHECK_PASS:
        GUANHU_RETURN_IF_ERROR(Assets(indicator));
        break;
      case rec::INDICATOR_ORDERS_ON_TIME:
        Orders();
        break;
      case rec::INDICATOR_DEFECTS_CLOSED:
      case rec::INDICATOR_REPEAT_FAILURES:
        Defects(indicator);
        break;
      case rec::INDICATOR_PUBLIC_SATISFACTION:
        GUANHU_RETURN_IF_ERROR(Satisfaction());
        break;
      case rec::INDICATOR_REPORTS_ANSWERED:
        Reports();
        break;
      case rec::INDICATOR_FUND_EXECUTION:
        GUANHU_RETURN_IF_ERROR(Execution());
        break;
      default:
        break;  // nothing is measured: its weight goes to its siblings
    }
    std::sort(proofs_.begin(), proofs_.end());
    return std::move(proofs_);
  }

 private:
  bool In(int64_t at_ms) const { return at_ms >= from_ms_ && at_ms < to_ms_; }

  void Add(PlaceId place, int facility_class, int64_t numerator, int64_t denominator, uint32_t type,
           const RecordId& id) {
    proofs_.push_back({desk_.directory().Root(place), facility_class, numerator, denominator, type, id});
  }
  void AddCase(const ledger::CaseRow& row, int64_t numerator, int64_t denominator) {
    const auto asset = row.about ? desk_.book().Asset(row.about) : std::nullopt;
    Add(row.id.scope.place, asset ? asset->facility_class : 0, numerator, denominator, row.type, row.id);
  }
  std::vector<ledger::CaseRow> Cases(uint32_t type) const {
    std::vector<ledger::CaseRow> rows;
    desk_.book().VisitCases({}, type, [&](const ledger::CaseRow& row) { rows.push_back(row); });
    return rows;
  }

  absl::Status Assets(rec::Indicator indicator) {
    std::vector<ledger::AssetRow> assets;
    desk_.book().VisitAssets({}, [&](const ledger::AssetRow& row, const ledger::Measures&) {
      if (row.Counts()) assets.push_back(row);
    });
    for (const ledger::AssetRow& asset : assets) {
      if (indicator == rec::INDICATOR_COMPLETENESS) {
        Add(asset.id.scope.place, asset.facility_class, __builtin_popcount(asset.clear), 5, ledger::kAssetType,
            asset.id);
        continue;
      }
      std::vector<std::pair<RecordId, rec::Inspection>> seen;
      GUANHU_RETURN_IF_ERROR(desk_.Linked<rec::Inspection>(asset.id, [&](const RecordId& id, const rec::Inspection& i) {
        if (i.observed_ms() < to_ms_) seen.emplace_back(id, i);
      }));
      std::sort(seen.begin(), seen.end(), [](const auto& a, const auto& b) {
        return std::tuple(a.second.observed_ms(), base::ShortHash(a.first)) <
               std::tuple(b.second.observed_ms(), base::ShortHash(b.first));
      });
      if (indicator == rec::INDICATOR_SPOT_CHECK_PASS) {
        for (const auto& [id, i] : seen) {
          if (i.kind() == rec::INSPECTION_KIND_SPOT && In(i.observed_ms()) && SawIt(i.result()))
            Add(asset.id.scope.place, asset.facility_class, Fine(i.result()) ? 1 : 0, 1, ledger::kInspectionType, id);
        }
      } else if (indicator == rec::INDICATOR_GOOD_CONDITION) {
        const auto last =
            std::find_if(seen.rbegin(), seen.rend(), [](const auto& s) { return SawIt(s.second.result()); });
        const bool good = last != seen.rend() && Fine(last->second.result());
        Add(asset.id.scope.place, asset.facility_class, good ? 1 : 0, 1, ledger::kAssetType, asset.id);
      } else {
        GUANHU_RETURN_IF_ERROR(OnTime(asset, seen));
      }
    }
    return absl::OkStatus();
  }

  // `seen` ascends in time. Some inspections of an asset lie outside the ledgers' month, so the book is not enough.
  absl::Status OnTime(const ledger::AssetRow& asset, const std::vector<std::pair<RecordId, rec::Inspection>>& seen) {
    const auto within = [&](int64_t from_ms, int64_t to_ms) -> const RecordId* {
      for (const auto& [id, i] : seen) {
        if (i.observed_ms() >= from_ms && i.observed_ms() <= to_ms) return &id;
      }
      return nullptr;
    };
    bool tasks = false;
    GUANHU_RETURN_IF_ERROR(desk_.Linked<rec::Task>(asset.id, [&](const RecordId& id, const rec::Task& task) {
      tasks = true;
      if (!In(task.window_end_ms()) || task.excuse() != rec::EXCUSE_UNSPECIFIED) return;
      const bool done = within(task.window_start_ms(), task.window_end_ms()) != nullptr;
      Add(asset.id.scope.place, asset.facility_class, done ? 1 : 0, 1, ledger::kTaskType, id);
    }));
    const auto type = tasks ? std::nullopt : desk_.book().Type(asset.type);
    if (!type || type->interval_days == 0) return absl::OkStatus();
    const int64_t interval = type->interval_days * kDayMs;
    for (int64_t start = from_ms_; start <= to_ms_ - interval; start += interval) {
      const RecordId* id = within(start, start + interval - 1);
      Add(asset.id.scope.place, asset.facility_class, id == nullptr ? 0 : 1, 1,
          id == nullptr ? ledger::kAssetType : ledger::kInspectionType, id == nullptr ? asset.id : *id);
    }
    return absl::OkStatus();
  }

  void Orders() {
    for (const ledger::CaseRow& row : Cases(ledger::kOrderType)) {
      const int64_t limit = row.due_ms + row.paused_ms;
      if (row.due_ms == 0 || row.state == rec::ORDER_STATE_CANCELLED || !In(limit)) continue;
      AddCase(row, row.done_ms != 0 && row.done_ms <= limit ? 1 : 0, 1);
    }
  }

  void Defects(rec::Indicator indicator) {
    std::vector<ledger::CaseRow> rows;
    std::map<RecordId, std::vector<int64_t>> born;  // of an asset's defects
    for (const ledger::CaseRow& row : Cases(ledger::kDefectType)) {
      if (row.state == rec::DEFECT_STATE_REJECTED || row.state == rec::DEFECT_STATE_MERGED) continue;
      if (row.about) born[row.about].push_back(row.born_ms);
      if (In(row.born_ms)) rows.push_back(row);
    }
    for (const ledger::CaseRow& row : rows) {
      if (indicator == rec::INDICATOR_DEFECTS_CLOSED) {
        AddCase(row, row.state == rec::DEFECT_STATE_CLOSED ? 1 : 0, 1);
        continue;
      }
      const auto others = born.find(row.about);
      if (others == born.end()) continue;  // a defect of no asset cannot come back
      const bool again = std::any_of(others->second.begin(), others->second.end(),
                                     [&](int64_t at) { return at < row.born_ms && row.born_ms - at <= kRepeatMs; });
      AddCase(row, again ? 1 : 0, 1);
    }
  }

  absl::Status Satisfaction() {
    for (const ledger::CaseRow& row : Cases(ledger::kPublicReportType)) {
      if (row.score_count > 0 && In(row.born_ms)) AddCase(row, row.score_sum, int64_t{5} * row.score_count);
    }
    return desk_.Each<rec::Survey>({}, [&](const RecordId& id, const rec::Survey& survey) {
      if (survey.has_held_ms() ? !In(survey.held_ms()) : survey.year() != year_) return;
      int64_t points = 0;
      int64_t people = 0;
      for (const rec::SurveyAnswer& answer : survey.answers()) {
        for (int i = 0; i < answer.counts_size() && i < 5; ++i) {
          points += int64_t{i + 1} * answer.counts(i);
          people += answer.counts(i);
        }
      }
      if (people > 0) Add(PlaceId{survey.place()}, 0, points, 5 * people, desk_.TypeOf<rec::Survey>(), id);
    });
  }

  void Reports() {
    for (const ledger::CaseRow& row : Cases(ledger::kPublicReportType)) {
      if (!In(row.born_ms) || row.state == rec::PUBLIC_REPORT_STATE_DUPLICATE) continue;
      const bool answered =
          row.state == rec::PUBLIC_REPORT_STATE_ANSWERED || row.state == rec::PUBLIC_REPORT_STATE_UNTRUE;
      AddCase(row, answered ? 1 : 0, 1);
    }
  }

  absl::Status Execution() {
    GUANHU_ASSIGN_OR_RETURN(const Funds funds, ReadFunds(desk_));
    std::map<RecordId, domain::Balance> sums;
    for (const FundRow& row : funds.entries) {
      if (row.effective && row.at_ms < to_ms_) sums[row.line].Add(row.entry.kind(), row.entry.amount_fen());
    }
    for (const auto& [id, line] : funds.lines) {
      if (line.line.year() == year_)
        Add(line.place, 0, sums[id].spent.value(), line.line.amount_fen(), ledger::kBudgetLineType, id);
    }
    return absl::OkStatus();
  }

  const Desk& desk_;
  const uint32_t year_;
  const int64_t from_ms_;
  const int64_t to_ms_;
  std::vector<Proof> proofs_;
};

}  // namespace

absl::StatusOr<std::map<PlaceId, std::map<uint32_t, Measured>>> Measure(const Desk& desk,
                                                                        const rec::AssessmentScheme& scheme,
                                                                        const std::vector<PlaceId>& places,
                                                                        int64_t from_ms, int64_t to_ms) {
  Walk walk(desk, scheme.year(), from_ms, to_ms);
  std::map<int, std::vector<Proof>> by_indicator;
  std::map<PlaceId, std::map<uint32_t, Measured>> out;
  std::map<PlaceId, std::vector<PlaceId>> above;  // the places assessed that hold a place
  for (const rec::SchemeNode& leaf : domain::LeavesOf(scheme)) {
    if (!by_indicator.contains(leaf.indicator())) {
      GUANHU_ASSIGN_OR_RETURN(by_indicator[leaf.indicator()], walk.Of(leaf.indicator()));
    }
    for (const PlaceId place : places) out[place][leaf.id()];
    const std::set<int> classes(leaf.classes().begin(), leaf.classes().end());
    for (const Proof& proof : by_indicator[leaf.indicator()]) {
      if (!classes.empty() && !classes.contains(proof.facility_class)) continue;
      const auto [holders, fresh] = above.try_emplace(proof.place);
      if (fresh) {
        for (const PlaceId place : places) {
          if (desk.Inside(place, proof.place)) holders->second.push_back(place);
        }
      }
      for (const PlaceId place : holders->second) {
        Measured& m = out[place][leaf.id()];
        m.outcome.numerator += proof.numerator;
        m.outcome.denominator += proof.denominator;
        m.proofs.push_back(proof);
      }
    }
    for (const PlaceId place : places) {
      Measured& m = out[place][leaf.id()];
      std::vector<RecordId> ids;
      for (const Proof& p : m.proofs) ids.push_back(p.id);
      m.outcome.evidence = domain::DigestOf(std::move(ids));
    }
  }
  return out;
}

}  // namespace guanhu::figures
