#include <fcntl.h>
#include <napi.h>
#include <unistd.h>

#include <cerrno>

#include "napi/connection.h"
#include "napi/dialer.h"
#include "napi/javascript.h"
#include "napi/listener.h"
#include "napi/loop.h"
#include "os/file_lock.h"
#include "os/runtime.h"

/** The exports of addon.d.ts. */
namespace doorcall::napi {
namespace {

Napi::Value batch(const Napi::CallbackInfo& info) {
  Loop* loop = Loop::of(info.Env());
  return loop != nullptr ? loop->batchBuffer() : info.Env().Undefined();
}

Napi::Value syncBytes(const Napi::CallbackInfo& info) {
  Loop* loop = Loop::of(info.Env());
  return loop != nullptr ? loop->syncBytesBuffer() : info.Env().Undefined();
}

Napi::Value syncResult(const Napi::CallbackInfo& info) {
  Loop* loop = Loop::of(info.Env());
  return loop != nullptr ? loop->syncResultArray() : info.Env().Undefined();
}

Napi::Value tryLock(const Napi::CallbackInfo& info) {
  const auto attempt = os::tryLock(info[0].As<Napi::Number>().Int32Value());
  if (!attempt) {
    throwOsError(info.Env(), attempt.error());
    return info.Env().Undefined();
  }
  return Napi::Boolean::New(info.Env(), attempt.value() == os::LockAttempt::acquired);
}

Napi::Value duplicate(const Napi::CallbackInfo& info) {
  const int copy = ::fcntl(info[0].As<Napi::Number>().Int32Value(), F_DUPFD_CLOEXEC, 3);
  if (copy < 0) {
    throwOsError(info.Env(), os::Error{errno, "fcntl(F_DUPFD_CLOEXEC)", ""});
    return info.Env().Undefined();
  }
  return Napi::Number::New(info.Env(), copy);
}

Napi::Value closeDescriptor(const Napi::CallbackInfo& info) {
  const int fd = info[0].As<Napi::Number>().Int32Value();
  Loop* loop = Loop::of(info.Env());
  if (loop == nullptr || !loop->closeLock(fd)) ::close(fd);
  return info.Env().Undefined();
}

Napi::Value missingFacility(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), os::missingFacility());
}

Napi::Value setWaitPolicy(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Loop* loop = Loop::of(env);
  const std::string name = info[0].As<Napi::String>().Utf8Value();
  const auto rules = ring::WaitPolicy::rulesNamed(name);
  if (!rules) {
    Napi::Error::New(env, "no waiting policy is called " + name).ThrowAsJavaScriptException();
  } else if (loop != nullptr) {
    loop->setPolicy(*rules);
  }
  return env.Undefined();
}

Napi::Value counters(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Loop* loop = Loop::of(env);
  auto object = Napi::Object::New(env);
  if (loop == nullptr) return object;
  const auto set = [&](const char* name, double value) {
    object.Set(name, Napi::Number::New(env, value));
  };
  set("connections", static_cast<double>(loop->connectionCount()));
  set("active", static_cast<double>(loop->activeCount()));
  set("parks", static_cast<double>(loop->counters().parks));
  set("spins", static_cast<double>(loop->counters().spins));
  set("turns", static_cast<double>(loop->counters().turns));
  return object;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.DefineProperties({
      Napi::PropertyDescriptor::Accessor<batch>("batch", napi_enumerable),
      Napi::PropertyDescriptor::Accessor<syncBytes>("syncBytes", napi_enumerable),
      Napi::PropertyDescriptor::Accessor<syncResult>("syncResult", napi_enumerable),
  });
  exports.Set("listen", Napi::Function::New<ListenerObject::listen>(env, "listen"));
  exports.Set("dial", Napi::Function::New<dial>(env, "dial"));
  exports.Set("takeOver", Napi::Function::New<takeOver>(env, "takeOver"));
  exports.Set("tryLock", Napi::Function::New<tryLock>(env, "tryLock"));
  exports.Set("duplicate", Napi::Function::New<duplicate>(env, "duplicate"));
  exports.Set("closeDescriptor", Napi::Function::New<closeDescriptor>(env, "closeDescriptor"));
  exports.Set("missingFacility", Napi::Function::New<missingFacility>(env, "missingFacility"));
  exports.Set("setWaitPolicy", Napi::Function::New<setWaitPolicy>(env, "setWaitPolicy"));
  exports.Set("counters", Napi::Function::New<counters>(env, "counters"));
  return exports;
}

}  // namespace
}  // namespace doorcall::napi

static Napi::Object initDoorcall(Napi::Env env, Napi::Object exports) {
  return doorcall::napi::init(env, exports);
}

NODE_API_MODULE(doorcall, initDoorcall)
