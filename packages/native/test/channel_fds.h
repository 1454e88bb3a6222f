/// @file
/// Descriptors to send, and the ends of a channel that they go to.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "channel_half.h"

namespace channel_test {

/// What limitsOf() and introductionOf() let a side take with one message.
inline constexpr size_t kMost = 4;

inline std::vector<UniqueFd> files(size_t count) {
  std::vector<UniqueFd> made;
  while (made.size() < count) made.emplace_back(::memfd_create("doorcall-test-file", MFD_CLOEXEC));
  return made;
}

inline FdSendOutcome send(Channel& channel, const std::vector<UniqueFd>& fds) {
  std::vector<int> numbers;
  for (const UniqueFd& fd : fds) numbers.push_back(fd.get());
  return channel.sendFds(numbers);
}

inline ino_t inodeOf(const UniqueFd& fd) {
  struct stat status{};
  CHECK_EQ(::fstat(fd.get(), &status), 0);
  return status.st_ino;
}

inline bool sameFiles(const std::vector<UniqueFd>& sent, const std::vector<UniqueFd>& taken) {
  if (sent.size() != taken.size()) return false;
  for (size_t i = 0; i < sent.size(); i++) {
    if (inodeOf(sent[i]) != inodeOf(taken[i])) return false;
    if ((::fcntl(taken[i].get(), F_GETFD) & FD_CLOEXEC) == 0) return false;
  }
  return true;
}

/// The channel of one end, and the raw socket of a peer who knows nothing of the rules.
struct Victim {
  explicit Victim(uint32_t maxFds = kMost, bool blobs = false) {
    Handshakes both;
    auto parts = finish(both, introductionOf("server", 1));
    CHECK(parts.has_value());
    peer = std::move(parts->server);
    auto limits = limitsOf();
    limits.maxReceiveFds = maxFds;
    if (maxFds == 0 && !blobs) limits.maxReceiveBlobBytes = 0;
    channel = std::make_unique<Channel>(std::move(parts->client), limits);
  }
  int socket() const { return peer.socket.get(); }
  std::string violation() {
    channel->readSocket();
    return channel->violation() != nullptr ? channel->violation() : "none";
  }

  ChannelParts peer;
  std::unique_ptr<Channel> channel;
};

inline Bytes bytesOf(uint16_t count, uint32_t id) {
  const auto bytes = encode(SocketMessage{SocketMessageType::descriptors, count, id});
  return {bytes.begin(), bytes.end()};
}

}  // namespace channel_test
