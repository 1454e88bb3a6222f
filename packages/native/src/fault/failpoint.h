#pragma once

/**
 * Named places where a test can have the process killed or stopped:
 * DOORCALL_FAILPOINT("phase.step") stands between two steps that a crash must be able to separate.
 * They are in debug builds of the addon only; without DOORCALL_FAILPOINTS nothing of them is
 * compiled, not even the name.
 *
 * The environment says, at the first passage of any place, what is to happen:
 *
 *     DOORCALL_FAILPOINT=<name>:<n>:kill   SIGKILL at the n-th passage of that place
 *     DOORCALL_FAILPOINT=<name>:<n>:stop   SIGSTOP, likewise
 *     DOORCALL_FAILPOINT=record            nothing happens, but every passage is told
 *
 * What happens is told beforehand, as a line "<name> <n> <CLOCK_MONOTONIC in ns>", to the
 * descriptor whose number is in DOORCALL_FAILPOINT_FD.
 *
 * A name that begins with "client." or "server." is reached on that side only, any other on both.
 */
#ifdef DOORCALL_FAILPOINTS

#include <atomic>
#include <cstdint>

namespace doorcall::fault {

class Failpoint {
 public:
  explicit Failpoint(const char* name);
  void pass();

 private:
  const char* name_;
  std::atomic<uint64_t> passages_{0};
};

}  // namespace doorcall::fault

#define DOORCALL_FAILPOINT(name)                      \
  do {                                                \
    static ::doorcall::fault::Failpoint place_(name); \
    place_.pass();                                    \
  } while (false)

#else
#define DOORCALL_FAILPOINT(name) static_cast<void>(0)
#endif
