#include "napi/loop.h"

#include <cstdlib>

#include "napi/connection.h"

namespace doorcall::napi {

Loop* Loop::of(Napi::Env env) {
  if (auto* existing = env.GetInstanceData<Loop*>()) return *existing;
  auto* loop = new Loop(env);
  if (!loop->start()) {
    delete loop;
    Napi::Error::New(env, "doorcall cannot attach to this event loop").ThrowAsJavaScriptException();
    return nullptr;
  }
  // The cleanup hook deletes the loop, after its handles have closed; the instance data only finds
  // it.
  env.SetInstanceData<Loop*>(new Loop*(loop));
  return loop;
}

Loop::Loop(Napi::Env env)
    : env_(env),
      descriptors_(*this),
      timers_(*this),
      keepAlive_(descriptors_.handle()),
      turn_(*this, keepAlive_) {}

bool Loop::start() {
  uv_loop_t* uv = nullptr;
  if (!descriptors_.create() || napi_get_uv_event_loop(env_, &uv) != napi_ok) return false;

  auto batch = Napi::ArrayBuffer::New(env_, ring::kBatchBytes);
  auto sync = Napi::ArrayBuffer::New(env_, ring::kBatchBytes);
  auto result = Napi::Uint32Array::New(env_, 4);
  batch_ = static_cast<uint8_t*>(batch.Data());
  syncBytes_ = static_cast<uint8_t*>(sync.Data());
  syncResult_ = result.Data();
  batchRef_ = Napi::Persistent(batch.As<Napi::Value>());
  syncBytesRef_ = Napi::Persistent(sync.As<Napi::Value>());
  syncResultRef_ = Napi::Persistent(result.As<Napi::Value>());
  nothing_ = Napi::Persistent(env_.RunScript("(function () {})").As<Napi::Function>());

  Napi::String name = Napi::String::New(env_, "doorcall");
  if (napi_async_init(env_, nullptr, name, &asyncContext_) != napi_ok) return false;
  if (const char* policy = std::getenv("DOORCALL_WAIT_POLICY")) {
    if (const auto rules = ring::WaitPolicy::rulesNamed(policy)) setPolicy(*rules);
  }

  if (!descriptors_.start(uv)) return false;
  turn_.start(uv);
  timers_.start(uv);
  handlesOpen_ = static_cast<int>(handles().size());
  for (uv_handle_t* handle : handles()) uv_unref(handle);
  return napi_add_async_cleanup_hook(env_, &Loop::onCleanup, this, &cleanupHook_) == napi_ok;
}

std::array<uv_handle_t*, 5> Loop::handles() {
  const auto [prepare, check, idle] = turn_.handles();
  return {prepare, check, idle, timers_.handle(), descriptors_.handle()};
}

// ---- the end of the environment
// -----------------------------------------------------------------------------

void Loop::onCleanup(napi_async_cleanup_hook_handle, void* self) {
  static_cast<Loop*>(self)->closeHandles();
}

void Loop::closeHandles() {
  closing_ = true;
  // Copies: abandon() and dropping watchers change the containers.
  const auto connections = connections_;
  for (const auto& [raw, connection] : connections) connection->abandon();
  const auto watchers = descriptors_.takeWatchers();
  connections_.clear();
  turn_.clear();
  timers_.clear();
  for (uv_handle_t* handle : handles()) {
    if (uv_is_closing(handle) != 0) continue;
    handle->data = this;
    uv_close(handle, [](uv_handle_t* closed) { static_cast<Loop*>(closed->data)->handleClosed(); });
  }
}

void Loop::handleClosed() {
  if (--handlesOpen_ > 0) return;
  const auto hook = cleanupHook_;
  delete this;
  napi_remove_async_cleanup_hook(hook);
}

bool Loop::javascriptRuns() const {
  const Napi::HandleScope scope(env_);
  napi_value result = nullptr;
  return !closing_ && napi_call_function(env_, env_.Undefined(), nothing_.Value(), 0, nullptr,
                                         &result) == napi_ok;
}

// ---- keeping the process alive
// ------------------------------------------------------------------------------

void Loop::hold() {
  keepAlive_.hold();
  updateRef();
}

void Loop::release() {
  keepAlive_.release();
  updateRef();
}

void Loop::updateRef() {
  if (!closing_) keepAlive_.tell(keepAlive_.held() || turn_.anyPending());
}

void Loop::pendingChanged() {
  if (!keepAlive_.told()) updateRef();
}

// ---- connections
// --------------------------------------------------------------------------------------------

void Loop::add(std::shared_ptr<Connection> connection) {
  Connection* raw = connection.get();
  connections_.emplace(raw, std::move(connection));
  activate(*raw);
}

void Loop::remove(Connection& connection) {
  turn_.remove(connection);
  connections_.erase(&connection);
  updateRef();
}

uint8_t* Loop::syncBatch() {
  if (!syncBatch_) syncBatch_.reset(new uint8_t[ring::kBatchBytes]);
  return syncBatch_.get();
}

}  // namespace doorcall::napi
