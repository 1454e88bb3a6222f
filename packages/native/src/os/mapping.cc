#include "os/mapping.h"

#include <sys/mman.h>

#include <cerrno>

namespace doorcall::os {

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  if (this != &other) {
    reset();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

Result<Mapping> Mapping::map(int fd, size_t bytes, Access access, uint64_t offset) {
  const int protection = access == Access::readOnly ? PROT_READ : PROT_READ | PROT_WRITE;
  // Copies are rare: no memory is set aside for one of each page.
  const int flags = access == Access::copyOnWrite ? MAP_PRIVATE | MAP_NORESERVE : MAP_SHARED;
  void* data = ::mmap(nullptr, bytes, protection, flags, fd, static_cast<off_t>(offset));
  if (data == MAP_FAILED) return Error{errno, "mmap", std::to_string(bytes) + " bytes"};
  Mapping mapping(data, bytes);
  if (::madvise(data, bytes, MADV_DONTFORK) != 0) return Error{errno, "madvise", "MADV_DONTFORK"};
  if (::madvise(data, bytes, MADV_DONTDUMP) != 0) return Error{errno, "madvise", "MADV_DONTDUMP"};
  return mapping;
}

void Mapping::reset() {
  if (data_ != nullptr) ::munmap(data_, size_);
  data_ = nullptr;
  size_ = 0;
}

}  // namespace doorcall::os
