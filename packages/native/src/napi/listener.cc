#include "napi/listener.h"

#include <unistd.h>

#include <cerrno>
#include <variant>

#include "fault/failpoint.h"
#include "napi/connection_object.h"
#include "napi/javascript.h"

namespace doorcall::napi {

using channel::ChannelParts;
using channel::HandshakeFailure;
using channel::ServerHandshake;

namespace {

/** Until descriptors are looked for again. */
constexpr uint64_t kAcceptRetryMs = 100;
/** Peers that are let in before those that are in already get their turn. */
constexpr int kAcceptsInTurn = 8;

}  // namespace

Listener::Listener(Loop& loop, os::UniqueFd socket, const ListenerOptions& options,
                   Napi::Object events)
    : loop_(loop),
      socket_(std::move(socket)),
      options_(options),
      events_(Napi::Persistent(events)) {}

Listener::~Listener() = default;

bool Listener::start() {
  token_ = loop_.watch(socket_.get(), EPOLLIN, shared_from_this());
  if (token_ != 0) loop_.hold();
  return token_ != 0;
}

void Listener::tell(const char* event, std::initializer_list<napi_value> arguments) {
  const Napi::Object events = events_.Value();
  callFromLoop(loop_.env(), loop_.asyncContext(), events, events.Get(event), arguments.size(),
               arguments.begin());
}

void Listener::problem(const os::PeerCredentials* peer, const std::string& reason) {
  const Napi::Env env = loop_.env();
  const Napi::HandleScope scope(env);
  const napi_value who =
      peer != nullptr ? static_cast<napi_value>(peerObject(env, *peer)) : env.Null();
  tell("onProblem", {who, Napi::String::New(env, reason)});
}

void Listener::onEvents(uint64_t token, uint32_t) {
  if (token == token_) {
    acceptSome(kAcceptsInTurn);
    return;
  }
  const auto found = idOfToken_.find(token);
  if (found != idOfToken_.end()) advance(found->second);
}

void Listener::acceptSome(int most) {
  for (int count = 0; socket_.valid(); count++) {
    if (count == most) {
      acceptLater(0);
      return;
    }
    auto accepted = os::acceptFrom(socket_.get());
    if (!accepted) {
      const int code = accepted.error().code;
      if (code == EINTR || code == ECONNABORTED) continue;
      if (code == EAGAIN || code == EWOULDBLOCK) return;
      // Out of descriptors or memory: the backlog keeps the peers.
      if (acceptLater(kAcceptRetryMs)) problem(nullptr, accepted.error().message());
      return;
    }
    DOORCALL_FAILPOINT("server.accept.accepted");
    const auto peer = os::peerCredentials(accepted.value().get());
    if (!peer) {
      problem(nullptr, peer.error().message());
      continue;
    }
    admit(std::move(accepted).value(), peer.value());
  }
}

/** No further edge tells of those that wait by now. False when it was about to look again anyway.
 */
bool Listener::acceptLater(uint64_t ms) {
  if (retryTimer_ != 0) return false;
  const std::weak_ptr<Listener> weak = weak_from_this();
  retryTimer_ = loop_.after(ms, [weak] {
    const auto self = weak.lock();
    if (!self) return;
    self->retryTimer_ = 0;
    self->acceptSome(kAcceptsInTurn);
  });
  return true;
}

bool Listener::hasPlaceFor(uint32_t uid) const {
  const auto countOf = [this](uint32_t one) {
    const auto found = perUid_.find(one);
    return found == perUid_.end() ? size_t{0} : found->second;
  };
  if (countOf(uid) >= options_.maxHandshakesPerUid) return false;
  // Nobody has been asked yet whether strangers may come in, so they share what is not this uid's.
  const uint32_t own = ::geteuid();
  return uid == own || pending_.size() - countOf(own) < options_.maxHandshakes;
}

void Listener::admit(os::UniqueFd socket, const os::PeerCredentials& peer) {
  if (!hasPlaceFor(peer.uid)) {
    ServerHandshake(std::move(socket), peer)
        .refuse(channel::kUnavailable, "too many handshakes under way");
    problem(&peer, "too many handshakes under way");
    return;
  }
  const uint32_t id = nextId_++;
  Pending pending;
  pending.handshake = std::make_unique<ServerHandshake>(std::move(socket), peer);
  pending.token =
      loop_.watch(pending.handshake->socket(), EPOLLIN | EPOLLRDHUP, shared_from_this());
  if (pending.token == 0) {
    problem(&peer, "cannot watch the connection");
    return;
  }
  const std::weak_ptr<Listener> weak = weak_from_this();
  pending.timer = loop_.after(options_.handshakeTimeoutMs, [weak, id, peer] {
    const auto self = weak.lock();
    if (!self || self->pending_.count(id) == 0) return;
    self->drop(id);
    self->problem(&peer, "handshake not finished in time");
  });
  DOORCALL_FAILPOINT("server.accept.watched");
  idOfToken_[pending.token] = id;
  perUid_[peer.uid]++;
  pending_.emplace(id, std::move(pending));
}

void Listener::drop(uint32_t id) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  const bool announced = found->second.announced;
  forget(id);
  if (!announced) return;
  const Napi::HandleScope scope(loop_.env());
  tell("onDropped", {Napi::Number::New(loop_.env(), id)});
}

