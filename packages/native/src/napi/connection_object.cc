#include "napi/connection_object.h"

#include "napi/javascript.h"

namespace doorcall::napi {
namespace {

/** The bytes of a Uint8Array argument; false (and a pending exception) when the range lies outside
 * it. */
bool byteRange(napi_env env, napi_value array, uint32_t start, uint32_t end,
               const uint8_t** bytes) {
  void* data = nullptr;
  size_t size = 0;
  if (napi_get_buffer_info(env, array, &data, &size) != napi_ok || start > end || end > size) {
    napi_throw_range_error(env, nullptr, "bytes[start, end) lies outside the array");
    return false;
  }
  *bytes = static_cast<const uint8_t*>(data) + start;
  return true;
}

uint32_t toUint32(napi_env env, napi_value value) {
  uint32_t number = 0;
  napi_get_value_uint32(env, value, &number);
  return number;
}

ring::RecordHeader headerOf(uint32_t head, uint32_t callId, uint32_t aux) {
  ring::RecordHeader header{};
  header.kind = static_cast<uint8_t>(head);
  header.flags = static_cast<uint8_t>(head >> 8);
  header.method = static_cast<uint16_t>(head >> 16);
  header.callId = callId;
  header.aux = aux;
  return header;
}

napi_value toValue(napi_env env, int32_t number) {
  napi_value value = nullptr;
  napi_create_int32(env, number, &value);
  return value;
}

/** Raw Node-API on the hot path: a wrapper's bookkeeping would cost as much as the send itself. */
template <size_t Count>
ConnectionObject* unwrapCall(napi_env env, napi_callback_info info,
                             napi_value (&arguments)[Count]) {
  size_t count = Count;
  napi_value self = nullptr;
  void* object = nullptr;
  if (napi_get_cb_info(env, info, &count, arguments, &self, nullptr) != napi_ok || count != Count ||
      napi_unwrap(env, self, &object) != napi_ok) {
    napi_throw_type_error(env, nullptr, "called with the wrong receiver or number of arguments");
    return nullptr;
  }
  return static_cast<ConnectionObject*>(object);
}

}  // namespace

Napi::Function ConnectionObject::define(Napi::Env env) {
  const napi_property_descriptor sendProperty{
      "send", nullptr, &ConnectionObject::send, nullptr, nullptr, nullptr, napi_default, nullptr};
  const napi_property_descriptor callSyncProperty{
      "callSync",   nullptr, &ConnectionObject::callSync, nullptr, nullptr, nullptr,
      napi_default, nullptr};
  return DefineClass(env, "Connection",
                     {
                         sendProperty,
                         callSyncProperty,
                         InstanceMethod<&ConnectionObject::start>("start"),
                         InstanceMethod<&ConnectionObject::takeSyncLarge>("takeSyncLarge"),
                         InstanceMethod<&ConnectionObject::takeLarge>("takeLarge"),
                         InstanceMethod<&ConnectionObject::withdraw>("withdraw"),
                         InstanceMethod<&ConnectionObject::queuedMessages>("queuedMessages"),
                         InstanceMethod<&ConnectionObject::resume>("resume"),
                         InstanceMethod<&ConnectionObject::touch>("touch"),
                         InstanceMethod<&ConnectionObject::close>("close"),
                         InstanceMethod<&ConnectionObject::fail>("fail"),
                     });
}

Napi::Object ConnectionObject::create(Loop& loop, channel::ChannelParts parts,
                                      const channel::ChannelLimits& limits, Connection::Role role) {
  const Napi::Env env = loop.env();
  if (loop.connectionClass.IsEmpty()) loop.connectionClass = Napi::Persistent(define(env));
  auto object = loop.connectionClass.New({});
  // A worker may be terminated between any two steps; then nothing can be made any more.
  if (object.IsEmpty()) return object;
  object.Set("peer", peerObject(env, parts.credentials));
  object.Set("remote", remoteObject(env, parts.remote, parts.protocolVersion));
  object.Set("clockOffsetMs",
             Napi::Number::New(env, static_cast<double>(parts.clockOffsetNs) / 1e6));
  object.Set("shared", Napi::Int32Array::New(env, 2));
  ConnectionObject* const self = Unwrap(object);
  if (self == nullptr) return {};
  self->connection_ = std::make_shared<Connection>(loop, std::move(parts), limits, role);
  return object;
}

ConnectionObject::ConnectionObject(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<ConnectionObject>(info) {}

napi_value ConnectionObject::send(napi_env env, napi_callback_info info) {
  napi_value arguments[6];
  ConnectionObject* self = unwrapCall(env, info, arguments);
  const uint8_t* bytes = nullptr;
  if (self == nullptr) return nullptr;
  const uint32_t start = toUint32(env, arguments[4]);
  const uint32_t end = toUint32(env, arguments[5]);
  if (!byteRange(env, arguments[3], start, end, &bytes)) return nullptr;
  const auto header = headerOf(toUint32(env, arguments[0]), toUint32(env, arguments[1]),
                               toUint32(env, arguments[2]));
  return toValue(env, static_cast<int32_t>(self->connection_->send(header, bytes, end - start)));
}

napi_value ConnectionObject::callSync(napi_env env, napi_callback_info info) {
  napi_value arguments[7];
  ConnectionObject* self = unwrapCall(env, info, arguments);
  const uint8_t* bytes = nullptr;
  if (self == nullptr) return nullptr;
  const uint32_t start = toUint32(env, arguments[4]);
  const uint32_t end = toUint32(env, arguments[5]);
  if (!byteRange(env, arguments[3], start, end, &bytes)) return nullptr;
  double deadlineMs = 0;
  napi_get_value_double(env, arguments[6], &deadlineMs);
  const int64_t deadlineNs = deadlineMs > 9e12 ? INT64_MAX : static_cast<int64_t>(deadlineMs * 1e6);
  const auto header = headerOf(toUint32(env, arguments[0]), toUint32(env, arguments[1]),
                               toUint32(env, arguments[2]));
  return toValue(env, self->connection_->callSync(header, bytes, end - start, deadlineNs));
}

void ConnectionObject::start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsObject()) {
    Napi::TypeError::New(env, "start takes a sink").ThrowAsJavaScriptException();
    return;
  }
  const auto self = info.This().As<Napi::Object>();
  connection_->start(self, info[0].As<Napi::Object>(), self.Get("shared").As<Napi::Object>());
}

