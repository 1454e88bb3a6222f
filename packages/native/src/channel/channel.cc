#include "channel/channel.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "fault/failpoint.h"
#include "os/event_bell.h"
#include "os/futex.h"
#include "os/pidfd.h"

namespace doorcall::channel {

using ring::RecordHeader;
using ring::WaitState;

namespace {

/** How often to look for what a record names: several times what a socket of the usual size holds
 * of the smallest messages. */
constexpr int kSocketLooks = 64;

constexpr const char* kTakesNothing = "takes no records, and goes on giving cause for them";

}  // namespace

Channel::Channel(ChannelParts parts, const ChannelLimits& limits)
    : parts_(std::move(parts)),
      limits_(limits),
      ownView_(parts_.own.memory.data(), parts_.ownRingBytes),
      peerView_(parts_.peer.data(), parts_.peerRingBytes),
      producer_(ownView_, peerView_),
      consumer_(ownView_, peerView_),
      parked_(ownView_),
      wake_(peerView_),
      outbound_(producer_, limits.maxQueuedMessages, limits.maxQueuedBytes),
      reassembly_(limits.maxReceiveBytes),
      fds_(parts_.remote.maxFds, limits.maxReceiveFds, (parts_.features & kFdCreditFeature) != 0),
      ownArena_(std::make_shared<OwnArena>(parts_.remote.maxBlobBytes)),
      peerArena_(std::make_shared<PeerArena>(limits.maxReceiveBlobBytes)) {}

Channel::~Channel() {
  ownArena_->close();
  peerArena_->close();
}

Channel::Send Channel::send(const RecordHeader& header, const uint8_t* payload, uint32_t size,
                            Precedence precedence) {
  if (closed_ || violation_ != nullptr) return Send::closed;
  if (size > limits_.maxSendBytes) return Send::tooLarge;
  if (precedence == Precedence::item && size > maxPieceBytes()) return Send::tooLarge;
  if (!ring::maySend(header) || isTransportKind(header.kind)) return Send::reserved;
  if (header.kind == kDoorReleaseKind && !mayGiveBack()) return Send::full;
  DOORCALL_FAILPOINT("send.entered");
  if (isAnswer(header.kind)) DOORCALL_FAILPOINT("reply.sending");
  if (isItem(header.kind)) DOORCALL_FAILPOINT("stream.item-sending");
  const uint64_t before = producer_.tail();
  const auto result = outbound_.send(header, payload, size, precedence);
  publish(before);
  if (isAnswer(header.kind)) DOORCALL_FAILPOINT("reply.sent");
  if (header.kind == kGoawayKind) DOORCALL_FAILPOINT("drain.goaway-sent");
  if (isItem(header.kind)) DOORCALL_FAILPOINT("stream.item-sent");
  if (header.kind == kInputEndKind) DOORCALL_FAILPOINT("client.stream.end-sent");
  if (header.kind == kCancelKind) DOORCALL_FAILPOINT("client.cancel-sent");
  if (isWindow(header.kind)) DOORCALL_FAILPOINT("stream.window-sent");
  if (result == Outbound::Result::broken) {
    fail("head beyond what was sent");
    return Send::closed;
  }
  if (result == Outbound::Result::full && precedence == Precedence::control) {
    fail(kTakesNothing);
    return Send::closed;
  }
  return result == Outbound::Result::full ? Send::full : Send::accepted;
}

bool Channel::withdraw(uint32_t callId) {
  if (closed_ || violation_ != nullptr) return false;
  const uint64_t before = producer_.tail();
  const bool found = outbound_.withdraw(callId);
  publish(before);
  return found;
}

bool Channel::pump() {
  if (closed_ || violation_ != nullptr) return false;
  const uint64_t before = producer_.tail();
  const auto result = outbound_.pump();
  const bool moved = publish(before);
  if (moved) DOORCALL_FAILPOINT("send.pumped");
  if (result == Outbound::Result::broken) fail("head beyond what was sent");
  return moved;
}

bool Channel::publish(uint64_t tailBefore) {
  if (producer_.tail() == tailBefore) return false;
  producer_.publish();
  DOORCALL_FAILPOINT("send.published");
  DOORCALL_FAILPOINT("send.over");
  ring(wake_.afterData());
  return true;
}

uint32_t Channel::drain(uint8_t* out, uint32_t capacity) {
  if (closed_ || violation_ != nullptr) return 0;
  const auto drained = consumer_.drain(out, capacity);
  if (drained.violation != nullptr) {
    fail(drained.violation);
    return 0;
  }
  if (drained.bytes == 0) return 0;
  consumer_.publishHead();
  DOORCALL_FAILPOINT("receive.taken");
  ring(wake_.afterSpace());
  DOORCALL_FAILPOINT("receive.resolving");
  if (!resolveRecords(out, drained.bytes)) return 0;
  return drained.bytes;
}

bool Channel::resolveRecords(uint8_t* batch, uint32_t bytes) {
  for (uint32_t at = 0; at < bytes;) {
    RecordHeader header;
    std::memcpy(&header, batch + at, sizeof header);
    const uint32_t padded = ring::alignRecord(header.length);
    constexpr uint8_t kNeverSent = ring::kLarge | ring::kCancelFollows;
    if (header.kind == ring::kSkip || (header.flags & kNeverSent) != 0) {
      fail("record with a kind or flag that is never sent");
      return false;
    }
    if (header.length - ring::kHeaderBytes > limits_.maxReceiveBytes) {
      fail("message longer than the negotiated limit");
      return false;
    }
    if (isItem(header.kind)) DOORCALL_FAILPOINT("stream.item-taken");
    if (isWindow(header.kind)) DOORCALL_FAILPOINT("stream.window-taken");
    if (isTransportKind(header.kind)) {
      if (!takeOwn(header)) return false;
      header.kind = ring::kSkip;
      std::memcpy(batch + at, &header, sizeof header);
    } else if (Reassembly::concerns(header)) {
      if (isItem(header.kind)) {
        fail("item of a stream sent as a large message");
        return false;
      }
      auto outcome = reassembly_.take(header, batch + at + ring::kHeaderBytes);
      if (outcome.violation != nullptr) {
        fail(outcome.violation);
        return false;
      }
      DOORCALL_FAILPOINT("receive.piece-taken");
      RecordHeader replacement = header;
      replacement.kind = ring::kSkip;
      if (outcome.completed) {
        // A completing record has at least one byte of payload, so its padding has room for the
        // ticket.
        replacement = *outcome.completed;
        replacement.length = ring::kHeaderBytes + sizeof(uint32_t);
        replacement.flags |= ring::kLarge;
        const uint32_t ticket = nextTicket_++;
        largeBytes_ += outcome.message.size;
        large_.emplace(ticket, std::move(outcome.message));
        std::memcpy(batch + at + ring::kHeaderBytes, &ticket, sizeof ticket);
      }
      // Whoever walks the batch steps by alignRecord(length): keep the step of a record that
      // shrank.
      if (ring::alignRecord(replacement.length) != padded) {
        RecordHeader rest{};
        rest.kind = ring::kSkip;
        rest.length = padded - ring::alignRecord(replacement.length);
        std::memcpy(batch + at + ring::alignRecord(replacement.length), &rest, sizeof rest);
      }
      std::memcpy(batch + at, &replacement, sizeof replacement);
    }
    at += padded;
  }
  return true;
}

bool Channel::takeOwn(const RecordHeader& header) {
  if (header.length != ring::kHeaderBytes || header.flags != 0) {
    fail("control record with a payload or flags");
    return false;
  }
  if (header.kind == kFdReleaseKind) {
    takeFds(header.callId);
  } else if (header.kind == kFdCreditKind) {
    if (!fds_.credit(header.aux)) fail("credit for descriptors that were not sent");
  } else if (!ownArena_->takeBack(header.callId)) {
    fail("release of a blob that is not lent");
  } else {
    DOORCALL_FAILPOINT("blob.returned");
  }
  return violation_ == nullptr;
}

LargeMessage Channel::takeLarge(uint32_t ticket) {
  const auto found = large_.find(ticket);
  if (found == large_.end()) return {};
  LargeMessage message = std::move(found->second);
  large_.erase(found);
  largeBytes_ -= message.size;
  return message;
}

// ---- the socket
// ------------------------------------------------------------------------------------------------

FdSendOutcome Channel::sendFds(std::span<const int> fds, bool item) {
  if (closed_ || violation_ != nullptr) return {};
  DOORCALL_FAILPOINT("fd.sending");
  const auto outcome = fds_.send(parts_.socket.get(), fds, item);
  DOORCALL_FAILPOINT("fd.sent");
  return outcome;
}

FdTakeOutcome Channel::takeFds(uint32_t ticket) {
  DOORCALL_FAILPOINT("fd.taking");
  auto outcome = fds_.take(ticket);
  if (outcome.result == FdTake::neverCame) {
    readSocketUntil([&] {
      outcome = fds_.take(ticket);
      return outcome.result != FdTake::neverCame;
    });
  }
  if (outcome.result == FdTake::neverCame) fail("record that names descriptors which never came");
  DOORCALL_FAILPOINT("fd.taken");
  return outcome;
}

void Channel::dropFds(uint32_t ticket) { sendControl(kFdReleaseKind, ticket); }

void Channel::giveFdCredit() {
  if (const uint32_t owed = fds_.takeOwed()) sendControl(kFdCreditKind, 0, owed);
}

OwnArena::Lent Channel::lend(const void* data, size_t bytes) {
  if (closed_ || violation_ != nullptr) return {OwnArena::Problem::closed, {}};
  const auto lent = ownArena_->lend(data, bytes);
  if (lent.problem != OwnArena::Problem::none) return lent;
  DOORCALL_FAILPOINT("blob.lent");
  if (const auto problem = announceSegments(lent.place.segment);
      problem != OwnArena::Problem::none) {
    ownArena_->takeBack(lent.place.slot);
    return {problem, {}};
  }
  return lent;
}

OwnArena::Problem Channel::announceSegments(uint32_t last) {
  if (ownArena_->unannounced(last) < 0) return OwnArena::Problem::none;
  for (uint32_t segment = 1; segment <= last; segment++) {
    const int fd = ownArena_->unannounced(segment);
    if (fd < 0) continue;
    const auto message = encode(SocketMessage{SocketMessageType::segment, 1, segment});
    const auto sent = os::sendMessage(parts_.socket.get(), message.data(), message.size(), &fd, 1);
    if (!sent) {
      const bool gone = os::isPeerGone(sent.error().code);
      return gone ? OwnArena::Problem::closed : OwnArena::Problem::socket;
    }
    DOORCALL_FAILPOINT("blob.segment-sent");
    ownArena_->announced(segment);
  }
  return OwnArena::Problem::none;
}

PeerArena::Borrowed Channel::borrow(const BlobPlace& place) {
  if (closed_ || violation_ != nullptr) return {violation_ != nullptr ? violation_ : "closed"};
  DOORCALL_FAILPOINT("blob.borrowing");
  const auto known = [&] { return peerArena_->knows(place.segment); };
  if (!known()) readSocketUntil(known);
  const auto borrowed = peerArena_->knows(place.segment)
                            ? peerArena_->borrow(place)
                            : PeerArena::Borrowed{"blob in a segment that was never sent"};
  if (borrowed.violation != nullptr) fail(borrowed.violation);
  DOORCALL_FAILPOINT("blob.borrowed");
  return borrowed;
}

void Channel::giveBack(uint64_t serial) {
  const uint32_t slot = peerArena_->giveBack(serial);
  if (slot == 0) return;
  DOORCALL_FAILPOINT("blob.giving-back");
  sendControl(kReleaseKind, slot);
  DOORCALL_FAILPOINT("blob.given-back");
}

void Channel::sendControl(uint8_t kind, uint32_t callId, uint32_t aux) {
  if (closed_ || violation_ != nullptr) return;
  RecordHeader header{};
  header.kind = kind;
  header.callId = callId;
  header.aux = aux;
  const uint64_t before = producer_.tail();
  const auto result = outbound_.send(header, nullptr, 0, Precedence::control);
  publish(before);
  if (result == Outbound::Result::broken) fail("head beyond what was sent");
  if (result == Outbound::Result::full) fail(kTakesNothing);
}

template <class Found>
void Channel::readSocketUntil(Found found) {
  for (int look = 0; look < kSocketLooks; look++) {
    const Socket left = readSocket();
    if (found() || left != Socket::more) return;
  }
}

Channel::Socket Channel::readSocket() {
  std::array<uint8_t, 64> bytes;
  // The descriptor of a segment is one, too.
  const size_t room = std::max<size_t>(limits_.maxReceiveFds, limits_.maxReceiveBlobBytes > 0);
  for (int count = 0; count < kSocketMessages; count++) {
    if (violation_ != nullptr) return Socket::empty;
    auto received = os::receiveMessage(parts_.socket.get(), bytes.data(), bytes.size(), room);
    if (!received) {
      const int code = received.error().code;
      if (code == EAGAIN) return Socket::empty;
      return code == ENOMEM || code == ENOBUFS ? Socket::shortage : Socket::hungUp;
    }
    if (received.value().endOfFile) return Socket::hungUp;
    const std::span<const uint8_t> message(bytes.data(), received.value().size);
    takeSocketMessage(message, std::move(received).value());
  }
  return Socket::more;
}

void Channel::takeSocketMessage(std::span<const uint8_t> bytes, os::ReceivedMessage message) {
  if (message.truncated && !message.fdsLost) {
    return fail("socket message too long, or with more descriptors than this side takes");
  }
  const bool bell = bytes.size() == 1 && message.fds.empty() && !message.fdsLost;
  if (bell) return;
  const auto decoded = decodeSocketMessage(bytes);
  if (!decoded) return fail("socket message that means nothing");
  if (const char* problem = dispatch(*decoded, std::move(message.fds), message.fdsLost))
    fail(problem);
}

const char* Channel::dispatch(const SocketMessage& message, std::vector<os::UniqueFd> fds,
                              bool lost) {
  if (message.type == SocketMessageType::descriptors)
    return fds_.receive(message, std::move(fds), lost);
  if (lost) return "this process has no room for the descriptor of the peer's arena";
  if (message.count != 1 || fds.size() != 1) return "segment without its descriptor";
  return peerArena_->addSegment(message.id, std::move(fds[0]));
}

bool Channel::hasNewSpace() {
  if (outbound_.empty()) return false;
  return !producer_.refreshHead() || producer_.headSeen() != outbound_.fullAtHead();
}

bool Channel::peerExited() const {
  return parts_.peerPidfd.valid() && os::processExited(parts_.peerPidfd.get());
}

void Channel::ring(WaitState how) {
  switch (how) {
    case WaitState::running:
    case WaitState::spinning:
      return;
    case WaitState::futex:
      ownView_.header().bell.fetch_add(1, std::memory_order_release);
      DOORCALL_FAILPOINT("server.wake.futex.bumped");
      os::futexWake(&ownView_.header().bell, 1);
      DOORCALL_FAILPOINT("server.wake.futex.woken");
      return;
    case WaitState::loop:
      DOORCALL_FAILPOINT("wake.bell.ringing");
      if (parts_.peerBell.valid()) {
        os::ringEventBell(parts_.peerBell.get());
        DOORCALL_FAILPOINT("wake.bell.rung");
      } else {
        os::ringSocketBell(parts_.socket.get());
      }
      return;
  }
}

void Channel::close() {
  if (closed_) return;
  closed_ = true;
  // Release: whoever sees `closed` also sees the last head, which makes what lies beyond it
  // provably untaken.
  DOORCALL_FAILPOINT("close.closing");
  ownView_.header().closed.store(1, std::memory_order_release);
  DOORCALL_FAILPOINT("close.published");
  ring(wake_.afterData());
  DOORCALL_FAILPOINT("close.rung");
  os::shutdownSocket(parts_.socket.get());
  DOORCALL_FAILPOINT("close.shut");
}

void Channel::fail(const char* violation) {
  if (violation_ == nullptr) violation_ = violation;
}

}  // namespace doorcall::channel
