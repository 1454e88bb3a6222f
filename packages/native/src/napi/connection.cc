#include "napi/connection.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "fault/failpoint.h"
#include "napi/batch.h"
#include "napi/javascript.h"
#include "os/clock.h"

namespace doorcall::napi {
namespace {

/**
 * A dying process closes its sockets before its pidfd tells, on a busy machine much earlier; one
 * whose pidfd says nothing for so long lives on without us.
 */
constexpr uint64_t kGraceMs = 2000;
constexpr uint64_t kGraceWithoutPidfdMs = 20;
/** Until a socket is read again for which there was no memory. */
constexpr uint64_t kShortageMs = 100;
/** Index of each field of an outgoing message among the shared words. */
constexpr size_t kHeadWord = 2;
constexpr size_t kCallIdWord = 3;
constexpr size_t kAuxWord = 4;
constexpr size_t kStartWord = 5;
constexpr size_t kEndWord = 6;
/** A larger array that was sent from is not kept for the next message. */
constexpr size_t kKeptSourceBytes = 1 << 20;
/** How long JavaScript may work for one connection at a stretch while others have work, too. */
constexpr uint64_t kShareNs = 150'000;

}  // namespace

Connection::Connection(Loop& loop, channel::ChannelParts parts,
                       const channel::ChannelLimits& limits, Role role)
    : loop_(loop),
      channel_(std::make_unique<channel::Channel>(std::move(parts), limits)),
      ownArena_(channel_->ownArena()),
      peerArena_(channel_->peerArena()),
      role_(role),
      lastTraffic_(os::monotonicNs()),
      syncPolicy_(loop.policyRules()) {}

// One that was never started may be forgotten without a word; the peer is to know all the same.
Connection::~Connection() {
  if (channel_ != nullptr) channel_->close();
}

void Connection::start(Napi::Object self, Napi::Object sink, Napi::Object shared) {
  // Closed before it began, or begun before: there is nothing to watch, or everything is watched.
  if (!open() || started_) return;
  started_ = true;
  self_ = Napi::Persistent(self);
  sink_ = Napi::Persistent(sink);
  onBatch_ = Napi::Persistent(sink.Get("onBatch").As<Napi::Function>());
  onClose_ = Napi::Persistent(sink.Get("onClose").As<Napi::Function>());
  onWritable_ = Napi::Persistent(sink.Get("onWritable").As<Napi::Function>());
  sharedRef_ = Napi::Persistent(shared.As<Napi::Value>());
  shared_ = shared.As<Napi::Int32Array>().Data();
  watchAll();
  loop_.add(shared_from_this());
  DOORCALL_FAILPOINT("connection.watched");
  const bool watched = socketToken_ != 0 && (channel_->bell() < 0 || bellToken_ != 0) &&
                       (channel_->pidfd() < 0 || pidfdToken_ != 0);
  if (!watched) failPeer("this process cannot watch any more descriptors");
  DOORCALL_FAILPOINT("connection.started");
}

void Connection::setSource(Napi::Value array, const uint8_t* bytes, size_t size) {
  if (shared_ == nullptr) return;
  forgetSource();
  source_ = bytes;
  sourceBytes_ = size;
  if (size <= kKeptSourceBytes) sourceRef_ = Napi::Persistent(array);
}

void Connection::forgetSource() {
  source_ = nullptr;
  sourceBytes_ = 0;
  sourceRef_.Reset();
}

bool Connection::readOutgoing(Outgoing* message) {
  // Closed, and the words are gone with it: whatever is sent is answered with "closed".
  if (shared_ == nullptr) return true;
  const auto word = [this](size_t index) { return static_cast<uint32_t>(shared_[index]); };
  const uint32_t start = word(kStartWord);
  const uint32_t end = word(kEndWord);
  const bool fits = start <= end && end <= sourceBytes_;
  // Only what is kept alive may be sent from again, also after a message that did not fit.
  if (sourceRef_.IsEmpty()) sourceBytes_ = 0;
  if (!fits) return false;
  const uint32_t head = word(kHeadWord);
  message->header.kind = static_cast<uint8_t>(head);
  message->header.flags = static_cast<uint8_t>(head >> 8);
  message->header.method = static_cast<uint16_t>(head >> 16);
  message->header.callId = word(kCallIdWord);
  message->header.aux = word(kAuxWord);
  message->bytes = source_ + start;
  message->size = end - start;
  return true;
}

channel::Channel::Send Connection::send(const ring::RecordHeader& header, const uint8_t* payload,
                                        uint32_t size) {
  if (!open() || !started_) return channel::Channel::Send::closed;
  const channel::Precedence precedence = channel::precedenceOf(header.kind);
  loop_.activate(*this);
  const auto result = channel_->send(header, payload, size, precedence);
  if (result == channel::Channel::Send::full) {
    if (precedence == channel::Precedence::item) itemsOwed_ = true;
    if (precedence == channel::Precedence::message) writableOwed_ = true;
  }
  loop_.pendingChanged();
  return result;
}

channel::FdSendOutcome Connection::sendFds(std::span<const int> fds, bool item) {
  const auto outcome = channel_->sendFds(fds, item);
  if (outcome.result == channel::FdSend::later) fdsOwedAt_ = channel_->fdsUnderWay();
  return outcome;
}

bool Connection::awaitBlobs() {
  if (!open()) return false;
  const auto arena = channel_->ownArena();
  if (arena->lentBytes() == 0) return false;
  // Who has waited for longer is owed what came free since.
  lentOwedAt_ = std::max(lentOwedAt_, arena->lentBytes());
  allocatedOwedAt_ = std::max(allocatedOwedAt_, arena->allocatedBytes());
  return true;
}

bool Connection::blobsMayFit() const {
  if (lentOwedAt_ == 0) return false;
  const auto arena = channel_->ownArena();
  return arena->lentBytes() < lentOwedAt_ || arena->allocatedBytes() < allocatedOwedAt_;
}

void Connection::resume() {
  resumes_++;
  if (!open() || !held_) return;
  held_ = false;
  activate();
}

// ---- events
// -------------------------------------------------------------------------------------------------

void Connection::watchAll() {
  const auto self = shared_from_this();
  if (channel_->bell() >= 0) bellToken_ = loop_.watch(channel_->bell(), EPOLLIN, self);
  socketToken_ = loop_.watch(channel_->socket(), EPOLLIN | EPOLLRDHUP, self);
  if (channel_->pidfd() >= 0) pidfdToken_ = loop_.watch(channel_->pidfd(), EPOLLIN, self);
}

void Connection::unwatchAll() {
  loop_.unwatch(channel_->bell(), bellToken_);
  loop_.unwatch(channel_->socket(), socketToken_);
  loop_.unwatch(channel_->pidfd(), pidfdToken_);
  bellToken_ = socketToken_ = pidfdToken_ = 0;
}

void Connection::onEvents(uint64_t token, uint32_t) {
  if (!open()) return;
  if (token == socketToken_) readSocket();
  if (token == pidfdToken_) exited_ = channel_->peerExited();
  activate();
}

void Connection::activate() {
  // Every poll has a prepare before it, so being in the active set is enough to be served.
  loop_.activate(*this);
}

void Connection::readSocket() {
  socketLeft_ = false;
  switch (channel_->readSocket()) {
    case channel::Channel::Socket::empty:
      return;
    case channel::Channel::Socket::more:
      socketLeft_ = true;
      return;
    case channel::Channel::Socket::shortage:
      if (socketTimer_ != 0) return;
      socketTimer_ = loop_.after(kShortageMs, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self || !self->open()) return;
        self->socketTimer_ = 0;
        self->readSocket();
        self->activate();
      });
      return;
    case channel::Channel::Socket::hungUp:
      if (!hungUp_) startGrace();
      return;
  }
}

