/// @file
/// A word and a payload in shared memory for each direction. The receiver sleeps in the kernel.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <vector>

#include "os/futex.h"
#include "shared_memory.h"

namespace floor_lab {

class FutexLink {
 public:
  explicit FutexLink(uint32_t bytes) : bytes_(bytes) {
    const size_t direction = kPayloadOffset + bytes;
    const size_t aligned = (direction + 4095) & ~size_t{4095};
    auto* memory = static_cast<uint8_t*>(sharedMemory(2 * aligned));
    toServer_ = memory;
    toClient_ = memory + aligned;
  }

  class End {
   public:
    void send(const uint8_t* payload) {
      std::memcpy(out_ + kPayloadOffset, payload, bytes_);
      word(out_).store(++sent_, std::memory_order_release);
      doorcall::os::futexWake(&word(out_), 1);
    }

    const uint8_t* receive() {
      while (word(in_).load(std::memory_order_acquire) == received_) {
        doorcall::os::futexWait(&word(in_), received_, -1);
      }
      received_++;
      std::memcpy(buffer_.data(), in_ + kPayloadOffset, bytes_);
      return buffer_.data();
    }

   private:
    friend class FutexLink;
    End(uint8_t* out, uint8_t* in, uint32_t bytes)
        : out_(out), in_(in), bytes_(bytes), buffer_(bytes) {}

    static std::atomic<uint32_t>& word(uint8_t* direction) {
      return *reinterpret_cast<std::atomic<uint32_t>*>(direction);
    }

    uint8_t* out_;
    uint8_t* in_;
    uint32_t bytes_;
    std::vector<uint8_t> buffer_;
    uint32_t sent_ = 0;
    uint32_t received_ = 0;
  };

  End client() { return End(toServer_, toClient_, bytes_); }
  End server() { return End(toClient_, toServer_, bytes_); }

 private:
  /// The word has the two lines for itself.
  static constexpr size_t kPayloadOffset = 128;

  uint32_t bytes_;
  uint8_t* toServer_;
  uint8_t* toClient_;
};

}  // namespace floor_lab
