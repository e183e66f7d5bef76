// From a Step as it is stored to an act that can be judged. Pure and thread-safe.
#pragma once

#include "common/domain/lifecycle.h"
#include "common/model/record.h"
#include "guanhu/records/v1/step.pb.h"

namespace guanhu::domain {

// `written` is the sibling of the step's field `act`: all fields of a step come from the edit that made it. `writer`
// and `device` say who stands behind its origin.
Act ActOf(const records::v1::Step& step, const base::RecordId& id, const model::Sibling& written,
          const schema::Writer& writer, base::NodeId device);

}  // namespace guanhu::domain
