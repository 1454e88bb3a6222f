#pragma once

#include <cstdint>

namespace doorcall::napi {

/** Something that waits for a descriptor in the loop's epoll set. */
class Watcher {
 public:
  virtual ~Watcher() = default;
  /** @param token as given at Loop::watch; @param events EPOLLIN and the like. */
  virtual void onEvents(uint64_t token, uint32_t events) = 0;
};

}  // namespace doorcall::napi
