#pragma once

#include "ring/layout.h"
#include "ring/record.h"

namespace doorcall::ring {

/**
 * Takes records out of the peer's ring. One owner, one thread.
 *
 * The peer may write anything at any time, so nothing in its segment is read twice: `tail` is
 * loaded once, the bytes are copied once into private memory, and every length is checked in that
 * private copy.
 */
class Consumer {
 public:
  struct Drained {
    /** Bytes of whole, checked records copied: 0 when there were none. */
    uint32_t bytes = 0;
    /** What the peer did wrong, or nullptr. Final: nothing may be drained afterwards. */
    const char* violation = nullptr;
  };

  Consumer(OwnSegmentView own, PeerSegmentView peer);

  /**
   * Copies as many whole records as fit, in order, each padded to 16 bytes as in the ring.
   * @param out private memory, 16-byte aligned.
   * @param capacity at least maxRecordBytes() of the peer's ring.
   */
  Drained drain(uint8_t* out, uint32_t capacity);

  /** Tells the peer what was taken. Call before any of it is acted on: a beyond-head record never
   * ran. */
  void publishHead() {
    own_.header().head.store(static_cast<uint32_t>(head_), std::memory_order_release);
  }

  /** Whether the peer has written anything more (or something impossible, which drain() will name).
   */
  bool hasMore() const {
    return peer_.header().tail.load(std::memory_order_acquire) != static_cast<uint32_t>(head_);
  }

  uint64_t head() const { return head_; }

 private:
  OwnSegmentView own_;
  PeerSegmentView peer_;
  uint32_t mask_;
  uint64_t head_ = 0;
  uint64_t tailSeen_ = 0;
};

}  // namespace doorcall::ring