Napi::Value ConnectionObject::takeSyncLarge(const Napi::CallbackInfo& info) {
  return toUint8Array(info.Env(), connection_->takeSyncLarge());
}

Napi::Value ConnectionObject::takeLarge(const Napi::CallbackInfo& info) {
  channel::LargeMessage message;
  if (connection_->open())
    message = connection_->channel().takeLarge(info[0].As<Napi::Number>().Uint32Value());
  return toUint8Array(info.Env(), std::move(message));
}

Napi::Value ConnectionObject::withdraw(const Napi::CallbackInfo& info) {
  const bool found = connection_->open() &&
                     connection_->channel().withdraw(info[0].As<Napi::Number>().Uint32Value());
  return Napi::Boolean::New(info.Env(), found);
}

Napi::Value ConnectionObject::queuedMessages(const Napi::CallbackInfo& info) {
  const size_t queued = connection_->open() ? connection_->channel().queuedMessages() : 0;
  return Napi::Number::New(info.Env(), static_cast<double>(queued));
}

void ConnectionObject::resume(const Napi::CallbackInfo&) { connection_->resume(); }
void ConnectionObject::touch(const Napi::CallbackInfo&) { connection_->touch(); }
void ConnectionObject::close(const Napi::CallbackInfo& info) {
  connection_->requestClose(info.Length() > 0 && info[0].IsString()
                                ? info[0].As<Napi::String>().Utf8Value()
                                : "closed by this side");
}
void ConnectionObject::fail(const Napi::CallbackInfo& info) {
  connection_->failPeer(info[0].As<Napi::String>().Utf8Value());
}

}  // namespace doorcall::napi