void Connection::startGrace() {
  hungUp_ = true;
  exited_ = exited_ || channel_->peerExited();
  const std::weak_ptr<Connection> weak = weak_from_this();
  const uint64_t graceMs = channel_->pidfd() >= 0 ? kGraceMs : kGraceWithoutPidfdMs;
  graceEndsNs_ = os::monotonicNs() + graceMs * 1'000'000;
  graceTimer_ = loop_.after(graceMs, [weak] {
    const auto self = weak.lock();
    if (!self || !self->open()) return;
    // Timers run before the poll that would tell of the death.
    self->exited_ = self->exited_ || self->channel_->peerExited();
    self->graceOver_ = !self->exited_;
    self->activate();
  });
}

// ---- one round
// ----------------------------------------------------------------------------------------------

/** Whether what was refused is worth another try: for messages when half of the queue's bounds is
 * free, so as not to flutter, for items when nothing waits. */
bool Connection::nowWritable() const {
  if (itemsOwed_ && !channel_->hasQueued()) return true;
  if (fdsOwedAt_ > 0 && channel_->fdsUnderWay() < fdsOwedAt_) return true;
  if (blobsMayFit()) return true;
  if (!writableOwed_) return false;
  const auto& limits = channel_->limits();
  return channel_->queuedMessages() <= limits.maxQueuedMessages / 2 &&
         channel_->queuedBytes() <= limits.maxQueuedBytes / 2;
}

