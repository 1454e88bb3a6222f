/// @file
/// The memory of an arena: a sealed file (sealed_file.h) that its owner writes and its peer sees
/// through copy-on-write mappings. Its size is mere address space; memory is taken range by range,
/// when one is first used.
#pragma once

#include <cstddef>
#include <cstdint>

#include "os/mapping.h"
#include "os/result.h"
#include "os/unique_fd.h"

namespace doorcall::os {

/// The size of a page, which two processes on one machine have in common.
size_t pageBytes();

/// A file of an arena, at its owner.
struct OwnArenaFile {
  UniqueFd fd;
  Mapping memory;
};

/// Creates and seals a file of `bytes` bytes, a multiple of the page size, without any memory yet.
Result<OwnArenaFile> createArenaFile(size_t bytes);

/// Takes memory for a range, in whole pages: a fault in it can then not fail any more. Memory that
/// is there already stays as it is.
///
/// @return ENOSPC or ENOMEM when the memory is not to be had; part of it may be taken then.
Result<void> commitArenaMemory(int fd, uint64_t offset, uint64_t bytes);

/// Checks a file that came from a peer, see checkSealedFile(). @return its size in bytes.
Result<uint64_t> checkArenaFile(int fd);

}  // namespace doorcall::os
