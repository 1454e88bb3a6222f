#pragma once

#include <cstdint>

/**
 * The record kinds that stand in docs/protocol.md (those of fragments are in ring/record.h). Client
 * and server, in TypeScript, own their meaning: C++ only needs to know what is a new call, an
 * answer, an item of a stream or a control record.
 */
namespace doorcall::channel {

inline constexpr uint8_t kRequestKind = 1;
inline constexpr uint8_t kOnewayKind = 2;
inline constexpr uint8_t kReplyKind = 3;
inline constexpr uint8_t kErrorKind = 4;
inline constexpr uint8_t kCancelKind = 5;
inline constexpr uint8_t kGoawayKind = 6;
inline constexpr uint8_t kCreditKind = 7;
inline constexpr uint8_t kInputKind = 8;
inline constexpr uint8_t kInputEndKind = 9;
inline constexpr uint8_t kOutputKind = 10;
inline constexpr uint8_t kInputWindowKind = 11;
inline constexpr uint8_t kOutputWindowKind = 12;
/** A blob is back; the transport's. */
inline constexpr uint8_t kReleaseKind = 13;
inline constexpr uint8_t kDoorReleaseKind = 14;
/** Descriptors that no record will name after all; the transport's. */
inline constexpr uint8_t kFdReleaseKind = 15;
/** Descriptors were taken, and so many more may be sent; the transport's. */
inline constexpr uint8_t kFdCreditKind = 16;

/** How a record is treated when the ring is full. */
enum class Precedence : uint8_t {
  /** Has no payload, overtakes whatever waits, and may use the ring's reserve. */
  control,
  /** Waits its turn in the private queue. */
  message,
  /**
   * Waits only where nothing else does, so that streams never stand in front of calls; and behind
   * no large request, which small records would pass.
   */
  item,
};

/** Kinds that never leave the transport, besides those in ring/record.h. */
constexpr bool isTransportKind(uint8_t kind) {
  return kind == kReleaseKind || kind == kFdReleaseKind || kind == kFdCreditKind;
}

constexpr bool isAnswer(uint8_t kind) { return kind == kReplyKind || kind == kErrorKind; }

constexpr bool isItem(uint8_t kind) { return kind == kInputKind || kind == kOutputKind; }

constexpr bool isWindow(uint8_t kind) {
  return kind == kInputWindowKind || kind == kOutputWindowKind;
}

constexpr Precedence precedenceOf(uint8_t kind) {
  switch (kind) {
    case kCancelKind:
    case kGoawayKind:
    case kCreditKind:
    case kInputWindowKind:
    case kOutputWindowKind:
    case kReleaseKind:
    case kDoorReleaseKind:
    case kFdReleaseKind:
    case kFdCreditKind:
      return Precedence::control;
    default:
      return isItem(kind) || kind == kInputEndKind ? Precedence::item : Precedence::message;
  }
}

}  // namespace doorcall::channel
