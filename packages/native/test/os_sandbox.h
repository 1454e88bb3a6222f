/// @file
/// Other kernels than this one: runs code under a seccomp filter that answers chosen system calls
/// in the kernel's stead, as an older kernel or a sandbox would.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "os_support.h"

namespace os_test {

/// Answers a system call when one of its arguments has all bits of `mask` as in `value`.
struct Answer {
  uint32_t systemCall;
  int argument;
  uint32_t mask;
  uint32_t value;
  /// What the call returns; negative: fails with that errno.
  int64_t result;
};

/// Runs `body` in a thread of its own whose system calls are subject to `answers`, at most one for
/// each system call and value. @return false when this machine does not allow such filters; then
/// `body` has not run.
inline bool underSandbox(const std::vector<Answer>& answers, const std::function<void()>& body) {
  std::vector<sock_filter> program;
  auto load = [&](size_t offset) {
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset)));
  };
  for (const Answer& answer : answers) {
    load(offsetof(seccomp_data, nr));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, answer.systemCall, 0, 4));
    load(offsetof(seccomp_data, args) + static_cast<size_t>(answer.argument) * sizeof(uint64_t));
    program.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, answer.mask));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, answer.value, 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));

  std::atomic<int> listener{-2};
  std::thread thread([&] {
    sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    int fd = static_cast<int>(
        ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter));
    listener.store(fd);
    listener.notify_one();
    if (fd >= 0) body();
  });
  listener.wait(-2);
  UniqueFd notifications(listener.load());
  while (notifications.valid()) {
    // Hangs up when the only thread under the filter has ended.
    pollfd watched{notifications.get(), POLLIN, 0};
    if (::poll(&watched, 1, kWatchdogMs) != 1 || (watched.revents & POLLIN) == 0) break;
    seccomp_notif call{};
    if (::ioctl(notifications.get(), SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) continue;
    seccomp_notif_resp reply{};
    reply.id = call.id;
    for (const Answer& answer : answers) {
      if (static_cast<uint32_t>(call.data.nr) != answer.systemCall) continue;
      if ((call.data.args[answer.argument] & answer.mask) != answer.value) continue;
      if (answer.result < 0) {
        reply.error = static_cast<int32_t>(answer.result);
      } else {
        reply.val = answer.result;
      }
      break;
    }
    ::ioctl(notifications.get(), SECCOMP_IOCTL_NOTIF_SEND, &reply);
  }
  thread.join();
  if (!notifications.valid()) {
    ::fprintf(stderr, "  skipped in part: this machine allows no seccomp filters\n");
  }
  return notifications.valid();
}

}  // namespace os_test
