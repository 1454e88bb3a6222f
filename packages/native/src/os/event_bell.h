/// @file
/// The bell between processes of equal uid: an eventfd that its owner watches in an epoll set.
///
/// Watched edge-triggered it needs no reading: every ring is an edge, whatever the counter holds.
///
/// Whoever holds the descriptor can clear its O_NONBLOCK and fill its counter. So it is rung by
/// adding zero, which wakes like any other number and for which a user's counter always has room.
/// Only the kernel itself (completions of AIO or io_uring that are told through an eventfd) can
/// fill the last place, and then even zero waits: bells are for peers of equal uid, others are rung
/// by ringSocketBell().
#pragma once

#include "os/result.h"
#include "os/unique_fd.h"

namespace doorcall::os {

/// Creates a bell: an eventfd, non-blocking, close-on-exec, counter 1 (only a counter above zero
/// makes it readable).
Result<UniqueFd> createEventBell();

/// Rings. EAGAIN (the counter has not even room for zero) means that it is rung already. Other
/// errors are ignored by
/// design: a bell that cannot ring belongs to a peer that is gone, and the death watch (pidfd,
/// socket hang-up) reports that; a wake has no better answer to give.
void ringEventBell(int fd);

/// Checks that a descriptor received from a peer is a non-blocking eventfd, before anything is
/// written to it. Needs /proc.
Result<void> checkEventBell(int fd);

}  // namespace doorcall::os
