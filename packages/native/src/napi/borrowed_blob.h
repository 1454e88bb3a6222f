#pragma once

#include <cstdint>
#include <memory>

#include "channel/peer_arena.h"

namespace doorcall::napi {

class Connection;

/**
 * A blob of the peer's that JavaScript may look at. Shared by whatever can still reach it; the peer
 * has its memory back when the last of them is gone, or when it is released.
 */
class BorrowedBlob {
 public:
  BorrowedBlob(std::weak_ptr<Connection> connection, std::shared_ptr<channel::PeerArena> arena,
               const channel::PeerArena::Borrowed& borrowed, uint64_t length)
      : connection_(std::move(connection)),
        arena_(std::move(arena)),
        serial_(borrowed.serial),
        data_(borrowed.data),
        length_(length) {}
  ~BorrowedBlob() { release(); }
  BorrowedBlob(const BorrowedBlob&) = delete;
  BorrowedBlob& operator=(const BorrowedBlob&) = delete;

  /** Nothing reads it any more. Ignored the second time. */
  void release();
  bool released() const { return released_; }

  uint8_t* data() const { return data_; }
  uint64_t length() const { return length_; }
  /** What keeps the memory mapped. */
  const std::shared_ptr<channel::PeerArena>& arena() const { return arena_; }

 private:
  std::weak_ptr<Connection> connection_;
  std::shared_ptr<channel::PeerArena> arena_;
  uint64_t serial_;
  uint8_t* data_;
  uint64_t length_;
  bool released_ = false;
};

}  // namespace doorcall::napi
