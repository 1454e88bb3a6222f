/// @file
/// Descriptors as /proc/self/fd shows them. Internal to the `os` layer.
#pragma once

#include <string>

#include "os/result.h"

namespace doorcall::os {

/// `/proc/self/fd/<fd>`: a path to what is open there, independent of names and mount points.
std::string procFdPath(int fd);

/// What the kernel says is open at `fd`: an absolute path for something in a file system, else a
/// form such as `socket:[123]` or `anon_inode:[eventfd]`, which no file name can imitate for lack
/// of the slash.
Result<std::string> describeFd(int fd);

}  // namespace doorcall::os
