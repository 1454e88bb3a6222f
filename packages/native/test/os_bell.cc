// The eventfd bell, heard by an epoll set.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include <cerrno>
#include <cstdint>

#include "os/epoll.h"
#include "os/event_bell.h"
#include "os/pidfd.h"
#include "os_support.h"

namespace {

using namespace doorcall::os;
using namespace os_test;

TEST(os_bell_rung_by_another_process_is_heard) {
  NothingLeft guard;
  UniqueFd bell = createEventBell().value();
  Epoll epoll = Epoll::create().value();
  CHECK(epoll.add(bell.get(), EPOLLIN | EPOLLET, 77).ok());
  epoll_event events[4];
  // That it can be read at all.
  CHECK_EQ(epoll.wait(events, 0).value(), size_t{1});
  CHECK_EQ(epoll.wait(events, 0).value(), size_t{0});
  Child ringer([&] {
    ringEventBell(bell.get());
    return true;
  });
  CHECK_EQ(epoll.wait(events, kWatchdogMs).value(), size_t{1});
  CHECK_EQ(events[0].data.u64, uint64_t{77});
  CHECK(ringer.wait());
}

TEST(os_bell_needs_no_reading_when_watched_by_edges) {
  NothingLeft guard;
  UniqueFd bell = createEventBell().value();
  Epoll epoll = Epoll::create().value();
  CHECK(epoll.add(bell.get(), EPOLLIN | EPOLLET, 0).ok());
  epoll_event events[4];
  for (int ring = 0; ring < 3; ring++) {
    ringEventBell(bell.get());
    CHECK_EQ(epoll.wait(events, 0).value(), size_t{1});
    CHECK_EQ(epoll.wait(events, 0).value(), size_t{0});
  }
}

// A peer has the same open file, flags and all.
TEST(os_bell_that_is_full_and_blocks_does_not_block_us) {
  NothingLeft guard;
  UniqueFd bell = createEventBell().value();
  Epoll epoll = Epoll::create().value();
  CHECK(epoll.add(bell.get(), EPOLLIN | EPOLLET, 0).ok());
  epoll_event events[4];
  CHECK_EQ(epoll.wait(events, 0).value(), size_t{1});
  CHECK_EQ(::fcntl(bell.get(), F_SETFL, 0), 0);
  const uint64_t rest = UINT64_MAX - 2;
  CHECK_EQ(::write(bell.get(), &rest, sizeof rest), ssize_t{8});
  CHECK_EQ(epoll.wait(events, 0).value(), size_t{1});
  ringEventBell(bell.get());
  CHECK_EQ(epoll.wait(events, 0).value(), size_t{1});
  uint64_t count = 0;
  CHECK_EQ(::read(bell.get(), &count, sizeof count), ssize_t{8});
  CHECK_EQ(count, UINT64_MAX - 1);
}

TEST(os_bell_of_a_peer_that_is_gone_is_ignored) { ringEventBell(-1); }

TEST(os_bell_check_accepts_bells_only) {
  NothingLeft guard;
  UniqueFd bell = createEventBell().value();
  CHECK(checkEventBell(bell.get()).ok());
  CHECK((::fcntl(bell.get(), F_GETFD) & FD_CLOEXEC) != 0);

  Pipe pipe;
  SocketPair sockets;
  UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  UniqueFd file(::open("/dev/null", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  Epoll epoll = Epoll::create().value();
  for (int fd : {pipe.in.get(), sockets.a.get(), timer.get(), file.get(), epoll.fd()}) {
    Result<void> outcome = checkEventBell(fd);
    CHECK(!outcome.ok());
    CHECK(contains(outcome.error().message(), "no eventfd, but "));
  }
  CHECK_EQ(checkEventBell(-1).error().code, ENOENT);
}

TEST(os_bell_check_refuses_a_blocking_eventfd) {
  NothingLeft guard;
  UniqueFd blocking(::eventfd(0, EFD_CLOEXEC));
  CHECK(contains(checkEventBell(blocking.get()).error().message(), "blocking mode"));
}

TEST(os_bell_check_is_not_fooled_by_a_name) {
  NothingLeft guard;
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/anon_inode:[eventfd]";
  UniqueFd file(::open(path.c_str(), O_CREAT | O_RDWR | O_NONBLOCK | O_CLOEXEC, 0600));
  CHECK(file.valid());
  CHECK(!checkEventBell(file.get()).ok());
}

TEST(os_epoll_watches_changes_and_forgets) {
  NothingLeft guard;
  UniqueFd bell = createEventBell().value();
  Epoll epoll = Epoll::create().value();
  Epoll outer = Epoll::create().value();
  CHECK((::fcntl(epoll.fd(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(outer.add(epoll.fd(), EPOLLIN, 3).ok());
  CHECK(epoll.add(bell.get(), EPOLLIN, 1).ok());
  CHECK_EQ(epoll.add(bell.get(), EPOLLIN, 1).error().code, EEXIST);

  ringEventBell(bell.get());
  epoll_event events[2];
  CHECK_EQ(outer.wait(events, 0).value(), size_t{1});
  CHECK_EQ(events[0].data.u64, uint64_t{3});
  CHECK_EQ(epoll.wait(events, 0).value(), size_t{1});
  CHECK_EQ(events[0].data.u64, uint64_t{1});
  CHECK(epoll.modify(bell.get(), EPOLLIN, 2).ok());
  CHECK_EQ(epoll.wait(events, 0).value(), size_t{1});
  CHECK_EQ(events[0].data.u64, uint64_t{2});
  CHECK(epoll.remove(bell.get()).ok());
  CHECK_EQ(epoll.wait(events, 0).value(), size_t{0});
  CHECK_EQ(epoll.modify(bell.get(), EPOLLIN, 2).error().code, ENOENT);
}

TEST(os_epoll_wait_that_is_interrupted_brings_nothing) {
  NothingLeft guard;
  Epoll epoll = Epoll::create().value();
  epoll_event events[2];
  Interruptions interruptions;
  Result<size_t> outcome = epoll.wait(events, kWatchdogMs);
  CHECK(outcome.ok() && outcome.value() == 0);
}

TEST(os_epoll_moves) {
  NothingLeft guard;
  Epoll epoll;
  CHECK(!epoll.valid());
  epoll = Epoll::create().value();
  Epoll moved = std::move(epoll);
  CHECK(moved.valid());
  CHECK(!epoll.valid());
}

}  // namespace
