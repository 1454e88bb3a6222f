#pragma once

#include <napi.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "channel/channel.h"
#include "napi/loop.h"
#include "napi/set_aside.h"
#include "napi/watcher.h"

namespace doorcall::napi {

/**
 * One connection as the loop and JavaScript see it: serves the channel, hands batches to the sink,
 * notices the end. Shared: the loop holds it while it is open, the JavaScript object as long as
 * that lives.
 */
class Connection final : public Watcher, public std::enable_shared_from_this<Connection> {
 public:
  enum class Role { client, server };

  Connection(Loop& loop, channel::ChannelParts parts, const channel::ChannelLimits& limits,
             Role role);
  ~Connection() override;

  /** Takes the sink and enters the loop. @param self the JavaScript object, kept alive until the
   * end. */
  void start(Napi::Object self, Napi::Object sink, Napi::Object shared);

  void onEvents(uint64_t token, uint32_t events) override;

  /** One round: pump, drain, deliver, notice the end. True when anything was done. */
  bool serve(uint32_t capacity);
  /** Whether serve() would do something. */
  bool hasWork();
  bool open() const { return state_ != State::closed; }
  /** Only while open(). */
  channel::Channel& channel() { return *channel_; }
  Role role() const { return role_; }
  uint64_t lastTraffic() const { return lastTraffic_; }

  /** Words that JavaScript and the addon share: pending, quiet, and what is to be sent
   * (NativeConnection.shared). */
  static constexpr size_t kSharedWords = 7;
  int32_t pending() const { return shared_ != nullptr ? shared_[0] : 0; }
  void setQuiet(bool quiet) {
    if (shared_ != nullptr) shared_[1] = quiet ? 1 : 0;
  }
  /** Pending calls as counted when it became quiet; the loop's bookkeeping. */
  bool countedPending = false;
  /** Index in the loop's active set, or -1. */
  ptrdiff_t activeIndex = -1;

  /** A message as JavaScript has put it together. */
  struct Outgoing {
    ring::RecordHeader header{};
    const uint8_t* bytes = nullptr;
    uint32_t size = 0;
  };
  /** Says which array the next messages are in. Kept alive, unless it is a large one. */
  void setSource(Napi::Value array, const uint8_t* bytes, size_t size);
  /** The next message must name its array. */
  void forgetSource();
  /** What the shared words say, checked against the array. False when they do not fit. */
  bool readOutgoing(Outgoing* message);

  channel::Channel::Send send(const ring::RecordHeader& header, const uint8_t* payload,
                              uint32_t size);
  /** See Channel::sendFds(); the sink is told when there may be room for what is refused for now.
   */
  channel::FdSendOutcome sendFds(std::span<const int> fds, bool item);
  /** The sink is told when some of this side's memory is free again: given back by the peer, or
   * disposed of. False when the peer holds nothing. */
  bool awaitBlobs();
  void resume();
  /** The pending count changed while the connection was quiet. */
  void touch() {
    if (open() && started_) activate();
  }
  void requestClose(std::string detail);
  void failPeer(std::string detail);
  /** The environment ends: no more JavaScript, close in an orderly way. */
  void abandon();

  /** Result of callSync() besides those of NativeConnection.callSync: nothing was sent, see
   * Channel::Send::reserved. */
  static constexpr int kSyncReserved = -7;
  /** See NativeConnection.callSync. */
  int callSync(const ring::RecordHeader& header, const uint8_t* payload, uint32_t size,
               int64_t deadlineNs);
  /** The memory of both directions. Once closed, null unless an array over it still lives, or (of
   * the peer's) a view is held. */
  std::shared_ptr<channel::OwnArena> ownArena() const { return ownArena_.lock(); }
  std::shared_ptr<channel::PeerArena> peerArena() const { return peerArena_.lock(); }
  /** A view of the peer's memory is gone: it is given back when the loop turns. Ignored the second
   * time, and for a view that is not held. */
  void viewGone(channel::PeerArena& arena, uint64_t serial);

  channel::LargeMessage takeSyncLarge() { return std::move(syncLarge_); }

 private:
  enum class State { open, lingering, closed };

