/// @file
/// Handshakes and channels for the tests of the `channel` layer, over real sockets and segments.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "channel/channel.h"
#include "channel/handshake.h"
#include "os/clock.h"
#include "os/event_bell.h"
#include "os/pidfd.h"
#include "os_support.h"
#include "ring_support.h"

namespace channel_test {

using namespace doorcall::channel;
namespace os = doorcall::os;
namespace ring = doorcall::ring;
using doorcall::os::UniqueFd;
using os_test::contains;
using os_test::NothingLeft;

inline constexpr uint32_t kRingBytes = 16 * 1024;
inline constexpr uint32_t kMaxMessageBytes = 16u << 20;

/// Credentials as the peer of the same uid has them, or one of another.
inline os::PeerCredentials credentials(bool sameUid = true) {
  return {::geteuid() + (sameUid ? 0 : 1), ::getegid(), ::getpid()};
}

inline Introduction introductionOf(const std::string& service, uint8_t fingerprint,
                                   const std::string& descriptor = "") {
  Introduction self;
  self.service = service;
  self.fingerprint.fill(fingerprint);
  self.descriptor = descriptor;
  self.maxMessageBytes = kMaxMessageBytes;
  self.maxInFlight = 64;
  self.onewayWindow = 32;
  self.streamWindowBytes = 256 * 1024;
  self.streamWindowItems = 1024;
  self.maxBlobBytes = 256u << 20;
  self.maxFds = 4;
  return self;
}

inline Hello helloOf(uint8_t fingerprint = 1, uint32_t ringBytes = kRingBytes) {
  Hello hello;
  hello.ringBytes = ringBytes;
  hello.self = introductionOf("client", fingerprint);
  return hello;
}

/// What a test reads of an event without caring which one it is.
template <class Event>
const HandshakeFailure* failureOf(const Event& event) {
  return std::get_if<HandshakeFailure>(&event);
}
template <class Event>
bool isPending(const Event& event) {
  return std::holds_alternative<HandshakePending>(event);
}
template <class Event>
std::string messageOf(const Event& event) {
  const HandshakeFailure* failure = failureOf(event);
  return failure != nullptr ? failure->message : "no failure";
}

/// Both halves of one handshake in this process.
struct Handshakes {
  explicit Handshakes(Hello hello = helloOf(), const std::string& descriptor = "",
                      bool sameUid = true, Versions serverVersions = {})
      : client(std::move(sockets.a), credentials(sameUid), std::move(hello), descriptor),
        server(std::move(sockets.b), credentials(sameUid), serverVersions) {}

  os_test::SocketPair sockets;
  ClientHandshake client;
  ServerHandshake server;
};

/// The parts of both ends, as a finished handshake leaves them.
struct BothParts {
  ChannelParts client;
  ChannelParts server;
};

inline std::optional<BothParts> finish(Handshakes& both, const Introduction& server,
                                       uint32_t serverRingBytes = kRingBytes,
                                       uint32_t maxClientRingBytes = kRingBytes) {
  BothParts parts;
  if (both.client.begin()) return std::nullopt;
  if (!std::holds_alternative<ServerHandshake::HelloArrived>(both.server.onReadable())) {
    return std::nullopt;
  }
  if (both.server.welcome(server, serverRingBytes, maxClientRingBytes)) return std::nullopt;
  if (!isPending(both.client.onReadable())) return std::nullopt;
  auto atServer = both.server.onReadable();
  auto atClient = both.client.onReadable();
  auto* serverParts = std::get_if<ChannelParts>(&atServer);
  auto* clientParts = std::get_if<ChannelParts>(&atClient);
  if (serverParts == nullptr || clientParts == nullptr) return std::nullopt;
  parts.server = std::move(*serverParts);
  parts.client = std::move(*clientParts);
  return parts;
}

inline ChannelLimits limitsOf(uint32_t maxMessageBytes = kMaxMessageBytes) {
  ChannelLimits limits;
  limits.maxSendBytes = maxMessageBytes;
  limits.maxReceiveBytes = maxMessageBytes;
  limits.maxReceiveFds = 4;
  limits.maxReceiveBlobBytes = 256u << 20;
  return limits;
}

/// Reads the socket of a peer that means well.
inline void drainSocket(Channel& channel) {
  while (channel.readSocket() == Channel::Socket::more) {
  }
}

/// A connection with both of its ends in this process.
struct Ends {
  explicit Ends(ChannelLimits limits = limitsOf(), bool sameUid = true,
                uint32_t ringBytes = kRingBytes, uint32_t features = kFeatures) {
    Hello hello = helloOf(1, ringBytes);
    hello.features = features;
    Handshakes both(std::move(hello), "", sameUid);
    auto parts = finish(both, introductionOf("server", 1), ringBytes, ringBytes);
    CHECK(parts.has_value());
    client = std::make_unique<Channel>(std::move(parts->client), limits);
    server = std::make_unique<Channel>(std::move(parts->server), limits);
  }

  std::unique_ptr<Channel> client;
  std::unique_ptr<Channel> server;
};

/// One message that came out of a channel.
struct Message {
  ring::RecordHeader header;
  std::vector<uint8_t> payload;
};

/// Drains one batch; large messages are taken too, and what is to be skipped is.
inline std::vector<Message> take(Channel& channel) {
  std::vector<Message> messages;
  ring_test::Batch batch(std::max(channel.maxRecordBytes(), 4096u));
  const uint32_t bytes = channel.drain(batch.data(), batch.capacity);
  uint32_t at = 0;
  while (at < bytes) {
    Message message{ring_test::headerAt(batch.data() + at), {}};
    const uint8_t* payload = batch.data() + at + ring::kHeaderBytes;
    CHECK(message.header.length >= ring::kHeaderBytes);
    if ((message.header.flags & ring::kLarge) != 0) {
      uint32_t ticket = 0;
      std::memcpy(&ticket, payload, sizeof ticket);
      const LargeMessage large = channel.takeLarge(ticket);
      CHECK(large.bytes != nullptr);
      message.payload.assign(large.bytes.get(), large.bytes.get() + large.size);
    } else {
      message.payload.assign(payload, payload + message.header.length - ring::kHeaderBytes);
    }
    at += ring::alignRecord(message.header.length);
    if (message.header.kind != ring::kSkip) messages.push_back(std::move(message));
  }
  CHECK_EQ(at, bytes);
  return messages;
}

inline Channel::Send sendMessage(Channel& channel, uint32_t sequence, uint32_t size) {
  return channel.send(ring_test::headerOf(sequence), ring_test::patternOf(sequence), size,
                      Precedence::message);
}

inline Channel::Send sendControl(Channel& channel, uint32_t callId) {
  ring::RecordHeader header{};
  header.kind = 5;
  header.callId = callId;
  return channel.send(header, nullptr, 0, Precedence::control);
}

/// Whether a message is number `sequence` with `size` bytes; `large` as the transport marked it.
inline bool isMessage(const Message& message, uint32_t sequence, uint32_t size,
                      bool large = false) {
  const ring::RecordHeader expected = ring_test::headerOf(sequence);
  const uint8_t mark = large ? ring::kLarge : uint8_t{0};
  return message.header.callId == expected.callId && message.header.method == expected.method &&
         message.header.kind == expected.kind && message.header.flags == (expected.flags | mark) &&
         message.header.aux == expected.aux && message.payload.size() == size &&
         std::equal(message.payload.begin(), message.payload.end(), ring_test::patternOf(sequence));
}

}  // namespace channel_test
