/// @file
/// Large messages in pieces that are so far apart that each message lasts while `span` bytes of
/// other traffic go by: positions wrap under an open message, and ids come back out of order.
#pragma once

#include <map>

#include "channel/reassembly.h"
#include "stress/waiting_side.h"

namespace stress {

using doorcall::channel::Reassembly;
using doorcall::ring::RecordHeader;

/// Above every number of a record, so that a message's id is never a record's.
inline constexpr uint32_t kFirstSlowId = 0xff00'0000;

inline constexpr uint32_t kSlowPieces = 64;

class SlowSender {
 public:
  SlowSender(Producer& producer, uint32_t open, uint64_t span)
      : producer_(producer), open_(open), step_(span / kSlowPieces + 1), due_(producer.tail()) {}

  bool due() const { return open_ > 0 && producer_.tail() >= due_; }

  /// The next piece of the next message. False: no space.
  bool writePiece() {
    const uint32_t slot = turn_;
    Message& message = messages_[slot];
    if (message.sent == 0) begin(slot, message);
    RecordHeader header = headerOf(message.id, message.size);
    const uint32_t prefix = message.sent == 0 ? doorcall::ring::kFragmentPrefixBytes : 0;
    header.kind = message.sent == 0 ? 1 : doorcall::ring::kContinuation;
    if (message.sent == 0) header.flags = doorcall::ring::kFragmented;
    const uint32_t piece = std::min(message.size - message.sent, producer_.maxPayload() - prefix);
    if (producer_.write(header, reinterpret_cast<const uint8_t*>(&message.size), prefix,
                        payloadOf(message.id) + message.sent, piece,
                        0) != Producer::Result::written) {
      return false;
    }
    message.sent += piece;
    if (message.sent == message.size) message.sent = 0;
    turn_ = (turn_ + 1) % open_;
    if (turn_ == 0) due_ += step_;
    return true;
  }

  /// Gives up one message that is not whole. False: none is left; @param noSpace nothing was done.
  bool abortOne(bool& noSpace) {
    for (auto& [slot, message] : messages_) {
      if (message.sent == 0) continue;
      RecordHeader header{};
      header.kind = doorcall::ring::kAbort;
      header.callId = message.id;
      noSpace = producer_.write(header, nullptr, 0, nullptr, 0, 0) != Producer::Result::written;
      if (!noSpace) message.sent = 0;
      return true;
    }
    return false;
  }

 private:
  struct Message {
    uint32_t id = 0;
    uint32_t size = 0;
    uint32_t sent = 0;
  };

  /// Of between half as many pieces and all of them, so that whoever began first is not whole
  /// first.
  void begin(uint32_t slot, Message& message) {
    const uint32_t most = kSlowPieces * (producer_.maxPayload() - 4);
    message.id = kFirstSlowId + (next_++ * 0x9e37 & 0xffff);
    message.size = most / 2 + 1 + static_cast<uint32_t>(mixed(next_ + slot) % (most / 2));
  }

  Producer& producer_;
  uint32_t open_;
  uint64_t step_;
  uint64_t due_;
  uint32_t turn_ = 0;
  uint32_t next_ = 0;
  std::map<uint32_t, Message> messages_;
};

class SlowReceiver {
 public:
  explicit SlowReceiver(Progress& progress) : progress_(progress) {}

  /// A record for which Reassembly::concerns() holds, which began at `position`.
  void take(const uint8_t* record, uint64_t position) {
    const RecordHeader header = ring_test::headerAt(record);
    if ((header.flags & doorcall::ring::kFragmented) != 0) began_[header.callId] = position;
    const auto outcome = reassembly_.take(header, record + doorcall::ring::kHeaderBytes);
    if (outcome.violation != nullptr) return progress_.violate(outcome.violation, header.callId);
    if (!outcome.completed) return;
    const auto& message = outcome.message;
    if (outcome.completed->aux != checksum(header.callId, message.bytes.get(), message.size)) {
      progress_.violate("checksum of a large message does not fit", header.callId);
    }
    const uint64_t span = position - began_[header.callId];
    if (span > progress_.longestSpan.load()) progress_.longestSpan.store(span);
    progress_.longMessages.fetch_add(1);
  }

  bool empty() const { return reassembly_.empty(); }

 private:
  Progress& progress_;
  Reassembly reassembly_{1u << 30};
  std::map<uint32_t, uint64_t> began_;
};

}  // namespace stress
