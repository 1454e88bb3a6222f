/// @file
/// A sender's queue before a ring, and a peer that takes records when told to.
#pragma once

#include <algorithm>
#include <map>

#include "channel/outbound.h"
#include "channel/reassembly.h"
#include "ring_support.h"

namespace channel_test {

using namespace ring_test;
using doorcall::channel::kReplyKind;
using doorcall::channel::kRequestKind;
using doorcall::channel::Outbound;
using doorcall::channel::Precedence;
using doorcall::channel::Reassembly;
using doorcall::channel::Untaken;
using Result = Outbound::Result;

inline constexpr uint32_t kRing = kMinRingBytes;
inline constexpr uint32_t kPayload = maxRecordPayload(kRing);
inline constexpr uint32_t kUnboundedMessages = 1u << 30;
inline constexpr uint64_t kUnboundedBytes = uint64_t{1} << 40;

struct Record {
  RecordHeader header;
  std::vector<uint8_t> payload;

  bool isControl() const { return header.kind == 5; }
  bool isPiece() const { return (header.flags & kFragmented) != 0 || header.kind == kContinuation; }
};

/// A sender with its queue, and the peer that takes records when told to.
struct Rig : OneWay {
  explicit Rig(uint32_t maxMessages = kUnboundedMessages, uint64_t maxBytes = kUnboundedBytes,
               uint32_t position = 0)
      : OneWay(kRing, position), outbound(producer, maxMessages, maxBytes) {}

  /// Message number `sequence`, recognisable by its pattern.
  Result send(uint32_t sequence, uint32_t size) {
    const auto payload = patternOf(sequence, size);
    const auto result =
        outbound.send(headerOf(sequence), payload.data(), size, Precedence::message);
    producer.publish();
    return result;
  }
  /// A piece of a stream's item.
  Result item(uint32_t sequence, uint32_t size) {
    const auto payload = patternOf(sequence, size);
    const auto result = outbound.send(headerOf(sequence), payload.data(), size, Precedence::item);
    producer.publish();
    return result;
  }
  Result control(uint32_t callId) {
    RecordHeader header{};
    header.kind = 5;
    header.callId = callId;
    const auto result = outbound.send(header, nullptr, 0, Precedence::control);
    producer.publish();
    return result;
  }
  Result pump() {
    const auto result = outbound.pump();
    producer.publish();
    return result;
  }
  /// The peer takes one batch of at most `capacity` bytes.
  std::vector<Record> take(uint32_t capacity = maxRecordBytes(kRing)) {
    std::vector<Record> records;
    Batch batch(capacity);
    const auto drained = consumer.drain(batch.data(), batch.capacity);
    CHECK(drained.violation == nullptr);
    for (uint32_t at = 0; at < drained.bytes;) {
      Record record{headerAt(batch.data() + at), {}};
      record.payload.assign(batch.data() + at + 16, batch.data() + at + record.header.length);
      at += alignRecord(record.header.length);
      records.push_back(std::move(record));
    }
    consumer.publishHead();
    return records;
  }
  /// The peer takes and this side pumps until nothing is left.
  std::vector<Record> takeAll() {
    std::vector<Record> all;
    for (;;) {
      auto some = take();
      if (some.empty() && outbound.empty()) return all;
      for (Record& record : some) all.push_back(std::move(record));
      CHECK(pump() == Result::accepted);
    }
  }
  /// Fills the ring up to the reserve with empty records of call `callId`.
  void fill(uint32_t callId = 0) {
    RecordHeader header{};
    header.kind = 1;
    header.callId = callId;
    while (producer.write(header, nullptr, 0, nullptr, 0, kControlReserveBytes) ==
           Producer::Result::written) {
    }
    producer.publish();
  }
  void setHead(uint64_t head) { receiver.own().header().head.store(static_cast<uint32_t>(head)); }

  Outbound outbound;
};

inline bool isMessage(const Record& record, uint32_t sequence, uint32_t size) {
  RecordHeader expected = headerOf(sequence);
  expected.length = kHeaderBytes + size;
  return std::memcmp(&record.header, &expected, sizeof expected) == 0 &&
         record.payload == patternOf(sequence, size);
}

inline bool isUntaken(const Untaken& one, uint32_t sequence, uint32_t size) {
  const RecordHeader expected = headerOf(sequence);
  const auto payload = patternOf(sequence, size);
  return one.header.callId == expected.callId && one.header.method == expected.method &&
         one.header.kind == expected.kind && one.header.flags == expected.flags &&
         one.header.aux == expected.aux && one.size == size &&
         (size == 0 ? one.bytes == nullptr
                    : std::equal(payload.begin(), payload.end(), one.bytes.get()));
}

/// What arrives, put together again.
inline std::map<uint32_t, std::vector<uint8_t>> messagesOf(const std::vector<Record>& records) {
  std::map<uint32_t, std::vector<uint8_t>> messages;
  Reassembly reassembly(1u << 30);
  for (const Record& record : records) {
    if (!Reassembly::concerns(record.header)) {
      messages[record.header.callId] = record.payload;
      continue;
    }
    auto outcome = reassembly.take(record.header, record.payload.data());
    CHECK(outcome.violation == nullptr);
    if (!outcome.completed) continue;
    messages[outcome.completed->callId].assign(outcome.message.bytes.get(),
                                               outcome.message.bytes.get() + outcome.message.size);
  }
  CHECK(reassembly.empty());
  return messages;
}

}  // namespace channel_test
