// What one side writes the other takes, byte for byte: all sizes, all places, all positions.
#include <array>
#include <deque>

#include "ring_support.h"

namespace {

using namespace ring_test;

constexpr uint32_t kTwoPow32Less(uint32_t bytes) { return 0u - bytes; }

/// Sends one record and takes it again.
bool roundTrip(OneWay& way, Batch& batch, uint32_t sequence, uint32_t size) {
  if (writeRecord(way.producer, sequence, size) != Producer::Result::written) return false;
  way.producer.publish();
  const auto drained = way.consumer.drain(batch.data(), batch.capacity);
  if (drained.violation != nullptr || drained.bytes != alignRecord(kHeaderBytes + size))
    return false;
  way.consumer.publishHead();
  return isRecord(batch.data(), sequence, size);
}

TEST(ring_carries_every_size_at_every_place_of_the_smallest_ring) {
  OneWay way(kMinRingBytes);
  Batch batch(maxRecordBytes(kMinRingBytes));
  constexpr uint32_t kPlaces = kMinRingBytes / kRecordAlignment;
  uint32_t sequence = 0;
  for (uint32_t size = 0; size <= maxRecordPayload(kMinRingBytes); size++) {
    // Steps of an odd number of places visit all of them, whose number is a power of two.
    const bool even = alignRecord(kHeaderBytes + size) / kRecordAlignment % 2 == 0;
    for (uint32_t i = 0; i < kPlaces; i++) {
      REQUIRE(roundTrip(way, batch, ++sequence, size));
      if (even) REQUIRE(roundTrip(way, batch, ++sequence, 0));
    }
  }
}

TEST(ring_carries_every_size_through_the_default_ring) {
  constexpr uint32_t kRingBytes = 128 * 1024;
  OneWay way(kRingBytes);
  Batch batch(maxRecordBytes(kRingBytes));
  for (uint32_t size = 0; size <= way.producer.maxPayload(); size++) {
    REQUIRE(roundTrip(way, batch, size, size));
  }
}

TEST(ring_splits_prefix_and_payload_anywhere_at_its_end) {
  constexpr uint32_t kPayload = 64;
  for (uint32_t before = 0; before <= kHeaderBytes + kPayload + 8; before += kRecordAlignment) {
    OneWay way(kMinRingBytes, kMinRingBytes - before);
    Batch batch(maxRecordBytes(kMinRingBytes));
    const std::array<uint8_t, 4> prefix{0xa1, 0xa2, 0xa3, 0xa4};
    const auto payload = patternOf(before, kPayload);
    REQUIRE(way.producer.write(headerOf(before), prefix.data(), 4, payload.data(), kPayload, 0) ==
            Producer::Result::written);
    way.producer.publish();
    REQUIRE_EQ(way.consumer.drain(batch.data(), batch.capacity).bytes,
               alignRecord(16 + 4 + kPayload));
    CHECK_EQ(headerAt(batch.data()).length, 16 + 4 + kPayload);
    CHECK(std::memcmp(batch.data() + 16, prefix.data(), 4) == 0);
    CHECK(std::memcmp(batch.data() + 20, payload.data(), kPayload) == 0);
  }
}

TEST(ring_positions_pass_two_to_the_32) {
  for (uint32_t below = kRecordAlignment; below <= 2 * kMinRingBytes; below += kRecordAlignment) {
    OneWay way(kMinRingBytes, kTwoPow32Less(below));
    Batch batch(maxRecordBytes(kMinRingBytes));
    for (uint32_t sequence = 0; way.producer.tail() < (uint64_t{1} << 32) + kMinRingBytes;
         sequence++) {
      REQUIRE(roundTrip(way, batch, sequence, (sequence * 37) % 497));
    }
    CHECK_EQ(way.consumer.head(), way.producer.tail());
    CHECK(way.producer.allTaken());
    CHECK_EQ(way.producer.headSeen(), way.producer.tail());
  }
}

TEST(ring_is_full_at_exactly_its_size_also_across_two_to_the_32) {
  for (const uint32_t position : {0u, 4080u, kTwoPow32Less(16), kTwoPow32Less(2048), 0x7ffffff0u}) {
    OneWay way(kMinRingBytes, position);
    uint32_t written = 0;
    while (writeRecord(way.producer, written, 48) == Producer::Result::written) written++;
    CHECK_EQ(written, kMinRingBytes / 64);
    CHECK(writeRecord(way.producer, 0, 0) == Producer::Result::full);
    way.producer.publish();

    // Nothing was taken yet, so nothing may have been overwritten by the refused ones.
    Batch batch(maxRecordBytes(kMinRingBytes));
    uint32_t taken = 0;
    while (taken < written) {
      const auto drained = way.consumer.drain(batch.data(), batch.capacity);
      REQUIRE(drained.violation == nullptr && drained.bytes > 0);
      for (uint32_t at = 0; at < drained.bytes; at += 64, taken++) {
        CHECK(isRecord(batch.data() + at, taken, 48));
      }
    }
    CHECK_EQ(taken, written);
    CHECK(!way.consumer.hasMore());
    CHECK_EQ(way.consumer.drain(batch.data(), batch.capacity).bytes, 0u);
    CHECK(!way.producer.allTaken());
    CHECK(writeRecord(way.producer, 0, 0) == Producer::Result::full);
    way.consumer.publishHead();
    CHECK(way.producer.allTaken());
    CHECK(writeRecord(way.producer, 0, 0) == Producer::Result::written);
  }
}

TEST(ring_shows_nothing_before_publish) {
  OneWay way(kMinRingBytes);
  Batch batch(maxRecordBytes(kMinRingBytes));
  CHECK(writeRecord(way.producer, 1, 100) == Producer::Result::written);
  CHECK(writeRecord(way.producer, 2, 7) == Producer::Result::written);
  CHECK(!way.consumer.hasMore());
  CHECK_EQ(way.consumer.drain(batch.data(), batch.capacity).bytes, 0u);
  way.producer.publish();
  CHECK(way.consumer.hasMore());
  CHECK_EQ(way.consumer.drain(batch.data(), batch.capacity).bytes, 128u + 32);
  CHECK(isRecord(batch.data(), 1, 100));
  CHECK(isRecord(batch.data() + 128, 2, 7));
}

TEST(ring_keeps_a_reserve_for_control_records) {
  OneWay way(kMinRingBytes);
  while (writeRecord(way.producer, 0, 0, kControlReserveBytes) == Producer::Result::written) {
  }
  CHECK_EQ(way.producer.tail(), kMinRingBytes - kControlReserveBytes);
  uint32_t controls = 0;
  while (writeRecord(way.producer, 0, 0, 0) == Producer::Result::written) controls++;
  CHECK_EQ(controls, kControlReserveBytes / kHeaderBytes);
}

TEST(ring_fills_batches_with_whole_records_only) {
  Batch batch(maxRecordBytes(kMinRingBytes) + 15);
  Random random(1);
  OneWay way(kMinRingBytes, kTwoPow32Less(100 * 16));
  std::deque<uint32_t> sizes;
  uint32_t written = 0;
  uint32_t taken = 0;
  while (taken < 3000) {
    for (;;) {
      const uint32_t size = random.below(497);
      if (writeRecord(way.producer, written, size) != Producer::Result::written) break;
      sizes.push_back(size);
      written++;
    }
    way.producer.publish();
    const uint32_t capacity = maxRecordBytes(kMinRingBytes) + random.below(16);
    const auto drained = way.consumer.drain(batch.data(), capacity);
    REQUIRE(drained.violation == nullptr && drained.bytes > 0 && drained.bytes <= capacity);
    uint32_t at = 0;
    while (at < drained.bytes) {
      REQUIRE(isRecord(batch.data() + at, taken, sizes.front()));
      at += alignRecord(kHeaderBytes + sizes.front());
      sizes.pop_front();
      taken++;
    }
    REQUIRE_EQ(at, drained.bytes);
    // As many as fit: the next one must not.
    if (!sizes.empty()) CHECK(at + alignRecord(kHeaderBytes + sizes.front()) > (capacity & ~15u));
    way.consumer.publishHead();
  }
}

TEST(ring_reads_back_what_was_not_taken) {
  for (const uint32_t position : {0u, kTwoPow32Less(1024)}) {
    OneWay way(kMinRingBytes, position);
    std::vector<uint64_t> positions;
    for (uint32_t sequence = 0;; sequence++) {
      positions.push_back(way.producer.tail());
      if (writeRecord(way.producer, sequence, sequence * 5) != Producer::Result::written) break;
    }
    for (uint32_t sequence = 0; sequence + 1 < positions.size(); sequence++) {
      RecordHeader expected = headerOf(sequence);
      expected.length = kHeaderBytes + sequence * 5;
      const RecordHeader header = way.producer.headerAt(positions[sequence]);
      CHECK(std::memcmp(&header, &expected, sizeof header) == 0);
      const auto payload = patternOf(sequence, sequence * 5);
      const uint32_t skip = sequence < 2 ? 0 : 3;
      std::vector<uint8_t> copied(payload.size() - skip);
      way.producer.copyPayloadAt(positions[sequence], skip, copied.data(),
                                 static_cast<uint32_t>(copied.size()));
      CHECK(std::equal(copied.begin(), copied.end(), payload.begin() + skip));
    }
  }
}

}  // namespace
