/// @file
/// The exchange that is measured, over whatever link.
#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

#include "fail.h"
#include "histogram.h"
#include "options.h"
#include "os/clock.h"
#include "processes.h"
#include "shared_memory.h"
#include "usage.h"

namespace floor_lab {

struct Outcome {
  uint64_t elapsedNs = 0;
  uint64_t calls = 0;
  uint64_t sumNs = 0;
  Usage client{};
  Usage server{};
  Histogram counts;
};

/// Beside the link, so that the link carries payloads and nothing else. The client writes `asked`
/// before it sends; the server has done what it asks for before it answers.
struct Control {
  enum Request : uint32_t { nothing, tellUsage };
  std::atomic<uint32_t> asked{nothing};
  Usage server{};
};

/// Answers until it is killed.
template <class End>
[[noreturn]] void answer(End end, Control& control) {
  for (;;) {
    const uint8_t* payload = end.receive();
    if (control.asked.load(std::memory_order_acquire) == Control::tellUsage) {
      control.server = Usage::now();
      control.asked.store(Control::nothing, std::memory_order_release);
    }
    end.send(payload);
  }
}

template <class End>
class Client {
 public:
  Client(End end, Control& control, uint32_t bytes) : end_(end), control_(control), out_(bytes) {
    for (uint32_t i = 0; i < bytes; i++) out_[i] = static_cast<uint8_t>(i * 31);
    // A stream sends a byte all the same.
    out_.reserve(1);
  }

  /// Every payload begins with a number of its own, and comes back with it.
  void exchange() {
    const size_t marked = std::min(out_.size(), sizeof number_);
    number_++;
    std::memcpy(out_.data(), &number_, marked);
    end_.send(out_.data());
    in_ = end_.receive();
    if (std::memcmp(in_, &number_, marked) != 0) {
      errno = EPROTO;
      fail("another payload came back");
    }
  }

  void exchangeWhole() {
    exchange();
    if (std::memcmp(in_, out_.data(), out_.size()) == 0) return;
    errno = EPROTO;
    fail("the payload did not come back as it went");
  }

  Usage serversUsage() {
    control_.asked.store(Control::tellUsage, std::memory_order_release);
    exchange();
    return control_.server;
  }

 private:
  End end_;
  Control& control_;
  std::vector<uint8_t> out_;
  const uint8_t* in_ = nullptr;
  uint64_t number_ = 0;
};

template <class End>
Outcome measure(Client<End> client, const Options& options) {
  using doorcall::os::monotonicNs;
  constexpr uint64_t kNsPerMs = 1'000'000;
  Outcome outcome;
  client.exchangeWhole();
  for (const uint64_t end = monotonicNs() + options.warmUpMs * kNsPerMs; monotonicNs() < end;)
    client.exchange();

  const Usage serverBefore = client.serversUsage();
  const Usage clientBefore = Usage::now();
  const uint64_t start = monotonicNs();
  const uint64_t end = start + options.durationMs * kNsPerMs;
  // The end of one exchange is the start of the next: the clock is read once for each.
  uint64_t before = start;
  while (before < end) {
    client.exchange();
    const uint64_t now = monotonicNs();
    outcome.counts.record(now - before);
    before = now;
    outcome.calls++;
  }
  outcome.elapsedNs = before - start;
  outcome.sumNs = outcome.elapsedNs;
  outcome.client = Usage::now().since(clientBefore);
  outcome.server = client.serversUsage().since(serverBefore);
  client.exchangeWhole();
  return outcome;
}

/// @param link made before the fork: what it is of is shared by both processes.
template <class Link>
Outcome pingPong(Link link, const Options& options) {
  auto& control = *new (sharedMemory(sizeof(Control))) Control;
  if (forkServer() == 0) {
    stayOn(options.serverCpu);
    answer(link.server(), control);
  }
  stayOn(options.clientCpu);
  Outcome outcome = measure(Client(link.client(), control, options.bytes), options);
  dismissServer();
  return outcome;
}

}  // namespace floor_lab
