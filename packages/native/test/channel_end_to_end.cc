// Two channels over real segments: what one sends the other takes, of every size, in both
// directions.
#include <initializer_list>
#include <set>

#include "channel_support.h"

namespace {

using namespace channel_test;

constexpr uint32_t kPayload = ring::maxRecordPayload(kRingBytes);

/// Both sides pump and take until nothing is left; what arrived at each.
struct Arrived {
  std::vector<Message> atClient;
  std::vector<Message> atServer;
};

Arrived settle(Ends& ends) {
  Arrived arrived;
  for (int idle = 0; idle < 3; idle++) {
    for (Message& message : take(*ends.server)) {
      arrived.atServer.push_back(std::move(message));
      idle = 0;
    }
    for (Message& message : take(*ends.client)) {
      arrived.atClient.push_back(std::move(message));
      idle = 0;
    }
    if (ends.client->pump() || ends.server->pump()) idle = 0;
    if (ends.client->hasInput() || ends.server->hasInput()) idle = 0;
    if (ends.client->violation() != nullptr || ends.server->violation() != nullptr) break;
  }
  CHECK(ends.client->violation() == nullptr);
  CHECK(ends.server->violation() == nullptr);
  CHECK(!ends.client->hasQueued() && !ends.server->hasQueued());
  return arrived;
}

TEST(channel_carries_messages_of_every_kind_of_size) {
  NothingLeft guard;
  Ends ends;
  for (const uint32_t size : {0u, 1u, 15u, 16u, 17u, 1000u, kPayload - 1, kPayload, kPayload + 1,
                              2 * kPayload, kRingBytes, 3 * kRingBytes + 5, 1'000'000u}) {
    CHECK(sendMessage(*ends.client, size, size) == Channel::Send::accepted);
    CHECK(sendMessage(*ends.server, size + 1, size) == Channel::Send::accepted);
    const auto arrived = settle(ends);
    REQUIRE_EQ(arrived.atServer.size(), 1u);
    REQUIRE_EQ(arrived.atClient.size(), 1u);
    CHECK(isMessage(arrived.atServer[0], size, size, size > kPayload));
    CHECK(isMessage(arrived.atClient[0], size + 1, size, size > kPayload));
  }
}

TEST(channel_sends_nothing_in_the_name_of_the_transport) {
  NothingLeft guard;
  Ends ends;
  const auto reserved = [&](uint8_t kind, uint8_t flags, Precedence precedence) {
    ring::RecordHeader header = ring_test::headerOf(1);
    header.kind = kind;
    header.flags = flags;
    return ends.client->send(header, nullptr, 0, precedence) == Channel::Send::reserved;
  };
  for (const Precedence precedence : {Precedence::message, Precedence::control}) {
    for (const uint8_t kind : {ring::kSkip, ring::kContinuation, ring::kAbort})
      CHECK(reserved(kind, 0, precedence));
    for (int flag = 0x20; flag <= 0xff; flag++)
      CHECK(reserved(1, static_cast<uint8_t>(flag), precedence));
  }
  CHECK_EQ(ends.client->sentPosition(), 0u);
  for (uint8_t flags = 0; flags < 0x20; flags++) CHECK(!reserved(1, flags, Precedence::message));
  CHECK_EQ(settle(ends).atServer.size(), 0x20u);
  CHECK(ends.server->violation() == nullptr);
}

TEST(channel_carries_the_largest_messages_both_ways_at_once) {
  NothingLeft guard;
  Ends ends;
  std::vector<uint8_t> bytes(kMaxMessageBytes);
  for (size_t i = 0; i < bytes.size(); i++) bytes[i] = static_cast<uint8_t>(i * 2654435761u >> 24);
  for (Channel* one : {ends.client.get(), ends.server.get()}) {
    const auto header = ring_test::headerOf(3);
    CHECK(one->send(header, bytes.data(), kMaxMessageBytes, Precedence::message) ==
          Channel::Send::accepted);
    CHECK(one->send(header, bytes.data(), kMaxMessageBytes + 1, Precedence::message) ==
          Channel::Send::tooLarge);
    CHECK(sendMessage(*one, 4, 10) == Channel::Send::accepted);
  }
  const auto arrived = settle(ends);
  for (const auto* messages : {&arrived.atClient, &arrived.atServer}) {
    REQUIRE_EQ(messages->size(), 2u);
    // The small one did not wait for the large one.
    CHECK(isMessage((*messages)[0], 4, 10));
    CHECK((*messages)[1].payload == bytes);
  }
}

TEST(channel_keeps_many_messages_apart) {
  NothingLeft guard;
  Ends ends;
  ring_test::Random random(1);
  std::set<uint32_t> missing;
  std::vector<uint32_t> sizes(600);
  uint32_t lastSmall = 0;
  std::vector<Message> arrived;
  for (uint32_t i = 0; i < sizes.size(); i++) {
    sizes[i] = random.below(8) == 0 ? random.below(30 * kPayload) : random.below(300);
    missing.insert(i);
    REQUIRE(sendMessage(*ends.client, i, sizes[i]) == Channel::Send::accepted);
    if (random.below(4) == 0) {
      for (Message& message : take(*ends.server)) arrived.push_back(std::move(message));
      ends.client->pump();
    }
  }
  for (Message& message : settle(ends).atServer) arrived.push_back(std::move(message));
  for (const Message& message : arrived) {
    const uint32_t callId = message.header.callId;
    REQUIRE(callId < sizes.size());
    CHECK(isMessage(message, callId, sizes[callId], sizes[callId] > kPayload));
    CHECK_EQ(missing.erase(callId), 1u);
    if (sizes[callId] > kPayload) continue;
    CHECK(callId >= lastSmall);
    lastSmall = callId;
  }
  CHECK(missing.empty());
}

TEST(channel_bounds_what_waits) {
  NothingLeft guard;
  ChannelLimits limits = limitsOf();
  limits.maxQueuedMessages = 5;
  limits.maxQueuedBytes = 10'000;
  Ends ends(limits);
  uint32_t accepted = 0;
  while (sendMessage(*ends.client, accepted, 1000) == Channel::Send::accepted) accepted++;
  CHECK_EQ(ends.client->queuedMessages(), 5u);
  CHECK_EQ(ends.client->queuedBytes(), 5000u);
  CHECK(sendControl(*ends.client, 77) == Channel::Send::accepted);
  const auto arrived = settle(ends);
  CHECK_EQ(arrived.atServer.size(), accepted + 1);
  CHECK_EQ(ends.client->queuedBytes(), 0u);
  CHECK(sendMessage(*ends.client, 1, 1000) == Channel::Send::accepted);
}

TEST(channel_gives_each_large_message_out_once) {
  NothingLeft guard;
  Ends ends;
  CHECK(sendMessage(*ends.client, 1, kPayload + 1) == Channel::Send::accepted);
  ring_test::Batch batch(ring::kBatchBytes);
  const uint32_t bytes = ends.server->drain(batch.data(), batch.capacity);
  uint32_t tickets = 0;
  for (uint32_t at = 0; at < bytes;) {
    const auto header = ring_test::headerAt(batch.data() + at);
    if ((header.flags & ring::kLarge) != 0) {
      CHECK_EQ(header.length, ring::kHeaderBytes + 4);
      uint32_t ticket = 0;
      std::memcpy(&ticket, batch.data() + at + ring::kHeaderBytes, sizeof ticket);
      CHECK(ends.server->takeLarge(ticket + 1).bytes == nullptr);
      CHECK_EQ(ends.server->largeBytes(), kPayload + 1);
      const LargeMessage message = ends.server->takeLarge(ticket);
      CHECK_EQ(message.size, kPayload + 1);
      CHECK_EQ(ends.server->largeBytes(), 0u);
      CHECK(ends.server->takeLarge(ticket).bytes == nullptr);
      CHECK_EQ(ends.server->largeBytes(), 0u);
      tickets++;
    } else {
      CHECK_EQ(header.kind, ring::kSkip);
    }
    at += ring::alignRecord(header.length);
  }
  CHECK_EQ(tickets, 1u);
}

TEST(channel_sends_items_of_one_record_only) {
  NothingLeft guard;
  Ends ends;
  ring::RecordHeader header{};
  header.kind = kInputKind;
  const std::vector<uint8_t> bytes(kRingBytes);
  const uint32_t most = ends.client->maxPieceBytes();
  CHECK_EQ(most, ring::maxRecordPayload(kRingBytes));
  CHECK(ends.client->send(header, bytes.data(), most, precedenceOf(header.kind)) ==
        Channel::Send::accepted);
  CHECK(ends.client->send(header, bytes.data(), most + 1, precedenceOf(header.kind)) ==
        Channel::Send::tooLarge);
  CHECK_EQ(take(*ends.server).size(), 1u);
}

TEST(channel_withdraws_and_the_peer_never_sees_it) {
  NothingLeft guard;
  Ends ends;
  CHECK(sendMessage(*ends.client, 7, 20 * kPayload) == Channel::Send::accepted);
  take(*ends.server);
  CHECK(ends.client->withdraw(7));
  CHECK(!ends.client->withdraw(7));
  CHECK(sendMessage(*ends.client, 14, 10) == Channel::Send::accepted);
  CHECK(!ends.client->withdraw(14));
  const auto arrived = settle(ends);
  REQUIRE_EQ(arrived.atServer.size(), 1u);
  CHECK(isMessage(arrived.atServer[0], 14, 10));
  // Its number and its place are free for the next.
  CHECK(sendMessage(*ends.client, 7, 5 * kPayload) == Channel::Send::accepted);
  const auto again = settle(ends);
  REQUIRE_EQ(again.atServer.size(), 1u);
  CHECK(isMessage(again.atServer[0], 7, 5 * kPayload, true));
}

TEST(channel_delivers_what_was_written_before_the_close) {
  NothingLeft guard;
  Ends ends;
  CHECK(sendMessage(*ends.server, 1, 10) == Channel::Send::accepted);
  CHECK(!ends.client->peerClosed());
  ends.server->close();
  ends.server->close();
  CHECK(ends.server->closed());
  CHECK(ends.client->peerClosed());
  CHECK(os_test::readable(ends.client->socket(), 0));
  CHECK(!ends.client->peerExited());
  const auto messages = take(*ends.client);
  REQUIRE_EQ(messages.size(), 1u);
  CHECK(isMessage(messages[0], 1, 10));
  // The closed side neither sends nor takes.
  CHECK(sendMessage(*ends.client, 2, 10) == Channel::Send::accepted);
  CHECK(take(*ends.server).empty());
  CHECK(sendMessage(*ends.server, 3, 10) == Channel::Send::closed);
  CHECK(sendControl(*ends.server, 3) == Channel::Send::closed);
  CHECK(!ends.server->withdraw(3));
  CHECK(!ends.server->pump());
}

TEST(channel_knows_what_a_closed_peer_never_took) {
  NothingLeft guard;
  Ends ends;
  CHECK(sendMessage(*ends.client, 1, 10) == Channel::Send::accepted);
  const uint64_t first = ends.client->sentPosition();
  CHECK(!ends.client->peerTookThrough(first));
  CHECK(!ends.client->peerTookAll());
  CHECK_EQ(take(*ends.server).size(), 1u);
  CHECK(ends.client->peerTookThrough(first));
  CHECK(ends.client->peerTookAll());
  CHECK(sendMessage(*ends.client, 2, 20) == Channel::Send::accepted);
  CHECK(sendMessage(*ends.client, 3, 4 * kRingBytes) == Channel::Send::accepted);
  CHECK(sendMessage(*ends.client, 4, 30) == Channel::Send::accepted);
  ends.server->close();
  const auto untaken = ends.client->takeUntaken();
  std::set<uint32_t> calls;
  for (const Untaken& one : untaken) {
    calls.insert(one.header.callId);
    CHECK(std::equal(one.bytes.get(), one.bytes.get() + one.size,
                     ring_test::patternOf(one.header.callId)));
  }
  CHECK(calls == (std::set<uint32_t>{2, 3, 4}));
  CHECK(!ends.client->hasQueued());
}

}  // namespace
