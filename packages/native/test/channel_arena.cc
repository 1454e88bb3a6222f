// Memory that one side lends the other: seen without a copy, and given back clean.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cstring>
#include <initializer_list>

#include "channel_arena_ends.h"
#include "os_sandbox.h"

namespace {

using namespace channel_test;

TEST(channel_arena_lends_memory_and_has_it_back) {
  NothingLeft guard;
  ArenaEnds ends;
  for (const size_t bytes : {size_t{1}, size_t{4096}, size_t{3} * kMib + 1}) {
    const auto [memory, place] = ends.lend(bytes, 7);
    CHECK_EQ(place.length, bytes);
    CHECK_EQ(ends.arena().lentBytes(), roundUpTo(page(), bytes));
    const auto borrowed = ends.server->borrow(place);
    REQUIRE(borrowed.data != nullptr);
    CHECK(allAre(borrowed.data, bytes, 7));
    CHECK_EQ(ends.view().heldBytes(), roundUpTo(page(), bytes));
    ends.arena().dispose(memory);
    // Both must have let it go.
    CHECK(ends.arena().allocatedBytes() > 0);
    CHECK(ends.arena().find(memory.data, 1).has_value());
    ends.server->giveBack(borrowed.serial);
    ends.server->giveBack(borrowed.serial);
    ends.settle();
    CHECK_EQ(ends.arena().allocatedBytes(), 0u);
    CHECK_EQ(ends.arena().lentBytes(), 0u);
    CHECK_EQ(ends.view().heldBytes(), 0u);
    CHECK(!ends.arena().find(memory.data, 1).has_value());
  }
  CHECK_EQ(ends.arena().segments(), 1u);
  CHECK_EQ(ends.view().segments(), 1u);
  CHECK(ends.client->violation() == nullptr);
}

TEST(channel_arena_shows_no_stale_page_when_memory_is_used_again) {
  NothingLeft guard;
  ArenaEnds ends;
  constexpr size_t kPages = 700;
  const size_t bytes = kPages * page();
  const uint8_t* before = nullptr;
  for (int round = 1; round <= 20; round++) {
    const auto [memory, place] = ends.lend(bytes, round);
    // The same memory each time, or there would be nothing to see.
    CHECK(before == nullptr || before == memory.data);
    before = memory.data;
    const auto borrowed = ends.server->borrow(place);
    REQUIRE(borrowed.data != nullptr);
    CHECK(allAre(borrowed.data, bytes, round));
    CHECK(ends.view().expose(borrowed.serial).data == borrowed.data);
    for (size_t i = 0; i < kPages; i++) {
      if (i % static_cast<size_t>(1 + round) < 2) borrowed.data[i * page() + i % page()] = 200;
    }
    // The sender sees nothing of it.
    CHECK(allAre(memory.data, bytes, round));
    ends.server->giveBack(borrowed.serial);
    ends.arena().dispose(memory);
    ends.settle();
  }
}

TEST(channel_arena_looks_for_written_pages_only_where_somebody_could_write) {
  NothingLeft guard;
  ArenaEnds ends;
  constexpr size_t kPages = 16;
  const size_t bytes = kPages * page();
  const auto [memory, first] = ends.lend(bytes, 1);
  const auto read = ends.server->borrow(first);
  REQUIRE(read.data != nullptr);
  const auto bytesRead = ends.view().look(read.serial);
  CHECK(bytesRead.data == read.data);
  CHECK_EQ(bytesRead.length, bytes);
  CHECK(allAre(bytesRead.data, bytes, 1));
  // Nothing to find, and therefore nothing that could find it.
  const int before = os_test::openFdCount();
  ends.server->giveBack(read.serial);
  ends.settle();
  CHECK_EQ(os_test::openFdCount(), before);
  // The same pages: seen through a view that only read, and written by their owner since.
  std::memset(memory.data, 2, bytes);
  const auto written = ends.server->borrow(ends.client->lend(memory.data, bytes).place);
  CHECK(written.data == read.data);
  CHECK(allAre(written.data, bytes, 2));
  const auto exposed = ends.view().expose(written.serial);
  REQUIRE(exposed.data != nullptr);
  std::memset(exposed.data + 3 * page(), 99, 5 * page());
  ends.server->giveBack(written.serial);
  ends.settle();
  CHECK_EQ(os_test::openFdCount(), before + 1);
  std::memset(memory.data, 3, bytes);
  const auto again = ends.server->borrow(ends.client->lend(memory.data, bytes).place);
  CHECK(again.data == read.data);
  CHECK(allAre(again.data, bytes, 3));
}

TEST(channel_arena_knows_its_views_by_serials_that_are_never_used_twice) {
  NothingLeft guard;
  ArenaEnds ends;
  PeerArena& view = ends.view();
  const auto [memory, place] = ends.lend(3 * page() - 5, 6);
  const auto borrowed = ends.server->borrow(place);
  REQUIRE(borrowed.data != nullptr);
  CHECK(borrowed.serial >= 1);
  for (const uint64_t none : {uint64_t{0}, borrowed.serial + 1, UINT64_MAX}) {
    CHECK(view.look(none).data == nullptr);
    CHECK(view.expose(none).data == nullptr);
    CHECK(!view.letGo(none));
    CHECK_EQ(view.giveBack(none), 0u);
  }
  CHECK_EQ(view.expose(borrowed.serial).length, 3 * page() - 5);
  CHECK(view.expose(borrowed.serial).data == nullptr);
  CHECK(view.look(borrowed.serial).data == borrowed.data);
  // Let go of: nobody sees it any more, and it is counted until it is given back.
  CHECK(view.letGo(borrowed.serial));
  CHECK(!view.letGo(borrowed.serial));
  CHECK(view.look(borrowed.serial).data == nullptr);
  CHECK_EQ(view.heldBlobs(), 1u);
  CHECK_EQ(view.giveBack(borrowed.serial), place.slot);
  CHECK_EQ(view.giveBack(borrowed.serial), 0u);
  CHECK(view.look(borrowed.serial).data == nullptr);
  CHECK(!view.letGo(borrowed.serial));
  CHECK_EQ(view.heldBlobs(), 0u);
  CHECK(ends.arena().takeBack(place.slot));
  const auto later = ends.server->borrow(ends.client->lend(memory.data, 1).place);
  CHECK(later.serial > borrowed.serial);
  const auto unseen = ends.server->borrow(ends.client->lend(memory.data, 1).place);
  CHECK(view.letGo(unseen.serial));
  CHECK(view.expose(unseen.serial).data == nullptr);
}

// As above where the kernel cannot scan (before Linux 6.7), and where there is no pagemap at all.
TEST(channel_arena_shows_no_stale_page_on_other_kernels) {
  NothingLeft guard;
  const size_t bytes = 3000 * page();
  auto file = os::createArenaFile(bytes);
  REQUIRE(file.ok());
  std::memset(file.value().memory.data(), 1, bytes);
  auto view = os::Mapping::map(file.value().fd.get(), bytes, os::Access::copyOnWrite);
  REQUIRE(view.ok());
  auto* const data = static_cast<uint8_t*>(view.value().data());
  const auto write = [&] {
    for (size_t i = 0; i < bytes; i += 3 * page()) data[i] = 9;
  };
  constexpr uint32_t kScan = 3u << 30 | 96u << 16 | 'f' << 8 | 16;
  os_test::underSandbox({{SYS_ioctl, 1, ~0u, kScan, -ENOTTY}}, [&] {
    write();
    os::WrittenPages().drop(data, bytes);
    CHECK(allAre(data, bytes, 1));
  });
  write();
  rlimit former;
  ::getrlimit(RLIMIT_NOFILE, &former);
  const rlimit none{0, former.rlim_max};
  CHECK_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const os::WrittenPages blind;
  CHECK_EQ(::setrlimit(RLIMIT_NOFILE, &former), 0);
  blind.drop(data, bytes);
  CHECK(allAre(data, bytes, 1));
}

TEST(channel_arena_keeps_read_pages_when_it_drops_written_ones) {
  NothingLeft guard;
  constexpr size_t kPages = 64;
  const size_t bytes = kPages * page();
  auto file = os::createArenaFile(bytes);
  REQUIRE(file.ok());
  std::memset(file.value().memory.data(), 1, bytes);
  auto view = os::Mapping::map(file.value().fd.get(), bytes, os::Access::copyOnWrite);
  auto* const data = static_cast<uint8_t*>(view.value().data());
  CHECK(allAre(data, bytes, 1));
  data[5 * page()] = 2;
  os::WrittenPages().drop(data, bytes);
  // Only the written one has to come again.
  rusage former;
  ::getrusage(RUSAGE_THREAD, &former);
  for (size_t i = 0; i < kPages; i++) CHECK_EQ(static_cast<volatile uint8_t*>(data)[i * page()], 1);
  rusage now;
  ::getrusage(RUSAGE_THREAD, &now);
  CHECK(now.ru_minflt - former.ru_minflt < static_cast<long>(kPages / 2));
}

TEST(channel_arena_lends_one_piece_several_times) {
  NothingLeft guard;
  ArenaEnds ends;
  const auto [memory, first] = ends.lend(4 * page(), 3);
  const auto second = ends.client->lend(memory.data + page() + 1, 2 * page());
  REQUIRE(second.problem == Problem::none);
  CHECK_EQ(second.place.offset, first.offset + page() + 1);
  CHECK(second.place.slot != first.slot);
  const auto one = ends.server->borrow(first);
  const auto other = ends.server->borrow(second.place);
  REQUIRE(one.data != nullptr && other.data != nullptr);
  // Never two views on one address: what one writes is not the other's.
  const uint8_t* const end = one.data + 4 * page();
  CHECK(other.data >= end || other.data + 2 * page() <= one.data);
  one.data[page() + 1] = 50;
  CHECK(allAre(other.data, 2 * page(), 3));
  ends.arena().dispose(memory);
  ends.server->giveBack(one.serial);
  ends.settle();
  CHECK(ends.arena().allocatedBytes() > 0);
  CHECK(allAre(other.data, 2 * page(), 3));
  ends.server->giveBack(other.serial);
  ends.settle();
  CHECK_EQ(ends.arena().allocatedBytes(), 0u);
}

TEST(channel_arena_views_parts_that_share_a_page_apart) {
  NothingLeft guard;
  ArenaEnds ends;
  const auto allocated = ends.arena().allocate(page());
  uint8_t* const data = allocated.memory.data;
  data[0] = 1;
  const auto first = ends.server->borrow(ends.client->lend(data, 10).place);
  REQUIRE(first.data != nullptr);
  first.data[5] = 99;
  // Written after the first was lent, into the same page, elsewhere.
  data[100] = 2;
  const auto second = ends.server->borrow(ends.client->lend(data + 100, 10).place);
  REQUIRE(second.data != nullptr);
  CHECK_EQ(second.data[0], 2);
  ends.server->giveBack(first.serial);
  ends.server->giveBack(second.serial);
}

TEST(channel_arena_keeps_to_what_the_peer_takes) {
  NothingLeft guard;
  ArenaEnds ends(kMib);
  CHECK(ends.arena().allocate(kMib + 1).problem == Problem::quota);
  CHECK(ends.arena().allocate(UINT64_MAX).problem == Problem::quota);
  const auto [memory, place] = ends.lend(kMib / 2, 1);
  const auto again = ends.client->lend(memory.data, kMib / 2);
  CHECK(again.problem == Problem::none);
  CHECK(ends.client->lend(memory.data, 1).problem == Problem::quota);
  CHECK(ends.arena().allocate(kMib / 2).problem == Problem::none);
  CHECK(ends.arena().allocate(1).problem == Problem::quota);
  CHECK(ends.arena().takeBack(again.place.slot));
  CHECK(ends.client->lend(memory.data, 1).problem == Problem::none);
  ArenaEnds none(0);
  CHECK(none.arena().allocate(1).problem == Problem::unwanted);
}

TEST(channel_arena_views_outlive_the_connection_and_its_owner) {
  NothingLeft guard;
  std::shared_ptr<PeerArena> view;
  std::shared_ptr<OwnArena> own;
  const uint8_t* seen = nullptr;
  OwnArena::Memory kept;
  {
    ArenaEnds ends;
    const auto [memory, place] = ends.lend(3 * page(), 4);
    kept = memory;
    seen = ends.server->borrow(place).data;
    REQUIRE(seen != nullptr);
    view = ends.server->peerArena();
    own = ends.client->ownArena();
    ends.client->close();
  }
  CHECK(allAre(seen, 3 * page(), 4));
  CHECK(own->allocate(1).problem == Problem::closed);
  CHECK(own->lend(kept.data, 1).problem == Problem::closed);
  own->dispose(kept);
  own.reset();
  CHECK(allAre(seen, 3 * page(), 4));
  view.reset();
}

TEST(channel_arena_leaves_memory_as_it_was_when_there_is_no_room) {
  NothingLeft guard;
  ArenaEnds ends;
  // No descriptor for a segment.
  rlimit former;
  ::getrlimit(RLIMIT_NOFILE, &former);
  const rlimit tight{static_cast<rlim_t>(::dup(0)), former.rlim_max};
  ::close(static_cast<int>(tight.rlim_cur));
  CHECK_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  CHECK(ends.arena().allocate(1).problem == Problem::memory);
  CHECK_EQ(::setrlimit(RLIMIT_NOFILE, &former), 0);
  CHECK_EQ(ends.arena().allocatedBytes(), 0u);
  // No room on the socket to announce it.
  const auto allocated = ends.arena().allocate(1);
  REQUIRE(allocated.problem == Problem::none);
  const uint8_t bell = 0;
  while (os::sendMessage(ends.client->socket(), &bell, 1, nullptr, 0).ok()) {
  }
  CHECK(ends.client->lend(allocated.memory.data, 1).problem == Problem::socket);
  CHECK_EQ(ends.arena().lentBytes(), 0u);
  drainSocket(*ends.server);
  CHECK(ends.client->lend(allocated.memory.data, 1).problem == Problem::none);
}

TEST(channel_arena_says_that_the_peer_is_gone_when_a_segment_cannot_be_announced_to_it) {
  NothingLeft guard;
  ArenaEnds ends;
  const auto allocated = ends.arena().allocate(1);
  REQUIRE(allocated.problem == Problem::none);
  ends.server.reset();
  CHECK(ends.client->lend(allocated.memory.data, 1).problem == Problem::closed);
  CHECK_EQ(ends.arena().lentBytes(), 0u);
}

TEST(channel_arena_shows_a_view_within_its_segment_as_often_as_asked) {
  NothingLeft guard;
  ArenaEnds ends;
  const auto [first, firstPlace] = ends.lend(page() + 1, 1);
  const auto [second, secondPlace] = ends.lend(5, 2);
  const auto before = ends.server->borrow(firstPlace);
  const auto after = ends.server->borrow(secondPlace);
  for (int round = 0; round < 2; round++) {
    const auto seen = ends.view().inSegment(after.serial);
    REQUIRE(seen.has_value());
    CHECK_EQ(seen->segment, 0u);
    CHECK_EQ(seen->offset, secondPlace.offset);
    CHECK_EQ(seen->length, 5u);
    CHECK(seen->all.data + seen->offset == after.data);
    CHECK(seen->all.length >= seen->offset + seen->length);
    CHECK(seen->all.data == ends.view().inSegment(before.serial)->all.data);
  }
  for (const uint64_t none : {uint64_t{0}, after.serial + 1, UINT64_MAX})
    CHECK(!ends.view().inSegment(none).has_value());
  // It may have been written through.
  after.data[0] = 99;
  CHECK(ends.view().letGo(after.serial));
  CHECK(!ends.view().inSegment(after.serial).has_value());
  ends.server->giveBack(after.serial);
  CHECK_EQ(after.data[0], 2);
  CHECK(!ends.view().inSegment(after.serial).has_value());
  // Memory that is lent twice: the second view has a mapping of its own.
  const auto again = ends.client->lend(first.data, page());
  REQUIRE(again.problem == Problem::none);
  const auto own = ends.server->borrow(again.place);
  REQUIRE(own.data != nullptr);
  CHECK(!ends.view().inSegment(own.serial).has_value());
  CHECK(ends.view().inSegment(before.serial).has_value());
}

}  // namespace
