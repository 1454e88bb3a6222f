#include <vector>

#include "napi/connection_object.h"

/** ConnectionObject's descriptors that travel beside messages: see addon.d.ts. */
namespace doorcall::napi {
namespace {

/** Results of sendFds() that are no ticket, and of takeFds() that are no array. */
constexpr int kNoRoom = -1;
constexpr int kBad = -2;
constexpr int kUnwanted = -3;
constexpr int kTooMany = -4;
constexpr int kClosed = -5;
constexpr int kLater = -6;
constexpr int kLost = -1;
constexpr int kNeverCame = -2;

double resultOf(const channel::FdSendOutcome& outcome) {
  switch (outcome.result) {
    case channel::FdSend::sent:
      return outcome.ticket;
    case channel::FdSend::noRoom:
      return kNoRoom;
    case channel::FdSend::later:
      return kLater;
    case channel::FdSend::bad:
      return kBad;
    case channel::FdSend::unwanted:
      return kUnwanted;
    case channel::FdSend::tooMany:
      return kTooMany;
    case channel::FdSend::closed:
      break;
  }
  return kClosed;
}

/** Descriptors as JavaScript numbers; -1, which is never one, for whatever else is found. */
std::vector<int> readFds(Napi::Array array) {
  std::vector<int> fds;
  for (uint32_t i = 0; i < array.Length(); i++) {
    const Napi::Value value = array.Get(i);
    const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
    const bool fits = number >= 0 && number <= INT32_MAX && number == static_cast<int>(number);
    fds.push_back(fits ? static_cast<int>(number) : -1);
  }
  return fds;
}

}  // namespace

Napi::Value ConnectionObject::sendFds(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsArray()) {
    Napi::TypeError::New(env, "descriptors are an array").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const std::vector<int> fds = readFds(info[0].As<Napi::Array>());
  if (!connection_->open()) return Napi::Number::New(env, kClosed);
  return Napi::Number::New(env, resultOf(connection_->sendFds(fds, info[1].ToBoolean())));
}

Napi::Value ConnectionObject::takeFds(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!connection_->open()) return Napi::Number::New(env, kClosed);
  auto outcome = connection_->channel().takeFds(info[0].As<Napi::Number>().Uint32Value());
  // The loop tells the peer, or notices that the channel has failed.
  connection_->touch();
  if (outcome.result == channel::FdTake::lost) return Napi::Number::New(env, kLost);
  if (outcome.result == channel::FdTake::neverCame) return Napi::Number::New(env, kNeverCame);
  auto array = Napi::Array::New(env, outcome.fds.size());
  uint32_t count = 0;
  for (os::UniqueFd& fd : outcome.fds) array.Set(count++, Napi::Number::New(env, fd.release()));
  return array;
}

void ConnectionObject::dropFds(const Napi::CallbackInfo& info) {
  if (!connection_->open()) return;
  connection_->channel().dropFds(info[0].As<Napi::Number>().Uint32Value());
  connection_->touch();
}

}  // namespace doorcall::napi
