#include "arena/allocator.h"

#include <iterator>

namespace doorcall::arena {

Allocator::Allocator(uint64_t bytes) : freeBytes_(bytes) { free_.emplace(0, bytes); }

std::optional<uint64_t> Allocator::allocate(uint64_t bytes) {
  std::optional<uint64_t> found;
  if (const auto recent = recent_.find(bytes); recent != recent_.end()) {
    found = recent->second.back();
    recent->second.pop_back();
    if (recent->second.empty()) recent_.erase(recent);
  } else if (bytes <= freeBytes_) {
    joinRecent();
    found = takeLowest(bytes);
  }
  if (found) freeBytes_ -= bytes;
  return found;
}

void Allocator::free(uint64_t offset, uint64_t bytes) {
  freeBytes_ += bytes;
  recent_[bytes].push_back(offset);
}

std::optional<uint64_t> Allocator::takeLowest(uint64_t bytes) {
  for (auto place = free_.begin(); place != free_.end(); ++place) {
    const auto [offset, size] = *place;
    if (size < bytes) continue;
    free_.erase(place);
    if (size > bytes) free_.emplace(offset + bytes, size - bytes);
    return offset;
  }
  return std::nullopt;
}

void Allocator::join(uint64_t offset, uint64_t bytes) {
  const auto next = free_.lower_bound(offset);
  if (next != free_.end() && next->first == offset + bytes) {
    bytes += next->second;
    free_.erase(next);
  }
  const auto after = free_.lower_bound(offset);
  if (after != free_.begin()) {
    const auto before = std::prev(after);
    if (before->first + before->second == offset) {
      before->second += bytes;
      return;
    }
  }
  free_.emplace(offset, bytes);
}

void Allocator::joinRecent() {
  for (const auto& [bytes, offsets] : recent_) {
    for (const uint64_t offset : offsets) join(offset, bytes);
  }
  recent_.clear();
}

}  // namespace doorcall::arena
