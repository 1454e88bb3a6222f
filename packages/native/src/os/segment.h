/// @file
/// The shared memory of one side of a connection: a sealed memfd that exactly one process writes.
///
/// The owner:  createSegment() → initialise the bytes → sealSegment() → send `fd`
/// The peer:   receive the descriptor → mapPeerSegment()
///
/// Once sealed, nobody (not even the owner) can shrink or grow the file, punch holes in it, make a
/// further writable mapping, or lift the seals. The owner's own mapping, made before, stays
/// writable. So a reader can neither be killed by SIGBUS nor write, and needs to trust the owner
/// for neither.
#pragma once

#include <cstddef>
#include <cstdint>

#include "os/mapping.h"
#include "os/result.h"
#include "os/unique_fd.h"

namespace doorcall::os {

/// The largest segment that createSegment() makes. Its pages are taken at once, and while they are
/// taken nothing can stop the kernel from killing whichever processes it likes for the room; so a
/// size that is a mistake must be refused before it is tried.
inline constexpr size_t kMaxSegmentBytes = size_t{1} << 30;

/// A segment that this process writes.
struct OwnSegment {
  /// The memfd, to be sent to the peer. May be closed afterwards: the mapping keeps the memory.
  UniqueFd fd;
  /// Readable and writable, zero-filled at creation.
  Mapping memory;
};

/// Creates a memfd of `bytes` bytes, every page of it allocated, and maps it read-write.
///
/// @param name shows as `/memfd:<name>` in /proc/<pid>/maps; has no other meaning.
/// @param bytes size, from 1 to kMaxSegmentBytes (EINVAL otherwise).
/// @return errors of the system calls; ENOSPC or ENOMEM when the memory is not to be had.
Result<OwnSegment> createSegment(const char* name, size_t bytes);

/// Seals `segment` (F_SEAL_SHRINK, _GROW, _FUTURE_WRITE, _SEAL), then verifies twice: that the
/// kernel reports the seals, and that it obeys them, by trying to map the file writable once more.
///
/// @return an error that names the reason when the seals cannot be set or do not hold. The segment
///   must not be sent then.
Result<void> sealSegment(OwnSegment& segment);

/// Maps a segment received from a peer, read-only, after checking that the peer can do us no harm
/// with it. Consumes and closes the descriptor in every case.
///
/// Refused, each with its own sentence in Error::detail, is whatever is not
///   1. a file with all the seals that sealSegment() sets (more are welcome),
///   2. a regular file in memory (tmpfs, so that faults never wait for a disk or a foreign server),
///   3. of exactly `expectedBytes` bytes, all of them allocated (a fault on a hole would allocate
///      at our expense, and fail with SIGBUS or an OOM kill where memory is limited),
///   4. open for reading and writing, so that check 5 tests the seals and not the open mode,
///   5. protected in fact: a shared writable mapping must fail with EPERM.
Result<Mapping> mapPeerSegment(UniqueFd fd, size_t expectedBytes);

}  // namespace doorcall::os
