#include "os/written_pages.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include "os/arena_file.h"

namespace doorcall::os {
namespace {

// Bits of an entry of /proc/<pid>/pagemap (Documentation/admin-guide/mm/pagemap.rst).
constexpr uint64_t kFilePage = uint64_t{1} << 61;
constexpr uint64_t kSwapped = uint64_t{1} << 62;
constexpr uint64_t kPresent = uint64_t{1} << 63;

/// A page that was written is a copy, and no page of the file any more.
bool isCopy(uint64_t entry) {
  return (entry & (kPresent | kSwapped)) != 0 && (entry & kFilePage) == 0;
}

// PAGEMAP_SCAN (Linux 6.7) from linux/fs.h, newer than the headers that we build with.
struct ScanRegion {
  uint64_t start;
  uint64_t end;
  uint64_t categories;
};
struct ScanArguments {
  uint64_t size;
  uint64_t flags;
  uint64_t start;
  uint64_t end;
  uint64_t walkEnd;
  uint64_t regions;
  uint64_t regionCount;
  uint64_t maxPages;
  uint64_t categoryInverted;
  uint64_t categoryMask;
  uint64_t categoryAnyOfMask;
  uint64_t returnMask;
};
constexpr auto kPagemapScan = static_cast<unsigned long>(_IOWR('f', 16, ScanArguments));
constexpr uint64_t kIsFile = 1u << 2;
constexpr uint64_t kIsPresent = 1u << 3;
constexpr uint64_t kIsSwapped = 1u << 4;

uint64_t addressOf(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer); }

}  // namespace

WrittenPages::WrittenPages() : pagemap_(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)) {}

void WrittenPages::drop(void* from, size_t bytes) const {
  if (dropByScan(from, bytes)) return;
  const size_t known = dropByEntries(from, bytes);
  // What cannot be found out is dropped: it costs faults, but is never stale.
  if (known < bytes) ::madvise(static_cast<uint8_t*>(from) + known, bytes - known, MADV_DONTNEED);
}

bool WrittenPages::dropByScan(void* from, size_t bytes) const {
  if (!pagemap_.valid()) return false;
  std::array<ScanRegion, 64> regions;
  ScanArguments arguments{};
  arguments.size = sizeof arguments;
  arguments.start = addressOf(from);
  arguments.end = arguments.start + bytes;
  arguments.regions = addressOf(regions.data());
  arguments.regionCount = regions.size();
  arguments.categoryInverted = kIsFile;
  arguments.categoryMask = kIsFile;
  arguments.categoryAnyOfMask = kIsPresent | kIsSwapped;
  arguments.returnMask = kIsPresent;
  while (arguments.start < arguments.end) {
    const int found = ::ioctl(pagemap_.get(), kPagemapScan, &arguments);
    if (found < 0 && errno == EINTR) continue;
    if (found < 0 || arguments.walkEnd <= arguments.start) return false;
    for (int i = 0; i < found; i++) {
      const ScanRegion& region = regions[static_cast<size_t>(i)];
      ::madvise(reinterpret_cast<void*>(static_cast<uintptr_t>(region.start)),
                static_cast<size_t>(region.end - region.start), MADV_DONTNEED);
    }
    arguments.start = arguments.walkEnd;
  }
  return true;
}

size_t WrittenPages::dropByEntries(void* from, size_t bytes) const {
  if (!pagemap_.valid()) return 0;
  auto* const start = static_cast<uint8_t*>(from);
  const size_t page = pageBytes();
  const size_t pages = bytes / page;
  std::array<uint64_t, 1024> entries;
  size_t done = 0;
  while (done < pages) {
    const size_t wanted = std::min(entries.size(), pages - done) * sizeof(uint64_t);
    const auto at = (addressOf(start) / page + done) * sizeof(uint64_t);
    const ssize_t got = ::pread(pagemap_.get(), entries.data(), wanted, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    const size_t count = got > 0 ? static_cast<size_t>(got) / sizeof(uint64_t) : 0;
    if (count == 0) break;
    for (size_t i = 0; i < count; i++) {
      if (!isCopy(entries[i])) continue;
      size_t last = i;
      while (last + 1 < count && isCopy(entries[last + 1])) last++;
      ::madvise(start + (done + i) * page, (last + 1 - i) * page, MADV_DONTNEED);
      i = last;
    }
    done += count;
  }
  return done * page;
}

}  // namespace doorcall::os
