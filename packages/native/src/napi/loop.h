#pragma once

#include <napi.h>
#include <uv.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "napi/watcher.h"
#include "os/epoll.h"
#include "ring/wait_policy.h"

namespace doorcall::napi {

class Connection;

/**
 * Where an environment's connections meet its event loop. One object per environment (main thread
 * or worker).
 *
 * Everything hangs on one libuv turn:
 *
 *     prepare   serve the active connections; nothing to do: spin a little, then park them and look
 * once more poll      libuv sleeps; one nested epoll set holds every bell, socket and pidfd check
 * un-park, serve
 *
 * Only the *active set* is touched each turn. A connection without traffic stays parked and costs
 * nothing until its bell rings.
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

  /** Watches a descriptor, edge-triggered. @returns a token, 0 on failure. */
  uint64_t watch(int fd, uint32_t events, std::shared_ptr<Watcher> watcher);
  /** Must come before the descriptor is closed. */
  void unwatch(int fd, uint64_t token);

  /** Runs `task` on the loop after `ms`. Does not keep the process alive. @returns an id for
   * cancel(). */
  uint64_t after(uint64_t ms, std::function<void()> task);
  void cancel(uint64_t timer);

  /** Keeps the process alive until as many release() calls have come. */
  void hold();
  void release();

  void add(std::shared_ptr<Connection> connection);
  void remove(Connection& connection);
  /** Puts a connection into the active set: it is served and spun for from the next turn on. */
  void activate(Connection& connection);
  /** A connection's count of pending calls may have changed. */
  void pendingChanged();
  /** Makes the next poll return at once: there is private work. */
  void requestTurn();

  void setPolicy(ring::WaitPolicy::Rules rules);
  const ring::WaitPolicy::Rules& policyRules() const { return policy_.rules(); }
  /** CLOCK_MONOTONIC, ns, as read when the work at hand was found. */
  uint64_t now() const { return now_; }
  /** False on a single CPU, where spinning only keeps the peer from answering. */
  bool maySpin() const { return maySpin_; }

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

  struct Counters {
    uint64_t parks = 0;
    uint64_t spins = 0;
    uint64_t turns = 0;
  };
  Counters counters;
  size_t connectionCount() const { return connections_.size(); }
  size_t activeCount() const { return active_.size(); }

 private:
  explicit Loop(Napi::Env env);
  bool start();
  static void onCleanup(napi_async_cleanup_hook_handle handle, void* self);
  void closeHandles();
  std::array<uv_handle_t*, 5> handles();
  void handleClosed();

  void onPrepare();
  void onCheck();
  void onPollable();
  void onTimer();
  void armTimer();

  enum class Idle { work, sleep, comeBack };
  /** Serves every active connection once. True when anything was done. */
  bool serveActive();
  Idle waitForWork(uint64_t now);
  bool anyWork();
  bool parkActive(uint64_t now);
  void unparkActive();
  bool interested(uint64_t now);
  bool mustPark(uint64_t now, uint16_t cpu);
  void endWait(uint64_t now);
  void updateRef();
  void leaveActive(Connection& connection);
  void uncountPending(Connection& connection);

  Napi::Env env_;
  uv_loop_t* uv_ = nullptr;
  uv_prepare_t prepare_{};
  uv_check_t check_{};
  uv_idle_t idle_{};
  uv_poll_t poll_{};
  uv_timer_t timer_{};
  int handlesOpen_ = 0;
  bool closing_ = false;
  bool refd_ = false;
  napi_async_cleanup_hook_handle cleanupHook_ = nullptr;
  napi_async_context asyncContext_ = nullptr;

  os::Epoll epoll_;
  uint64_t nextToken_ = 1;
  std::unordered_map<uint64_t, std::shared_ptr<Watcher>> watchers_;
  uint64_t nextTimer_ = 1;
  std::map<std::pair<uint64_t, uint64_t>, std::function<void()>> timers_;
  std::unordered_map<uint64_t, uint64_t> timerDue_;
  int holds_ = 0;

  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
  std::vector<Connection*> active_;
  ring::WaitPolicy policy_;
  bool maySpin_ = true;
  /** When the wait that goes on began, ns; 0 when there is none. */
  uint64_t waitStart_ = 0;
  uint64_t now_ = 0;

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
