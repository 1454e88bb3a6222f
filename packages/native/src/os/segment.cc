#include "os/segment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "os/sealed_file.h"

namespace doorcall::os {
namespace {

constexpr const char* kMapPeer = "map peer segment";

}  // namespace

Result<OwnSegment> createSegment(const char* name, size_t bytes) {
  const std::string size = std::to_string(bytes) + " bytes";
  if (bytes == 0 || bytes > kMaxSegmentBytes) {
    return Error{EINVAL, "create segment",
                 size + ", but the limits are 1 and " + std::to_string(kMaxSegmentBytes)};
  }
  Result<UniqueFd> created = createSealableFile(name);
  if (!created.ok()) return std::move(created).error();
  UniqueFd fd = std::move(created).value();

  if (::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) return Error{errno, "ftruncate", size};
  // Allocating every page now turns a later SIGBUS, when memory has run out, into an error here.
  int allocated;
  do {
    allocated = ::fallocate(fd.get(), 0, 0, static_cast<off_t>(bytes));
  } while (allocated != 0 && errno == EINTR);
  if (allocated != 0) return Error{errno, "fallocate", size};

  Result<Mapping> memory = Mapping::map(fd.get(), bytes, Access::readWrite);
  if (!memory.ok()) return std::move(memory).error();
  return OwnSegment{std::move(fd), std::move(memory).value()};
}

Result<void> sealSegment(OwnSegment& segment) { return sealFile(segment.fd.get()); }

Result<Mapping> mapPeerSegment(UniqueFd fd, size_t expectedBytes) {
  Result<SealedFile> checked = checkSealedFile(fd.get(), kMapPeer);
  if (!checked.ok()) return std::move(checked).error();
  const SealedFile& file = checked.value();
  if (file.bytes != expectedBytes) {
    return Error{0, kMapPeer,
                 "the file has " + std::to_string(file.bytes) + " bytes, but " +
                     std::to_string(expectedBytes) + " were agreed"};
  }
  if (file.allocatedBytes < expectedBytes) {
    return Error{0, kMapPeer,
                 "the file has holes: of " + std::to_string(expectedBytes) + " bytes only " +
                     std::to_string(file.allocatedBytes) + " are allocated"};
  }
  return Mapping::map(fd.get(), expectedBytes, Access::readOnly);
}

}  // namespace doorcall::os
