// What waits before the ring: order, bounds, and taking messages back.
#include <algorithm>
#include <initializer_list>
#include <set>

#include "channel_outbound_rig.h"

namespace {

using namespace channel_test;

TEST(channel_outbound_goes_straight_into_the_ring) {
  Rig rig;
  for (const uint32_t size : {0u, 1u, 17u, kPayload}) {
    CHECK(rig.send(size, size) == Result::accepted);
    CHECK(rig.outbound.empty());
    CHECK_EQ(rig.outbound.queuedBytes(), 0u);
    const auto records = rig.take();
    REQUIRE_EQ(records.size(), 1u);
    CHECK(isMessage(records[0], size, size));
  }
}

TEST(channel_outbound_keeps_small_messages_in_order) {
  Rig rig;
  Random random(1);
  std::vector<uint32_t> sizes;
  std::vector<Record> arrived;
  for (uint32_t i = 0; i < 2000; i++) {
    sizes.push_back(random.below(kPayload + 1));
    // Large ones in between give the small ones turns in which to go straight.
    if (random.below(20) == 0) {
      CHECK(rig.send(10'000 + i, random.below(5 * kPayload)) == Result::accepted);
    }
    REQUIRE(rig.send(i, sizes[i]) == Result::accepted);
    // Taken now and then, so that some go straight and some through the queue.
    if (random.below(3) == 0) {
      for (Record& record : rig.take()) arrived.push_back(std::move(record));
    }
    if (random.below(5) == 0) rig.pump();
  }
  CHECK(!rig.outbound.empty());
  for (Record& record : rig.takeAll()) arrived.push_back(std::move(record));
  uint32_t next = 0;
  for (const Record& record : arrived) {
    if (record.header.callId >= 10'000) continue;
    REQUIRE(next < sizes.size());
    CHECK(isMessage(record, next, sizes[next]));
    next++;
  }
  CHECK_EQ(next, sizes.size());
  CHECK_EQ(rig.outbound.queuedBytes(), 0u);
  CHECK_EQ(rig.outbound.queuedMessages(), 0u);
}

TEST(channel_outbound_lets_controls_overtake_what_is_queued) {
  Rig rig;
  rig.fill();
  CHECK(rig.send(100, 10) == Result::accepted);
  CHECK(rig.send(101, 5 * kPayload) == Result::accepted);
  CHECK_EQ(rig.outbound.queuedMessages(), 2u);
  CHECK(rig.control(7) == Result::accepted);
  CHECK_EQ(rig.outbound.queuedMessages(), 2u);
  const auto records = rig.takeAll();
  const auto at = [&](auto matches) {
    return std::find_if(records.begin(), records.end(), matches) - records.begin();
  };
  const auto control = at([](const Record& record) { return record.isControl(); });
  CHECK(control < at([](const Record& record) { return record.header.callId == 100; }));
  CHECK(control < at([](const Record& record) { return record.header.callId == 101; }));
}

TEST(channel_outbound_keeps_so_many_controls_and_no_more) {
  Rig rig;
  rig.fill();
  size_t kept = 0;
  while (kept <= 2 * Outbound::kMostControls && rig.control(1) == Result::accepted) kept++;
  // Some have found space in the ring.
  CHECK(kept >= Outbound::kMostControls);
  CHECK(kept < Outbound::kMostControls + kRing);
  rig.takeAll();
  CHECK(rig.control(1) == Result::accepted);
}

TEST(channel_outbound_queues_controls_beyond_the_reserve_before_everything_else) {
  Rig rig;
  rig.fill();
  CHECK(rig.send(100, 0) == Result::accepted);
  constexpr uint32_t kControls = 3 * kControlReserveBytes / kHeaderBytes;
  for (uint32_t i = 0; i < kControls; i++) CHECK(rig.control(i) == Result::accepted);
  CHECK_EQ(rig.producer.tail(), kRing);
  CHECK(rig.send(101, 0) == Result::accepted);
  uint32_t controls = 0;
  for (const Record& record : rig.takeAll()) {
    if (record.isControl()) {
      CHECK_EQ(record.header.callId, controls);
      controls++;
    } else if (record.header.callId >= 100) {
      CHECK_EQ(controls, kControls);
    }
  }
  CHECK_EQ(controls, kControls);
}

TEST(channel_outbound_does_not_let_anything_overtake_queued_controls) {
  for (const bool control : {false, true}) {
    Rig rig;
    // With a large message sent shortly before it is the small ones' turn.
    CHECK(rig.send(1, 2 * kPayload) == Result::accepted);
    rig.takeAll();
    rig.fill();
    constexpr uint32_t kControls = kControlReserveBytes / kHeaderBytes + 1;
    for (uint32_t i = 0; i < kControls; i++) CHECK(rig.control(i) == Result::accepted);
    // The peer makes space, and the next thing that happens here is a send, not a pump.
    while (!rig.take().empty()) {
    }
    CHECK((control ? rig.control(100) : rig.send(100, 0)) == Result::accepted);
    const auto records = rig.takeAll();
    REQUIRE_EQ(records.size(), 2u);
    CHECK(records[0].isControl());
    CHECK_EQ(records[0].header.callId, kControls - 1);
    CHECK_EQ(records[1].header.callId, 100u);
  }
}

TEST(channel_outbound_refuses_items_while_anything_waits) {
  for (const bool behindLarge : {false, true}) {
    Rig rig;
    CHECK(rig.item(1, 10) == Result::accepted);
    CHECK(rig.outbound.empty());
    rig.fill();
    // An empty queue takes one, whatever it is.
    if (behindLarge) {
      CHECK(rig.send(2, 5 * kPayload) == Result::accepted);
    } else {
      CHECK(rig.item(2, 20) == Result::accepted);
    }
    CHECK(rig.item(3, 0) == Result::full);
    CHECK(rig.item(4, kPayload) == Result::full);
    CHECK_EQ(rig.outbound.queuedMessages(), 1u);
    // What calls send may wait behind it all the same.
    CHECK(rig.send(5, 30) == Result::accepted);
    CHECK(rig.item(6, 0) == Result::full);
    rig.takeAll();
    CHECK(rig.item(7, 0) == Result::accepted);
    CHECK_EQ(rig.takeAll().size(), 1u);
  }
}

TEST(channel_outbound_lets_no_item_overtake_what_waits_although_there_is_room) {
  Rig rig;
  rig.fill();
  CHECK(rig.send(1, 10) == Result::accepted);
  while (!rig.take().empty()) {
  }
  CHECK(rig.item(2, 10) == Result::full);
  const auto records = rig.takeAll();
  REQUIRE_EQ(records.size(), 1u);
  CHECK(isMessage(records[0], 1, 10));
}

TEST(channel_outbound_refuses_items_behind_queued_controls) {
  Rig rig;
  rig.fill();
  constexpr uint32_t kControls = kControlReserveBytes / kHeaderBytes + 1;
  for (uint32_t i = 0; i < kControls; i++) CHECK(rig.control(i) == Result::accepted);
  CHECK(rig.item(1, 0) == Result::full);
}

TEST(channel_outbound_queue_is_bounded_in_messages) {
  Rig rig(3);
  rig.fill();
  for (uint32_t i = 0; i < 3; i++) CHECK(rig.send(i, 1) == Result::accepted);
  CHECK(rig.send(3, 1) == Result::full);
  CHECK(rig.send(4, 2 * kPayload) == Result::full);
  CHECK_EQ(rig.outbound.queuedMessages(), 3u);
  CHECK_EQ(rig.outbound.queuedBytes(), 3u);
  // Controls are never refused, nor do they count.
  for (uint32_t i = 0; i < 100; i++) CHECK(rig.control(5) == Result::accepted);
  CHECK_EQ(rig.outbound.queuedMessages(), 3u);
  std::set<uint32_t> arrived;
  for (const Record& record : rig.takeAll()) arrived.insert(record.header.callId);
  CHECK(arrived == (std::set<uint32_t>{0, 1, 2, 5}));
  CHECK(rig.send(6, 1) == Result::accepted);
}

TEST(channel_outbound_queue_is_bounded_in_bytes) {
  Rig rig(kUnboundedMessages, 10 * kPayload);
  rig.fill();
  CHECK(rig.send(0, 6 * kPayload) == Result::accepted);
  CHECK(rig.send(1, 4 * kPayload + 1) == Result::full);
  for (uint32_t i = 2; i < 6; i++) CHECK(rig.send(i, kPayload) == Result::accepted);
  CHECK_EQ(rig.outbound.queuedBytes(), 10 * kPayload);
  CHECK(rig.send(7, 1) == Result::full);
  CHECK(rig.send(8, 0) == Result::accepted);
  CHECK_EQ(rig.outbound.queuedBytes(), 10 * kPayload);
  rig.takeAll();
  CHECK_EQ(rig.outbound.queuedBytes(), 0u);
  CHECK(rig.send(10, kPayload) == Result::accepted);
}

TEST(channel_outbound_empty_queue_takes_a_message_beyond_every_bound) {
  Rig rig(0, 0);
  rig.fill();
  CHECK(rig.send(1, 20 * kPayload) == Result::accepted);
  CHECK(rig.send(2, 0) == Result::full);
  CHECK(messagesOf(rig.takeAll()).at(1) == patternOf(1, 20 * kPayload));
  CHECK(rig.outbound.empty());
}

TEST(channel_outbound_reports_a_broken_head) {
  const auto lie = [](Rig& rig) {
    rig.fill();
    rig.setHead(rig.producer.tail() + kRing);
  };
  {
    Rig rig;
    lie(rig);
    CHECK(rig.send(1, 1) == Result::broken);
  }
  {
    Rig rig;
    lie(rig);
    CHECK(rig.send(1, 2 * kPayload) == Result::broken);
  }
  {
    Rig rig;
    lie(rig);
    auto result = Result::accepted;
    for (int i = 0; i < 40 && result == Result::accepted; i++) result = rig.control(1);
    CHECK(result == Result::broken);
  }
  {
    Rig rig;
    rig.fill();
    CHECK(rig.send(1, 1) == Result::accepted);
    rig.setHead(rig.producer.tail() + 16);
    CHECK(rig.pump() == Result::broken);
  }
  {
    // Though nothing waits but control records.
    Rig rig;
    rig.fill();
    while (rig.outbound.empty()) CHECK(rig.control(1) == Result::accepted);
    rig.setHead(rig.producer.tail() + 16);
    CHECK(rig.pump() == Result::broken);
  }
}

TEST(channel_outbound_withdraws_what_is_queued) {
  Rig rig;
  rig.fill(50);
  CHECK(rig.send(7, 100) == Result::accepted);
  CHECK(rig.send(14, 200) == Result::accepted);
  CHECK(rig.send(21, 2 * kPayload) == Result::accepted);
  CHECK(rig.send(28, 3 * kPayload) == Result::accepted);
  CHECK(rig.outbound.withdraw(7));
  CHECK(rig.outbound.withdraw(21));
  CHECK(!rig.outbound.withdraw(7));
  CHECK(!rig.outbound.withdraw(21));
  CHECK(!rig.outbound.withdraw(77));
  CHECK_EQ(rig.outbound.queuedBytes(), 200 + 3 * kPayload);
  CHECK_EQ(rig.outbound.queuedMessages(), 2u);
  const auto records = rig.takeAll();
  for (const Record& record : records) {
    CHECK(record.header.callId != 7 && record.header.callId != 741);
    CHECK(record.header.kind != kAbort);
  }
  const auto messages = messagesOf(records);
  CHECK(messages.at(14) == patternOf(14, 200));
  CHECK(messages.at(28) == patternOf(28, 3 * kPayload));
  CHECK_EQ(rig.outbound.queuedBytes(), 0u);
}

TEST(channel_outbound_withdraws_requests_only) {
  Rig rig;
  rig.fill(50);
  // An answer and an item of calls that happen to have the same number.
  RecordHeader header{};
  header.callId = 1;
  header.kind = kReplyKind;
  CHECK(rig.outbound.send(header, nullptr, 0, Precedence::message) == Result::accepted);
  CHECK(rig.outbound.send(header, patternOf(1), 2 * kPayload, Precedence::message) ==
        Result::accepted);
  CHECK(!rig.outbound.withdraw(1));
  header.kind = kRequestKind;
  CHECK(rig.outbound.send(header, nullptr, 0, Precedence::message) == Result::accepted);
  CHECK(rig.outbound.withdraw(1));
  CHECK(!rig.outbound.withdraw(1));
  CHECK_EQ(rig.outbound.queuedMessages(), 2u);
}

TEST(channel_outbound_withdraws_not_what_was_sent) {
  Rig rig;
  CHECK(rig.send(7, 100) == Result::accepted);
  CHECK(rig.send(14, 2 * kPayload) == Result::accepted);
  CHECK(rig.outbound.empty());
  CHECK(!rig.outbound.withdraw(7));
  CHECK(!rig.outbound.withdraw(14));
  CHECK_EQ(messagesOf(rig.takeAll()).size(), 2u);
}

TEST(channel_outbound_aborts_what_is_half_sent) {
  Rig rig;
  CHECK(rig.send(7, 20 * kPayload) == Result::accepted);
  CHECK(rig.send(14, 20 * kPayload) == Result::accepted);
  CHECK(!rig.outbound.empty());
  auto records = rig.take();
  CHECK(rig.outbound.withdraw(7));
  rig.producer.publish();
  CHECK_EQ(rig.outbound.queuedMessages(), 1u);
  CHECK_EQ(rig.outbound.queuedBytes(), 20 * kPayload);
  // The number may be used again at once.
  CHECK(rig.send(7, 2 * kPayload) == Result::accepted);
  for (Record& record : rig.takeAll()) records.push_back(std::move(record));
  const auto aborts = std::count_if(records.begin(), records.end(), [](const Record& record) {
    return record.header.kind == kAbort;
  });
  CHECK_EQ(aborts, 1);
  const auto messages = messagesOf(records);
  CHECK_EQ(messages.size(), 2u);
  CHECK(messages.at(7) == patternOf(7, 2 * kPayload));
  CHECK(messages.at(14) == patternOf(14, 20 * kPayload));
}

TEST(channel_outbound_never_shows_more_than_four_at_once_even_when_it_withdraws) {
  Rig rig;
  Random random(4);
  std::vector<Record> records;
  for (uint32_t i = 0; i < 300; i++) {
    CHECK(rig.send(7 * i, (1 + random.below(6)) * kPayload + 1) == Result::accepted);
    if (random.below(3) == 0) rig.outbound.withdraw(7 * (i - random.below(8)));
    if (random.below(2) == 0) rig.control(10'000 + i);
    rig.producer.publish();
    if (random.below(4) == 0) {
      for (Record& record : rig.take()) records.push_back(std::move(record));
      rig.pump();
    }
  }
  for (Record& record : rig.takeAll()) records.push_back(std::move(record));
  // messagesOf() checks that nothing violates the receiver's rules, and that nothing is left open.
  for (const auto& [callId, bytes] : messagesOf(records)) {
    if (callId < 10'000) CHECK(bytes == patternOf(callId, static_cast<uint32_t>(bytes.size())));
  }
  CHECK_EQ(rig.outbound.queuedBytes(), 0u);
}

}  // namespace
