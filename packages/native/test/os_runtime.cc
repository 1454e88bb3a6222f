// What is found missing of a kernel, and what is not held against it.
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <cerrno>
#include <string>

#include "os/runtime.h"
#include "os_sandbox.h"
#include "os_support.h"

namespace {

using namespace doorcall::os;
using namespace os_test;

TEST(os_runtime_misses_nothing_here) {
  NothingLeft guard;
  CHECK_EQ(missingFacility(), std::string());
}

TEST(os_runtime_names_what_is_missing) {
  NothingLeft guard;
  struct Case {
    Answer answer;
    const char* part;
  };
  constexpr uint32_t kSeqpacket = SOCK_SEQPACKET;
  for (const Case& one :
       {Case{{SYS_memfd_create, 1, 0, 0, -ENOSYS}, "memfd_create, Linux 5.1"},
        Case{{SYS_fcntl, 1, ~0u, F_ADD_SEALS, -EINVAL}, "F_SEAL_FUTURE_WRITE"},
        Case{{SYS_fcntl, 1, ~0u, F_ADD_SEALS, 0}, "seals are missing"},
        Case{{SYS_eventfd2, 0, 0, 0, -ENOSYS}, "eventfd, which this kernel"},
        Case{{SYS_epoll_create1, 0, 0, 0, -EPERM}, "epoll, which this kernel"},
        Case{{SYS_socket, 1, 0xf, kSeqpacket, -EPROTONOSUPPORT}, "SOCK_SEQPACKET"}}) {
    std::string found;
    if (!underSandbox({one.answer}, [&] { found = missingFacility(); })) return;
    CHECK(contains(found, one.part));
    CHECK(contains(found, "which this kernel or its sandbox does not give"));
  }
}

TEST(os_runtime_holds_nothing_against_a_full_table) {
  NothingLeft guard;
  for (const int code : {EMFILE, ENFILE, ENOMEM}) {
    for (const uint32_t call : {uint32_t{SYS_memfd_create}, uint32_t{SYS_eventfd2},
                                uint32_t{SYS_epoll_create1}, uint32_t{SYS_socket}}) {
      std::string found = "not asked";
      if (!underSandbox({{call, 0, 0, 0, -code}}, [&] { found = missingFacility(); })) return;
      CHECK_EQ(found, std::string());
    }
  }
}

}  // namespace
