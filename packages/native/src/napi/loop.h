#pragma once

#include <napi.h>
#include <uv.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "napi/descriptors.h"
#include "napi/keep_alive.h"
#include "napi/timers.h"
#include "napi/turn.h"
#include "os/unique_fd.h"

namespace doorcall::napi {

class Connection;

/**
 * Where an environment's connections meet its event loop: one object per environment (main thread
 * or worker), made at the first use, gone with the environment. It owns the parts that hang on
 * libuv (what happens in each turn, descriptors, timers, what keeps the process alive), the
 * connections, and the memory that is shared with JavaScript.
 */
class Loop {
 public:
  /** The calling environment's loop, made at the first use. Null (and a pending exception) when it
   * cannot be. */
  static Loop* of(Napi::Env env);

  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Napi::Env env() const { return env_; }
  napi_async_context asyncContext() const { return asyncContext_; }
  /** The environment ends: nothing may be told or begun any more. */
  bool closing() const { return closing_; }

  /** See Descriptors. */
  uint64_t watch(int fd, uint32_t events, std::shared_ptr<Watcher> watcher) {
    return descriptors_.watch(fd, events, std::move(watcher));
  }
  void unwatch(int fd, uint64_t token) { descriptors_.unwatch(fd, token); }

  /** See Timers. */
  uint64_t after(uint64_t ms, std::function<void()> task) {
    return timers_.after(ms, std::move(task));
  }
  void cancel(uint64_t timer) { timers_.cancel(timer); }

  /** Keeps the process alive until as many release() calls have come. */
  void hold();
  void release();
  /** Tells libuv whether anything keeps the process alive now. */
  void updateRef();

  /**
   * Keeps a lock that another process has sent until it is closed, or the environment ends: Node
   * closes what a worker has left open only where it has opened it itself.
   * @returns its descriptor
   */
  int keepLock(os::UniqueFd lock);
  /** False when that is no lock that is kept. */
  bool closeLock(int fd) { return locks_.erase(fd) > 0; }

  void add(std::shared_ptr<Connection> connection);
  void remove(Connection& connection);
  void activate(Connection& connection) { turn_.activate(connection); }
  /** A connection's count of pending calls may have changed. */
  void pendingChanged();

  void setPolicy(ring::WaitPolicy::Rules rules) { turn_.setPolicy(rules); }
  const ring::WaitPolicy::Rules& policyRules() const { return turn_.policyRules(); }
  /** CLOCK_MONOTONIC, ns, as read when the work at hand was found. */
  uint64_t now() const { return turn_.now(); }
  /** False on a single CPU, where spinning only keeps the peer from answering. */
  bool maySpin() const { return turn_.maySpin(); }

  /** The batch that records are copied into for JavaScript: ring::kBatchBytes, 16-byte aligned. */
  uint8_t* batch() const { return batch_; }
  uint8_t* syncBytes() const { return syncBytes_; }
  uint32_t* syncResult() const { return syncResult_; }
  /** Private memory for draining within a synchronous call; the batch may be in use further up the
   * stack. */
  uint8_t* syncBatch();
  /**
   * Whether JavaScript can still be called: not in a worker that is being terminated, whose event
   * loop Node runs for a while without it. Asks by calling an empty function, which is also what
   * lets a thread that sleeps in a synchronous call be terminated.
   */
  bool javascriptRuns() const;

  Napi::Value batchBuffer() const { return batchRef_.Value(); }
  Napi::Value syncBytesBuffer() const { return syncBytesRef_.Value(); }
  Napi::Value syncResultArray() const { return syncResultRef_.Value(); }

  Napi::FunctionReference connectionClass;
  Napi::FunctionReference listenerClass;

  const Turn::Counters& counters() const { return turn_.counters(); }
  size_t connectionCount() const { return connections_.size(); }
  size_t activeCount() const { return turn_.activeCount(); }

 private:
  explicit Loop(Napi::Env env);
  ~Loop();
  /** @returns what stands in the way, or "". Whatever it is, the end is abort()'s. */
  std::string start();
  /** Ends a loop that could not be started: at once, or as soon as libuv has let its handles go. */
  void abort();
  static void onCleanup(napi_async_cleanup_hook_handle handle, void* self);
  void closeHandles();
  std::array<uv_handle_t*, 5> handles();
  void handleClosed();

  Napi::Env env_;
  Descriptors descriptors_;
  Timers timers_;
  KeepAlive keepAlive_;
  Turn turn_;
  int handlesOpen_ = 0;
  bool closing_ = false;
  napi_async_cleanup_hook_handle cleanupHook_ = nullptr;
  napi_async_context asyncContext_ = nullptr;

  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
  std::unordered_map<int, os::UniqueFd> locks_;

  uint8_t* batch_ = nullptr;
  uint8_t* syncBytes_ = nullptr;
  uint32_t* syncResult_ = nullptr;
  std::unique_ptr<uint8_t[]> syncBatch_;
  Napi::Reference<Napi::Value> batchRef_;
  Napi::Reference<Napi::Value> syncBytesRef_;
  Napi::Reference<Napi::Value> syncResultRef_;
  Napi::FunctionReference nothing_;
};

}  // namespace doorcall::napi
