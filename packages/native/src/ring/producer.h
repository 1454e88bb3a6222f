#pragma once

#include "ring/layout.h"
#include "ring/record.h"

namespace doorcall::ring {

/**
 * Writes records into this side's own ring. One owner, one thread.
 *
 * Sync points: `tail` is stored with release and pairs with the acquire load in Consumer::drain;
 * `head` of the peer is loaded with acquire and pairs with the release store in
 * Consumer::publishHead, so that a byte is overwritten only after the peer has copied it. The fence
 * between the store of `tail` and the load of `parked` is parking.h's business.
 */
class Producer {
 public:
  enum class Result {
    written,  ///< In the ring, not yet visible: call publish().
    full,     ///< No space for now.
    broken,   ///< The peer's head is impossible: a protocol error, final.
  };

  Producer(OwnSegmentView own, PeerSegmentView peer);

  /**
   * Writes one record behind those written before.
   * @param header its `length` is set here.
   * @param prefix 0 or kFragmentPrefixBytes bytes that stand before the payload.
   * @param keepFree bytes of the ring that must stay free afterwards.
   */
  Result write(RecordHeader header, const uint8_t* prefix, uint32_t prefixBytes,
               const uint8_t* payload, uint32_t payloadBytes, uint32_t keepFree);

  /** Makes what was written visible to the peer. */
  void publish() {
    own_.header().tail.store(static_cast<uint32_t>(tail_), std::memory_order_release);
  }

  /** Whether the peer has taken everything written so far. False also when its head is impossible.
   */
  bool allTaken() { return refreshHead() && headSeen_ == tail_; }

  /** Position behind the last record written, counted in bytes since the ring began. */
  uint64_t tail() const { return tail_; }
  /** The peer's position as last seen: always where a record begins, or tail(). */
  uint64_t headSeen() const { return headSeen_; }
  /** Loads the peer's head. False when it is impossible. */
  bool refreshHead();

  /** Reads back an own record at a position in [headSeen(), tail()): for what a dead peer never
   * took. */
  RecordHeader headerAt(uint64_t position) const;
  void copyPayloadAt(uint64_t position, uint32_t skip, uint8_t* out, uint32_t bytes) const;

  uint32_t maxPayload() const { return maxRecordPayload(own_.ringBytes()); }
  uint32_t capacity() const { return own_.ringBytes(); }

 private:
  void copyIn(uint64_t position, const uint8_t* bytes, uint32_t count);
  void copyOut(uint64_t position, uint8_t* out, uint32_t count) const;

  OwnSegmentView own_;
  PeerSegmentView peer_;
  uint32_t mask_;
  uint64_t tail_ = 0;
  uint64_t headSeen_ = 0;
};

}  // namespace doorcall::ring
