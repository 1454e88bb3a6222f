/// @file
/// The end of a measurement that cannot go on.
#pragma once

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace floor_lab {

/// Says what and why (errno), and ends the process with exit code 1.
[[noreturn]] inline void fail(const char* what) {
  std::fprintf(stderr, "floor: %s: %s\n", what, std::strerror(errno));
  std::_Exit(1);
}

}  // namespace floor_lab
