#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace doorcall::arena {

/** Bytes from `from` up to, but not with, `to`. */
struct Range {
  uint64_t from = 0;
  uint64_t to = 0;

  friend bool operator==(const Range&, const Range&) = default;
};

/** A set of bytes, kept as ranges that neither overlap nor touch. */
class RangeSet {
 public:
  void add(Range range);
  void remove(Range range);
  bool overlaps(Range range) const;
  /** The parts of `range` that are not in the set, in order. */
  std::vector<Range> missing(Range range) const;
  bool empty() const { return ends_.empty(); }

 private:
  /** Of each range: where it begins, and where it ends. */
  std::map<uint64_t, uint64_t> ends_;
};

}  // namespace doorcall::arena
