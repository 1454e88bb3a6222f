#include "os/cpu.h"

#include <sched.h>
#include <unistd.h>

#include <optional>

#include "os/cgroup.h"

namespace doorcall::os {
uint32_t currentCpu() {
  int cpu = ::sched_getcpu();
  return cpu >= 0 ? static_cast<uint32_t>(cpu) : kUnknownCpu;
}

bool spinningMayHelp(const std::string& fileSystemRoot) {
  return ::sysconf(_SC_NPROCESSORS_ONLN) > 1 && cgroupCpuQuota(fileSystemRoot).value_or(2.0) >= 2.0;
}

}  // namespace doorcall::os
