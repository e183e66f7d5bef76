#include "common/sync/frames.h"

#include "common/base/bytes.h"

namespace guanhu::sync {

std::string AckMessage(const CityAck& ack) {
  std::string m = "guanhu-city-ack-1";
  base::PutFixed64(m, ack.scope.place.value);
  m.push_back(static_cast<char>(ack.scope.visibility));
  base::PutFixed64(m, ack.epoch);
  base::PutFixed64(m, ack.serial);
  for (const Point& p : ack.points) {
    base::PutFixed64(m, p.journal.origin.value);
    base::PutFixed64(m, p.seq);
    base::PutFixed64(m, p.hash);
  }
  return m;
}

}  // namespace guanhu::sync
