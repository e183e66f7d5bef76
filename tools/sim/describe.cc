#include "tools/sim/describe.h"

#include "absl/strings/str_cat.h"

namespace guanhu::sim {
namespace {

std::string Text(const sync::Point& p) {
  return absl::StrCat(" ", base::ToText(p.journal), ":", p.seq, ":", p.hash % 10000);
}

std::string Text(const std::vector<sync::Point>& points) {
  std::string out;
  for (const sync::Point& p : points) out += Text(p);
  return out;
}

struct Words {
  std::string operator()(const sync::Hello& f) const {
    return absl::StrCat("Hello ", f.digest % 10000, " states ", f.states % 10000);
  }
  std::string operator()(const sync::Probe& f) const {
    return absl::StrCat("Probe ", static_cast<int>(f.kind), " ", f.digest % 10000);
  }
  std::string operator()(const sync::Digests& f) const { return absl::StrCat("Digests of ", f.values.size()); }
  std::string operator()(const sync::Have& f) const {
    return absl::StrCat("Have ", base::ToText(f.scope), " ack ", f.ack_epoch, ".", f.ack_serial, Text(f.points));
  }
  std::string operator()(const sync::Offer& f) const { return absl::StrCat("Offer", Text(f.points)); }
  std::string operator()(const sync::Positions& f) const { return absl::StrCat("Positions", Text(f.points)); }
  std::string operator()(const sync::Batch& f) const {
    return absl::StrCat("Batch ", base::ToText(f.batch.journal), " ", f.batch.first_seq, "..", f.batch.last_seq());
  }
  std::string operator()(const sync::CityAck& f) const {
    return absl::StrCat("CityAck ", base::ToText(f.scope), " ", f.epoch, ".", f.serial, Text(f.points));
  }
  std::string operator()(const sync::HeldMarks& f) const {
    std::string out = "HeldMarks";
    for (const sync::HeldMark& m : f.marks)
      absl::StrAppend(&out, " ", base::ToText(m.journal), " ", m.seq, " (", m.reason, ")");
    return out;
  }
  std::string operator()(const sync::AsideItems& f) const {
    std::string out = "AsideItems";
    for (const sync::AsideItem& a : f.items)
      absl::StrAppend(&out, " ", base::ToText(a.journal), " ", a.seq, ":", base::Prefix64(a.chain) % 10000);
    return out;
  }
  std::string operator()(const sync::Fork& f) const {
    return absl::StrCat("Fork ", base::ToText(f.journal), " ", f.seq, ":", f.hash % 10000, " head", Text(f.head));
  }
  std::string operator()(const sync::Ack& f) const { return absl::StrCat("Ack ", f.upto, " failed ", f.failed.size()); }
  std::string operator()(const sync::Notice& f) const { return absl::StrCat("Notice ", f.text); }
};

}  // namespace

std::string Describe(const sync::Frame& frame) { return std::visit(Words{}, frame); }

}  // namespace guanhu::sim
