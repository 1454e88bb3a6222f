#include "os/epoll.h"

#include <cerrno>

namespace doorcall::os {

Result<Epoll> Epoll::create() {
  UniqueFd fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!fd.valid()) return Error{errno, "epoll_create1", ""};
  return Epoll(std::move(fd));
}

Result<void> Epoll::add(int fd, uint32_t events, uint64_t token) {
  return control(EPOLL_CTL_ADD, "epoll_ctl add", fd, events, token);
}

Result<void> Epoll::modify(int fd, uint32_t events, uint64_t token) {
  return control(EPOLL_CTL_MOD, "epoll_ctl modify", fd, events, token);
}

Result<void> Epoll::remove(int fd) { return control(EPOLL_CTL_DEL, "epoll_ctl remove", fd, 0, 0); }

Result<size_t> Epoll::wait(std::span<epoll_event> events, int timeoutMs) {
  int filled = ::epoll_wait(fd_.get(), events.data(), static_cast<int>(events.size()), timeoutMs);
  if (filled >= 0) return static_cast<size_t>(filled);
  if (errno == EINTR) return size_t{0};
  return Error{errno, "epoll_wait", ""};
}

Result<void> Epoll::control(int operation, const char* name, int fd, uint32_t events,
                            uint64_t token) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = token;
  if (::epoll_ctl(fd_.get(), operation, fd, &event) != 0) return Error{errno, name, ""};
  return {};
}

}  // namespace doorcall::os
