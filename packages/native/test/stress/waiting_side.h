/// @file
/// One side of a connection under stress: both rings, and three ways to wait.
#pragma once

#include <sched.h>

#include <array>
#include <cerrno>

#include "os/cpu.h"
#include "os/epoll.h"
#include "os/event_bell.h"
#include "os/futex.h"
#include "ring/consumer.h"
#include "ring/parking.h"
#include "ring/producer.h"
#include "stress/progress.h"
#include "stress/records.h"

namespace stress {

namespace os = doorcall::os;
using doorcall::ring::Consumer;
using doorcall::ring::OwnSegmentView;
using doorcall::ring::ParkedWord;
using doorcall::ring::PeerSegmentView;
using doorcall::ring::Producer;
using doorcall::ring::WaitState;
using doorcall::ring::WakeDecision;

/// `spin` never parks, `futex` sleeps on the peer's bell word, `bell` on an eventfd.
struct Waiting {
  WaitState how = WaitState::futex;
  /// Before each park so many looks at most, a random number of them: each side is found in every
  /// phase of the other's falling asleep.
  uint32_t looks = 0;
  int ownBell = -1;
  int peerBell = -1;
};

class WaitingSide {
 public:
  WaitingSide(OwnSegmentView own, PeerSegmentView peer, Waiting waiting, uint64_t seed,
              Progress& progress)
      : producer(own, peer),
        consumer(own, peer),
        own_(own),
        peer_(peer),
        parked_(own),
        wake_(peer),
        waiting_(waiting),
        random_(seed),
        progress_(progress) {
    if (waiting.how != WaitState::loop) return;
    bells_ = os::Epoll::create().value();
    if (!bells_.add(waiting.ownBell, EPOLLIN | EPOLLET, 0).ok())
      progress_.violate("a bell cannot be watched", 0);
    // A bell begins above zero, and is never read: the first look finds it as it is.
    std::array<epoll_event, 1> events;
    if (!bells_.wait(events, 0).ok()) progress_.violate("a bell cannot be read", 0);
  }

  /// Returns once `ready` holds. False: the run is over, or we slept although it held.
  template <class Ready>
  bool await(bool forSpace, Ready ready) {
    const bool spin = waiting_.how == WaitState::spinning;
    const uint32_t looks = spin ? 4096 : random_.below(waiting_.looks + 1);
    for (uint32_t i = 0; i < looks; i++) {
      if (ready()) return true;
      os::spinPause();
    }
    while (!ready()) {
      if (progress_.stop.load(std::memory_order_relaxed)) return false;
      if (spin) {
        ::sched_yield();
      } else if (!sleep(forSpace, ready)) {
        return false;
      }
    }
    return true;
  }

  void published() { ring(wake_.afterData()); }
  void taken() { ring(wake_.afterSpace()); }

  Producer producer;
  Consumer consumer;
  uint64_t parks = 0;
  uint64_t rings = 0;

 private:
  static constexpr int kSliceMs = 5'000;

  template <class Ready>
  bool sleep(bool forSpace, Ready ready) {
    const uint32_t before = peer_.header().bell.load(std::memory_order_acquire);
    parked_.park(waiting_.how, 0, forSpace);
    parks++;
    bool awake = ready();
    while (!awake && !progress_.stop.load(std::memory_order_relaxed)) {
      awake = nap(before);
      // A slow peer is none that forgot us. Whoever has something to do and is still not woken for
      // a whole slice after that was missed.
      if (!awake && ready()) {
        awake = nap(before);
        if (!awake) {
          progress_.violate("a wake was lost", progress_.records.load());
          break;
        }
      }
    }
    parked_.awake(WaitState::running, 0);
    return awake;
  }

  /// True when woken, or for no reason; false when the slice is over.
  bool nap(uint32_t before) {
    if (waiting_.how == WaitState::futex) {
      return os::futexWait(&peer_.header().bell, before, int64_t{kSliceMs} * 1'000'000) !=
             ETIMEDOUT;
    }
    std::array<epoll_event, 1> events;
    const auto count = bells_.wait(events, kSliceMs);
    return count.ok() && count.value() > 0;
  }

  void ring(WaitState how) {
    if (how == WaitState::running) return;
    rings++;
    if (how == WaitState::loop) return os::ringEventBell(waiting_.peerBell);
    own_.header().bell.fetch_add(1, std::memory_order_release);
    os::futexWake(&own_.header().bell, 1);
  }

  OwnSegmentView own_;
  PeerSegmentView peer_;
  ParkedWord parked_;
  WakeDecision wake_;
  Waiting waiting_;
  os::Epoll bells_;
  ring_test::Random random_;
  Progress& progress_;
};

}  // namespace stress
