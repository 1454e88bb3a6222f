#include "os/futex.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>

namespace doorcall::os {
namespace {

// From linux/futex.h, which a musl tool chain may come without. Not the _PRIVATE variants: those
// look for sleepers in this process only.
constexpr int kFutexWait = 0;
constexpr int kFutexWake = 1;

// The raw system call takes the kernel's timespec; the C library's is the same only here.
static_assert(sizeof(void*) == 8, "doorcall supports 64-bit Linux only");

}  // namespace

int futexWait(const std::atomic<uint32_t>* word, uint32_t expected, int64_t timeoutNs) {
  timespec timeout;
  if (timeoutNs >= 0) {
    timeout.tv_sec = timeoutNs / 1'000'000'000;
    timeout.tv_nsec = timeoutNs % 1'000'000'000;
  }
  long outcome = ::syscall(SYS_futex, word, kFutexWait, expected,
                           timeoutNs >= 0 ? &timeout : nullptr, nullptr, 0);
  return outcome == 0 ? 0 : errno;
}

void futexWake(const std::atomic<uint32_t>* word, int count) {
  [[maybe_unused]] long woken = ::syscall(SYS_futex, word, kFutexWake, count, nullptr, nullptr, 0);
  assert(woken >= 0);
}

}  // namespace doorcall::os
