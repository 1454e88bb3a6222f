#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <vector>

#include "channel/kinds.h"
#include "ring/producer.h"

namespace doorcall::channel {

/** A message that the peer certainly never took, for a transparent retry. */
struct Untaken {
  ring::RecordHeader header;
  /** The payload as it was sent; null when it is empty. */
  std::unique_ptr<uint8_t[]> bytes;
  uint32_t size = 0;
};

/**
 * What this side sends: straight into the ring while there is space, else into a private queue
 * before it.
 *
 * Order is kept among messages that fit one record. Large ones travel in pieces between them: the
 * two take turns, a record's worth of bytes each, and up to Reassembly::kMaxFragmentedAtOnce large
 * ones take turns among themselves. Control records overtake everything and have ring space of
 * their own. Items of streams are small ones that wait behind nothing: see Precedence.
 */
class Outbound {
 public:
  enum class Result { accepted, full, broken };
  /**
   * Control records that wait. Each was called for by something that the peer has sent: one that
   * goes on sending and takes none of them would have this side keep any number.
   */
  static constexpr size_t kMostControls = 64 * 1024;

  Outbound(ring::Producer& producer, uint32_t maxQueuedMessages, uint64_t maxQueuedBytes)
      : producer_(producer),
        maxQueuedMessages_(maxQueuedMessages),
        maxQueuedBytes_(maxQueuedBytes) {}

  /**
   * Sends or queues a copy of one message. Nothing is visible to the peer before Producer::publish.
   * Beyond the queue's bounds it is refused with `full`; an empty queue takes any one message. An
   * item is refused as soon as anything waits, a control record beyond kMostControls.
   * @param precedence the payload of a control record must be empty, and an item fit one record.
   */
  Result send(const ring::RecordHeader& header, const uint8_t* payload, uint32_t size,
              Precedence precedence);

  /** Moves queued messages into the ring as far as there is space. */
  Result pump();

  /**
   * Takes a call's request back: true when the peer has not seen it whole and never will, so that
   * it will not answer.
   */
  bool withdraw(uint32_t callId);

  /** Where the peer's head was when a write last found no space. */
  uint64_t fullAtHead() const { return fullAtHead_; }

  bool empty() const { return controls_.empty() && small_.empty() && large_.empty(); }
  bool keepsSent() const { return !sentLarge_.empty(); }
  /** Whether a control record that can wait elsewhere is to be sent now. */
  bool hasRoomForControls() const { return controls_.size() < kMostControls / 2; }
  size_t queuedMessages() const { return small_.size() + large_.size(); }
  uint64_t queuedBytes() const { return queuedBytes_; }

  /**
   * Everything beyond the peer's head, in the ring and before it; only what never was wholly in
   * the ring when that head is impossible. Call once, when that head is frozen; empties the queue.
   */
  std::vector<Untaken> takeUntaken();

 private:
  struct Queued {
    ring::RecordHeader header;
    std::unique_ptr<uint8_t[]> bytes;
    uint32_t size = 0;
    uint32_t sent = 0;
    uint64_t endPosition = 0;
  };

  static Queued copyOf(const ring::RecordHeader& header, const uint8_t* payload, uint32_t size);
  /** Every write goes through here, so that fullAtHead_ is always the last refusal's. */
  ring::Producer::Result write(const ring::RecordHeader& header, const uint8_t* prefix,
                               uint32_t prefixBytes, const uint8_t* payload, uint32_t size,
                               uint32_t keepFree);
  ring::Producer::Result writeWhole(const ring::RecordHeader& header, const uint8_t* payload,
                                    uint32_t size, uint32_t keepFree);
  ring::Producer::Result pumpSmall();
  ring::Producer::Result pumpLarge();
  void forgetTaken();

  ring::Producer& producer_;
  uint32_t maxQueuedMessages_;
  uint64_t maxQueuedBytes_;
  uint64_t queuedBytes_ = 0;
  std::deque<ring::RecordHeader> controls_;
  std::deque<Queued> small_;
  /** The first kMaxFragmentedAtOnce of them take turns. */
  std::list<Queued> large_;
  /** Wholly in the ring but perhaps not taken: kept for takeUntaken(), since the ring forgets early
   * pieces. */
  std::deque<Queued> sentLarge_;
  uint64_t fullAtHead_ = 0;
  /** Bytes that small messages may still write before a large one has its turn. */
  int64_t smallTurn_ = 0;
};

}  // namespace doorcall::channel
