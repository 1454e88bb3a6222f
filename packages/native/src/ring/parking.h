#pragma once

#include "fault/failpoint.h"
#include "ring/layout.h"

/**
 * Who sleeps, and who must wake whom.
 *
 *     waiter (ParkedWord)                    waker (WakeDecision)
 *     parked.store(new epoch, how, cpu)      write records; tail.store(release)   | take records;
 * head.store(release) fence(seq_cst)                         fence(seq_cst) anything to do? then
 * unpark            p = peer.parked.load else sleep                             parked, and this
 * epoch not yet rung? then ring
 *
 * Of the two fences one comes first in their single total order. If the waker's is first, the
 * waiter's check sees the records; if the waiter's is first, the waker sees the parked word. So
 * never do both sides look away. Every park has a new epoch, and a waker rings at most once for
 * each: without that, every send while the other side is still waking up would be a system call.
 * docs/wakeup.md goes through the cases.
 */
namespace doorcall::ring {

/** What the owner of a segment is doing. */
enum class WaitState : uint8_t {
  running = 0,   ///< At work, or not waiting for anybody.
  loop = 1,      ///< Asleep in an event loop: rung through its bell descriptor.
  futex = 2,     ///< Asleep in a synchronous call: rung through the waker's bell word.
  spinning = 3,  ///< Waiting with open eyes: needs no ring, but makes no progress either.
};

/** The parked word taken apart: epoch in bits 24…63, wants-space in bit 18, state in 16…17, CPU in
 * 0…15. */
struct Parked {
  uint64_t epoch = 0;
  WaitState state = WaitState::running;
  bool wantsSpace = false;
  uint16_t cpu = 0;

  bool asleep() const { return state == WaitState::loop || state == WaitState::futex; }

  static Parked unpack(uint64_t word) {
    return Parked{word >> 24, static_cast<WaitState>((word >> 16) & 3), ((word >> 18) & 1) != 0,
                  static_cast<uint16_t>(word)};
  }
  constexpr uint64_t pack() const {
    return (epoch << 24) | (uint64_t{wantsSpace} << 18) |
           (uint64_t{static_cast<uint8_t>(state)} << 16) | cpu;
  }
};

/** The owner's side of its own parked word. */
class ParkedWord {
 public:
  explicit ParkedWord(OwnSegmentView own) : word_(own.header().parked) {}

  /**
   * Says that this side is about to sleep. After it, check once more whether there is anything to
   * do, and only then sleep.
   * @param wantsSpace also wake me when records of mine are taken, not only when there are new
   * ones.
   */
  void park(WaitState how, uint16_t cpu, bool wantsSpace) {
    current_ = Parked{current_.epoch + 1, how, wantsSpace, cpu};
    // Relaxed: the fence orders it against the check that follows; pairs with the fence in
    // WakeDecision.
    word_.store(current_.pack(), std::memory_order_relaxed);
    DOORCALL_FAILPOINT("park.stored");
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }

  /** Says that this side is awake: `running` or `spinning`. No fence: a ring too many does no harm.
   */
  void awake(WaitState how, uint16_t cpu) {
    if (current_.state == how && current_.cpu == cpu) return;
    current_.state = how;
    current_.cpu = cpu;
    current_.wantsSpace = false;
    word_.store(current_.pack(), std::memory_order_relaxed);
  }

  bool asleep() const { return current_.asleep(); }

 private:
  std::atomic<uint64_t>& word_;
  /** What OwnSegmentView::initialise() has published. */
  Parked current_{0, WaitState::running, false, kUnknownCpu};
  static_assert(Parked{0, WaitState::running, false, kUnknownCpu}.pack() == kUnknownCpu);
};

/** The waker's side: whether the peer must be rung after something was published for it. */
class WakeDecision {
 public:
  explicit WakeDecision(PeerSegmentView peer) : word_(peer.header().parked) {}

  /** How to ring; `running` means not at all. Call after every publish of tail (and of closed). */
  WaitState afterData() { return decide(false); }
  /** The same after head was published. */
  WaitState afterSpace() { return decide(true); }

  /** The peer's word as it is now. */
  Parked look() const { return Parked::unpack(word_.load(std::memory_order_relaxed)); }
  /** Whether that sleep was already rung: the peer is on its way. */
  bool rung(const Parked& parked) const { return parked.epoch == rungEpoch_; }

 private:
  WaitState decide(bool onlyForSpace) {
    // Pairs with the fence in ParkedWord::park.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const Parked parked = look();
    if (!parked.asleep() || rung(parked) || (onlyForSpace && !parked.wantsSpace))
      return WaitState::running;
    rungEpoch_ = parked.epoch;
    DOORCALL_FAILPOINT("wake.decided");
    return parked.state;
  }

  const std::atomic<uint64_t>& word_;
  uint64_t rungEpoch_ = 0;
};

}  // namespace doorcall::ring
