#include <array>
#include <string>
#include <utility>

#include "fault/failpoint.h"
#include "napi/connection.h"
#include "napi/javascript.h"

/** How a Connection ends: what it notices, whom it tells, and what it lets go of. */
namespace doorcall::napi {
namespace {

/** How long close() waits for queued messages to find space. */
constexpr uint64_t kLingerMs = 1000;

}  // namespace

bool Connection::noticeEnd() {
  if (!open()) return false;
  if (!violation_.empty()) return finish("protocol-error", violation_, false);
  if (channel_->violation() != nullptr)
    return finish("protocol-error", channel_->violation(), false);
  if (state_ == State::lingering && (lingerOver_ || !channel_->hasQueued())) {
    return finish("local", closeDetail_, false);
  }
  // Read before the ring is looked at: what the peer wrote before it closed must still be found
  // there.
  const bool closed = channel_->peerClosed();
  if (!closed && !exited_ && !graceOver_) return false;
  // What is held are calls whose caller waits for nothing any more: they go.
  if (reads() && (!setAside_.empty() || channel_->hasInput())) return false;
  if (closed) return finish("remote", "the peer closed the connection", true);
  return exited_ ? finish("died", "the peer process is gone", true)
                 : finish("hangup", "the peer hung up without closing", false);
}

bool Connection::finish(const char* reason, const std::string& detail, bool frozen) {
  const auto self = shared_from_this();
  if (!loop_.javascriptRuns()) {
    releaseAll();
    return true;
  }
  const Napi::Env env = loop_.env();
  const Napi::HandleScope scope(env);
  auto untaken = Napi::Array::New(env);
  uint32_t count = 0;
  for (channel::Untaken& one : channel_->takeUntaken()) {
    auto object = Napi::Object::New(env);
    object.Set("kind", Napi::Number::New(env, one.header.kind));
    object.Set("flags", Napi::Number::New(env, one.header.flags));
    object.Set("method", Napi::Number::New(env, one.header.method));
    object.Set("callId", Napi::Number::New(env, one.header.callId));
    object.Set("aux", Napi::Number::New(env, one.header.aux));
    object.Set("bytes", toUint8Array(env, {std::move(one.bytes), one.size}));
    untaken.Set(count++, object);
  }
  DOORCALL_FAILPOINT("end.untaken-read");
  const std::array<napi_value, 4> arguments{Napi::String::New(env, reason),
                                            Napi::String::New(env, detail),
                                            Napi::Boolean::New(env, frozen), untaken};
  const Napi::Object sink = sink_.Value();
  const Napi::Function onClose = onClose_.Value();
  releaseAll();
  DOORCALL_FAILPOINT("end.released");
  callFromLoop(env, loop_.asyncContext(), sink, onClose, arguments.size(), arguments.data());
  DOORCALL_FAILPOINT("end.told");
  return true;
}

void Connection::releaseAll() {
  loop_.cancel(graceTimer_);
  loop_.cancel(socketTimer_);
  loop_.cancel(lingerTimer_);
  channel_->close();
  unwatchAll();
  if (state_ == State::lingering) loop_.release();
  state_ = State::closed;
  loop_.remove(*this);
  const auto arena = peerArena();
  channel_.reset();
  setAside_.clear();
  for (const uint64_t serial : std::exchange(goneViews_, {})) arena->giveBack(serial);
  if (arena->heldBlobs() > 0) viewedArena_ = arena;
  shared_ = nullptr;
  sharedRef_.Reset();
  forgetSource();
  sink_.Reset();
  onBatch_.Reset();
  onClose_.Reset();
  onWritable_.Reset();
  self_.Reset();
}

void Connection::requestClose(std::string detail) {
  if (state_ != State::open) return;
  if (!started_) return drop();
  closeDetail_ = std::move(detail);
  state_ = State::lingering;
  loop_.hold();
  DOORCALL_FAILPOINT("close.asked");
  channel_->pump();
  DOORCALL_FAILPOINT("close.pumped");
  const std::weak_ptr<Connection> weak = weak_from_this();
  lingerTimer_ = loop_.after(kLingerMs, [weak] {
    const auto self = weak.lock();
    if (!self || !self->open()) return;
    self->lingerOver_ = true;
    self->activate();
  });
  activate();
}

void Connection::failPeer(std::string detail) {
  if (!open()) return;
  if (!started_) return drop();
  violation_ = std::move(detail);
  activate();
}

void Connection::drop() {
  channel_->close();
  state_ = State::closed;
  channel_.reset();
}

void Connection::abandon() {
  if (!open()) return;
  const auto self = shared_from_this();
  releaseAll();
}

}  // namespace doorcall::napi
