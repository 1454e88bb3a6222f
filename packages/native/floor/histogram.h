/// @file
/// Counts of nanoseconds in the buckets of an HDR histogram with three significant digits: exact
/// below 2048, with 11 bits of each value above.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace floor_lab {

class Histogram {
 public:
  Histogram() : counts_(index(kMax) + 1) {}

  void record(uint64_t ns) { counts_[index(std::min(ns, kMax))]++; }

  /// Calls `visit` with the least value of each bucket that is not empty, and its count.
  template <class Visit>
  void forEach(Visit visit) const {
    for (uint32_t i = 0; i < counts_.size(); i++) {
      if (counts_[i] != 0) visit(least(i), counts_[i]);
    }
  }

 private:
  static constexpr uint32_t kExact = 2048;
  static constexpr uint32_t kHalf = kExact / 2;
  /// More than an hour.
  static constexpr uint64_t kMax = (uint64_t{1} << 42) - 1;

  static uint32_t index(uint64_t value) {
    if (value < kExact) return static_cast<uint32_t>(value);
    const uint32_t shift = static_cast<uint32_t>(std::bit_width(value)) - 11;
    return kExact + (shift - 1) * kHalf + (static_cast<uint32_t>(value >> shift) - kHalf);
  }

  static uint64_t least(uint32_t index) {
    if (index < kExact) return index;
    const uint32_t shift = (index - kExact) / kHalf + 1;
    return uint64_t{kHalf + (index - kExact) % kHalf} << shift;
  }

  std::vector<uint64_t> counts_;
};

}  // namespace floor_lab
