#pragma once

#include <napi.h>

#include <memory>
#include <unordered_map>

#include "napi/connection.h"

namespace doorcall::napi {

/** The JavaScript class: a thin wrapper that owns a share of the connection. */
class ConnectionObject final : public Napi::ObjectWrap<ConnectionObject> {
 public:
  explicit ConnectionObject(const Napi::CallbackInfo& info);

  static Napi::Function define(Napi::Env env);
  static Napi::Object create(Loop& loop, channel::ChannelParts parts,
                             const channel::ChannelLimits& limits, Connection::Role role);

 private:
  void start(const Napi::CallbackInfo& info);
  Napi::Value takeSyncLarge(const Napi::CallbackInfo& info);
  Napi::Value takeLarge(const Napi::CallbackInfo& info);
  Napi::Value withdraw(const Napi::CallbackInfo& info);
  Napi::Value queuedMessages(const Napi::CallbackInfo& info);
  Napi::Value sendFds(const Napi::CallbackInfo& info);
  Napi::Value takeFds(const Napi::CallbackInfo& info);
  void dropFds(const Napi::CallbackInfo& info);
  Napi::Value allocateBlob(const Napi::CallbackInfo& info);
  Napi::Value disposeBlob(const Napi::CallbackInfo& info);
  Napi::Value placeBlob(const Napi::CallbackInfo& info);
  Napi::Value awaitBlobs(const Napi::CallbackInfo& info);
  Napi::Value unplaceBlob(const Napi::CallbackInfo& info);
  Napi::Value borrowBlob(const Napi::CallbackInfo& info);
  Napi::Value viewBlob(const Napi::CallbackInfo& info);
  Napi::Value readBlob(const Napi::CallbackInfo& info);
  Napi::Value copyBlob(const Napi::CallbackInfo& info);
  void releaseBlob(const Napi::CallbackInfo& info);
  Napi::Value blobCounts(const Napi::CallbackInfo& info);
  void resume(const Napi::CallbackInfo& info);
  void touch(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  void fail(const Napi::CallbackInfo& info);

  /** Writes the words of NativeConnection.blob. */
  void tellBlob(double first, double second = 0, double third = 0, double fourth = 0);

  std::shared_ptr<Connection> connection_;
  double* blob_ = nullptr;
  Napi::Reference<Napi::Value> blobRef_;
  /** Of each segment of the peer that readBlob() was asked for. */
  std::unordered_map<size_t, Napi::Reference<Napi::ArrayBuffer>> segmentBuffers_;
};

}  // namespace doorcall::napi
