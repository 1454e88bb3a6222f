#pragma once

#include <cstdint>

namespace doorcall::channel {

/**
 * Where a blob lies, as a message names it. A blob of no bytes lies nowhere: all zero.
 */
struct BlobPlace {
  /** Number of the sender's segment, from 1 up. */
  uint32_t segment = 0;
  /** Number of this loan of the range; it comes back with `release`. */
  uint32_t slot = 0;
  /** From the segment's beginning. */
  uint64_t offset = 0;
  uint64_t length = 0;
};

/** The least size of a segment. Mere address space: memory is taken as it is first used. */
inline constexpr uint64_t kLeastSegmentBytes = uint64_t{64} << 20;

/**
 * What the segments of one arena may be large together. Twice what may be lent, because what is
 * free need not lie together.
 */
constexpr uint64_t mostSegmentBytes(uint64_t maxBlobBytes) {
  return maxBlobBytes == 0 ? 0 : 2 * maxBlobBytes + kLeastSegmentBytes;
}

/** The pages that a range touches, as bytes. @param page a power of two. */
constexpr uint64_t roundDownTo(uint64_t page, uint64_t offset) { return offset & ~(page - 1); }
constexpr uint64_t roundUpTo(uint64_t page, uint64_t offset) {
  return roundDownTo(page, offset + page - 1);
}

}  // namespace doorcall::channel
