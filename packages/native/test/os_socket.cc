// Rendezvous by SOCK_SEQPACKET sockets in a directory, and messages with descriptors.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "os/event_bell.h"
#include "os/segment.h"
#include "os/unix_socket.h"
#include "os_sandbox.h"
#include "os_support.h"

namespace {

using namespace doorcall::os;
using namespace os_test;

bool sameFile(int a, int b) {
  struct stat first;
  struct stat second;
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

bool closesOnExec(int fd) { return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }
bool isNonBlocking(int fd) { return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0; }

ReceivedMessage receive(int fd, size_t capacity, size_t maxFds) {
  std::vector<char> buffer(capacity);
  return receiveMessage(fd, buffer.data(), capacity, maxFds).value();
}

/// An anonymous file per number, so that order can be told by identity.
std::vector<UniqueFd> distinctFiles(size_t count) {
  std::vector<UniqueFd> files;
  for (size_t i = 0; i < count; i++) {
    files.emplace_back(::memfd_create("doorcall-test", MFD_CLOEXEC));
    CHECK(files.back().valid());
  }
  return files;
}

std::vector<int> numbersOf(const std::vector<UniqueFd>& fds) {
  std::vector<int> numbers;
  for (const UniqueFd& fd : fds) numbers.push_back(fd.get());
  return numbers;
}

TEST(os_socket_connects_in_a_directory) {
  NothingLeft guard;
  TemporaryDirectory directory;
  UniqueFd listener = listenAt(directory.fd(), "a.sock", 4).value();
  CHECK_EQ(acceptFrom(listener.get()).error().code, EAGAIN);
  UniqueFd client = connectAt(directory.fd(), "a.sock").value();
  UniqueFd server = acceptFrom(listener.get()).value();
  for (int fd : {listener.get(), client.get(), server.get()}) {
    CHECK(closesOnExec(fd));
    CHECK(isNonBlocking(fd));
  }
  for (const std::string text : {"hello", "you"}) {
    CHECK_EQ(sendMessage(client.get(), text.data(), text.size(), nullptr, 0).value(), text.size());
  }
  for (const std::string text : {"hello", "you"}) {
    char buffer[16];
    ReceivedMessage message = receiveMessage(server.get(), buffer, sizeof buffer, 0).value();
    CHECK_EQ(std::string(buffer, message.size), text);
    CHECK(!message.truncated);
    CHECK(!message.endOfFile);
  }
}

TEST(os_socket_path_may_exceed_108_bytes) {
  NothingLeft guard;
  TemporaryDirectory directory;
  const std::string component(200, 'd');
  UniqueFd deep(::openat(directory.fd(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (int level = 0; level < 3; level++) {
    CHECK_EQ(::mkdirat(deep.get(), component.c_str(), 0700), 0);
    deep.reset(::openat(deep.get(), component.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  const std::string name(kMaxSocketNameBytes, 'n');
  UniqueFd listener = listenAt(deep.get(), name, 1).value();
  UniqueFd client = connectAt(deep.get(), name).value();
  CHECK(acceptFrom(listener.get()).ok());
  struct stat status;
  CHECK_EQ(::fstatat(deep.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW), 0);
  CHECK(S_ISSOCK(status.st_mode));
}

TEST(os_socket_stays_with_the_directory_when_that_is_renamed) {
  NothingLeft guard;
  TemporaryDirectory directory;
  CHECK_EQ(::mkdirat(directory.fd(), "before", 0700), 0);
  UniqueFd inner(::openat(directory.fd(), "before", O_PATH | O_DIRECTORY | O_CLOEXEC));
  CHECK_EQ(::renameat(directory.fd(), "before", directory.fd(), "after"), 0);
  CHECK_EQ(::mkdirat(directory.fd(), "before", 0700), 0);
  UniqueFd listener = listenAt(inner.get(), "a.sock", 1).value();
  CHECK_EQ(::faccessat(directory.fd(), "after/a.sock", F_OK, 0), 0);
  CHECK(connectAt(inner.get(), "a.sock").ok());
}

TEST(os_socket_names_are_single_components) {
  NothingLeft guard;
  TemporaryDirectory directory;
  const std::string withNul("a\0b", 3);
  for (const std::string& name : {std::string(), std::string("."), std::string(".."),
                                  std::string("a/b"), std::string("/a"), withNul}) {
    CHECK_EQ(listenAt(directory.fd(), name, 1).error().code, EINVAL);
    CHECK_EQ(connectAt(directory.fd(), name).error().code, EINVAL);
  }
  const std::string tooLong(kMaxSocketNameBytes + 1, 'n');
  CHECK_EQ(listenAt(directory.fd(), tooLong, 1).error().code, ENAMETOOLONG);
  CHECK_EQ(connectAt(directory.fd(), tooLong).error().code, ENAMETOOLONG);
}

TEST(os_socket_absent_taken_and_stale_names_differ) {
  NothingLeft guard;
  TemporaryDirectory directory;
  CHECK_EQ(connectAt(directory.fd(), "a.sock").error().code, ENOENT);
  UniqueFd listener = listenAt(directory.fd(), "a.sock", 1).value();
  CHECK_EQ(listenAt(directory.fd(), "a.sock", 1).error().code, EADDRINUSE);
  listener.reset();
  CHECK_EQ(connectAt(directory.fd(), "a.sock").error().code, ECONNREFUSED);
  CHECK_EQ(listenAt(directory.fd(), "a.sock", 1).error().code, EADDRINUSE);
}

TEST(os_socket_mode_does_not_depend_on_the_umask) {
  NothingLeft guard;
  TemporaryDirectory directory;
  const mode_t former = ::umask(0077);
  UniqueFd shared = listenAt(directory.fd(), "shared.sock", 1, 0666).value();
  ::umask(0);
  UniqueFd own = listenAt(directory.fd(), "own.sock", 1).value();
  ::umask(former);
  struct stat status;
  CHECK_EQ(::fstatat(directory.fd(), "shared.sock", &status, 0), 0);
  CHECK_EQ(status.st_mode & 07777, mode_t{0666});
  CHECK_EQ(::fstatat(directory.fd(), "own.sock", &status, 0), 0);
  CHECK_EQ(status.st_mode & 07777, mode_t{0600});
}

TEST(os_socket_whose_mode_cannot_be_set_does_not_listen) {
  NothingLeft guard;
  TemporaryDirectory directory;
  int code = 0;
  bool possible = underSandbox(
      {
#ifdef SYS_chmod
          {SYS_chmod, 0, 0, 0, -EPERM},
#endif
          {SYS_fchmodat, 0, 0, 0, -EPERM}},
      [&] {
        Result<UniqueFd> listener = listenAt(directory.fd(), "a.sock", 1);
        if (!listener.ok()) code = listener.error().code;
      });
  if (possible) CHECK_EQ(code, EPERM);
}

TEST(os_socket_connect_to_a_full_backlog_does_not_block) {
  NothingLeft guard;
  TemporaryDirectory directory;
  constexpr int kBacklog = 2;
  UniqueFd listener = listenAt(directory.fd(), "a.sock", kBacklog).value();
  std::vector<UniqueFd> waiting;
  for (int i = 0; i < kBacklog + 1; i++) {
    waiting.push_back(connectAt(directory.fd(), "a.sock").value());
  }
  CHECK_EQ(connectAt(directory.fd(), "a.sock").error().code, EAGAIN);
  CHECK(acceptFrom(listener.get()).ok());
  CHECK(connectAt(directory.fd(), "a.sock").ok());
}

TEST(os_socket_tells_credentials_of_both_sides) {
  NothingLeft guard;
  TemporaryDirectory directory;
  UniqueFd listener = listenAt(directory.fd(), "a.sock", 1).value();
  const pid_t serverPid = ::getpid();
  Pipe finish;
  Child client([&] {
    UniqueFd connection = connectAt(directory.fd(), "a.sock").value();
    PeerCredentials server = peerCredentials(connection.get()).value();
    finish.in.reset();
    finish.await();
    return server.pid == serverPid && server.uid == ::getuid() && server.gid == ::getgid();
  });
  CHECK(readable(listener.get(), kWatchdogMs));
  UniqueFd connection = acceptFrom(listener.get()).value();
  PeerCredentials peer = peerCredentials(connection.get()).value();
  CHECK_EQ(peer.uid, static_cast<uint32_t>(::getuid()));
  CHECK_EQ(peer.gid, static_cast<uint32_t>(::getgid()));
  CHECK_EQ(peer.pid, static_cast<int32_t>(client.pid()));
  finish.in.reset();
  CHECK(client.wait());
  Pipe pipe;
  CHECK_EQ(peerCredentials(pipe.out.get()).error().code, ENOTSOCK);
}

TEST(os_socket_passes_descriptors_in_order) {
  NothingLeft guard;
  SocketPair sockets;
  for (size_t count : {size_t{1}, size_t{3}, kMaxMessageFds}) {
    std::vector<UniqueFd> files = distinctFiles(count);
    std::vector<int> numbers = numbersOf(files);
    CHECK(sendMessage(sockets.a.get(), "fds", 3, numbers.data(), count).ok());
    ReceivedMessage message = receive(sockets.b.get(), 16, count);
    CHECK(!message.truncated);
    CHECK_EQ(message.size, size_t{3});
    CHECK_EQ(message.fds.size(), count);
    for (size_t i = 0; i < message.fds.size(); i++) {
      CHECK(sameFile(message.fds[i].get(), numbers[i]));
      CHECK(closesOnExec(message.fds[i].get()));
    }
  }
}

TEST(os_socket_hands_a_segment_and_a_bell_to_another_process) {
  NothingLeft guard;
  SocketPair sockets;
  Child receiver([&] {
    if (!readable(sockets.b.get(), kWatchdogMs)) return false;
    ReceivedMessage message = receive(sockets.b.get(), 16, 2);
    if (message.truncated || message.fds.size() != 2) return false;
    Result<Mapping> memory = mapPeerSegment(std::move(message.fds[0]), 4096);
    if (!memory.ok() || !checkEventBell(message.fds[1].get()).ok()) return false;
    ringEventBell(message.fds[1].get());
    return static_cast<const char*>(memory.value().data())[0] == 'd';
  });
  OwnSegment segment = createSegment("doorcall-test", 4096).value();
  static_cast<char*>(segment.memory.data())[0] = 'd';
  CHECK(sealSegment(segment).ok());
  UniqueFd bell = createEventBell().value();
  const int fds[] = {segment.fd.get(), bell.get()};
  CHECK(sendMessage(sockets.a.get(), "x", 1, fds, 2).ok());
  CHECK(readable(bell.get(), kWatchdogMs));
  CHECK(receiver.wait());
}

TEST(os_socket_closes_surplus_descriptors) {
  NothingLeft guard;
  SocketPair sockets;
  std::vector<UniqueFd> files = distinctFiles(kMaxMessageFds);
  std::vector<int> numbers = numbersOf(files);
  for (auto [sent, allowed] : {std::pair<size_t, size_t>{1, 0}, {4, 3}, {kMaxMessageFds, 4}}) {
    const int before = openFdCount();
    CHECK(sendMessage(sockets.a.get(), "fds", 3, numbers.data(), sent).ok());
    ReceivedMessage message = receive(sockets.b.get(), 16, allowed);
    CHECK(message.truncated);
    CHECK(message.fds.empty());
    CHECK_EQ(openFdCount(), before);
  }
}

TEST(os_socket_marks_a_message_longer_than_the_buffer) {
  NothingLeft guard;
  SocketPair sockets;
  std::vector<UniqueFd> files = distinctFiles(1);
  const int fd = files[0].get();
  const int before = openFdCount();
  CHECK(sendMessage(sockets.a.get(), "0123456789", 10, &fd, 1).ok());
  ReceivedMessage message = receive(sockets.b.get(), 9, 1);
  CHECK(message.truncated);
  CHECK(message.fds.empty());
  CHECK_EQ(message.size, size_t{9});
  CHECK_EQ(openFdCount(), before);
  // An exact fit is none.
  CHECK(sendMessage(sockets.a.get(), "0123456789", 10, nullptr, 0).ok());
  CHECK(!receive(sockets.b.get(), 10, 0).truncated);
}

TEST(os_socket_marks_descriptors_lost_for_want_of_room) {
  NothingLeft guard;
  SocketPair sockets;
  std::vector<UniqueFd> files = distinctFiles(3);
  std::vector<int> numbers = numbersOf(files);
  CHECK(sendMessage(sockets.a.get(), "fds", 3, numbers.data(), 3).ok());
  // The receiver may open one descriptor more, but not three.
  int lowestFree = ::dup(0);
  ::close(lowestFree);
  rlimit former;
  ::getrlimit(RLIMIT_NOFILE, &former);
  rlimit tight{static_cast<rlim_t>(lowestFree) + 1, former.rlim_max};
  CHECK_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  char buffer[16];
  Result<ReceivedMessage> outcome = receiveMessage(sockets.b.get(), buffer, sizeof buffer, 3);
  CHECK_EQ(::setrlimit(RLIMIT_NOFILE, &former), 0);
  CHECK(outcome.value().truncated);
  CHECK(outcome.value().fds.empty());
}

TEST(os_socket_end_of_file_is_told) {
  NothingLeft guard;
  SocketPair sockets;
  CHECK(sendMessage(sockets.a.get(), "bye", 3, nullptr, 0).ok());
  sockets.a.reset();
  CHECK_EQ(receive(sockets.b.get(), 16, 0).size, size_t{3});
  CHECK(receive(sockets.b.get(), 16, 0).endOfFile);
  CHECK_EQ(sendMessage(sockets.b.get(), "x", 1, nullptr, 0).error().code, EPIPE);
  CHECK_EQ(ringSocketBell(sockets.b.get()), EPIPE);
}

TEST(os_socket_reset_does_not_lose_the_last_messages) {
  NothingLeft guard;
  SocketPair sockets;
  CHECK(sendMessage(sockets.b.get(), "unread", 6, nullptr, 0).ok());
  CHECK(sendMessage(sockets.a.get(), "bye", 3, nullptr, 0).ok());
  sockets.a.reset();
  CHECK_EQ(receive(sockets.b.get(), 16, 0).size, size_t{3});
  CHECK(receive(sockets.b.get(), 16, 0).endOfFile);
}

TEST(os_socket_empty_messages_end_the_stream) {
  NothingLeft guard;
  SocketPair sockets;
  CHECK_EQ(sendMessage(sockets.a.get(), "", 0, nullptr, 0).error().code, EINVAL);

  // A peer that does not keep to it gains nothing, and its descriptors are closed.
  std::vector<UniqueFd> files = distinctFiles(1);
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  const int fd = files[0].get();
  ::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  const int before = openFdCount();
  CHECK_EQ(::sendmsg(sockets.a.get(), &header, 0), ssize_t{0});
  ReceivedMessage message = receive(sockets.b.get(), 16, 1);
  CHECK(message.endOfFile);
  CHECK(message.fds.empty());
  CHECK_EQ(openFdCount(), before);
}

TEST(os_socket_neither_sends_nor_receives_by_blocking) {
  NothingLeft guard;
  SocketPair sockets;
  // Even if somebody made the socket a blocking one.
  for (int fd : {sockets.a.get(), sockets.b.get()}) CHECK_EQ(::fcntl(fd, F_SETFL, 0), 0);
  char buffer[16];
  CHECK_EQ(receiveMessage(sockets.b.get(), buffer, sizeof buffer, 0).error().code, EAGAIN);

  const std::string block(4096, 'x');
  Result<size_t> outcome = size_t{0};
  while (outcome.ok()) {
    outcome = sendMessage(sockets.a.get(), block.data(), block.size(), nullptr, 0);
  }
  CHECK_EQ(outcome.error().code, EAGAIN);
}

TEST(os_socket_message_too_long_is_an_error) {
  NothingLeft guard;
  SocketPair sockets;
  const std::string huge(64 * 1024 * 1024, 'x');
  CHECK_EQ(sendMessage(sockets.a.get(), huge.data(), huge.size(), nullptr, 0).error().code,
           EMSGSIZE);
  std::vector<int> many(kMaxMessageFds * 4, 0);
  CHECK_EQ(sendMessage(sockets.a.get(), "x", 1, many.data(), many.size()).error().code, EINVAL);
}

TEST(os_socket_bell_is_one_byte_and_full_means_rung) {
  NothingLeft guard;
  SocketPair sockets;
  int outcome = ringSocketBell(sockets.a.get());
  CHECK_EQ(outcome, 0);
  char buffer[16];
  CHECK_EQ(receiveMessage(sockets.b.get(), buffer, sizeof buffer, 0).value().size, size_t{1});
  while (outcome == 0) outcome = ringSocketBell(sockets.a.get());
  CHECK_EQ(outcome, EAGAIN);
}

TEST(os_socket_shutdown_reaches_the_peer_despite_a_forked_holder) {
  NothingLeft guard;
  SocketPair sockets;
  Pipe release;
  Child holder([&] {
    release.in.reset();
    release.await();
    return true;
  });
  shutdownSocket(sockets.a.get());
  sockets.a.reset();
  CHECK(readable(sockets.b.get(), kWatchdogMs));
  CHECK(receive(sockets.b.get(), 16, 0).endOfFile);
  release.in.reset();
  CHECK(holder.wait());
}

}  // namespace
