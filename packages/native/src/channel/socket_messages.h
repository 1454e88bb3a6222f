#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

/**
 * What the connection's socket carries after the handshake besides one-byte bells: messages of 16
 * bytes that come with descriptors (docs/protocol.md). This file only turns bytes into values and
 * back.
 *
 *     offset  field
 *     0       magic  u32  "DCA1"
 *     4       type   u16
 *     6       count  u16  descriptors that come along
 *     8       id     u32  of the ticket or the segment
 *     12      zero   u32
 */
namespace doorcall::channel {

inline constexpr size_t kSocketMessageBytes = 16;

enum class SocketMessageType : uint16_t {
  /** Descriptors for the record that names `id` as its ticket. */
  descriptors = 1,
  /** One descriptor: segment `id` of the sender's arena. */
  segment = 2,
};

struct SocketMessage {
  SocketMessageType type = SocketMessageType::descriptors;
  uint16_t count = 0;
  uint32_t id = 0;
};

std::array<uint8_t, kSocketMessageBytes> encode(const SocketMessage& message);
/** Nothing for what is no such message. */
std::optional<SocketMessage> decodeSocketMessage(std::span<const uint8_t> bytes);

}  // namespace doorcall::channel
