// Descriptors that travel beside the records: in step, owned by exactly one side, and nothing left
// whatever goes wrong.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <initializer_list>
#include <numeric>

#include "channel_half.h"

namespace {

using namespace channel_test;

/// What limitsOf() and introductionOf() let a side take with one message.
constexpr size_t kMost = 4;

std::vector<UniqueFd> files(size_t count) {
  std::vector<UniqueFd> made;
  while (made.size() < count) made.emplace_back(::memfd_create("doorcall-test-file", MFD_CLOEXEC));
  return made;
}

FdSendOutcome send(Channel& channel, const std::vector<UniqueFd>& fds) {
  std::vector<int> numbers;
  for (const UniqueFd& fd : fds) numbers.push_back(fd.get());
  return channel.sendFds(numbers);
}

ino_t inodeOf(const UniqueFd& fd) {
  struct stat status{};
  CHECK_EQ(::fstat(fd.get(), &status), 0);
  return status.st_ino;
}

bool sameFiles(const std::vector<UniqueFd>& sent, const std::vector<UniqueFd>& taken) {
  if (sent.size() != taken.size()) return false;
  for (size_t i = 0; i < sent.size(); i++) {
    if (inodeOf(sent[i]) != inodeOf(taken[i])) return false;
    if ((::fcntl(taken[i].get(), F_GETFD) & FD_CLOEXEC) == 0) return false;
  }
  return true;
}

/// The channel of one end, and the raw socket of a peer who knows nothing of the rules.
struct Victim {
  explicit Victim(uint32_t maxFds = kMost, bool blobs = false) {
    Handshakes both;
    auto parts = finish(both, introductionOf("server", 1));
    CHECK(parts.has_value());
    peer = std::move(parts->server);
    auto limits = limitsOf();
    limits.maxReceiveFds = maxFds;
    if (maxFds == 0 && !blobs) limits.maxReceiveBlobBytes = 0;
    channel = std::make_unique<Channel>(std::move(parts->client), limits);
  }
  int socket() const { return peer.socket.get(); }
  std::string violation() {
    channel->readSocket();
    return channel->violation() != nullptr ? channel->violation() : "none";
  }

