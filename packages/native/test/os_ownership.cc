// UniqueFd, Mapping and Result: each thing is released exactly once.
#include <cerrno>
#include <memory>

#include "os/mapping.h"
#include "os/result.h"
#include "os/segment.h"
#include "os/unique_fd.h"
#include "os_support.h"

namespace {

using namespace doorcall::os;
using namespace os_test;

bool isOpen(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(os_unique_fd_closes_once) {
  NothingLeft guard;
  int number;
  {
    UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    number = fd.get();
    UniqueFd moved = std::move(fd);
    CHECK(!fd.valid());
    CHECK_EQ(moved.get(), number);
    UniqueFd assigned(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    int replaced = assigned.get();
    assigned = std::move(moved);
    CHECK(!isOpen(replaced));
    CHECK(isOpen(number));
  }
  CHECK(!isOpen(number));
}

TEST(os_unique_fd_gives_away_and_resets) {
  NothingLeft guard;
  UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  int number = fd.release();
  CHECK(!fd.valid());
  CHECK(isOpen(number));
  fd.reset(number);
  fd.reset();
  CHECK(!isOpen(number));
  // Descriptor 0 is one like any other; negative numbers are none.
  CHECK(!UniqueFd(-9).valid());
}

TEST(os_mapping_unmaps_once) {
  NothingLeft guard;
  const int before = memfdMappingCount();
  OwnSegment segment = createSegment("doorcall-test", 4096).value();
  Mapping moved = std::move(segment.memory);
  CHECK(!segment.memory.valid());
  CHECK_EQ(segment.memory.size(), size_t{0});
  Mapping other = Mapping::map(segment.fd.get(), 4096, Access::readOnly).value();
  CHECK_EQ(memfdMappingCount(), before + 2);
  other = std::move(moved);
  CHECK_EQ(memfdMappingCount(), before + 1);
  other.reset();
  CHECK_EQ(memfdMappingCount(), before);
}

TEST(os_mapping_reports_what_failed) {
  NothingLeft guard;
  Result<Mapping> outcome = Mapping::map(-1, 4096, Access::readOnly);
  CHECK_EQ(outcome.error().code, EBADF);
  CHECK(contains(outcome.error().message(), "mmap: 4096 bytes: "));
}

TEST(os_result_moves_its_value) {
  Result<std::unique_ptr<int>> outcome = std::make_unique<int>(5);
  CHECK(outcome.ok());
  std::unique_ptr<int> value = std::move(outcome).value();
  CHECK_EQ(*value, 5);
}

TEST(os_result_without_value) {
  Result<void> success;
  Result<void> failure = Error{EAGAIN, "try", "no luck"};
  CHECK(success.ok());
  CHECK(!failure.ok());
  CHECK_EQ(failure.error().code, EAGAIN);
}

TEST(os_error_message_has_what_is_known) {
  CHECK_EQ((Error{0, "check", ""}).message(), std::string("check"));
  CHECK_EQ((Error{0, "check", "wrong kind"}).message(), std::string("check: wrong kind"));
  CHECK_EQ((Error{ENOENT, "open", "x"}).message(),
           std::string("open: x: No such file or directory"));
}

}  // namespace
