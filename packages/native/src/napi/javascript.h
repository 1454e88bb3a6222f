#pragma once

#include <napi.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>

#include "channel/channel.h"
#include "channel/handshake.h"

/** Conversions and calls between C++ and JavaScript that several files need. */
namespace doorcall::napi {

/** NativeIntroduction and NativeConnectionOptions of addon.d.ts. */
struct ConnectionOptions {
  channel::Introduction self;
  uint32_t ringBytes = 0;
  channel::ChannelLimits limits;
};

/** Reads options; throws a JavaScript TypeError and returns false when they do not fit. */
bool readConnectionOptions(Napi::Env env, Napi::Value value, ConnectionOptions* out);

/** Throws a JavaScript Error with `code` (the errno's name) and `syscall`. */
void throwOsError(Napi::Env env, const os::Error& error);

Napi::Object peerObject(Napi::Env env, const os::PeerCredentials& peer);
Napi::Object remoteObject(Napi::Env env, const channel::Introduction& remote,
                          uint16_t protocolVersion, uint32_t features);
Napi::Object failureObject(Napi::Env env, const channel::HandshakeFailure& failure);

/** A Uint8Array over a message's bytes without a copy, or with one where external memory is
 * forbidden. */
Napi::Value toUint8Array(Napi::Env env, channel::LargeMessage message);

/**
 * A Uint8Array over memory that is not JavaScript's own.
 * @param gone called on this thread, once, when no ArrayBuffer has the memory any more: after it
 * was detached, or collected.
 * @param keeps stays alive for as long as the ArrayBuffer object does, detached or not: that is
 * what native I/O under way holds on to.
 * @returns an empty value where such memory is forbidden, as in Electron, and for more than an
 * array can have (4 GiB in Node 20); nothing is called then.
 */
Napi::Value toExternalArray(Napi::Env env, uint8_t* data, size_t size, std::function<void()> gone,
                            std::shared_ptr<void> keeps);
/** A Uint8Array with a copy. */
Napi::Value toCopiedArray(Napi::Env env, const uint8_t* data, size_t size);

/**
 * Calls into JavaScript from the event loop: microtasks run afterwards, and an exception becomes an
 * uncaught one. Returns an empty value when the call threw or JavaScript can run no more.
 */
Napi::Value callFromLoop(Napi::Env env, napi_async_context context, napi_value receiver,
                         napi_value function, size_t count, const napi_value* arguments);

}  // namespace doorcall::napi
