#include "channel/peer_arena.h"

namespace doorcall::channel {

const char* PeerArena::addSegment(uint32_t id, os::UniqueFd fd) {
  if (id != segments_.size() + 1) return "segment out of order";
  const auto bytes = os::checkArenaFile(fd.get());
  if (!bytes) return "segment of an arena that is no sealed memory";
  if (bytes.value() < kLeastSegmentBytes || bytes.value() % page_ != 0) {
    return "segment of an arena that is too small, or of broken pages";
  }
  const uint64_t most = mostSegmentBytes(quota_);
  if (bytes.value() > most || segmentBytes_ > most - bytes.value()) {
    return "arena larger than this side takes";
  }
  segmentBytes_ += bytes.value();
  segments_.push_back({std::move(fd), bytes.value(), {}, {}, {}});
  return nullptr;
}

const char* PeerArena::problemOf(const BlobPlace& place) const {
  const uint64_t size = segments_[place.segment - 1].bytes;
  if (place.slot == 0) return "blob in no slot";
  if (place.length == 0 || place.offset > size || place.length > size - place.offset) {
    return "blob outside its segment";
  }
  if (serialOf_.contains(place.slot)) return "blob in a slot that is still held";
  return nullptr;
}

PeerArena::Borrowed PeerArena::borrow(const BlobPlace& place) {
  if (const char* problem = problemOf(place)) return {problem};
  const arena::Range pages{roundDownTo(page_, place.offset),
                           roundUpTo(page_, place.offset + place.length)};
  const uint64_t bytes = pages.to - pages.from;
  if (heldBytes_ + bytes > roundUpTo(page_, quota_)) return {"more blobs than this side holds"};

  // From here on it is held: whatever fails is not the peer's fault.
  const uint64_t serial = ++lastSerial_;
  const size_t index = place.segment - 1;
  Segment& segment = segments_[index];
  Held held;
  held.slot = place.slot;
  held.segment = index;
  held.pages = pages;
  uint8_t* data = nullptr;
  if (map(segment) && commit(segment, pages)) {
    if (!segment.viewed.overlaps(pages)) {
      segment.viewed.add(pages);
      data = static_cast<uint8_t*>(segment.memory.data()) + place.offset;
    } else if (auto own = ExtraMapping::map(segment.fd.get(), bytes, pages.from)) {
      held.own = std::move(*own);
      data = static_cast<uint8_t*>(held.own.data()) + (place.offset - pages.from);
    }
  }
  if (data == nullptr)
    held.pages = {};
  else
    held.bytes = {data, place.length};
  heldBytes_ += held.pages.to - held.pages.from;
  held_.emplace(serial, std::move(held));
  serialOf_.emplace(place.slot, serial);
  return {nullptr, data, serial};
}

bool PeerArena::map(Segment& segment) {
  if (segment.memory.valid()) return true;
  auto memory = os::Mapping::map(segment.fd.get(), segment.bytes, os::Access::copyOnWrite);
  if (memory) segment.memory = std::move(memory).value();
  return segment.memory.valid();
}

bool PeerArena::commit(Segment& segment, arena::Range pages) {
  // The owner has taken this memory before it lent it. Doing it once more, for what was not seen
  // yet, costs the honest nothing but the call, and makes sure that a hole is no SIGBUS here.
  for (const arena::Range gap : segment.committed.missing(pages)) {
    if (!os::commitArenaMemory(segment.fd.get(), gap.from, gap.to - gap.from)) return false;
    segment.committed.add(gap);
  }
  return true;
}

PeerArena::Bytes PeerArena::look(uint64_t serial) const {
  const auto found = held_.find(serial);
  return found == held_.end() || found->second.letGo ? Bytes{} : found->second.bytes;
}

PeerArena::Bytes PeerArena::expose(uint64_t serial) {
  const auto found = held_.find(serial);
  if (found == held_.end() || found->second.letGo || found->second.exposed) return {};
  found->second.exposed = true;
  found->second.writable = true;
  return found->second.bytes;
}

std::optional<PeerArena::InSegment> PeerArena::inSegment(uint64_t serial) {
  const auto found = held_.find(serial);
  if (found == held_.end() || found->second.letGo) return {};
  Held& held = found->second;
  if (held.bytes.data == nullptr || held.own.valid()) return {};
  held.writable = true;
  const Segment& segment = segments_[held.segment];
  const auto base = static_cast<uint8_t*>(segment.memory.data());
  return InSegment{held.segment,
                   {base, segment.bytes},
                   static_cast<uint64_t>(held.bytes.data - base),
                   held.bytes.length};
}

bool PeerArena::letGo(uint64_t serial) {
  const auto found = held_.find(serial);
  if (found == held_.end() || found->second.letGo) return false;
  found->second.letGo = true;
  return true;
}

uint32_t PeerArena::giveBack(uint64_t serial) {
  const auto found = held_.find(serial);
  if (found == held_.end()) return 0;
  Held held = std::move(found->second);
  held_.erase(found);
  serialOf_.erase(held.slot);
  const uint64_t bytes = held.pages.to - held.pages.from;
  heldBytes_ -= bytes;
  if (held.own.valid() || bytes == 0) return held.slot;
  Segment& segment = segments_[held.segment];
  segment.viewed.remove(held.pages);
  // What was only read is the peer's own still: there is nothing to look for.
  if (held.writable && !closed_) {
    if (!written_) written_.emplace();
    written_->drop(static_cast<uint8_t*>(segment.memory.data()) + held.pages.from, bytes);
  }
  return held.slot;
}

void PeerArena::close() {
  closed_ = true;
  written_.reset();
  for (Segment& segment : segments_) segment.fd.reset();
}

}  // namespace doorcall::channel