void Listener::forget(uint32_t id) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  Pending pending = std::move(found->second);
  pending_.erase(found);
  loop_.cancel(pending.timer);
  if (pending.handshake->socket() >= 0) loop_.unwatch(pending.handshake->socket(), pending.token);
  idOfToken_.erase(pending.token);
  const auto uid = perUid_.find(pending.handshake->credentials().uid);
  if (uid != perUid_.end() && --uid->second == 0) perUid_.erase(uid);
  if (closing_ && pending_.empty()) finishClose();
}

void Listener::advance(uint32_t id) {
  const auto self = shared_from_this();
  const Napi::Env env = loop_.env();
  const Napi::HandleScope scope(env);
  Pending& pending = pending_.at(id);
  ServerHandshake& handshake = *pending.handshake;
  const os::PeerCredentials peer = handshake.credentials();
  // The finished handshake gives its socket away: stop watching it under the old token first.
  const int socket = handshake.socket();
  auto event = handshake.onReadable();

  if (std::holds_alternative<ServerHandshake::HelloArrived>(event)) {
    const napi_value number = Napi::Number::New(env, id);
    pending.announced = true;
    tell("onHello", {number, peerObject(env, peer),
                     remoteObject(env, handshake.hello().self, channel::kProtocolVersion,
                                  handshake.hello().features)});
    DOORCALL_FAILPOINT("server.hello.told");
  } else if (std::holds_alternative<ServerHandshake::TakeoverAsked>(event)) {
    const napi_value number = Napi::Number::New(env, id);
    tell("onTakeover", {number, peerObject(env, peer)});
  } else if (auto* failure = std::get_if<HandshakeFailure>(&event)) {
    const std::string reason = failure->message;
    drop(id);
    problem(&peer, reason);
  } else if (auto* parts = std::get_if<ChannelParts>(&event)) {
    auto limits = pending.limits;
    limits.maxSendBytes = std::min(limits.maxReceiveBytes, parts->remote.maxMessageBytes);
    loop_.unwatch(socket, pending.token);
    idOfToken_.erase(pending.token);
    pending.token = 0;
    const Napi::Object connection =
        ConnectionObject::create(loop_, std::move(*parts), limits, Connection::Role::server);
    DOORCALL_FAILPOINT("server.connection.made");
    const napi_value number = Napi::Number::New(env, id);
    forget(id);
    tell("onConnection", {number, connection});
    DOORCALL_FAILPOINT("server.connection.told");
  }
}

void Listener::welcome(Napi::Env env, uint32_t handshake, const Napi::Value& value) {
  ConnectionOptions options;
  if (!readConnectionOptions(env, value, &options)) return;
  const auto found = pending_.find(handshake);
  if (found == pending_.end()) return;  // It timed out or left meanwhile.
  Pending& pending = found->second;
  pending.limits = options.limits;
  const os::PeerCredentials peer = pending.handshake->credentials();
  if (const auto failure =
          pending.handshake->welcome(options.self, options.ringBytes, options.ringBytes)) {
    drop(handshake);
    problem(&peer, failure->message);
  }
}

void Listener::refuse(uint32_t handshake, uint16_t code, const std::string& message) {
  const auto found = pending_.find(handshake);
  if (found == pending_.end()) return;
  found->second.handshake->refuse(code, message);
  drop(handshake);
}

