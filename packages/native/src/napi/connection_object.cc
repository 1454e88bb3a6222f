#include "napi/connection_object.h"

#include "napi/javascript.h"
#include "napi/send.h"

namespace doorcall::napi {
namespace {

/** See NativeConnection.blob. */
constexpr size_t kBlobWords = 4;

}  // namespace

Napi::Function ConnectionObject::define(Napi::Env env) {
  return DefineClass(env, "Connection",
                     {
                         InstanceMethod<&ConnectionObject::start>("start"),
                         InstanceMethod<&ConnectionObject::takeSyncLarge>("takeSyncLarge"),
                         InstanceMethod<&ConnectionObject::takeLarge>("takeLarge"),
                         InstanceMethod<&ConnectionObject::withdraw>("withdraw"),
                         InstanceMethod<&ConnectionObject::queuedMessages>("queuedMessages"),
                         InstanceMethod<&ConnectionObject::sendFds>("sendFds"),
                         InstanceMethod<&ConnectionObject::awaitBlobs>("awaitBlobs"),
                         InstanceMethod<&ConnectionObject::takeFds>("takeFds"),
                         InstanceMethod<&ConnectionObject::dropFds>("dropFds"),
                         InstanceMethod<&ConnectionObject::allocateBlob>("allocateBlob"),
                         InstanceMethod<&ConnectionObject::disposeBlob>("disposeBlob"),
                         InstanceMethod<&ConnectionObject::placeBlob>("placeBlob"),
                         InstanceMethod<&ConnectionObject::unplaceBlob>("unplaceBlob"),
                         InstanceMethod<&ConnectionObject::borrowBlob>("borrowBlob"),
                         InstanceMethod<&ConnectionObject::viewBlob>("viewBlob"),
                         InstanceMethod<&ConnectionObject::readBlob>("readBlob"),
                         InstanceMethod<&ConnectionObject::copyBlob>("copyBlob"),
                         InstanceMethod<&ConnectionObject::releaseBlob>("releaseBlob"),
                         InstanceMethod<&ConnectionObject::blobCounts>("blobCounts"),
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
  object.Set("remote", remoteObject(env, parts.remote, parts.protocolVersion, parts.features));
  object.Set("clockOffsetMs",
             Napi::Number::New(env, static_cast<double>(parts.clockOffsetNs) / 1e6));
  object.Set("maxPieceBytes", Napi::Number::New(env, ring::maxRecordPayload(parts.ownRingBytes)));
  object.Set("shared", Napi::Int32Array::New(env, Connection::kSharedWords));
  ConnectionObject* const self = Unwrap(object);
  if (self == nullptr) return {};
  auto blob = Napi::Float64Array::New(env, kBlobWords);
  object.Set("blob", blob);
  self->blob_ = blob.Data();
  self->blobRef_ = Napi::Persistent(blob.As<Napi::Value>());
  self->connection_ = std::make_shared<Connection>(loop, std::move(parts), limits, role);
  if (!addSendFunctions(object, self->connection_)) return {};
  return object;
}

ConnectionObject::ConnectionObject(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<ConnectionObject>(info) {}

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
