// Records that wait for JavaScript, in order, however they are taken and put back.
#include <algorithm>
#include <random>

#include "napi/set_aside.cc"  // As in napi_batch.cc.
#include "napi/set_aside.h"
#include "ring_support.h"

namespace {

using namespace ring_test;
using namespace doorcall::napi;

constexpr size_t kMebibyte = 1u << 20;

std::vector<uint8_t> bytesFrom(uint32_t number, size_t count) {
  std::vector<uint8_t> bytes(count);
  for (size_t i = 0; i < count; i++) bytes[i] = static_cast<uint8_t>((number + i) * 31 >> 3);
  return bytes;
}

TEST(napi_set_aside_keeps_the_order_of_what_is_appended_taken_and_put_back) {
  std::mt19937 random(7);
  const auto below = [&random](size_t limit) { return static_cast<size_t>(random() % limit); };
  SetAside aside;
  std::vector<uint8_t> expected;
  for (uint32_t step = 0; step < 4'000; step++) {
    if (below(3) == 0) {
      const auto bytes = bytesFrom(step, 16 * (1 + below(step % 50 == 0 ? kBatchBytes / 16 : 40)));
      aside.append(bytes.data(), bytes.size());
      expected.insert(expected.end(), bytes.begin(), bytes.end());
    } else if (!expected.empty()) {
      const auto first = aside.first();
      const std::vector<uint8_t> taken(
          first.begin(), first.begin() + static_cast<ptrdiff_t>(1 + below(first.size())));
      CHECK(std::equal(taken.begin(), taken.end(), expected.begin()));
      aside.take(taken.size());
      // What came meanwhile stands behind the rest.
      const auto later = bytesFrom(step, below(2) * 48);
      aside.append(later.data(), later.size());
      expected.insert(expected.end(), later.begin(), later.end());
      const size_t consumed = below(taken.size() + 1);
      aside.putBack(taken.data() + consumed, taken.size() - consumed);
      expected.erase(expected.begin(), expected.begin() + static_cast<ptrdiff_t>(consumed));
    }
    CHECK_EQ(aside.bytes(), expected.size());
    CHECK_EQ(aside.empty(), expected.empty());
  }
  while (!aside.empty()) {
    const auto first = aside.first();
    CHECK(std::equal(first.begin(), first.end(), expected.begin()));
    expected.erase(expected.begin(), expected.begin() + static_cast<ptrdiff_t>(first.size()));
    aside.take(first.size());
  }
  CHECK(expected.empty());
}

// A peer may send megabytes beside a synchronous call, and they are taken in small shares.
TEST(napi_set_aside_moves_nothing_when_some_is_taken) {
  SetAside aside;
  const auto bytes = bytesFrom(1, 16 * 1024);
  for (size_t i = 0; i < 8 * kMebibyte / bytes.size(); i++)
    aside.append(bytes.data(), bytes.size());
  size_t moved = 0;
  while (!aside.empty()) {
    const auto before = aside.first();
    CHECK(before.size() <= kBatchBytes);
    aside.take(16);
    const auto after = aside.first();
    const bool stayed = before.size() == 16 || after.data() == before.data() + 16;
    if (!stayed) moved += aside.bytes();
  }
  CHECK_EQ(moved, 0u);
  CHECK_EQ(aside.bytes(), 0u);
}

TEST(napi_set_aside_is_empty_when_cleared) {
  SetAside aside;
  CHECK(aside.first().empty());
  aside.take(0);
  aside.append(nullptr, 0);
  aside.putBack(nullptr, 0);
  CHECK(aside.empty());
  const auto bytes = bytesFrom(1, 64);
  aside.append(bytes.data(), bytes.size());
  aside.clear();
  CHECK(aside.empty());
  CHECK_EQ(aside.bytes(), 0u);
  CHECK(aside.first().empty());
}

}  // namespace
