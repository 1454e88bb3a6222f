/// @file
/// Memory that this process shares with the child it is going to fork.
#pragma once

#include <sys/mman.h>

#include <cstddef>

#include "fail.h"

namespace floor_lab {

/// Zero-filled, all pages there. Lives as long as the process.
inline void* sharedMemory(size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) fail("cannot have shared memory");
  return memory;
}

}  // namespace floor_lab
