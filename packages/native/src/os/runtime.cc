#include "os/runtime.h"

#include <sys/socket.h>

#include <cerrno>

#include "os/epoll.h"
#include "os/event_bell.h"
#include "os/segment.h"

namespace doorcall::os {
namespace {

bool passes(const Error& error) {
  return error.code == EMFILE || error.code == ENFILE || error.code == ENOMEM ||
         error.code == ENOBUFS || error.code == ENOSPC;
}

/// Nothing when there is no error, or one that passes.
std::string missing(const char* what, const Error& error) {
  if (passes(error)) return "";
  return std::string(what) + ", which this kernel or its sandbox does not give: " + error.message();
}

std::string sealedMemory() {
  constexpr const char* kWhat =
      "memory files that can be sealed (memfd_create, Linux 5.1 or later)";
  auto segment = createSegment("doorcall-probe", 4096);
  if (!segment) return missing(kWhat, segment.error());
  const auto sealed = sealSegment(segment.value());
  return sealed ? "" : missing(kWhat, sealed.error());
}

std::string bells() {
  if (const auto bell = createEventBell(); !bell) return missing("eventfd", bell.error());
  if (const auto set = Epoll::create(); !set) return missing("epoll", set.error());
  return "";
}

std::string sockets() {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  return socket.valid() ? ""
                        : missing("Unix sockets that keep messages apart (SOCK_SEQPACKET)",
                                  Error{errno, "socket", ""});
}

}  // namespace

std::string missingFacility() {
  for (const auto probe : {sealedMemory, bells, sockets}) {
    const std::string problem = probe();
    if (!problem.empty()) return problem;
  }
  return "";
}

}  // namespace doorcall::os
