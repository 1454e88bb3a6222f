#include "napi/turn.h"

#include <napi.h>

#include <memory>

#include "fault/failpoint.h"
#include "napi/connection.h"
#include "napi/keep_alive.h"
#include "napi/loop.h"
#include "os/clock.h"
#include "os/cpu.h"

namespace doorcall::napi {
namespace {

/** How long one turn may serve connections before timers and other sockets get theirs. */
constexpr uint64_t kTurnNs = 300'000;
/** Without traffic for so long a connection leaves the active set. */
constexpr uint64_t kQuietNs = 20'000'000;
/** A wait shorter than this is not worth telling the peer about. */
constexpr uint64_t kTellSpinningNs = 2'000;
/** Quantum of one connection while several have work. */
constexpr uint32_t kSharedQuantumBytes = 16 * 1024;

uint16_t cpuNow() { return static_cast<uint16_t>(os::currentCpu()); }

}  // namespace

Turn::Turn(Loop& loop, KeepAlive& keepAlive)
    : loop_(loop), keepAlive_(keepAlive), maySpin_(os::spinningMayHelp()) {}

void Turn::start(uv_loop_t* uv) {
  uv_ = uv;
  prepare_.data = check_.data = idle_.data = this;
  uv_prepare_init(uv, &prepare_);
  uv_check_init(uv, &check_);
  uv_idle_init(uv, &idle_);
  uv_prepare_start(&prepare_,
                   [](uv_prepare_t* handle) { static_cast<Turn*>(handle->data)->onPrepare(); });
  uv_check_start(&check_, [](uv_check_t* handle) { static_cast<Turn*>(handle->data)->onCheck(); });
}

std::array<uv_handle_t*, 3> Turn::handles() {
  return {reinterpret_cast<uv_handle_t*>(&prepare_), reinterpret_cast<uv_handle_t*>(&check_),
          reinterpret_cast<uv_handle_t*>(&idle_)};
}

// ---- the active set
// ----------------------------------------------------------------------------------------

void Turn::activate(Connection& connection) {
  if (connection.activeIndex >= 0 || loop_.closing()) return;
  connection.activeIndex = static_cast<ptrdiff_t>(active_.size());
  active_.push_back(&connection);
  connection.setQuiet(false);
  connection.channel().awake(ring::WaitState::running, cpuNow());
  uncountPending(connection);
  loop_.updateRef();
}

void Turn::remove(Connection& connection) {
  leaveActive(connection);
  uncountPending(connection);
}

void Turn::leaveActive(Connection& connection) {
  if (connection.activeIndex < 0) return;
  active_[static_cast<size_t>(connection.activeIndex)] = active_.back();
  active_.back()->activeIndex = connection.activeIndex;
  active_.pop_back();
  connection.activeIndex = -1;
}

void Turn::uncountPending(Connection& connection) {
  if (!connection.countedPending) return;
  connection.countedPending = false;
  keepAlive_.release();
}

bool Turn::anyPending() const {
  for (const Connection* connection : active_) {
    if (connection->pending() > 0) return true;
  }
  return false;
}

void Turn::requestTurn() {
  if (!loop_.closing()) uv_idle_start(&idle_, [](uv_idle_t*) {});
}

// ---- one turn
// ----------------------------------------------------------------------------------------------

void Turn::onPrepare() {
  uv_idle_stop(&idle_);
  if (active_.empty()) {
    loop_.updateRef();
    return;
  }
  counters_.turns++;
  const Napi::HandleScope scope(loop_.env());
  const uint64_t start = now_ = os::monotonicNs();
  for (;;) {
    const bool worked = serveActive();
    if (loop_.closing()) return;
    const uint64_t now = now_ = os::monotonicNs();
    if (worked) {
      if (now - start > kTurnNs) {
        requestTurn();
        break;
      }
      continue;
    }
    const Idle idle = waitForWork(now);
    if (idle == Idle::work) continue;
    if (idle == Idle::comeBack) {
      // libuv also reports a timeout of 0 for descriptors that it has yet to hand to the kernel,
      // and then sleeps all the same: unparked, nobody would wake us. So make sure that this poll
      // returns at once.
      requestTurn();
      break;
    }
    if (parkActive(now)) break;
  }
  loop_.updateRef();
}

void Turn::onCheck() {
  if (active_.empty()) return;
  const Napi::HandleScope scope(loop_.env());
  DOORCALL_FAILPOINT("park.loop.woken");
  unparkActive();
  DOORCALL_FAILPOINT("park.loop.unparked");
  now_ = os::monotonicNs();
  if (waitStart_ != 0 && anyWork()) endWait(now_);
  serveActive();
  if (!loop_.closing()) loop_.updateRef();
}

bool Turn::serveActive() {
  const uint32_t quantum = active_.size() > 1 ? kSharedQuantumBytes : ring::kBatchBytes;
  bool worked = false;
  // Serving runs JavaScript, which may close, add or activate connections: index, not iterator. One
  // that moves into a place already passed is served in the next round.
  for (size_t i = 0; i < active_.size() && !loop_.closing(); i++) {
    const std::shared_ptr<Connection> connection = active_[i]->shared_from_this();
    worked = connection->serve(quantum) || worked;
  }
  return worked;
}

bool Turn::anyWork() {
  for (Connection* connection : active_) {
    if (connection->hasWork()) return true;
  }
  return false;
}

Turn::Idle Turn::waitForWork(uint64_t now) {
  // Something else of this loop is due at once (an immediate, a timer): no sleep is coming, so
  // neither is parking.
  if (uv_loop_alive(uv_) != 0 && uv_backend_timeout(uv_) == 0) return Idle::comeBack;
  if (!interested(now)) return Idle::sleep;
  if (waitStart_ == 0) waitStart_ = now;
  const int64_t limit = maySpin_ ? policy_.spinLimitNs() : 0;
  if (limit == 0) return Idle::sleep;

  counters_.spins++;
  uint16_t cpu = cpuNow();
  if (mustPark(now, cpu)) return Idle::sleep;
  bool told = false;
  for (;;) {
    for (int i = 0; i < 16; i++) {
      if (anyWork()) {
        if (told) unparkActive();
        endWait(now_ = os::monotonicNs());
        return Idle::work;
      }
      os::spinPause();
    }
    now = os::monotonicNs();
    const uint64_t waited = now - waitStart_;
    if (static_cast<int64_t>(waited) > limit) return Idle::sleep;
    cpu = cpuNow();
    if (!told && waited > kTellSpinningNs) {
      told = true;
      for (Connection* connection : active_)
        connection->channel().awake(ring::WaitState::spinning, cpu);
    }
    if (mustPark(now, cpu)) return Idle::sleep;
  }
}

bool Turn::interested(uint64_t now) {
  bool server = false;
  for (Connection* connection : active_) {
    if (connection->pending() > 0) return true;
    if (connection->role() != Connection::Role::server) continue;
    server = true;
    if (now - connection->lastTraffic() < static_cast<uint64_t>(ring::WaitPolicy::kCeilingNs))
      return true;
  }
  // A client without calls waits for nobody, so what comes next says nothing about waiting. A
  // server goes on waiting: how long is what shrinks its window.
  if (!server) waitStart_ = 0;
  return false;
}

bool Turn::mustPark(uint64_t now, uint16_t cpu) {
  for (Connection* connection : active_) {
    const bool owes = connection->pending() > 0;
    if (!owes &&
        now - connection->lastTraffic() >= static_cast<uint64_t>(ring::WaitPolicy::kCeilingNs))
      continue;
    channel::Channel& channel = connection->channel();
    const ring::Parked state = channel.peerState();
    const ring::PeerLook look{state, channel.peerRung(state), owes, owes && channel.peerTookAll()};
    if (policy_.mustPark(look, cpu)) return true;
  }
  return false;
}

void Turn::endWait(uint64_t now) {
  if (waitStart_ == 0) return;
  policy_.ended(static_cast<int64_t>(now - waitStart_));
  waitStart_ = 0;
}

bool Turn::parkActive(uint64_t now) {
  const uint16_t cpu = cpuNow();
  for (Connection* connection : active_) connection->channel().park(ring::WaitState::loop, cpu);
  DOORCALL_FAILPOINT("park.loop.parked");
  if (anyWork()) {
    unparkActive();
    return false;
  }
  DOORCALL_FAILPOINT("park.loop.sleeping");
  counters_.parks++;
  for (size_t i = active_.size(); i-- > 0;) {
    Connection& connection = *active_[i];
    if (now - connection.lastTraffic() < kQuietNs || connection.channel().hasQueued() ||
        connection.channel().keepsSent()) {
      continue;
    }
    connection.setQuiet(true);
    if (connection.pending() > 0) {
      connection.countedPending = true;
      keepAlive_.hold();
    }
    leaveActive(connection);
  }
  return true;
}

void Turn::unparkActive() {
  const uint16_t cpu = cpuNow();
  for (Connection* connection : active_) connection->channel().awake(ring::WaitState::running, cpu);
}

}  // namespace doorcall::napi
