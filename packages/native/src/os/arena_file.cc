#include "os/arena_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "os/sealed_file.h"

namespace doorcall::os {
namespace {

/// Taken at once: a signal undoes the call that it interrupts, and must not undo much.
constexpr uint64_t kCommitBytes = uint64_t{4} << 20;

}  // namespace

size_t pageBytes() {
  static const auto bytes = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

Result<OwnArenaFile> createArenaFile(size_t bytes) {
  Result<UniqueFd> created = createSealableFile("doorcall-arena");
  if (!created.ok()) return std::move(created).error();
  UniqueFd fd = std::move(created).value();
  if (::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) {
    return Error{errno, "ftruncate", std::to_string(bytes) + " bytes"};
  }
  Result<Mapping> memory = Mapping::map(fd.get(), bytes, Access::readWrite);
  if (!memory.ok()) return std::move(memory).error();
  Result<void> sealed = sealFile(fd.get());
  if (!sealed.ok()) return std::move(sealed).error();
  return OwnArenaFile{std::move(fd), std::move(memory).value()};
}

Result<void> commitArenaMemory(int fd, uint64_t offset, uint64_t bytes) {
  const uint64_t end = offset + bytes;
  while (offset < end) {
    const uint64_t step = std::min(end - offset, kCommitBytes);
    if (::fallocate(fd, 0, static_cast<off_t>(offset), static_cast<off_t>(step)) == 0) {
      offset += step;
    } else if (errno != EINTR) {
      return Error{errno, "fallocate", std::to_string(bytes) + " bytes"};
    }
  }
  return {};
}

Result<uint64_t> checkArenaFile(int fd) {
  Result<SealedFile> checked = checkSealedFile(fd, "map peer arena");
  if (!checked.ok()) return std::move(checked).error();
  return checked.value().bytes;
}

}  // namespace doorcall::os
