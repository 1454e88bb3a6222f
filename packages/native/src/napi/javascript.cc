#include "napi/javascript.h"

#include <uv.h>

#include <cstdlib>
#include <cstring>
#include <span>

namespace doorcall::napi {
namespace {

bool readNumber(Napi::Object object, const char* name, double lowest, double highest, double* out) {
  const Napi::Value value = object.Get(name);
  if (!value.IsNumber()) return false;
  *out = value.As<Napi::Number>().DoubleValue();
  return *out >= lowest && *out <= highest;
}

bool readHex(const std::string& hex, std::span<uint8_t> out) {
  if (hex.size() != out.size() * 2) return false;
  for (size_t i = 0; i < out.size(); i++) {
    unsigned byte = 0;
    for (size_t digit = 0; digit < 2; digit++) {
      const char c = hex[i * 2 + digit];
      const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (value < 0) return false;
      byte = byte * 16 + static_cast<unsigned>(value);
    }
    out[i] = static_cast<uint8_t>(byte);
  }
  return true;
}

std::string hexOf(std::span<const uint8_t> bytes) {
  static const char digits[] = "0123456789abcdef";
  std::string hex;
  for (const uint8_t byte : bytes) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

/** A side without generated code has no codec: all zero on the wire, '' in JavaScript. */
std::string codecText(const channel::CodecHash& codec) {
  return codec == channel::CodecHash{} ? "" : hexOf(codec);
}

bool readCodec(const Napi::Value& value, channel::CodecHash* out) {
  if (value.IsUndefined()) return true;
  if (!value.IsString()) return false;
  const std::string hex = value.As<Napi::String>().Utf8Value();
  return hex.empty() || readHex(hex, *out);
}

/** For tests: as in a host that forbids memory which is not its own. */
bool externalMemoryForbidden() {
  static const bool forbidden = std::getenv("DOORCALL_NO_EXTERNAL_MEMORY") != nullptr;
  return forbidden;
}

}  // namespace

bool readConnectionOptions(Napi::Env env, Napi::Value value, ConnectionOptions* out) {
  const auto refuse = [env](const char* what) {
    Napi::TypeError::New(env, std::string("connection options: ") + what)
        .ThrowAsJavaScriptException();
    return false;
  };
  if (!value.IsObject()) return refuse("an object is required");
  const auto object = value.As<Napi::Object>();
  const Napi::Value service = object.Get("service");
  const Napi::Value fingerprint = object.Get("fingerprint");
  const Napi::Value descriptor = object.Get("descriptor");
  if (!service.IsString() || !fingerprint.IsString() || !descriptor.IsString()) {
    return refuse("service, fingerprint and descriptor are strings");
  }
  out->self.service = service.As<Napi::String>().Utf8Value();
  out->self.descriptor = descriptor.As<Napi::String>().Utf8Value();
  if (out->self.service.size() > channel::kMaxNameBytes)
    return refuse("service name above 255 bytes");
  if (out->self.descriptor.size() > channel::kMaxDescriptorBytes)
    return refuse("descriptor above 48 KiB");
  if (!readHex(fingerprint.As<Napi::String>().Utf8Value(), out->self.fingerprint)) {
    return refuse("fingerprint is 32 lower-case hex digits");
  }
  if (!readCodec(object.Get("codec"), &out->self.codec))
    return refuse("codec is 16 lower-case hex digits, or empty");
  double number = 0;
  if (!readNumber(object, "maxMessageBytes", channel::kLeastMaxMessageBytes, 1u << 30, &number))
    return refuse("maxMessageBytes is 1024 … 2^30");
  out->self.maxMessageBytes = static_cast<uint32_t>(number);
  if (!readNumber(object, "maxInFlight", 0, 1 << 20, &number))
    return refuse("maxInFlight is 0 … 2^20");
  out->self.maxInFlight = static_cast<uint32_t>(number);
  if (!readNumber(object, "onewayWindow", 0, 1 << 20, &number))
    return refuse("onewayWindow is 0 … 2^20");
  out->self.onewayWindow = static_cast<uint32_t>(number);
  if (!readNumber(object, "streamWindowBytes", 0, 1u << 30, &number))
    return refuse("streamWindowBytes is 0 … 2^30");
  out->self.streamWindowBytes = static_cast<uint32_t>(number);
  if (!readNumber(object, "streamWindowItems", 0, 1 << 20, &number))
    return refuse("streamWindowItems is 0 … 2^20");
  out->self.streamWindowItems = static_cast<uint32_t>(number);
  if (!readNumber(object, "maxBlobBytes", 0, channel::kMostBlobBytes, &number))
    return refuse("maxBlobBytes is 0 … 2^48");
  out->self.maxBlobBytes = static_cast<uint64_t>(number);
  if (!readNumber(object, "maxFds", 0, channel::kMostFds, &number))
    return refuse("maxFds is 0 … 253");
  out->self.maxFds = static_cast<uint32_t>(number);
  out->limits.maxReceiveFds = out->self.maxFds;
  out->limits.maxReceiveBlobBytes = out->self.maxBlobBytes;
  if (!readNumber(object, "ringBytes", 1, ring::kMaxRingBytes, &number) ||
      !ring::isValidRingBytes(static_cast<uint64_t>(number))) {
    return refuse("ringBytes is a power of two, 4 KiB … 512 MiB");
  }
  out->ringBytes = static_cast<uint32_t>(number);
  out->limits.maxReceiveBytes = out->self.maxMessageBytes;
  if (object.Has("maxQueuedMessages") && !object.Get("maxQueuedMessages").IsUndefined()) {
    if (!readNumber(object, "maxQueuedMessages", 0, 1 << 24, &number))
      return refuse("maxQueuedMessages is 0 … 2^24");
    out->limits.maxQueuedMessages = static_cast<uint32_t>(number);
  }
  if (object.Has("maxQueuedBytes") && !object.Get("maxQueuedBytes").IsUndefined()) {
    if (!readNumber(object, "maxQueuedBytes", 0, 1e12, &number))
      return refuse("maxQueuedBytes is 0 … 10^12");
    out->limits.maxQueuedBytes = static_cast<uint64_t>(number);
  }
  return true;
}

void throwOsError(Napi::Env env, const os::Error& error) {
  auto thrown = Napi::Error::New(env, error.message());
  if (error.code != 0) {
    thrown.Set("code", Napi::String::New(env, uv_err_name(-error.code)));
    thrown.Set("errno", Napi::Number::New(env, error.code));
  }
  thrown.Set("syscall", Napi::String::New(env, error.operation));
  thrown.ThrowAsJavaScriptException();
}

Napi::Object peerObject(Napi::Env env, const os::PeerCredentials& peer) {
  auto object = Napi::Object::New(env);
  object.Set("uid", Napi::Number::New(env, peer.uid));
  object.Set("gid", Napi::Number::New(env, peer.gid));
  object.Set("pid", Napi::Number::New(env, peer.pid));
  return object;
}

Napi::Object remoteObject(Napi::Env env, const channel::Introduction& remote,
                          uint16_t protocolVersion, uint32_t features) {
  auto object = Napi::Object::New(env);
  object.Set("service", Napi::String::New(env, remote.service));
  object.Set("fingerprint", Napi::String::New(env, hexOf(remote.fingerprint)));
  object.Set("codec", Napi::String::New(env, codecText(remote.codec)));
  object.Set("descriptor", Napi::String::New(env, remote.descriptor));
  object.Set("maxMessageBytes", Napi::Number::New(env, remote.maxMessageBytes));
  object.Set("maxInFlight", Napi::Number::New(env, remote.maxInFlight));
  object.Set("onewayWindow", Napi::Number::New(env, remote.onewayWindow));
  object.Set("streamWindowBytes", Napi::Number::New(env, remote.streamWindowBytes));
  object.Set("streamWindowItems", Napi::Number::New(env, remote.streamWindowItems));
  object.Set("maxBlobBytes", Napi::Number::New(env, static_cast<double>(remote.maxBlobBytes)));
  object.Set("maxFds", Napi::Number::New(env, remote.maxFds));
  object.Set("protocolVersion", Napi::Number::New(env, protocolVersion));
  object.Set("fdCredit", Napi::Boolean::New(env, (features & channel::kFdCreditFeature) != 0));
  return object;
}

Napi::Object failureObject(Napi::Env env, const channel::HandshakeFailure& failure) {
  auto object = Napi::Object::New(env);
  object.Set("code", Napi::Number::New(env, failure.code));
  object.Set("message", Napi::String::New(env, failure.message));
  object.Set("retryable", Napi::Boolean::New(env, failure.retryable));
  object.Set("answered", Napi::Boolean::New(env, failure.answered));
  if (failure.systemError != 0)
    object.Set("errno", Napi::String::New(env, uv_err_name(-failure.systemError)));
  return object;
}

Napi::Value toUint8Array(Napi::Env env, channel::LargeMessage message) {
  const size_t size = message.size;
  if (size == 0 || !message.bytes) return Napi::Uint8Array::New(env, 0);
  uint8_t* bytes = message.bytes.release();
  napi_value buffer = nullptr;
  const auto free = [](napi_env, void* data, void*) { delete[] static_cast<uint8_t*>(data); };
  const napi_status status =
      externalMemoryForbidden()
          ? napi_generic_failure
          : napi_create_external_arraybuffer(env, bytes, size, free, nullptr, &buffer);
  if (status == napi_ok) return Napi::Uint8Array::New(env, size, Napi::ArrayBuffer(env, buffer), 0);
  const Napi::Value copy = toCopiedArray(env, bytes, size);
  delete[] bytes;
  return copy;
}

Napi::Value toCopiedArray(Napi::Env env, const uint8_t* bytes, size_t size) {
  napi_value buffer = nullptr;
  void* data = nullptr;
  if (napi_create_arraybuffer(env, size, &data, &buffer) != napi_ok) return Napi::Value();
  std::memcpy(data, bytes, size);
  return Napi::Uint8Array::New(env, size, Napi::ArrayBuffer(env, buffer), 0);
}

Napi::Value toExternalArray(Napi::Env env, uint8_t* data, size_t size, std::function<void()> gone,
                            std::shared_ptr<void> keeps) {
  if (externalMemoryForbidden()) return Napi::Value();
  struct Gone {
    std::function<void()> tell;
    /** There was an array. */
    bool made = false;
  };
  using Held = std::shared_ptr<Gone>;
  using Keeps = std::shared_ptr<void>;
  napi_value buffer = nullptr;
  const auto told = std::make_shared<Gone>(Gone{std::move(gone)});
  auto* const hint = new Held(told);
  const auto tell = [](napi_env, void*, void* held) {
    const std::unique_ptr<Held> ended(static_cast<Held*>(held));
    if ((*ended)->made) (*ended)->tell();
  };
  if (napi_create_external_arraybuffer(env, data, size, tell, hint, &buffer) != napi_ok) {
    // For what is forbidden nobody is told. For what is larger than any array Node tells at once,
    // and throws.
    if (told.use_count() > 1) delete hint;
    if (env.IsExceptionPending()) env.GetAndClearPendingException();
    return Napi::Value();
  }
  told->made = true;
  auto* const kept = new Keeps(std::move(keeps));
  const auto letGo = [](napi_env, void* held, void*) { delete static_cast<Keeps*>(held); };
  if (napi_add_finalizer(env, buffer, kept, letGo, nullptr, nullptr) != napi_ok) delete kept;
  return Napi::Uint8Array::New(env, size, Napi::ArrayBuffer(env, buffer), 0);
}

Napi::Value callFromLoop(Napi::Env env, napi_async_context context, napi_value receiver,
                         napi_value function, size_t count, const napi_value* arguments) {
  napi_value result = nullptr;
  const napi_status status =
      napi_make_callback(env, context, receiver, function, count, arguments, &result);
  if (status == napi_ok) return Napi::Value(env, result);
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending) {
    napi_value exception = nullptr;
    if (napi_get_and_clear_last_exception(env, &exception) == napi_ok)
      napi_fatal_exception(env, exception);
  }
  return Napi::Value();
}

}  // namespace doorcall::napi
