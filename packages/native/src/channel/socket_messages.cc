#include "channel/socket_messages.h"

#include <cstring>

namespace doorcall::channel {
namespace {

constexpr uint32_t kMagic = 0x31414344;  // "DCA1"

struct Bytes {
  uint32_t magic;
  uint16_t type;
  uint16_t count;
  uint32_t id;
  uint32_t zero;
};
static_assert(sizeof(Bytes) == kSocketMessageBytes);
static_assert(offsetof(Bytes, type) == 4);
static_assert(offsetof(Bytes, count) == 6);
static_assert(offsetof(Bytes, id) == 8);
static_assert(offsetof(Bytes, zero) == 12);

}  // namespace

std::array<uint8_t, kSocketMessageBytes> encode(const SocketMessage& message) {
  const Bytes bytes{kMagic, static_cast<uint16_t>(message.type), message.count, message.id, 0};
  std::array<uint8_t, kSocketMessageBytes> out;
  std::memcpy(out.data(), &bytes, sizeof bytes);
  return out;
}

std::optional<SocketMessage> decodeSocketMessage(std::span<const uint8_t> in) {
  if (in.size() != kSocketMessageBytes) return std::nullopt;
  Bytes bytes;
  std::memcpy(&bytes, in.data(), sizeof bytes);
  const auto type = static_cast<SocketMessageType>(bytes.type);
  const bool known = type == SocketMessageType::descriptors || type == SocketMessageType::segment;
  if (bytes.magic != kMagic || bytes.zero != 0 || !known) return std::nullopt;
  return SocketMessage{type, bytes.count, bytes.id};
}

}  // namespace doorcall::channel
