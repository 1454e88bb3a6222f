// flock between open file descriptions and processes.
#include <cerrno>

#include "os/file_lock.h"
#include "os/unix_socket.h"
#include "os_support.h"

namespace {

using namespace doorcall::os;
using namespace os_test;

UniqueFd openLock(const TemporaryDirectory& directory) {
  UniqueFd fd(::openat(directory.fd(), "lock", O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  CHECK(fd.valid());
  return fd;
}

bool acquires(int fd) { return tryLock(fd).value() == LockAttempt::acquired; }

TEST(os_lock_is_held_by_one_description) {
  NothingLeft guard;
  TemporaryDirectory directory;
  UniqueFd first = openLock(directory);
  UniqueFd second = openLock(directory);
  CHECK(acquires(first.get()));
  CHECK(acquires(first.get()));
  CHECK(!acquires(second.get()));
  first.reset();
  CHECK(acquires(second.get()));
}

TEST(os_lock_ends_with_the_process_that_held_it) {
  NothingLeft guard;
  TemporaryDirectory directory;
  Pipe locked;
  Child owner([&] {
    UniqueFd fd = openLock(directory);
    if (!acquires(fd.get())) return false;
    locked.tell();
    for (;;) ::pause();
  });
  CHECK(locked.await());
  UniqueFd fd = openLock(directory);
  CHECK(!acquires(fd.get()));
  owner.kill(SIGKILL);
  CHECK(!owner.wait());
  CHECK(acquires(fd.get()));
}

TEST(os_lock_outlives_its_taker_in_a_forked_child) {
  NothingLeft guard;
  TemporaryDirectory directory;
  Pipe release;
  UniqueFd taken = openLock(directory);
  CHECK(acquires(taken.get()));
  Child heir([&] {
    release.in.reset();
    release.await();
    return true;
  });
  taken.reset();
  UniqueFd fd = openLock(directory);
  CHECK(!acquires(fd.get()));
  release.in.reset();
  CHECK(heir.wait());
  CHECK(acquires(fd.get()));
}

TEST(os_lock_travels_by_a_message) {
  NothingLeft guard;
  TemporaryDirectory directory;
  SocketPair sockets;
  UniqueFd taken = openLock(directory);
  CHECK(acquires(taken.get()));
  const int fds[] = {taken.get()};
  CHECK(sendMessage(sockets.a.get(), "l", 1, fds, 1).ok());
  taken.reset();
  UniqueFd other = openLock(directory);
  CHECK(!acquires(other.get()));
  char byte;
  ReceivedMessage message = receiveMessage(sockets.b.get(), &byte, 1, 1).value();
  CHECK(acquires(message.fds.at(0).get()));
  CHECK(!acquires(other.get()));
}

TEST(os_lock_of_no_file_is_an_error) {
  NothingLeft guard;
  CHECK_EQ(tryLock(-1).error().code, EBADF);
}

}  // namespace
