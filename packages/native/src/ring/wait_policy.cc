#include "ring/wait_policy.h"

#include <algorithm>

namespace doorcall::ring {

std::optional<WaitPolicy::Rules> WaitPolicy::rulesNamed(std::string_view name) {
  if (name == "default") return Rules{};
  if (name == "park") return Rules{Window::none, false, false};
  if (name == "fixed") return Rules{Window::fixed, false, false};
  if (name == "grow-shrink") return Rules{Window::growShrink, false, false};
  if (name == "fixed-cpu") return Rules{Window::fixed, true, false};
  if (name == "grow-shrink-cpu") return Rules{Window::growShrink, true, false};
  return std::nullopt;
}

int64_t WaitPolicy::spinLimitNs() const {
  switch (rules_.window) {
    case Window::none:
      return 0;
    case Window::fixed:
      return kCeilingNs;
    case Window::growShrink:
      return windowNs_;
  }
  return 0;
}

bool WaitPolicy::mustPark(const PeerLook& peer, uint16_t ownCpu) const {
  if (rules_.cpu && peer.state.cpu == ownCpu && ownCpu != kUnknownCpu) return true;
  if (!rules_.taken || !peer.owesAnswer || !peer.tookAll) return false;
  return peer.state.state == WaitState::spinning || (peer.state.asleep() && !peer.rung);
}

void WaitPolicy::ended(int64_t waitedNs) {
  if (waitedNs > kCeilingNs) {
    windowNs_ = 0;
  } else if (waitedNs > windowNs_) {
    windowNs_ = std::min(kCeilingNs, std::max(kFirstWindowNs, windowNs_ * 2));
  }
}

}  // namespace doorcall::ring
