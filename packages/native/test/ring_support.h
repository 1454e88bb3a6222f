/// @file
/// Segments for the tests of the `ring` layer, and records that can be recognised.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "ring/consumer.h"
#include "ring/producer.h"
#include "support/check.h"

namespace ring_test {

using namespace doorcall::ring;

/// A segment on the heap: AddressSanitizer sees a step beyond either end, and ThreadSanitizer sees
/// both sides, which use it through one address.
class HeapSegment {
 public:
  explicit HeapSegment(uint32_t ringBytes, uint32_t position = 0)
      : ringBytes_(ringBytes),
        base_(std::aligned_alloc(kLineBytes, segmentBytes(ringBytes)), &std::free) {
    std::memset(base_.get(), 0, segmentBytes(ringBytes));
    new (base_.get()) SegmentHeader{};
    own().initialise();
    own().header().tail.store(position);
    own().header().head.store(position);
  }

  OwnSegmentView own() const { return {base_.get(), ringBytes_}; }
  PeerSegmentView peer() const { return {base_.get(), ringBytes_}; }

 private:
  uint32_t ringBytes_;
  std::unique_ptr<void, decltype(&std::free)> base_;
};

/// One direction: what `producer` writes, `consumer` takes. Both sides begin at `position`.
struct OneWay {
  explicit OneWay(uint32_t ringBytes, uint32_t position = 0)
      : sender(ringBytes, position),
        receiver(kMinRingBytes, position),
        producer(sender.own(), receiver.peer()),
        consumer(receiver.own(), sender.peer()) {}

  HeapSegment sender;
  HeapSegment receiver;
  Producer producer;
  Consumer consumer;
};

/// The payload of record number `sequence`: kPatternBytes bytes like no other's.
inline constexpr uint32_t kPatternBytes = 1u << 20;
inline const uint8_t* patternOf(uint32_t sequence) {
  constexpr uint32_t kOffsets = 1u << 16;
  static const std::vector<uint8_t> bytes = [] {
    std::vector<uint8_t> random(kPatternBytes + kOffsets);
    uint32_t state = 1;
    for (uint8_t& byte : random) {
      state = state * 1664525 + 1013904223;
      byte = static_cast<uint8_t>(state >> 24);
    }
    return random;
  }();
  return bytes.data() + sequence * 40503u % kOffsets;
}

inline std::vector<uint8_t> patternOf(uint32_t sequence, uint32_t size) {
  return {patternOf(sequence), patternOf(sequence) + size};
}

/// What a record carries beside its pattern: its number, twice, and fields that depend on it.
/// Every seventh is a request.
inline RecordHeader headerOf(uint32_t sequence) {
  RecordHeader header{};
  header.callId = sequence;
  header.method = static_cast<uint16_t>(sequence * 3);
  header.kind = static_cast<uint8_t>(1 + sequence % 7);
  header.flags = static_cast<uint8_t>(sequence % 0x20);
  header.aux = ~sequence;
  return header;
}

/// Writes record number `sequence` with a payload of `size` bytes.
inline Producer::Result writeRecord(Producer& producer, uint32_t sequence, uint32_t size,
                                    uint32_t keepFree = 0) {
  return producer.write(headerOf(sequence), nullptr, 0, patternOf(sequence), size, keepFree);
}

inline RecordHeader headerAt(const uint8_t* record) {
  RecordHeader header;
  std::memcpy(&header, record, sizeof header);
  return header;
}

/// Whether a record of a batch is number `sequence` with a payload of `size` bytes, to the last
/// bit.
inline bool isRecord(const uint8_t* record, uint32_t sequence, uint32_t size) {
  RecordHeader expected = headerOf(sequence);
  expected.length = kHeaderBytes + size;
  return std::memcmp(record, &expected, sizeof expected) == 0 &&
         std::memcmp(record + kHeaderBytes, patternOf(sequence), size) == 0;
}

/// Private memory for batches, of exactly the capacity that drain() is told.
struct Batch {
  explicit Batch(uint32_t capacity)
      : capacity(capacity),
        bytes(static_cast<uint8_t*>(std::aligned_alloc(kRecordAlignment, alignRecord(capacity))),
              &std::free) {}

  uint8_t* data() const { return bytes.get(); }

  uint32_t capacity;
  std::unique_ptr<uint8_t, decltype(&std::free)> bytes;
};

/// A generator whose numbers are the same on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2 + 1) {}

  uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<uint32_t>(state_ >> 32);
  }
  /// From 0 to `bound` - 1.
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>((uint64_t{next()} * bound) >> 32); }

 private:
  uint64_t state_;
};

}  // namespace ring_test
