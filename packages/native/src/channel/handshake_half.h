#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "channel/handshake.h"

/** What both halves of a handshake do alike: handshake_server.cc and handshake_client.cc. */
namespace doorcall::channel {

/** segment, bell, pidfd. */
inline constexpr size_t kMaxDescriptors = 3;

bool sameUid(const os::PeerCredentials& peer);

/** My half of the connection's memory and bells, and the order in which their descriptors travel.
 */
std::optional<os::Error> makeOwnHalf(ChannelParts& parts, uint32_t ringBytes, bool withBell);
std::optional<os::Error> sendWithDescriptors(int socket, const std::vector<uint8_t>& bytes,
                                             const ChannelParts& parts, int pidfd);

/** What is wrong with the other side's half of the connection, and whose fault it is. */
struct Problem {
  std::string message;
  /** This process's own trouble, e.g. no descriptors left: the peer did nothing wrong, and later it
   * may work. */
  bool own = false;
};

/** Checks and takes over the descriptors that came with WELCOME or ATTACH. */
std::optional<Problem> takePeerHalf(ChannelParts& parts, uint32_t ringBytes,
                                    std::vector<os::UniqueFd> fds, bool hasBell, bool hasPidfd);
uint16_t codeOf(const Problem& problem, uint16_t otherwise);

/** One message, or why there is none. */
struct Received {
  bool wait = false;
  bool endOfFile = false;
  std::optional<Problem> problem;
  size_t size = 0;
  std::vector<os::UniqueFd> fds;
};

Received receive(int socket, std::vector<uint8_t>& buffer, size_t maxFds);

/** What stands where one of `expected` was due, for a log; "" when nothing of ours does. */
std::string misplaced(std::span<const uint8_t> bytes, std::initializer_list<MessageType> expected);
/** A peer's words as they may stand in a log: one line, and not a long one. */
std::string forLog(const std::string& words);
std::string rangeOf(Versions versions);

}  // namespace doorcall::channel
