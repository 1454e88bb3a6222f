// Descriptors that travel beside the records: in step, owned by exactly one side, and nothing left
// whatever goes wrong.
#include "channel_fds.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <initializer_list>
#include <numeric>

namespace {

using namespace channel_test;

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
  CHECK(ends.client->readSocket() == Channel::Socket::hungUp);
}

// Between sides of which one counts nothing.
TEST(channel_fds_are_told_when_the_socket_has_no_room) {
  NothingLeft guard;
  Ends ends(limitsOf(), true, kRingBytes, 0);
  const auto file = files(1);
  uint32_t sent = 0;
  FdSendOutcome outcome;
  while ((outcome = send(*ends.client, file)).result == FdSend::sent)
    CHECK_EQ(outcome.ticket, ++sent);
  CHECK(outcome.result == FdSend::noRoom);
  CHECK(sent > 0);
  drainSocket(*ends.server);
  CHECK_EQ(send(*ends.client, file).ticket, sent + 1);
  CHECK(ends.server->takeFds(1).result == FdTake::taken);
  CHECK(ends.server->takeFds(sent + 1).result != FdTake::neverCame);
}

TEST(channel_fds_held_are_bounded_and_the_connection_lives) {
  NothingLeft guard;
  Ends ends(limitsOf(), true, kRingBytes, 0);
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
    FdPassing passing(0, many, false);
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

}  // namespace
