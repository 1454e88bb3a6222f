#include "os/cpu.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "os/cgroup.h"

namespace doorcall::os {
namespace {

/// CPUs in the calling thread's affinity mask; 0 when the kernel does not tell.
unsigned affinityCpuCount() {
  // The mask must have room for every CPU that the kernel was built for, not only those that exist.
  for (int cpus = CPU_SETSIZE; cpus <= (1 << 20); cpus *= 2) {
    cpu_set_t* set = CPU_ALLOC(cpus);
    if (set == nullptr) return 0;
    const size_t bytes = CPU_ALLOC_SIZE(cpus);
    const bool known = ::sched_getaffinity(0, bytes, set) == 0;
    const int code = errno;
    const int count = known ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (known) return static_cast<unsigned>(count);
    if (code != EINVAL) return 0;
  }
  return 0;
}

}  // namespace

uint32_t currentCpu() {
  int cpu = ::sched_getcpu();
  return cpu >= 0 ? static_cast<uint32_t>(cpu) : kUnknownCpu;
}

unsigned usableCpuCount(const std::string& fileSystemRoot) {
  unsigned count = affinityCpuCount();
  std::optional<double> quota = cgroupCpuQuota(fileSystemRoot);
  if (quota && *quota < count) count = static_cast<unsigned>(*quota);
  return std::max(count, 1u);
}

}  // namespace doorcall::os