  void watchAll();
  void unwatchAll();
  void readSocket();
  /** The peer has hung up: either its death is told soon, or it lives on without us. */
  void startGrace();
  bool deliverSetAside(bool shared);
  void keepRest(uint32_t consumed, uint32_t bytes);
  /** How much of what is there JavaScript gets at once. */
  uint32_t share(const uint8_t* records, size_t bytes, bool shared) const;
  uint32_t callSinkForShare(uint32_t bytes, bool shared);
  uint32_t callSink(uint32_t bytes);
  bool nowWritable() const;
  bool blobsMayFit() const;
  /** Not while it is held, nor once close() was called: what is not taken goes elsewhere. */
  bool reads() const { return state_ == State::open && !held_; }
  void activate();
  bool drainAndDeliver(uint32_t capacity, bool shared);
  bool giveBackViews();
  bool noticeEnd();
  bool finish(const char* reason, const std::string& detail, bool frozen);
  void releaseAll();
  /** Ends a connection that was never started: nobody is to be told. */
  void drop();

  enum class SyncStep { found, again, nothing };
  /** Whether too much waits for the loop for a synchronous call to go on. */
  bool crowded() const;
  SyncStep drainForSync(uint32_t callId);
  void keepSyncReply(const ring::RecordHeader& header, const uint8_t* payload);
  bool syncHasWork();
  bool syncSpin(uint64_t waitStart);
  /** Sleeps on the peer's bell until it rings or the time has come. */
  void syncSleep(int64_t untilNs);
  /** Socket, pidfd and JavaScript; false when the thread is being terminated. */
  bool lookAround();

  Loop& loop_;
  std::unique_ptr<channel::Channel> channel_;
  std::weak_ptr<channel::OwnArena> ownArena_;
  std::weak_ptr<channel::PeerArena> peerArena_;
  /** Once closed, while views of it are held. */
  std::shared_ptr<channel::PeerArena> viewedArena_;
  /** Views that are gone, and whose memory the peer does not have back yet. */
  std::vector<uint64_t> goneViews_;
  Role role_;
  State state_ = State::open;
  bool started_ = false;
  bool held_ = false;
  /** No further edge tells of what was left in the socket. */
  bool socketLeft_ = false;
  bool hungUp_ = false;
  bool graceOver_ = false;
  /** Once hung up: when the grace is over, ns. */
  uint64_t graceEndsNs_ = 0;
  bool exited_ = false;
  bool lingerOver_ = false;
  /** A message, or an item of a stream, was refused since the sink was last told of room. */
  bool writableOwed_ = false;
  bool itemsOwed_ = false;
  /** Descriptors were refused while so many were under way; 0 when none were. */
  uint32_t fdsOwedAt_ = 0;
  /** The same of blobs, in bytes that were lent, and in use. */
  uint64_t lentOwedAt_ = 0;
  uint64_t allocatedOwedAt_ = 0;
  uint32_t resumes_ = 0;
  /** While others have work: what JavaScript does in its share of the time, as far as it has shown.
   */
  uint32_t shareBytes_ = ring::kBatchBytes;
  uint64_t graceTimer_ = 0;
  /** Runs while the socket cannot be read for want of memory. */
  uint64_t socketTimer_ = 0;
  uint64_t lingerTimer_ = 0;
  uint64_t lastTraffic_ = 0;
  std::string closeDetail_;
  std::string violation_;
  /** Drained, whole records that JavaScript has not had yet, in order. */
  SetAside setAside_;
  channel::LargeMessage syncLarge_;
  uint8_t syncKind_ = 0;
  ring::WaitPolicy syncPolicy_;

  uint64_t bellToken_ = 0;
  uint64_t socketToken_ = 0;
  uint64_t pidfdToken_ = 0;

  int32_t* shared_ = nullptr;
  const uint8_t* source_ = nullptr;
  size_t sourceBytes_ = 0;
  Napi::Reference<Napi::Value> sourceRef_;
  Napi::Reference<Napi::Value> sharedRef_;
  Napi::ObjectReference self_;
  Napi::ObjectReference sink_;
  Napi::FunctionReference onBatch_;
  Napi::FunctionReference onClose_;
  Napi::FunctionReference onWritable_;
};

}  // namespace doorcall::napi
