/// @file
/// The shared memory of one side of a connection: a sealed file (sealed_file.h) that exactly one
/// process writes.
///
/// The owner:  createSegment() → initialise the bytes → sealSegment() → send `fd`
/// The peer:   receive the descriptor → mapPeerSegment()
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

/// Seals `segment`, see sealFile().
///
/// @return an error that names the reason when the seals cannot be set or do not hold. The segment
///   must not be sent then.
Result<void> sealSegment(OwnSegment& segment);

/// Maps a segment received from a peer, read-only, after checking that the peer can do us no harm
/// with it. Consumes and closes the descriptor in every case.
///
/// Refused, each with its own sentence in Error::detail, is what checkSealedFile() refuses, and
/// whatever is not of exactly `expectedBytes` bytes, all of them allocated (a fault on a hole would
/// allocate at our expense, and fail with SIGBUS or an OOM kill where memory is limited).
Result<Mapping> mapPeerSegment(UniqueFd fd, size_t expectedBytes);

}  // namespace doorcall::os
