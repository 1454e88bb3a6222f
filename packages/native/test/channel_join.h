/// @file
/// The handshake as a client's and a server's process go through it.
#pragma once

#include <memory>
#include <utility>

#include "channel_support.h"

namespace channel_test {

/// Calls onReadable() of a handshake until it has an event other than "pending".
template <class Handshake>
typename Handshake::Event nextEvent(Handshake& handshake) {
  for (;;) {
    if (!os_test::readable(handshake.socket(), os_test::kWatchdogMs)) {
      return HandshakeFailure{kUnavailable, "nothing came", false};
    }
    auto event = handshake.onReadable();
    if (!isPending(event)) return event;
  }
}

/// @param position where both directions' positions begin, a multiple of 16; the same at both ends.
inline std::unique_ptr<Channel> channelOf(ChannelParts* parts, uint32_t position) {
  if (parts == nullptr) return nullptr;
  if (position != 0) {
    auto* const own = static_cast<ring::SegmentHeader*>(parts->own.memory.data());
    own->tail.store(position);
    own->head.store(position);
    // Nobody goes on before both have set theirs.
    char byte = 0;
    if (::send(parts->socket.get(), &byte, 1, 0) != 1 ||
        !os_test::readable(parts->socket.get(), os_test::kWatchdogMs) ||
        ::recv(parts->socket.get(), &byte, 1, 0) != 1) {
      return nullptr;
    }
  }
  return std::make_unique<Channel>(std::move(*parts), limitsOf());
}

inline std::unique_ptr<Channel> acceptOn(UniqueFd socket, uint32_t position = 0) {
  ServerHandshake handshake(std::move(socket), credentials());
  if (!std::holds_alternative<ServerHandshake::HelloArrived>(nextEvent(handshake))) return nullptr;
  if (handshake.welcome(introductionOf("server", 1), kRingBytes, kRingBytes)) return nullptr;
  auto event = nextEvent(handshake);
  return channelOf(std::get_if<ChannelParts>(&event), position);
}

inline std::unique_ptr<Channel> connectOn(UniqueFd socket, uint32_t position = 0) {
  ClientHandshake handshake(std::move(socket), credentials(), helloOf(), "");
  if (handshake.begin()) return nullptr;
  auto event = nextEvent(handshake);
  return channelOf(std::get_if<ChannelParts>(&event), position);
}

}  // namespace channel_test
