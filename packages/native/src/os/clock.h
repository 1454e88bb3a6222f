/// @file
/// The one clock of doorcall.
#pragma once

#include <time.h>

#include <cstdint>

namespace doorcall::os {

/// Nanoseconds of CLOCK_MONOTONIC. Comparable between processes of one time namespace; deadlines
/// from others are corrected by the offset that the handshake learned.
inline uint64_t monotonicNs() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace doorcall::os
