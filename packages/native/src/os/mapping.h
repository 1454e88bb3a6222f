/// @file
/// Ownership of one memory mapping.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "os/result.h"

namespace doorcall::os {

/// What a mapping lets this process do with the memory. The hardware enforces it.
enum class Access {
  readOnly,
  readWrite,
  /// Whatever is written goes to a copy of the page, which is this process's own.
  copyOnWrite,
};

/// Owns one mapping of a file and unmaps it exactly once. Move-only; a moved-from object is empty.
///
/// Every mapping is made with MADV_DONTFORK (a forked child must not be a second writer, nor keep
/// the memory alive) and MADV_DONTDUMP (calls carry user data; core dumps travel).
class Mapping {
 public:
  Mapping() = default;
  Mapping(Mapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { reset(); }

  /// Maps `bytes` bytes of `fd` from `offset`, a multiple of the page size. The mapping outlives
  /// the descriptor.
  static Result<Mapping> map(int fd, size_t bytes, Access access, uint64_t offset = 0);

  /// First byte, page-aligned; null when empty. With Access::readOnly a write through it is a
  /// SIGSEGV.
  void* data() const { return data_; }
  /// Bytes asked for (the kernel maps whole pages; the rest of the last one is not ours to use).
  size_t size() const { return size_; }
  bool valid() const { return data_ != nullptr; }

  /// Unmaps now.
  void reset();

 private:
  Mapping(void* data, size_t size) : data_(data), size_(size) {}

  void* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace doorcall::os
