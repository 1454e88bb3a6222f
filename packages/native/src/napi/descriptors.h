#pragma once

#include <uv.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "napi/watcher.h"
#include "os/epoll.h"

namespace doorcall::napi {

class Loop;

/**
 * What an environment waits for: every bell, socket and pidfd hangs edge-triggered in one epoll
 * set, which libuv knows as a single descriptor.
 */
class Descriptors {
 public:
  using Watchers = std::unordered_map<uint64_t, std::shared_ptr<Watcher>>;

  explicit Descriptors(Loop& loop) : loop_(loop) {}

  /** Makes the set. @returns why it cannot be made, or "". */
  std::string create();
  /** Makes the handle known to libuv. When it fails there is none to close. */
  bool initialise(uv_loop_t* uv);
  bool start();

  /** Watches a descriptor, edge-triggered. @returns a token, 0 on failure. */
  uint64_t watch(int fd, uint32_t events, std::shared_ptr<Watcher> watcher);
  /** Must come before the descriptor is closed. */
  void unwatch(int fd, uint64_t token);
  /** Nobody is told any more; the watchers are the caller's to let go. */
  Watchers takeWatchers();

  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&poll_); }

 private:
  void onReadable();

  Loop& loop_;
  uv_poll_t poll_{};
  os::Epoll epoll_;
  uint64_t nextToken_ = 1;
  Watchers watchers_;
};

}  // namespace doorcall::napi
