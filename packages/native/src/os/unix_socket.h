/// @file
/// SOCK_SEQPACKET Unix sockets: rendezvous in a directory, peer credentials, messages with
/// descriptors.
///
/// No call here ever blocks. Every descriptor made or received is close-on-exec, and every socket
/// made is non-blocking.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "os/result.h"
#include "os/unique_fd.h"

namespace doorcall::os {

/// The most descriptors that the kernel carries in one message (SCM_MAX_FD).
inline constexpr size_t kMaxMessageFds = 253;

/// The longest name that listenAt() and connectAt() take.
inline constexpr size_t kMaxSocketNameBytes = 80;

/// Binds `<name>` in an open directory and listens.
///
/// The address goes through `/proc/self/fd/<directoryFd>`: the directory's path may be of any
/// length, and nobody can swap the directory between the caller's checks and the bind.
///
/// @param directoryFd an open directory (O_PATH suffices).
/// @param name one path component of at most kMaxSocketNameBytes (ENAMETOOLONG beyond).
/// @param backlog connections that may wait for acceptFrom(); one more is allowed by the kernel.
/// @param mode permissions of the socket file, whatever the umask; connecting needs write
///   permission.
/// @return EADDRINUSE when the name exists, even if its server is dead: removing it is the caller's
///   call. After any other error the name may be left behind, like that of a killed server.
Result<UniqueFd> listenAt(int directoryFd, const std::string& name, int backlog,
                          mode_t mode = 0600);

/// Connects to `<name>` in an open directory; limits as in listenAt().
///
/// @return EAGAIN when the server's backlog is full (try again later), ECONNREFUSED when nobody
///   listens on it any more, ENOENT when there is no such name.
Result<UniqueFd> connectAt(int directoryFd, const std::string& name);

/// Takes one waiting connection. EAGAIN: none waits.
Result<UniqueFd> acceptFrom(int listenFd);

/// Who is at the other end. Ids are translated into our namespaces; an id without a translation
/// appears as the overflow uid or gid, a pid without one as 0.
struct PeerCredentials {
  uint32_t uid = 0;
  uint32_t gid = 0;
  /// For messages to people only: a pid identifies nobody.
  int32_t pid = 0;
};

/// Credentials that the peer had when it called connect() or, seen from the client, listen().
Result<PeerCredentials> peerCredentials(int fd);

/// Sends one message and `fdCount` descriptors (which stay open here) as a whole or not at all.
///
/// @param size at least 1: a message of 0 bytes would look like the end of the stream (EINVAL).
/// @return `size`; EAGAIN when the peer's queue is full, EMSGSIZE when the message can never fit,
///   EPIPE or ECONNRESET when the peer is gone (without a signal), ETOOMANYREFS when too many
///   descriptors are in flight.
Result<size_t> sendMessage(int fd, const void* bytes, size_t size, const int* fds, size_t fdCount);

/// Whether an error of sendMessage() says that nobody will ever read there again.
constexpr bool isPeerGone(int code) {
  return code == EPIPE || code == ECONNRESET || code == ENOTCONN;
}

/// What one receiveMessage() brought.
struct ReceivedMessage {
  /// Bytes written to the buffer.
  size_t size = 0;
  /// The descriptors that came along, in the sender's order; empty when `truncated`.
  std::vector<UniqueFd> fds;
  /// The message was longer than the buffer, carried more descriptors than allowed, or lost some
  /// because this process has no room for them. All its descriptors were closed. Its bytes are
  /// incomplete or without their meaning: refuse it.
  bool truncated = false;
  /// With `truncated`: the bytes are whole, there were descriptors, and not too many for us to
  /// take; but this process (its limits, or a policy) could not have all of them. That is not the
  /// sender's fault.
  bool fdsLost = false;
  /// The peer has closed or shut down; there will be no more messages.
  bool endOfFile = false;
};

/// Receives one message. A connection that the peer reset still yields the messages it sent before,
/// and then `endOfFile`.
///
/// @param maxFds how many descriptors the caller is ready for. The kernel is given room for just so
///   many: surplus ones never become ours, not even for a moment.
/// @return EAGAIN when no message waits.
Result<ReceivedMessage> receiveMessage(int fd, void* buffer, size_t capacity, size_t maxFds);

/// Ends the connection in both directions for every process that holds the socket, forked children
/// included. The peer sees the hang-up at once.
void shutdownSocket(int fd);

/// Rings a peer of another uid by one byte on the connection.
///
/// @return 0, or an errno: EAGAIN means rung already (unread bytes fill the peer's queue), EPIPE or
///   ECONNRESET that the peer is gone.
int ringSocketBell(int fd);

}  // namespace doorcall::os
