#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "channel/socket_messages.h"
#include "os/unique_fd.h"

namespace doorcall::channel {

/** What became of descriptors that were to be sent. Only with `sent` did any of them leave. */
enum class FdSend {
  sent,
  /** The socket, or the kernel's count of descriptors under way, has no room now. */
  noRoom,
  /** No room either, and there will be: the peer tells when it has come to what is under way. */
  later,
  /** One of them is no open descriptor, or one that cannot be sent. */
  bad,
  /** The peer takes none. */
  unwanted,
  /** More than the peer takes in one message. */
  tooMany,
  closed,
};

struct FdSendOutcome {
  FdSend result = FdSend::closed;
  /** What the record must name them by. */
  uint32_t ticket = 0;
};

/** What became of descriptors that a record names. */
enum class FdTake {
  taken,
  /** They came, but this process had no room for them, or they were taken before. */
  lost,
  /** They never came: the peer broke the protocol. */
  neverCame,
};

struct FdTakeOutcome {
  FdTake result = FdTake::neverCame;
  std::vector<os::UniqueFd> fds;
};

/**
 * The descriptors that travel beside one connection's records, over its socket: each message is
 * sent before the record that names its ticket is published, so that it is there when the record
 * is. Both directions; what was received and not taken is closed with the object.
 */
class FdPassing {
 public:
  /** Descriptors are held for so many full messages that no record has named yet, ... */
  static constexpr uint32_t kHeldMessages = 16;
  /** ... and for no more than this. */
  static constexpr uint32_t kMostHeldFds = 1024;

  /**
   * @param maxSend what the peer takes with one message; @param maxReceive what this side takes.
   * @param credit both sides count what is under way: beyond it nothing is sent, and to send it all
   * the same is a violation. Without, what comes beyond is closed, and lost to its record.
   */
  FdPassing(uint32_t maxSend, uint32_t maxReceive, bool credit = true);

  /**
   * Sends copies: the caller's descriptors stay its own. Never blocks.
   * @param item for what can wait: half of the credit is for what cannot.
   */
  FdSendOutcome send(int socket, std::span<const int> fds, bool item = false);
  /** The peer has come to so many. False when it was not sent so many. */
  bool credit(uint32_t fds);
  /** Descriptors that were sent, and that the peer has not come to; 0 where nobody counts. */
  uint32_t underWay() const { return underWay_; }

  /**
   * Takes what came with one message of type `descriptors`.
   * @param lost the kernel could not give us all of them, so we have none.
   * @returns what the peer did wrong, or nullptr.
   */
  const char* receive(const SocketMessage& message, std::vector<os::UniqueFd> fds, bool lost);
  /** Ownership passes to the caller. Each ticket is good once. */
  FdTakeOutcome take(uint32_t ticket);

  size_t heldFds() const { return heldFds_; }
  /** Taken, and the peer has not been told. */
  uint32_t owed() const { return owed_; }
  /** The same; the peer is told now. */
  uint32_t takeOwed();

 private:
  /** What came with one message; without descriptors when they were lost. */
  struct Held {
    std::vector<os::UniqueFd> fds;
    uint32_t count = 0;
  };

  uint32_t maxSend_;
  uint32_t maxReceive_;
  uint32_t mostUnderWay_;
  uint32_t mostHeld_;
  bool credit_;
  uint32_t lastSent_ = 0;
  uint32_t lastReceived_ = 0;
  uint32_t underWay_ = 0;
  /** Of the peer's credit: what came and was not given back. */
  uint32_t used_ = 0;
  uint32_t owed_ = 0;
  size_t heldFds_ = 0;
  std::map<uint32_t, Held> held_;
};

}  // namespace doorcall::channel
