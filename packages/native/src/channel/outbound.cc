#include "channel/outbound.h"

#include <algorithm>
#include <cstring>

#include "channel/reassembly.h"
#include "fault/failpoint.h"

namespace doorcall::channel {

using ring::Producer;
using ring::RecordHeader;

Outbound::Queued Outbound::copyOf(const RecordHeader& header, const uint8_t* payload,
                                  uint32_t size) {
  Queued queued;
  queued.header = header;
  queued.size = size;
  if (size > 0) {
    queued.bytes.reset(new uint8_t[size]);
    std::memcpy(queued.bytes.get(), payload, size);
  }
  return queued;
}

Producer::Result Outbound::writeWhole(const RecordHeader& header, const uint8_t* payload,
                                      uint32_t size, uint32_t keepFree) {
  return write(header, nullptr, 0, payload, size, keepFree);
}

Producer::Result Outbound::write(const RecordHeader& header, const uint8_t* prefix,
                                 uint32_t prefixBytes, const uint8_t* payload, uint32_t size,
                                 uint32_t keepFree) {
  const auto result = producer_.write(header, prefix, prefixBytes, payload, size, keepFree);
  if (result == Producer::Result::full) fullAtHead_ = producer_.headSeen();
  return result;
}

Outbound::Result Outbound::send(const RecordHeader& header, const uint8_t* payload, uint32_t size,
                                Precedence precedence) {
  if (precedence == Precedence::control) {
    if (controls_.empty()) {
      const auto result = writeWhole(header, nullptr, 0, 0);
      if (result == Producer::Result::written) return Result::accepted;
      if (result == Producer::Result::broken) return Result::broken;
    }
    if (controls_.size() >= kMostControls) return Result::full;
    controls_.push_back(header);
    return Result::accepted;
  }
  if (precedence == Precedence::item && !empty()) return Result::full;
  const bool small = size <= producer_.maxPayload();
  if (small && (empty() || (controls_.empty() && small_.empty() && smallTurn_ > 0))) {
    const auto result = writeWhole(header, payload, size, ring::kControlReserveBytes);
    if (result == Producer::Result::broken) return Result::broken;
    if (result == Producer::Result::written) {
      smallTurn_ -= ring::kHeaderBytes + size;
      return Result::accepted;
    }
  }
  const bool beyond =
      queuedMessages() >= maxQueuedMessages_ || queuedBytes_ + size > maxQueuedBytes_;
  if (beyond && queuedMessages() > 0) return Result::full;
  DOORCALL_FAILPOINT("send.queueing");
  queuedBytes_ += size;
  if (small) {
    small_.push_back(copyOf(header, payload, size));
    return Result::accepted;
  }
  large_.push_back(copyOf(header, payload, size));
  return pump();
}

Outbound::Result Outbound::pump() {
  forgetTaken();
  while (!controls_.empty()) {
    const auto result = writeWhole(controls_.front(), nullptr, 0, 0);
    if (result == Producer::Result::broken) return Result::broken;
    if (result == Producer::Result::full) return Result::accepted;
    controls_.pop_front();
  }
  while (!small_.empty() || !large_.empty()) {
    const bool smallsTurn = !small_.empty() && (large_.empty() || smallTurn_ > 0);
    const auto result = smallsTurn ? pumpSmall() : pumpLarge();
    if (result == Producer::Result::broken) return Result::broken;
    if (result == Producer::Result::full) break;
  }
  return Result::accepted;
}

Producer::Result Outbound::pumpSmall() {
  Queued& next = small_.front();
  const auto result =
      writeWhole(next.header, next.bytes.get(), next.size, ring::kControlReserveBytes);
  if (result != Producer::Result::written) return result;
  smallTurn_ -= ring::kHeaderBytes + next.size;
  queuedBytes_ -= next.size;
  small_.pop_front();
  return result;
}

Producer::Result Outbound::pumpLarge() {
  Queued& next = large_.front();
  RecordHeader header = next.header;
  const uint32_t prefixBytes = next.sent == 0 ? ring::kFragmentPrefixBytes : 0;
  if (next.sent == 0) {
    header.flags |= ring::kFragmented;
  } else {
    header.kind = ring::kContinuation;
  }
  const uint32_t piece = std::min(next.size - next.sent, producer_.maxPayload() - prefixBytes);
  const auto result = write(header, reinterpret_cast<const uint8_t*>(&next.size), prefixBytes,
                            next.bytes.get() + next.sent, piece, ring::kControlReserveBytes);
  if (result != Producer::Result::written) return result;
  smallTurn_ = producer_.maxPayload();
  next.sent += piece;
  if (next.sent == next.size) {
    next.endPosition = producer_.tail();
    queuedBytes_ -= next.size;
    sentLarge_.push_back(std::move(next));
    large_.pop_front();
  } else {
    // To the end of those that take turns, not of the whole list: further ones have not begun.
    const auto turns = std::min(large_.size(), Reassembly::kMaxFragmentedAtOnce);
    large_.splice(std::next(large_.begin(), static_cast<ptrdiff_t>(turns)), large_, large_.begin());
  }
  return result;
}

void Outbound::forgetTaken() {
  if (sentLarge_.empty()) return;
  producer_.refreshHead();
  while (!sentLarge_.empty() && sentLarge_.front().endPosition <= producer_.headSeen())
    sentLarge_.pop_front();
}

bool Outbound::withdraw(uint32_t callId) {
  // Call ids of both sides' calls meet here: what answers the peer's call of that id stays.
  const auto isThis = [callId](const Queued& queued) {
    return queued.header.callId == callId && queued.header.kind == kRequestKind;
  };
  if (const auto found = std::find_if(small_.begin(), small_.end(), isThis);
      found != small_.end()) {
    queuedBytes_ -= found->size;
    small_.erase(found);
    return true;
  }
  const auto found = std::find_if(large_.begin(), large_.end(), isThis);
  if (found == large_.end()) return false;
  if (found->sent > 0) {
    RecordHeader abort{};
    abort.kind = ring::kAbort;
    abort.callId = callId;
    send(abort, nullptr, 0, Precedence::control);
  }
  queuedBytes_ -= found->size;
  large_.erase(found);
  return true;
}

std::vector<Untaken> Outbound::takeUntaken() {
  std::vector<Untaken> untaken;
  const bool known = producer_.refreshHead();
  for (uint64_t at = producer_.headSeen(); known && at < producer_.tail();) {
    const RecordHeader header = producer_.headerAt(at);
    if (!Reassembly::concerns(header)) {
      Untaken one{header, nullptr, header.length - ring::kHeaderBytes};
      if (one.size > 0) one.bytes.reset(new uint8_t[one.size]);
      producer_.copyPayloadAt(at, 0, one.bytes.get(), one.size);
      untaken.push_back(std::move(one));
    }
    at += ring::alignRecord(header.length);
  }
  const auto takeAll = [&untaken](auto& list) {
    for (Queued& queued : list)
      untaken.push_back({queued.header, std::move(queued.bytes), queued.size});
    list.clear();
  };
  forgetTaken();
  if (known) takeAll(sentLarge_);
  sentLarge_.clear();
  takeAll(large_);
  takeAll(small_);
  controls_.clear();
  queuedBytes_ = 0;
  return untaken;
}

}  // namespace doorcall::channel
