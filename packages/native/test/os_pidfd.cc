// Death watch by pidfd.
#include <sys/syscall.h>

#include <cerrno>

#include "os/event_bell.h"
#include "os/pidfd.h"
#include "os/unix_socket.h"
#include "os_sandbox.h"
#include "os_support.h"

namespace {

using namespace doorcall::os;
using namespace os_test;

TEST(os_pidfd_of_a_living_process_is_quiet) {
  NothingLeft guard;
  UniqueFd self = openSelfPidfd().value();
  CHECK((::fcntl(self.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(checkPidfd(self.get()).ok());
  CHECK(!processExited(self.get()));
}

TEST(os_pidfd_fires_when_a_grandchild_hides_the_hang_up) {
  NothingLeft guard;
  SocketPair sockets;
  Pipe release;
  Pipe grandchildLives;
  Child server([&] {
    sockets.a.reset();
    release.in.reset();
    if (::fork() == 0) {
      // Inherits the server's socket and keeps it until `release` is closed.
      grandchildLives.tell();
      release.await();
      ::_exit(0);
    }
    UniqueFd self = openSelfPidfd().value();
    const int fds[] = {self.get()};
    if (!sendMessage(sockets.b.get(), "me", 2, fds, 1).ok()) return false;
    for (;;) ::pause();
  });
  sockets.b.reset();

  CHECK(readable(sockets.a.get(), kWatchdogMs));
  char buffer[16];
  ReceivedMessage message = receiveMessage(sockets.a.get(), buffer, sizeof buffer, 1).value();
  CHECK_EQ(message.fds.size(), size_t{1});
  const int pidfd = message.fds[0].get();
  CHECK(checkPidfd(pidfd).ok());
  CHECK(grandchildLives.await());
  CHECK(!processExited(pidfd));

  server.kill(SIGKILL);
  CHECK(readable(pidfd, kWatchdogMs));
  CHECK(processExited(pidfd));
  CHECK_EQ(receiveMessage(sockets.a.get(), buffer, sizeof buffer, 1).error().code, EAGAIN);

  // Once the grandchild is gone, the socket tells as well.
  release.in.reset();
  CHECK(readable(sockets.a.get(), kWatchdogMs));
  CHECK(receiveMessage(sockets.a.get(), buffer, sizeof buffer, 1).value().endOfFile);
  CHECK(!server.wait());
  CHECK(processExited(pidfd));
}

TEST(os_pidfd_check_accepts_pidfds_only) {
  NothingLeft guard;
  UniqueFd bell = createEventBell().value();
  Pipe pipe;
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/anon_inode:[pidfd]";
  UniqueFd file(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  CHECK(file.valid());
  for (int fd : {bell.get(), pipe.out.get(), directory.fd(), file.get()}) {
    Result<void> outcome = checkPidfd(fd);
    CHECK(!outcome.ok());
    CHECK(contains(outcome.error().message(), "no pidfd, but "));
  }
  CHECK_EQ(checkPidfd(-1).error().code, ENOENT);
}

TEST(os_pidfd_check_knows_the_kernel_before_pidfs) {
  NothingLeft guard;
  UniqueFd self = openSelfPidfd().value();
  UniqueFd bell = createEventBell().value();
  bool accepted = false;
  bool refused = false;
  bool possible = underSandbox({{SYS_fstatfs, 0, 0, 0, -ENOSYS}}, [&] {
    accepted = checkPidfd(self.get()).ok();
    refused = !checkPidfd(bell.get()).ok();
  });
  if (!possible) return;
  CHECK(accepted);
  CHECK(refused);
}

TEST(os_pidfd_missing_in_the_kernel_is_a_clear_error) {
  NothingLeft guard;
  int code = 0;
  std::string message;
  bool possible = underSandbox({{434, 0, 0, 0, -ENOSYS}}, [&] {
    Error error = openSelfPidfd().error();
    code = error.code;
    message = error.message();
  });
  if (!possible) return;
  CHECK_EQ(code, ENOSYS);
  CHECK(contains(message, "gives no pidfd"));
}

}  // namespace