  ChannelParts peer;
  std::unique_ptr<Channel> channel;
};

Bytes bytesOf(uint16_t count, uint32_t id) {
  const auto bytes = encode(SocketMessage{SocketMessageType::descriptors, count, id});
  return {bytes.begin(), bytes.end()};
}

TEST(channel_fds_message_byte_by_byte) {
  const uint8_t expected[] = {'D', 'C', 'A', '1', 1, 0, 2, 1, 4, 3, 2, 1, 0, 0, 0, 0};
  Bytes bytes = bytesOf(0x0102, 0x01020304);
  CHECK(bytes == Bytes(expected, expected + sizeof expected));
  CHECK(decodeSocketMessage(bytes).has_value());
  bytes.push_back(0);
  CHECK(!decodeSocketMessage(bytes).has_value());
  bytes.resize(sizeof expected - 1);
  CHECK(!decodeSocketMessage(bytes).has_value());
}

TEST(channel_fds_arrive_before_the_record_that_names_them) {
  NothingLeft guard;
  for (const bool sameUid : {true, false}) {
    Ends ends(limitsOf(), sameUid);
    for (uint32_t ticket = 1; ticket <= 20; ticket++) {
      const auto sent = files(1 + ticket % kMost);
      const auto outcome = send(*ends.client, sent);
      CHECK(outcome.result == FdSend::sent);
      CHECK_EQ(outcome.ticket, ticket);
      // Among bells, where the bell is the socket.
      ends.server->park(ring::WaitState::loop, 0);
      CHECK(sendMessage(*ends.client, ticket, 10) == Channel::Send::accepted);
      CHECK_EQ(take(*ends.server).size(), 1u);
      const auto taken = ends.server->takeFds(ticket);
      CHECK(taken.result == FdTake::taken);
      CHECK(sameFiles(sent, taken.fds));
      ends.server->awake(ring::WaitState::running, 0);
    }
    CHECK_EQ(ends.server->heldFds(), 0u);
    CHECK(ends.server->violation() == nullptr);
    // Both directions have numbers of their own.
    CHECK_EQ(send(*ends.server, files(1)).ticket, 1u);
    CHECK(ends.client->takeFds(1).result == FdTake::taken);
  }
}

TEST(channel_fds_are_taken_in_any_order_and_once) {
  NothingLeft guard;
  Ends ends;
  std::vector<std::vector<UniqueFd>> sent;
  for (uint32_t ticket = 1; ticket <= 8; ticket++) {
    sent.push_back(files(2));
    CHECK(send(*ends.client, sent.back()).result == FdSend::sent);
  }
  for (const uint32_t ticket : {3u, 8u, 1u, 2u, 7u}) {
    const auto taken = ends.server->takeFds(ticket);
    CHECK(sameFiles(sent[ticket - 1], taken.fds));
    CHECK(ends.server->takeFds(ticket).result == FdTake::lost);
  }
  CHECK_EQ(ends.server->heldFds(), 6u);
  CHECK(ends.server->violation() == nullptr);
  // The rest goes with the channel: the guard counts.
}

TEST(channel_fds_that_a_record_names_must_have_come) {
  NothingLeft guard;
  for (const uint32_t ticket : {0u, 2u, ~0u}) {
    Ends ends;
    CHECK(send(*ends.client, files(1)).result == FdSend::sent);
    CHECK(ends.server->takeFds(ticket).result == FdTake::neverCame);
    CHECK_EQ(std::string(ends.server->violation()),
             "record that names descriptors which never came");
    CHECK(sendMessage(*ends.server, 1, 1) == Channel::Send::closed);
  }
}

TEST(channel_fds_that_cannot_be_sent_leave_nothing) {
  NothingLeft guard;
  Ends ends;
  const auto good = files(1);
  const int closed = ::dup(good[0].get());
  ::close(closed);
  for (const int bad : {-1, -7, closed, 1 << 20}) {
    const int fds[] = {good[0].get(), bad};
    CHECK(ends.client->sendFds(fds).result == FdSend::bad);
  }
  CHECK(ends.client->sendFds({}).result == FdSend::bad);
  CHECK(send(*ends.client, files(kMost + 1)).result == FdSend::tooMany);
  CHECK(!os_test::readable(ends.server->socket(), 0));
  // Nor is a number used up.
  CHECK_EQ(send(*ends.client, files(kMost)).ticket, 1u);
  ends.client->close();
  CHECK(send(*ends.client, files(1)).result == FdSend::closed);
}

TEST(channel_fds_are_not_sent_to_who_takes_none) {
  NothingLeft guard;
  Handshakes both;
  Introduction server = introductionOf("server", 1);
  server.maxFds = 0;
  auto parts = finish(both, server);
  REQUIRE(parts.has_value());
  Channel client(std::move(parts->client), limitsOf());
  CHECK(send(client, files(1)).result == FdSend::unwanted);
  parts->server.socket.reset();
  CHECK(send(client, files(1)).result == FdSend::unwanted);
}

TEST(channel_fds_find_the_peer_gone) {
  NothingLeft guard;
  Ends ends;
  ends.server->close();
  ends.server.reset();
  CHECK(send(*ends.client, files(1)).result == FdSend::closed);
  CHECK(!ends.client->readSocket());
}

TEST(channel_fds_are_told_when_the_socket_has_no_room) {
  NothingLeft guard;
  Ends ends;
  const auto file = files(1);
  uint32_t sent = 0;
  FdSendOutcome outcome;
  while ((outcome = send(*ends.client, file)).result == FdSend::sent)
    CHECK_EQ(outcome.ticket, ++sent);
  CHECK(outcome.result == FdSend::noRoom);
  CHECK(sent > 0);
  CHECK(ends.server->readSocket());
  CHECK_EQ(send(*ends.client, file).ticket, sent + 1);
  CHECK(ends.server->takeFds(1).result == FdTake::taken);
  CHECK(ends.server->takeFds(sent + 1).result != FdTake::neverCame);
}

TEST(channel_fds_held_are_bounded_and_the_connection_lives) {
  NothingLeft guard;
  Ends ends;
  const auto four = files(kMost);
  const uint32_t most = FdPassing::kHeldMessages;
  for (uint32_t i = 0; i < 3 * most; i++) {
    CHECK(send(*ends.client, four).result == FdSend::sent);
    ends.server->readSocket();
  }
  CHECK_EQ(ends.server->heldFds(), most * kMost);
  CHECK(ends.server->takeFds(most).result == FdTake::taken);
  CHECK(ends.server->takeFds(most + 1).result == FdTake::lost);
  // There is room again.
  CHECK(send(*ends.client, four).result == FdSend::sent);
  CHECK(ends.server->takeFds(3 * most + 1).result == FdTake::taken);
  CHECK(ends.server->violation() == nullptr);
}

TEST(channel_fds_held_are_bounded_however_many_a_message_has) {
  NothingLeft guard;
  constexpr uint16_t many = 200;
  static_assert(FdPassing::kHeldMessages * many > FdPassing::kMostHeldFds);
  rlimit former;
  ::getrlimit(RLIMIT_NOFILE, &former);
  const rlimit wide{former.rlim_max, former.rlim_max};
  CHECK_EQ(::setrlimit(RLIMIT_NOFILE, &wide), 0);
  {
    FdPassing passing(0, many);
    for (uint32_t id = 1; id <= 8; id++) {
      const SocketMessage message{SocketMessageType::descriptors, many, id};
      CHECK(passing.receive(message, files(many), false) == nullptr);
    }
    CHECK_EQ(passing.heldFds(), FdPassing::kMostHeldFds / many * many);
    CHECK(passing.take(FdPassing::kMostHeldFds / many).result == FdTake::taken);
    CHECK(passing.take(FdPassing::kMostHeldFds / many + 1).result == FdTake::lost);
  }
  CHECK_EQ(::setrlimit(RLIMIT_NOFILE, &former), 0);
}

TEST(channel_fds_lost_for_want_of_room_are_no_fault_of_the_peer) {
  NothingLeft guard;
  Ends ends;
  const auto three = files(3);
  CHECK(send(*ends.client, three).result == FdSend::sent);
  // One descriptor more may be opened, but not three.
  int lowestFree = ::dup(0);
  ::close(lowestFree);
  rlimit former;
  ::getrlimit(RLIMIT_NOFILE, &former);
  rlimit tight{static_cast<rlim_t>(lowestFree) + 1, former.rlim_max};
  CHECK_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  ends.server->readSocket();
  CHECK_EQ(::setrlimit(RLIMIT_NOFILE, &former), 0);
  CHECK(ends.server->takeFds(1).result == FdTake::lost);
  CHECK(ends.server->violation() == nullptr);
  CHECK(send(*ends.client, three).result == FdSend::sent);
  CHECK(sameFiles(three, ends.server->takeFds(2).fds));
}

TEST(channel_fds_that_no_record_names_go_when_the_sender_says_so) {
  NothingLeft guard;
  Ends ends;
  const int before = os_test::openFdCount();
  CHECK_EQ(send(*ends.client, files(3)).ticket, 1u);
  CHECK_EQ(send(*ends.client, files(2)).ticket, 2u);
  ends.client->dropFds(1);
  CHECK(take(*ends.server).empty());
  CHECK_EQ(ends.server->heldFds(), 2u);
  CHECK_EQ(os_test::openFdCount(), before + 2);
  CHECK(ends.server->takeFds(2).result == FdTake::taken);
  // What was lost or taken can be given up, too.
  ends.client->dropFds(2);
  CHECK(take(*ends.server).empty());
  CHECK(ends.server->violation() == nullptr);
  ends.client->dropFds(3);
  CHECK(take(*ends.server).empty());
  CHECK(ends.server->violation() != nullptr);
}

TEST(channel_fds_drop_is_the_transports_own_record) {
  NothingLeft guard;
  Ends ends;
  ring::RecordHeader header{};
  header.kind = kFdReleaseKind;
  CHECK(ends.client->send(header, nullptr, 0, precedenceOf(header.kind)) ==
        Channel::Send::reserved);
}

TEST(channel_hostile_fds_break_the_rules) {
  NothingLeft guard;
  const auto spoilt = [](Bytes bytes, size_t at, uint8_t value) {
    bytes[at] = value;
    return bytes;
  };
  const auto longer = [](Bytes bytes) {
    bytes.push_back(0);
    return bytes;
  };
  const std::string nothing = "socket message that means nothing";
  const std::string count = "message without the descriptors that it counts";
  const std::string most = "more descriptors in a message than this side takes, or none";
  const std::string order = "descriptors out of order";
  const std::string tooMany =
      "socket message too long, or with more descriptors than this side takes";
  struct Case {
    Bytes bytes;
    size_t fds;
    std::string expected;
  };
  const std::vector<Case> cases{
      {spoilt(bytesOf(1, 1), 0, 'E'), 1, nothing},
      {spoilt(bytesOf(1, 1), 4, 0), 1, nothing},
      {spoilt(bytesOf(1, 1), 4, 3), 1, nothing},
      {spoilt(bytesOf(1, 1), 5, 1), 1, nothing},
      {spoilt(bytesOf(1, 1), 12, 1), 1, nothing},
      {spoilt(bytesOf(1, 1), 15, 1), 1, nothing},
      {longer(bytesOf(1, 1)), 1, nothing},
      {Bytes(15, 0), 0, nothing},
      {Bytes(17, 0), 0, nothing},
      {Bytes(2, 0), 0, nothing},
      {{0}, 1, nothing},
      {Bytes(64, 0), 1, nothing},
      {Bytes(65, 0), 0, tooMany},
      {bytesOf(1, 1), 0, count},
      {bytesOf(1, 1), 2, count},
      {bytesOf(2, 1), 1, count},
      {bytesOf(0, 1), 0, most},
      {bytesOf(0, 1), 1, most},
      {bytesOf(kMost + 1, 1), kMost, most},
      {bytesOf(65535, 1), 1, most},
      {bytesOf(kMost + 1, 1), kMost + 1, tooMany},
      {bytesOf(1, 1), os::kMaxMessageFds, tooMany},
      {bytesOf(1, 0), 1, order},
      {bytesOf(1, 2), 1, order},
      {bytesOf(1, ~0u), 1, order},
  };
  for (const Case& one : cases) {
    Victim victim;
    const auto fds = files(one.fds);
    const int before = os_test::openFdCount();
    sendRaw(victim.socket(), one.bytes, fds);
    CHECK_EQ(victim.violation(), one.expected);
    CHECK_EQ(os_test::openFdCount(), before);
    CHECK(sendMessage(*victim.channel, 1, 1) == Channel::Send::closed);
    // What comes now is closed without a look.
    sendRaw(victim.socket(), bytesOf(1, 1), files(1));
    CHECK_EQ(victim.violation(), one.expected);
    CHECK_EQ(os_test::openFdCount(), before);
  }
}

TEST(channel_hostile_fds_repeat_a_number) {
  NothingLeft guard;
  Victim victim;
  sendRaw(victim.socket(), bytesOf(1, 1), files(1));
  sendRaw(victim.socket(), bytesOf(1, 1), files(1));
  CHECK_EQ(victim.violation(), std::string("descriptors out of order"));
}

TEST(channel_hostile_fds_come_to_who_takes_none) {
  NothingLeft guard;
  for (const Bytes& bytes : {bytesOf(1, 1), Bytes{0}, Bytes{1, 2}}) {
    Victim victim(0);
    const auto file = files(1);
    const int before = os_test::openFdCount();
    sendRaw(victim.socket(), bytes, file);
    CHECK_EQ(victim.violation(),
             std::string("socket message too long, or with more descriptors than this side takes"));
    CHECK_EQ(os_test::openFdCount(), before);
  }
  // Nor does one who sends no descriptors get away with saying so.
  Victim victim(0);
  sendRaw(victim.socket(), bytesOf(0, 1));
  CHECK(victim.violation() != "none");
}

TEST(channel_hostile_fds_come_to_who_takes_blobs_only) {
  NothingLeft guard;
  // Room for the segment of an arena, and for nothing more: what comes in it is closed at once.
  for (const uint32_t count : {1u, 2u}) {
    Victim victim(0, true);
    const auto some = files(count);
    const int before = os_test::openFdCount();
    sendRaw(victim.socket(), bytesOf(1, static_cast<uint16_t>(count)), some);
    CHECK_EQ(
        victim.violation(),
        std::string(
            count == 1 ? "more descriptors in a message than this side takes, or none"
                       : "socket message too long, or with more descriptors than this side takes"));
    CHECK_EQ(os_test::openFdCount(), before);
  }
}

TEST(channel_hostile_drop_carries_something) {
  NothingLeft guard;
  for (const bool payload : {true, false}) {
    Victim victim;
    sendRaw(victim.socket(), bytesOf(1, 1), files(1));
    const ring::OwnSegmentView segment(victim.peer.own.memory.data(), kRingBytes);
    ring::Producer producer(segment, ring::PeerSegmentView(victim.peer.peer.data(), kRingBytes));
    ring::RecordHeader header{};
    header.kind = kFdReleaseKind;
    header.callId = 1;
    header.flags = payload ? 0 : 1;
    const uint8_t bytes[16] = {};
    CHECK(producer.write(header, nullptr, 0, bytes, payload ? 16 : 0, 0) ==
          ring::Producer::Result::written);
    producer.publish();
    CHECK(take(*victim.channel).empty());
    CHECK_EQ(std::string(victim.channel->violation()), "control record with a payload or flags");
  }
}

}  // namespace
