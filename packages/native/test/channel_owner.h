/// @file
/// Drives a channel as an event loop or a synchronous call does, with real sleeping.
#pragma once

#include <sys/epoll.h>

#include <array>

#include "channel_support.h"
#include "os/epoll.h"
#include "os/futex.h"

namespace channel_test {

class Owner {
 public:
  /// @param how WaitState::loop sleeps on the bell's descriptor, WaitState::futex on the peer's
  /// word.
  Owner(Channel& channel, ring::WaitState how)
      : channel_(channel), how_(how), epoll_(os::Epoll::create().value()) {
    const int bell = channel.bell() >= 0 ? channel.bell() : channel.socket();
    CHECK(epoll_.add(bell, EPOLLIN | EPOLLET, 1).ok());
    if (channel.pidfd() >= 0) CHECK(epoll_.add(channel.pidfd(), EPOLLIN, 2).ok());
  }

  /// Serves until `done`, handing every message to `onMessage`. False: a violation, the peer closed
  /// or died, or nothing happened for as long as the watchdog waits.
  template <class OnMessage, class Done>
  bool run(OnMessage onMessage, Done done) {
    while (!done()) {
      bool worked = channel_.pump();
      for (const Message& message : take(channel_)) {
        worked = true;
        onMessage(message);
      }
      if (channel_.violation() != nullptr) return false;
      if (worked) continue;
      if (channel_.peerClosed() && !channel_.hasInput()) return done();
      if (!sleep()) return false;
    }
    return true;
  }

 private:
  bool somethingToDo() {
    return channel_.hasInput() || channel_.hasNewSpace() || channel_.peerClosed();
  }

  bool sleep() {
    const uint32_t bell = channel_.peerBellWord().load(std::memory_order_acquire);
    channel_.park(how_, 0);
    bool rung = true;
    if (!somethingToDo()) rung = how_ == ring::WaitState::futex ? sleepOnWord(bell) : sleepInLoop();
    channel_.awake(ring::WaitState::running, 0);
    return rung;
  }

  bool sleepOnWord(uint32_t bell) {
    return os::futexWait(&channel_.peerBellWord(), bell,
                         int64_t{os_test::kWatchdogMs} * 1'000'000) != ETIMEDOUT;
  }

  bool sleepInLoop() {
    std::array<epoll_event, 2> events;
    const size_t count = epoll_.wait(events, os_test::kWatchdogMs).value();
    for (size_t i = 0; i < count; i++) {
      // What a peer of another uid rings with has to be read, lest its queue fill up.
      if (events[i].data.u64 == 1 && channel_.bell() < 0) drainSocket(channel_);
      if (events[i].data.u64 == 2) return false;
    }
    return count > 0;
  }

  Channel& channel_;
  ring::WaitState how_;
  os::Epoll epoll_;
};

}  // namespace channel_test
