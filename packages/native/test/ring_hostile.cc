// A peer that writes whatever it likes into its own segment: every lie is named or does no harm.
#include <atomic>
#include <initializer_list>
#include <string>
#include <thread>

#include "ring_shared.h"

namespace {

using namespace ring_test;

constexpr uint32_t kRing = kMinRingBytes;
constexpr uint32_t kLongest = maxRecordBytes(kRing);

/// A consumer that has already taken `position` bytes, and the segment of its peer to lie in.
struct Victim {
  explicit Victim(uint32_t position = 0)
      : peer(kRing, position),
        self(kRing, position),
        consumer(self.own(), peer.peer()),
        batch(kLongest) {}

  void setTail(uint32_t tail) { peer.own().header().tail.store(tail); }
  /// Puts a record header where the consumer will look next, `at` bytes on.
  void put(uint32_t at, uint32_t length) {
    const uint32_t place = (self.own().header().head.load() + at) % kRing;
    std::memcpy(peer.own().ring() + place, &length, sizeof length);
  }
  std::string violation() {
    const auto drained = consumer.drain(batch.data(), batch.capacity);
    return drained.violation != nullptr ? drained.violation : "none";
  }

  HeapSegment peer;
  HeapSegment self;
  Consumer consumer;
  Batch batch;
};

const std::string kImpossibleTail = "tail beyond capacity or running backwards";

TEST(ring_refuses_an_impossible_tail) {
  for (const uint32_t position : {0u, 64u, 0u - 64, 0u - 4096, 0x80000000u}) {
    for (const uint32_t advance :
         {kRing + 16, 2 * kRing, 0x7ffffff0u, 0x80000000u, 0u - 16, 0u - kRing}) {
      Victim victim(position);
      victim.setTail(position + advance);
      CHECK(victim.consumer.hasMore());
      CHECK_EQ(victim.violation(), kImpossibleTail);
      CHECK_EQ(victim.consumer.head(), position);
    }
    for (uint32_t off = 1; off < 16; off++) {
      Victim victim(position);
      victim.put(0, 16);
      victim.setTail(position + 16 + off);
      CHECK_EQ(victim.violation(), std::string("tail misaligned"));
    }
  }
}

TEST(ring_refuses_a_tail_that_runs_back_behind_what_it_promised) {
  // Behind the tail that was seen, though not behind the head: the records between were promised.
  for (const uint32_t position : {0u, 0u - 64}) {
    Victim victim(position);
    for (uint32_t at = 0; at < 2 * kLongest; at += 64) victim.put(at, 64);
    victim.setTail(position + 2 * kLongest);
    CHECK_EQ(victim.violation(), std::string("none"));
    CHECK_EQ(victim.consumer.head(), uint64_t{position} + kLongest);
    victim.setTail(position + kLongest + 64);
    CHECK_EQ(victim.violation(), kImpossibleTail);
  }
}

TEST(ring_takes_a_full_ring_but_not_a_byte_more) {
  Victim victim;
  for (uint32_t at = 0; at < kRing; at += kLongest) victim.put(at, kLongest);
  victim.setTail(kRing);
  CHECK_EQ(victim.violation(), std::string("none"));
  victim.setTail(kRing + kLongest + 16);
  CHECK_EQ(victim.violation(), kImpossibleTail);
}

TEST(ring_refuses_impossible_lengths) {
  for (uint32_t length = 0; length < kHeaderBytes; length++) {
    Victim victim;
    victim.put(0, length);
    victim.setTail(64);
    CHECK_EQ(victim.violation(), std::string("record shorter than its header"));
  }
  for (const uint32_t length : {kLongest + 1, kLongest + 16, kRing, 0x7fffffffu, 0x80000000u,
                                0xfffffff0u, 0xfffffff1u, 0xffffffffu}) {
    Victim victim;
    victim.put(0, length);
    victim.setTail(kRing);
    CHECK_EQ(victim.violation(), std::string("record longer than the ring's record limit"));
  }
  for (uint32_t length = 65; length <= kLongest; length++) {
    Victim victim;
    victim.put(0, length);
    victim.setTail(64);
    CHECK_EQ(victim.violation(), std::string("record longer than what was published"));
  }
}

TEST(ring_refuses_a_bad_record_behind_good_ones) {
  for (const uint32_t bad : {0u, 15u, kLongest + 1, 33u, 0xffffffffu}) {
    Victim victim(0u - 48);
    victim.put(0, 16);
    victim.put(16, 30);
    victim.put(48, bad);
    victim.setTail(0u - 48 + 48 + 32);
    CHECK(victim.violation() != "none");
    // None of the good ones counts as taken either: the peer must not see an acknowledgement.
    CHECK_EQ(victim.consumer.head(), uint64_t{0u - 48});
  }
}

TEST(ring_refuses_a_bad_record_at_the_very_end_of_a_batch) {
  Victim victim;
  victim.put(0, kLongest - 16);
  victim.put(kLongest - 16, 3);
  victim.setTail(kLongest);
  CHECK_EQ(victim.violation(), std::string("record shorter than its header"));
}

TEST(ring_refuses_an_impossible_head) {
  for (const uint32_t position : {0u, 0u - 64, 0u - 4096}) {
    // A full ring, of which 128 bytes were taken: the head may move on by 0…kRing - 128.
    for (const uint32_t advance : {kRing - 112, kRing + 16, 0x80000000u, 0u - 16, 0u - 128,
                                   0u - 144, 1u, 8u, 15u, 17u, 255u}) {
      OneWay way(kRing, position);
      for (uint32_t i = 0; i < kRing / 64; i++) writeRecord(way.producer, i, 48);
      way.producer.publish();
      std::atomic<uint32_t>& head = way.receiver.own().header().head;
      head.store(position + 128);
      REQUIRE(way.producer.refreshHead());
      head.store(position + 128 + advance);
      CHECK(!way.producer.refreshHead());
      CHECK(!way.producer.allTaken());
      CHECK_EQ(way.producer.headSeen(), uint64_t{position} + 128);
      // It goes on up to the last head that was possible, and not over what lies behind that.
      const bool staysImpossible = advance != kRing - 112;
      CHECK(writeRecord(way.producer, 64, 48) == Producer::Result::written);
      CHECK(writeRecord(way.producer, 65, 48) == Producer::Result::written);
      if (staysImpossible) CHECK(writeRecord(way.producer, 66, 48) == Producer::Result::broken);
      CHECK_EQ(way.producer.tail(), uint64_t{position} + 128 + kRing);
      CHECK_EQ(way.producer.headerAt(uint64_t{position} + 128).callId, 2u);
    }
  }
}

TEST(ring_follows_a_head_to_every_record_and_nowhere_else) {
  for (const uint32_t position : {0u, 0u - 64}) {
    for (uint32_t advance = 0; advance <= 384; advance++) {
      OneWay way(kRing, position);
      for (uint32_t i = 0; i < 6; i++) writeRecord(way.producer, i, 48);
      way.producer.publish();
      way.receiver.own().header().head.store(position + advance);
      const bool possible = advance % 64 == 0;
      CHECK_EQ(way.producer.refreshHead(), possible);
      CHECK_EQ(way.producer.headSeen(), uint64_t{position} + (possible ? advance : 0));
      CHECK_EQ(way.producer.allTaken(), advance == 384);
    }
  }
}

TEST(ring_follows_a_head_that_moves_record_by_record) {
  OneWay way(kRing, 0u - 2 * kRing);
  Random random(8);
  std::vector<uint64_t> begins{way.producer.tail()};
  size_t taken = 0;
  while (taken < 3000) {
    while (writeRecord(way.producer, 1, random.below(497)) == Producer::Result::written) {
      begins.push_back(way.producer.tail());
    }
    way.producer.publish();
    taken += 1 + random.below(static_cast<uint32_t>(begins.size() - 1 - taken));
    way.receiver.own().header().head.store(static_cast<uint32_t>(begins[taken]));
    // Whether looked at on its own or only by the next write that finds no space.
    if (random.below(2) == 0) {
      REQUIRE(way.producer.refreshHead());
      REQUIRE_EQ(way.producer.headSeen(), begins[taken]);
    }
  }
}

/// Records as a drained batch must show them, whatever the peer writes meanwhile.
bool isWholeBatch(const uint8_t* batch, uint32_t bytes) {
  uint32_t at = 0;
  while (at < bytes) {
    const uint32_t length = headerAt(batch + at).length;
    if (length < kHeaderBytes || length > kLongest) return false;
    at += alignRecord(length);
  }
  return at == bytes;
}

/// Scribbles over everything that a peer can write until told to stop: half of it nonsense, half of
/// it almost right, so that the deeper checks are reached too.
void scribble(OwnSegmentView segment, const std::atomic<bool>& stop, uint64_t seed) {
  Random random(seed);
  SegmentHeader& header = segment.header();
  while (!stop.load(std::memory_order_relaxed)) {
    for (int i = 0; i < 64; i++) {
      const uint32_t lengths[] = {16, 17, 48, 64, 480, 512, 513, 15, 0, random.next()};
      const uint32_t length = lengths[random.below(random.below(8) == 0 ? 10 : 6)];
      auto* word = reinterpret_cast<uint32_t*>(segment.ring() + random.below(kRing / 16) * 16);
      __atomic_store_n(word, length, __ATOMIC_RELAXED);
    }
    const uint32_t step = random.below(64) == 0 ? random.next() : random.below(kLongest / 16) * 16;
    header.tail.fetch_add(step);
    if (random.below(64) == 0) header.head.store(random.next());
    if (random.below(16) == 0) header.parked.store(uint64_t{random.next()} << 32 | random.next());
    header.bell.store(random.next());
    if (random.below(4) == 0) std::this_thread::yield();
  }
}

// What this can show is one read instead of two: break Consumer::drain so that it checks lengths in
// the ring and steps by those in the copy, and the batch is not whole.
TEST(ring_survives_a_peer_that_scribbles_while_it_is_read) {
  os_test::NothingLeft guard;
  SharedSegment hostile(kRing);
  std::atomic<bool> stop{false};
  std::thread scribbler([&] { scribble(hostile.own(), stop, 7); });
  Batch batch(kLongest);
  Random random(9);
  int violations = 0;
  int batches = 0;
  while (violations < 100'000 || batches < 50'000) {
    // After a violation a new connection, with something to read at once: it must not depend on
    // when the scribbler gets a CPU.
    const uint32_t tail = hostile.peer().header().tail.load();
    HeapSegment self(kRing, tail - (1 + random.below(kRing / 16)) * 16);
    Consumer consumer(self.own(), hostile.peer());
    for (;;) {
      const auto drained = consumer.drain(batch.data(), batch.capacity);
      if (drained.violation != nullptr) break;
      if (drained.bytes == 0) std::this_thread::yield();
      if (drained.bytes > 0) batches++;
      CHECK(drained.bytes <= batch.capacity && isWholeBatch(batch.data(), drained.bytes));
      consumer.publishHead();
    }
    violations++;
  }
  stop.store(true);
  scribbler.join();
}

TEST(ring_survives_a_peer_whose_head_goes_wild_while_it_is_written) {
  os_test::NothingLeft guard;
  SharedSegment hostile(kRing);
  std::atomic<bool> stop{false};
  std::thread scribbler([&] {
    Random random(3);
    std::atomic<uint32_t>& head = hostile.own().header().head;
    while (!stop.load(std::memory_order_relaxed)) {
      head.store(random.below(32) == 0 ? random.next() : head.load() + random.below(32) * 16);
    }
  });
  int broken = 0;
  while (broken < 2000) {
    const uint32_t position = hostile.peer().header().head.load() & ~15u;
    HeapSegment self(kRing, position);
    Producer producer(self.own(), hostile.peer());
    auto result = Producer::Result::written;
    for (uint32_t i = 0; result != Producer::Result::broken; i++) {
      result = writeRecord(producer, i, i % 497);
      CHECK(producer.tail() - producer.headSeen() <= kRing);
    }
    broken++;
  }
  stop.store(true);
  scribbler.join();
}

}  // namespace
