#pragma once

#include <cstdint>

/**
 * The record kinds that the loop must tell apart; docs/protocol.md has the whole list. Client and
 * server, in TypeScript, own their meaning: the loop only needs to know what is a new call, an
 * answer or a control record.
 */
namespace doorcall::napi {

inline constexpr uint8_t kRequestKind = 1;
inline constexpr uint8_t kOnewayKind = 2;
inline constexpr uint8_t kReplyKind = 3;
inline constexpr uint8_t kErrorKind = 4;
inline constexpr uint8_t kCancelKind = 5;
inline constexpr uint8_t kGoawayKind = 6;
inline constexpr uint8_t kCreditKind = 7;

}  // namespace doorcall::napi
