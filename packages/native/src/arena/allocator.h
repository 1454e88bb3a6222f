#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace doorcall::arena {

/**
 * Hands out ranges of one segment, in multiples of its caller's page size: no two share a page.
 *
 * What was given back last is handed out first where the size fits exactly, since its pages are
 * still in the caches; else the lowest place that is large enough, so that little of the segment is
 * ever touched.
 */
class Allocator {
 public:
  explicit Allocator(uint64_t bytes);

  /** @returns where `bytes` (above 0) begin, or nothing when no place is large enough. */
  std::optional<uint64_t> allocate(uint64_t bytes);
  /** Takes back what allocate() gave, whole. */
  void free(uint64_t offset, uint64_t bytes);
  uint64_t freeBytes() const { return freeBytes_; }

 private:
  std::optional<uint64_t> takeLowest(uint64_t bytes);
  void join(uint64_t offset, uint64_t bytes);
  void joinRecent();

  uint64_t freeBytes_;
  /** Free ranges by where they begin; neighbours are joined. */
  std::map<uint64_t, uint64_t> free_;
  /** Given back and not joined yet, by size; the last is handed out first. */
  std::unordered_map<uint64_t, std::vector<uint64_t>> recent_;
};

}  // namespace doorcall::arena
