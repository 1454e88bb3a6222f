// CPUs: where we run, and how many we may use.
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "os/cgroup.h"
#include "os/clock.h"
#include "os/cpu.h"
#include "os_sandbox.h"
#include "os_support.h"

namespace {

using namespace doorcall::os;
using namespace os_test;

/// A file system as far as CPU quotas are concerned.
class FakeRoot {
 public:
  FakeRoot(const std::string& cgroup, const std::string& mountinfo) {
    write("/proc/self/cgroup", cgroup);
    write("/proc/self/mountinfo", mountinfo);
  }
  void write(const std::string& path, const std::string& text) const {
    for (size_t slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      ::mkdir((root() + path.substr(0, slash)).c_str(), 0700);
    }
    FILE* file = ::fopen((root() + path).c_str(), "we");
    CHECK(file != nullptr);
    ::fputs(text.c_str(), file);
    ::fclose(file);
  }
  const std::string& root() const { return directory_.path(); }
  std::optional<double> quota() const { return cgroupCpuQuota(root()); }

 private:
  TemporaryDirectory directory_;
};

const char* const kVersion2Mount =
    "22 1 0:20 / / rw - ext4 /dev/vda rw\n"
    "30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
const char* const kVersion1Mount =
    "30 22 0:25 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n"
    "31 30 0:26 / /sys/fs/cgroup/cpuset rw shared:9 master:2 - cgroup cgroup rw,cpuset\n"
    "32 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n";

TEST(os_cpu_current_is_the_one_we_are_pinned_to) {
  cpu_set_t former;
  CHECK_EQ(::sched_getaffinity(0, sizeof former, &former), 0);
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &former)) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    CHECK_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
    CHECK_EQ(currentCpu(), static_cast<uint32_t>(cpu));
  }
  CHECK_EQ(::sched_setaffinity(0, sizeof former, &former), 0);
}

TEST(os_cpu_spinning_may_help_where_two_can_run_at_once) {
  NothingLeft guard;
  const bool severalCpus = ::sysconf(_SC_NPROCESSORS_ONLN) > 1;
  FakeRoot unlimited("", "");
  CHECK_EQ(spinningMayHelp(unlimited.root()), severalCpus);
  FakeRoot fake("0::/\n", kVersion2Mount);
  for (const char* quota : {"199000 100000", "100000 100000", "20000 100000"}) {
    fake.write("/sys/fs/cgroup/cpu.max", quota);
    CHECK(!spinningMayHelp(fake.root()));
  }
  for (const char* quota : {"200000 100000", "100000000 100000"}) {
    fake.write("/sys/fs/cgroup/cpu.max", quota);
    CHECK_EQ(spinningMayHelp(fake.root()), severalCpus);
  }
}

TEST(os_cpu_quota_of_version_2_is_the_tightest_of_all_ancestors) {
  NothingLeft guard;
  FakeRoot fake("0::/system.slice/orders.service\n", kVersion2Mount);
  CHECK(!fake.quota().has_value());
  fake.write("/sys/fs/cgroup/system.slice/orders.service/cpu.max", "max 100000\n");
  CHECK(!fake.quota().has_value());
  fake.write("/sys/fs/cgroup/system.slice/orders.service/cpu.max", "300000 100000\n");
  CHECK_EQ(fake.quota().value_or(0), 3.0);
  fake.write("/sys/fs/cgroup/system.slice/cpu.max", "50000 100000\n");
  CHECK_EQ(fake.quota().value_or(0), 0.5);
  fake.write("/sys/fs/cgroup/other/cpu.max", "10000 100000\n");
  CHECK_EQ(fake.quota().value_or(0), 0.5);
}

TEST(os_cpu_quota_of_version_1) {
  NothingLeft guard;
  FakeRoot fake("4:cpuset:/tight\n3:cpu,cpuacct:/user/alice\n1:name=systemd:/cpu\n",
                kVersion1Mount);
  // The group of another controller is not ours, though it exists for this one too.
  fake.write("/sys/fs/cgroup/cpu,cpuacct/tight/cpu.cfs_quota_us", "1000\n");
  fake.write("/sys/fs/cgroup/cpu,cpuacct/tight/cpu.cfs_period_us", "100000\n");
  const std::string group = "/sys/fs/cgroup/cpu,cpuacct/user/alice";
  fake.write(group + "/cpu.cfs_quota_us", "-1\n");
  fake.write(group + "/cpu.cfs_period_us", "100000\n");
  CHECK(!fake.quota().has_value());
  fake.write(group + "/cpu.cfs_quota_us", "250000\n");
  CHECK_EQ(fake.quota().value_or(0), 2.5);
}

TEST(os_cpu_quota_in_a_container) {
  NothingLeft guard;
  // The mount shows the container's group as its root; /proc may name it as the host does.
  const std::string mount =
      "32 30 0:27 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n";
  for (const char* group : {"/docker/abc", "/docker/abcdef", "/elsewhere0/inner", "/"}) {
    FakeRoot fake(std::string("3:cpu,cpuacct:") + group + "\n", mount);
    fake.write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "100000\n");
    fake.write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "50000\n");
    fake.write("/sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_quota_us", "1000\n");
    fake.write("/sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_period_us", "50000\n");
    CHECK_EQ(fake.quota().value_or(0), 2.0);
  }
  FakeRoot nested("3:cpu,cpuacct:/docker/abc/inner\n", mount);
  nested.write("/sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_quota_us", "50000\n");
  nested.write("/sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_period_us", "50000\n");
  CHECK_EQ(nested.quota().value_or(0), 1.0);
  // A group outside the cgroup namespace.
  FakeRoot outside("0::/../other\n", kVersion2Mount);
  outside.write("/sys/fs/cgroup/cpu.max", "70000 100000\n");
  outside.write("/sys/fs/other/cpu.max", "1000 100000\n");
  CHECK_EQ(outside.quota().value_or(0), 0.7);
}

TEST(os_cpu_quota_of_both_versions_at_once) {
  NothingLeft guard;
  FakeRoot fake("3:cpu,cpuacct:/\n0::/x\n", std::string(kVersion1Mount) +
                                                "40 30 0:31 / /sys/fs/cgroup/unified rw - cgroup2 "
                                                "cgroup2 rw\n");
  fake.write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "400000\n");
  fake.write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  CHECK_EQ(fake.quota().value_or(0), 4.0);
  fake.write("/sys/fs/cgroup/unified/x/cpu.max", "300000 100000\n");
  CHECK_EQ(fake.quota().value_or(0), 3.0);
}

TEST(os_cpu_quota_files_that_make_no_sense_are_no_limit) {
  NothingLeft guard;
  FakeRoot fake("nonsense\n0::/\n::\n",
                std::string("nonsense\n- - -\n1 2 0:3 / /x rw -\n") + kVersion2Mount);
  for (const char* text : {"", "abc", "100000", "0 100000", "100000 0", "-5 -5"}) {
    fake.write("/sys/fs/cgroup/cpu.max", text);
    CHECK(!fake.quota().has_value());
  }
}

TEST(os_clock_is_the_monotonic_one) {
  timespec before;
  timespec after;
  ::clock_gettime(CLOCK_MONOTONIC, &before);
  const uint64_t now = monotonicNs();
  ::clock_gettime(CLOCK_MONOTONIC, &after);
  auto ns = [](const timespec& time) {
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000u +
           static_cast<uint64_t>(time.tv_nsec);
  };
  CHECK(ns(before) <= now);
  CHECK(now <= ns(after));
  spinPause();
}

}  // namespace
