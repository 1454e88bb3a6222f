/// @file
/// One side of a connection as tests of the `ring` layer need it: both rings, and real sleeping on
/// the peer's bell word in the way of a synchronous call.
#pragma once

#include <cerrno>

#include "os/futex.h"
#include "ring/parking.h"
#include "ring_shared.h"

namespace ring_test {

class Side {
 public:
  Side(OwnSegmentView own, PeerSegmentView peer)
      : producer(own, peer),
        consumer(own, peer),
        own_(own),
        peer_(peer),
        parked_(own),
        wake_(peer) {}

  /// Writes one record, asleep while there is no space. False: broken, or nobody woke us.
  bool send(uint32_t sequence, uint32_t size) {
    for (;;) {
      const auto result = writeRecord(producer, sequence, size);
      if (result == Producer::Result::broken) return false;
      if (result == Producer::Result::written) break;
      const uint64_t before = producer.headSeen();
      if (!sleep(true, [&] { return !producer.refreshHead() || producer.headSeen() != before; })) {
        return false;
      }
    }
    producer.publish();
    ring(wake_.afterData());
    return true;
  }

  /// Takes what there is, or sleeps until there is something. False: a violation, or nobody woke
  /// us.
  template <class Take>
  bool receive(Batch& batch, Take take) {
    for (;;) {
      const auto drained = consumer.drain(batch.data(), batch.capacity);
      if (drained.violation != nullptr) return false;
      if (drained.bytes > 0) {
        consumer.publishHead();
        ring(wake_.afterSpace());
        for (uint32_t at = 0; at < drained.bytes;) {
          take(batch.data() + at);
          at += alignRecord(headerAt(batch.data() + at).length);
        }
        return true;
      }
      if (!sleep(false, [&] { return consumer.hasMore(); })) return false;
    }
  }

  Parked peerState() const { return wake_.look(); }

  Producer producer;
  Consumer consumer;
  uint64_t parks = 0;
  uint64_t rings = 0;

 private:
  template <class Ready>
  bool sleep(bool wantsSpace, Ready ready) {
    const std::atomic<uint32_t>& bell = peer_.header().bell;
    const uint32_t before = bell.load(std::memory_order_acquire);
    parked_.park(WaitState::futex, 0, wantsSpace);
    parks++;
    int outcome = 0;
    if (!ready()) {
      outcome = doorcall::os::futexWait(&bell, before, int64_t{os_test::kWatchdogMs} * 1'000'000);
    }
    parked_.awake(WaitState::running, 0);
    return outcome != ETIMEDOUT;
  }

  void ring(WaitState how) {
    if (how != WaitState::futex) return;
    rings++;
    own_.header().bell.fetch_add(1, std::memory_order_release);
    doorcall::os::futexWake(&own_.header().bell, 1);
  }

  OwnSegmentView own_;
  PeerSegmentView peer_;
  ParkedWord parked_;
  WakeDecision wake_;
};

}  // namespace ring_test
