#include "os/proc_fd.h"

#include <unistd.h>

#include <cerrno>

namespace doorcall::os {

std::string procFdPath(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

Result<std::string> describeFd(int fd) {
  // Long paths are cut off, which does no harm: only the short forms without a slash are compared.
  char target[256];
  ssize_t length = ::readlink(procFdPath(fd).c_str(), target, sizeof target);
  if (length < 0) return Error{errno, "readlink", procFdPath(fd) + " (is /proc mounted?)"};
  return std::string(target, static_cast<size_t>(length));
}

}  // namespace doorcall::os
