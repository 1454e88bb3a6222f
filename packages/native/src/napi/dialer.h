#pragma once

#include <napi.h>

namespace doorcall::napi {

/** dial(directoryFd, name, serverUid, options, timeoutMs, done) of addon.d.ts. */
Napi::Value dial(const Napi::CallbackInfo& info);

/** takeOver(directoryFd, name, timeoutMs, done) of addon.d.ts. */
Napi::Value takeOver(const Napi::CallbackInfo& info);

}  // namespace doorcall::napi
