// What a dead peer never took, and may therefore be sent to another.
#include <algorithm>
#include <initializer_list>
#include <map>

#include "channel_outbound_rig.h"

namespace {

using namespace channel_test;

TEST(channel_outbound_lists_exactly_what_lies_beyond_the_head) {
  for (const uint32_t position : {0u, 0u - 256, 0u - 2048}) {
    for (uint32_t taken = 0; taken <= 20; taken++) {
      Rig rig(kUnboundedMessages, kUnboundedBytes, position);
      std::vector<uint64_t> ends{rig.producer.tail()};
      for (uint32_t i = 0; i < 20; i++) {
        CHECK(rig.send(i, i * 7) == Result::accepted);
        ends.push_back(rig.producer.tail());
      }
      rig.setHead(ends[taken]);
      const auto untaken = rig.outbound.takeUntaken();
      REQUIRE_EQ(untaken.size(), 20 - taken);
      for (uint32_t i = taken; i < 20; i++) CHECK(isUntaken(untaken[i - taken], i, i * 7));
    }
  }
}

TEST(channel_outbound_lists_what_is_queued_too) {
  Rig rig;
  rig.fill(1000);
  CHECK(rig.send(1, 0) == Result::accepted);
  CHECK(rig.send(2, 33) == Result::accepted);
  CHECK(rig.send(3, 5 * kPayload) == Result::accepted);
  CHECK(rig.control(4) == Result::accepted);
  rig.setHead(rig.producer.tail());
  const auto untaken = rig.outbound.takeUntaken();
  REQUIRE_EQ(untaken.size(), 3u);
  std::map<uint32_t, const Untaken*> byCall;
  for (const Untaken& one : untaken) byCall[one.header.callId] = &one;
  CHECK(byCall.count(1) == 1 && isUntaken(*byCall[1], 1, 0));
  CHECK(byCall.count(2) == 1 && isUntaken(*byCall[2], 2, 33));
  CHECK(byCall.count(3) == 1 && isUntaken(*byCall[3], 3, 5 * kPayload));
  CHECK(rig.outbound.empty());
  CHECK_EQ(rig.outbound.queuedBytes(), 0u);
}

// The peer took some pieces of it, all but the last one, all: only the last of these is taken.
TEST(channel_outbound_a_large_message_is_taken_with_its_last_piece) {
  constexpr uint32_t kSize = 6 * kPayload;
  for (uint32_t pieces = 0; pieces <= 7; pieces++) {
    Rig rig;
    CHECK(rig.send(1, 10) == Result::accepted);
    CHECK(rig.send(2, kSize) == Result::accepted);
    CHECK(rig.outbound.empty());
    CHECK(rig.send(3, 20) == Result::accepted);
    rig.setHead(std::min(32 + uint64_t{pieces} * maxRecordBytes(kRing), rig.producer.tail() - 48));
    const auto untaken = rig.outbound.takeUntaken();
    REQUIRE_EQ(untaken.size(), pieces < 7 ? 2u : 1u);
    CHECK(isUntaken(untaken[0], 3, 20));
    if (pieces < 7) CHECK(isUntaken(untaken[1], 2, kSize));
  }
}

TEST(channel_outbound_lists_a_large_message_that_is_half_sent) {
  Rig rig;
  CHECK(rig.send(7, 30 * kPayload) == Result::accepted);
  CHECK(rig.send(14, 30 * kPayload) == Result::accepted);
  CHECK(rig.send(21, 30 * kPayload) == Result::accepted);
  for (int i = 0; i < 5; i++) {
    rig.take();
    rig.pump();
  }
  CHECK(rig.outbound.withdraw(14));
  rig.producer.publish();
  const auto untaken = rig.outbound.takeUntaken();
  REQUIRE_EQ(untaken.size(), 2u);
  for (const Untaken& one : untaken) CHECK(isUntaken(one, one.header.callId, 30 * kPayload));
  CHECK_EQ(untaken[0].header.callId + untaken[1].header.callId, 28u);
}

TEST(channel_outbound_forgets_large_messages_that_were_taken) {
  Rig rig;
  for (uint32_t i = 0; i < 50; i++) {
    CHECK(rig.send(i, 4 * kPayload) == Result::accepted);
    rig.takeAll();
  }
  CHECK(rig.outbound.takeUntaken().empty());
}

TEST(channel_outbound_claims_nothing_of_a_peer_whose_head_is_impossible) {
  for (const uint64_t lie : {uint64_t{8}, uint64_t{kRing}, uint64_t{0x80000000}}) {
    Rig rig;
    CHECK(rig.send(1, 10) == Result::accepted);
    CHECK(rig.send(2, 3 * kPayload) == Result::accepted);
    rig.fill(1000);
    CHECK(rig.send(3, 20) == Result::accepted);
    CHECK(rig.send(4, 2 * kPayload) == Result::accepted);
    rig.setHead(rig.producer.tail() + lie);
    // Whatever was in the ring may have been executed; what was not, cannot.
    for (const Untaken& one : rig.outbound.takeUntaken()) {
      CHECK(one.header.callId == 3 || one.header.callId == 4);
    }
  }
}

// A head inside a record makes payload look like headers: whoever chose the payload must gain
// nothing by it, neither a crash nor a message of their own.
TEST(channel_outbound_claims_nothing_of_a_head_inside_a_record) {
  for (const uint32_t length : {0u, 1u, 15u, 16u, 17u, 32u, 48u, 256u, 512u, 513u, 4096u,
                                0x7fffffffu, 0xfffffff0u, 0xffffffffu}) {
    for (const uint32_t position : {0u, 0u - 2048}) {
      Rig rig(kUnboundedMessages, kUnboundedBytes, position);
      RecordHeader forged = headerOf(666);
      forged.length = length;
      std::vector<uint8_t> payload;
      while (payload.size() + 16 <= kPayload) {
        const auto* bytes = reinterpret_cast<const uint8_t*>(&forged);
        payload.insert(payload.end(), bytes, bytes + sizeof forged);
      }
      CHECK(rig.outbound.send(headerOf(1), payload.data(), static_cast<uint32_t>(payload.size()),
                              Precedence::message) == Result::accepted);
      CHECK(rig.send(2, 5) == Result::accepted);
      rig.producer.publish();
      for (uint64_t inside = 16; inside < payload.size(); inside += 16) {
        Rig copy(kUnboundedMessages, kUnboundedBytes, position);
        copy.outbound.send(headerOf(1), payload.data(), static_cast<uint32_t>(payload.size()),
                           Precedence::message);
        copy.send(2, 5);
        copy.setHead(uint64_t{position} + inside);
        for (const Untaken& one : copy.outbound.takeUntaken()) CHECK(one.header.callId != 666);
      }
    }
  }
}

}  // namespace
