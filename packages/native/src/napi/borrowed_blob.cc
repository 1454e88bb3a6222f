#include "napi/borrowed_blob.h"

#include "napi/connection.h"

namespace doorcall::napi {

void BorrowedBlob::release() {
  if (released_) return;
  released_ = true;
  if (const auto connection = connection_.lock()) {
    connection->viewGone(*arena_, serial_);
  } else {
    arena_->giveBack(serial_);
  }
}

}  // namespace doorcall::napi
