#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>
#include <utility>

namespace doorcall::napi {

class Loop;

/** Tasks for later, on one libuv timer. None of them keeps the process alive. */
class Timers {
 public:
  explicit Timers(Loop& loop) : loop_(loop) {}

  void start(uv_loop_t* uv);
  /** Runs `task` on the loop after `ms`. @returns an id for cancel(). */
  uint64_t after(uint64_t ms, std::function<void()> task);
  void cancel(uint64_t timer);
  void clear() { tasks_.clear(); }
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&timer_); }

 private:
  void arm();
  void onTimer();

  Loop& loop_;
  uv_loop_t* uv_ = nullptr;
  uv_timer_t timer_{};
  uint64_t nextId_ = 1;
  /** By due time (CLOCK_MONOTONIC, ns) and id. */
  std::map<std::pair<uint64_t, uint64_t>, std::function<void()>> tasks_;
  std::unordered_map<uint64_t, uint64_t> dueOf_;
};

}  // namespace doorcall::napi
