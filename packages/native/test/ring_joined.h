/// @file
/// Two processes that exchange their segments, as a handshake makes them do.
#pragma once

#include "os/unix_socket.h"
#include "ring_shared.h"

namespace ring_test {

/// Both segments as one side sees them.
struct Views {
  OwnSegmentView own;
  PeerSegmentView peer;
};

/// Has a side begin at `position` instead of 0. Before it constructs a Producer or a Consumer.
inline void setPosition(OwnSegmentView own, uint32_t position) {
  own.header().tail.store(position);
  own.header().head.store(position);
}

/// Sends an own segment to the process behind `socket` and maps the one that comes back.
struct Joined {
  Joined(int socket, uint32_t ringBytes) : own(makeSegment(ringBytes)), bytes(ringBytes) {
    const int fd = own.fd.get();
    CHECK(doorcall::os::sendMessage(socket, "s", 1, &fd, 1).ok());
    CHECK(os_test::readable(socket, os_test::kWatchdogMs));
    char byte;
    auto message = doorcall::os::receiveMessage(socket, &byte, 1, 1);
    CHECK(message.ok() && message.value().fds.size() == 1);
    if (!message.ok() || message.value().fds.size() != 1) return;
    auto mapped =
        doorcall::os::mapPeerSegment(std::move(message.value().fds[0]), segmentBytes(ringBytes));
    CHECK(mapped.ok());
    if (mapped.ok()) peer = std::move(mapped).value();
  }

  Views views() const { return {{own.memory.data(), bytes}, {peer.data(), bytes}}; }

  OwnSegment own;
  Mapping peer;
  uint32_t bytes;
};

}  // namespace ring_test
