#include "os/segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <cerrno>

#include "os/proc_fd.h"

// Newer than the oldest C library that we build with.
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

namespace doorcall::os {
namespace {

constexpr int kRequiredSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
// From linux/magic.h, which a musl tool chain may come without.
constexpr long kTmpfsMagic = 0x01021994;
// Unit of st_blocks, whatever st_blksize says.
constexpr uint64_t kStatBlockBytes = 512;

constexpr const char* kSeal = "seal segment";
constexpr const char* kMapPeer = "map peer segment";

std::string namesOfSeals(int seals) {
  std::string names;
  auto append = [&](int seal, const char* name) {
    if ((seals & seal) == 0) return;
    if (!names.empty()) names += ", ";
    names += name;
  };
  append(F_SEAL_SHRINK, "F_SEAL_SHRINK");
  append(F_SEAL_GROW, "F_SEAL_GROW");
  append(F_SEAL_FUTURE_WRITE, "F_SEAL_FUTURE_WRITE");
  append(F_SEAL_SEAL, "F_SEAL_SEAL");
  return names;
}

Result<void> requireSealsReported(int fd, const char* operation) {
  int seals = ::fcntl(fd, F_GET_SEALS);
  if (seals < 0) {
    int code = errno;
    Result<std::string> kind = describeFd(fd);
    return Error{code, operation,
                 "the descriptor is no memory file that can bear seals" +
                     (kind.ok() ? ", but " + kind.value() : std::string())};
  }
  int missing = kRequiredSeals & ~seals;
  if (missing != 0)
    return Error{0, operation, "required seals are missing: " + namesOfSeals(missing)};
  return {};
}

// Some sandboxes store seals and report them without obeying them. The descriptor must be open for
// writing, or the trial would fail for that reason and prove nothing.
Result<void> requireSealsObeyed(int fd, const char* operation) {
  void* trial = ::mmap(nullptr, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (trial != MAP_FAILED) {
    ::munmap(trial, 1);
    return Error{0, operation,
                 "the kernel (or its sandbox) reports the seals but does not enforce them: a "
                 "shared writable "
                 "mapping of the sealed file was allowed"};
  }
  if (errno != EPERM) {
    return Error{
        errno, operation,
        "cannot verify that the seals are enforced: a shared writable mapping of the sealed file "
        "failed, but not because of a seal"};
  }
  return {};
}

Result<UniqueFd> createMemfd(const char* name) {
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  UniqueFd fd(::memfd_create(name, kFlags | MFD_NOEXEC_SEAL));
  // Linux before 6.3 does not know the flag.
  if (!fd.valid() && errno == EINVAL) fd.reset(::memfd_create(name, kFlags));
  if (!fd.valid()) return Error{errno, "memfd_create", name};
  return fd;
}

}  // namespace

Result<OwnSegment> createSegment(const char* name, size_t bytes) {
  const std::string size = std::to_string(bytes) + " bytes";
  if (bytes == 0 || bytes > kMaxSegmentBytes) {
    return Error{EINVAL, "create segment",
                 size + ", but the limits are 1 and " + std::to_string(kMaxSegmentBytes)};
  }
  Result<UniqueFd> created = createMemfd(name);
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

Result<void> sealSegment(OwnSegment& segment) {
  if (::fcntl(segment.fd.get(), F_ADD_SEALS, kRequiredSeals) != 0) {
    return Error{errno, kSeal, "F_ADD_SEALS of " + namesOfSeals(kRequiredSeals)};
  }
  Result<void> reported = requireSealsReported(segment.fd.get(), kSeal);
  if (!reported.ok()) return reported;
  return requireSealsObeyed(segment.fd.get(), kSeal);
}

Result<Mapping> mapPeerSegment(UniqueFd fd, size_t expectedBytes) {
  // Seals first: what is judged after them can no longer change under the judgement.
  Result<void> reported = requireSealsReported(fd.get(), kMapPeer);
  if (!reported.ok()) return std::move(reported).error();

  struct stat status;
  if (::fstat(fd.get(), &status) != 0) return Error{errno, kMapPeer, "fstat"};
  if (!S_ISREG(status.st_mode)) return Error{0, kMapPeer, "the descriptor is no regular file"};
  struct statfs fileSystem;
  if (::fstatfs(fd.get(), &fileSystem) != 0) return Error{errno, kMapPeer, "fstatfs"};
  if (static_cast<long>(fileSystem.f_type) != kTmpfsMagic) {
    return Error{0, kMapPeer, "the file is not in ordinary shared memory (tmpfs)"};
  }
  if (status.st_size < 0 || static_cast<uint64_t>(status.st_size) != expectedBytes) {
    return Error{0, kMapPeer,
                 "the file has " + std::to_string(status.st_size) + " bytes, but " +
                     std::to_string(expectedBytes) + " were agreed"};
  }
  const uint64_t allocated = static_cast<uint64_t>(status.st_blocks) * kStatBlockBytes;
  if (allocated < expectedBytes) {
    return Error{0, kMapPeer,
                 "the file has holes: of " + std::to_string(expectedBytes) + " bytes only " +
                     std::to_string(allocated) + " are allocated"};
  }

  int openFlags = ::fcntl(fd.get(), F_GETFL);
  if (openFlags < 0) return Error{errno, kMapPeer, "F_GETFL"};
  if ((openFlags & O_ACCMODE) != O_RDWR) {
    return Error{0, kMapPeer,
                 "the descriptor is not open for reading and writing, so that it cannot be "
                 "verified that the "
                 "seals are enforced"};
  }
  Result<void> obeyed = requireSealsObeyed(fd.get(), kMapPeer);
  if (!obeyed.ok()) return std::move(obeyed).error();

  return Mapping::map(fd.get(), expectedBytes, Access::readOnly);
}

}  // namespace doorcall::os
