/// @file
/// Finds the pages of a copy-on-write mapping that were written, through /proc/self/pagemap.
#pragma once

#include <cstddef>

#include "os/unique_fd.h"

namespace doorcall::os {

/// Drops what was written through a copy-on-write mapping of this process. The process it was made
/// in must be the one it is used in.
class WrittenPages {
 public:
  WrittenPages();

  /// Drops every page of a range that was written here, so that the file's own content shows again.
  /// Pages that were only read stay mapped, as far as that can be found out.
  ///
  /// @param from page-aligned; @param bytes a multiple of the page size.
  void drop(void* from, size_t bytes) const;

 private:
  bool dropByScan(void* from, size_t bytes) const;
  size_t dropByEntries(void* from, size_t bytes) const;

  UniqueFd pagemap_;
};

}  // namespace doorcall::os
