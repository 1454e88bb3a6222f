#include "os/sealed_file.h"

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

}  // namespace

Result<UniqueFd> createSealableFile(const char* name) {
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  UniqueFd fd(::memfd_create(name, kFlags | MFD_NOEXEC_SEAL));
  // Linux before 6.3 does not know the flag.
  if (!fd.valid() && errno == EINVAL) fd.reset(::memfd_create(name, kFlags));
  if (!fd.valid()) return Error{errno, "memfd_create", name};
  return fd;
}

Result<void> sealFile(int fd) {
  if (::fcntl(fd, F_ADD_SEALS, kRequiredSeals) != 0) {
    return Error{errno, kSeal, "F_ADD_SEALS of " + namesOfSeals(kRequiredSeals)};
  }
  Result<void> reported = requireSealsReported(fd, kSeal);
  if (!reported.ok()) return reported;
  return requireSealsObeyed(fd, kSeal);
}

Result<SealedFile> checkSealedFile(int fd, const char* operation) {
  // Seals first: what is judged after them can no longer change under the judgement.
  Result<void> reported = requireSealsReported(fd, operation);
  if (!reported.ok()) return std::move(reported).error();

  struct stat status;
  if (::fstat(fd, &status) != 0) return Error{errno, operation, "fstat"};
  if (!S_ISREG(status.st_mode)) return Error{0, operation, "the descriptor is no regular file"};
  struct statfs fileSystem;
  if (::fstatfs(fd, &fileSystem) != 0) return Error{errno, operation, "fstatfs"};
  if (static_cast<long>(fileSystem.f_type) != kTmpfsMagic) {
    return Error{0, operation, "the file is not in ordinary shared memory (tmpfs)"};
  }
  int openFlags = ::fcntl(fd, F_GETFL);
  if (openFlags < 0) return Error{errno, operation, "F_GETFL"};
  if ((openFlags & O_ACCMODE) != O_RDWR) {
    return Error{0, operation,
                 "the descriptor is not open for reading and writing, so that it cannot be "
                 "verified that the "
                 "seals are enforced"};
  }
  Result<void> obeyed = requireSealsObeyed(fd, operation);
  if (!obeyed.ok()) return std::move(obeyed).error();
  return SealedFile{static_cast<uint64_t>(status.st_size),
                    static_cast<uint64_t>(status.st_blocks) * kStatBlockBytes};
}

}  // namespace doorcall::os
