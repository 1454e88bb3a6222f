#include "fault/failpoint.h"

#ifdef DOORCALL_FAILPOINTS

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace doorcall::fault {
namespace {

/** More passages of one place than this are not told: a run has enough to choose from. */
constexpr uint64_t kMostRecorded = 64;

struct Plan {
  std::string name;
  uint64_t passage = 0;
  /** 0: only record. */
  int signal = 0;
  bool active = false;
  int tellFd = -1;
};

[[noreturn]] void refuse(const char* text) {
  std::fprintf(stderr, "DOORCALL_FAILPOINT=%s is not <name>:<n>:kill, <name>:<n>:stop or record\n",
               text);
  std::abort();
}

Plan readPlan() {
  Plan plan;
  if (const char* fd = std::getenv("DOORCALL_FAILPOINT_FD")) plan.tellFd = std::atoi(fd);
  const char* text = std::getenv("DOORCALL_FAILPOINT");
  if (text == nullptr || *text == '\0') return plan;
  plan.active = true;
  if (std::strcmp(text, "record") == 0) return plan;
  const std::string whole = text;
  const size_t first = whole.find(':');
  const size_t second = first == std::string::npos ? first : whole.find(':', first + 1);
  if (second == std::string::npos) refuse(text);
  plan.name = whole.substr(0, first);
  plan.passage = std::strtoull(whole.c_str() + first + 1, nullptr, 10);
  const std::string action = whole.substr(second + 1);
  if (plan.passage == 0 || (action != "kill" && action != "stop")) refuse(text);
  plan.signal = action == "kill" ? SIGKILL : SIGSTOP;
  return plan;
}

void tell(int fd, const char* name, uint64_t passage) {
  if (fd < 0) return;
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  char line[160];
  const int length = std::snprintf(
      line, sizeof line, "%s %llu %lld\n", name, static_cast<unsigned long long>(passage),
      static_cast<long long>(now.tv_sec) * 1'000'000'000 + now.tv_nsec);
  [[maybe_unused]] const ssize_t written = ::write(fd, line, static_cast<size_t>(length));
}

}  // namespace

Failpoint::Failpoint(const char* name) : name_(name) {}

void Failpoint::pass() {
  static const Plan plan = readPlan();
  if (!plan.active) return;
  const uint64_t passage = passages_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (plan.signal == 0) {
    if (passage <= kMostRecorded) tell(plan.tellFd, name_, passage);
    return;
  }
  if (passage != plan.passage || plan.name != name_) return;
  tell(plan.tellFd, name_, passage);
  // To this thread: it goes no further than this, whichever thread the kernel would have chosen.
  ::raise(plan.signal);
}

}  // namespace doorcall::fault

#endif
