#include "napi/loop.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "napi/connection.h"
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

Loop::Loop(Napi::Env env) : env_(env), maySpin_(os::spinningMayHelp()) {}

bool Loop::start() {
  auto epoll = os::Epoll::create();
  if (!epoll) return false;
  epoll_ = std::move(epoll).value();
  if (napi_get_uv_event_loop(env_, &uv_) != napi_ok) return false;

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

  prepare_.data = check_.data = idle_.data = poll_.data = timer_.data = this;
  if (uv_poll_init(uv_, &poll_, epoll_.fd()) != 0) return false;
  uv_prepare_init(uv_, &prepare_);
  uv_check_init(uv_, &check_);
  uv_idle_init(uv_, &idle_);
  uv_timer_init(uv_, &timer_);
  handlesOpen_ = 5;
  uv_prepare_start(&prepare_,
                   [](uv_prepare_t* handle) { static_cast<Loop*>(handle->data)->onPrepare(); });
  uv_check_start(&check_, [](uv_check_t* handle) { static_cast<Loop*>(handle->data)->onCheck(); });
  uv_poll_start(&poll_, UV_READABLE, [](uv_poll_t* handle, int, int) {
    static_cast<Loop*>(handle->data)->onPollable();
  });
  for (uv_handle_t* handle : handles()) uv_unref(handle);
  return napi_add_async_cleanup_hook(env_, &Loop::onCleanup, this, &cleanupHook_) == napi_ok;
}

std::array<uv_handle_t*, 5> Loop::handles() {
  return {reinterpret_cast<uv_handle_t*>(&prepare_), reinterpret_cast<uv_handle_t*>(&check_),
          reinterpret_cast<uv_handle_t*>(&idle_), reinterpret_cast<uv_handle_t*>(&timer_),
          reinterpret_cast<uv_handle_t*>(&poll_)};
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
  const auto watchers = std::move(watchers_);
  watchers_.clear();
  connections_.clear();
  active_.clear();
  timers_.clear();
  for (uv_handle_t* handle : handles()) {
    if (uv_is_closing(handle) != 0) continue;
    uv_close(handle, [](uv_handle_t* closed) { static_cast<Loop*>(closed->data)->handleClosed(); });
  }
}

void Loop::handleClosed() {
  if (--handlesOpen_ > 0) return;
  const auto hook = cleanupHook_;
  delete this;
  napi_remove_async_cleanup_hook(hook);
}

// ---- descriptors and timers
// ---------------------------------------------------------------------------------

uint64_t Loop::watch(int fd, uint32_t events, std::shared_ptr<Watcher> watcher) {
  const uint64_t token = nextToken_++;
  if (closing_ || !epoll_.add(fd, events | EPOLLET, token)) return 0;
  watchers_.emplace(token, std::move(watcher));
  return token;
}

void Loop::unwatch(int fd, uint64_t token) {
  if (token == 0) return;
  (void)epoll_.remove(fd);
  watchers_.erase(token);
}

void Loop::onPollable() {
  std::array<epoll_event, 64> events;
  const auto ready = epoll_.wait(events, 0);
  if (!ready || !javascriptRuns()) return;
  const Napi::HandleScope scope(env_);
  for (size_t i = 0; i < ready.value(); i++) {
    const auto found = watchers_.find(events[i].data.u64);
    if (found == watchers_.end()) continue;
    // A watcher may remove itself, or be removed by JavaScript, while it is told.
    const std::shared_ptr<Watcher> watcher = found->second;
    watcher->onEvents(events[i].data.u64, events[i].events);
    if (closing_) return;
  }
}

uint64_t Loop::after(uint64_t ms, std::function<void()> task) {
  const uint64_t id = nextTimer_++;
  const uint64_t due = os::monotonicNs() + ms * 1'000'000;
  timers_.emplace(std::pair(due, id), std::move(task));
  timerDue_.emplace(id, due);
  armTimer();
  return id;
}

void Loop::cancel(uint64_t timer) {
  const auto found = timerDue_.find(timer);
  if (found == timerDue_.end()) return;
  timers_.erase({found->second, timer});
  timerDue_.erase(found);
  armTimer();
}