bool Connection::hasWork() {
  if (!open()) return false;
  if (channel_->hasNewSpace() || socketLeft_ || exited_ || graceOver_ ||
      channel_->violation() != nullptr)
    return true;
  if (state_ == State::lingering && (lingerOver_ || !channel_->hasQueued())) return true;
  if (channel_->peerClosed() || channel_->owesFdCredit()) return true;
  if (!goneViews_.empty() && channel_->mayGiveBack()) return true;
  return reads() && (!setAside_.empty() || channel_->hasInput());
}

bool Connection::serve(uint32_t capacity) {
  if (!open()) return false;
  bool worked = channel_->pump();
  if (socketLeft_) {
    readSocket();
    worked = true;
  }
  if (nowWritable()) {
    writableOwed_ = false;
    if (!channel_->hasQueued()) itemsOwed_ = false;
    if (channel_->fdsUnderWay() < fdsOwedAt_) fdsOwedAt_ = 0;
    if (blobsMayFit()) lentOwedAt_ = allocatedOwedAt_ = 0;
    callFromLoop(loop_.env(), loop_.asyncContext(), sink_.Value(), onWritable_.Value(), 0, nullptr);
    worked = true;
  }
  if (reads()) {
    const bool shared = capacity < ring::kBatchBytes;
    if (!setAside_.empty()) {
      worked = deliverSetAside(shared) || worked;
    } else {
      worked = drainAndDeliver(std::max(capacity, channel_->maxRecordBytes()), shared) || worked;
    }
  }
  worked = giveBackViews() || worked;
  if (open()) channel_->giveFdCredit();
  return noticeEnd() || worked;
}

void Connection::viewGone(channel::PeerArena& arena, uint64_t serial) {
  if (!arena.letGo(serial)) return;
  if (!open() || !started_) {
    arena.giveBack(serial);
    if (arena.heldBlobs() == 0) viewedArena_.reset();
    return;
  }
  goneViews_.push_back(serial);
  activate();
}

bool Connection::giveBackViews() {
  size_t given = 0;
  while (given < goneViews_.size() && channel_->mayGiveBack())
    channel_->giveBack(goneViews_[given++]);
  goneViews_.erase(goneViews_.begin(), goneViews_.begin() + static_cast<ptrdiff_t>(given));
  return given > 0;
}

bool Connection::drainAndDeliver(uint32_t capacity, bool shared) {
  const uint32_t bytes = channel_->drain(loop_.batch(), std::min(capacity, ring::kBatchBytes));
  if (bytes == 0) return false;
  lastTraffic_ = loop_.now();
  markCancelled(loop_.batch(), bytes);
  keepRest(callSinkForShare(share(loop_.batch(), bytes, shared), shared), bytes);
  return true;
}

void Connection::keepRest(uint32_t consumed, uint32_t bytes) {
  // What a synchronous call set aside meanwhile came later: the rest of this batch stands before
  // it.
  if (consumed < bytes) {
    setAside_.putBack(loop_.batch() + consumed, bytes - consumed);
  }
}

bool Connection::deliverSetAside(bool shared) {
  const std::span<const uint8_t> first = setAside_.first();
  const uint32_t bytes = share(first.data(), first.size(), shared);
  std::memcpy(loop_.batch(), first.data(), bytes);
  setAside_.take(bytes);
  keepRest(callSinkForShare(bytes, shared), bytes);
  return true;
}

uint32_t Connection::share(const uint8_t* records, size_t bytes, bool shared) const {
  return wholeRecordsOrFirst(records, bytes, shared ? shareBytes_ : ring::kBatchBytes);
}

uint32_t Connection::callSinkForShare(uint32_t bytes, bool shared) {
  if (!shared) return callSink(bytes);
  const uint64_t start = os::monotonicNs();
  const uint32_t consumed = callSink(bytes);
  const uint64_t took = os::monotonicNs() - start;
  if (took > kShareNs) {
    shareBytes_ = static_cast<uint32_t>(bytes * kShareNs / took);
  } else {
    shareBytes_ = std::clamp(shareBytes_ * 2, ring::kRecordAlignment, ring::kBatchBytes);
  }
  return consumed;
}

uint32_t Connection::callSink(uint32_t bytes) {
  const Napi::Env env = loop_.env();
  const Napi::HandleScope scope(env);
  const uint32_t resumesBefore = resumes_;
  const napi_value argument = Napi::Number::New(env, bytes);
  DOORCALL_FAILPOINT("receive.delivering");
  const Napi::Value result =
      callFromLoop(env, loop_.asyncContext(), sink_.Value(), onBatch_.Value(), 1, &argument);
  DOORCALL_FAILPOINT("receive.delivered");
  if (result.IsEmpty() || !result.IsNumber()) return bytes;
  const uint32_t consumed = std::min(result.As<Napi::Number>().Uint32Value(), bytes);
  if (consumed < bytes && resumes_ == resumesBefore) held_ = true;
  return consumed;
}

}  // namespace doorcall::napi
