/// @file
/// A byte stream of the kernel in each direction: two pipes, or a pair of connected Unix sockets.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <vector>

#include "fail.h"

namespace floor_lab {

class StreamLink {
 public:
  /// @param bytes of each message; both ends know it, so nothing stands before a message.
  static StreamLink pipes(uint32_t bytes) {
    int toServer[2];
    int toClient[2];
    if (::pipe2(toServer, O_CLOEXEC) != 0 || ::pipe2(toClient, O_CLOEXEC) != 0)
      fail("cannot make a pipe");
    for (const int fd : {toServer[1], toClient[1]}) {
      // A whole message at once, where the kernel allows it; in pieces elsewhere.
      if (bytes > kPipeBytes) ::fcntl(fd, F_SETPIPE_SZ, bytes);
    }
    return StreamLink({toServer[1], toClient[0]}, {toClient[1], toServer[0]}, bytes);
  }

  static StreamLink sockets(uint32_t bytes) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      fail("cannot make a pair of sockets");
    return StreamLink({ends[0], ends[0]}, {ends[1], ends[1]}, bytes);
  }

  class End {
   public:
    void send(const uint8_t* payload) {
      for (size_t at = 0; at < buffer_.size();) {
        const ssize_t wrote = ::write(out_, payload + at, buffer_.size() - at);
        if (wrote < 0 && errno != EINTR) fail("cannot send");
        at += static_cast<size_t>(std::max<ssize_t>(wrote, 0));
      }
    }

    const uint8_t* receive() {
      for (size_t at = 0; at < buffer_.size();) {
        const ssize_t got = ::read(in_, buffer_.data() + at, buffer_.size() - at);
        if (got == 0) errno = ECONNRESET;
        if (got == 0 || (got < 0 && errno != EINTR)) fail("cannot receive");
        at += static_cast<size_t>(std::max<ssize_t>(got, 0));
      }
      return buffer_.data();
    }

   private:
    friend class StreamLink;
    // A stream cannot tell that nothing was sent.
    End(int out, int in, uint32_t bytes) : out_(out), in_(in), buffer_(std::max(bytes, 1u)) {}

    int out_;
    int in_;
    std::vector<uint8_t> buffer_;
  };

  /// To be called in the process whose end it is, once: closes what is the other's.
  End client() { return take(client_, server_); }
  End server() { return take(server_, client_); }

 private:
  static constexpr uint32_t kPipeBytes = 64 * 1024;

  struct Fds {
    int out;
    int in;
  };

  StreamLink(Fds client, Fds server, uint32_t bytes)
      : client_(client), server_(server), bytes_(bytes) {}

  End take(Fds own, Fds other) {
    ::close(other.out);
    if (other.in != other.out) ::close(other.in);
    return End(own.out, own.in, bytes_);
  }

  Fds client_;
  Fds server_;
  uint32_t bytes_;
};

}  // namespace floor_lab
