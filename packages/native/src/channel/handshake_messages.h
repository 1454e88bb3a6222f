#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

/**
 * The messages of the handshake, one SOCK_SEQPACKET message each, little-endian (docs/protocol.md):
 *
 *     client                               server
 *     HELLO ------------------------------>            version range, wishes, limits, clock
 *           <------------------------------ WELCOME    choices, limits, clock; segment [bell]
 * [pidfd] ATTACH ----------------------------->            clock offset; segment [bell] [pidfd]
 *           <------------------------------ READY
 *
 * Either side may answer REFUSE instead and close. TAKEOVER asks a server for its lock; the answer
 * TAKEN carries the lock's descriptor. This file only turns bytes into values and back: it makes no
 * system call, reads no byte twice and accepts no message that is a byte too short or too long.
 */
namespace doorcall::channel {

inline constexpr uint16_t kProtocolVersion = 1;
inline constexpr uint16_t kMinProtocolVersion = 1;
/** What this side can do beyond the version's first form: a HELLO offers, a WELCOME names what both
 * can. */
inline constexpr uint32_t kFdCreditFeature = 1;
inline constexpr uint32_t kFeatures = kFdCreditFeature;
inline constexpr size_t kMaxHandshakeBytes = 64 * 1024;
inline constexpr size_t kMaxDescriptorBytes = 48 * 1024;
inline constexpr size_t kMaxNameBytes = 255;
/** A side that takes less could not even be told why a call failed. */
inline constexpr uint32_t kLeastMaxMessageBytes = 1024;
inline constexpr size_t kFingerprintBytes = 16;
inline constexpr size_t kCodecBytes = 8;
/** What a side may say it takes: descriptors in one message (the kernel carries no more), and blobs
 * (a number that JavaScript holds exactly, and more than any address space). */
inline constexpr uint32_t kMostFds = 253;
inline constexpr uint64_t kMostBlobBytes = uint64_t{1} << 48;

enum class MessageType : uint16_t {
  hello = 1,
  welcome = 2,
  attach = 3,
  ready = 4,
  refuse = 5,
  takeover = 6,
  taken = 7,
};

using Fingerprint = std::array<uint8_t, kFingerprintBytes>;
/** Hash of a generated codec's wire plan. */
using CodecHash = std::array<uint8_t, kCodecBytes>;

/** What one side says about itself; the same in HELLO and WELCOME. */
struct Introduction {
  std::string service;
  Fingerprint fingerprint{};
  /** What this side's generated code puts on the wire; all zero when it has none. */
  CodecHash codec{};
  /** Contract descriptor (JSON); empty when both fingerprints are known to be equal. */
  std::string descriptor;
  uint32_t maxMessageBytes = 0;
  uint32_t maxInFlight = 0;
  uint32_t onewayWindow = 0;
  /** What of one stream this side holds unread. */
  uint32_t streamWindowBytes = 0;
  uint32_t streamWindowItems = 0;
  /** What of the peer's arena this side holds at once; at most kMostBlobBytes. */
  uint64_t maxBlobBytes = 0;
  /** Descriptors that this side takes with one message, at most kMostFds; 0: none ever. */
  uint32_t maxFds = 0;
  /** CLOCK_MONOTONIC of the sender when it sent this, ns. */
  uint64_t monotonicNs = 0;
};

/** Versions of the protocol that a side speaks. */
struct Versions {
  uint16_t oldest = kMinProtocolVersion;
  uint16_t newest = kProtocolVersion;
};

struct Hello {
  uint16_t minVersion = kMinProtocolVersion;
  uint16_t maxVersion = kProtocolVersion;
  uint32_t features = kFeatures;
  /** Wished size of the ring that the client writes. */
  uint32_t ringBytes = 0;
  Introduction self;
};

struct Welcome {
  uint16_t version = 0;
  uint32_t features = 0;
  /** Sizes as the server decided them. */
  uint32_t clientRingBytes = 0;
  uint32_t serverRingBytes = 0;
  /** Which descriptors follow the segment's. */
  bool hasBell = false;
  bool hasPidfd = false;
  Introduction self;
};

struct Attach {
  bool hasBell = false;
  bool hasPidfd = false;
  /** Server's CLOCK_MONOTONIC minus the client's, ns; 0 within measuring error. */
  int64_t clockOffsetNs = 0;
  std::string descriptor;
};

struct Refuse {
  /** Number of a canonical status code, 1…16. */
  uint16_t code = 0;
  std::string message;
};

/** No two clocks are further apart, in whatever time namespaces; within it an offset can be negated
 * and added up. */
constexpr bool isPossibleClockOffset(int64_t ns) {
  constexpr int64_t kFurthest = int64_t{1} << 62;
  return ns > -kFurthest && ns < kFurthest;
}

std::vector<uint8_t> encode(const Hello& hello);
std::vector<uint8_t> encode(const Welcome& welcome);
std::vector<uint8_t> encode(const Attach& attach);
std::vector<uint8_t> encode(const Refuse& refuse);
/** For the messages that are nothing but their type: ready, takeover, taken. */
std::vector<uint8_t> encodeBare(MessageType type);

/** As the documents and the log write it: "HELLO". */
const char* nameOf(MessageType type);

/** The type of a message, or nothing when it does not begin like one of ours. */
std::optional<MessageType> peekType(std::span<const uint8_t> bytes);

/** The versions that a HELLO offers, whatever version it is of: how it begins never changes. */
std::optional<Versions> peekVersions(std::span<const uint8_t> bytes);

std::optional<Hello> decodeHello(std::span<const uint8_t> bytes);
std::optional<Welcome> decodeWelcome(std::span<const uint8_t> bytes);
std::optional<Attach> decodeAttach(std::span<const uint8_t> bytes);
std::optional<Refuse> decodeRefuse(std::span<const uint8_t> bytes);
bool isBare(std::span<const uint8_t> bytes, MessageType type);

}  // namespace doorcall::channel
