#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

#include "os/mapping.h"

namespace doorcall::channel {

/**
 * A second mapping of pages that a peer has lent twice. It is the peer who decides how many there
 * are, and the kernel allows a process only so many mappings (vm.max_map_count, 65,530 by default):
 * V8 ends a process that has none left. So they are counted, over all connections and threads.
 */
class ExtraMapping {
 public:
  /** How many this process has at most at once. */
  static constexpr uint32_t kMost = 1024;

  ExtraMapping() = default;
  ExtraMapping(ExtraMapping&& other) noexcept = default;
  ExtraMapping& operator=(ExtraMapping&& other) noexcept {
    if (this != &other) {
      reset();
      mapping_ = std::move(other.mapping_);
    }
    return *this;
  }
  ExtraMapping(const ExtraMapping&) = delete;
  ExtraMapping& operator=(const ExtraMapping&) = delete;
  ~ExtraMapping() { reset(); }

  /** Maps copy-on-write. Nothing when there are kMost, and when the kernel gives none. */
  static std::optional<ExtraMapping> map(int fd, uint64_t bytes, uint64_t offset) {
    if (count_.fetch_add(1, std::memory_order_relaxed) < kMost) {
      auto mapping = os::Mapping::map(fd, bytes, os::Access::copyOnWrite, offset);
      if (mapping) return ExtraMapping(std::move(mapping).value());
    }
    count_.fetch_sub(1, std::memory_order_relaxed);
    return std::nullopt;
  }

  void* data() const { return mapping_.data(); }
  bool valid() const { return mapping_.valid(); }
  /** How many this process has. */
  static uint32_t count() { return count_.load(std::memory_order_relaxed); }

 private:
  explicit ExtraMapping(os::Mapping mapping) : mapping_(std::move(mapping)) {}
  void reset() {
    if (!valid()) return;
    mapping_.reset();
    count_.fetch_sub(1, std::memory_order_relaxed);
  }

  inline static std::atomic<uint32_t> count_{0};
  os::Mapping mapping_;
};

}  // namespace doorcall::channel
