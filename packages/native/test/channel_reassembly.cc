// Putting fragmented messages together again, from a sender that may be hostile.
#include <algorithm>
#include <initializer_list>
#include <string>

#include "channel/reassembly.h"
#include "ring_support.h"

namespace {

using namespace ring_test;
using doorcall::channel::Reassembly;

constexpr uint32_t kLimit = 10'000;

/// A receiver, and pieces to feed it.
struct Rig {
  explicit Rig(uint32_t limit = kLimit) : reassembly(limit) {}

  Reassembly::Outcome piece(uint32_t callId, uint8_t kind, uint8_t flags,
                            const std::vector<uint8_t>& payload) {
    RecordHeader header = headerOf(callId);
    header.kind = kind;
    header.flags = flags;
    header.length = kHeaderBytes + static_cast<uint32_t>(payload.size());
    // Of exactly its size, so that AddressSanitizer sees a step beyond.
    return reassembly.take(header, payload.data());
  }
  Reassembly::Outcome begin(uint32_t callId, uint32_t total, uint32_t from, uint32_t to) {
    std::vector<uint8_t> payload(4);
    std::memcpy(payload.data(), &total, 4);
    payload.insert(payload.end(), patternOf(callId) + from, patternOf(callId) + to);
    return piece(callId, 3, kFragmented | 1, payload);
  }
  Reassembly::Outcome more(uint32_t callId, uint32_t from, uint32_t to) {
    return piece(callId, kContinuation, 1, {patternOf(callId) + from, patternOf(callId) + to});
  }
  Reassembly::Outcome abort(uint32_t callId) { return piece(callId, kAbort, 0, {}); }

