#include "common/figures/figures.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace guanhu::figures {
namespace {

// A tablet that meets no network for a week is usual; after that somebody should ask.
constexpr absl::Duration kSilentAfter = absl::Hours(24 * 7);

void AddFreshness(const Desk& desk, const Question& question, Table& table) {
  for (const ledger::DeviceAge& d : desk.book().Devices(question.cut.place)) {
    ++table.devices;
    table.as_of_ms = std::max(table.as_of_ms, d.written_ms);
    if (question.now - absl::FromUnixMillis(d.written_ms) < kSilentAfter) continue;
    const domain::DeviceRow* device = desk.directory().Device(d.node);
    table.silent.push_back({device == nullptr ? base::ToText(d.node.value) : device->name,
                            device == nullptr ? "" : desk.PlaceName(device->place), d.written_ms});
  }
}

}  // namespace

std::vector<const Figure*> All() {
  std::vector<const Figure*> all;
  for (absl::Span<const Figure> family : {LedgerFigures(), WorkFigures(), DutyFigures(), PeopleFigures(),
                                          PublicFigures(), MoneyFigures(), AssessmentFigures()}) {
    for (const Figure& f : family) all.push_back(&f);
  }
  return all;
}

const Figure* Find(const std::string& name) {
  for (const Figure* f : All()) {
    if (name == f->name) return f;
  }
  return nullptr;
}

absl::StatusOr<Table> Tell(const std::string& name, const Desk& desk, const Question& question) {
  const Figure* f = Find(name);
  if (f == nullptr)
    return absl::NotFoundError(absl::StrCat("there is no figure '", name, "': `figure --list` names them all"));
  GUANHU_ASSIGN_OR_RETURN(Table table, f->tell(desk, question));
  if (table.zh.empty()) table.zh = f->zh;
  if (table.en.empty()) table.en = f->en;
  if (table.coverage.mark.empty()) table.coverage = desk.book().coverage();
  AddFreshness(desk, question, table);
  return table;
}

}  // namespace guanhu::figures
