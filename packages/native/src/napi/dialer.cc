#include "napi/dialer.h"

#include <array>
#include <cerrno>
#include <functional>
#include <memory>
#include <utility>
#include <variant>

#include "channel/handshake.h"
#include "fault/failpoint.h"
#include "napi/connection_object.h"
#include "napi/javascript.h"
#include "napi/loop.h"

namespace doorcall::napi {

using channel::HandshakeFailure;

namespace {

/** One attempt that ends exactly once, by an event of its socket or by its timer. */
class Attempt : public Watcher, public std::enable_shared_from_this<Attempt> {
 public:
  Attempt(Loop& loop, Napi::Function done) : loop_(loop), done_(Napi::Persistent(done)) {
    loop_.hold();
  }

  void onEvents(uint64_t, uint32_t) override {
    if (!over_) readable();
  }

  /** Ends in a turn of the loop to come, if it has not ended before. */
  void giveUp() { failLater(0, {channel::kUnavailable, "it was given up", true}); }

 protected:
  virtual int socket() const = 0;
  virtual void readable() = 0;

  bool begin(uint64_t timeoutMs) {
    token_ = loop_.watch(socket(), EPOLLIN | EPOLLRDHUP, shared_from_this());
    watched_ = socket();
    timer_ = failLater(timeoutMs, {channel::kUnavailable,
                                   "the server did not finish the handshake in time", true});
    return token_ != 0;
  }

  /** Stops watching; the descriptor may have a new owner afterwards. */
  void end() {
    over_ = true;
    loop_.unwatch(watched_, token_);
    token_ = 0;
    loop_.cancel(timer_);
  }

  /** @param peer the other side, when the failure is its fault. */
  void fail(const HandshakeFailure& failure, const os::PeerCredentials* peer = nullptr) {
    const Napi::HandleScope scope(loop_.env());
    Napi::Object object = failureObject(loop_.env(), failure);
    if (peer != nullptr) object.Set("peer", peerObject(loop_.env(), *peer));
    finish(object, loop_.env().Null());
  }

  void finish(napi_value failure, napi_value result) {
    const auto self = shared_from_this();
    end();
    const Napi::Env env = loop_.env();
    const std::array<napi_value, 2> arguments{failure, result};
    const Napi::Function done = done_.Value();
    done_.Reset();
    callFromLoop(env, loop_.asyncContext(), env.Global(), done, arguments.size(), arguments.data());
    loop_.release();
  }

  uint64_t failLater(uint64_t delayMs, HandshakeFailure failure) {
    return loop_.after(delayMs, [weak = weak_from_this(), failure = std::move(failure)] {
      const auto self = weak.lock();
      if (self && !self->over_) self->fail(failure);
    });
  }

  Loop& loop_;

 private:
  friend void startAttempt(Loop&, const std::shared_ptr<Attempt>&, uint64_t,
                           std::optional<HandshakeFailure> failure);
  Napi::FunctionReference done_;
  int watched_ = -1;
  uint64_t token_ = 0;
  uint64_t timer_ = 0;
  bool over_ = false;
};

/** Watches the attempt, or reports at once (but never from within the call) why it cannot be. */
void startAttempt(Loop& loop, const std::shared_ptr<Attempt>& attempt, uint64_t timeoutMs,
                  std::optional<HandshakeFailure> failure) {
  if (!failure && !attempt->begin(timeoutMs)) {
    failure = HandshakeFailure{channel::kUnavailable, "cannot watch the connection", true};
  }
  if (failure) {
    loop.after(0, [attempt, problem = *failure] {
      if (!attempt->over_) attempt->fail(problem);
    });
  }
}

/** Connected socket and its credentials, or why not. */
struct Connected {
  os::UniqueFd socket;
  os::PeerCredentials server;
  std::optional<HandshakeFailure> failure;
};

Connected connectTo(int directoryFd, const std::string& name, double serverUid) {
  Connected connected;
  auto socket = os::connectAt(directoryFd, name);
  if (!socket) {
    const int code = socket.error().code;
    const bool forbidden = code == EACCES || code == EPERM;
    connected.failure =
        HandshakeFailure{forbidden ? channel::kPermissionDenied : channel::kUnavailable,
                         socket.error().message(), !forbidden, code};
    return connected;
  }
  connected.socket = std::move(socket).value();
  const auto server = os::peerCredentials(connected.socket.get());
  if (!server) {
    connected.failure = HandshakeFailure{channel::kUnavailable, server.error().message(), true};
    return connected;
  }
  connected.server = server.value();
  if (serverUid >= 0 && static_cast<uint32_t>(serverUid) != connected.server.uid) {
    connected.failure = HandshakeFailure{
        channel::kPermissionDenied,
        "the server runs as uid " + std::to_string(connected.server.uid) +
            ", not as the expected " + std::to_string(static_cast<uint32_t>(serverUid)),
        false};
  }
  return connected;
}

class Dial final : public Attempt {
 public:
  Dial(Loop& loop, Napi::Function done, std::unique_ptr<channel::ClientHandshake> handshake,
       const channel::ChannelLimits& limits)
      : Attempt(loop, done), handshake_(std::move(handshake)), limits_(limits) {}

