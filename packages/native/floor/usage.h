/// @file
/// What a process has used of the machine so far.
#pragma once

#include <sys/resource.h>

#include <cstdint>

namespace floor_lab {

struct Usage {
  uint64_t cpuUs;
  uint64_t contextSwitches;

  static Usage now() {
    rusage usage;
    ::getrusage(RUSAGE_SELF, &usage);
    const auto us = [](const timeval& time) {
      return static_cast<uint64_t>(time.tv_sec) * 1'000'000u + static_cast<uint64_t>(time.tv_usec);
    };
    return {us(usage.ru_utime) + us(usage.ru_stime),
            static_cast<uint64_t>(usage.ru_nvcsw) + static_cast<uint64_t>(usage.ru_nivcsw)};
  }

  Usage since(const Usage& before) const {
    return {cpuUs - before.cpuUs, contextSwitches - before.contextSwitches};
  }
};

}  // namespace floor_lab
