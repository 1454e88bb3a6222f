#include "ring/producer.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "fault/failpoint.h"

namespace doorcall::ring {

Producer::Producer(OwnSegmentView own, PeerSegmentView peer)
    : own_(own), peer_(peer), mask_(own.ringBytes() - 1) {
  tail_ = own.header().tail.load(std::memory_order_relaxed);
  headSeen_ = tail_;
}

bool Producer::refreshHead() {
  const uint32_t head = peer_.header().head.load(std::memory_order_acquire);
  const uint32_t advance = head - static_cast<uint32_t>(headSeen_);
  // A head that ran backwards shows as an advance of nearly 2^32, far beyond what is in the ring.
  if (advance > tail_ - headSeen_) return false;
  const uint64_t newHead = headSeen_ + advance;
  // Inside a record it would have payload read as headers by whoever asks what lies beyond it.
  if (newHead != tail_) {
    uint64_t at = headSeen_;
    while (at < newHead) at += alignRecord(headerAt(at).length);
    if (at != newHead) return false;
  }
  headSeen_ = newHead;
  return true;
}

Producer::Result Producer::write(RecordHeader header, const uint8_t* prefix, uint32_t prefixBytes,
                                 const uint8_t* payload, uint32_t payloadBytes, uint32_t keepFree) {
  assert(payloadBytes <= maxPayload() && prefixBytes <= maxPayload() - payloadBytes);
  header.length = kHeaderBytes + prefixBytes + payloadBytes;
  const uint64_t needed = alignRecord(header.length) + uint64_t{keepFree};
  if (own_.ringBytes() - (tail_ - headSeen_) < needed) {
    if (!refreshHead()) return Result::broken;
    if (own_.ringBytes() - (tail_ - headSeen_) < needed) return Result::full;
  }
  std::memcpy(own_.ring() + (tail_ & mask_), &header, kHeaderBytes);
  DOORCALL_FAILPOINT("send.header-written");
  copyIn(tail_ + kHeaderBytes, prefix, prefixBytes);
  copyIn(tail_ + kHeaderBytes + prefixBytes, payload, payloadBytes);
  DOORCALL_FAILPOINT("send.payload-written");
  tail_ += alignRecord(header.length);
  return Result::written;
}

RecordHeader Producer::headerAt(uint64_t position) const {
  RecordHeader header;
  std::memcpy(&header, own_.ring() + (position & mask_), kHeaderBytes);
  return header;
}

void Producer::copyPayloadAt(uint64_t position, uint32_t skip, uint8_t* out, uint32_t bytes) const {
  copyOut(position + kHeaderBytes + skip, out, bytes);
}

void Producer::copyIn(uint64_t position, const uint8_t* bytes, uint32_t count) {
  if (count == 0) return;
  const uint32_t at = static_cast<uint32_t>(position) & mask_;
  const uint32_t first = std::min(count, own_.ringBytes() - at);
  std::memcpy(own_.ring() + at, bytes, first);
  if (first < count) std::memcpy(own_.ring(), bytes + first, count - first);
}

void Producer::copyOut(uint64_t position, uint8_t* out, uint32_t count) const {
  if (count == 0) return;
  const uint32_t at = static_cast<uint32_t>(position) & mask_;
  const uint32_t first = std::min(count, own_.ringBytes() - at);
  std::memcpy(out, own_.ring() + at, first);
  if (first < count) std::memcpy(out + first, own_.ring(), count - first);
}

}  // namespace doorcall::ring
