/// @file
/// A set of descriptors to wait for.
#pragma once

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "os/result.h"
#include "os/unique_fd.h"

namespace doorcall::os {

/// Owns one epoll descriptor. It can itself be watched by another set, or by libuv.
class Epoll {
 public:
  /// An empty object without a descriptor; only assignment and destruction make sense on it.
  Epoll() = default;

  /// Creates an empty set, close-on-exec.
  static Result<Epoll> create();

  /// The set's own descriptor: readable while it has events to deliver.
  int fd() const { return fd_.get(); }
  bool valid() const { return fd_.valid(); }

  /// Watches `fd`. @param events EPOLLIN, EPOLLET, … @param token comes back as
  /// `epoll_event.data.u64`.
  Result<void> add(int fd, uint32_t events, uint64_t token);
  /// Changes events and token of a watched `fd`; also re-arms EPOLLONESHOT.
  Result<void> modify(int fd, uint32_t events, uint64_t token);
  /// Stops watching `fd`. To be called before close(): a descriptor that others hold too stays in
  /// the set.
  Result<void> remove(int fd);

  /// Fills `events` with what happened, sleeping at most `timeoutMs` milliseconds (0: only look;
  /// negative: no limit).
  ///
  /// @return how many were filled; 0 after the timeout or an interrupting signal.
  Result<size_t> wait(std::span<epoll_event> events, int timeoutMs);

 private:
  explicit Epoll(UniqueFd fd) : fd_(std::move(fd)) {}
  Result<void> control(int operation, const char* name, int fd, uint32_t events, uint64_t token);

  UniqueFd fd_;
};

}  // namespace doorcall::os