void Listener::giveLock(uint32_t handshake, int lockFd) {
  const auto found = pending_.find(handshake);
  if (found == pending_.end()) return;
  found->second.handshake->giveLock(lockFd);
  drop(handshake);
}

void Listener::close(Napi::Function done) {
  if (!socket_.valid()) return;
  // No more than can have waited: others may come as fast as these are let in.
  acceptSome(options_.backlog + 1);
  closing_ = true;
  DOORCALL_FAILPOINT("server.close.backlog-taken");
  closed_ = Napi::Persistent(done);
  loop_.cancel(retryTimer_);
  loop_.unwatch(socket_.get(), token_);
  socket_.reset();
  if (pending_.empty()) finishClose();
  DOORCALL_FAILPOINT("server.close.socket-closed");
}

void Listener::finishClose() {
  closing_ = false;
  const auto self = shared_from_this();
  loop_.after(0, [self] {
    const Napi::Env env = self->loop_.env();
    callFromLoop(env, self->loop_.asyncContext(), env.Global(), self->closed_.Value(), 0, nullptr);
    self->closed_.Reset();
    self->events_.Reset();
    self->loop_.release();
  });
}

// ---- JavaScript
// ---------------------------------------------------------------------------------------------

Napi::Function ListenerObject::define(Napi::Env env) {
  return DefineClass(env, "Listener",
                     {
                         InstanceMethod<&ListenerObject::welcome>("welcome"),
                         InstanceMethod<&ListenerObject::refuse>("refuse"),
                         InstanceMethod<&ListenerObject::giveLock>("giveLock"),
                         InstanceMethod<&ListenerObject::close>("close"),
                     });
}

ListenerObject::ListenerObject(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<ListenerObject>(info) {}

Napi::Value ListenerObject::listen(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Loop* loop = Loop::of(env);
  if (loop == nullptr) return env.Undefined();
  if (info.Length() < 4 || !info[0].IsNumber() || !info[1].IsString() || !info[2].IsObject() ||
      !info[3].IsObject()) {
    Napi::TypeError::New(env, "listen takes a descriptor, a name, options and events")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  ListenerOptions options;
  const auto given = info[2].As<Napi::Object>();
  const auto number = [&given](const char* name, double otherwise) {
    const Napi::Value value = given.Get(name);
    return value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : otherwise;
  };
  options.backlog = static_cast<int>(number("backlog", options.backlog));
  options.mode = static_cast<uint32_t>(number("mode", options.mode));
  options.handshakeTimeoutMs = static_cast<uint64_t>(number("handshakeTimeoutMs", 5000));
  options.maxHandshakes = static_cast<size_t>(number("maxHandshakes", 256));
  options.maxHandshakesPerUid = static_cast<size_t>(number("maxHandshakesPerUid", 128));

  auto socket = os::listenAt(info[0].As<Napi::Number>().Int32Value(),
                             info[1].As<Napi::String>().Utf8Value(), options.backlog, options.mode);
  if (!socket) {
    throwOsError(env, socket.error());
    return env.Undefined();
  }
  if (loop->listenerClass.IsEmpty()) loop->listenerClass = Napi::Persistent(define(env));
  auto object = loop->listenerClass.New({});
  ListenerObject* self = Unwrap(object);
  self->listener_ = std::make_shared<Listener>(*loop, std::move(socket).value(), options,
                                               info[3].As<Napi::Object>());
  if (!self->listener_->start()) {
    Napi::Error::New(env, "cannot watch the listening socket").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  return object;
}

void ListenerObject::welcome(const Napi::CallbackInfo& info) {
  listener_->welcome(info.Env(), info[0].As<Napi::Number>().Uint32Value(), info[1]);
}
void ListenerObject::refuse(const Napi::CallbackInfo& info) {
  listener_->refuse(info[0].As<Napi::Number>().Uint32Value(),
                    static_cast<uint16_t>(info[1].As<Napi::Number>().Uint32Value()),
                    info[2].As<Napi::String>().Utf8Value());
}
void ListenerObject::giveLock(const Napi::CallbackInfo& info) {
  listener_->giveLock(info[0].As<Napi::Number>().Uint32Value(),
                      info[1].As<Napi::Number>().Int32Value());
}
void ListenerObject::close(const Napi::CallbackInfo& info) {
  listener_->close(info[0].As<Napi::Function>());
}

}  // namespace doorcall::napi
