/// @file
/// Memory files that only their creator can write: what a segment of a ring and one of an arena
/// have in common.
///
/// Once sealed, nobody (not even the owner) can shrink or grow the file, punch holes in it, make a
/// further shared writable mapping, or lift the seals. The owner's own mapping, made before, stays
/// writable. So a reader can neither be killed by SIGBUS nor write, and needs to trust the owner
/// for neither.
#pragma once

#include <cstdint>

#include "os/result.h"
#include "os/unique_fd.h"

namespace doorcall::os {

/// Creates an empty memfd that can be sealed.
///
/// @param name shows as `/memfd:<name>` in /proc/<pid>/maps; has no other meaning.
Result<UniqueFd> createSealableFile(const char* name);

/// Seals (F_SEAL_SHRINK, _GROW, _FUTURE_WRITE, _SEAL), then verifies twice: that the kernel reports
/// the seals, and that it obeys them, by trying to map the file writable once more.
Result<void> sealFile(int fd);

/// What a received file was found to be.
struct SealedFile {
  uint64_t bytes = 0;
  /// Of these, how many have memory.
  uint64_t allocatedBytes = 0;
};

/// Checks a descriptor that came from a peer. Refused, each with its own sentence in Error::detail,
/// is whatever is not
///   1. a file with all the seals that sealFile() sets (more are welcome),
///   2. a regular file in memory (tmpfs, so that faults never wait for a disk or a foreign server),
///   3. open for reading and writing, so that check 4 tests the seals and not the open mode,
///   4. protected in fact: a shared writable mapping must fail with EPERM.
///
/// @param operation for the errors; a string literal.
Result<SealedFile> checkSealedFile(int fd, const char* operation);

}  // namespace doorcall::os
