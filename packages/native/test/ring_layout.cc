// The bytes of segments and records: two builds of different age must agree on every one of them.
#include <array>
#include <initializer_list>
#include <string>

#include "ring_support.h"

namespace {

using namespace ring_test;

/// Little-endian, as docs/memory-layout.md says, whatever this machine is.
uint64_t littleEndian(const uint8_t* bytes, size_t count) {
  uint64_t value = 0;
  for (size_t i = count; i-- > 0;) value = (value << 8) | bytes[i];
  return value;
}

TEST(ring_layout_puts_every_word_where_the_document_says) {
  HeapSegment segment(kMinRingBytes);
  SegmentHeader& header = segment.own().header();
  header.tail.store(0x11121314);
  header.head.store(0x21222324);
  header.parked.store(0x3132333435363738);
  header.bell.store(0x41424344);
  header.closed.store(0x51525354);
  const auto* bytes = reinterpret_cast<const uint8_t*>(&header);
  CHECK_EQ(std::string(reinterpret_cast<const char*>(bytes), 8), std::string("DORCALL1"));
  CHECK_EQ(littleEndian(bytes + 8, 4), 1u);
  CHECK_EQ(littleEndian(bytes + 12, 4), kMinRingBytes);
  CHECK_EQ(littleEndian(bytes + 128, 4), 0x11121314u);
  CHECK_EQ(littleEndian(bytes + 256, 4), 0x21222324u);
  CHECK_EQ(littleEndian(bytes + 384, 8), 0x3132333435363738u);
  CHECK_EQ(littleEndian(bytes + 512, 4), 0x41424344u);
  CHECK_EQ(littleEndian(bytes + 640, 4), 0x51525354u);
  CHECK_EQ(segment.own().ring() - bytes, 4096);
  CHECK_EQ(segment.peer().ring() - bytes, 4096);
}

TEST(ring_layout_gives_every_word_a_pair_of_cache_lines) {
  HeapSegment segment(kMinRingBytes);
  const SegmentHeader& header = segment.peer().header();
  const auto* base = reinterpret_cast<const uint8_t*>(&header);
  const std::array<const void*, 7> words{&header.identity,     &header.tail, &header.head,
                                         &header.parked,       &header.bell, &header.closed,
                                         segment.peer().ring()};
  for (size_t i = 1; i < words.size(); i++) {
    const auto before = static_cast<const uint8_t*>(words[i - 1]) - base;
    const auto here = static_cast<const uint8_t*>(words[i]) - base;
    CHECK(here / 128 > before / 128);
  }
}

TEST(ring_layout_of_a_record) {
  OneWay way(kMinRingBytes);
  RecordHeader header{};
  header.callId = 0x21222324;
  header.method = 0x3132;
  header.kind = 0x41;
  header.flags = 0x51;
  header.aux = 0x61626364;
  const std::array<uint8_t, 3> payload{'a', 'b', 'c'};
  CHECK(way.producer.write(header, nullptr, 0, payload.data(), 3, 0) == Producer::Result::written);
  const uint8_t* record = way.sender.peer().ring();
  CHECK_EQ(littleEndian(record, 4), 19u);
  CHECK_EQ(littleEndian(record + 4, 4), 0x21222324u);
  CHECK_EQ(littleEndian(record + 8, 2), 0x3132u);
  CHECK_EQ(littleEndian(record + 10, 1), 0x41u);
  CHECK_EQ(littleEndian(record + 11, 1), 0x51u);
  CHECK_EQ(littleEndian(record + 12, 4), 0x61626364u);
  CHECK_EQ(std::string(reinterpret_cast<const char*>(record + 16), 3), std::string("abc"));
  CHECK_EQ(way.producer.tail(), 32u);
}

TEST(ring_layout_prefix_stands_before_the_payload) {
  OneWay way(kMinRingBytes);
  const std::array<uint8_t, 4> prefix{1, 2, 3, 4};
  const std::array<uint8_t, 2> payload{5, 6};
  CHECK(way.producer.write(RecordHeader{}, prefix.data(), 4, payload.data(), 2, 0) ==
        Producer::Result::written);
  const uint8_t* record = way.sender.peer().ring();
  CHECK_EQ(littleEndian(record, 4), 22u);
  for (uint8_t i = 0; i < 6; i++) CHECK_EQ(record[16 + i], i + 1);
}

TEST(ring_layout_identity_is_checked_field_by_field) {
  HeapSegment segment(kMinRingBytes);
  CHECK(segment.peer().identityProblem() == nullptr);
  const PeerSegmentView otherSize(&segment.peer().header(), kMinRingBytes * 2);
  CHECK(otherSize.identityProblem() != nullptr);
  Identity& identity = segment.own().header().identity;
  const Identity good = identity;
  identity.magic ^= uint64_t{1} << 63;
  CHECK(segment.peer().identityProblem() != nullptr);
  identity = good;
  identity.layoutVersion++;
  CHECK(segment.peer().identityProblem() != nullptr);
  identity = good;
  identity.ringBytes *= 2;
  CHECK(segment.peer().identityProblem() != nullptr);
  identity = good;
  CHECK(segment.peer().identityProblem() == nullptr);
}

TEST(ring_layout_sizes_are_powers_of_two_within_limits) {
  CHECK(isValidRingBytes(4096));
  CHECK(isValidRingBytes(512u << 20));
  CHECK(!isValidRingBytes(1024u << 20));
  for (uint32_t shift = 12; (1u << shift) <= kMaxRingBytes; shift++) {
    CHECK(isValidRingBytes(1u << shift));
    CHECK(!isValidRingBytes((1u << shift) + 1));
    CHECK(!isValidRingBytes((1u << shift) - 1));
    CHECK(!isValidRingBytes((1u << shift) + (1u << (shift - 1))));
  }
  for (const uint64_t bytes :
       {uint64_t{0}, uint64_t{1}, uint64_t{2048}, uint64_t{kMaxRingBytes} * 2, uint64_t{1} << 32,
        (uint64_t{1} << 32) + 4096, UINT64_MAX}) {
    CHECK(!isValidRingBytes(bytes));
  }
}

TEST(ring_layout_a_record_fits_ring_batch_and_alignment) {
  for (uint32_t bytes = kMinRingBytes; bytes <= kMaxRingBytes; bytes *= 2) {
    CHECK_EQ(maxRecordBytes(bytes) % kRecordAlignment, 0u);
    CHECK(maxRecordBytes(bytes) <= kBatchBytes);
    // A full-size record and the reserve must fit together, else the former could never be sent.
    CHECK(maxRecordBytes(bytes) + kControlReserveBytes <= bytes);
    CHECK_EQ(maxRecordPayload(bytes), maxRecordBytes(bytes) - 16);
  }
  CHECK_EQ(maxRecordBytes(128 * 1024), 16u * 1024);
  CHECK_EQ(maxRecordBytes(1024 * 1024), 64u * 1024);
  for (uint32_t bytes = 0; bytes < 100; bytes++) {
    CHECK(alignRecord(bytes) >= bytes && alignRecord(bytes) < bytes + 16);
    CHECK_EQ(alignRecord(bytes) % 16, 0u);
  }
}

}  // namespace
