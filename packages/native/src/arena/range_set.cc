#include "arena/range_set.h"

#include <algorithm>
#include <iterator>

namespace doorcall::arena {

void RangeSet::add(Range range) {
  if (range.from >= range.to) return;
  auto next = ends_.upper_bound(range.from);
  if (next != ends_.begin() && std::prev(next)->second >= range.from) {
    const auto before = std::prev(next);
    range.from = before->first;
    range.to = std::max(range.to, before->second);
    ends_.erase(before);
  }
  while (next != ends_.end() && next->first <= range.to) {
    range.to = std::max(range.to, next->second);
    next = ends_.erase(next);
  }
  ends_.emplace(range.from, range.to);
}

void RangeSet::remove(Range range) {
  auto at = ends_.upper_bound(range.from);
  if (at != ends_.begin() && std::prev(at)->second > range.from) --at;
  while (at != ends_.end() && at->first < range.to) {
    const Range found{at->first, at->second};
    at = ends_.erase(at);
    if (found.from < range.from) ends_.emplace(found.from, range.from);
    if (found.to > range.to) ends_.emplace(range.to, found.to);
  }
}

bool RangeSet::overlaps(Range range) const {
  if (range.from >= range.to) return false;
  const auto next = ends_.lower_bound(range.to);
  return next != ends_.begin() && std::prev(next)->second > range.from;
}

std::vector<Range> RangeSet::missing(Range range) const {
  std::vector<Range> gaps;
  auto at = ends_.upper_bound(range.from);
  if (at != ends_.begin() && std::prev(at)->second > range.from) --at;
  uint64_t from = range.from;
  for (; at != ends_.end() && at->first < range.to; ++at) {
    if (at->first > from) gaps.push_back({from, at->first});
    from = at->second;
  }
  if (from < range.to) gaps.push_back({from, range.to});
  return gaps;
}

}  // namespace doorcall::arena
