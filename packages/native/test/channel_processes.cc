// A client and a server of their own processes: handshake, calls with real sleeping, and death.
#include <signal.h>
#include <sys/wait.h>

#include <functional>
#include <set>

#include "channel_join.h"
#include "channel_owner.h"

namespace {

using namespace channel_test;
using os_test::Child;
using os_test::Pipe;
using ring::WaitState;

constexpr uint32_t kCalls = 300;

uint32_t sizeOf(uint32_t callId) {
  const uint32_t mixed = callId * 2654435761u >> 8;
  return mixed % 8 == 0 ? mixed % 100'000 : mixed % 700;
}

/// A server process that answers every message with its own bytes until the client closes.
bool serveEchoes(UniqueFd socket) {
  const auto channel = acceptOn(std::move(socket));
  if (!channel) return false;
  Owner owner(*channel, WaitState::loop);
  owner.run(
      [&](const Message& message) {
        auto header = message.header;
        // The receiving transport's mark, not the sender's.
        header.flags &= static_cast<uint8_t>(~ring::kLarge);
        channel->send(header, message.payload.data(), static_cast<uint32_t>(message.payload.size()),
                      Precedence::message);
      },
      [] { return false; });
  return channel->peerClosed() && channel->violation() == nullptr;
}

void callProcess(WaitState how) {
  NothingLeft guard;
  os_test::SocketPair sockets;
  Child server([&] {
    sockets.a.reset();
    return serveEchoes(std::move(sockets.b));
  });
  sockets.b.reset();
  const auto channel = connectOn(std::move(sockets.a));
  REQUIRE(channel != nullptr);
  std::set<uint32_t> waiting;
  uint32_t sent = 0;
  const auto sendMore = [&] {
    while (sent < kCalls && waiting.size() < 10) {
      CHECK(sendMessage(*channel, sent, sizeOf(sent)) == Channel::Send::accepted);
      waiting.insert(sent++);
    }
  };
  Owner owner(*channel, how);
  sendMore();
  CHECK(owner.run(
      [&](const Message& message) {
        CHECK_EQ(waiting.erase(message.header.callId), 1u);
        CHECK_EQ(message.payload.size(), sizeOf(message.header.callId));
        CHECK(std::equal(message.payload.begin(), message.payload.end(),
                         ring_test::patternOf(message.header.callId)));
        sendMore();
      },
      [&] { return sent == kCalls && waiting.empty(); }));
  CHECK(!channel->peerExited());
  channel->close();
  CHECK(server.wait());
  CHECK(channel->peerExited());
}

TEST(channel_processes_call_each_other_from_a_loop) { callProcess(WaitState::loop); }

TEST(channel_processes_call_each_other_synchronously) { callProcess(WaitState::futex); }

/// Kills a server that has taken two of five messages and answered one of them.
struct Killed {
  Killed() {
    os_test::SocketPair sockets;
    server.emplace([&] {
      sockets.a.reset();
      const auto atServer = acceptOn(std::move(sockets.b));
      if (!atServer || !sent.await()) return false;
      uint32_t took = 0;
      // One record a batch, so that the rest stays in the ring.
      while (took < 2) {
        for (const Message& message : takeOne(*atServer)) {
          if (took++ == 0) {
            atServer->send(message.header, message.payload.data(),
                           static_cast<uint32_t>(message.payload.size()), Precedence::message);
          }
        }
      }
      taken.tell();
      ::pause();
      return false;
    });
    sockets.b.reset();
    client = connectOn(std::move(sockets.a));
    CHECK(client != nullptr);
    if (!client) return;
    for (uint32_t i = 0; i < 5; i++) {
      CHECK(sendMessage(*client, i, i < 4 ? kLargest : 5 * kRingBytes) == Channel::Send::accepted);
    }
    sent.tell();
    CHECK(taken.await());
  }

  void kill() {
    server->kill(SIGKILL);
    CHECK(os_test::readable(client->pidfd(), os_test::kWatchdogMs));
    CHECK(client->peerExited());
  }

  static constexpr uint32_t kLargest = ring::maxRecordPayload(kRingBytes);

  static std::vector<Message> takeOne(Channel& channel) {
    std::vector<Message> messages;
    ring_test::Batch batch(channel.maxRecordBytes());
    const uint32_t bytes = channel.drain(batch.data(), batch.capacity);
    for (uint32_t at = 0; at < bytes;) {
      Message message{ring_test::headerAt(batch.data() + at), {}};
      const uint8_t* payload = batch.data() + at + ring::kHeaderBytes;
      message.payload.assign(payload, payload + message.header.length - ring::kHeaderBytes);
      at += ring::alignRecord(message.header.length);
      messages.push_back(std::move(message));
    }
    return messages;
  }

  Pipe sent;
  Pipe taken;
  std::optional<Child> server;
  std::unique_ptr<Channel> client;
};

TEST(channel_processes_killed_peer_leaves_answers_and_proof) {
  NothingLeft guard;
  Killed killed;
  REQUIRE(killed.client != nullptr);
  CHECK(!killed.client->peerExited());
  killed.kill();
  CHECK(!killed.client->peerClosed());
  // Its memory outlives it: the answer is still there.
  const auto answers = take(*killed.client);
  REQUIRE_EQ(answers.size(), 1u);
  CHECK(isMessage(answers[0], 0, Killed::kLargest));
  // And its head is frozen: 0 and 1 were taken, the others certainly not.
  std::set<uint32_t> untaken;
  for (const Untaken& one : killed.client->takeUntaken()) {
    untaken.insert(one.header.callId);
    CHECK(std::equal(one.bytes.get(), one.bytes.get() + one.size,
                     ring_test::patternOf(one.header.callId)));
  }
  CHECK(untaken == (std::set<uint32_t>{2, 3, 4}));
}

TEST(channel_processes_death_shows_though_a_child_of_the_dead_holds_the_socket) {
  NothingLeft guard;
  os_test::SocketPair sockets;
  Pipe ready;
  Pipe stay;
  std::optional<Child> server;
  server.emplace([&] {
    sockets.a.reset();
    const auto channel = acceptOn(std::move(sockets.b));
    if (!channel) return false;
    stay.in.reset();
    if (::fork() == 0) {
      // Holds the socket until the test ends.
      stay.await();
      ::_exit(0);
    }
    ready.tell();
    ::pause();
    return false;
  });
  sockets.b.reset();
  const auto client = connectOn(std::move(sockets.a));
  REQUIRE(client != nullptr);
  CHECK(ready.await());
  server->kill(SIGKILL);
  CHECK(os_test::readable(client->pidfd(), os_test::kWatchdogMs));
  CHECK(client->peerExited());
  CHECK(!os_test::readable(client->socket(), 0));
  // Sending to it harms nobody.
  CHECK(sendMessage(*client, 1, 10) == Channel::Send::accepted);
}

}  // namespace
