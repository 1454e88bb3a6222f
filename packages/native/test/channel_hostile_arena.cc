// Memory that a peer lends who lies about it: no weapon.
#include <sys/mman.h>

#include <initializer_list>

#include "channel_arena_ends.h"

namespace {

using namespace channel_test;

/// The raw socket of a peer who announces what it likes.
struct Victim {
  explicit Victim(uint64_t quota = 256 * kMib) {
    Handshakes both;
    auto parts = finish(both, introductionOf("server", 1));
    CHECK(parts.has_value());
    peer = std::move(parts->server);
    auto limits = limitsOf();
    limits.maxReceiveBlobBytes = quota;
    channel = std::make_unique<Channel>(std::move(parts->client), limits);
  }
  void announce(uint32_t id, std::vector<UniqueFd> fds, uint16_t count = 1) {
    const auto bytes = encode(SocketMessage{SocketMessageType::segment, count, id});
    sendRaw(peer.socket.get(), {bytes.begin(), bytes.end()}, fds);
  }
  std::string violation() {
    channel->readSocket();
    return channel->violation() != nullptr ? channel->violation() : "none";
  }

  ChannelParts peer;
  std::unique_ptr<Channel> channel;
};

std::vector<UniqueFd> listOf(UniqueFd fd) {
  std::vector<UniqueFd> list;
  list.push_back(std::move(fd));
  return list;
}

std::vector<UniqueFd> segmentOf(uint64_t bytes = kLeastSegmentBytes) {
  return listOf(std::move(os::createArenaFile(bytes).value().fd));
}

UniqueFd memfd(uint64_t bytes, int seals) {
  UniqueFd fd(::memfd_create("doorcall-test-arena", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  CHECK_EQ(::ftruncate(fd.get(), static_cast<off_t>(bytes)), 0);
  if (seals != 0) CHECK_EQ(::fcntl(fd.get(), F_ADD_SEALS, seals), 0);
  return fd;
}

TEST(channel_hostile_arena_announces_what_is_no_segment) {
  NothingLeft guard;
  const std::string unsealed = "segment of an arena that is no sealed memory";
  const std::string size = "segment of an arena that is too small, or of broken pages";
  const std::string larger = "arena larger than this side takes";
  struct Case {
    std::function<std::vector<UniqueFd>()> fds;
    std::string expected;
  };
  constexpr int kFutureWrite = 0x10;
  const std::vector<Case> cases{
      {[] { return listOf(memfd(kLeastSegmentBytes, 0)); }, unsealed},
      {[] { return listOf(memfd(kLeastSegmentBytes, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)); },
       unsealed},
      {[] { return listOf(memfd(kLeastSegmentBytes, F_SEAL_GROW | kFutureWrite | F_SEAL_SEAL)); },
       unsealed},
      {[] { return listOf(std::move(os_test::Pipe().out)); }, unsealed},
      {[] { return listOf(UniqueFd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC))); }, unsealed},
      {[] { return segmentOf(kLeastSegmentBytes - page()); }, size},
      {[] { return segmentOf(page()); }, size},
      {[] { return segmentOf(kLeastSegmentBytes + 100); }, size},
      {[] { return segmentOf(mostSegmentBytes(256 * kMib) + page()); }, larger},
      // Not mapped here: ThreadSanitizer has no room for it.
      {[] {
         return listOf(
             memfd(uint64_t{1} << 42, F_SEAL_SHRINK | F_SEAL_GROW | kFutureWrite | F_SEAL_SEAL));
       },
       larger},
      {[] { return std::vector<UniqueFd>(); }, "segment without its descriptor"},
  };
  for (const Case& one : cases) {
    Victim victim;
    const auto fds = one.fds();
    const int before = os_test::openFdCount();
    {
      const auto bytes = encode(SocketMessage{SocketMessageType::segment, 1, 1});
      sendRaw(victim.peer.socket.get(), {bytes.begin(), bytes.end()}, fds);
    }
    CHECK_EQ(victim.violation(), one.expected);
    CHECK_EQ(os_test::openFdCount(), before);
    CHECK_EQ(victim.channel->peerArena()->segments(), 0u);
  }
}

TEST(channel_hostile_arena_announces_out_of_order_or_too_much) {
  NothingLeft guard;
  for (const uint32_t id : {0u, 2u, ~0u}) {
    Victim victim;
    victim.announce(id, segmentOf());
    CHECK_EQ(victim.violation(), std::string("segment out of order"));
  }
  {
    Victim victim;
    victim.announce(1, segmentOf());
    victim.announce(1, segmentOf());
    CHECK_EQ(victim.violation(), std::string("segment out of order"));
  }
  {
    // As many as its address space has room for, and one more.
    Victim victim(64 * kMib);
    for (uint32_t id = 1; id <= 3; id++) victim.announce(id, segmentOf());
    CHECK_EQ(victim.violation(), std::string("none"));
    victim.announce(4, segmentOf());
    CHECK_EQ(victim.violation(), std::string("arena larger than this side takes"));
  }
  {
    Victim victim(0);
    victim.announce(1, segmentOf());
    CHECK_EQ(victim.violation(), std::string("arena larger than this side takes"));
  }
  {
    Victim victim;
    victim.announce(1, segmentOf(), 2);
    CHECK_EQ(victim.violation(), std::string("segment without its descriptor"));
  }
}

TEST(channel_hostile_arena_names_places_that_are_none) {
  NothingLeft guard;
  const std::string outside = "blob outside its segment";
  const std::string never = "blob in a segment that was never sent";
  struct Case {
    BlobPlace place;
    std::string expected;
  };
  const std::vector<Case> cases{
      {{0, 1, 0, 1}, never},
      {{2, 1, 0, 1}, never},
      {{~0u, 1, 0, 1}, never},
      {{1, 0, 0, 1}, "blob in no slot"},
      {{1, 1, 0, 0}, outside},
      {{1, 1, kLeastSegmentBytes, 1}, outside},
      {{1, 1, kLeastSegmentBytes - 1, 2}, outside},
      {{1, 1, UINT64_MAX, 1}, outside},
      {{1, 1, UINT64_MAX, UINT64_MAX}, outside},
      {{1, 1, 1, UINT64_MAX}, outside},
      {{1, 1, 0, kLeastSegmentBytes + 1}, outside},
      {{1, 1, 0, 33 * kMib}, "more blobs than this side holds"},
  };
  for (const Case& one : cases) {
    Victim victim(32 * kMib);
    victim.announce(1, segmentOf());
    const auto borrowed = victim.channel->borrow(one.place);
    REQUIRE(borrowed.violation != nullptr);
    CHECK_EQ(std::string(borrowed.violation), one.expected);
    CHECK_EQ(victim.violation(), one.expected);
    CHECK_EQ(victim.channel->peerArena()->heldBlobs(), 0u);
  }
}

TEST(channel_hostile_arena_lends_what_is_held_or_more_than_is_taken) {
  NothingLeft guard;
  {
    Victim victim;
    victim.announce(1, segmentOf());
    CHECK(victim.channel->borrow({1, 5, 0, 10}).data != nullptr);
    CHECK(victim.channel->borrow({1, 5, page(), 10}).violation != nullptr);
    CHECK_EQ(victim.violation(), std::string("blob in a slot that is still held"));
  }
  {
    // One byte each, but each on pages of its own.
    Victim victim(4 * page());
    victim.announce(1, segmentOf());
    for (uint32_t slot = 1; slot <= 4; slot++)
      CHECK(victim.channel->borrow({1, slot, slot * page(), 1}).data != nullptr);
    CHECK(victim.channel->borrow({1, 5, 9 * page(), 1}).violation != nullptr);
  }
}

TEST(channel_hostile_arena_has_holes_and_the_reader_lives) {
  NothingLeft guard;
  Victim victim;
  victim.announce(1, segmentOf());
  const auto borrowed = victim.channel->borrow({1, 1, 10 * page(), 10 * page()});
  REQUIRE(borrowed.data != nullptr);
  CHECK(allAre(borrowed.data, 10 * page(), 0));
}

TEST(channel_hostile_arena_releases_what_is_not_lent) {
  NothingLeft guard;
  for (const uint32_t slot : {0u, 2u, ~0u}) {
    ArenaEnds ends;
    ends.lend(10, 1);
    ring::RecordHeader header{};
    header.kind = kReleaseKind;
    header.callId = slot;
    CHECK(ends.server->send(header, nullptr, 0, Precedence::control) == Channel::Send::reserved);
    const auto& peer = ends.server->parts();
    const ring::OwnSegmentView segment(peer.own.memory.data(), kRingBytes);
    ring::Producer producer(segment, ring::PeerSegmentView(peer.peer.data(), kRingBytes));
    CHECK(producer.write(header, nullptr, 0, nullptr, 0, 0) == ring::Producer::Result::written);
    producer.publish();
    CHECK(take(*ends.client).empty());
    CHECK_EQ(std::string(ends.client->violation()), "release of a blob that is not lent");
  }
}

}  // namespace
