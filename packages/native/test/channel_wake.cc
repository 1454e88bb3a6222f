// Who rings whom, with what, and when not; and that nobody is left asleep.
#include <array>
#include <initializer_list>
#include <thread>

#include "channel_owner.h"

namespace {

using namespace channel_test;
using ring::WaitState;

constexpr uint32_t kPayload = ring::maxRecordPayload(kRingBytes);

/// Hears a channel's bell, as a loop does.
class Ear {
 public:
  explicit Ear(const Channel& channel) : epoll_(os::Epoll::create().value()) {
    CHECK(epoll_.add(channel.bell(), EPOLLIN | EPOLLET, 0).ok());
    // That it can be read at all.
    CHECK(rung());
  }

  /// Whether the bell was rung since the last look.
  bool rung() {
    std::array<epoll_event, 1> events;
    return epoll_.wait(events, 0).value() == 1;
  }

 private:
  os::Epoll epoll_;
};

/// Sends until something has to wait for space. @return how many went in.
uint32_t fill(Channel& channel) {
  uint32_t sent = 0;
  while (!channel.hasQueued())
    CHECK(sendMessage(channel, sent++, kPayload) == Channel::Send::accepted);
  return sent;
}

void drainAll(Channel& channel) {
  while (channel.hasInput()) take(channel);
}

TEST(channel_wake_rings_a_sleeping_loop_once_for_each_sleep) {
  NothingLeft guard;
  Ends ends;
  Ear server(*ends.server);
  CHECK(sendMessage(*ends.client, 1, 10) == Channel::Send::accepted);
  CHECK(!server.rung());
  for (int sleep = 0; sleep < 10; sleep++) {
    ends.server->park(WaitState::loop, 0);
    CHECK(ends.server->asleep());
    CHECK(ends.client->peerState().state == WaitState::loop);
    CHECK(!ends.client->peerRung(ends.client->peerState()));
    CHECK(sendMessage(*ends.client, 1, 10) == Channel::Send::accepted);
    CHECK(server.rung());
    CHECK(ends.client->peerRung(ends.client->peerState()));
    CHECK(sendMessage(*ends.client, 2, 10) == Channel::Send::accepted);
    CHECK(sendControl(*ends.client, 3) == Channel::Send::accepted);
    CHECK(!server.rung());
    ends.server->awake(WaitState::running, 0);
    CHECK(!ends.server->asleep());
    CHECK_EQ(take(*ends.server).size(), sleep == 0 ? 4u : 3u);
    CHECK(sendMessage(*ends.client, 1, 10) == Channel::Send::accepted);
    CHECK(!server.rung());
    drainAll(*ends.server);
  }
}

TEST(channel_wake_rings_another_uid_by_a_byte_on_the_socket) {
  NothingLeft guard;
  Ends ends(limitsOf(), false);
  CHECK_EQ(ends.server->bell(), -1);
  ends.server->park(WaitState::loop, 0);
  CHECK(sendMessage(*ends.client, 1, 10) == Channel::Send::accepted);
  CHECK(sendMessage(*ends.client, 2, 10) == Channel::Send::accepted);
  char byte;
  CHECK_EQ(::recv(ends.server->socket(), &byte, 1, MSG_DONTWAIT), 1);
  CHECK_EQ(::recv(ends.server->socket(), &byte, 1, MSG_DONTWAIT), -1);
}

TEST(channel_wake_survives_a_peer_that_never_reads_its_bell) {
  NothingLeft guard;
  Ends ends(limitsOf(), false);
  for (int sleep = 0; sleep < 2000; sleep++) {
    ends.server->park(WaitState::loop, 0);
    CHECK(sendMessage(*ends.client, 1, 10) == Channel::Send::accepted);
    drainAll(*ends.server);
  }
  CHECK(ends.client->violation() == nullptr);
}

TEST(channel_wake_bumps_the_word_of_a_sleeping_synchronous_call) {
  NothingLeft guard;
  Ends ends;
  Ear client(*ends.client);
  const auto word = [&] { return ends.client->peerBellWord().load(); };
  const uint32_t before = word();
  CHECK(sendMessage(*ends.server, 1, 10) == Channel::Send::accepted);
  CHECK_EQ(word(), before);
  ends.client->park(WaitState::futex, 0);
  CHECK(sendMessage(*ends.server, 2, 10) == Channel::Send::accepted);
  CHECK(sendMessage(*ends.server, 3, 10) == Channel::Send::accepted);
  CHECK_EQ(word(), before + 1);
  CHECK(!client.rung());
}

TEST(channel_wake_rings_for_space_who_waits_for_it) {
  NothingLeft guard;
  Ends ends;
  Ear client(*ends.client);
  const uint32_t sent = fill(*ends.client);
  CHECK(!ends.client->hasNewSpace());
  ends.client->park(WaitState::loop, 0);
  CHECK(ends.server->peerState().wantsSpace);
  take(*ends.server);
  CHECK(client.rung());
  ends.client->awake(WaitState::running, 0);
  CHECK(ends.client->hasNewSpace());
  CHECK(ends.client->pump());
  CHECK(!ends.client->hasQueued());
  CHECK(!ends.client->hasNewSpace());
  drainAll(*ends.server);
  // Nothing waits any more, so nobody is to be woken by mere space.
  CHECK(sendMessage(*ends.client, sent, 10) == Channel::Send::accepted);
  ends.client->park(WaitState::loop, 0);
  CHECK(!ends.server->peerState().wantsSpace);
  CHECK_EQ(take(*ends.server).size(), 1u);
  CHECK(!client.rung());
}

// A look that found space where there is none would keep it from ever sleeping.
TEST(channel_wake_finds_no_space_in_a_ring_that_is_full_again) {
  NothingLeft guard;
  Ends ends;
  for (int round = 0; round < 3; round++) {
    fill(*ends.client);
    CHECK(!ends.client->hasNewSpace());
    while (ends.client->hasQueued()) {
      take(*ends.server);
      CHECK(ends.client->hasNewSpace());
      ends.client->pump();
    }
    drainAll(*ends.server);
  }
}

// Space that was made before the park rings nobody: the look after the park must find it, whoever
// else has looked at the peer's head meanwhile.
TEST(channel_wake_finds_space_that_others_have_seen_before) {
  NothingLeft guard;
  using Look = void (*)(Channel&);
  const Look looks[] = {
      [](Channel&) {},
      [](Channel& channel) { CHECK(channel.peerTookAll()); },
      [](Channel& channel) { channel.peerTookThrough(channel.sentPosition()); },
      [](Channel& channel) { CHECK(channel.hasNewSpace()); },
      [](Channel& channel) { CHECK(sendControl(channel, 1) == Channel::Send::accepted); },
      [](Channel& channel) { CHECK(sendMessage(channel, 1, 10) == Channel::Send::accepted); },
      [](Channel& channel) {
        for (int i = 0; i < 100; i++) CHECK(sendControl(channel, 1) == Channel::Send::accepted);
      },
  };
  for (const Look& look : looks) {
    for (const bool large : {false, true}) {
      Ends ends;
      fill(*ends.client);
      if (large) {
        drainAll(*ends.server);
        CHECK(ends.client->pump());
        CHECK(sendMessage(*ends.client, 1000, 40 * kPayload) == Channel::Send::accepted);
      }
      drainAll(*ends.server);
      look(*ends.client);
      ends.client->park(WaitState::loop, 0);
      CHECK(ends.client->hasNewSpace());
      CHECK(ends.client->pump());
    }
  }
}

TEST(channel_wake_rings_when_the_queue_moves) {
  NothingLeft guard;
  Ends ends;
  Ear server(*ends.server);
  fill(*ends.client);
  drainAll(*ends.server);
  ends.server->park(WaitState::loop, 0);
  CHECK(ends.client->pump());
  CHECK(server.rung());
}

TEST(channel_wake_rings_when_a_half_sent_message_is_given_up) {
  NothingLeft guard;
  Ends ends;
  Ear server(*ends.server);
  CHECK(sendMessage(*ends.client, 7, 40 * kPayload) == Channel::Send::accepted);
  drainAll(*ends.server);
  ends.server->park(WaitState::loop, 0);
  CHECK(ends.client->withdraw(7));
  CHECK(server.rung());
}

TEST(channel_wake_rings_at_the_close) {
  NothingLeft guard;
  {
    Ends ends;
    Ear server(*ends.server);
    ends.server->park(WaitState::loop, 0);
    ends.client->close();
    CHECK(server.rung());
    CHECK(ends.server->peerClosed());
  }
  {
    Ends ends;
    const uint32_t before = ends.server->peerBellWord().load();
    ends.server->park(WaitState::futex, 0);
    ends.client->close();
    CHECK_EQ(ends.server->peerBellWord().load(), before + 1);
    CHECK(ends.server->peerClosed());
  }
}

/// Calls with answers of the same size between two threads that sleep whenever there is nothing to
/// do.
void callsBetweenThreads(WaitState atClient, bool sameUid) {
  constexpr uint32_t kCalls = 600;
  constexpr uint32_t kInFlight = 12;
  Ends ends(limitsOf(), sameUid, 8192);
  const auto sizeOf = [](uint32_t callId) {
    const uint32_t mixed = callId * 2654435761u >> 8;
    return mixed % 8 == 0 ? mixed % 100'000 : mixed % 700;
  };
  bool served = false;
  std::thread thread([&] {
    uint32_t calls = 0;
    Owner owner(*ends.server, WaitState::loop);
    served = owner.run(
        [&](const Message& message) {
          const auto result =
              ends.server->send(ring_test::headerOf(message.header.callId), message.payload.data(),
                                static_cast<uint32_t>(message.payload.size()), Precedence::message);
          CHECK(result == Channel::Send::accepted);
          calls++;
        },
        [&] { return calls == kCalls && !ends.server->hasQueued(); });
  });
  uint32_t sent = 0;
  uint32_t answered = 0;
  const auto sendMore = [&] {
    for (; sent < kCalls && sent - answered < kInFlight; sent++) {
      CHECK(sendMessage(*ends.client, sent, sizeOf(sent)) == Channel::Send::accepted);
    }
  };
  Owner owner(*ends.client, atClient);
  sendMore();
  CHECK(owner.run(
      [&](const Message& message) {
        const uint32_t callId = message.header.callId;
        CHECK_EQ(message.payload.size(), sizeOf(callId));
        CHECK(std::equal(message.payload.begin(), message.payload.end(),
                         ring_test::patternOf(callId)));
        answered++;
        sendMore();
      },
      [&] { return answered == kCalls; }));
  thread.join();
  CHECK(served);
}

TEST(channel_wake_serves_a_loop_until_the_last_call) {
  NothingLeft guard;
  callsBetweenThreads(WaitState::loop, true);
}

TEST(channel_wake_serves_a_loop_of_another_uid_until_the_last_call) {
  NothingLeft guard;
  callsBetweenThreads(WaitState::loop, false);
}

TEST(channel_wake_serves_a_synchronous_call_until_the_last_call) {
  NothingLeft guard;
  callsBetweenThreads(WaitState::futex, true);
}

}  // namespace
