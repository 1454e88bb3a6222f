// What a channel that is closed, or has failed, does not do any more, whatever still waits in it.
#include "channel_support.h"

namespace {

using namespace channel_test;
using Problem = OwnArena::Problem;

constexpr uint32_t kPayload = ring::maxRecordPayload(kRingBytes);

enum class End { closed, failed };

/// Ends the client's channel; failed: its peer has sent what means nothing.
void endClient(Ends& ends, End how) {
  if (how == End::closed) return ends.client->close();
  CHECK_EQ(::send(ends.server->socket(), "??", 2, 0), 2);
  CHECK(ends.client->readSocket() == Channel::Socket::empty);
  CHECK(ends.client->violation() != nullptr);
}

TEST(channel_over_writes_nothing_though_there_is_space) {
  NothingLeft guard;
  for (const End how : {End::closed, End::failed}) {
    Ends ends;
    CHECK(sendMessage(*ends.client, 7, 20 * kPayload) == Channel::Send::accepted);
    take(*ends.server);
    CHECK(ends.client->hasQueued());
    CHECK(ends.client->hasNewSpace());
    endClient(ends, how);
    const uint64_t sent = ends.client->sentPosition();
    CHECK(!ends.client->pump());
    // Nor the abort of what is half sent.
    CHECK(!ends.client->withdraw(7));
    ends.client->dropFds(1);
    CHECK(sendMessage(*ends.client, 14, 0) == Channel::Send::closed);
    CHECK_EQ(ends.client->sentPosition(), sent);
    CHECK(ends.client->hasQueued());
  }
}

TEST(channel_over_takes_nothing_though_it_is_there) {
  NothingLeft guard;
  for (const End how : {End::closed, End::failed}) {
    Ends ends;
    CHECK(sendMessage(*ends.server, 1, 10) == Channel::Send::accepted);
    endClient(ends, how);
    CHECK(ends.client->hasInput());
    CHECK(take(*ends.client).empty());
    CHECK(!ends.server->peerTookAll());
  }
}

TEST(channel_over_lends_and_borrows_nothing) {
  NothingLeft guard;
  for (const End how : {End::closed, End::failed}) {
    Ends ends;
    const auto atServer = ends.server->ownArena()->allocate(10);
    const auto there = ends.server->lend(atServer.memory.data, 10);
    REQUIRE(there.problem == Problem::none);
    const auto borrowed = ends.client->borrow(there.place);
    REQUIRE(borrowed.data != nullptr);
    const auto another = ends.server->lend(atServer.memory.data, 10);
    const auto own = ends.client->ownArena()->allocate(10);
    endClient(ends, how);
    CHECK(ends.client->borrow(another.place).violation != nullptr);
    CHECK_EQ(ends.client->peerArena()->heldBlobs(), 1u);
    CHECK(ends.client->lend(own.memory.data, 10).problem == Problem::closed);
    CHECK_EQ(ends.client->ownArena()->lentBytes(), 0u);
    // What is held goes back where it came from, but nobody is told any more.
    const uint64_t sent = ends.client->sentPosition();
    ends.client->giveBack(borrowed.serial);
    CHECK_EQ(ends.client->peerArena()->heldBlobs(), 0u);
    CHECK_EQ(ends.client->sentPosition(), sent);
  }
}

TEST(channel_over_keeps_to_the_first_violation) {
  NothingLeft guard;
  Ends ends;
  CHECK(sendMessage(*ends.client, 7, 20 * kPayload) == Channel::Send::accepted);
  // The first names the reason; what comes behind it is not looked at.
  endClient(ends, End::failed);
  const std::string first = ends.client->violation();
  CHECK(ends.client->takeFds(9).result == FdTake::neverCame);
  CHECK_EQ(std::string(ends.client->violation()), first);
}

}  // namespace
