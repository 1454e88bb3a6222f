/// @file
/// Ownership of one file descriptor.
#pragma once

#include <unistd.h>

#include <utility>

namespace doorcall::os {

/// Owns a file descriptor and closes it exactly once. Move-only; a moved-from object owns nothing.
class UniqueFd {
 public:
  UniqueFd() = default;
  /// Takes ownership of `fd`; any negative number means "none".
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

  /// Gives the descriptor away without closing it.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

  /// Closes what is owned and takes `fd` instead. close() is not retried on EINTR: Linux has
  /// released the number by then, and a second close could hit a stranger's descriptor.
  void reset(int fd = -1) {
    int old = std::exchange(fd_, fd);
    if (old >= 0) ::close(old);
  }

 private:
  int fd_ = -1;
};

}  // namespace doorcall::os
