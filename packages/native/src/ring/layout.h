#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

/**
 * The bytes of a segment. This file owns them; docs/memory-layout.md shows the same table.
 *
 * A connection has two segments of this form. Each is written by exactly one side, its owner, and
 * mapped read-only by the other. So "my" tail, head, parked word and bell all stand in my own
 * segment:
 *
 *     offset  word                   written by the owner
 *     0       Identity               once, before the segment is sealed
 *     128     tail        u32        after writing records into the ring below
 *     256     head        u32        after taking records out of the *peer's* ring
 *     384     parked      u64        when the owner starts or stops waiting (ring/parking.h)
 *     512     bell        u32        bumped when the owner wakes a peer that sleeps on a futex
 *     640     closed      u32        once, after the owner's last store of head
 *     4096    ring        ringBytes  records (ring/record.h)
 *
 * Every word that changes at its own rate has a 128-byte line of its own: two 64-byte lines,
 * because adjacent-line prefetchers move them in pairs. Positions are u32 byte counts modulo 2^32;
 * privately each side extends them to u64.
 */
namespace doorcall::ring {

inline constexpr uint64_t kSegmentMagic = 0x314c4c4143524f44;  // "DORCALL1", little-endian
inline constexpr uint32_t kLayoutVersion = 1;
inline constexpr size_t kLineBytes = 128;
inline constexpr size_t kRingOffset = 4096;
inline constexpr uint32_t kMinRingBytes = 4096;
/** A segment with a larger one would be more than os::createSegment() makes. */
inline constexpr uint32_t kMaxRingBytes = 1u << 29;

/** CPU of a side that cannot tell on which one it runs, or has not told yet. */
inline constexpr uint16_t kUnknownCpu = 0xffff;

/** Constant facts about a segment, checked once by the side that maps it. */
struct Identity {
  uint64_t magic;
  uint32_t layoutVersion;
  uint32_t ringBytes;
};

struct SegmentHeader {
  alignas(kLineBytes) Identity identity;
  alignas(kLineBytes) std::atomic<uint32_t> tail;
  alignas(kLineBytes) std::atomic<uint32_t> head;
  alignas(kLineBytes) std::atomic<uint64_t> parked;
  alignas(kLineBytes) std::atomic<uint32_t> bell;
  alignas(kLineBytes) std::atomic<uint32_t> closed;
};

static_assert(offsetof(SegmentHeader, identity) == 0);
static_assert(offsetof(SegmentHeader, tail) == 128);
static_assert(offsetof(SegmentHeader, head) == 256);
static_assert(offsetof(SegmentHeader, parked) == 384);
static_assert(offsetof(SegmentHeader, bell) == 512);
static_assert(offsetof(SegmentHeader, closed) == 640);
static_assert(sizeof(SegmentHeader) <= kRingOffset);
static_assert(sizeof(std::atomic<uint32_t>) == 4 && std::atomic<uint32_t>::is_always_lock_free);
static_assert(sizeof(std::atomic<uint64_t>) == 8 && std::atomic<uint64_t>::is_always_lock_free);

constexpr bool isValidRingBytes(uint64_t bytes) {
  return bytes >= kMinRingBytes && bytes <= kMaxRingBytes && (bytes & (bytes - 1)) == 0;
}

constexpr size_t segmentBytes(uint32_t ringBytes) { return kRingOffset + ringBytes; }

/** My own segment: I write it. */
class OwnSegmentView {
 public:
  OwnSegmentView(void* base, uint32_t ringBytes)
      : header_(static_cast<SegmentHeader*>(base)),
        ring_(static_cast<uint8_t*>(base) + kRingOffset),
        ringBytes_(ringBytes) {}

  /**
   * Writes the identity and what the owner says of itself before it has a channel: awake, on a CPU
   * that nobody knows. Call once, before the segment is sealed and sent.
   */
  void initialise() {
    header_->identity = Identity{kSegmentMagic, kLayoutVersion, ringBytes_};
    header_->parked.store(kUnknownCpu, std::memory_order_relaxed);
  }

  SegmentHeader& header() const { return *header_; }
  uint8_t* ring() const { return ring_; }
  uint32_t ringBytes() const { return ringBytes_; }

 private:
  SegmentHeader* header_;
  uint8_t* ring_;
  uint32_t ringBytes_;
};

/** The peer's segment: I only read it, and believe none of it. `ringBytes` is the negotiated size.
 */
class PeerSegmentView {
 public:
  PeerSegmentView(const void* base, uint32_t ringBytes)
      : header_(static_cast<const SegmentHeader*>(base)),
        ring_(static_cast<const uint8_t*>(base) + kRingOffset),
        ringBytes_(ringBytes) {}

  /** Whether the identity is the one negotiated; returns a reason otherwise, nullptr when it fits.
   */
  const char* identityProblem() const {
    const Identity identity = header_->identity;
    if (identity.magic != kSegmentMagic) return "segment has the wrong magic";
    if (identity.layoutVersion != kLayoutVersion) return "segment has another layout version";
    if (identity.ringBytes != ringBytes_) return "segment has another ring size than negotiated";
    return nullptr;
  }

  const SegmentHeader& header() const { return *header_; }
  const uint8_t* ring() const { return ring_; }
  uint32_t ringBytes() const { return ringBytes_; }

 private:
  const SegmentHeader* header_;
  const uint8_t* ring_;
  uint32_t ringBytes_;
};

}  // namespace doorcall::ring
