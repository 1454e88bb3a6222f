#include "os/event_bell.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "os/proc_fd.h"

namespace doorcall::os {

Result<UniqueFd> createEventBell() {
  UniqueFd fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!fd.valid()) return Error{errno, "eventfd", ""};
  return fd;
}

void ringEventBell(int fd) {
  const uint64_t one = 1;
  [[maybe_unused]] ssize_t written = ::write(fd, &one, sizeof one);
}

Result<void> checkEventBell(int fd) {
  constexpr const char* kOperation = "check event bell";
  Result<std::string> kind = describeFd(fd);
  if (!kind.ok()) return std::move(kind).error();
  if (kind.value() != "anon_inode:[eventfd]") {
    return Error{0, kOperation, "the descriptor is no eventfd, but " + kind.value()};
  }
  int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0) return Error{errno, kOperation, "F_GETFL"};
  if ((flags & O_NONBLOCK) == 0) {
    return Error{0, kOperation, "the eventfd is in blocking mode, so that ringing it could block"};
  }
  return {};
}

}  // namespace doorcall::os
