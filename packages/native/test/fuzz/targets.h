/// @file
/// What fuzzers give bytes to (`npm run fuzz`), and fuzz_corpus.cc the bytes that they have kept.
/// Each target ends the process when something holds no longer; sanitizers watch the rest.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fuzz {

/// Messages of the handshake: those of the bytes that are accepted are what they say, to the bit.
int handshakeMessages(const uint8_t* bytes, size_t size);
/// A server and a client that shake hands with whatever the bytes are, over a socket.
int handshakeSteps(const uint8_t* bytes, size_t size);
/// A ring that its owner writes as the bytes say, while it is read.
int records(const uint8_t* bytes, size_t size);
/// A whole channel whose peer writes its segment and its socket as the bytes say.
int channel(const uint8_t* bytes, size_t size);

struct Target {
  const char* name;
  int (*run)(const uint8_t* bytes, size_t size);
};

inline constexpr Target kTargets[] = {
    {"handshake-messages", handshakeMessages},
    {"handshake-steps", handshakeSteps},
    {"records", records},
    {"channel", channel},
};

}  // namespace fuzz
