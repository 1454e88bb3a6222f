#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace doorcall::napi {

/**
 * Drained, whole records that JavaScript has not had yet, in order. They may be many megabytes:
 * what a synchronous call met beside its answer. So they are kept in pieces of at most a batch, and
 * whatever is taken moves none of the others; memory goes back piece by piece.
 */
class SetAside {
 public:
  bool empty() const { return pieces_.empty(); }
  size_t bytes() const { return bytes_; }

  /** The first of them, at most a batch; empty when there are none. Valid until the next change. */
  std::span<const uint8_t> first() const;
  /** Removes so many bytes of first(). */
  void take(size_t bytes);
  /** Behind all others. @param bytes at most a batch */
  void append(const uint8_t* records, size_t bytes);
  /** Before all others. @param bytes at most a batch */
  void putBack(const uint8_t* records, size_t bytes);
  void clear();

 private:
  struct Piece {
    std::vector<uint8_t> records;
    /** Where those begin that have not been taken. */
    size_t begin = 0;
  };

  std::deque<Piece> pieces_;
  size_t bytes_ = 0;
};

}  // namespace doorcall::napi
