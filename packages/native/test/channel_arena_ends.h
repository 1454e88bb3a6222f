/// @file
/// A connection whose sides lend each other memory.
#pragma once

#include <algorithm>
#include <cstring>

#include "channel_half.h"

namespace channel_test {

using Problem = OwnArena::Problem;

inline constexpr uint64_t kMib = 1 << 20;

inline uint64_t page() { return os::pageBytes(); }

/// A connection whose sides take `quota` bytes of blobs.
struct ArenaEnds {
  explicit ArenaEnds(uint64_t quota = 256 * kMib) {
    Hello hello = helloOf();
    hello.self.maxBlobBytes = quota;
    Handshakes both(hello);
    Introduction self = introductionOf("server", 1);
    self.maxBlobBytes = quota;
    auto parts = finish(both, self);
    CHECK(parts.has_value());
    auto limits = limitsOf();
    limits.maxReceiveBlobBytes = quota;
    client = std::make_unique<Channel>(std::move(parts->client), limits);
    server = std::make_unique<Channel>(std::move(parts->server), limits);
  }
  OwnArena& arena() { return *client->ownArena(); }
  PeerArena& view() { return *server->peerArena(); }
  /// Memory filled with `value`, and lent.
  std::pair<OwnArena::Memory, BlobPlace> lend(size_t bytes, int value) {
    const auto allocated = arena().allocate(bytes);
    CHECK(allocated.problem == Problem::none);
    std::memset(allocated.memory.data, value, bytes);
    const auto lent = client->lend(allocated.memory.data, bytes);
    CHECK(lent.problem == Problem::none);
    return {allocated.memory, lent.place};
  }
  /// The client takes what the server has released.
  void settle() { CHECK(take(*client).empty()); }

  std::unique_ptr<Channel> client;
  std::unique_ptr<Channel> server;
};

inline bool allAre(const uint8_t* data, size_t bytes, int value) {
  return std::all_of(data, data + bytes, [value](uint8_t byte) { return byte == value; });
}

}  // namespace channel_test
