#include "os/event_bell.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "os/proc_fd.h"

namespace doorcall::os {

Result<UniqueFd> createEventBell() {
  UniqueFd fd(::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!fd.valid()) return Error{errno, "eventfd", ""};
  return fd;
}

void ringEventBell(int fd) {
  // Zero fits into a counter that a peer has filled to the brim, too, where one would have to wait.
  const uint64_t nothing = 0;
  [[maybe_unused]] ssize_t written = ::write(fd, &nothing, sizeof nothing);
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
