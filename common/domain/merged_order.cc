#include "common/domain/merged_order.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace guanhu::domain {
namespace {

auto KeyOf(const Act& a) { return std::tie(a.stamp, a.origin, a.seq, a.index, a.id); }

// Acts by key, each id once; and between them "stands behind".
struct Graph {
  std::vector<size_t> nodes;  // node -> index into the acts
  std::vector<std::vector<size_t>> before;
  std::vector<bool> misses;  // names an act that is not there
};

Graph MakeGraph(absl::Span<const Act> acts) {
  Graph g;
  std::vector<size_t> by_key(acts.size());
  for (size_t i = 0; i < acts.size(); ++i) by_key[i] = i;
  std::stable_sort(by_key.begin(), by_key.end(), [&](size_t a, size_t b) { return KeyOf(acts[a]) < KeyOf(acts[b]); });
  std::map<base::RecordId, size_t> node_of;
  for (size_t i : by_key) {
    if (node_of.emplace(acts[i].id, g.nodes.size()).second) g.nodes.push_back(i);
  }
  g.before.resize(g.nodes.size());
  g.misses.resize(g.nodes.size());
  std::map<base::Origin, std::vector<size_t>> written;
  for (size_t n = 0; n < g.nodes.size(); ++n) {
    const Act& act = acts[g.nodes[n]];
    for (const base::RecordId& id : act.after) {
      const auto it = node_of.find(id);
      if (it == node_of.end()) g.misses[n] = true;
      if (it != node_of.end() && it->second != n) g.before[n].push_back(it->second);
    }
    written[act.origin].push_back(n);
  }
  // A device knows what it wrote itself, even where its clock went backwards.
  for (auto& [origin, nodes] : written) {
    const auto place = [&](size_t n) {
      const Act& a = acts[g.nodes[n]];
      return std::tie(a.seq, a.index);
    };
    std::stable_sort(nodes.begin(), nodes.end(), [&](size_t a, size_t b) { return place(a) < place(b); });
    for (size_t i = 1; i < nodes.size(); ++i) g.before[nodes[i]].push_back(nodes[i - 1]);
  }
  for (std::vector<size_t>& b : g.before) {
    std::sort(b.begin(), b.end());
    b.erase(std::unique(b.begin(), b.end()), b.end());
  }
  return g;
}

// Nodes, causes first.
std::vector<size_t> Sorted(const Graph& g) {
  const size_t n = g.nodes.size();
  std::vector<std::vector<size_t>> behind(n);
  std::vector<size_t> missing(n);
  std::set<size_t> ready;
  std::set<size_t> left;
  for (size_t i = 0; i < n; ++i) {
    for (size_t b : g.before[i]) behind[b].push_back(i);
    missing[i] = g.before[i].size();
    if (missing[i] == 0) ready.insert(i);
    left.insert(i);
  }
  std::vector<size_t> out;
  while (!left.empty()) {
    const size_t next = ready.empty() ? *left.begin() : *ready.begin();
    ready.erase(next);
    left.erase(next);
    out.push_back(next);
    for (size_t b : behind[next]) {
      if (--missing[b] == 0 && left.count(b) != 0) ready.insert(b);
    }
  }
  return out;
}

}  // namespace

MergedOrder::MergedOrder(absl::Span<const Act> acts) {
  const Graph g = MakeGraph(acts);
  const std::vector<size_t> sorted = Sorted(g);
  std::vector<size_t> position(sorted.size());
  for (size_t p = 0; p < sorted.size(); ++p) position[sorted[p]] = p;
  std::vector<bool> known(sorted.size());
  const size_t kept = std::min(sorted.size(), kActsMax);
  knows_.assign(kept, std::vector<uint64_t>((kept + 63) / 64));
  for (size_t p = 0; p < sorted.size(); ++p) {
    order_.push_back(g.nodes[sorted[p]]);
    incomplete_.push_back(g.misses[sorted[p]]);
    for (size_t b : g.before[sorted[p]]) {
      const size_t earlier = position[b];
      if (earlier >= p) continue;
      known[earlier] = true;
      if (incomplete_[earlier]) incomplete_[p] = true;
      if (p >= kept) continue;
      for (size_t w = 0; w < knows_[p].size(); ++w) knows_[p][w] |= knows_[earlier][w];
      knows_[p][earlier / 64] |= uint64_t{1} << (earlier % 64);
    }
  }
  for (size_t p = 0; p < sorted.size(); ++p) {
    if (!known[p]) heads_.push_back(p);
  }
}

bool MergedOrder::Knows(size_t later, size_t earlier) const {
  if (earlier >= later || later >= knows_.size()) return false;
  return (knows_[later][earlier / 64] >> (earlier % 64) & 1u) != 0;
}

}  // namespace guanhu::domain
