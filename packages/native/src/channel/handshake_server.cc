#include <algorithm>

#include "channel/handshake.h"
#include "channel/handshake_half.h"
#include "fault/failpoint.h"
#include "os/clock.h"
#include "os/pidfd.h"

namespace doorcall::channel {
namespace {

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

}  // namespace doorcall::channel
