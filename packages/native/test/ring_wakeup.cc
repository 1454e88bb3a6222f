// No wake is lost: one side falls asleep at the very moment when the other publishes.
//
// A lost wake shows as a sleeper that only the watchdog ends. Each of these, tried by hand on
// x86-64 with two CPUs, does so within a run or two: without the fence in ParkedWord::park; without
// the one in WakeDecision, or with an acquire-release one, which orders no store before a load;
// without the look between park and sleep; with one epoch for all sleeps; with the bell read only
// after park; with the decision before the publish; never ringing for space.
//
// What x86 cannot show: a weaker order on `tail`, `head` or the bell, because it keeps stores in
// order, and loads too. ThreadSanitizer sees those of `tail` and `head` (ring_concurrent.cc).
#include <sched.h>

#include <functional>
#include <thread>
#include <vector>

#include "os/cpu.h"
#include "ring_side.h"

namespace {

using namespace ring_test;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
// Too slow to hit the moment often; these builds are for what the sanitizers see.
constexpr uint32_t kRounds = 10'000;
#else
constexpr uint32_t kRounds = 50'000;
#endif

/// Runs both at once, each on a CPU of its own where there are two: left alone, the scheduler likes
/// to put who wakes and who is woken on one, and there they can never miss each other.
void runBeside(const std::function<void()>& one, const std::function<void()>& other) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (CPU_ISSET(cpu, &allowed)) cpus.push_back(cpu);
  }
  const auto pinned = [&](size_t index, const std::function<void()>& body) {
    if (cpus.size() > 1) {
      cpu_set_t mine;
      CPU_ZERO(&mine);
      CPU_SET(cpus[index], &mine);
      ::sched_setaffinity(0, sizeof mine, &mine);
    }
    body();
  };
  std::thread first([&] { pinned(0, one); });
  std::thread second([&] { pinned(1, other); });
  first.join();
  second.join();
}

/// Delays that sweep over the few hundred nanoseconds in which the two sides can miss each other.
/// Looking at the sleeper's word all the while, as a spinning peer does, pulls its cache line over:
/// the sleeper's store then takes long, and what it reads after it has time to be old.
void waitALittle(const Side& self, Random& random) {
  for (uint32_t i = random.below(256); i > 0; i--) (void)self.peerState();
}

/// Waits with open eyes until `done` or until the other side gave up.
template <class Done>
bool spinUntil(const std::atomic<bool>& over, Done done) {
  for (uint32_t i = 0; !done(); i++) {
    if (over.load(std::memory_order_relaxed)) return false;
    if (i % 1024 == 1023) std::this_thread::yield();
    doorcall::os::spinPause();
  }
  return true;
}

// The sleeper has just drained and parks while the waker, which saw it drain, sends the next.
TEST(ring_wakeup_by_data_is_never_lost) {
  HeapSegment left(kMinRingBytes);
  HeapSegment right(kMinRingBytes);
  Side waker(left.own(), right.peer());
  Side sleeper(right.own(), left.peer());
  std::atomic<bool> over{false};
  uint32_t received = 0;
  const auto wake = [&] {
    Random random(11);
    for (uint32_t i = 0; i < kRounds; i++) {
      if (!waker.send(i, 0) || !spinUntil(over, [&] { return waker.producer.allTaken(); })) return;
      waitALittle(waker, random);
    }
  };
  const auto sleep = [&] {
    Batch batch(maxRecordBytes(kMinRingBytes));
    while (received < kRounds && sleeper.receive(batch, [&](const uint8_t*) { received++; })) {
    }
    over.store(true);
  };
  runBeside(wake, sleep);
  CHECK_EQ(received, kRounds);
  CHECK(waker.rings <= sleeper.parks);
}

// The same for space: the sleeper has filled the ring and parks while the waker, which saw it full,
// takes a record.
TEST(ring_wakeup_by_space_is_never_lost) {
  constexpr uint32_t kFull = kMinRingBytes / maxRecordBytes(kMinRingBytes);
  HeapSegment left(kMinRingBytes);
  HeapSegment right(kMinRingBytes);
  Side sleeper(left.own(), right.peer());
  Side waker(right.own(), left.peer());
  std::atomic<bool> over{false};
  uint32_t sent = 0;
  const auto wake = [&] {
    Random random(12);
    // Room for one record only, so that the sleeper has to wait for each of them to be taken.
    Batch batch(maxRecordBytes(kMinRingBytes));
    for (uint32_t taken = 0; taken < kRounds;) {
      const auto isFull = [&] {
        const uint32_t tail = left.peer().header().tail.load(std::memory_order_acquire);
        return tail - static_cast<uint32_t>(waker.consumer.head()) == kMinRingBytes;
      };
      if (!spinUntil(over, isFull)) return;
      waitALittle(waker, random);
      waker.receive(batch, [&](const uint8_t*) { taken++; });
    }
  };
  const auto sleep = [&] {
    while (sent < kRounds + kFull && sleeper.send(sent, maxRecordPayload(kMinRingBytes))) sent++;
    over.store(sent < kRounds + kFull);
  };
  runBeside(wake, sleep);
  CHECK_EQ(sent, kRounds + kFull);
  CHECK(waker.rings <= sleeper.parks);
}

// Both sleep, both wake, as in a call and its answer.
TEST(ring_wakeup_ping_pong_never_stands_still) {
  HeapSegment left(kMinRingBytes);
  HeapSegment right(kMinRingBytes);
  Side client(left.own(), right.peer());
  Side server(right.own(), left.peer());
  uint32_t served = 0;
  uint32_t answered = 0;
  const auto serve = [&] {
    Batch batch(maxRecordBytes(kMinRingBytes));
    while (served < kRounds &&
           server.receive(batch, [&](const uint8_t*) { server.send(served++, 0); })) {
    }
  };
  const auto call = [&] {
    Batch batch(maxRecordBytes(kMinRingBytes));
    for (uint32_t i = 0; i < kRounds && answered == i; i++) {
      if (!client.send(i, 0)) return;
      if (!client.receive(batch, [&](const uint8_t*) { answered++; })) return;
    }
  };
  runBeside(serve, call);
  CHECK_EQ(answered, kRounds);
  CHECK(client.rings <= server.parks);
  CHECK(server.rings <= client.parks);
}

}  // namespace
