// Spin or sleep: the decisions of the waiting policy, one by one.
#include <initializer_list>
#include <string>

#include "ring/wait_policy.h"
#include "support/check.h"

namespace {

using namespace doorcall::ring;

constexpr int64_t kCeiling = WaitPolicy::kCeilingNs;
constexpr int64_t kFirst = WaitPolicy::kFirstWindowNs;

WaitPolicy named(const char* name) {
  const auto rules = WaitPolicy::rulesNamed(name);
  CHECK(rules.has_value());
  return WaitPolicy(rules.value_or(WaitPolicy::Rules{}));
}

/// A peer that waits on CPU 1 for somebody else after it took our request.
PeerLook waitsElsewhere(WaitState state) {
  PeerLook peer;
  peer.state = Parked{5, state, false, 1};
  peer.owesAnswer = true;
  peer.tookAll = true;
  return peer;
}

TEST(ring_policy_rules_have_names) {
  struct Expected {
    const char* name;
    WaitPolicy::Window window;
    bool cpu;
    bool taken;
  };
  const Expected all[] = {
      {"park", WaitPolicy::Window::none, false, false},
      {"fixed", WaitPolicy::Window::fixed, false, false},
      {"grow-shrink", WaitPolicy::Window::growShrink, false, false},
      {"fixed-cpu", WaitPolicy::Window::fixed, true, false},
      {"grow-shrink-cpu", WaitPolicy::Window::growShrink, true, false},
  };
  for (const Expected& expected : all) {
    const auto rules = WaitPolicy::rulesNamed(expected.name);
    REQUIRE(rules.has_value());
    CHECK(rules->window == expected.window);
    CHECK_EQ(rules->cpu, expected.cpu);
    CHECK_EQ(rules->taken, expected.taken);
  }
  const auto standard = WaitPolicy::rulesNamed("default");
  REQUIRE(standard.has_value());
  const WaitPolicy policy;
  CHECK(standard->window == policy.rules().window);
  CHECK_EQ(standard->cpu, policy.rules().cpu);
  CHECK_EQ(standard->taken, policy.rules().taken);
  for (const char* unknown : {"", "Default", "park ", "grow", "fixed-cpu-taken"}) {
    CHECK(!WaitPolicy::rulesNamed(unknown).has_value());
  }
}

TEST(ring_policy_parks_at_once_or_spins_to_the_ceiling_by_rule) {
  WaitPolicy park = named("park");
  WaitPolicy fixed = named("fixed");
  for (const int64_t waited :
       {int64_t{0}, int64_t{1}, kFirst, kCeiling, kCeiling + 1, int64_t{1} << 40}) {
    park.ended(waited);
    fixed.ended(waited);
    CHECK_EQ(park.spinLimitNs(), 0);
    CHECK_EQ(fixed.spinLimitNs(), kCeiling);
  }
}

TEST(ring_policy_window_doubles_after_waits_that_a_longer_one_had_caught) {
  WaitPolicy policy = named("grow-shrink");
  CHECK_EQ(policy.spinLimitNs(), kFirst);
  policy.ended(kFirst);
  CHECK_EQ(policy.spinLimitNs(), kFirst);
  for (int64_t expected = 2 * kFirst; expected < kCeiling; expected *= 2) {
    policy.ended(policy.spinLimitNs() + 1);
    CHECK_EQ(policy.spinLimitNs(), expected);
  }
  policy.ended(policy.spinLimitNs() + 1);
  CHECK_EQ(policy.spinLimitNs(), kCeiling);
  policy.ended(kCeiling);
  CHECK_EQ(policy.spinLimitNs(), kCeiling);
  // Caught waits, however short, say nothing against the window.
  for (int i = 0; i < 100; i++) policy.ended(0);
  CHECK_EQ(policy.spinLimitNs(), kCeiling);
}

TEST(ring_policy_window_drops_to_nothing_after_a_wait_beyond_the_ceiling) {
  WaitPolicy policy = named("grow-shrink");
  policy.ended(kCeiling + 1);
  CHECK_EQ(policy.spinLimitNs(), 0);
  policy.ended(kCeiling + 1);
  CHECK_EQ(policy.spinLimitNs(), 0);
  // And comes back with the first one that a window had caught.
  policy.ended(1);
  CHECK_EQ(policy.spinLimitNs(), kFirst);
  policy.ended(INT64_MAX);
  CHECK_EQ(policy.spinLimitNs(), 0);
  policy.ended(0);
  CHECK_EQ(policy.spinLimitNs(), 0);
}

TEST(ring_policy_cpu_rule_parks_when_the_peer_was_last_seen_here) {
  for (const char* name : {"default", "fixed-cpu", "grow-shrink-cpu"}) {
    const WaitPolicy policy = named(name);
    for (const WaitState state :
         {WaitState::running, WaitState::loop, WaitState::futex, WaitState::spinning}) {
      PeerLook peer;
      peer.state = Parked{5, state, false, 1};
      CHECK(policy.mustPark(peer, 1));
      CHECK(!policy.mustPark(peer, 0));
    }
  }
  for (const char* name : {"fixed", "grow-shrink"}) {
    PeerLook peer;
    peer.state.cpu = 1;
    CHECK(!named(name).mustPark(peer, 1));
  }
}

TEST(ring_policy_cpu_rule_needs_to_know_the_cpu) {
  PeerLook peer;
  peer.state.cpu = kUnknownCpu;
  CHECK(!WaitPolicy().mustPark(peer, kUnknownCpu));
}

TEST(ring_policy_taken_rule_parks_when_the_peer_waits_for_a_third) {
  const WaitPolicy policy;
  for (const WaitState state : {WaitState::loop, WaitState::futex, WaitState::spinning}) {
    CHECK(policy.mustPark(waitsElsewhere(state), 0));
    PeerLook owesNothing = waitsElsewhere(state);
    owesNothing.owesAnswer = false;
    CHECK(!policy.mustPark(owesNothing, 0));
    PeerLook stillHasToRead = waitsElsewhere(state);
    stillHasToRead.tookAll = false;
    CHECK(!policy.mustPark(stillHasToRead, 0));
  }
  CHECK(!policy.mustPark(waitsElsewhere(WaitState::running), 0));
  CHECK(!named("grow-shrink-cpu").mustPark(waitsElsewhere(WaitState::loop), 0));
}

TEST(ring_policy_taken_rule_spares_a_peer_that_was_rung) {
  const WaitPolicy policy;
  for (const WaitState asleep : {WaitState::loop, WaitState::futex}) {
    PeerLook peer = waitsElsewhere(asleep);
    peer.rung = true;
    CHECK(!policy.mustPark(peer, 0));
  }
  // Who spins is not on its way from a sleep, whatever epoch was rung last.
  PeerLook spinning = waitsElsewhere(WaitState::spinning);
  spinning.rung = true;
  CHECK(policy.mustPark(spinning, 0));
}

}  // namespace
