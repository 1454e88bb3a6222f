#include <cstring>
#include <memory>
#include <vector>

#include "channel/reassembly.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"
#include "ring/consumer.h"
#include "ring/producer.h"

namespace fuzz {
namespace {

using namespace doorcall::ring;
using doorcall::channel::Reassembly;

constexpr uint32_t kRing = kMinRingBytes;
constexpr uint32_t kMaxMessage = 4096;

/// On the heap, exactly as long as a segment is: a step beyond it is seen.
struct Segment {
  explicit Segment(uint32_t position)
      : bytes(std::aligned_alloc(kLineBytes, segmentBytes(kRing)), &std::free) {
    std::memset(bytes.get(), 0, segmentBytes(kRing));
    new (bytes.get()) SegmentHeader{};
    own().initialise();
    own().header().tail.store(position);
    own().header().head.store(position);
  }
  OwnSegmentView own() const { return {bytes.get(), kRing}; }
  PeerSegmentView peer() const { return {bytes.get(), kRing}; }

  std::unique_ptr<void, decltype(&std::free)> bytes;
};

/// Walks a batch as its readers do.
bool reassembles(Reassembly& reassembly, const std::vector<uint8_t>& batch, uint32_t bytes) {
  uint32_t at = 0;
  while (at < bytes) {
    must(bytes - at >= kHeaderBytes, "a batch that ends in the midst of a header");
    RecordHeader header;
    std::memcpy(&header, batch.data() + at, sizeof header);
    must(header.length >= kHeaderBytes, "a record shorter than its header");
    must(alignRecord(header.length) <= bytes - at, "a record that reaches beyond its batch");
    if (Reassembly::concerns(header)) {
      const auto outcome = reassembly.take(header, batch.data() + at + kHeaderBytes);
      if (outcome.violation != nullptr) return false;
      if (outcome.completed) must(outcome.message.size <= kMaxMessage, "a message above the limit");
    }
    at += alignRecord(header.length);
  }
  return true;
}

}  // namespace

int records(const uint8_t* data, size_t size) {
  Input input(data, size);
  const uint32_t start = input.number<uint32_t>() & ~(kRecordAlignment - 1);
  Segment hostile(start);
  Segment own(start);
  Consumer consumer(own.own(), hostile.peer());
  Producer producer(own.own(), hostile.peer());
  Reassembly reassembly(kMaxMessage);
  std::vector<uint8_t> batch(maxRecordBytes(kRing) * 2);
  SegmentHeader& words = hostile.own().header();
  uint32_t written = start;
  while (!input.empty()) {
    switch (input.below(8)) {
      case 0:
      case 1: {  // A record, right but for what the bytes say, where the next one is due.
        RecordHeader header{};
        const auto payload = input.bytes(input.below(200));
        header.length = kHeaderBytes + static_cast<uint32_t>(payload.size());
        header.callId = input.below(3);
        header.kind = static_cast<uint8_t>(input.below(4) == 0 ? kContinuation : input.below(64));
        header.flags = static_cast<uint8_t>(input.below(3) == 0 ? kFragmented : 0);
        for (size_t i = 0; i < sizeof header; i++)
          hostile.own().ring()[(written + i) % kRing] = reinterpret_cast<uint8_t*>(&header)[i];
        for (size_t i = 0; i < payload.size(); i++)
          hostile.own().ring()[(written + sizeof header + i) % kRing] = payload[i];
        written += alignRecord(header.length);
        break;
      }
      case 2:  // Four bytes anywhere.
        for (uint32_t i = 0, at = input.number<uint16_t>(); i < 4; i++)
          hostile.own().ring()[(at + i) % kRing] = input.number<uint8_t>();
        break;
      case 3:
        words.tail.store(written);
        break;
      case 4:
        words.tail.store(input.number<uint32_t>());
        break;
      case 5:
        words.head.store(input.below(2) == 0
                             ? input.number<uint32_t>()
                             : static_cast<uint32_t>(producer.headSeen()) + input.below(64) * 16);
        break;
      case 6: {
        const auto drained = consumer.drain(batch.data(), static_cast<uint32_t>(batch.size()));
        if (drained.violation != nullptr) return 0;
        must(drained.bytes <= batch.size(), "more than the batch holds");
        consumer.publishHead();
        if (!reassembles(reassembly, batch, drained.bytes)) return 0;
        break;
      }
      case 7: {
        const uint8_t payload[256] = {};
        RecordHeader header{};
        header.kind = 1;
        const uint32_t bytes = input.number<uint8_t>();
        if (producer.write(header, nullptr, 0, payload, bytes, 0) == Producer::Result::broken)
          return 0;
        must(producer.tail() - producer.headSeen() <= kRing, "more in a ring than it holds");
        producer.publish();
        break;
      }
    }
  }
  return 0;
}

}  // namespace fuzz
