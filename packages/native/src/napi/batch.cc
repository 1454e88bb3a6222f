#include "napi/batch.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "channel/kinds.h"
#include "ring/record.h"

namespace doorcall::napi {
namespace {

ring::RecordHeader headerAt(const uint8_t* record) {
  ring::RecordHeader header;
  std::memcpy(&header, record, sizeof header);
  return header;
}

}  // namespace

uint32_t wholeRecords(const uint8_t* batch, size_t bytes, uint32_t limit) {
  uint32_t whole = 0;
  while (whole < bytes) {
    const uint32_t padded = ring::alignRecord(headerAt(batch + whole).length);
    if (whole + padded > limit) break;
    whole += padded;
  }
  return whole;
}

uint32_t wholeRecordsOrFirst(const uint8_t* batch, size_t bytes, uint32_t limit) {
  const uint32_t first = bytes == 0 ? 0 : ring::alignRecord(headerAt(batch).length);
  return std::max(first, wholeRecords(batch, bytes, limit));
}

void markCancelled(uint8_t* batch, uint32_t bytes) {
  // Where the last cancel of each call stands.
  std::unordered_map<uint32_t, uint32_t> cancels;
  for (uint32_t at = 0; at < bytes;) {
    const auto header = headerAt(batch + at);
    if (header.kind == channel::kCancelKind) cancels[header.callId] = at;
    at += ring::alignRecord(header.length);
  }
  if (cancels.empty()) return;
  for (uint32_t at = 0; at < bytes;) {
    auto header = headerAt(batch + at);
    if (header.kind == channel::kRequestKind) {
      const auto cancel = cancels.find(header.callId);
      if (cancel != cancels.end() && cancel->second > at) {
        header.flags |= ring::kCancelFollows;
        std::memcpy(batch + at, &header, sizeof header);
      }
    }
    at += ring::alignRecord(header.length);
  }
}

}  // namespace doorcall::napi
