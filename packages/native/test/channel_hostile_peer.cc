// A peer that has shaken hands properly and then does what it likes with its own segment.
#include <atomic>
#include <initializer_list>
#include <thread>

#include "channel_support.h"

namespace {

using namespace channel_test;
using ring::RecordHeader;

constexpr uint32_t kPayload = ring::maxRecordPayload(kRingBytes);

/// A channel, and the peer's parts without a channel to keep them honest.
struct Victim {
  explicit Victim(uint32_t maxMessageBytes = kMaxMessageBytes) {
    Handshakes both;
    auto parts = finish(both, introductionOf("server", 1));
    CHECK(parts.has_value());
    peer = std::move(parts->server);
    channel = std::make_unique<Channel>(std::move(parts->client), limitsOf(maxMessageBytes));
  }

  ring::OwnSegmentView segment() const { return {peer.own.memory.data(), kRingBytes}; }
  /// Writes a record as a peer would who knows nothing of the rules.
  void write(const RecordHeader& header, const std::vector<uint8_t>& payload = {}) {
    if (!producer) producer.emplace(segment(), ring::PeerSegmentView(peer.peer.data(), kRingBytes));
    CHECK(producer->write(header, nullptr, 0, payload.data(), static_cast<uint32_t>(payload.size()),
                          0) == ring::Producer::Result::written);
    producer->publish();
  }
  std::string violation() {
    CHECK(take(*channel).empty());
    return channel->violation() != nullptr ? channel->violation() : "none";
  }
  void checkOver() {
    CHECK(sendMessage(*channel, 1, 10) == Channel::Send::closed);
    CHECK(sendControl(*channel, 1) == Channel::Send::closed);
    CHECK(!channel->pump());
    CHECK(!channel->withdraw(1));
    CHECK(take(*channel).empty());
  }

