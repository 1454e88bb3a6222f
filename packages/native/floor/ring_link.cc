#include "ring_link.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "fail.h"
#include "os/clock.h"
#include "os/cpu.h"
#include "os/futex.h"

namespace floor_lab {
namespace {

/** A connection's default (docs/memory-layout.md). */
constexpr uint32_t kRingBytes = 128 * 1024;
/** As sync_call.cc has it. */
constexpr uint64_t kTellSpinningNs = 2'000;

uint16_t cpuNow() { return static_cast<uint16_t>(doorcall::os::currentCpu()); }

void* newSegment() {
  void* segment = sharedMemory(ring::segmentBytes(kRingBytes));
  ring::OwnSegmentView(segment, kRingBytes).initialise();
  return segment;
}

[[noreturn]] void failBroken(const char* why) {
  errno = EPROTO;
  fail(why);
}

}  // namespace

RingLink::RingLink(ring::WaitPolicy::Rules rules, uint32_t bytes)
    : rules_(rules), bytes_(bytes), clients_(newSegment()), servers_(newSegment()) {
  if (!doorcall::os::spinningMayHelp()) rules_.window = ring::WaitPolicy::Window::none;
}

RingLink::End::End(void* own, void* peer, ring::WaitPolicy::Rules rules, bool asks, uint32_t bytes)
    : own_(own, kRingBytes),
      peer_(peer, kRingBytes),
      producer_(own_, peer_),
      consumer_(own_, peer_),
      parked_(own_),
      wakeDecision_(peer_),
      policy_(rules),
      asks_(asks),
      bytes_(bytes),
      batch_(ring::kBatchBytes),
      message_(bytes) {}

void RingLink::End::send(const uint8_t* payload) {
  uint32_t at = 0;
  do {
    const uint32_t piece = std::min(bytes_ - at, producer_.maxPayload());
    switch (producer_.write(ring::RecordHeader{}, nullptr, 0, payload + at, piece, 0)) {
      case ring::Producer::Result::written:
        at += piece;
        // Each at once: the receiver copies it while the next one is written.
        producer_.publish();
        wake(wakeDecision_.afterData());
        break;
      case ring::Producer::Result::full:
        waitFor(true);
        break;
      case ring::Producer::Result::broken:
        failBroken("the other end's head");
    }
  } while (at < bytes_);
}

const uint8_t* RingLink::End::receive() {
  uint32_t at = 0;
  for (;;) {
    const auto [drained, violation] = consumer_.drain(batch_.data(), ring::kBatchBytes);
    if (violation != nullptr) failBroken(violation);
    if (drained == 0) {
      waitFor(false);
      continue;
    }
    consumer_.publishHead();
    wake(wakeDecision_.afterSpace());
    for (uint32_t record = 0; record < drained;) {
      uint32_t length;
      std::memcpy(&length, batch_.data() + record, sizeof length);
      const uint8_t* piece = batch_.data() + record + ring::kHeaderBytes;
      const uint32_t bytes = length - ring::kHeaderBytes;
      // A message of one record is in private memory already.
      if (bytes == bytes_) return piece;
      std::memcpy(message_.data() + at, piece, bytes);
      at += bytes;
      record += ring::alignRecord(length);
    }
    if (at == bytes_) return message_.data();
  }
}

bool RingLink::End::hasWork(bool forSpace) {
  if (!forSpace) return consumer_.hasMore();
  if (!producer_.refreshHead()) failBroken("the other end's head");
  return producer_.headSeen() != headWhenFull_;
}

void RingLink::End::waitFor(bool forSpace) {
  uint64_t waitStart = 0;
  headWhenFull_ = producer_.headSeen();
  while (!spin(forSpace, waitStart)) {
    sleep(forSpace);
    if (hasWork(forSpace)) break;
  }
  // A wait that was over before the clock was read is shorter than any window.
  if (waitStart != 0) policy_.ended(static_cast<int64_t>(doorcall::os::monotonicNs() - waitStart));
}

bool RingLink::End::spin(bool forSpace, uint64_t& waitStart) {
  const int64_t limit = policy_.spinLimitNs();
  bool told = false;
  for (;;) {
    for (int i = 0; limit != 0 && i < 16; i++) {
      if (hasWork(forSpace)) {
        if (told) parked_.awake(ring::WaitState::running, cpuNow());
        return true;
      }
      doorcall::os::spinPause();
    }
    const uint64_t now = doorcall::os::monotonicNs();
    if (waitStart == 0) waitStart = now;
    const uint64_t waited = now - waitStart;
    if (static_cast<int64_t>(waited) >= limit) return false;
    const uint16_t cpu = cpuNow();
    if (!told && waited > kTellSpinningNs) {
      told = true;
      parked_.awake(ring::WaitState::spinning, cpu);
    }
    const ring::Parked state = wakeDecision_.look();
    const ring::PeerLook look{state, wakeDecision_.rung(state), asks_, producer_.allTaken()};
    if (policy_.mustPark(look, cpu)) return false;
  }
}

void RingLink::End::sleep(bool forSpace) {
  const std::atomic<uint32_t>& bell = peer_.header().bell;
  // Before parking: a ring that comes after the park then changes the word we sleep on.
  const uint32_t before = bell.load(std::memory_order_acquire);
  parked_.park(ring::WaitState::futex, cpuNow(), forSpace);
  if (!hasWork(forSpace)) doorcall::os::futexWait(&bell, before, -1);
  parked_.awake(ring::WaitState::running, cpuNow());
}

void RingLink::End::wake(ring::WaitState how) {
  if (how == ring::WaitState::running) return;
  own_.header().bell.fetch_add(1, std::memory_order_release);
  doorcall::os::futexWake(&own_.header().bell, 1);
}

}  // namespace floor_lab