 private:
  int socket() const override { return handshake_ ? handshake_->socket() : -1; }

  void readable() override {
    auto event = handshake_->onReadable();
    if (auto* failure = std::get_if<HandshakeFailure>(&event)) {
      const os::PeerCredentials server = handshake_->credentials();
      return fail(*failure, failure->broken ? &server : nullptr);
    }
    auto* parts = std::get_if<channel::ChannelParts>(&event);
    if (parts == nullptr) return;
    const Napi::HandleScope scope(loop_.env());
    limits_.maxSendBytes = std::min(limits_.maxReceiveBytes, parts->remote.maxMessageBytes);
    end();
    const Napi::Value connection =
        ConnectionObject::create(loop_, std::move(*parts), limits_, Connection::Role::client);
    DOORCALL_FAILPOINT("client.connection.made");
    finish(loop_.env().Null(), connection);
    DOORCALL_FAILPOINT("client.connection.told");
  }

  std::unique_ptr<channel::ClientHandshake> handshake_;
  channel::ChannelLimits limits_;
};

class TakeOver final : public Attempt {
 public:
  TakeOver(Loop& loop, Napi::Function done, os::UniqueFd socket)
      : Attempt(loop, done), socket_(std::move(socket)) {}

 private:
  int socket() const override { return socket_.get(); }

  void readable() override {
    std::array<uint8_t, 4096> buffer;
    auto message = os::receiveMessage(socket_.get(), buffer.data(), buffer.size(), 1);
    if (!message) {
      if (message.error().code == EAGAIN || message.error().code == EINTR) return;
      return fail({channel::kUnavailable, message.error().message(), true});
    }
    if (message.value().endOfFile) return fail({channel::kUnavailable, "the server hung up", true});
    const std::span<const uint8_t> bytes(buffer.data(), message.value().size);
    if (const auto refused = channel::decodeRefuse(bytes))
      return fail({refused->code, refused->message, false});
    if (message.value().truncated || message.value().fds.size() != 1 ||
        !channel::isBare(bytes, channel::MessageType::taken)) {
      return fail(
          {channel::kUnavailable, "the server answered a takeover with something else", false});
    }
    DOORCALL_FAILPOINT("takeover.lock-taken");
    const Napi::HandleScope scope(loop_.env());
    const int lock = loop_.keepLock(std::move(message.value().fds[0]));
    finish(loop_.env().Null(), Napi::Number::New(loop_.env(), lock));
  }

  os::UniqueFd socket_;
};

}  // namespace

Napi::Value dial(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Loop* loop = Loop::of(env);
  ConnectionOptions options;
  if (loop == nullptr || !readConnectionOptions(env, info[3], &options)) return env.Undefined();
  auto connected =
      connectTo(info[0].As<Napi::Number>().Int32Value(), info[1].As<Napi::String>().Utf8Value(),
                info[2].As<Napi::Number>().DoubleValue());
  std::unique_ptr<channel::ClientHandshake> handshake;
  if (!connected.failure) {
    channel::Hello hello;
    hello.ringBytes = options.ringBytes;
    hello.self = options.self;
    hello.self.descriptor.clear();
    handshake = std::make_unique<channel::ClientHandshake>(
        std::move(connected.socket), connected.server, std::move(hello), options.self.descriptor);
    connected.failure = handshake->begin();
  }
  const auto attempt = std::make_shared<Dial>(*loop, info[5].As<Napi::Function>(),
                                              std::move(handshake), options.limits);
  startAttempt(*loop, attempt, static_cast<uint64_t>(info[4].As<Napi::Number>().DoubleValue()),
               connected.failure);
  return Napi::Function::New(env,
                             [weak = std::weak_ptr<Attempt>(attempt)](const Napi::CallbackInfo&) {
                               if (const auto self = weak.lock()) self->giveUp();
                             });
}

Napi::Value takeOver(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Loop* loop = Loop::of(env);
  if (loop == nullptr) return env.Undefined();
  auto connected = connectTo(info[0].As<Napi::Number>().Int32Value(),
                             info[1].As<Napi::String>().Utf8Value(), -1);
  if (!connected.failure) {
    DOORCALL_FAILPOINT("takeover.asking");
    const auto ask = channel::encodeBare(channel::MessageType::takeover);
    const auto sent = os::sendMessage(connected.socket.get(), ask.data(), ask.size(), nullptr, 0);
    DOORCALL_FAILPOINT("takeover.asked");
    // Who has hung up may have said why before: the attempt reads it.
    if (!sent && !os::isPeerGone(sent.error().code))
      connected.failure = HandshakeFailure{channel::kUnavailable, sent.error().message(), true};
  }
  const auto attempt =
      std::make_shared<TakeOver>(*loop, info[3].As<Napi::Function>(), std::move(connected.socket));
  startAttempt(*loop, attempt, static_cast<uint64_t>(info[2].As<Napi::Number>().DoubleValue()),
               connected.failure);
  return env.Undefined();
}

}  // namespace doorcall::napi
