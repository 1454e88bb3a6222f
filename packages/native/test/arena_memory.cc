// Which bytes of a segment are free, and which have memory: held to a map of every page.
#include <algorithm>
#include <initializer_list>
#include <vector>

#include "arena/allocator.h"
#include "arena/range_set.h"
#include "ring_support.h"
#include "support/check.h"

namespace {

using namespace doorcall::arena;
using ring_test::Random;

constexpr uint64_t kPage = 4096;

TEST(arena_ranges_are_what_was_added_less_what_was_removed) {
  constexpr uint32_t kSize = 64;
  for (uint64_t seed = 1; seed <= 500; seed++) {
    Random random(seed);
    RangeSet set;
    std::vector<bool> model(kSize);
    for (int step = 0; step < 60; step++) {
      const uint64_t from = random.below(kSize);
      const uint64_t to = from + random.below(kSize - static_cast<uint32_t>(from) + 1);
      const bool adds = random.below(3) != 0;
      adds ? set.add({from, to}) : set.remove({from, to});
      for (uint64_t at = from; at < to; at++) model[at] = adds;

      const uint64_t low = random.below(kSize);
      const uint64_t high = low + random.below(kSize - static_cast<uint32_t>(low) + 1);
      const auto any =
          std::any_of(model.begin() + static_cast<long>(low),
                      model.begin() + static_cast<long>(high), [](bool in) { return in; });
      CHECK_EQ(set.overlaps({low, high}), any);
      std::vector<bool> missing(kSize);
      uint64_t last = 0;
      for (const Range gap : set.missing({low, high})) {
        CHECK(gap.from >= std::max(low, last) && gap.from < gap.to && gap.to <= high);
        last = gap.to + 1;
        for (uint64_t at = gap.from; at < gap.to; at++) missing[at] = true;
      }
      for (uint64_t at = low; at < high; at++) CHECK_EQ(missing[at], !model[at]);
    }
    CHECK_EQ(set.empty(), std::none_of(model.begin(), model.end(), [](bool in) { return in; }));
  }
}

TEST(arena_allocator_never_gives_a_page_twice) {
  constexpr uint32_t kPages = 256;
  for (uint64_t seed = 1; seed <= 200; seed++) {
    Random random(seed);
    Allocator allocator(kPages * kPage);
    std::vector<bool> used(kPages);
    std::vector<std::pair<uint64_t, uint64_t>> given;
    for (int step = 0; step < 400; step++) {
      if (random.below(5) < 3) {
        const uint64_t pages = 1 + random.below(random.below(4) == 0 ? 128 : 8);
        const auto offset = allocator.allocate(pages * kPage);
        if (!offset) continue;
        REQUIRE(*offset % kPage == 0 && *offset / kPage + pages <= kPages);
        for (uint64_t page = *offset / kPage; page < *offset / kPage + pages; page++) {
          CHECK(!used[page]);
          used[page] = true;
        }
        given.emplace_back(*offset, pages);
      } else if (!given.empty()) {
        const size_t index = random.below(static_cast<uint32_t>(given.size()));
        const auto [offset, pages] = given[index];
        given.erase(given.begin() + static_cast<long>(index));
        for (uint64_t page = offset / kPage; page < offset / kPage + pages; page++)
          used[page] = false;
        allocator.free(offset, pages * kPage);
      }
      const auto free = static_cast<uint64_t>(std::count(used.begin(), used.end(), false));
      CHECK_EQ(allocator.freeBytes(), free * kPage);
    }
    // Whatever the order, what has come back lies together again.
    for (const auto& [offset, pages] : given) allocator.free(offset, pages * kPage);
    CHECK(allocator.allocate(kPages * kPage) == uint64_t{0});
    CHECK(!allocator.allocate(kPage).has_value());
  }
}

TEST(arena_allocator_gives_what_is_still_warm) {
  Allocator allocator(100 * kPage);
  std::vector<uint64_t> given;
  for (int i = 0; i < 5; i++) given.push_back(*allocator.allocate(2 * kPage));
  for (const size_t index : {3, 0, 2}) allocator.free(given[index], 2 * kPage);
  // Last in, first out.
  CHECK(allocator.allocate(2 * kPage) == given[2]);
  CHECK(allocator.allocate(2 * kPage) == given[0]);
  // Of another size: the lowest place, not a fresh one.
  allocator.free(given[0], 2 * kPage);
  CHECK(allocator.allocate(kPage) == given[0]);
}

TEST(arena_allocator_has_no_more_than_there_is) {
  Allocator allocator(4 * kPage);
  CHECK(!allocator.allocate(5 * kPage).has_value());
  CHECK(!allocator.allocate(UINT64_MAX).has_value());
  CHECK(allocator.allocate(4 * kPage).has_value());
  CHECK(!allocator.allocate(kPage).has_value());
}

}  // namespace
