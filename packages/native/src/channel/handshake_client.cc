#include "channel/handshake.h"
#include "channel/handshake_half.h"
#include "fault/failpoint.h"
#include "os/clock.h"
#include "os/pidfd.h"

namespace doorcall::channel {
namespace {

HandshakeFailure failureOf(Refuse refused) {
  return {refused.code, std::move(refused.message), refused.code == kUnavailable, 0, true};
}

}  // namespace

std::optional<HandshakeFailure> ClientHandshake::begin() {
  hello_.self.monotonicNs = os::monotonicNs();
  const auto bytes = encode(hello_);
  DOORCALL_FAILPOINT("client.hello.sending");
  const auto sent = os::sendMessage(socket_.get(), bytes.data(), bytes.size(), nullptr, 0);
  // A server that has hung up may have said why before: that is what onReadable() finds.
  if (!sent && !os::isPeerGone(sent.error().code)) {
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
    return failureOf(std::move(*refused));
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

ClientHandshake::Event ClientHandshake::lastWord(HandshakeFailure otherwise) {
  step_ = Step::over;
  std::vector<uint8_t> buffer;
  const auto received = receive(socket_.get(), buffer, 0);
  if (auto refused = decodeRefuse({buffer.data(), received.size}))
    return failureOf(std::move(*refused));
  return otherwise;
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
    return lastWord({kUnavailable, failed->message(), true});
  }
  DOORCALL_FAILPOINT("client.attach.sent");
  parts_.own.fd.reset();
  parts_.remote = std::move(welcome->self);
  step_ = Step::awaitReady;
  return HandshakePending{};
}

}  // namespace doorcall::channel
