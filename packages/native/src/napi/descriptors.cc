#include "napi/descriptors.h"

#include <napi.h>

#include <array>
#include <utility>

#include "fault/failpoint.h"
#include "napi/loop.h"

namespace doorcall::napi {

std::string Descriptors::create() {
  auto epoll = os::Epoll::create();
  if (!epoll) return epoll.error().message();
  epoll_ = std::move(epoll).value();
  return "";
}

bool Descriptors::initialise(uv_loop_t* uv) {
  poll_.data = this;
  return uv_poll_init(uv, &poll_, epoll_.fd()) == 0;
}

bool Descriptors::start() {
  return uv_poll_start(&poll_, UV_READABLE, [](uv_poll_t* handle, int, int) {
           static_cast<Descriptors*>(handle->data)->onReadable();
         }) == 0;
}

uint64_t Descriptors::watch(int fd, uint32_t events, std::shared_ptr<Watcher> watcher) {
  const uint64_t token = nextToken_++;
  if (loop_.closing() || !epoll_.add(fd, events | EPOLLET, token)) return 0;
  watchers_.emplace(token, std::move(watcher));
  return token;
}

void Descriptors::unwatch(int fd, uint64_t token) {
  if (token == 0) return;
  (void)epoll_.remove(fd);
  watchers_.erase(token);
}

Descriptors::Watchers Descriptors::takeWatchers() { return std::exchange(watchers_, {}); }

void Descriptors::onReadable() {
  // The rest is there at the next poll, and connections get their turn before.
  std::array<epoll_event, 16> events;
  const auto ready = epoll_.wait(events, 0);
  if (!ready || !loop_.javascriptRuns()) return;
  const Napi::HandleScope scope(loop_.env());
  DOORCALL_FAILPOINT("wake.events-read");
  for (size_t i = 0; i < ready.value(); i++) {
    const auto found = watchers_.find(events[i].data.u64);
    if (found == watchers_.end()) continue;
    // A watcher may remove itself, or be removed by JavaScript, while it is told.
    const std::shared_ptr<Watcher> watcher = found->second;
    watcher->onEvents(events[i].data.u64, events[i].events);
    if (loop_.closing()) return;
  }
}

}  // namespace doorcall::napi
