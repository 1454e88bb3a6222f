#include "os/file_lock.h"

#include <sys/file.h>

#include <cerrno>

#include "fault/failpoint.h"

namespace doorcall::os {

Result<LockAttempt> tryLock(int fd) {
  DOORCALL_FAILPOINT("server.lock.trying");
  int outcome;
  do {
    outcome = ::flock(fd, LOCK_EX | LOCK_NB);
  } while (outcome != 0 && errno == EINTR);
  DOORCALL_FAILPOINT("server.lock.tried");
  if (outcome == 0) return LockAttempt::acquired;
  if (errno == EWOULDBLOCK) return LockAttempt::held;
  return Error{errno, "flock", ""};
}

}  // namespace doorcall::os
