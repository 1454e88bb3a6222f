#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "arena/range_set.h"
#include "channel/blob_place.h"
#include "channel/extra_mapping.h"
#include "os/arena_file.h"
#include "os/written_pages.h"

namespace doorcall::channel {

/**
 * The memory of one connection that the peer writes and lends to this side. Each segment is mapped
 * once, copy-on-write: what this side writes is its own. It outlives the connection for as long as
 * a view of it does.
 *
 * The peer can go on writing what it has lent, so what is read here is not to be trusted twice; but
 * it can neither make a read fail nor make two views lie on one address.
 */
class PeerArena {
 public:
  /** @param quota what this side takes, its maxBlobBytes. */
  explicit PeerArena(uint64_t quota) : quota_(quota) {}
  PeerArena(const PeerArena&) = delete;
  PeerArena& operator=(const PeerArena&) = delete;

  /** A segment that the peer has announced. @returns what it did wrong, or nullptr. */
  const char* addSegment(uint32_t id, os::UniqueFd fd);
  bool knows(uint32_t segment) const { return segment >= 1 && segment <= segments_.size(); }

  struct Borrowed {
    /** What the peer did wrong, or nullptr. */
    const char* violation = nullptr;
    /** Null when there is a violation, and when there is no memory for it, or no mapping. */
    uint8_t* data = nullptr;
    /** Names the view until it is given back; never used twice. */
    uint64_t serial = 0;
  };
  /** Holds a blob of at least one byte. Its segment must be known. */
  Borrowed borrow(const BlobPlace& place);

  struct Bytes {
    uint8_t* data = nullptr;
    uint64_t length = 0;
  };
  /** A view's bytes, to be read now. None when no such view is held, or it was let go of. */
  Bytes look(uint64_t serial) const;
  /**
   * A view's bytes, for somebody who keeps them and may write to them. None the second time, too:
   * two arrays must not lie on one address.
   */
  Bytes expose(uint64_t serial);
  struct InSegment {
    /** Counts from 0. */
    size_t segment = 0;
    /** All of the segment. */
    Bytes all;
    /** Of the view, from there on. */
    uint64_t offset = 0;
    uint64_t length = 0;
  };
  /**
   * Where a view lies in its segment, for somebody who may write to it as long as it is held. None
   * for a view that has a mapping of its own, or that is not held.
   */
  std::optional<InSegment> inSegment(uint64_t serial);
  /** Nobody looks any more: giveBack() is to follow. False when that was said, or no such view is
   * held. */
  bool letGo(uint64_t serial);
  /**
   * The view is gone: drops the pages that were written through it. Then nothing but the peer's own
   * bytes shows when it uses the memory again, and it may.
   * @returns the slot to release, or 0 when no such view is held.
   */
  uint32_t giveBack(uint64_t serial);

  /** Nothing more comes; what is held stays readable. */
  void close();

  uint64_t heldBytes() const { return heldBytes_; }
  size_t heldBlobs() const { return held_.size(); }
  size_t segments() const { return segments_.size(); }

 private:
  struct Segment {
    os::UniqueFd fd;
    uint64_t bytes = 0;
    /** From the first blob in it on for which this process had the address space. */
    os::Mapping memory;
    /** What is known to have memory, so that reading it cannot fail. */
    arena::RangeSet committed;
    /** Pages under a view in `memory`. */
    arena::RangeSet viewed;
  };
  struct Held {
    uint32_t slot = 0;
    size_t segment = 0;
    arena::Range pages;
    Bytes bytes;
    /** There is an array of them. */
    bool exposed = false;
    /** Somebody may have written to them. */
    bool writable = false;
    bool letGo = false;
    /** Of its own when its pages lay under another view already. */
    ExtraMapping own;
  };
  const char* problemOf(const BlobPlace& place) const;
  static bool map(Segment& segment);
  bool commit(Segment& segment, arena::Range pages);

  const uint64_t quota_;
  const uint64_t page_ = os::pageBytes();
  bool closed_ = false;
  std::vector<Segment> segments_;
  uint64_t segmentBytes_ = 0;
  std::unordered_map<uint64_t, Held> held_;
  /** Of each slot that is held, its view. */
  std::unordered_map<uint32_t, uint64_t> serialOf_;
  uint64_t lastSerial_ = 0;
  /** Once there is something to find. */
  std::optional<os::WrittenPages> written_;
  uint64_t heldBytes_ = 0;
};

}  // namespace doorcall::channel
