#include "channel/reassembly.h"

#include <cstring>
#include <new>

namespace doorcall::channel {

using ring::RecordHeader;

Reassembly::Outcome Reassembly::take(const RecordHeader& header, const uint8_t* payload) {
  const uint32_t payloadBytes = header.length - ring::kHeaderBytes;
  size_t index = 0;
  while (index < open_.size() && open_[index].header.callId != header.callId) index++;
  const bool known = index < open_.size();

  if (header.kind == ring::kAbort) {
    if (known) open_.erase(open_.begin() + static_cast<ptrdiff_t>(index));
    return {};
  }
  if (header.kind == ring::kContinuation) {
    if (!known) return {"continuation of a message that never began", {}, {}};
    return append(index, payload, payloadBytes);
  }
  if (known) return {"two fragmented messages with one call id", {}, {}};
  return begin(header, payload, payloadBytes);
}

Reassembly::Outcome Reassembly::begin(const RecordHeader& header, const uint8_t* payload,
                                      uint32_t payloadBytes) {
  if (open_.size() >= kMaxFragmentedAtOnce) return {"too many fragmented messages at once", {}, {}};
  if (payloadBytes <= ring::kFragmentPrefixBytes) return {"fragment without content", {}, {}};
  uint32_t total;
  std::memcpy(&total, payload, sizeof total);
  if (total > maxMessageBytes_) return {"message longer than the negotiated limit", {}, {}};
  if (total <= payloadBytes - ring::kFragmentPrefixBytes)
    return {"fragmented message that fits one record", {}, {}};

  Open open;
  open.header = header;
  open.header.flags &= static_cast<uint8_t>(~ring::kFragmented);
  open.message.bytes.reset(new (std::nothrow) uint8_t[total]);
  if (!open.message.bytes) return {"no memory for a large message", {}, {}};
  open.message.size = total;
  open_.push_back(std::move(open));
  return append(open_.size() - 1, payload + ring::kFragmentPrefixBytes,
                payloadBytes - ring::kFragmentPrefixBytes);
}

Reassembly::Outcome Reassembly::append(size_t index, const uint8_t* payload,
                                       uint32_t payloadBytes) {
  Open& open = open_[index];
  if (payloadBytes == 0) return {"fragment without content", {}, {}};
  if (payloadBytes > open.message.size - open.received)
    return {"more fragments than the message is long", {}, {}};
  std::memcpy(open.message.bytes.get() + open.received, payload, payloadBytes);
  open.received += payloadBytes;
  if (open.received < open.message.size) return {};
  Outcome outcome{nullptr, open.header, std::move(open.message)};
  open_.erase(open_.begin() + static_cast<ptrdiff_t>(index));
  return outcome;
}

}  // namespace doorcall::channel
