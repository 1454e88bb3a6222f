// Segments: what the owner's seals forbid, and what a receiver refuses.
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <string>

#include "os/segment.h"
#include "os_sandbox.h"
#include "os_support.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

namespace {

using namespace doorcall::os;
using namespace os_test;

constexpr size_t kBytes = 256 * 1024;
constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;

OwnSegment sealedSegment() {
  OwnSegment segment = createSegment("doorcall-test", kBytes).value();
  CHECK(sealSegment(segment).ok());
  return segment;
}

UniqueFd duplicate(int fd) { return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

/// A memfd with chosen seals, made without our own code.
UniqueFd memfd(int seals, size_t bytes = kBytes, bool allocated = true) {
  UniqueFd fd(::memfd_create("doorcall-test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  CHECK(::ftruncate(fd.get(), static_cast<off_t>(bytes)) == 0);
  if (allocated) CHECK(::fallocate(fd.get(), 0, 0, static_cast<off_t>(bytes)) == 0);
  if (seals != 0) CHECK(::fcntl(fd.get(), F_ADD_SEALS, seals) == 0);
  return fd;
}

/// Whether mapPeerSegment() refuses `fd` with a message that contains `reason`.
bool refused(UniqueFd fd, const std::string& reason, size_t expectedBytes = kBytes) {
  CHECK(fd.valid());
  Result<Mapping> outcome = mapPeerSegment(std::move(fd), expectedBytes);
  if (outcome.ok()) return false;
  const std::string message = outcome.error().message();
  if (contains(message, reason)) return true;
  ::fprintf(stderr, "expected '%s' in '%s'\n", reason.c_str(), message.c_str());
  return false;
}

std::string smapsFlags(const void* address) {
  FILE* smaps = ::fopen("/proc/self/smaps", "re");
  char line[4096];
  bool found = false;
  std::string flags;
  while (::fgets(line, sizeof line, smaps) != nullptr) {
    unsigned long long start;
    unsigned long long end;
    if (::sscanf(line, "%llx-%llx ", &start, &end) == 2) {
      found = start == reinterpret_cast<uintptr_t>(address);
    } else if (found && ::strncmp(line, "VmFlags:", 8) == 0) {
      flags = line;
    }
  }
  ::fclose(smaps);
  return flags;
}

TEST(os_segment_is_zero_filled_and_allocated) {
  NothingLeft guard;
  OwnSegment segment = createSegment("doorcall-test", kBytes).value();
  CHECK_EQ(segment.memory.size(), kBytes);
  const auto* bytes = static_cast<const unsigned char*>(segment.memory.data());
  bool zero = true;
  for (size_t i = 0; i < kBytes; i++) zero = zero && bytes[i] == 0;
  CHECK(zero);
  struct stat status;
  CHECK_EQ(::fstat(segment.fd.get(), &status), 0);
  CHECK_EQ(status.st_size, static_cast<off_t>(kBytes));
  CHECK(status.st_blocks * 512 >= status.st_size);
  CHECK((::fcntl(segment.fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST(os_segment_of_absurd_size_is_refused_before_it_is_tried) {
  NothingLeft guard;
  CHECK_EQ(createSegment("doorcall-test", 0).error().code, EINVAL);
  // Were it tried, this much would succeed on most machines and harm none.
  CHECK_EQ(createSegment("doorcall-test", kMaxSegmentBytes + 1).error().code, EINVAL);
}

TEST(os_segment_that_memory_cannot_hold_is_an_error) {
  NothingLeft guard;
  int code = 0;
  bool possible = underSandbox({{SYS_fallocate, 1, 0, 0, -ENOSPC}}, [&] {
    Result<OwnSegment> segment = createSegment("doorcall-test", kBytes);
    if (!segment.ok()) code = segment.error().code;
  });
  if (possible) CHECK_EQ(code, ENOSPC);
}

TEST(os_segment_is_not_inherited_by_forks_nor_dumped) {
  NothingLeft guard;
  OwnSegment segment = sealedSegment();
  Mapping peer = mapPeerSegment(duplicate(segment.fd.get()), kBytes).value();
  for (const void* address : {segment.memory.data(), peer.data()}) {
    const std::string flags = smapsFlags(address);
    CHECK(contains(flags, " dc"));  // do not copy on fork
    CHECK(contains(flags, " dd"));  // do not dump
  }
}

TEST(os_segment_sealed_resists_its_owner) {
  NothingLeft guard;
  OwnSegment segment = sealedSegment();
  const int fd = segment.fd.get();
  CHECK_EQ(::fcntl(fd, F_GET_SEALS) & kSeals, kSeals);

  errno = 0;
  CHECK(::ftruncate(fd, kBytes / 2) == -1 && errno == EPERM);
  CHECK(::ftruncate(fd, kBytes * 2) == -1 && errno == EPERM);
  CHECK(::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == -1);
  CHECK_EQ(errno, EPERM);
  CHECK(::fallocate(fd, 0, kBytes, 4096) == -1 && errno == EPERM);
  CHECK(::pwrite(fd, "x", 1, 0) == -1 && errno == EPERM);
  CHECK(::fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == -1 && errno == EPERM);
  CHECK(::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
  CHECK_EQ(errno, EPERM);
  // The mapping made before is writable, but cannot give pages back either.
  CHECK(::madvise(segment.memory.data(), kBytes, MADV_REMOVE) == -1 && errno == EPERM);
}

TEST(os_segment_reader_cannot_become_a_writer) {
  NothingLeft guard;
  OwnSegment segment = sealedSegment();
  Mapping peer = mapPeerSegment(duplicate(segment.fd.get()), kBytes).value();
  CHECK(::mprotect(peer.data(), peer.size(), PROT_READ | PROT_WRITE) == -1 && errno == EACCES);

  const std::string path = "/proc/self/fd/" + std::to_string(segment.fd.get());
  UniqueFd reopened(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  CHECK(reopened.valid());
  void* mapped = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, reopened.get(), 0);
  CHECK(mapped == MAP_FAILED);
}

TEST(os_segment_is_seen_by_the_reader_as_the_owner_writes_it) {
  NothingLeft guard;
  OwnSegment segment = createSegment("doorcall-test", kBytes).value();
  auto* own = static_cast<unsigned char*>(segment.memory.data());
  own[0] = 17;
  CHECK(sealSegment(segment).ok());
  Mapping peer = mapPeerSegment(duplicate(segment.fd.get()), kBytes).value();
  const auto* theirs = static_cast<const unsigned char*>(peer.data());
  CHECK_EQ(peer.size(), kBytes);
  CHECK_EQ(theirs[0], 17);
  own[kBytes - 1] = 42;
  CHECK_EQ(theirs[kBytes - 1], 42);
  // The mapping outlives descriptor and owner.
  segment = OwnSegment{};
  CHECK_EQ(theirs[kBytes - 1], 42);
}

TEST(os_segment_of_another_process_is_mapped) {
  NothingLeft guard;
  OwnSegment segment = sealedSegment();
  Pipe written;
  Child reader([&] {
    Result<Mapping> peer = mapPeerSegment(std::move(segment.fd), kBytes);
    return written.await() && peer.ok() && static_cast<const char*>(peer.value().data())[5] == 7;
  });
  static_cast<char*>(segment.memory.data())[5] = 7;
  written.tell();
  CHECK(reader.wait());
}

TEST(os_segment_sealed_twice_is_an_error) {
  NothingLeft guard;
  OwnSegment segment = sealedSegment();
  CHECK_EQ(sealSegment(segment).error().code, EPERM);
}

TEST(os_segment_refuses_what_is_no_memory_file) {
  NothingLeft guard;
  Pipe pipe;
  CHECK(refused(std::move(pipe.out), "no memory file that can bear seals, but pipe:["));
  CHECK(refused(UniqueFd(::open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
                "no memory file that can bear seals, but /tmp"));
  CHECK(refused(UniqueFd(::eventfd(0, EFD_CLOEXEC)), "but anon_inode:[eventfd]"));
  CHECK(refused(UniqueFd(::open("/dev/zero", O_RDWR | O_CLOEXEC)), "no memory file"));
}

TEST(os_segment_refuses_a_file_on_disk_or_in_shm) {
  NothingLeft guard;
  for (const char* pattern : {"/tmp/doorcall-os-XXXXXX", "/dev/shm/doorcall-os-XXXXXX"}) {
    std::string path = pattern;
    UniqueFd file(::mkostemp(path.data(), O_CLOEXEC));
    CHECK(file.valid());
    CHECK_EQ(::unlink(path.c_str()), 0);
    CHECK_EQ(::ftruncate(file.get(), kBytes), 0);
    CHECK(refused(std::move(file), "seals"));
  }
}

TEST(os_segment_refuses_every_missing_seal_by_name) {
  NothingLeft guard;
  CHECK(refused(memfd(0), "missing: F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_FUTURE_WRITE, F_SEAL_SEAL"));
  CHECK(refused(memfd(kSeals & ~F_SEAL_SHRINK), "missing: F_SEAL_SHRINK"));
  CHECK(refused(memfd(kSeals & ~F_SEAL_GROW), "missing: F_SEAL_GROW"));
  CHECK(refused(memfd(kSeals & ~F_SEAL_FUTURE_WRITE), "missing: F_SEAL_FUTURE_WRITE"));
  CHECK(refused(memfd(kSeals & ~F_SEAL_SEAL), "missing: F_SEAL_SEAL"));
  // F_SEAL_WRITE is stronger, but it is not what was agreed: its owner could not write either.
  CHECK(refused(memfd((kSeals & ~F_SEAL_FUTURE_WRITE) | F_SEAL_WRITE), "F_SEAL_FUTURE_WRITE"));
}

TEST(os_segment_accepts_more_seals_than_required) {
  NothingLeft guard;
  CHECK(mapPeerSegment(memfd(kSeals | F_SEAL_WRITE), kBytes).ok());
}

TEST(os_segment_refuses_any_other_size) {
  NothingLeft guard;
  CHECK(refused(memfd(kSeals), "262144 bytes, but 262145 were agreed", kBytes + 1));
  CHECK(refused(memfd(kSeals), "262144 bytes, but 262143 were agreed", kBytes - 1));
  CHECK(refused(memfd(kSeals, 0, false), "0 bytes, but 262144 were agreed"));
  CHECK(refused(memfd(kSeals, 2 * kBytes), "524288 bytes, but 262144 were agreed"));
}

TEST(os_segment_refuses_holes) {
  NothingLeft guard;
  CHECK(refused(memfd(kSeals, kBytes, false), "has holes"));
}

TEST(os_segment_refuses_a_read_only_descriptor) {
  NothingLeft guard;
  UniqueFd fd = memfd(kSeals);
  const std::string path = "/proc/self/fd/" + std::to_string(fd.get());
  CHECK(refused(UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
                "not open for reading and writing"));
}

TEST(os_segment_refuses_huge_page_files) {
  NothingLeft guard;
  UniqueFd fd(::memfd_create("doorcall-test", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB));
  if (!fd.valid()) return;  // a kernel without huge pages cannot be sent any
  CHECK_EQ(::fcntl(fd.get(), F_ADD_SEALS, kSeals), 0);
  CHECK(refused(std::move(fd), "not in ordinary shared memory", 0));
}

TEST(os_segment_refuses_seals_that_are_stored_but_not_enforced) {
  NothingLeft guard;
  UniqueFd unsealed = memfd(0);
  std::string own;
  std::string peer;
  bool possible = underSandbox(
      {{SYS_fcntl, 1, ~0u, F_ADD_SEALS, 0}, {SYS_fcntl, 1, ~0u, F_GET_SEALS, kSeals}}, [&] {
        OwnSegment segment = createSegment("doorcall-test", kBytes).value();
        Result<void> sealed = sealSegment(segment);
        if (!sealed.ok()) own = sealed.error().message();
        Result<Mapping> mapped = mapPeerSegment(std::move(unsealed), kBytes);
        if (!mapped.ok()) peer = mapped.error().message();
      });
  if (!possible) return;
  CHECK(contains(own, "does not enforce them"));
  CHECK(contains(peer, "does not enforce them"));
}

TEST(os_segment_refuses_other_files_even_if_seals_are_reported_for_them) {
  NothingLeft guard;
  bool directory = false;
  bool onProc = false;
  bool possible = underSandbox({{SYS_fcntl, 1, ~0u, F_GET_SEALS, kSeals}}, [&] {
    directory = refused(UniqueFd(::open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
                        "the descriptor is no regular file");
    onProc = refused(UniqueFd(::open("/proc/self/maps", O_RDONLY | O_CLOEXEC)),
                     "not in ordinary shared memory");
  });
  if (!possible) return;
  CHECK(directory);
  CHECK(onProc);
}

TEST(os_segment_refuses_when_the_trial_fails_for_another_reason) {
  NothingLeft guard;
  std::string peer;
  bool possible = underSandbox({{SYS_mmap, 3, ~0u, MAP_SHARED, -ENOMEM}}, [&] {
    Result<Mapping> mapped = mapPeerSegment(memfd(kSeals), kBytes);
    if (!mapped.ok()) peer = mapped.error().message();
  });
  if (possible) CHECK(contains(peer, "cannot verify that the seals are enforced"));
}

TEST(os_segment_seals_reported_missing_are_not_trusted) {
  NothingLeft guard;
  std::string own;
  bool possible = underSandbox({{SYS_fcntl, 1, ~0u, F_ADD_SEALS, 0}}, [&] {
    OwnSegment segment = createSegment("doorcall-test", kBytes).value();
    own = sealSegment(segment).error().message();
  });
  if (possible) CHECK(contains(own, "required seals are missing"));
}

TEST(os_segment_does_without_noexec_before_linux_6_3) {
  NothingLeft guard;
  bool made = false;
  bool possible = underSandbox({{SYS_memfd_create, 1, 8, 8, -EINVAL}}, [&] {
    Result<OwnSegment> segment = createSegment("doorcall-test", kBytes);
    made = segment.ok() && sealSegment(segment.value()).ok();
  });
  if (possible) CHECK(made);
}

}  // namespace
