#include "napi/set_aside.h"

#include "ring/record.h"

namespace doorcall::napi {

std::span<const uint8_t> SetAside::first() const {
  if (pieces_.empty()) return {};
  const Piece& piece = pieces_.front();
  return std::span(piece.records).subspan(piece.begin);
}

void SetAside::take(size_t bytes) {
  if (bytes == 0) return;
  Piece& piece = pieces_.front();
  piece.begin += bytes;
  bytes_ -= bytes;
  if (piece.begin == piece.records.size()) pieces_.pop_front();
}

void SetAside::append(const uint8_t* records, size_t bytes) {
  if (bytes == 0) return;
  if (pieces_.empty() || pieces_.back().records.size() + bytes > ring::kBatchBytes)
    pieces_.emplace_back();
  std::vector<uint8_t>& last = pieces_.back().records;
  last.insert(last.end(), records, records + bytes);
  bytes_ += bytes;
}

void SetAside::putBack(const uint8_t* records, size_t bytes) {
  if (bytes == 0) return;
  pieces_.push_front({{records, records + bytes}, 0});
  bytes_ += bytes;
}

void SetAside::clear() {
  pieces_.clear();
  bytes_ = 0;
}

}  // namespace doorcall::napi
