#include "channel/handshake.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <initializer_list>

#include "fault/failpoint.h"
#include "os/clock.h"
#include "os/event_bell.h"
#include "os/pidfd.h"

namespace doorcall::channel {
namespace {

/** segment, bell, pidfd. */
constexpr size_t kMaxDescriptors = 3;

static_assert(ring::segmentBytes(ring::kMaxRingBytes) <= os::kMaxSegmentBytes);

bool sameUid(const os::PeerCredentials& peer) { return peer.uid == ::geteuid(); }

/** My half of the connection's memory and bells, and the order in which their descriptors travel.
 */
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

/** What is wrong with the other side's half of the connection, and whose fault it is. */
struct Problem {
  std::string message;
  /** This process's own trouble, e.g. no descriptors left: the peer did nothing wrong, and later it
   * may work. */
  bool own = false;
};

bool isShortage(int code) {
  return code == EMFILE || code == ENFILE || code == ENOMEM || code == ENOBUFS;
}

Problem problemOf(const os::Error& error) { return {error.message(), isShortage(error.code)}; }

/** Checks and takes over the descriptors that came with WELCOME or ATTACH. */
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

struct Received {
  bool wait = false;
  bool endOfFile = false;
  std::optional<Problem> problem;
  size_t size = 0;
  std::vector<os::UniqueFd> fds;
};

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

/** What stands where one of `expected` was due, for a log; "" when nothing of ours does. */
std::string misplaced(std::span<const uint8_t> bytes, std::initializer_list<MessageType> expected) {
  const auto type = peekType(bytes);
  if (!type) return "";
  for (const MessageType one : expected) {
    if (*type == one) return std::string("a malformed ") + nameOf(one);
  }
  return std::string(nameOf(*type)) + " where " + nameOf(*expected.begin()) + " was expected";
}

/** A peer's words as they may stand in a log: one line, and not a long one. */
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

uint32_t clampRing(uint32_t wished, uint32_t bound) {
  uint32_t bytes = ring::kMinRingBytes;
  while (bytes < wished && bytes <= bound / 2) bytes *= 2;
  return bytes;
}

}  // namespace

ServerHandshake::Event ServerHandshake::fail(uint16_t code, std::string message) {
  if (step_ != Step::over) refuse(code, message);
  return HandshakeFailure{code, std::move(message), false};
}

ServerHandshake::Event ServerHandshake::givenUp(const Refuse& refuse) {
  step_ = Step::over;
  return HandshakeFailure{refuse.code, "the client gave up: " + forLog(refuse.message), false, 0,
                          true};
}

ServerHandshake::Event ServerHandshake::onReadable() {
  std::vector<uint8_t> buffer;
  auto received = receive(socket_.get(), buffer, step_ == Step::awaitAttach ? kMaxDescriptors : 0);
  if (received.wait) return HandshakePending{};
  if (received.endOfFile) {
    step_ = Step::over;
    return HandshakeFailure{kUnavailable, "peer left in the middle of the handshake", false};
  }
  if (received.problem)
    return fail(codeOf(*received.problem, kInvalidArgument), received.problem->message);
  const std::span<const uint8_t> bytes(buffer.data(), received.size);
  if (step_ == Step::awaitHello) return takeFirst(bytes);
  if (step_ != Step::over) {
    if (const auto refuse = decodeRefuse(bytes)) return givenUp(*refuse);
  }
  if (step_ == Step::awaitAttach) return takeAttach(bytes, std::move(received.fds));
  return fail(kInvalidArgument, "handshake message out of turn");
}

ServerHandshake::Event ServerHandshake::takeFirst(std::span<const uint8_t> bytes) {
  if (isBare(bytes, MessageType::takeover)) {
    DOORCALL_FAILPOINT("takeover.question-read");
    step_ = Step::awaitDecision;
    return TakeoverAsked{};
  }
  // Before the rest is looked at: what other versions have there is not for us to judge.
  const auto offered = peekVersions(bytes);
  if (offered && (offered->newest < versions_.oldest || offered->oldest > versions_.newest)) {
    return fail(kFailedPrecondition, "protocol versions do not meet: client speaks " +
                                         rangeOf(*offered) + ", server " + rangeOf(versions_));
  }
  auto hello = decodeHello(bytes);
  if (!hello) {
    const std::string found = misplaced(bytes, {MessageType::hello, MessageType::takeover});
    return fail(kInvalidArgument, found.empty() ? "not a doorcall handshake" : "got " + found);
  }
  hello_ = std::move(*hello);
  DOORCALL_FAILPOINT("server.hello.read");
  step_ = Step::awaitDecision;
  return HelloArrived{};
}

std::optional<HandshakeFailure> ServerHandshake::welcome(const Introduction& self,
                                                         uint32_t ownRingBytes,
                                                         uint32_t maxPeerRingBytes) {
  const auto give = [this](uint16_t code, std::string message) {
    refuse(code, message);
    return HandshakeFailure{code, std::move(message), false};
  };
  if (step_ != Step::awaitDecision)
    return give(kFailedPrecondition, "handshake is not waiting for a decision");
  parts_.credentials = credentials_;
  parts_.protocolVersion = std::min(hello_.maxVersion, versions_.newest);
  parts_.peerRingBytes = clampRing(hello_.ringBytes, maxPeerRingBytes);
  const bool withBell = sameUid(credentials_);
  if (auto problem = makeOwnHalf(parts_, clampRing(ownRingBytes, ownRingBytes), withBell)) {
    return give(kResourceExhausted, "server cannot make a segment: " + problem->message());
  }
  auto pidfd = os::openSelfPidfd();

  Welcome welcome;
  welcome.version = parts_.protocolVersion;
  parts_.features = welcome.features = hello_.features & kFeatures;
  welcome.clientRingBytes = parts_.peerRingBytes;
  welcome.serverRingBytes = parts_.ownRingBytes;
  welcome.hasBell = withBell;
  welcome.hasPidfd = pidfd.ok();
  welcome.self = self;
  sameFingerprint_ = self.fingerprint == hello_.self.fingerprint;
  if (sameFingerprint_) welcome.self.descriptor.clear();
  welcome.self.monotonicNs = os::monotonicNs();
  if (auto problem = sendWithDescriptors(socket_.get(), encode(welcome), parts_,
                                         pidfd ? pidfd.value().get() : -1)) {
    step_ = Step::over;
    return HandshakeFailure{kUnavailable, problem->message(), false};
  }
  step_ = Step::awaitAttach;
  return std::nullopt;
}

ServerHandshake::Event ServerHandshake::takeAttach(std::span<const uint8_t> bytes,
                                                   std::vector<os::UniqueFd> fds) {
  auto attach = decodeAttach(bytes);
  if (!attach) {
    const std::string found = misplaced(bytes, {MessageType::attach});
    return fail(kInvalidArgument, "got " + (found.empty() ? "no handshake message" : found));
  }
  if (attach->hasBell != sameUid(credentials_))
    return fail(kInvalidArgument, "ATTACH without the agreed bell");
  DOORCALL_FAILPOINT("server.attach.read");
  const auto problem =
      takePeerHalf(parts_, parts_.peerRingBytes, std::move(fds), attach->hasBell, attach->hasPidfd);
  if (problem) return fail(codeOf(*problem, kInvalidArgument), problem->message);
  parts_.own.fd.reset();
  parts_.clockOffsetNs = -attach->clockOffsetNs;
  parts_.remote = hello_.self;
  parts_.remote.descriptor = std::move(attach->descriptor);
  const auto ready = encodeBare(MessageType::ready);
  DOORCALL_FAILPOINT("server.ready.sending");
  if (auto sent = os::sendMessage(socket_.get(), ready.data(), ready.size(), nullptr, 0); !sent) {
    step_ = Step::over;
    return HandshakeFailure{kUnavailable, sent.error().message(), false};
  }
  DOORCALL_FAILPOINT("server.ready.sent");
  step_ = Step::over;
  parts_.socket = std::move(socket_);
  return std::move(parts_);
}

void ServerHandshake::refuse(uint16_t code, const std::string& message) {
  step_ = Step::over;
  const auto bytes = encode(Refuse{code, message});
  // Best effort: a peer that does not listen learns it from the hang-up.
  (void)os::sendMessage(socket_.get(), bytes.data(), bytes.size(), nullptr, 0);
}

void ServerHandshake::giveLock(int lockFd) {
  step_ = Step::over;
  const auto bytes = encodeBare(MessageType::taken);
  DOORCALL_FAILPOINT("takeover.lock-giving");
  (void)os::sendMessage(socket_.get(), bytes.data(), bytes.size(), &lockFd, 1);
  DOORCALL_FAILPOINT("takeover.lock-given");
}

std::optional<HandshakeFailure> ClientHandshake::begin() {
  hello_.self.monotonicNs = os::monotonicNs();
  const auto bytes = encode(hello_);
  DOORCALL_FAILPOINT("client.hello.sending");
  if (auto sent = os::sendMessage(socket_.get(), bytes.data(), bytes.size(), nullptr, 0); !sent) {
    return HandshakeFailure{kUnavailable, sent.error().message(), true};
  }
  DOORCALL_FAILPOINT("client.hello.sent");
  return std::nullopt;
}

ClientHandshake::Event ClientHandshake::fail(uint16_t code, std::string message, bool retryable) {
  if (step_ == Step::awaitWelcome) {
    // Best effort, so that the server's log says why nothing came of it.
    const auto bytes = encode(Refuse{code, message});
    (void)os::sendMessage(socket_.get(), bytes.data(), bytes.size(), nullptr, 0);
  }
  step_ = Step::over;
  HandshakeFailure failure{code, std::move(message), retryable};
  // What is this process's own trouble has another code, and who merely went away may be back.
  failure.broken = !retryable && (code == kUnavailable || code == kFailedPrecondition);
  return failure;
}

ClientHandshake::Event ClientHandshake::onReadable() {
  std::vector<uint8_t> buffer;
  auto received = receive(socket_.get(), buffer, step_ == Step::awaitWelcome ? kMaxDescriptors : 0);
  if (received.wait) return HandshakePending{};
  if (received.endOfFile)
    return fail(kUnavailable, "server hung up in the middle of the handshake", true);
  if (received.problem)
    return fail(codeOf(*received.problem, kUnavailable), received.problem->message);
  const std::span<const uint8_t> bytes(buffer.data(), received.size);
  if (auto refused = decodeRefuse(bytes)) {
    step_ = Step::over;
    return HandshakeFailure{refused->code, std::move(refused->message),
                            refused->code == kUnavailable, 0, true};
  }
  if (step_ == Step::awaitWelcome) return takeWelcome(bytes, std::move(received.fds));
  if (step_ == Step::awaitReady && isBare(bytes, MessageType::ready)) {
    DOORCALL_FAILPOINT("client.ready.read");
    step_ = Step::over;
    parts_.socket = std::move(socket_);
    return std::move(parts_);
  }
  const std::string found = misplaced(bytes, {MessageType::ready, MessageType::refuse});
  return fail(kUnavailable,
              "server sent " + (found.empty() ? "what is no handshake message" : found));
}

ClientHandshake::Event ClientHandshake::takeWelcome(std::span<const uint8_t> bytes,
                                                    std::vector<os::UniqueFd> fds) {
  const uint64_t received = os::monotonicNs();
  auto welcome = decodeWelcome(bytes);
  if (!welcome) {
    const std::string found = misplaced(bytes, {MessageType::welcome, MessageType::refuse});
    return fail(kUnavailable,
                "server sent " + (found.empty() ? "what is no handshake message" : found));
  }
  if (welcome->version < hello_.minVersion || welcome->version > hello_.maxVersion) {
    return fail(kFailedPrecondition, "server chose protocol version " +
                                         std::to_string(welcome->version) +
                                         ", which was not offered: client speaks " +
                                         rangeOf({hello_.minVersion, hello_.maxVersion}));
  }
  if (!ring::isValidRingBytes(welcome->clientRingBytes) ||
      welcome->clientRingBytes > hello_.ringBytes ||
      !ring::isValidRingBytes(welcome->serverRingBytes)) {
    return fail(kUnavailable, "server chose a ring size that was not offered");
  }
  DOORCALL_FAILPOINT("client.welcome.read");
  const bool withBell = sameUid(credentials_);
  if (welcome->hasBell != withBell)
    return fail(kUnavailable, "server sent WELCOME without the agreed bell");
  parts_.credentials = credentials_;
  parts_.protocolVersion = welcome->version;
  parts_.features = welcome->features & hello_.features;
  const auto problem = takePeerHalf(parts_, welcome->serverRingBytes, std::move(fds),
                                    welcome->hasBell, welcome->hasPidfd);
  if (problem) return fail(codeOf(*problem, kUnavailable), problem->message);
  if (auto failed = makeOwnHalf(parts_, welcome->clientRingBytes, withBell)) {
    return fail(kResourceExhausted, "cannot make a segment: " + failed->message());
  }

  // Half the round trip is the best guess at when the server looked at its clock; what is within
  // the round trip is no offset but the journey.
  const uint64_t sentAt = hello_.self.monotonicNs;
  const auto journey = static_cast<int64_t>(received - sentAt);
  const auto offset = static_cast<int64_t>(welcome->self.monotonicNs -
                                           (sentAt + static_cast<uint64_t>(journey) / 2));
  if (!isPossibleClockOffset(offset)) return fail(kUnavailable, "server has an impossible clock");
  parts_.clockOffsetNs = offset >= -journey && offset <= journey ? 0 : offset;

  auto pidfd = os::openSelfPidfd();
  Attach attach;
  attach.hasBell = withBell;
  attach.hasPidfd = pidfd.ok();
  attach.clockOffsetNs = parts_.clockOffsetNs;
  if (welcome->self.fingerprint != hello_.self.fingerprint) attach.descriptor = descriptor_;
  if (auto failed = sendWithDescriptors(socket_.get(), encode(attach), parts_,
                                        pidfd ? pidfd.value().get() : -1)) {
    return fail(kUnavailable, failed->message(), true);
  }
  DOORCALL_FAILPOINT("client.attach.sent");
  parts_.own.fd.reset();
  parts_.remote = std::move(welcome->self);
  step_ = Step::awaitReady;
  return HandshakePending{};
}

}  // namespace doorcall::channel
