// What both arenas of a connection know of their memory: whose it is, that it is there, and what to
// do without.
#include <sys/resource.h>
#include <sys/stat.h>

#include "channel_support.h"
#include "os_sandbox.h"

namespace {

using namespace channel_test;
using Problem = OwnArena::Problem;

constexpr uint64_t kMib = 1 << 20;

uint64_t page() { return os::pageBytes(); }

/// Runs `body` on a machine that has no memory left.
void withoutMemory(const std::function<void()>& body) {
  os_test::underSandbox({{SYS_fallocate, 1, ~0u, 0, -ENOSPC}}, body);
}

TEST(channel_arena_finds_only_what_lies_wholly_in_one_piece) {
  NothingLeft guard;
  OwnArena arena(kMib);
  const auto memory = arena.allocate(100).memory;
  CHECK(arena.find(memory.data, 100).has_value());
  CHECK(arena.find(memory.data + 99, 1).has_value());
  CHECK(arena.find(memory.data + 100, 0).has_value());
  CHECK(!arena.find(memory.data, 101).has_value());
  CHECK(!arena.find(memory.data + 99, 2).has_value());
  // Of the same page, but nobody's.
  CHECK(!arena.find(memory.data + 101, 0).has_value());
  CHECK(!arena.find(memory.data + 101, 1).has_value());
  CHECK(!arena.find(memory.data - 1, 1).has_value());
  arena.dispose(memory);
}

TEST(channel_arena_keeps_memory_that_an_old_owner_disposes_of) {
  NothingLeft guard;
  OwnArena arena(kMib);
  const auto first = arena.allocate(100).memory;
  arena.dispose(first);
  const auto second = arena.allocate(100).memory;
  REQUIRE(first.data == second.data);
  CHECK(first.serial != second.serial);
  arena.dispose(first);
  CHECK(arena.find(second.data, 100).has_value());
  CHECK_EQ(arena.allocatedBytes(), page());
  arena.dispose(second);
  CHECK_EQ(arena.allocatedBytes(), 0u);
}

TEST(channel_arena_has_the_memory_that_it_hands_out) {
  NothingLeft guard;
  OwnArena arena(8 * kMib);
  REQUIRE(arena.allocate(3 * kMib).problem == Problem::none);
  struct stat file;
  REQUIRE(::fstat(arena.unannounced(1), &file) == 0);
  CHECK(static_cast<uint64_t>(file.st_blocks) * 512 >= 3 * kMib);
}

TEST(channel_arena_forgets_a_piece_that_there_is_no_memory_for) {
  NothingLeft guard;
  OwnArena arena(kLeastSegmentBytes);
  const auto small = arena.allocate(1);
  REQUIRE(small.problem == Problem::none);
  // Its place is free again each time, or the segment would soon have none.
  withoutMemory([&] {
    for (int i = 0; i < 10; i++)
      CHECK(arena.allocate(kLeastSegmentBytes - page()).problem == Problem::memory);
  });
  CHECK_EQ(arena.allocatedBytes(), page());
  CHECK(arena.allocate(kLeastSegmentBytes - page()).problem == Problem::none);
  CHECK_EQ(arena.segments(), 1u);
}

TEST(channel_arena_bounds_its_address_space) {
  NothingLeft guard;
  // Each is a page larger than all there were before, so that it needs a segment of its own where
  // none may be larger than it has to be.
  const uint64_t quota = kLeastSegmentBytes + 4 * page();
  OwnArena arena(quota);
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit former;
  ::getrlimit(RLIMIT_FSIZE, &former);
  const rlimit tight{quota, former.rlim_max};
  CHECK_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  uint64_t bytes = kLeastSegmentBytes;
  uint64_t all = 0;
  Problem problem = Problem::none;
  for (; bytes <= quota; bytes += page()) {
    const auto allocated = arena.allocate(bytes);
    problem = allocated.problem;
    if (problem != Problem::none) break;
    all += bytes;
    arena.dispose(allocated.memory);
  }
  CHECK_EQ(::setrlimit(RLIMIT_FSIZE, &former), 0);
  CHECK(problem == Problem::quota);
  CHECK(all <= mostSegmentBytes(quota));
  CHECK_EQ(arena.segments(), 3u);
}

TEST(channel_arena_shows_no_memory_that_is_not_there) {
  NothingLeft guard;
  Ends ends;
  const auto allocated = ends.client->ownArena()->allocate(10 * page());
  const auto lent = ends.client->lend(allocated.memory.data, 10 * page());
  REQUIRE(lent.problem == Problem::none);
  bool tried = false;
  withoutMemory([&] {
    tried = true;
    const auto borrowed = ends.server->borrow(lent.place);
    // Nobody's fault, and nothing to read.
    CHECK(borrowed.violation == nullptr);
    CHECK(borrowed.data == nullptr);
    CHECK_EQ(ends.server->peerArena()->heldBytes(), 0u);
    CHECK_EQ(ends.server->peerArena()->heldBlobs(), 1u);
    ends.server->giveBack(borrowed.serial);
  });
  if (!tried) return;
  CHECK(take(*ends.client).empty());
  CHECK_EQ(ends.client->ownArena()->lentBytes(), 0u);
}

TEST(channel_arena_views_pages_in_place_once_their_view_is_gone) {
  NothingLeft guard;
  Ends ends;
  const auto allocated = ends.client->ownArena()->allocate(page());
  const auto viewAgain = [&] {
    const auto lent = ends.client->lend(allocated.memory.data, page());
    return ends.server->borrow(lent.place);
  };
  const auto first = viewAgain();
  REQUIRE(first.data != nullptr);
  const int mappings = os_test::memfdMappingCount();
  ends.server->giveBack(first.serial);
  const auto second = viewAgain();
  CHECK(second.data == first.data);
  CHECK_EQ(os_test::memfdMappingCount(), mappings);
}

}  // namespace
