#include "channel/own_arena.h"

#include <algorithm>
#include <iterator>

namespace doorcall::channel {
namespace {

/// How large a segment is at most, unless one piece needs more: of what an arena may have, what a
/// connection takes of the address space, before and after it has shown that it needs much.
constexpr uint64_t kFirstSegmentBytes = uint64_t{1} << 30;
constexpr uint64_t kLaterSegmentBytes = uint64_t{1} << 40;

}  // namespace

OwnArena::Allocated OwnArena::allocate(uint64_t bytes) {
  if (closed_) return {Problem::closed, {}};
  if (quota_ == 0) return {Problem::unwanted, {}};
  // Before it is rounded, which could overflow.
  if (bytes > quota_) return {Problem::quota, {}};
  const uint64_t whole = roundUpTo(page_, std::max<uint64_t>(bytes, 1));
  if (allocatedBytes_ + whole > roundUpTo(page_, quota_)) return {Problem::quota, {}};
  Found found;
  if (const Problem problem = place(whole, &found); problem != Problem::none) return {problem, {}};

  Segment& segment = segments_[found.segment];
  for (const arena::Range gap : segment.committed.missing({found.offset, found.offset + whole})) {
    if (!os::commitArenaMemory(segment.file.fd.get(), gap.from, gap.to - gap.from)) {
      segment.allocator.free(found.offset, whole);
      return {Problem::memory, {}};
    }
    segment.committed.add(gap);
  }
  auto* const data = static_cast<uint8_t*>(segment.file.memory.data()) + found.offset;
  Piece piece{found.segment, found.offset, whole, static_cast<size_t>(bytes), ++lastSerial_};
  pieces_.emplace(data, piece);
  allocatedBytes_ += whole;
  return {Problem::none, {data, piece.asked, piece.serial}};
}

OwnArena::Problem OwnArena::place(uint64_t bytes, Found* found) {
  for (;;) {
    for (size_t i = 0; i < segments_.size(); i++) {
      if (const auto offset = segments_[i].allocator.allocate(bytes)) {
        *found = {i, *offset};
        return Problem::none;
      }
    }
    if (const Problem problem = addSegment(bytes); problem != Problem::none) return problem;
  }
}

OwnArena::Problem OwnArena::addSegment(uint64_t bytes) {
  const uint64_t needed = std::max(bytes, kLeastSegmentBytes);
  const uint64_t left = mostSegmentBytes(quota_) - segmentBytes_;
  if (needed > left) return Problem::quota;
  // Much more than what is needed: pieces of another segment never lie together with those of this
  // one, so that many small segments would leave no room for a large piece.
  const uint64_t spare = segments_.empty() ? kFirstSegmentBytes : kLaterSegmentBytes;
  uint64_t size = std::max(needed, roundDownTo(page_, std::min(left, spare)));
  auto file = os::createArenaFile(size);
  if (!file && size > needed) {
    size = needed;
    file = os::createArenaFile(size);
  }
  if (!file) return Problem::memory;
  segments_.push_back({std::move(file).value(), arena::Allocator(size), {}, false});
  segmentBytes_ += size;
  return Problem::none;
}

OwnArena::Pieces::const_iterator OwnArena::pieceOf(const void* data, size_t bytes) const {
  const auto* const from = static_cast<const uint8_t*>(data);
  auto piece = pieces_.upper_bound(from);
  if (piece == pieces_.begin()) return pieces_.end();
  --piece;
  const auto into = static_cast<uint64_t>(from - piece->first);
  const bool within = into <= piece->second.asked && bytes <= piece->second.asked - into;
  return within ? piece : pieces_.end();
}

std::optional<OwnArena::Memory> OwnArena::find(const void* data, size_t bytes) const {
  const auto found = pieceOf(data, bytes);
  if (found == pieces_.end()) return std::nullopt;
  const auto& [start, piece] = *found;
  return Memory{const_cast<uint8_t*>(start), piece.asked, piece.serial};
}

void OwnArena::dispose(const Memory& memory) {
  const auto found = pieces_.find(memory.data);
  if (found == pieces_.end() || found->second.serial != memory.serial) return;
  found->second.owned = false;
  freeIfUnused(found);
}

OwnArena::Lent OwnArena::lend(const void* data, size_t bytes) {
  if (closed_) return {Problem::closed, {}};
  const auto found = pieces_.find(find(data, bytes)->data);
  Piece& piece = found->second;
  const uint64_t offset =
      piece.offset + static_cast<uint64_t>(static_cast<const uint8_t*>(data) - found->first);
  const uint64_t whole = roundUpTo(page_, offset + bytes) - roundDownTo(page_, offset);
  if (lentBytes_ + whole > roundUpTo(page_, quota_)) return {Problem::quota, {}};
  uint32_t slot = 0;
  if (freeSlots_.empty()) {
    slot = ++lastSlot_;
  } else {
    slot = freeSlots_.back();
    freeSlots_.pop_back();
  }
  loans_.emplace(slot, Loan{found->first, whole});
  piece.loans++;
  lentBytes_ += whole;
  return {Problem::none, {static_cast<uint32_t>(piece.segment + 1), slot, offset, bytes}};
}

bool OwnArena::takeBack(uint32_t slot) {
  const auto loan = loans_.find(slot);
  if (loan == loans_.end()) return false;
  const auto piece = pieces_.find(loan->second.piece);
  lentBytes_ -= loan->second.bytes;
  loans_.erase(loan);
  freeSlots_.push_back(slot);
  piece->second.loans--;
  freeIfUnused(piece);
  return true;
}

void OwnArena::freeIfUnused(Pieces::iterator found) {
  const Piece piece = found->second;
  if (piece.owned || piece.loans > 0) return;
  pieces_.erase(found);
  segments_[piece.segment].allocator.free(piece.offset, piece.bytes);
  allocatedBytes_ -= piece.bytes;
}

int OwnArena::unannounced(uint32_t segment) const {
  const Segment& found = segments_[segment - 1];
  return found.announced ? -1 : found.file.fd.get();
}

void OwnArena::close() {
  closed_ = true;
  while (!loans_.empty()) takeBack(loans_.begin()->first);
  for (Segment& segment : segments_) segment.file.fd.reset();
}

}  // namespace doorcall::channel