void Loop::armTimer() {
  if (closing_) return;
  if (timers_.empty()) {
    uv_timer_stop(&timer_);
    return;
  }
  const uint64_t due = timers_.begin()->first.first;
  const uint64_t now = os::monotonicNs();
  uv_update_time(uv_);
  uv_timer_start(
      &timer_, [](uv_timer_t* handle) { static_cast<Loop*>(handle->data)->onTimer(); },
      due <= now ? 0 : (due - now + 999'999) / 1'000'000, 0);
}

void Loop::onTimer() {
  if (!javascriptRuns()) return;
  const Napi::HandleScope scope(env_);
  const uint64_t now = os::monotonicNs();
  while (!closing_ && !timers_.empty() && timers_.begin()->first.first <= now) {
    const auto task = std::move(timers_.begin()->second);
    timerDue_.erase(timers_.begin()->first.second);
    timers_.erase(timers_.begin());
    task();
  }
  armTimer();
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
  holds_++;
  updateRef();
}

void Loop::release() {
  holds_--;
  updateRef();
}

void Loop::updateRef() {
  if (closing_) return;
  bool wanted = holds_ > 0;
  for (size_t i = 0; !wanted && i < active_.size(); i++) wanted = active_[i]->pending() > 0;
  if (wanted == refd_) return;
  refd_ = wanted;
  auto* handle = reinterpret_cast<uv_handle_t*>(&poll_);
  wanted ? uv_ref(handle) : uv_unref(handle);
}

void Loop::pendingChanged() {
  if (!refd_) updateRef();
}

// ---- connections
// --------------------------------------------------------------------------------------------

void Loop::add(std::shared_ptr<Connection> connection) {
  Connection* raw = connection.get();
  connections_.emplace(raw, std::move(connection));
  activate(*raw);
}

void Loop::remove(Connection& connection) {
  leaveActive(connection);
  uncountPending(connection);
  connections_.erase(&connection);
  updateRef();
}

void Loop::activate(Connection& connection) {
  if (connection.activeIndex >= 0 || closing_) return;
  connection.activeIndex = static_cast<ptrdiff_t>(active_.size());
  active_.push_back(&connection);
  connection.setQuiet(false);
  connection.channel().awake(ring::WaitState::running, cpuNow());
  uncountPending(connection);
  updateRef();
}

void Loop::leaveActive(Connection& connection) {
  if (connection.activeIndex < 0) return;
  active_[static_cast<size_t>(connection.activeIndex)] = active_.back();
  active_.back()->activeIndex = connection.activeIndex;
  active_.pop_back();
  connection.activeIndex = -1;
}

void Loop::uncountPending(Connection& connection) {
  if (!connection.countedPending) return;
  connection.countedPending = false;
  holds_--;
}

void Loop::requestTurn() {
  if (!closing_) uv_idle_start(&idle_, [](uv_idle_t*) {});
}

void Loop::setPolicy(ring::WaitPolicy::Rules rules) { policy_ = ring::WaitPolicy(rules); }

uint8_t* Loop::syncBatch() {
  if (!syncBatch_) syncBatch_.reset(new uint8_t[ring::kBatchBytes]);
  return syncBatch_.get();
}

// ---- one turn
// -----------------------------------------------------------------------------------------------

void Loop::onPrepare() {
  uv_idle_stop(&idle_);
  if (active_.empty()) {
    updateRef();
    return;
  }
  counters.turns++;
  const Napi::HandleScope scope(env_);
  const uint64_t start = now_ = os::monotonicNs();
  for (;;) {
    const bool worked = serveActive();
    if (closing_) return;
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
  updateRef();
}

void Loop::onCheck() {
  if (active_.empty()) return;
  const Napi::HandleScope scope(env_);
  unparkActive();
  now_ = os::monotonicNs();
  if (waitStart_ != 0 && anyWork()) endWait(now_);
  serveActive();
  if (!closing_) updateRef();
}

bool Loop::serveActive() {
  const uint32_t quantum = active_.size() > 1 ? kSharedQuantumBytes : ring::kBatchBytes;
  bool worked = false;
  // Serving runs JavaScript, which may close, add or activate connections: index, not iterator. One
  // that moves into a place already passed is served in the next round.
  for (size_t i = 0; i < active_.size() && !closing_; i++) {
    const std::shared_ptr<Connection> connection = active_[i]->shared_from_this();
    worked = connection->serve(quantum) || worked;
  }
  return worked;
}

bool Loop::anyWork() {
  for (Connection* connection : active_) {
    if (connection->hasWork()) return true;
  }
  return false;
}

Loop::Idle Loop::waitForWork(uint64_t now) {
  // Something else of this loop is due at once (an immediate, a timer): no sleep is coming, so
  // neither is parking.
  if (uv_loop_alive(uv_) != 0 && uv_backend_timeout(uv_) == 0) return Idle::comeBack;
  if (!interested(now)) return Idle::sleep;
  if (waitStart_ == 0) waitStart_ = now;
  const int64_t limit = maySpin_ ? policy_.spinLimitNs() : 0;
  if (limit == 0) return Idle::sleep;

  counters.spins++;
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

bool Loop::interested(uint64_t now) {
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

bool Loop::mustPark(uint64_t now, uint16_t cpu) {
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

void Loop::endWait(uint64_t now) {
  if (waitStart_ == 0) return;
  policy_.ended(static_cast<int64_t>(now - waitStart_));
  waitStart_ = 0;
}

bool Loop::parkActive(uint64_t now) {
  const uint16_t cpu = cpuNow();
  for (Connection* connection : active_) connection->channel().park(ring::WaitState::loop, cpu);
  if (anyWork()) {
    unparkActive();
    return false;
  }
  counters.parks++;
  for (size_t i = active_.size(); i-- > 0;) {
    Connection& connection = *active_[i];
    if (now - connection.lastTraffic() < kQuietNs || connection.channel().hasQueued() ||
        connection.channel().keepsSent()) {
      continue;
    }
    connection.setQuiet(true);
    if (connection.pending() > 0) {
      connection.countedPending = true;
      holds_++;
    }
    leaveActive(connection);
  }
  return true;
}

void Loop::unparkActive() {
  const uint16_t cpu = cpuNow();
  for (Connection* connection : active_) connection->channel().awake(ring::WaitState::running, cpu);
}

}  // namespace doorcall::napi
