#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ring/record.h"

namespace doorcall::channel {

/** Private heap memory of a message too large for one record. */
struct LargeMessage {
  std::unique_ptr<uint8_t[]> bytes;
  uint32_t size = 0;
};

/**
 * Puts fragmented messages together again. A sender has at most kMaxFragmentedAtOnce under way, so
 * a receiver never holds more than that many times the largest message; more is a protocol error,
 * not a reason to wait.
 */
class Reassembly {
 public:
  static constexpr size_t kMaxFragmentedAtOnce = 4;

  explicit Reassembly(uint32_t maxMessageBytes) : maxMessageBytes_(maxMessageBytes) {}

  struct Outcome {
    const char* violation = nullptr;
    /** Header of the whole message, when this record completed one. */
    std::optional<ring::RecordHeader> completed;
    LargeMessage message;
  };

  static bool concerns(const ring::RecordHeader& header) {
    return (header.flags & ring::kFragmented) != 0 || header.kind == ring::kContinuation ||
           header.kind == ring::kAbort;
  }

  /** Takes one record for which concerns() holds; `header` and `payload` are private copies. */
  Outcome take(const ring::RecordHeader& header, const uint8_t* payload);

  bool empty() const { return open_.empty(); }

 private:
  struct Open {
    ring::RecordHeader header;
    LargeMessage message;
    uint32_t received = 0;
  };

  Outcome begin(const ring::RecordHeader& header, const uint8_t* payload, uint32_t payloadBytes);
  Outcome append(size_t index, const uint8_t* payload, uint32_t payloadBytes);

  uint32_t maxMessageBytes_;
  std::vector<Open> open_;
};

}  // namespace doorcall::channel
