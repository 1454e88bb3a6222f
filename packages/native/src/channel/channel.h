#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "channel/fd_passing.h"
#include "channel/handshake_messages.h"
#include "channel/outbound.h"
#include "channel/own_arena.h"
#include "channel/peer_arena.h"
#include "channel/reassembly.h"
#include "os/segment.h"
#include "os/unique_fd.h"
#include "os/unix_socket.h"
#include "ring/consumer.h"
#include "ring/parking.h"
#include "ring/producer.h"

namespace doorcall::channel {

/** What a finished handshake leaves: the two segments, the descriptors, and what was agreed. */
struct ChannelParts {
  os::OwnSegment own;
  os::Mapping peer;
  uint32_t ownRingBytes = 0;
  uint32_t peerRingBytes = 0;
  os::UniqueFd socket;
  /** eventfd the peer rings; invalid when the bell is the socket (peer of another uid). */
  os::UniqueFd ownBell;
  /** eventfd by which the peer is rung; invalid when the bell is the socket. */
  os::UniqueFd peerBell;
  /** Invalid when the peer's kernel has no pidfds: then only the socket tells of its death. */
  os::UniqueFd peerPidfd;
  os::PeerCredentials credentials;
  Introduction remote;
  uint16_t protocolVersion = 0;
  /** What both sides can: bits of kFeatures. */
  uint32_t features = 0;
  /** Add to own CLOCK_MONOTONIC to get the peer's, ns. */
  int64_t clockOffsetNs = 0;
};

struct ChannelLimits {
  /** Largest payload to send: the peer's limit. */
  uint32_t maxSendBytes = 0;
  /** Largest payload to accept: our own limit. */
  uint32_t maxReceiveBytes = 0;
  uint32_t maxQueuedMessages = 4096;
  uint64_t maxQueuedBytes = 64u << 20;
  /** Descriptors to accept with one message; 0: none ever. How many may be sent the peer has said.
   */
  uint32_t maxReceiveFds = 0;
  /** Bytes of the peer's arena to hold at once; 0: none ever. */
  uint64_t maxReceiveBlobBytes = 0;
};

/**
 * One connection: two rings, what waits before and behind them, and the bells. It does not know
 * event loops or JavaScript; whoever owns it calls pump() and drain() when there is something to do
 * and parks it before sleeping. One thread.
 */
class Channel {
 public:
  /** `reserved`: a kind or flag that is the transport's own. */
  enum class Send { accepted, full, closed, tooLarge, reserved };

  Channel(ChannelParts parts, const ChannelLimits& limits);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /**
   * Sends or queues one message and rings the peer if it sleeps. See Outbound::send. Doors go back
   * while mayGiveBack(), and are refused with `full` otherwise.
   */
  Send send(const ring::RecordHeader& header, const uint8_t* payload, uint32_t size,
            Precedence precedence);
  bool withdraw(uint32_t callId);

  /** Moves queued messages into the ring. True when any byte moved. */
  bool pump();

  /**
   * Takes records out of the peer's ring, moves the head, rings a peer that waits for space and
   * resolves what is the transport's own business: fragments become ring::kSkip, or ring::kLarge
   * with the message's ticket for takeLarge() as payload.
   * @param out private memory, 16-byte aligned; @param capacity at least maxRecordBytes of the
   * peer's ring.
   * @returns bytes copied: whole records, padded to 16. 0 also when the channel has failed.
   */
  uint32_t drain(uint8_t* out, uint32_t capacity);
  /** A reassembled message; each ticket is good once. */
  LargeMessage takeLarge(uint32_t ticket);
  /** Bytes of reassembled messages that were not taken yet. */
  uint64_t largeBytes() const { return largeBytes_; }

  /**
   * Sends descriptors, which stay the caller's, for the record that will name the ticket.
   * @param item the record is an item of a stream, which can wait: it leaves room for calls.
   */
  FdSendOutcome sendFds(std::span<const int> fds, bool item = false);
  /** The descriptors of a record that was delivered. Without them the peer broke the protocol. */
  FdTakeOutcome takeFds(uint32_t ticket);
  /** No record will name this ticket: the peer may close its descriptors. */
  void dropFds(uint32_t ticket);
  /** Descriptors that came and were not taken yet. */
  size_t heldFds() const { return fds_.heldFds(); }
  /** Descriptors that were sent, and that the peer has not come to. */
  uint32_t fdsUnderWay() const { return fds_.underWay(); }
  bool owesFdCredit() const { return fds_.owed() > 0; }
  /** Tells the peer how many of its descriptors were taken, if any were. */
  void giveFdCredit();

  /**
   * Lends bytes that lie in ownArena() to the peer, for the record that will name the place.
   * OwnArena::find() must have found them.
   */
  OwnArena::Lent lend(const void* data, size_t bytes);
  /** A blob that a record names; of at least one byte. Whoever has it gives it back. */
  PeerArena::Borrowed borrow(const BlobPlace& place);
  /** Drops what was written through the view, and tells the peer that its memory is free. */
  void giveBack(uint64_t serial);
  /** Whether blobs and doors are to be given back now. A peer may have lent more of them than there
   * may be control records for one that takes none. */
  bool mayGiveBack() const { return outbound_.hasRoomForControls(); }
  /** Outlive the channel with the arrays that lie in them. */
  const std::shared_ptr<OwnArena>& ownArena() const { return ownArena_; }
  const std::shared_ptr<PeerArena>& peerArena() const { return peerArena_; }

