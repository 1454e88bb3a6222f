#include "ring/consumer.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "fault/failpoint.h"

namespace doorcall::ring {

Consumer::Consumer(OwnSegmentView own, PeerSegmentView peer)
    : own_(own), peer_(peer), mask_(peer.ringBytes() - 1) {
  head_ = own.header().head.load(std::memory_order_relaxed);
  tailSeen_ = head_;
}

Consumer::Drained Consumer::drain(uint8_t* out, uint32_t capacity) {
  // With less, the longest record would never fit, and nothing behind it would ever come.
  assert(capacity >= maxRecordBytes(peer_.ringBytes()));
  const uint32_t tail = peer_.header().tail.load(std::memory_order_acquire);
  const uint64_t newTail = tailSeen_ + (tail - static_cast<uint32_t>(tailSeen_));
  // A tail that ran backwards shows as an advance of nearly 2^32, which no ring can hold.
  if (newTail - head_ > peer_.ringBytes()) return {0, "tail beyond capacity or running backwards"};
  if (newTail % kRecordAlignment != 0) return {0, "tail misaligned"};
  tailSeen_ = newTail;

  const uint32_t available = static_cast<uint32_t>(newTail - head_);
  const uint32_t count = std::min(available, capacity & ~(kRecordAlignment - 1));
  if (count == 0) return {};
  DOORCALL_FAILPOINT("receive.tail-read");
  const uint32_t at = static_cast<uint32_t>(head_) & mask_;
  const uint32_t first = std::min(count, peer_.ringBytes() - at);
  std::memcpy(out, peer_.ring() + at, first);
  if (first < count) std::memcpy(out + first, peer_.ring(), count - first);

  DOORCALL_FAILPOINT("receive.copied");
  const uint32_t longest = maxRecordBytes(peer_.ringBytes());
  uint32_t whole = 0;
  while (whole < count) {
    uint32_t length;
    std::memcpy(&length, out + whole, sizeof length);
    if (length < kHeaderBytes) return {0, "record shorter than its header"};
    if (length > longest) return {0, "record longer than the ring's record limit"};
    const uint32_t padded = alignRecord(length);
    if (padded > available - whole) return {0, "record longer than what was published"};
    if (padded > count - whole) break;
    whole += padded;
  }
  DOORCALL_FAILPOINT("receive.checked");
  head_ += whole;
  return {whole, nullptr};
}

}  // namespace doorcall::ring
