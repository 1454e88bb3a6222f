#include "os/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "fault/failpoint.h"
#include "os/proc_fd.h"

namespace doorcall::os {
namespace {

// Aligned as CMSG_FIRSTHDR needs it, with room for as many descriptors as one message can carry.
struct ControlBuffer {
  alignas(cmsghdr) unsigned char bytes[CMSG_SPACE(kMaxMessageFds * sizeof(int))];
};

Result<sockaddr_un> addressIn(int directoryFd, const std::string& name, const char* operation) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos ||
      name.find('\0') != std::string::npos) {
    return Error{EINVAL, operation, "'" + name + "' is not the name of a file in a directory"};
  }
  if (name.size() > kMaxSocketNameBytes) {
    return Error{ENAMETOOLONG, operation,
                 "'" + name + "' is longer than " + std::to_string(kMaxSocketNameBytes) + " bytes"};
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = procFdPath(directoryFd) + "/" + name;
  static_assert(sizeof("/proc/self/fd/2147483647/") + kMaxSocketNameBytes <=
                sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

Result<UniqueFd> createSocket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return Error{errno, "socket", "AF_UNIX, SOCK_SEQPACKET"};
  return fd;
}

// bind() made the file with 0777 less the umask, which belongs to the whole process and must not be
// touched. The detour over a descriptor follows no symbolic link that somebody put in the file's
// place.
Result<void> setMode(int directoryFd, const std::string& name, mode_t mode) {
  UniqueFd file(::openat(directoryFd, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!file.valid()) return Error{errno, "open", name};
  struct stat status;
  if (::fstat(file.get(), &status) != 0) return Error{errno, "fstat", name};
  if (!S_ISSOCK(status.st_mode)) return Error{0, "bind", name + " was replaced while we bound it"};
  if (::chmod(procFdPath(file.get()).c_str(), mode) != 0) return Error{errno, "chmod", name};
  return {};
}

// Takes ownership of every descriptor in the control data, in order.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare"  // inside musl's CMSG_NXTHDR
std::vector<UniqueFd> takeFds(msghdr& header) {
  std::vector<UniqueFd> fds;
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(control) + i * sizeof fd, sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}
#pragma GCC diagnostic pop

}  // namespace

Result<UniqueFd> listenAt(int directoryFd, const std::string& name, int backlog, mode_t mode) {
  Result<sockaddr_un> address = addressIn(directoryFd, name, "bind");
  if (!address.ok()) return std::move(address).error();
  Result<UniqueFd> created = createSocket();
  if (!created.ok()) return created;
  UniqueFd fd = std::move(created).value();

  const auto* raw = reinterpret_cast<const sockaddr*>(&address.value());
  if (::bind(fd.get(), raw, sizeof(sockaddr_un)) != 0) return Error{errno, "bind", name};
  DOORCALL_FAILPOINT("server.listen.bound");
  Result<void> modeSet = setMode(directoryFd, name, mode);
  if (!modeSet.ok()) return std::move(modeSet).error();
  DOORCALL_FAILPOINT("server.listen.mode-set");
  if (::listen(fd.get(), backlog) != 0) return Error{errno, "listen", name};
  DOORCALL_FAILPOINT("server.listen.listening");
  return fd;
}

Result<UniqueFd> connectAt(int directoryFd, const std::string& name) {
  Result<sockaddr_un> address = addressIn(directoryFd, name, "connect");
  if (!address.ok()) return std::move(address).error();
  Result<UniqueFd> created = createSocket();
  if (!created.ok()) return created;
  UniqueFd fd = std::move(created).value();

  const auto* raw = reinterpret_cast<const sockaddr*>(&address.value());
  DOORCALL_FAILPOINT("client.dial.connecting");
  if (::connect(fd.get(), raw, sizeof(sockaddr_un)) != 0) return Error{errno, "connect", name};
  DOORCALL_FAILPOINT("client.dial.connected");
  return fd;
}

Result<UniqueFd> acceptFrom(int listenFd) {
  int fd;
  do {
    fd = ::accept4(listenFd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return Error{errno, "accept", ""};
  return UniqueFd(fd);
}

Result<PeerCredentials> peerCredentials(int fd) {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
    return Error{errno, "getsockopt", "SO_PEERCRED"};
  }
  return PeerCredentials{credentials.uid, credentials.gid, credentials.pid};
}

Result<size_t> sendMessage(int fd, const void* bytes, size_t size, const int* fds, size_t fdCount) {
  if (size == 0)
    return Error{EINVAL, "sendmsg", "an empty message would look like the end of the stream"};
  if (fdCount > kMaxMessageFds) {
    return Error{EINVAL, "sendmsg", std::to_string(fdCount) + " descriptors in one message"};
  }
  iovec part{const_cast<void*>(bytes), size};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  ControlBuffer control;
  if (fdCount > 0) {
    const size_t fdBytes = fdCount * sizeof(int);
    std::memset(control.bytes, 0, CMSG_SPACE(fdBytes));
    header.msg_control = control.bytes;
    header.msg_controllen = CMSG_SPACE(fdBytes);
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fdBytes);
    std::memcpy(CMSG_DATA(rights), fds, fdBytes);
  }
  ssize_t sent;
  do {
    sent = ::sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return Error{errno, "sendmsg", ""};
  return static_cast<size_t>(sent);
}

Result<ReceivedMessage> receiveMessage(int fd, void* buffer, size_t capacity, size_t maxFds) {
  iovec part{buffer, capacity};
  ControlBuffer control;
  msghdr header;
  ssize_t received;
  bool resetSeen = false;
  for (;;) {
    header = {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (maxFds > 0) {
      header.msg_control = control.bytes;
      // Not CMSG_SPACE: its padding would have room for one more.
      header.msg_controllen = CMSG_LEN(std::min(maxFds, kMaxMessageFds) * sizeof(int));
    }
    received = ::recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (received >= 0) break;
    if (errno == EINTR) continue;
    // A peer that closes with our messages unread leaves this error before the messages that it
    // sent. Reading the error clears it, and they follow.
    if (errno == ECONNRESET && !resetSeen) {
      resetSeen = true;
      continue;
    }
    return Error{errno, "recvmsg", ""};
  }

  ReceivedMessage message;
  message.size = static_cast<size_t>(received);
  message.fds = takeFds(header);
  message.truncated = (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  message.fdsLost =
      (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == MSG_CTRUNC && message.fds.size() < maxFds;
  message.endOfFile = received == 0 && !message.truncated;
  if (message.truncated || message.endOfFile) message.fds.clear();
  return message;
}

void shutdownSocket(int fd) { ::shutdown(fd, SHUT_RDWR); }

int ringSocketBell(int fd) {
  const char ring = 0;
  ssize_t sent;
  do {
    sent = ::send(fd, &ring, sizeof ring, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

}  // namespace doorcall::os
