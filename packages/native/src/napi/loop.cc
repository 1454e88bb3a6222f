#include "napi/loop.h"

#include <cstdlib>
#include <utility>

#include "napi/connection.h"

namespace doorcall::napi {

Loop* Loop::of(Napi::Env env) {
  if (auto* existing = env.GetInstanceData<Loop*>()) return *existing;
  auto* loop = new Loop(env);
  const std::string problem = loop->start();
  if (!problem.empty()) {
    loop->abort();
    Napi::Error::New(env, "doorcall cannot attach to this event loop: " + problem)
        .ThrowAsJavaScriptException();
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

Loop::~Loop() {
  if (asyncContext_ != nullptr) napi_async_destroy(env_, asyncContext_);
}

std::string Loop::start() {
  const std::string problem = descriptors_.create();
  if (!problem.empty()) return problem;
  uv_loop_t* uv = nullptr;
  if (napi_get_uv_event_loop(env_, &uv) != napi_ok) return "there is none";

  auto batch = Napi::ArrayBuffer::New(env_, ring::kBatchBytes);
  auto sync = Napi::ArrayBuffer::New(env_, ring::kBatchBytes);
  auto result = Napi::Uint32Array::New(env_, 4);
  batch_ = static_cast<uint8_t*>(batch.Data());
  syncBytes_ = static_cast<uint8_t*>(sync.Data());
  syncResult_ = result.Data();
  batchRef_ = Napi::Persistent(batch.As<Napi::Value>());
  syncBytesRef_ = Napi::Persistent(sync.As<Napi::Value>());
  syncResultRef_ = Napi::Persistent(result.As<Napi::Value>());
  const Napi::Value nothing = env_.RunScript("(function () {})");
  if (nothing.IsEmpty()) return "the thread is being terminated";
  nothing_ = Napi::Persistent(nothing.As<Napi::Function>());

  Napi::String name = Napi::String::New(env_, "doorcall");
  if (napi_async_init(env_, nullptr, name, &asyncContext_) != napi_ok)
    return "it gives no async context";
  if (const char* policy = std::getenv("DOORCALL_WAIT_POLICY")) {
    if (const auto rules = ring::WaitPolicy::rulesNamed(policy)) setPolicy(*rules);
  }

  // Before the first handle: one that is open must not outlive the environment.
  if (napi_add_async_cleanup_hook(env_, &Loop::onCleanup, this, &cleanupHook_) != napi_ok)
    return "the environment is ending";
  if (!descriptors_.initialise(uv)) return "it takes no further descriptor";
  turn_.start(uv);
  timers_.start(uv);
  handlesOpen_ = static_cast<int>(handles().size());
  for (uv_handle_t* handle : handles()) uv_unref(handle);
  return descriptors_.start() ? "" : "it cannot watch our descriptor";
}

void Loop::abort() {
  if (handlesOpen_ > 0) return closeHandles();
  handlesOpen_ = 1;
  handleClosed();
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
  locks_.clear();
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
  if (hook != nullptr) napi_remove_async_cleanup_hook(hook);
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

int Loop::keepLock(os::UniqueFd lock) {
  const int fd = lock.get();
  locks_.emplace(fd, std::move(lock));
  return fd;
}

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
