// How much of what lies in the socket is read at once, and what is no fault of the peer.
#include "channel_fds.h"
#include "os_sandbox.h"

namespace {

using namespace channel_test;
using Socket = Channel::Socket;

constexpr int kTurn = Channel::kSocketMessages;

void ring(Victim& victim, int count) {
  for (int i = 0; i < count; i++) CHECK_EQ(os::ringSocketBell(victim.socket()), 0);
}

/// Messages in the victim's socket that it has not read.
int unread(Victim& victim) {
  int count = 0;
  uint8_t byte;
  while (os::receiveMessage(victim.channel->socket(), &byte, 1, 0).ok()) count++;
  return count;
}

TEST(channel_socket_is_read_in_turns) {
  NothingLeft guard;
  Victim victim;
  ring(victim, 2 * kTurn + 1);
  CHECK(victim.channel->readSocket() == Socket::more);
  CHECK(victim.channel->readSocket() == Socket::more);
  CHECK(victim.channel->readSocket() == Socket::empty);
  ring(victim, kTurn + 7);
  CHECK(victim.channel->readSocket() == Socket::more);
  CHECK_EQ(unread(victim), 7);
  CHECK(victim.channel->violation() == nullptr);
}

TEST(channel_socket_is_not_read_once_the_channel_has_failed) {
  NothingLeft guard;
  Victim victim;
  ring(victim, 1);
  sendRaw(victim.socket(), {1, 2});
  ring(victim, 7);
  CHECK(victim.channel->readSocket() == Socket::empty);
  CHECK_EQ(std::string(victim.channel->violation()),
           std::string("socket message that means nothing"));
  CHECK(victim.channel->readSocket() == Socket::empty);
  CHECK_EQ(unread(victim), 7);
}

TEST(channel_socket_is_searched_for_what_a_record_names) {
  NothingLeft guard;
  Victim victim;
  ring(victim, 2 * kTurn);
  sendRaw(victim.socket(), bytesOf(1, 1), files(1));
  ring(victim, 7);
  CHECK(victim.channel->takeFds(1).result == FdTake::taken);
  drainSocket(*victim.channel);

  Ends ends;
  const auto allocated = ends.client->ownArena()->allocate(1);
  REQUIRE(allocated.problem == OwnArena::Problem::none);
  for (int i = 0; i < 2 * kTurn; i++) CHECK_EQ(os::ringSocketBell(ends.client->socket()), 0);
  const auto lent = ends.client->lend(allocated.memory.data, 1);
  REQUIRE(lent.problem == OwnArena::Problem::none);
  CHECK(ends.server->borrow(lent.place).violation == nullptr);
}

TEST(channel_socket_that_cannot_be_read_for_want_of_memory_is_no_hang_up) {
  NothingLeft guard;
  Victim victim;
  ring(victim, 1);
  for (const int code : {ENOMEM, ENOBUFS}) {
    os_test::underSandbox({{SYS_recvmsg, 0, 0, 0, -code}},
                          [&] { CHECK(victim.channel->readSocket() == Socket::shortage); });
  }
  CHECK_EQ(unread(victim), 1);
  victim.peer.socket.reset();
  CHECK(victim.channel->readSocket() == Socket::hungUp);
}

}  // namespace
