/// @file
/// Advisory whole-file locks (flock).
///
/// The lock belongs to the open file description: it is shared with forked children and with
/// whoever gets the descriptor by SCM_RIGHTS, and ends when the last of them closes it. A held lock
/// therefore does not prove that its server lives.
#pragma once

#include "os/result.h"

namespace doorcall::os {

enum class LockAttempt {
  /// We hold the exclusive lock, now or already before.
  acquired,
  /// Another open file description holds it.
  held,
};

/// Tries to take the exclusive lock on an open file; does not block. Whether the locked file is
/// still the one that the path names is for the caller to check (fstat against stat, then retry).
Result<LockAttempt> tryLock(int fd);

}  // namespace doorcall::os
