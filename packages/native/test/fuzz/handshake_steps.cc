#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <variant>
#include <vector>

#include "channel/handshake.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"
#include "os/event_bell.h"
#include "os/pidfd.h"
#include "os/segment.h"
#include "ring/layout.h"

namespace fuzz {
namespace {

using namespace doorcall::channel;
namespace os = doorcall::os;
namespace ring = doorcall::ring;
using os::UniqueFd;

constexpr uint32_t kRing = 4096;
constexpr int kMostMessages = 4;

Introduction introduction() {
  Introduction self;
  self.service = "orders";
  self.maxMessageBytes = 1 << 20;
  self.maxInFlight = 8;
  self.maxFds = 4;
  return self;
}

os::PeerCredentials ownCredentials() { return {::geteuid(), ::getegid(), ::getpid()}; }

/// A segment as it should be, or almost so.
UniqueFd segment(uint32_t damage) {
  auto made = os::createSegment("fuzz", ring::segmentBytes(damage == 1 ? 2 * kRing : kRing));
  if (!made) return UniqueFd();
  os::OwnSegment own = std::move(made).value();
  ring::OwnSegmentView(own.memory.data(), damage == 2 ? 2 * kRing : kRing).initialise();
  if (damage != 3) (void)os::sealSegment(own);
  return std::move(own.fd);
}

UniqueFd descriptor(Input& input) {
  switch (input.below(8)) {
    case 0:
    case 1:
      return segment(0);
    case 2:
      return segment(1 + input.below(3));
    case 3:
      return std::move(os::createEventBell()).value();
    case 4:
      return UniqueFd(::eventfd(0, EFD_CLOEXEC));
    case 5:
    case 6:
      return std::move(os::openSelfPidfd()).value();
    default:
      return UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  }
}

/// The next message of the peer: right in its kind, or whatever the bytes say.
void sendNext(int socket, Input& input, const std::vector<uint8_t>& right) {
  std::vector<uint8_t> message = right;
  const uint32_t change = input.below(4);
  if (change == 1 && !message.empty()) {
    message[input.number<uint16_t>() % message.size()] = input.number<uint8_t>();
  } else if (change == 2) {
    const auto bytes = input.bytes(input.number<uint16_t>());
    message.assign(bytes.begin(), bytes.end());
  } else if (change == 3) {
    message.resize(input.number<uint16_t>());
  }
  // Right are a segment, a bell and a pidfd.
  std::vector<UniqueFd> owned;
  if (input.below(2) == 0) {
    owned.push_back(segment(0));
    owned.push_back(std::move(os::createEventBell()).value());
    owned.push_back(std::move(os::openSelfPidfd()).value());
  } else {
    const uint32_t count = input.below(6);
    for (uint32_t i = 0; i < count; i++) owned.push_back(descriptor(input));
  }
  std::vector<int> fds;
  for (const UniqueFd& fd : owned)
    if (fd.valid()) fds.push_back(fd.get());
  if (message.empty()) return;
  (void)os::sendMessage(socket, message.data(), message.size(), fds.data(), fds.size());
}

template <class Event>
bool isOver(const Event& event) {
  return std::holds_alternative<HandshakeFailure>(event) ||
         std::holds_alternative<ChannelParts>(event);
}

void mustBeSound(const ChannelParts& parts) {
  must(parts.peer.valid() && parts.own.memory.valid(), "a connection without its memory");
  must(parts.peer.size() == ring::segmentBytes(parts.peerRingBytes), "a segment of another size");
  must(ring::isValidRingBytes(parts.peerRingBytes), "a ring of an impossible size");
}

void attackServer(UniqueFd peer, UniqueFd own, Input& input) {
  ServerHandshake server(std::move(own), ownCredentials());
  Hello hello;
  hello.ringBytes = kRing;
  hello.self = introduction();
  Attach attach;
  attach.hasBell = attach.hasPidfd = true;
  for (int turn = 0; turn < kMostMessages; turn++) {
    // HELLO comes without descriptors.
    if (turn == 0 && input.below(4) != 0) {
      const auto bytes = encode(hello);
      (void)os::sendMessage(peer.get(), bytes.data(), bytes.size(), nullptr, 0);
    } else {
      sendNext(peer.get(), input, turn == 0 ? encode(hello) : encode(attach));
    }
    auto event = server.onReadable();
    if (const auto* parts = std::get_if<ChannelParts>(&event)) mustBeSound(*parts);
    if (isOver(event) || std::holds_alternative<ServerHandshake::TakeoverAsked>(event)) return;
    if (std::holds_alternative<ServerHandshake::HelloArrived>(event) &&
        server.welcome(introduction(), kRing, kRing)) {
      return;
    }
  }
}

void attackClient(UniqueFd peer, UniqueFd own, Input& input) {
  Hello hello;
  hello.ringBytes = kRing;
  hello.self = introduction();
  ClientHandshake client(std::move(own), ownCredentials(), hello, "{}");
  if (client.begin()) return;
  Welcome welcome;
  welcome.version = kProtocolVersion;
  welcome.clientRingBytes = welcome.serverRingBytes = kRing;
  welcome.hasBell = welcome.hasPidfd = true;
  welcome.self = introduction();
  for (int turn = 0; turn < kMostMessages; turn++) {
    if (turn > 0 && input.below(2) == 0) {
      const auto bytes = encodeBare(MessageType::ready);
      (void)os::sendMessage(peer.get(), bytes.data(), bytes.size(), nullptr, 0);
    } else {
      sendNext(peer.get(), input, turn == 0 ? encode(welcome) : encodeBare(MessageType::ready));
    }
    auto event = client.onReadable();
    if (const auto* parts = std::get_if<ChannelParts>(&event)) mustBeSound(*parts);
    if (isOver(event)) return;
  }
}

}  // namespace

int handshakeSteps(const uint8_t* bytes, size_t size) {
  Input input(bytes, size);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) return 0;
  UniqueFd peer(ends[0]);
  UniqueFd own(ends[1]);
  if (input.below(2) == 0) {
    attackServer(std::move(peer), std::move(own), input);
  } else {
    attackClient(std::move(peer), std::move(own), input);
  }
  return 0;
}

}  // namespace fuzz
