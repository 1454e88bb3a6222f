#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "arena/allocator.h"
#include "arena/range_set.h"
#include "channel/blob_place.h"
#include "os/arena_file.h"

namespace doorcall::channel {

/**
 * The memory of one connection that this side writes and lends to its peer. It outlives the
 * connection for as long as an array over it does.
 *
 * A piece of memory is in use while its owner's array lives, and while any loan of it, or of a part
 * of it, is out. What it held before is not wiped: only the one peer can ever read it, and did.
 */
class OwnArena {
 public:
  /** `quota`: the peer would hold more than it takes. `memory`: the machine has none. */
  enum class Problem { none, unwanted, quota, memory, socket, closed };

  /** @param quota what the peer takes, its maxBlobBytes. */
  explicit OwnArena(uint64_t quota) : quota_(quota) {}
  OwnArena(const OwnArena&) = delete;
  OwnArena& operator=(const OwnArena&) = delete;

  /** A piece of memory as its owner knows it. */
  struct Memory {
    uint8_t* data = nullptr;
    size_t bytes = 0;
    /** Never given twice, though the same memory is. */
    uint64_t serial = 0;
  };
  struct Allocated {
    Problem problem = Problem::none;
    Memory memory;
  };
  /** Memory of `bytes` bytes, above 0, on pages of its own. */
  Allocated allocate(uint64_t bytes);
  /** The memory in use that these bytes lie in, if they lie in one of this arena. */
  std::optional<Memory> find(const void* data, size_t bytes) const;
  /** The owner's array is gone. Ignored when that memory is another's by now. */
  void dispose(const Memory& memory);

  struct Lent {
    Problem problem = Problem::none;
    BlobPlace place;
  };
  /** Counts a loan of bytes for which find() finds something. */
  Lent lend(const void* data, size_t bytes);
  /** A loan is over. False when there is no such loan. */
  bool takeBack(uint32_t slot);

  /** The descriptor of a segment that the peer does not know yet, or -1. */
  int unannounced(uint32_t segment) const;
  void announced(uint32_t segment) { segments_[segment - 1].announced = true; }

  /** No loan comes back any more; what is allocated stays until it is disposed of. */
  void close();

  uint64_t quota() const { return quota_; }
  /** In use, and lent: both in whole pages. What is lent twice counts twice. */
  uint64_t allocatedBytes() const { return allocatedBytes_; }
  uint64_t lentBytes() const { return lentBytes_; }
  size_t segments() const { return segments_.size(); }

 private:
  struct Segment {
    os::OwnArenaFile file;
    arena::Allocator allocator;
    /** What has memory. */
    arena::RangeSet committed;
    bool announced = false;
  };
  struct Piece {
    size_t segment = 0;
    uint64_t offset = 0;
    /** Whole pages. */
    uint64_t bytes = 0;
    size_t asked = 0;
    uint64_t serial = 0;
    bool owned = true;
    uint32_t loans = 0;
  };
  using Pieces = std::map<const uint8_t*, Piece>;

  struct Found {
    size_t segment = 0;
    uint64_t offset = 0;
  };
  Problem place(uint64_t bytes, Found* found);
  Problem addSegment(uint64_t bytes);
  Pieces::const_iterator pieceOf(const void* data, size_t bytes) const;
  void freeIfUnused(Pieces::iterator piece);

  struct Loan {
    const uint8_t* piece = nullptr;
    uint64_t bytes = 0;
  };

  const uint64_t quota_;
  const uint64_t page_ = os::pageBytes();
  bool closed_ = false;
  std::vector<Segment> segments_;
  uint64_t segmentBytes_ = 0;
  /** In use, by address. */
  Pieces pieces_;
  std::unordered_map<uint32_t, Loan> loans_;
  std::vector<uint32_t> freeSlots_;
  uint32_t lastSlot_ = 0;
  uint64_t lastSerial_ = 0;
  uint64_t allocatedBytes_ = 0;
  uint64_t lentBytes_ = 0;
};

}  // namespace doorcall::channel
