// Futexes between processes, through read-only mappings in both directions.
#include <atomic>
#include <cerrno>

#include "os/clock.h"
#include "os/futex.h"
#include "os/segment.h"
#include "os_support.h"

namespace {

using namespace doorcall::os;
using namespace os_test;

constexpr size_t kBytes = 4096;
const int64_t kWatchdogNs = int64_t{kWatchdogMs} * 1'000'000;

OwnSegment sealedSegment() {
  OwnSegment segment = createSegment("doorcall-test", kBytes).value();
  CHECK(sealSegment(segment).ok());
  return segment;
}

const std::atomic<uint32_t>* wordOf(const Mapping& mapping) {
  return static_cast<const std::atomic<uint32_t>*>(mapping.data());
}

// The word never changes, so a wait that returns 0 was woken. Waking again and again makes it
// irrelevant whether the sleeper was already asleep at the first wake.
void wakeUntil(const std::atomic<uint32_t>* word, int done) {
  for (int waited = 0; waited < kWatchdogMs && !readable(done, 1); waited++) futexWake(word, 1);
}

TEST(os_futex_wakes_a_sleeper_on_a_read_only_mapping) {
  NothingLeft guard;
  OwnSegment segment = sealedSegment();
  Pipe woken;
  Child sleeper([&] {
    Mapping peer = mapPeerSegment(std::move(segment.fd), kBytes).value();
    bool ok = futexWait(wordOf(peer), 0, kWatchdogNs) == 0;
    woken.tell();
    return ok;
  });
  wakeUntil(wordOf(segment.memory), woken.out.get());
  CHECK(sleeper.wait());
}

TEST(os_futex_wakes_through_a_read_only_mapping) {
  NothingLeft guard;
  OwnSegment segment = sealedSegment();
  Pipe woken;
  Child waker([&] {
    Mapping peer = mapPeerSegment(std::move(segment.fd), kBytes).value();
    wakeUntil(wordOf(peer), woken.out.get());
    return true;
  });
  CHECK_EQ(futexWait(wordOf(segment.memory), 0, kWatchdogNs), 0);
  woken.tell();
  CHECK(waker.wait());
}

TEST(os_futex_sees_a_change_made_before_it_sleeps) {
  NothingLeft guard;
  OwnSegment segment = sealedSegment();
  static_cast<std::atomic<uint32_t>*>(segment.memory.data())->store(1);
  CHECK_EQ(futexWait(wordOf(segment.memory), 0, kWatchdogNs), EAGAIN);
  CHECK_EQ(futexWait(wordOf(segment.memory), 0, -1), EAGAIN);
}

TEST(os_futex_times_out) {
  NothingLeft guard;
  OwnSegment segment = sealedSegment();
  CHECK_EQ(futexWait(wordOf(segment.memory), 0, 0), ETIMEDOUT);
  constexpr int64_t kTwoMs = 2'000'000;
  const uint64_t start = monotonicNs();
  CHECK_EQ(futexWait(wordOf(segment.memory), 0, kTwoMs), ETIMEDOUT);
  CHECK(monotonicNs() - start >= uint64_t{kTwoMs});
}

TEST(os_futex_without_a_limit_is_woken) {
  NothingLeft guard;
  OwnSegment segment = sealedSegment();
  Pipe woken;
  Child sleeper([&] {
    Mapping peer = mapPeerSegment(std::move(segment.fd), kBytes).value();
    bool ok = futexWait(wordOf(peer), 0, -1) == 0;
    woken.tell();
    return ok;
  });
  wakeUntil(wordOf(segment.memory), woken.out.get());
  CHECK(sleeper.wait());
}

TEST(os_futex_is_interrupted_by_a_signal) {
  NothingLeft guard;
  OwnSegment segment = sealedSegment();
  Interruptions interruptions;
  CHECK_EQ(futexWait(wordOf(segment.memory), 0, kWatchdogNs), EINTR);
}

TEST(os_futex_wake_without_sleepers_is_harmless) {
  NothingLeft guard;
  OwnSegment segment = sealedSegment();
  futexWake(wordOf(segment.memory), 1);
}

}  // namespace