  Reassembly reassembly;
};

bool isPending(const Reassembly::Outcome& outcome) {
  return outcome.violation == nullptr && !outcome.completed && outcome.message.bytes == nullptr;
}

bool isWhole(const Reassembly::Outcome& outcome, uint32_t callId, uint32_t total) {
  return outcome.violation == nullptr && outcome.completed && outcome.completed->callId == callId &&
         outcome.message.size == total &&
         std::memcmp(outcome.message.bytes.get(), patternOf(callId), total) == 0;
}

std::string violationOf(const Reassembly::Outcome& outcome) {
  CHECK(!outcome.completed);
  return outcome.violation != nullptr ? outcome.violation : "none";
}

TEST(channel_reassembly_concerns_pieces_and_aborts) {
  RecordHeader header = headerOf(1);
  header.kind = 3;
  header.flags = 0x1f;
  CHECK(!Reassembly::concerns(header));
  header.flags = kFragmented;
  CHECK(Reassembly::concerns(header));
  header.flags = 0;
  for (const uint8_t kind : {kContinuation, kAbort}) {
    header.kind = kind;
    CHECK(Reassembly::concerns(header));
  }
}

TEST(channel_reassembly_restores_message_and_header) {
  for (const uint32_t step : {1u, 7u, 496u, 5000u}) {
    Rig rig;
    CHECK(isPending(rig.begin(9, kLimit, 0, step)));
    CHECK(!rig.reassembly.empty());
    for (uint32_t at = step; at < kLimit; at += step) {
      const uint32_t to = std::min(kLimit, at + step);
      const auto outcome = rig.more(9, at, to);
      if (to < kLimit) {
        REQUIRE(isPending(outcome));
        continue;
      }
      CHECK(isWhole(outcome, 9, kLimit));
      CHECK_EQ(outcome.completed->kind, 3);
      CHECK_EQ(outcome.completed->flags, 1);
      CHECK_EQ(outcome.completed->method, headerOf(9).method);
      CHECK_EQ(outcome.completed->aux, headerOf(9).aux);
    }
    CHECK(rig.reassembly.empty());
  }
}

TEST(channel_reassembly_keeps_four_apart) {
  Rig rig;
  for (uint32_t callId = 0; callId < 4; callId++) {
    CHECK(isPending(rig.begin(callId, 100 + callId, 0, 10)));
  }
  for (uint32_t at = 10; at < 90; at += 10) {
    for (uint32_t callId = 0; callId < 4; callId++) CHECK(isPending(rig.more(callId, at, at + 10)));
  }
  for (const uint32_t callId : {2u, 0u, 3u, 1u}) {
    CHECK(isWhole(rig.more(callId, 90, 100 + callId), callId, 100 + callId));
  }
  CHECK(rig.reassembly.empty());
}

TEST(channel_reassembly_refuses_a_fifth_at_once) {
  Rig rig;
  for (uint32_t callId = 0; callId < 4; callId++) rig.begin(callId, 100, 0, 10);
  CHECK_EQ(violationOf(rig.begin(4, 100, 0, 10)),
           std::string("too many fragmented messages at once"));
  Rig another;
  for (uint32_t callId = 0; callId < 4; callId++) another.begin(callId, 100, 0, 10);
  CHECK(isWhole(another.more(1, 10, 100), 1, 100));
  CHECK(isPending(another.begin(4, 100, 0, 10)));
}

TEST(channel_reassembly_refuses_what_no_sender_does) {
  const std::string noContent = "fragment without content";
  CHECK_EQ(violationOf(Rig().more(1, 0, 10)),
           std::string("continuation of a message that never began"));
  {
    Rig rig;
    rig.begin(1, 100, 0, 10);
    CHECK_EQ(violationOf(rig.more(2, 0, 10)),
             std::string("continuation of a message that never began"));
  }
  {
    Rig rig;
    rig.begin(1, 100, 0, 10);
    CHECK_EQ(violationOf(rig.begin(1, 100, 0, 10)),
             std::string("two fragmented messages with one call id"));
  }
  for (uint32_t size = 0; size <= 4; size++) {
    CHECK_EQ(violationOf(Rig().piece(1, 3, kFragmented, std::vector<uint8_t>(size))), noContent);
  }
  {
    Rig rig;
    rig.begin(1, 100, 0, 10);
    CHECK_EQ(violationOf(rig.more(1, 10, 10)), noContent);
  }
}

TEST(channel_reassembly_refuses_wrong_lengths) {
  // Nothing may be allocated for what is beyond the limit.
  for (const uint32_t total : {kLimit + 1, 0x80000000u, 0xffffffffu}) {
    Rig rig;
    CHECK_EQ(violationOf(rig.begin(1, total, 0, 10)),
             std::string("message longer than the negotiated limit"));
    CHECK(rig.reassembly.empty());
  }
  for (const uint32_t total : {0u, 9u, 10u}) {
    CHECK_EQ(violationOf(Rig().begin(1, total, 0, 10)),
             std::string("fragmented message that fits one record"));
  }
  CHECK(isPending(Rig().begin(1, 11, 0, 10)));
  for (const uint32_t beyond : {1u, 100u, 480u}) {
    Rig rig;
    rig.begin(1, 100, 0, 10);
    CHECK(isPending(rig.more(1, 10, 99)));
    CHECK_EQ(violationOf(rig.more(1, 99, 100 + beyond)),
             std::string("more fragments than the message is long"));
  }
}

TEST(channel_reassembly_forgets_what_is_aborted) {
  Rig rig;
  for (uint32_t callId = 0; callId < 4; callId++) rig.begin(callId, 100, 0, 10);
  CHECK(isPending(rig.abort(1)));
  CHECK(isPending(rig.abort(77)));
  // Its place and its number are free again.
  CHECK(isPending(rig.begin(1, 50, 0, 20)));
  CHECK(isWhole(rig.more(1, 20, 50), 1, 50));
  for (const uint32_t callId : {0u, 2u, 3u}) CHECK(isWhole(rig.more(callId, 10, 100), callId, 100));
  CHECK(rig.reassembly.empty());
  rig.begin(5, 100, 0, 10);
  rig.abort(5);
  CHECK_EQ(violationOf(rig.more(5, 10, 20)),
           std::string("continuation of a message that never began"));
}

TEST(channel_reassembly_survives_any_sequence_of_pieces) {
  Random random(6);
  for (int round = 0; round < 2000; round++) {
    Rig rig(1000);
    for (;;) {
      const uint8_t kinds[] = {3, kContinuation, kContinuation, kContinuation, kAbort};
      std::vector<uint8_t> payload(random.below(200));
      const uint32_t total = random.below(1100);
      if (payload.size() >= 4) std::memcpy(payload.data(), &total, 4);
      const uint8_t kind = kinds[random.below(5)];
      const auto outcome = rig.piece(random.below(5), kind,
                                     kind == 3 || random.below(9) == 0 ? kFragmented : 0, payload);
      if (outcome.violation != nullptr) break;
      CHECK_EQ(outcome.completed.has_value(), outcome.message.bytes != nullptr);
    }
  }
}

}  // namespace