  /** What is left in the socket: nothing; more, or perhaps more, to be read at the next turn or,
   * since this machine is short of memory, later; or nothing for ever, as the peer has hung up. */
  enum class Socket { empty, more, shortage, hungUp };
  /**
   * Takes what lies in the socket, at most kSocketMessages of it: bells of a peer of another uid,
   * and messages with descriptors. Nothing once the channel has failed.
   */
  Socket readSocket();
  /** A peer may fill its socket as fast as it is read, and must not keep this thread by it. */
  static constexpr int kSocketMessages = 64;

  /** Whether the peer has made space since the queue last found the ring full. */
  bool hasNewSpace();
  bool hasInput() const { return consumer_.hasMore(); }
  bool hasQueued() const { return !outbound_.empty(); }
  /** Whether copies of large messages are kept until the peer has taken them. */
  bool keepsSent() const { return outbound_.keepsSent(); }
  size_t queuedMessages() const { return outbound_.queuedMessages(); }
  uint64_t queuedBytes() const { return outbound_.queuedBytes(); }

  void park(ring::WaitState how, uint16_t cpu) { parked_.park(how, cpu, hasQueued()); }
  void awake(ring::WaitState how, uint16_t cpu) { parked_.awake(how, cpu); }
  bool asleep() const { return parked_.asleep(); }
  /** What the peer is doing, as far as a waiter cares. */
  ring::Parked peerState() const { return wake_.look(); }
  bool peerRung(const ring::Parked& state) const { return wake_.rung(state); }
  bool peerTookAll() { return producer_.allTaken(); }
  /** Position behind the last record in this side's ring, and whether the peer may have taken all
   * before one. */
  uint64_t sentPosition() const { return producer_.tail(); }
  bool peerTookThrough(uint64_t position) {
    // Of an impossible head nothing can be concluded.
    return !producer_.refreshHead() || producer_.headSeen() >= position;
  }

  /** The word to sleep on in a synchronous call: the peer bumps it when it rings. */
  const std::atomic<uint32_t>& peerBellWord() const { return peerView_.header().bell; }

  /** Publishes `closed` (after the last store of head), wakes the peer and shuts the socket down.
   */
  void close();
  bool closed() const { return closed_; }
  bool peerClosed() const { return peerView_.header().closed.load(std::memory_order_acquire) != 0; }
  bool peerExited() const;

  /** What the peer did wrong, or nullptr. A failed channel neither sends nor drains. */
  const char* violation() const { return violation_; }
  std::vector<Untaken> takeUntaken() { return outbound_.takeUntaken(); }

  int socket() const { return parts_.socket.get(); }
  int bell() const { return parts_.ownBell.get(); }
  int pidfd() const { return parts_.peerPidfd.get(); }
  const ChannelParts& parts() const { return parts_; }
  const ChannelLimits& limits() const { return limits_; }
  uint32_t maxRecordBytes() const { return ring::maxRecordBytes(parts_.peerRingBytes); }
  /** Largest payload of one record to send, and so of a piece of an item. */
  uint32_t maxPieceBytes() const { return ring::maxRecordPayload(parts_.ownRingBytes); }

 private:
  void ring(ring::WaitState how);
  bool publish(uint64_t tailBefore);
  bool resolveRecords(uint8_t* batch, uint32_t bytes);
  /** A record that is the transport's own business. False when it broke the protocol. */
  bool takeOwn(const ring::RecordHeader& header);
  void sendControl(uint8_t kind, uint32_t callId, uint32_t aux = 0);
  /** Tells the peer of segments up to this one that it does not know: in order, whichever is lent
   * from first. */
  OwnArena::Problem announceSegments(uint32_t last);
  const char* dispatch(const SocketMessage& message, std::vector<os::UniqueFd> fds, bool lost);
  /** Looks in the socket for what the peer sent before a record that names it. */
  template <class Found>
  void readSocketUntil(Found found);
  void takeSocketMessage(std::span<const uint8_t> bytes, os::ReceivedMessage message);
  void fail(const char* violation);

  ChannelParts parts_;
  ChannelLimits limits_;
  ring::OwnSegmentView ownView_;
  ring::PeerSegmentView peerView_;
  ring::Producer producer_;
  ring::Consumer consumer_;
  ring::ParkedWord parked_;
  ring::WakeDecision wake_;
  Outbound outbound_;
  Reassembly reassembly_;
  FdPassing fds_;
  std::shared_ptr<OwnArena> ownArena_;
  std::shared_ptr<PeerArena> peerArena_;
  std::unordered_map<uint32_t, LargeMessage> large_;
  uint32_t nextTicket_ = 0;
  uint64_t largeBytes_ = 0;
  const char* violation_ = nullptr;
  bool closed_ = false;
};

}  // namespace doorcall::channel
