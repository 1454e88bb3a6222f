#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "channel/channel.h"
#include "channel/handshake_messages.h"

namespace doorcall::channel {

/** How a handshake failed: a canonical status code's number and one sentence. */
struct HandshakeFailure {
  uint16_t code = 0;
  std::string message;
  /** Nobody may be there now; trying again makes sense. */
  bool retryable = false;
  /** The errno of a system call that failed while connecting, else 0. */
  int systemError = 0;
  /** The other side sent a refusal: somebody serves there. */
  bool answered = false;
  /** The server sent what no server sends. */
  bool broken = false;
};

/** Numbers of the status codes that a handshake itself gives. */
inline constexpr uint16_t kInvalidArgument = 3;
inline constexpr uint16_t kPermissionDenied = 7;
inline constexpr uint16_t kResourceExhausted = 8;
inline constexpr uint16_t kFailedPrecondition = 9;
inline constexpr uint16_t kUnavailable = 14;

/** Nothing to report: wait until the socket is readable again. */
struct HandshakePending {};

/**
 * The server's half, for one accepted socket. Never blocks; the owner calls onReadable() when the
 * socket is readable and drops the object when it takes too long.
 */
class ServerHandshake {
 public:
  struct HelloArrived {};
  struct TakeoverAsked {};
  using Event =
      std::variant<HandshakePending, HelloArrived, TakeoverAsked, ChannelParts, HandshakeFailure>;

  ServerHandshake(os::UniqueFd socket, os::PeerCredentials credentials, Versions versions = {})
      : socket_(std::move(socket)), credentials_(credentials), versions_(versions) {}

  Event onReadable();

  /**
   * Answers HELLO: makes the server's segment and sends WELCOME. `self.descriptor` is sent only
   * when the fingerprints differ.
   * @param ownRingBytes size of the ring that the server writes; @param maxPeerRingBytes bound of
   * the client's.
   */
  std::optional<HandshakeFailure> welcome(const Introduction& self, uint32_t ownRingBytes,
                                          uint32_t maxPeerRingBytes);
  /** Answers REFUSE; the object is then of no more use. */
  void refuse(uint16_t code, const std::string& message);
  /** Answers TAKEOVER with the lock's descriptor, which stays the caller's. */
  void giveLock(int lockFd);

  int socket() const { return socket_.get(); }
  const os::PeerCredentials& credentials() const { return credentials_; }
  const Hello& hello() const { return hello_; }

 private:
  enum class Step { awaitHello, awaitDecision, awaitAttach, over };

  Event fail(uint16_t code, std::string message);
  Event givenUp(const Refuse& refuse);
  Event takeFirst(std::span<const uint8_t> bytes);
  Event takeAttach(std::span<const uint8_t> bytes, std::vector<os::UniqueFd> fds);

  os::UniqueFd socket_;
  os::PeerCredentials credentials_;
  Versions versions_;
  Step step_ = Step::awaitHello;
  Hello hello_;
  ChannelParts parts_;
  bool sameFingerprint_ = false;
};

/** The client's half, for one connected socket. */
class ClientHandshake {
 public:
  using Event = std::variant<HandshakePending, ChannelParts, HandshakeFailure>;

  ClientHandshake(os::UniqueFd socket, os::PeerCredentials credentials, Hello hello,
                  std::string descriptor)
      : socket_(std::move(socket)),
        credentials_(credentials),
        hello_(std::move(hello)),
        descriptor_(std::move(descriptor)) {}

  /** Sends HELLO. No failure when the server has hung up by then: onReadable() finds why. */
  std::optional<HandshakeFailure> begin();
  Event onReadable();
  int socket() const { return socket_.get(); }
  const os::PeerCredentials& credentials() const { return credentials_; }

 private:
  enum class Step { awaitWelcome, awaitReady, over };

  Event fail(uint16_t code, std::string message, bool retryable = false);
  /** Nothing more can be sent: what the server refused with, if it did, else `otherwise`. */
  Event lastWord(HandshakeFailure otherwise);
  Event takeWelcome(std::span<const uint8_t> bytes, std::vector<os::UniqueFd> fds);

  os::UniqueFd socket_;
  os::PeerCredentials credentials_;
  Hello hello_;
  std::string descriptor_;
  Step step_ = Step::awaitWelcome;
  ChannelParts parts_;
};

}  // namespace doorcall::channel
