#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ring/parking.h"

namespace doorcall::ring {

/** What a waiter knows of one peer with live traffic when it decides whether to go on spinning. */
struct PeerLook {
  Parked state;
  /** This side has rung that sleep already: the peer is on its way. */
  bool rung = false;
  /** This side waits for an answer of that peer. */
  bool owesAnswer = false;
  /** The peer has taken everything that was sent to it. */
  bool tookAll = false;
};

/**
 * Spin or sleep: the whole waiting policy. Pure decisions, no clock and no system call, so that it
 * can be tested and measured alone (`npm run bench -- waiting`). docs/wakeup.md has the reasons and
 * the figures.
 *
 * A wait begins with spinLimitNs(): at 0 the waiter parks at once. While it spins it asks
 * mustPark() for each peer with live traffic. When the wait is over, it says with ended() how long
 * it was.
 */
class WaitPolicy {
 public:
  enum class Window {
    none,        ///< Never spin.
    fixed,       ///< Always spin up to the ceiling.
    growShrink,  ///< Double after a wait a longer window would have caught, drop to 0 after one
                 ///< beyond the ceiling.
  };

  struct Rules {
    Window window = Window::growShrink;
    /** Park when the peer was last seen on this CPU: it cannot answer while we spin (Doors'
     * hand-off). */
    bool cpu = true;
    /** Park when the peer has taken our request and itself waits for somebody else. */
    bool taken = true;
  };

  static constexpr int64_t kCeilingNs = 60'000;
  static constexpr int64_t kFirstWindowNs = 10'000;

  WaitPolicy() = default;
  explicit WaitPolicy(Rules rules) : rules_(rules) {}

  /** `park`, `fixed`, `grow-shrink`, `fixed-cpu`, `grow-shrink-cpu` or `default`. */
  static std::optional<Rules> rulesNamed(std::string_view name);

  /** How long the wait that begins now may spin, ns. */
  int64_t spinLimitNs() const;

  /** Whether that peer forbids to go on spinning on `ownCpu`. */
  bool mustPark(const PeerLook& peer, uint16_t ownCpu) const;

  /** A wait is over. @param waitedNs from its beginning to the first work, asleep or not. */
  void ended(int64_t waitedNs);

  const Rules& rules() const { return rules_; }

 private:
  Rules rules_;
  int64_t windowNs_ = kFirstWindowNs;
};

}  // namespace doorcall::ring
