/// @file
/// Watching the life of a peer process.
///
/// A pidfd names a process, not a number: it survives pid reuse, works across pid namespaces when
/// sent by SCM_RIGHTS, and becomes readable when the process has died, even while forked children
/// keep the process's sockets open.
#pragma once

#include "os/result.h"
#include "os/unique_fd.h"

namespace doorcall::os {

/// Opens a pidfd of the calling process, to be sent to a peer.
///
/// @return an error where the kernel or its sandbox has no pidfd_open (ENOSYS, EPERM, EINVAL); the
///   caller then goes without, and the socket's hang-up is the only death watch.
Result<UniqueFd> openSelfPidfd();

/// Whether the process behind `pidfd` has died (as a whole, not only its main thread). Does not
/// block. In an epoll set the same fact is EPOLLIN.
bool processExited(int pidfd);

/// Checks that a descriptor received from a peer is a pidfd, before anything polls it. Needs /proc.
Result<void> checkPidfd(int fd);

}  // namespace doorcall::os
