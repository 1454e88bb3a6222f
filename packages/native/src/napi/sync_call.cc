#include <algorithm>
#include <cstring>

#include "fault/failpoint.h"
#include "napi/connection.h"
#include "os/clock.h"
#include "os/cpu.h"
#include "os/futex.h"

/** Connection's synchronous call: the thread sleeps on the peer's bell word instead of in the event
 * loop. */
namespace doorcall::napi {
namespace {

constexpr int kDeadline = -1;
constexpr int kFull = -2;
constexpr int kClosed = -3;
constexpr int kUntaken = -4;
constexpr int kTooLarge = -5;
constexpr int kTerminated = -6;
constexpr int kCrowded = -8;
constexpr int kCrowdedUnsent = -9;

/** Longest sleep before socket, pidfd and JavaScript's wish to terminate are looked at. */
constexpr int64_t kSliceNs = 20'000'000;
/** What is kept of what comes beside the answer, which nobody delivers meanwhile. It may all have
 * been asked for: whoever waits gives way, so that the loop can deliver it. */
constexpr size_t kMaxSetAsideBytes = 64u << 20;
constexpr uint64_t kTellSpinningNs = 2'000;

uint16_t cpuNow() { return static_cast<uint16_t>(os::currentCpu()); }

}  // namespace

int Connection::callSync(const ring::RecordHeader& header, const uint8_t* payload, uint32_t size,
                         int64_t deadlineNs) {
  if (!open() || !started_ || channel_->closed() || channel_->violation() != nullptr)
    return kUntaken;
  if (crowded()) return kCrowdedUnsent;
  const auto self = shared_from_this();
  loop_.activate(*this);
  const bool direct = !channel_->hasQueued();
  switch (channel_->send(header, payload, size, channel::Precedence::message)) {
    case channel::Channel::Send::accepted:
      break;
    case channel::Channel::Send::full:
      return kFull;
    case channel::Channel::Send::closed:
      return kClosed;
    case channel::Channel::Send::tooLarge:
      return kTooLarge;
    case channel::Channel::Send::reserved:
      return kSyncReserved;
  }
  // Exact only when the request went straight into the ring; else nothing is claimed about it.
  const uint64_t requestEnd = direct && !channel_->hasQueued() ? channel_->sentPosition() : 0;

  const uint64_t waitStart = os::monotonicNs();
  uint64_t lookAt = waitStart + kSliceNs;
  for (;;) {
    channel_->pump();
    // No turn of the loop may come for long; and the peer is at work now.
    giveBackViews();
    channel_->giveFdCredit();
    const SyncStep step = drainForSync(header.callId);
    if (step == SyncStep::found) {
      lastTraffic_ = os::monotonicNs();
      syncPolicy_.ended(static_cast<int64_t>(lastTraffic_ - waitStart));
      return syncKind_;
    }
    if (channel_->violation() != nullptr || !violation_.empty() || graceOver_) return kClosed;
    if (crowded()) return kCrowded;
    // By the clock, not by what wakes us: a peer that rings or sends without pause must not keep
    // this thread from its deadline, from the peer's death or from its own termination.
    const uint64_t now = os::monotonicNs();
    if (now >= lookAt) {
      if (!lookAround()) return kTerminated;
      lookAt = now + kSliceNs;
    }
    if (static_cast<int64_t>(now) >= deadlineNs) return kDeadline;
    if (step == SyncStep::again) continue;
    const bool closed = channel_->peerClosed();
    if (channel_->hasInput()) continue;
    if (closed || exited_) {
      const bool untaken = channel_->withdraw(header.callId) ||
                           (requestEnd != 0 && !channel_->peerTookThrough(requestEnd));
      return untaken ? kUntaken : kClosed;
    }
    if (!syncSpin(waitStart))
      syncSleep(static_cast<int64_t>(std::min<uint64_t>(lookAt, deadlineNs)));
  }
}

bool Connection::crowded() const {
  return setAside_.bytes() + channel_->largeBytes() > kMaxSetAsideBytes;
}

bool Connection::syncHasWork() {
  return channel_->hasInput() || channel_->hasNewSpace() || channel_->peerClosed();
}

bool Connection::syncSpin(uint64_t waitStart) {
  const int64_t limit = loop_.maySpin() ? syncPolicy_.spinLimitNs() : 0;
  if (limit == 0) return false;
  bool told = false;
  for (;;) {
    for (int i = 0; i < 16; i++) {
      if (syncHasWork()) {
        if (told) channel_->awake(ring::WaitState::running, cpuNow());
        return true;
      }
      os::spinPause();
    }
    const uint64_t waited = os::monotonicNs() - waitStart;
    if (static_cast<int64_t>(waited) > limit) return false;
    const uint16_t cpu = cpuNow();
    if (!told && waited > kTellSpinningNs) {
      told = true;
      channel_->awake(ring::WaitState::spinning, cpu);
    }
    const ring::Parked state = channel_->peerState();
    const ring::PeerLook look{state, channel_->peerRung(state), true, channel_->peerTookAll()};
    if (syncPolicy_.mustPark(look, cpu)) return false;
  }
}

void Connection::syncSleep(int64_t untilNs) {
  // Before parking: a ring that comes after the park then changes the word we sleep on.
  const uint32_t bell = channel_->peerBellWord().load(std::memory_order_acquire);
  DOORCALL_FAILPOINT("client.park.sync.parking");
  channel_->park(ring::WaitState::futex, cpuNow());
  const int64_t left = untilNs - static_cast<int64_t>(os::monotonicNs());
  DOORCALL_FAILPOINT("client.park.sync.sleeping");
  if (left > 0 && !syncHasWork()) os::futexWait(&channel_->peerBellWord(), bell, left);
  DOORCALL_FAILPOINT("client.park.sync.slept");
  channel_->awake(ring::WaitState::running, cpuNow());
}

bool Connection::lookAround() {
  exited_ = exited_ || channel_->peerExited();
  if (!hungUp_) readSocket();
  if (hungUp_ && !exited_ && !channel_->peerClosed()) {
    // The loop's grace timer cannot fire while this thread sleeps.
    graceOver_ = os::monotonicNs() >= graceEndsNs_;
  }
  return loop_.javascriptRuns();
}

Connection::SyncStep Connection::drainForSync(uint32_t callId) {
  uint8_t* batch = loop_.syncBatch();
  const uint32_t bytes = channel_->drain(batch, ring::kBatchBytes);
  if (bytes == 0) return SyncStep::nothing;
  bool found = false;
  for (uint32_t at = 0; at < bytes;) {
    ring::RecordHeader header;
    std::memcpy(&header, batch + at, sizeof header);
    const uint32_t padded = ring::alignRecord(header.length);
    if (!found && header.callId == callId &&
        (header.kind == channel::kReplyKind || header.kind == channel::kErrorKind)) {
      keepSyncReply(header, batch + at + ring::kHeaderBytes);
      DOORCALL_FAILPOINT("client.receive.sync.answered");
      found = true;
    } else if (header.kind != ring::kSkip) {
      setAside_.append(batch + at, padded);
    }
    at += padded;
  }
  return found ? SyncStep::found : SyncStep::again;
}

void Connection::keepSyncReply(const ring::RecordHeader& header, const uint8_t* payload) {
  uint32_t* result = loop_.syncResult();
  const bool large = (header.flags & ring::kLarge) != 0;
  result[0] = header.flags & static_cast<uint8_t>(~ring::kLarge);
  result[1] = header.aux;
  result[3] = large ? 1 : 0;
  syncKind_ = header.kind;
  if (large) {
    uint32_t ticket;
    std::memcpy(&ticket, payload, sizeof ticket);
    syncLarge_ = channel_->takeLarge(ticket);
    result[2] = syncLarge_.size;
  } else {
    result[2] = header.length - ring::kHeaderBytes;
    std::memcpy(loop_.syncBytes(), payload, result[2]);
  }
}

}  // namespace doorcall::napi
