#include "os/pidfd.h"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

#include "os/proc_fd.h"

// Newer than the oldest C library that we build with; one number on every architecture.
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

namespace doorcall::os {
namespace {

// Pidfds have a file system of their own since Linux 6.9; from linux/magic.h of that version.
constexpr long kPidfsMagic = 0x50494446;

}  // namespace

Result<UniqueFd> openSelfPidfd() {
  // Close-on-exec without asking.
  UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  if (!fd.valid()) {
    return Error{
        errno, "pidfd_open",
        "this kernel or its sandbox gives no pidfd; the death of a peer shows only by its socket"};
  }
  return fd;
}

bool processExited(int pidfd) {
  pollfd watched{pidfd, POLLIN, 0};
  int ready;
  do {
    ready = ::poll(&watched, 1, 0);
  } while (ready < 0 && errno == EINTR);
  return ready == 1 && (watched.revents & POLLIN) != 0;
}

Result<void> checkPidfd(int fd) {
  struct statfs fileSystem;
  if (::fstatfs(fd, &fileSystem) == 0 && static_cast<long>(fileSystem.f_type) == kPidfsMagic)
    return {};
  Result<std::string> kind = describeFd(fd);
  if (!kind.ok()) return std::move(kind).error();
  // An ordinary anonymous inode before Linux 6.9.
  if (kind.value() == "anon_inode:[pidfd]") return {};
  return Error{0, "check pidfd", "the descriptor is no pidfd, but " + kind.value()};
}

}  // namespace doorcall::os
