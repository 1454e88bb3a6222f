#pragma once

#include <uv.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ring/wait_policy.h"

namespace doorcall::napi {

class Connection;
class KeepAlive;
class Loop;

/**
 * What happens to connections in each turn of the event loop:
 *
 *     prepare   serve the active connections; nothing to do: spin a little, then park them and
 *               look once more
 *     poll      libuv sleeps
 *     check     un-park, serve
 *
 * Only the *active set* is touched. A connection without traffic leaves it, stays parked and costs
 * nothing until its bell rings.
 */
class Turn {
 public:
  Turn(Loop& loop, KeepAlive& keepAlive);

  void start(uv_loop_t* uv);
  std::array<uv_handle_t*, 3> handles();

  /** Puts a connection into the active set: it is served and spun for from the next turn on. */
  void activate(Connection& connection);
  /** Takes it out for good. */
  void remove(Connection& connection);
  void clear() { active_.clear(); }
  /** Whether a connection of the active set waits for an answer. */
  bool anyPending() const;

  void setPolicy(ring::WaitPolicy::Rules rules) { policy_ = ring::WaitPolicy(rules); }
  const ring::WaitPolicy::Rules& policyRules() const { return policy_.rules(); }
  uint64_t now() const { return now_; }
  bool maySpin() const { return maySpin_; }

  struct Counters {
    uint64_t parks = 0;
    uint64_t spins = 0;
    uint64_t turns = 0;
  };
  const Counters& counters() const { return counters_; }
  size_t activeCount() const { return active_.size(); }

 private:
  enum class Idle { work, sleep, comeBack };

  void onPrepare();
  void onCheck();
  /** Makes the next poll return at once. */
  void requestTurn();
  /** Serves every active connection once. True when anything was done. */
  bool serveActive();
  Idle waitForWork(uint64_t now);
  bool anyWork();
  bool parkActive(uint64_t now);
  void unparkActive();
  bool interested(uint64_t now);
  bool mustPark(uint64_t now, uint16_t cpu);
  void endWait(uint64_t now);
  void leaveActive(Connection& connection);
  void uncountPending(Connection& connection);

  Loop& loop_;
  KeepAlive& keepAlive_;
  uv_loop_t* uv_ = nullptr;
  uv_prepare_t prepare_{};
  uv_check_t check_{};
  uv_idle_t idle_{};

  std::vector<Connection*> active_;
  ring::WaitPolicy policy_;
  const bool maySpin_;
  /** When the wait that goes on began, ns; 0 when there is none. */
  uint64_t waitStart_ = 0;
  uint64_t now_ = 0;
  Counters counters_;
};

}  // namespace doorcall::napi
