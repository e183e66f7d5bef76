#include "common/domain/steps.h"

#include "common/schema/refs.h"

namespace guanhu::domain {

Act ActOf(const records::v1::Step& step, const base::RecordId& id, const model::Sibling& written,
          const schema::Writer& writer, base::NodeId device) {
  Act act;
  act.id = id;
  act.act = step.act();
  for (const records::v1::RecordRef& ref : step.after()) act.after.push_back(schema::FromRef(ref, id.scope));
  act.stamp = written.stamp;
  act.origin = written.origin;
  act.seq = written.seq;
  act.index = id.index;
  act.writer = writer;
  act.device = device;
  act.by = step.by() != 0 ? base::PersonId{step.by()} : written.person;
  act.at_ms = step.at_ms();
  act.has_reason = !step.reason().empty();
  act.has_evidence = step.photos_size() > 0;
  act.has_party = step.has_party();
  act.has_until = step.has_until_ms();
  act.has_amount = step.has_amount_fen();
  act.has_score = step.has_score() && step.score() >= 1 && step.score() <= 5;
  act.has_other = step.has_other();
  act.work_minutes = step.work_minutes();
  act.amount_fen = step.amount_fen();
  return act;
}

}  // namespace guanhu::domain
