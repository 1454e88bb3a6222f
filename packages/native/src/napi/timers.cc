#include "napi/timers.h"

#include <napi.h>

#include "napi/loop.h"
#include "os/clock.h"

namespace doorcall::napi {

void Timers::start(uv_loop_t* uv) {
  uv_ = uv;
  timer_.data = this;
  uv_timer_init(uv, &timer_);
}

uint64_t Timers::after(uint64_t ms, std::function<void()> task) {
  const uint64_t id = nextId_++;
  const uint64_t due = os::monotonicNs() + ms * 1'000'000;
  tasks_.emplace(std::pair(due, id), std::move(task));
  dueOf_.emplace(id, due);
  arm();
  return id;
}

void Timers::cancel(uint64_t timer) {
  const auto found = dueOf_.find(timer);
  if (found == dueOf_.end()) return;
  tasks_.erase({found->second, timer});
  dueOf_.erase(found);
  arm();
}

void Timers::arm() {
  if (loop_.closing()) return;
  if (tasks_.empty()) {
    uv_timer_stop(&timer_);
    return;
  }
  const uint64_t due = tasks_.begin()->first.first;
  const uint64_t now = os::monotonicNs();
  uv_update_time(uv_);
  // Never 0: the libuv of Node 20 runs a timer that its own callback has started for at once again
  // in the same pass, so that whoever has something left for the next turn would never let the loop
  // come to it.
  uv_timer_start(
      &timer_, [](uv_timer_t* handle) { static_cast<Timers*>(handle->data)->onTimer(); },
      due <= now ? 1 : (due - now + 999'999) / 1'000'000, 0);
}

void Timers::onTimer() {
  if (!loop_.javascriptRuns()) return;
  const Napi::HandleScope scope(loop_.env());
  const uint64_t now = os::monotonicNs();
  while (!loop_.closing() && !tasks_.empty() && tasks_.begin()->first.first <= now) {
    const auto task = std::move(tasks_.begin()->second);
    dueOf_.erase(tasks_.begin()->first.second);
    tasks_.erase(tasks_.begin());
    task();
  }
  arm();
}

}  // namespace doorcall::napi
