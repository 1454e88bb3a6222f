// What arenas take of a process: mappings, address space, and no more of them than there are.
#include <sys/resource.h>
#include <sys/stat.h>

#include <cstdio>
#include <vector>

#include "channel/extra_mapping.h"
#include "channel_arena_ends.h"

namespace {

using namespace channel_test;

/// This process may map so much more than it has, while this lives.
class AddressSpace {
 public:
  explicit AddressSpace(uint64_t more) {
    ::getrlimit(RLIMIT_AS, &former_);
    unsigned long long pages = 0;
    FILE* const file = std::fopen("/proc/self/statm", "re");
    CHECK_EQ(std::fscanf(file, "%llu", &pages), 1);
    std::fclose(file);
    const rlimit tight{pages * page() + more, former_.rlim_max};
    CHECK_EQ(::setrlimit(RLIMIT_AS, &tight), 0);
  }
  ~AddressSpace() { CHECK_EQ(::setrlimit(RLIMIT_AS, &former_), 0); }
  AddressSpace(const AddressSpace&) = delete;
  AddressSpace& operator=(const AddressSpace&) = delete;

 private:
  rlimit former_;
};

/// Allocated and disposed of at once.
Problem tried(OwnArena& arena, uint64_t bytes) {
  const auto allocated = arena.allocate(bytes);
  if (allocated.problem == Problem::none) arena.dispose(allocated.memory);
  return allocated.problem;
}

/// How large the segment is that comes to be when `bytes` are asked for.
uint64_t segmentFor(OwnArena& arena, uint64_t bytes) {
  const size_t before = arena.segments();
  CHECK(tried(arena, bytes) == Problem::none);
  CHECK_EQ(arena.segments(), before + 1);
  struct stat found{};
  CHECK_EQ(::fstat(arena.unannounced(static_cast<uint32_t>(before + 1)), &found), 0);
  return static_cast<uint64_t>(found.st_size);
}

TEST(channel_arena_maps_the_same_pages_only_so_often) {
  NothingLeft guard;
  CHECK_EQ(ExtraMapping::count(), 0u);
  {
    ArenaEnds ends;
    const auto [memory, first] = ends.lend(page(), 7);
    CHECK(ends.server->borrow(first).data != nullptr);
    std::vector<PeerArena::Borrowed> extra;
    for (uint32_t i = 0; i < ExtraMapping::kMost; i++) {
      extra.push_back(ends.server->borrow(ends.client->lend(memory.data, page()).place));
      REQUIRE(extra.back().data != nullptr);
    }
    CHECK_EQ(ExtraMapping::count(), ExtraMapping::kMost);
    const auto lendOnceMore = [&] {
      return ends.server->borrow(ends.client->lend(memory.data, page()).place);
    };
    // No protocol error: the peer cannot know.
    const auto refused = lendOnceMore();
    CHECK(refused.violation == nullptr);
    CHECK(refused.data == nullptr);
    ends.server->giveBack(refused.serial);

    // The limit is the process's, whoever uses it up; what needs no mapping is none of its
    // business.
    ArenaEnds others;
    const auto [theirs, place] = others.lend(page(), 8);
    CHECK(others.server->borrow(place).data != nullptr);
    const auto again = others.client->lend(theirs.data, page());
    CHECK(others.server->borrow(again.place).data == nullptr);

    ends.server->giveBack(extra[5].serial);
    CHECK_EQ(ExtraMapping::count(), ExtraMapping::kMost - 1);
    const auto after = lendOnceMore();
    REQUIRE(after.data != nullptr);
    CHECK(allAre(after.data, page(), 7));
    CHECK(lendOnceMore().data == nullptr);
    // Views outlive their connection, and count as long.
    ends.server->close();
    CHECK_EQ(ExtraMapping::count(), ExtraMapping::kMost);
    ends.server->giveBack(after.serial);
    CHECK_EQ(ExtraMapping::count(), ExtraMapping::kMost - 1);
  }
  CHECK_EQ(ExtraMapping::count(), 0u);
  // What the kernel refuses counts for nothing.
  CHECK(!ExtraMapping::map(-1, page(), 0).has_value());
  CHECK_EQ(ExtraMapping::count(), 0u);
}

TEST(channel_arena_has_room_for_ever_larger_pieces) {
  NothingLeft guard;
  ArenaEnds ends(100 * kMib);
  for (uint64_t size = 80; size <= 100; size++) {
    CHECK_EQ(static_cast<int>(tried(ends.arena(), size * kMib)), static_cast<int>(Problem::none));
  }
  CHECK_EQ(ends.arena().segments(), 1u);
}

TEST(channel_arena_takes_address_space_for_all_that_may_be_lent_at_once) {
  NothingLeft guard;
  constexpr uint64_t kGib = 1024 * kMib;
  struct Case {
    uint64_t quota;
    uint64_t expected;
  };
  const std::vector<Case> cases{
      {1, 64 * kMib},
      {page() + 1, 64 * kMib + 2 * page()},
      {100 * kMib, 264 * kMib},
      {480 * kMib, kGib},
      {kGib, kGib},
      {uint64_t{1} << 48, kGib},
  };
  for (const Case& one : cases) {
    ArenaEnds ends(one.quota);
    CHECK_EQ(segmentFor(ends.arena(), 1), one.expected);
    const auto [memory, place] = ends.lend(1, 3);
    // The other side takes a segment of that size.
    const auto borrowed = ends.server->borrow(place);
    REQUIRE(borrowed.data != nullptr);
    CHECK(allAre(borrowed.data, 1, 3));
  }
}

TEST(channel_arena_makes_do_with_little_address_space) {
  NothingLeft guard;
  ArenaEnds ends;
  {
    const AddressSpace none(32 * kMib);
    CHECK(ends.arena().allocate(page()).problem == Problem::memory);
    CHECK_EQ(ends.arena().segments(), 0u);
  }
  {
    // Enough for what is needed on both sides, not for the 576 MiB that one would like.
    const AddressSpace little(400 * kMib);
    CHECK_EQ(segmentFor(ends.arena(), page()), 64 * kMib);
    const auto [small, first] = ends.lend(page(), 1);
    CHECK_EQ(segmentFor(ends.arena(), 65 * kMib), 65 * kMib);
    const auto [large, second] = ends.lend(65 * kMib, 2);
    CHECK_EQ(second.segment, 2u);
    // Announced in order, whichever is asked for first.
    const auto borrowed = ends.server->borrow(second);
    REQUIRE(borrowed.data != nullptr);
    CHECK_EQ(borrowed.data[65 * kMib - 1], 2);
    CHECK(ends.server->borrow(first).data != nullptr);
  }
  // All that is left of 576 MiB.
  CHECK_EQ(segmentFor(ends.arena(), 66 * kMib), (576 - 64 - 65) * kMib);
  const auto [larger, third] = ends.lend(66 * kMib, 3);
  CHECK_EQ(third.segment, 3u);
  CHECK(ends.server->borrow(third).data != nullptr);
}

TEST(channel_arena_announces_segments_in_order_whichever_is_lent_from_first) {
  NothingLeft guard;
  ArenaEnds ends;
  const AddressSpace little(400 * kMib);
  // A segment each.
  const auto first = ends.arena().allocate(page());
  const auto second = ends.arena().allocate(65 * kMib);
  REQUIRE(second.problem == Problem::none);
  second.memory.data[0] = 2;
  const auto lent = ends.client->lend(second.memory.data, 1);
  REQUIRE(lent.problem == Problem::none);
  CHECK_EQ(lent.place.segment, 2u);
  const auto borrowed = ends.server->borrow(lent.place);
  CHECK_EQ(std::string(borrowed.violation == nullptr ? "" : borrowed.violation), std::string());
  REQUIRE(borrowed.data != nullptr);
  CHECK_EQ(borrowed.data[0], 2);
  const auto later = ends.client->lend(first.memory.data, page());
  CHECK_EQ(later.place.segment, 1u);
  CHECK(ends.server->borrow(later.place).data != nullptr);
}

TEST(channel_arena_survives_that_the_receiver_has_no_address_space) {
  NothingLeft guard;
  ArenaEnds ends;
  const auto [memory, first] = ends.lend(page(), 5);
  {
    const AddressSpace none(32 * kMib);
    const auto refused = ends.server->borrow(first);
    CHECK(refused.violation == nullptr);
    CHECK(refused.data == nullptr);
    CHECK_EQ(ends.view().heldBytes(), 0u);
    ends.server->giveBack(refused.serial);
    ends.settle();
  }
  const auto again = ends.client->lend(memory.data, page());
  const auto borrowed = ends.server->borrow(again.place);
  REQUIRE(borrowed.data != nullptr);
  CHECK(allAre(borrowed.data, page(), 5));
}

}  // namespace
