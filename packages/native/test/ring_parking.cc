// The parked word, and the decision whether to wake.
#include <initializer_list>

#include "ring/parking.h"
#include "ring_support.h"

namespace {

using namespace ring_test;

/// One who sleeps and one who may wake it.
struct Pair {
  HeapSegment segment{kMinRingBytes};
  ParkedWord sleeper{segment.own()};
  WakeDecision waker{segment.peer()};

  uint64_t word() const { return segment.peer().header().parked.load(); }
};

constexpr WaitState kStates[] = {WaitState::running, WaitState::loop, WaitState::futex,
                                 WaitState::spinning};

TEST(ring_parked_word_takes_apart_what_it_put_together) {
  const uint64_t largestEpoch = (uint64_t{1} << 40) - 1;
  for (const uint64_t epoch : {uint64_t{0}, uint64_t{1}, uint64_t{0x123456789a}, largestEpoch}) {
    for (const WaitState state : kStates) {
      for (const bool wantsSpace : {false, true}) {
        for (const uint32_t cpu : {0u, 1u, 255u, 256u, 65535u}) {
          const Parked parked{epoch, state, wantsSpace, static_cast<uint16_t>(cpu)};
          const Parked again = Parked::unpack(parked.pack());
          CHECK_EQ(again.epoch, epoch);
          CHECK(again.state == state);
          CHECK_EQ(again.wantsSpace, wantsSpace);
          CHECK_EQ(again.cpu, cpu);
          CHECK_EQ(again.pack(), parked.pack());
        }
      }
    }
  }
}

TEST(ring_parked_word_has_its_bits_where_the_document_says) {
  CHECK_EQ((Parked{1, WaitState::running, false, 0}.pack()), uint64_t{1} << 24);
  CHECK_EQ((Parked{0, WaitState::spinning, false, 0}.pack()), uint64_t{3} << 16);
  CHECK_EQ((Parked{0, WaitState::running, true, 0}.pack()), uint64_t{1} << 18);
  CHECK_EQ((Parked{0, WaitState::running, false, 0xffff}.pack()), uint64_t{0xffff});
  CHECK_EQ((Parked{0, WaitState::loop, false, 0}.pack()), uint64_t{1} << 16);
  CHECK_EQ((Parked{0, WaitState::futex, false, 0}.pack()), uint64_t{2} << 16);
}

TEST(ring_parked_word_of_a_hostile_peer_is_always_some_state) {
  Random random(5);
  for (int i = 0; i < 100'000; i++) {
    const uint64_t word = uint64_t{random.next()} << 32 | random.next();
    const Parked parked = Parked::unpack(word);
    CHECK(parked.state <= WaitState::spinning);
    CHECK(parked.epoch < uint64_t{1} << 40);
    // All but the unused bits 19…23.
    CHECK_EQ(parked.pack(), word & ~(uint64_t{0x1f} << 19));
  }
}

TEST(ring_nobody_is_rung_who_does_not_sleep) {
  Pair pair;
  CHECK(pair.waker.afterData() == WaitState::running);
  for (const WaitState awake : {WaitState::spinning, WaitState::running}) {
    pair.sleeper.awake(awake, 3);
    CHECK(!pair.sleeper.asleep());
    CHECK(pair.waker.look().state == awake);
    CHECK_EQ(pair.waker.look().cpu, 3);
    CHECK(pair.waker.afterData() == WaitState::running);
    CHECK(pair.waker.afterSpace() == WaitState::running);
  }
  // Nor one that woke by itself, whose sleep was never rung.
  pair.sleeper.park(WaitState::loop, 3, true);
  pair.sleeper.awake(WaitState::spinning, 3);
  CHECK(pair.waker.afterData() == WaitState::running);
  CHECK(!pair.waker.rung(pair.waker.look()));
}

TEST(ring_each_sleep_is_rung_once) {
  for (const WaitState how : {WaitState::loop, WaitState::futex}) {
    Pair pair;
    for (int sleep = 0; sleep < 100; sleep++) {
      pair.sleeper.park(how, 1, false);
      CHECK(pair.sleeper.asleep());
      CHECK(!pair.waker.rung(pair.waker.look()));
      CHECK(pair.waker.afterData() == how);
      CHECK(pair.waker.rung(pair.waker.look()));
      for (int more = 0; more < 3; more++) {
        CHECK(pair.waker.afterData() == WaitState::running);
        CHECK(pair.waker.afterSpace() == WaitState::running);
      }
      // Asleep again without ever having said that it woke: a new sleep all the same.
      if (sleep % 2 == 0) pair.sleeper.awake(WaitState::running, 1);
    }
  }
}

TEST(ring_every_park_has_an_epoch_of_its_own) {
  Pair pair;
  uint64_t before = Parked::unpack(pair.word()).epoch;
  for (int i = 0; i < 1000; i++) {
    pair.sleeper.park(i % 2 == 0 ? WaitState::loop : WaitState::futex, 0, i % 3 == 0);
    const uint64_t epoch = Parked::unpack(pair.word()).epoch;
    CHECK(epoch > before);
    before = epoch;
    pair.sleeper.awake(i % 5 == 0 ? WaitState::spinning : WaitState::running,
                       static_cast<uint16_t>(i));
    CHECK_EQ(Parked::unpack(pair.word()).epoch, epoch);
  }
}

TEST(ring_space_wakes_only_those_who_want_it) {
  Pair pair;
  pair.sleeper.park(WaitState::loop, 0, false);
  CHECK(pair.waker.afterSpace() == WaitState::running);
  // Not having rung for space must not count as having rung.
  CHECK(pair.waker.afterData() == WaitState::loop);

  pair.sleeper.park(WaitState::futex, 0, true);
  CHECK(pair.waker.look().wantsSpace);
  CHECK(pair.waker.afterSpace() == WaitState::futex);
  CHECK(pair.waker.afterSpace() == WaitState::running);
  CHECK(pair.waker.afterData() == WaitState::running);

  pair.sleeper.awake(WaitState::running, 0);
  CHECK(!pair.waker.look().wantsSpace);
  pair.sleeper.park(WaitState::loop, 0, true);
  CHECK(pair.waker.afterData() == WaitState::loop);
  CHECK(pair.waker.afterSpace() == WaitState::running);
}

TEST(ring_cpu_is_unknown_until_it_is_told) {
  Pair pair;
  CHECK(pair.waker.look().state == WaitState::running);
  CHECK_EQ(pair.waker.look().cpu, kUnknownCpu);
  CHECK_EQ(pair.word(), kUnknownCpu);
  // CPU 0 is news like any other.
  pair.sleeper.awake(WaitState::running, 0);
  CHECK_EQ(pair.waker.look().cpu, 0);
}

TEST(ring_says_on_which_cpu_it_waits) {
  Pair pair;
  pair.sleeper.park(WaitState::loop, 7, false);
  CHECK_EQ(pair.waker.look().cpu, 7);
  pair.sleeper.awake(WaitState::running, 65535);
  CHECK_EQ(pair.waker.look().cpu, 65535);
  CHECK(pair.waker.look().state == WaitState::running);
}

TEST(ring_saying_the_same_again_does_not_touch_the_word) {
  Pair pair;
  pair.sleeper.awake(WaitState::spinning, 2);
  // A store would overwrite this mark, and cost the peer a cache miss.
  pair.segment.own().header().parked.store(42);
  pair.sleeper.awake(WaitState::spinning, 2);
  CHECK_EQ(pair.word(), 42u);
  pair.sleeper.awake(WaitState::spinning, 3);
  CHECK(pair.word() != 42);
}

}  // namespace
