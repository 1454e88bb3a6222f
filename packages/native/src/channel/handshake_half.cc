#include "channel/handshake_half.h"

#include <unistd.h>

#include <cerrno>

#include "fault/failpoint.h"
#include "os/event_bell.h"
#include "os/pidfd.h"

namespace doorcall::channel {
namespace {

static_assert(ring::segmentBytes(ring::kMaxRingBytes) <= os::kMaxSegmentBytes);

bool isShortage(int code) {
  return code == EMFILE || code == ENFILE || code == ENOMEM || code == ENOBUFS;
}

Problem problemOf(const os::Error& error) { return {error.message(), isShortage(error.code)}; }

}  // namespace

bool sameUid(const os::PeerCredentials& peer) { return peer.uid == ::geteuid(); }

std::optional<os::Error> makeOwnHalf(ChannelParts& parts, uint32_t ringBytes, bool withBell) {
  auto segment = os::createSegment("doorcall", ring::segmentBytes(ringBytes));
  if (!segment) return segment.error();
  DOORCALL_FAILPOINT("handshake.segment-made");
  parts.own = std::move(segment).value();
  parts.ownRingBytes = ringBytes;
  ring::OwnSegmentView(parts.own.memory.data(), ringBytes).initialise();
  if (auto sealed = os::sealSegment(parts.own); !sealed) return sealed.error();
  DOORCALL_FAILPOINT("handshake.segment-sealed");
  if (withBell) {
    auto bell = os::createEventBell();
    if (!bell) return bell.error();
    parts.ownBell = std::move(bell).value();
    DOORCALL_FAILPOINT("handshake.bell-made");
  }
  return std::nullopt;
}

std::optional<os::Error> sendWithDescriptors(int socket, const std::vector<uint8_t>& bytes,
                                             const ChannelParts& parts, int pidfd) {
  int fds[kMaxDescriptors];
  size_t count = 0;
  fds[count++] = parts.own.fd.get();
  if (parts.ownBell.valid()) fds[count++] = parts.ownBell.get();
  if (pidfd >= 0) fds[count++] = pidfd;
  DOORCALL_FAILPOINT("handshake.introducing");
  const auto sent = os::sendMessage(socket, bytes.data(), bytes.size(), fds, count);
  DOORCALL_FAILPOINT("handshake.introduced");
  if (!sent) return sent.error();
  return std::nullopt;
}

std::optional<Problem> takePeerHalf(ChannelParts& parts, uint32_t ringBytes,
                                    std::vector<os::UniqueFd> fds, bool hasBell, bool hasPidfd) {
  const size_t expected = size_t{1} + hasBell + hasPidfd;
  if (fds.size() != expected) {
    return Problem{"expected " + std::to_string(expected) + " descriptors, got " +
                   std::to_string(fds.size())};
  }
  auto mapped = os::mapPeerSegment(std::move(fds[0]), ring::segmentBytes(ringBytes));
  if (!mapped) return problemOf(mapped.error());
  parts.peer = std::move(mapped).value();
  DOORCALL_FAILPOINT("handshake.peer-mapped");
  parts.peerRingBytes = ringBytes;
  if (const char* problem = ring::PeerSegmentView(parts.peer.data(), ringBytes).identityProblem())
    return Problem{problem};
  if (hasBell) {
    if (auto fine = os::checkEventBell(fds[1].get()); !fine) return problemOf(fine.error());
    parts.peerBell = std::move(fds[1]);
  }
  if (hasPidfd) {
    os::UniqueFd& pidfd = fds[expected - 1];
    if (auto fine = os::checkPidfd(pidfd.get()); !fine) return problemOf(fine.error());
    parts.peerPidfd = std::move(pidfd);
  }
  DOORCALL_FAILPOINT("handshake.peer-taken");
  return std::nullopt;
}

Received receive(int socket, std::vector<uint8_t>& buffer, size_t maxFds) {
  buffer.resize(kMaxHandshakeBytes);
  auto message = os::receiveMessage(socket, buffer.data(), buffer.size(), maxFds);
  Received received;
  if (!message) {
    const int code = message.error().code;
    received.wait = code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
    received.endOfFile = code == ECONNRESET || code == EPIPE;
    // Whatever the peer sends can be received: this is no fault of its.
    if (!received.wait && !received.endOfFile)
      received.problem = Problem{message.error().message(), true};
    return received;
  }
  received.endOfFile = message.value().endOfFile;
  if (message.value().fdsLost)
    received.problem = Problem{"no descriptors left for those of the handshake", true};
  else if (message.value().truncated)
    received.problem = Problem{"handshake message or its descriptors truncated or too many"};
  received.size = message.value().size;
  received.fds = std::move(message.value().fds);
  return received;
}

uint16_t codeOf(const Problem& problem, uint16_t otherwise) {
  return problem.own ? kResourceExhausted : otherwise;
}

std::string misplaced(std::span<const uint8_t> bytes, std::initializer_list<MessageType> expected) {
  const auto type = peekType(bytes);
  if (!type) return "";
  for (const MessageType one : expected) {
    if (*type == one) return std::string("a malformed ") + nameOf(one);
  }
  return std::string(nameOf(*type)) + " where " + nameOf(*expected.begin()) + " was expected";
}

std::string forLog(const std::string& words) {
  constexpr size_t kMost = 200;
  std::string line = words.substr(0, kMost);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  }
  return words.size() > kMost ? line + " …" : line;
}

std::string rangeOf(Versions versions) {
  return std::to_string(versions.oldest) + "…" + std::to_string(versions.newest);
}

}  // namespace doorcall::channel
