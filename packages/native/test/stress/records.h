/// @file
/// Records that prove themselves: each carries its number, its length and a checksum over both and
/// its payload; and from the seed the receiver knows how long number n has to be.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "ring_support.h"

namespace stress {

constexpr uint64_t mixed(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

/// Four lanes, so that checking a record does not cost more than moving it.
inline uint32_t checksum(uint64_t sequence, const uint8_t* bytes, uint32_t size) {
  constexpr uint64_t kFactor = 0x9e3779b97f4a7c15u;
  uint64_t lanes[4] = {sequence, size, 0x243f6a8885a308d3u, 0x13198a2e03707344u};
  const auto add = [&lanes](const uint8_t* from) {
    for (uint32_t lane = 0; lane < 4; lane++) {
      uint64_t word;
      std::memcpy(&word, from + 8 * lane, sizeof word);
      lanes[lane] = (lanes[lane] ^ word) * kFactor;
      lanes[lane] ^= lanes[lane] >> 32;
    }
  };
  uint32_t at = 0;
  for (; size - at >= 32; at += 32) add(bytes + at);
  uint8_t rest[32] = {};
  if (at < size) std::memcpy(rest, bytes + at, size - at);
  add(rest);
  return static_cast<uint32_t>(
      mixed(lanes[0] ^ mixed(lanes[1] ^ mixed(lanes[2] ^ mixed(lanes[3])))));
}

/// How long record number n is: `uniform` 0…largest, `mixed` mostly below 97 and sometimes the
/// largest, `empty`, `largest`.
class Sizes {
 public:
  Sizes(const std::string& name, uint64_t seed, uint32_t largest)
      : seed_(mixed(seed)), largest_(largest), kind_(name[0]) {}

  uint32_t of(uint64_t sequence) const {
    const auto random = static_cast<uint32_t>(mixed(seed_ + sequence) >> 32);
    switch (kind_) {
      case 'e':
        return 0;
      case 'l':
        return largest_;
      case 'm':
        return random % 16 == 0 ? largest_ - random / 16 % 3 : random % 97;
      default:
        return static_cast<uint32_t>((uint64_t{random} * (largest_ + 1)) >> 32);
    }
  }

 private:
  uint64_t seed_;
  uint32_t largest_;
  char kind_;
};

inline const uint8_t* payloadOf(uint64_t sequence) {
  return ring_test::patternOf(static_cast<uint32_t>(sequence % 1021));
}

inline doorcall::ring::RecordHeader headerOf(uint64_t sequence, uint32_t size) {
  doorcall::ring::RecordHeader header{};
  header.callId = static_cast<uint32_t>(sequence);
  header.method = static_cast<uint16_t>(sequence >> 7);
  header.kind = static_cast<uint8_t>(1 + sequence % 7);
  header.aux = checksum(sequence, payloadOf(sequence), size);
  return header;
}

/// What is wrong with the record that should be number `sequence`, or nullptr.
inline const char* problemOf(const uint8_t* record, uint64_t sequence, uint32_t size) {
  const auto header = ring_test::headerAt(record);
  if (header.callId != static_cast<uint32_t>(sequence)) return "record out of sequence";
  if (header.length != doorcall::ring::kHeaderBytes + size) return "record of another length";
  if (header.method != static_cast<uint16_t>(sequence >> 7) || header.kind != 1 + sequence % 7) {
    return "header of another record";
  }
  if (header.aux != checksum(sequence, record + doorcall::ring::kHeaderBytes, size)) {
    return "checksum does not fit";
  }
  return nullptr;
}

}  // namespace stress
