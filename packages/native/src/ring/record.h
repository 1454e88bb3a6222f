#pragma once

#include <cstddef>
#include <cstdint>

/**
 * The bytes of a record in a ring: a 16-byte header, then the payload, padded to 16 bytes.
 *
 *     offset  field    meaning
 *     0       length   u32  header and payload in bytes, without the padding; at least 16
 *     4       callId   u32  chosen by the caller
 *     8       method   u16  index of the method
 *     10      kind     u8   what the record is; kSkip, kContinuation and kAbort are the transport's
 *     11      flags    u8   bits 0x1f belong to client and server, kTransportFlags to the transport
 *     12      aux      u32  deadline of a request, status of an error, credits …
 *
 * All little-endian. A header never wraps around the ring's end (positions are multiples of 16 and
 * so is the ring); a payload may.
 */
namespace doorcall::ring {

struct RecordHeader {
  uint32_t length;
  uint32_t callId;
  uint16_t method;
  uint8_t kind;
  uint8_t flags;
  uint32_t aux;
};

inline constexpr uint32_t kHeaderBytes = 16;
inline constexpr uint32_t kRecordAlignment = 16;
static_assert(sizeof(RecordHeader) == kHeaderBytes);
static_assert(offsetof(RecordHeader, callId) == 4);
static_assert(offsetof(RecordHeader, method) == 8);
static_assert(offsetof(RecordHeader, kind) == 10);
static_assert(offsetof(RecordHeader, flags) == 11);
static_assert(offsetof(RecordHeader, aux) == 12);

/** Never on the wire: marks a record of a private batch that the transport has already dealt with.
 */
inline constexpr uint8_t kSkip = 0;
/** A further piece of the fragmented message with the same call id. */
inline constexpr uint8_t kContinuation = 62;
/** The sender gave up the fragmented message with this call id; nothing of it counts. */
inline constexpr uint8_t kAbort = 63;

/** First piece of a fragmented message: its payload begins with the whole message's length, u32. */
inline constexpr uint8_t kFragmented = 0x80;
/** Only in private batches: the message was reassembled and waits beside the batch (see
 * channel/reassembly.h). */
inline constexpr uint8_t kLarge = 0x40;
/** Only in private batches, on a request: a cancel for it stands further on in the same batch. */
inline constexpr uint8_t kCancelFollows = 0x20;
inline constexpr uint8_t kTransportFlags = kFragmented | kLarge | kCancelFollows;
inline constexpr uint32_t kFragmentPrefixBytes = 4;

/** Whether client and server may send such a record: neither kind nor flags are the transport's. */
constexpr bool maySend(const RecordHeader& header) {
  return header.kind != kSkip && header.kind != kContinuation && header.kind != kAbort &&
         (header.flags & kTransportFlags) == 0;
}

constexpr uint32_t alignRecord(uint32_t bytes) {
  return (bytes + (kRecordAlignment - 1)) & ~(kRecordAlignment - 1);
}

/** No record is longer, however large the ring: the size of the private batch that records are
 * copied into. */
inline constexpr uint32_t kBatchBytes = 64 * 1024;

/**
 * Largest record, header included, for a ring of that size. An eighth: sender and receiver of a
 * large message then copy at the same time, and a small message finds its way between two pieces.
 */
constexpr uint32_t maxRecordBytes(uint32_t ringBytes) {
  return ringBytes / 8 < kBatchBytes ? ringBytes / 8 : kBatchBytes;
}
constexpr uint32_t maxRecordPayload(uint32_t ringBytes) {
  return maxRecordBytes(ringBytes) - kHeaderBytes;
}

/** Ring space that only control records (channel/kinds.h) and aborts may use: room for 32 of them.
 */
constexpr uint32_t kControlReserveBytes = 512;

}  // namespace doorcall::ring
