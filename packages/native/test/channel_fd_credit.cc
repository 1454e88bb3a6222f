// Descriptors under way are counted by both sides: who has none of its credit left waits, and who
// sends all the same has broken the rules.
#include <sys/resource.h>
#include <sys/socket.h>

#include "channel_fds.h"

namespace {

using namespace channel_test;

constexpr uint32_t kCredit = FdPassing::kHeldMessages * kMost;

/// What was taken is told, and heard.
void giveCredit(Channel& from, Channel& to) {
  CHECK(from.owesFdCredit());
  from.giveFdCredit();
  CHECK(!from.owesFdCredit());
  CHECK(take(to).empty());
}

TEST(channel_fd_credit_is_used_up_and_given_back) {
  NothingLeft guard;
  Ends ends;
  const auto four = files(kMost);
  for (uint32_t i = 0; i < FdPassing::kHeldMessages; i++)
    CHECK(send(*ends.client, four).result == FdSend::sent);
  CHECK_EQ(ends.client->fdsUnderWay(), kCredit);
  CHECK(send(*ends.client, files(1)).result == FdSend::later);
  // The other direction has credit of its own.
  CHECK(send(*ends.server, four).result == FdSend::sent);
  ends.server->readSocket();
  CHECK(!ends.server->owesFdCredit());
  CHECK(ends.server->takeFds(1).result == FdTake::taken);
  giveCredit(*ends.server, *ends.client);
  CHECK_EQ(ends.client->fdsUnderWay(), kCredit - kMost);
  CHECK(send(*ends.client, files(kMost)).result == FdSend::sent);
  CHECK(send(*ends.client, files(1)).result == FdSend::later);
  for (uint32_t ticket = 2; ticket <= FdPassing::kHeldMessages + 1; ticket++)
    CHECK(ends.server->takeFds(ticket).result == FdTake::taken);
  giveCredit(*ends.server, *ends.client);
  CHECK_EQ(ends.client->fdsUnderWay(), 0u);
  CHECK_EQ(ends.server->heldFds(), 0u);
  CHECK(ends.server->violation() == nullptr);
  CHECK(ends.client->violation() == nullptr);
}

TEST(channel_fd_credit_of_items_is_half_of_it) {
  NothingLeft guard;
  Ends ends;
  const auto file = files(1);
  const int fds[] = {file[0].get()};
  for (uint32_t i = 0; i < kCredit / 2; i++)
    CHECK(ends.client->sendFds(fds, true).result == FdSend::sent);
  CHECK(ends.client->sendFds(fds, true).result == FdSend::later);
  CHECK(ends.client->sendFds(fds, false).result == FdSend::sent);
}

TEST(channel_fd_credit_comes_back_for_what_is_lost_or_given_up) {
  NothingLeft guard;
  Ends ends;
  const auto three = files(3);
  CHECK(send(*ends.client, three).result == FdSend::sent);
  int lowestFree = ::dup(0);
  ::close(lowestFree);
  rlimit former;
  ::getrlimit(RLIMIT_NOFILE, &former);
  rlimit tight{static_cast<rlim_t>(lowestFree) + 1, former.rlim_max};
  CHECK_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  ends.server->readSocket();
  CHECK_EQ(::setrlimit(RLIMIT_NOFILE, &former), 0);
  CHECK(ends.server->takeFds(1).result == FdTake::lost);
  giveCredit(*ends.server, *ends.client);
  CHECK_EQ(ends.client->fdsUnderWay(), 0u);
  CHECK_EQ(send(*ends.client, three).ticket, 2u);
  ends.client->dropFds(2);
  CHECK(take(*ends.server).empty());
  giveCredit(*ends.server, *ends.client);
  CHECK_EQ(ends.client->fdsUnderWay(), 0u);
  // Each is given back once.
  CHECK(ends.server->takeFds(2).result == FdTake::lost);
  CHECK(!ends.server->owesFdCredit());
}

TEST(channel_fd_credit_is_waited_for_when_the_socket_is_full) {
  NothingLeft guard;
  Ends ends;
  const int small = 1;
  CHECK_EQ(::setsockopt(ends.client->socket(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
  const auto file = files(1);
  uint32_t sent = 0;
  FdSendOutcome outcome;
  while ((outcome = send(*ends.client, file)).result == FdSend::sent) sent++;
  CHECK(outcome.result == FdSend::later);
  CHECK(sent > 0);
  CHECK(sent < kCredit / 2);
  ends.server->readSocket();
  CHECK(ends.server->takeFds(1).result == FdTake::taken);
  giveCredit(*ends.server, *ends.client);
  CHECK(send(*ends.client, file).result == FdSend::sent);
}

TEST(channel_fd_credit_is_counted_only_where_both_can) {
  NothingLeft guard;
  const uint32_t unknown = 0x80;
  for (const uint32_t features : {0u, unknown, kFdCreditFeature, kFdCreditFeature | unknown}) {
    Ends ends(limitsOf(), true, kRingBytes, features);
    const bool counts = (features & kFdCreditFeature) != 0;
    for (Channel* end : {ends.client.get(), ends.server.get()})
      CHECK_EQ(end->parts().features, counts ? kFdCreditFeature : 0u);
    CHECK(send(*ends.client, files(2)).result == FdSend::sent);
    CHECK_EQ(ends.client->fdsUnderWay(), counts ? 2u : 0u);
    CHECK(ends.server->takeFds(1).result == FdTake::taken);
    CHECK_EQ(ends.server->owesFdCredit(), counts);
  }
}

TEST(channel_hostile_fds_go_beyond_the_credit) {
  NothingLeft guard;
  for (const bool taken : {false, true}) {
    Victim victim;
    const auto four = files(kMost);
    for (uint16_t id = 1; id <= FdPassing::kHeldMessages; id++) {
      sendRaw(victim.socket(), bytesOf(kMost, id), four);
      CHECK_EQ(victim.violation(), std::string("none"));
    }
    // What was taken counts until its credit was given back.
    if (taken) {
      CHECK(victim.channel->takeFds(1).result == FdTake::taken);
      victim.channel->giveFdCredit();
      sendRaw(victim.socket(), bytesOf(kMost, FdPassing::kHeldMessages + 1), four);
      CHECK_EQ(victim.violation(), std::string("none"));
      CHECK(victim.channel->takeFds(2).result == FdTake::taken);
    }
    const size_t held = victim.channel->heldFds();
    const int before = os_test::openFdCount();
    sendRaw(victim.socket(), bytesOf(1, FdPassing::kHeldMessages + (taken ? 2 : 1)), files(1));
    CHECK_EQ(victim.violation(), std::string("descriptors beyond the credit for them"));
    CHECK_EQ(victim.channel->heldFds(), held);
    CHECK_EQ(os_test::openFdCount(), before);
  }
}

TEST(channel_hostile_fd_credit_for_what_was_never_sent) {
  NothingLeft guard;
  for (const uint32_t credit : {0u, 3u, ~0u}) {
    Victim victim;
    CHECK(send(*victim.channel, files(2)).result == FdSend::sent);
    const ring::OwnSegmentView segment(victim.peer.own.memory.data(), kRingBytes);
    ring::Producer producer(segment, ring::PeerSegmentView(victim.peer.peer.data(), kRingBytes));
    ring::RecordHeader header{};
    header.kind = kFdCreditKind;
    header.aux = credit;
    CHECK(producer.write(header, nullptr, 0, nullptr, 0, 0) == ring::Producer::Result::written);
    producer.publish();
    CHECK(take(*victim.channel).empty());
    CHECK_EQ(std::string(victim.channel->violation()), "credit for descriptors that were not sent");
  }
}

TEST(channel_fd_credit_is_the_transports_own_record) {
  NothingLeft guard;
  Ends ends;
  ring::RecordHeader header{};
  header.kind = kFdCreditKind;
  CHECK(ends.client->send(header, nullptr, 0, precedenceOf(header.kind)) ==
        Channel::Send::reserved);
}

}  // namespace