  ChannelParts peer;
  std::unique_ptr<Channel> channel;
  std::optional<ring::Producer> producer;
};

RecordHeader headerWith(uint8_t kind, uint8_t flags = 0) {
  RecordHeader header{};
  header.callId = 7;
  header.kind = kind;
  header.flags = flags;
  return header;
}

std::vector<uint8_t> beginning(uint32_t total, uint32_t content) {
  std::vector<uint8_t> payload(4 + content);
  std::memcpy(payload.data(), &total, sizeof total);
  return payload;
}

TEST(channel_hostile_peer_sends_what_is_never_sent) {
  NothingLeft guard;
  const std::string neverSent = "record with a kind or flag that is never sent";
  for (const RecordHeader& header :
       {headerWith(ring::kSkip), headerWith(1, ring::kLarge), headerWith(1, ring::kCancelFollows),
        headerWith(1, ring::kCancelFollows | ring::kFragmented),
        headerWith(ring::kContinuation, ring::kLarge),
        headerWith(1, ring::kLarge | ring::kFragmented),
        headerWith(ring::kSkip, ring::kFragmented)}) {
    Victim victim;
    victim.write(headerWith(1), {1, 2, 3});
    victim.write(header, beginning(100'000, 100));
    CHECK_EQ(victim.violation(), neverSent);
    victim.checkOver();
  }
}

TEST(channel_hostile_peer_breaks_the_rules_of_large_messages) {
  NothingLeft guard;
  {
    Victim victim;
    victim.write(headerWith(ring::kContinuation), {1});
    CHECK_EQ(victim.violation(), std::string("continuation of a message that never began"));
    victim.checkOver();
  }
  {
    Victim victim(100'000);
    victim.write(headerWith(1, ring::kFragmented), beginning(100'001, 100));
    CHECK_EQ(victim.violation(), std::string("message longer than the negotiated limit"));
  }
  {
    Victim victim;
    for (uint32_t callId = 0; callId < 5; callId++) {
      RecordHeader header = headerWith(1, ring::kFragmented);
      header.callId = callId;
      victim.write(header, beginning(100'000, 100));
    }
    CHECK_EQ(victim.violation(), std::string("too many fragmented messages at once"));
  }
}

TEST(channel_hostile_peer_sends_an_item_as_a_large_message) {
  NothingLeft guard;
  for (const uint8_t kind : {kInputKind, kOutputKind}) {
    Victim victim;
    victim.write(headerWith(kind, ring::kFragmented), beginning(100'000, 100));
    CHECK_EQ(victim.violation(), std::string("item of a stream sent as a large message"));
    victim.checkOver();
  }
}

TEST(channel_hostile_peer_sends_more_than_was_agreed_in_one_record) {
  NothingLeft guard;
  Victim victim(100);
  victim.write(headerWith(1), std::vector<uint8_t>(100));
  CHECK_EQ(take(*victim.channel).size(), 1u);
  victim.write(headerWith(1), std::vector<uint8_t>(101));
  CHECK_EQ(victim.violation(), std::string("message longer than the negotiated limit"));
}

TEST(channel_hostile_peer_writes_an_impossible_tail_or_record) {
  NothingLeft guard;
  {
    Victim victim;
    victim.segment().header().tail.store(kRingBytes + 16);
    CHECK(victim.channel->hasInput());
    CHECK_EQ(victim.violation(), std::string("tail beyond capacity or running backwards"));
    victim.checkOver();
  }
  {
    Victim victim;
    victim.segment().header().tail.store(16);
    CHECK_EQ(victim.violation(), std::string("record shorter than its header"));
    // The bad record must not count as taken.
    CHECK_EQ(static_cast<const ring::SegmentHeader*>(victim.peer.peer.data())->head.load(), 0u);
  }
}

TEST(channel_hostile_peer_writes_an_impossible_head) {
  NothingLeft guard;
  for (const uint32_t head : {8u, 48u, kRingBytes * 2, 0u - 16}) {
    Victim victim;
    while (!victim.channel->hasQueued() && victim.channel->violation() == nullptr) {
      sendMessage(*victim.channel, 1, kPayload);
    }
    victim.segment().header().head.store(head);
    // Seen before it sleeps, so that it does not sleep for good.
    CHECK(victim.channel->hasNewSpace());
    CHECK(!victim.channel->peerTookAll());
    // Whether the peer took something it alone knows, and it lies.
    CHECK(victim.channel->peerTookThrough(16));
    CHECK(!victim.channel->pump());
    CHECK_EQ(std::string(victim.channel->violation()), std::string("head beyond what was sent"));
    victim.checkOver();
    for (const Untaken& one : victim.channel->takeUntaken()) CHECK_EQ(one.size, kPayload);
  }
}

// Whoever writes into a full ring looks at the head first, be it a message or the transport's own.
TEST(channel_hostile_peer_has_an_impossible_head_while_it_is_written_to) {
  NothingLeft guard;
  for (const bool control : {false, true}) {
    Victim victim;
    for (uint32_t i = 0; i < 7; i++)
      CHECK(sendMessage(*victim.channel, i, kPayload) == Channel::Send::accepted);
    REQUIRE(!victim.channel->hasQueued());
    victim.segment().header().head.store(8);
    if (control) {
      for (uint32_t i = 0; i < 1000; i++) victim.channel->dropFds(i);
    } else {
      CHECK(sendMessage(*victim.channel, 7, kPayload) == Channel::Send::closed);
    }
    REQUIRE(victim.channel->violation() != nullptr);
    CHECK_EQ(std::string(victim.channel->violation()), std::string("head beyond what was sent"));
    victim.checkOver();
  }
}

TEST(channel_hostile_peer_takes_nothing_and_goes_on_giving_cause_for_more) {
  NothingLeft guard;
  Victim victim;
  size_t sent = 0;
  // As for each blob that it lends, and each item that it sends.
  while (victim.channel->violation() == nullptr && sent < 4 * Outbound::kMostControls) {
    victim.channel->dropFds(1);
    sent++;
  }
  REQUIRE(victim.channel->violation() != nullptr);
  CHECK_EQ(std::string(victim.channel->violation()),
           std::string("takes no records, and goes on giving cause for them"));
  CHECK(sent > Outbound::kMostControls);
  victim.checkOver();
}

TEST(channel_hostile_peer_is_given_doors_back_no_faster_than_it_takes_them) {
  NothingLeft guard;
  Victim victim;
  const auto giveBack = [&victim] {
    return victim.channel->send(headerWith(doorcall::channel::kDoorReleaseKind), nullptr, 0,
                                doorcall::channel::Precedence::control);
  };
  size_t sent = 0;
  while (sent < 2 * Outbound::kMostControls && giveBack() == Channel::Send::accepted) sent++;
  CHECK(giveBack() == Channel::Send::full);
  // There is room for what cannot wait.
  CHECK(sent >= Outbound::kMostControls / 2);
  CHECK(sent < Outbound::kMostControls);
  CHECK(sendControl(*victim.channel, 1) == Channel::Send::accepted);
  CHECK(victim.channel->violation() == nullptr);
  // What it has taken may be sent anew.
  victim.segment().header().head.store(static_cast<uint32_t>(victim.channel->sentPosition()));
  CHECK(victim.channel->pump());
  CHECK(giveBack() == Channel::Send::accepted);
}

TEST(channel_hostile_peer_may_park_in_any_word) {
  NothingLeft guard;
  Victim victim;
  ring_test::Random random(3);
  for (int i = 0; i < 20'000; i++) {
    victim.segment().header().parked.store(uint64_t{random.next()} << 32 | random.next());
    CHECK(sendMessage(*victim.channel, 1, 0) == Channel::Send::accepted);
    victim.segment().header().head.store(static_cast<uint32_t>(victim.channel->sentPosition()));
  }
  CHECK(victim.channel->violation() == nullptr);
}

/// A record header at any place of the ring; mostly one that may stand there.
void scribbleRecord(ring::OwnSegmentView segment, ring_test::Random& random) {
  const auto oneIn = [&](uint32_t count) { return random.below(count) == 0; };
  RecordHeader record{};
  record.length = 16;
  // Seldom, since one that reaches beyond the tail is the end.
  if (oneIn(100)) record.length += random.below(oneIn(30) ? 0xffffffff : 300);
  record.callId = random.below(4);
  record.kind = static_cast<uint8_t>(oneIn(1000) ? random.next() : oneIn(300) ? ring::kAbort : 1);
  record.flags = oneIn(1000) ? ring::kFragmented : uint8_t{0};
  uint64_t halves[2];
  std::memcpy(halves, &record, sizeof halves);
  auto* place = reinterpret_cast<uint64_t*>(segment.ring() + random.below(kRingBytes / 16) * 16);
  __atomic_store_n(place, halves[0], __ATOMIC_RELAXED);
  __atomic_store_n(place + 1, halves[1], __ATOMIC_RELAXED);
}

/// Scribbles over everything that a peer can write: the ring and all the words. Mostly it stays
/// within what the victim allows, so that the deeper checks are reached too.
void scribble(const Victim& victim, const std::atomic<bool>& stop, uint64_t seed) {
  ring_test::Random random(seed);
  ring::SegmentHeader& header = victim.segment().header();
  const auto& seen = *static_cast<const ring::SegmentHeader*>(victim.peer.peer.data());
  while (!stop.load(std::memory_order_relaxed)) {
    for (int i = 0; i < 32; i++) scribbleRecord(victim.segment(), random);
    const uint32_t step = random.below(32) * 16;
    if (header.tail.load() - seen.head.load() + step <= kRingBytes) header.tail.fetch_add(step);
    if (seen.tail.load() - header.head.load() >= step) header.head.fetch_add(step);
    if (random.below(3000) == 0) header.tail.store(random.next());
    if (random.below(3000) == 0) header.head.store(random.next());
    if (random.below(8) == 0) header.parked.store(uint64_t{random.next()} << 32 | random.next());
    header.bell.store(random.next());
    header.closed.store(random.below(2));
    if (random.below(4) == 0) std::this_thread::yield();
  }
}

TEST(channel_survives_a_peer_that_scribbles_over_its_whole_segment) {
  NothingLeft guard;
  int batches = 0;
  int violations = 0;
  ring_test::Random random(12);
  for (uint64_t seed = 1; seed <= 300; seed++) {
    Victim victim(100'000);
    // No place is left that could not be a record.
    for (int i = 0; i < 10'000; i++) scribbleRecord(victim.segment(), random);
    std::atomic<bool> stop{false};
    std::thread scribbler([&] { scribble(victim, stop, seed); });
    Channel& channel = *victim.channel;
    for (int turn = 0; turn < 200 && channel.violation() == nullptr; turn++) {
      // Every other one only listens: who sends finds an impossible head soon.
      if (seed % 2 == 0) sendMessage(channel, 7 * static_cast<uint32_t>(turn), random.below(6000));
      if (seed % 2 == 0 && random.below(4) == 0) sendControl(channel, static_cast<uint32_t>(turn));
      if (random.below(4) == 0)
        channel.withdraw(7 * (static_cast<uint32_t>(turn) - random.below(4)));
      // Checks each batch to be whole records, and each large message to be there.
      if (!take(channel).empty()) batches++;
      channel.park(ring::WaitState::loop, 0);
      channel.hasNewSpace();
      channel.peerTookAll();
      channel.peerTookThrough(channel.sentPosition());
      channel.pump();
      channel.awake(ring::WaitState::running, 0);
      if (!channel.hasInput()) std::this_thread::yield();
    }
    for (const Untaken& one : channel.takeUntaken()) CHECK(one.size <= 6000);
    if (channel.violation() != nullptr) violations++;
    stop.store(true);
    scribbler.join();
  }
  // Else the scribbling was too tame, or too wild, to test anything.
  CHECK(batches > 100);
  CHECK(violations > 10);
}

}  // namespace
