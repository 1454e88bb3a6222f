// What waits before the ring: order, turns, bounds, and what a dead peer never took.
#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>
#include <string>

#include "channel/outbound.h"
#include "channel/reassembly.h"
#include "ring_support.h"

namespace {

using namespace ring_test;
using doorcall::channel::Outbound;
using doorcall::channel::Reassembly;
using doorcall::channel::Untaken;
using Result = Outbound::Result;

constexpr uint32_t kRing = kMinRingBytes;
constexpr uint32_t kPayload = maxRecordPayload(kRing);
constexpr uint32_t kUnboundedMessages = 1u << 30;
constexpr uint64_t kUnboundedBytes = uint64_t{1} << 40;

struct Record {
  RecordHeader header;
  std::vector<uint8_t> payload;

  bool isControl() const { return header.kind == 5; }
  bool isPiece() const { return (header.flags & kFragmented) != 0 || header.kind == kContinuation; }
};

/// A sender with its queue, and the peer that takes records when told to.
struct Rig : OneWay {
  explicit Rig(uint32_t maxMessages = kUnboundedMessages, uint64_t maxBytes = kUnboundedBytes,
               uint32_t position = 0)
      : OneWay(kRing, position), outbound(producer, maxMessages, maxBytes) {}

  /// Message number `sequence`, recognisable by its pattern.
  Result send(uint32_t sequence, uint32_t size) {
    const auto payload = patternOf(sequence, size);
    const auto result = outbound.send(headerOf(sequence), payload.data(), size, false);
    producer.publish();
    return result;
  }
  Result control(uint32_t callId) {
    RecordHeader header{};
    header.kind = 5;
    header.callId = callId;
    const auto result = outbound.send(header, nullptr, 0, true);
    producer.publish();
    return result;
  }
  Result pump() {
    const auto result = outbound.pump();
    producer.publish();
    return result;
  }
  /// The peer takes one batch of at most `capacity` bytes.
  std::vector<Record> take(uint32_t capacity = maxRecordBytes(kRing)) {
    std::vector<Record> records;
    Batch batch(capacity);
    const auto drained = consumer.drain(batch.data(), batch.capacity);
    CHECK(drained.violation == nullptr);
    for (uint32_t at = 0; at < drained.bytes;) {
      Record record{headerAt(batch.data() + at), {}};
      record.payload.assign(batch.data() + at + 16, batch.data() + at + record.header.length);
      at += alignRecord(record.header.length);
      records.push_back(std::move(record));
    }
    consumer.publishHead();
    return records;
  }
  /// The peer takes and this side pumps until nothing is left.
  std::vector<Record> takeAll() {
    std::vector<Record> all;
    for (;;) {
      auto some = take();
      if (some.empty() && outbound.empty()) return all;
      for (Record& record : some) all.push_back(std::move(record));
      CHECK(pump() == Result::accepted);
    }
  }
  /// Fills the ring up to the reserve with empty records of call `callId`.
  void fill(uint32_t callId = 0) {
    RecordHeader header{};
    header.kind = 1;
    header.callId = callId;
    while (producer.write(header, nullptr, 0, nullptr, 0, kControlReserveBytes) ==
           Producer::Result::written) {
    }
    producer.publish();
  }
  void setHead(uint64_t head) { receiver.own().header().head.store(static_cast<uint32_t>(head)); }

  Outbound outbound;
};

bool isMessage(const Record& record, uint32_t sequence, uint32_t size) {
  RecordHeader expected = headerOf(sequence);
  expected.length = kHeaderBytes + size;
  return std::memcmp(&record.header, &expected, sizeof expected) == 0 &&
         record.payload == patternOf(sequence, size);
}

bool isUntaken(const Untaken& one, uint32_t sequence, uint32_t size) {
  const RecordHeader expected = headerOf(sequence);
  const auto payload = patternOf(sequence, size);
  return one.header.callId == expected.callId && one.header.method == expected.method &&
         one.header.kind == expected.kind && one.header.flags == expected.flags &&
         one.header.aux == expected.aux && one.size == size &&
         (size == 0 ? one.bytes == nullptr
                    : std::equal(payload.begin(), payload.end(), one.bytes.get()));
}

/// What arrives, put together again.
std::map<uint32_t, std::vector<uint8_t>> messagesOf(const std::vector<Record>& records) {
  std::map<uint32_t, std::vector<uint8_t>> messages;
  Reassembly reassembly(1u << 30);
  for (const Record& record : records) {
    if (!Reassembly::concerns(record.header)) {
      messages[record.header.callId] = record.payload;
      continue;
    }
    auto outcome = reassembly.take(record.header, record.payload.data());
    CHECK(outcome.violation == nullptr);
    if (!outcome.completed) continue;
    messages[outcome.completed->callId].assign(outcome.message.bytes.get(),
                                               outcome.message.bytes.get() + outcome.message.size);
  }
  CHECK(reassembly.empty());
  return messages;
}

// ---- order --------------------------------------------------------------------------------------

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
    REQUIRE(rig.send(i, sizes[i]) == Result::accepted);
    // Taken now and then, so that some go straight and some through the queue.
    if (random.below(3) == 0) {
      for (Record& record : rig.take()) arrived.push_back(std::move(record));
    }
    if (random.below(5) == 0) rig.pump();
  }
  CHECK(!rig.outbound.empty());
  for (Record& record : rig.takeAll()) arrived.push_back(std::move(record));
  REQUIRE_EQ(arrived.size(), sizes.size());
  for (uint32_t i = 0; i < sizes.size(); i++) CHECK(isMessage(arrived[i], i, sizes[i]));
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

TEST(channel_outbound_does_not_let_a_message_overtake_queued_controls) {
  Rig rig;
  rig.fill();
  constexpr uint32_t kControls = kControlReserveBytes / kHeaderBytes + 1;
  for (uint32_t i = 0; i < kControls; i++) CHECK(rig.control(i) == Result::accepted);
  // The peer makes space, and the next thing that happens here is a send, not a pump.
  while (!rig.take().empty()) {
  }
  CHECK(rig.send(100, 0) == Result::accepted);
  const auto records = rig.takeAll();
  REQUIRE_EQ(records.size(), 2u);
  CHECK(records[0].isControl());
  CHECK(isMessage(records[1], 100, 0));
}

// ---- large messages -----------------------------------------------------------------------------

TEST(channel_outbound_sends_a_large_message_in_pieces) {
  for (const uint32_t size :
       {kPayload + 1, 2 * kPayload, 2 * kPayload - 4, 2 * kPayload - 3, 100 * kPayload + 7}) {
    Rig rig;
    CHECK(rig.send(9, size) == Result::accepted);
    const auto records = rig.takeAll();
    REQUIRE(records.size() >= 2);
    CHECK_EQ(records.size(), (size + 4 + kPayload - 1) / kPayload);
    RecordHeader expected = headerOf(9);
    expected.flags |= kFragmented;
    for (size_t i = 0; i < records.size(); i++) {
      expected.length = records[i].header.length;
      if (i == 1) {
        expected.kind = kContinuation;
        expected.flags = headerOf(9).flags;
      }
      CHECK(std::memcmp(&records[i].header, &expected, sizeof expected) == 0);
      CHECK(records[i].payload.size() == kPayload || i + 1 == records.size());
      CHECK(!records[i].payload.empty());
    }
    uint32_t total = 0;
    std::memcpy(&total, records[0].payload.data(), sizeof total);
    CHECK_EQ(total, size);
    CHECK(messagesOf(records)[9] == patternOf(9, size));
    CHECK_EQ(rig.outbound.queuedBytes(), 0u);
  }
}

TEST(channel_outbound_takes_turns_between_small_and_large) {
  Rig rig;
  rig.fill();
  CHECK(rig.send(1000, 40 * kPayload) == Result::accepted);
  constexpr uint32_t kSmall = 100;
  for (uint32_t i = 0; i < 200; i++) CHECK(rig.send(i, kSmall) == Result::accepted);
  const auto records = rig.takeAll();
  uint32_t smallBytes = 0;
  uint32_t smalls = 0;
  uint32_t piecesInARow = 0;
  uint32_t pieces = 0;
  for (const Record& record : records) {
    if (record.isPiece()) {
      smallBytes = 0;
      pieces++;
      piecesInARow++;
      // While small ones wait, one piece is a turn.
      if (smalls < 200) CHECK_EQ(piecesInARow, 1u);
    } else if (isMessage(record, smalls, kSmall)) {
      smalls++;
      piecesInARow = 0;
      smallBytes += record.header.length;
      // A record's worth and at most one message more.
      if (pieces > 0 && pieces < 41) CHECK(smallBytes <= kPayload + kHeaderBytes + kSmall);
    }
  }
  CHECK_EQ(smalls, 200u);
  CHECK(messagesOf(records)[1000] == patternOf(1000, 40 * kPayload));
}

TEST(channel_outbound_gives_a_large_message_its_turn_among_those_that_need_no_queue) {
  Rig rig;
  rig.fill();
  CHECK(rig.send(1000, 3 * kPayload) == Result::accepted);
  // The peer takes one small record, we send one: never is there more free at once.
  uint32_t pieces = 0;
  for (uint32_t i = 0; i < 2000; i++) {
    for (const Record& record : rig.take(maxRecordBytes(kRing))) pieces += record.isPiece() ? 1 : 0;
    while (rig.producer.refreshHead() &&
           kRing - (rig.producer.tail() - rig.producer.headSeen()) >= kControlReserveBytes + 32 &&
           rig.outbound.queuedMessages() < 50) {
      REQUIRE(rig.send(i, 16) == Result::accepted);
    }
    rig.pump();
  }
  CHECK_EQ(pieces, 4u);
}

TEST(channel_outbound_has_at_most_four_large_messages_under_way) {
  Rig rig;
  rig.fill();
  constexpr uint32_t kMessages = 11;
  for (uint32_t i = 0; i < kMessages; i++) {
    CHECK(rig.send(i, (3 + 2 * i) * kPayload) == Result::accepted);
  }
  const auto records = rig.takeAll();
  std::map<uint32_t, uint32_t> missing;
  size_t most = 0;
  std::vector<uint32_t> begun;
  for (const Record& record : records) {
    if (!record.isPiece()) continue;
    const uint32_t callId = record.header.callId;
    if ((record.header.flags & kFragmented) != 0) {
      begun.push_back(callId);
      missing[callId] = (3 + 2 * callId) * kPayload + kFragmentPrefixBytes;
    }
    REQUIRE(missing.count(callId) == 1);
    missing[callId] -= static_cast<uint32_t>(record.payload.size());
    most = std::max(most, missing.size());
    if (missing[callId] == 0) missing.erase(callId);
  }
  CHECK_EQ(most, Reassembly::kMaxFragmentedAtOnce);
  CHECK(std::is_sorted(begun.begin(), begun.end()));
  const auto messages = messagesOf(records);
  for (uint32_t i = 0; i < kMessages; i++) {
    CHECK(messages.at(i) == patternOf(i, (3 + 2 * i) * kPayload));
  }
}

TEST(channel_outbound_large_messages_take_turns_among_themselves) {
  Rig rig;
  rig.fill(99);
  for (uint32_t i = 0; i < 3; i++) CHECK(rig.send(i, 10 * kPayload) == Result::accepted);
  uint32_t expected = 0;
  for (const Record& record : rig.takeAll()) {
    if (!record.isPiece()) continue;
    CHECK_EQ(record.header.callId, expected++ % 3);
  }
  CHECK_EQ(expected, 33u);
}

// ---- bounds -------------------------------------------------------------------------------------

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
}

// ---- withdraw -----------------------------------------------------------------------------------

TEST(channel_outbound_withdraws_what_is_queued) {
  Rig rig;
  rig.fill(50);
  CHECK(rig.send(1, 100) == Result::accepted);
  CHECK(rig.send(2, 200) == Result::accepted);
  CHECK(rig.send(3, 2 * kPayload) == Result::accepted);
  CHECK(rig.send(4, 3 * kPayload) == Result::accepted);
  CHECK(rig.outbound.withdraw(1));
  CHECK(rig.outbound.withdraw(3));
  CHECK(!rig.outbound.withdraw(1));
  CHECK(!rig.outbound.withdraw(3));
  CHECK(!rig.outbound.withdraw(77));
  CHECK_EQ(rig.outbound.queuedBytes(), 200 + 3 * kPayload);
  CHECK_EQ(rig.outbound.queuedMessages(), 2u);
  const auto records = rig.takeAll();
  for (const Record& record : records) {
    CHECK(record.header.callId != 1 && record.header.callId != 3);
    CHECK(record.header.kind != kAbort);
  }
  const auto messages = messagesOf(records);
  CHECK(messages.at(2) == patternOf(2, 200));
  CHECK(messages.at(4) == patternOf(4, 3 * kPayload));
  CHECK_EQ(rig.outbound.queuedBytes(), 0u);
}

TEST(channel_outbound_withdraws_not_what_was_sent) {
  Rig rig;
  CHECK(rig.send(1, 100) == Result::accepted);
  CHECK(rig.send(2, 2 * kPayload) == Result::accepted);
  CHECK(rig.outbound.empty());
  CHECK(!rig.outbound.withdraw(1));
  CHECK(!rig.outbound.withdraw(2));
  CHECK_EQ(messagesOf(rig.takeAll()).size(), 2u);
}

TEST(channel_outbound_aborts_what_is_half_sent) {
  Rig rig;
  CHECK(rig.send(1, 20 * kPayload) == Result::accepted);
  CHECK(rig.send(2, 20 * kPayload) == Result::accepted);
  CHECK(!rig.outbound.empty());
  auto records = rig.take();
  CHECK(rig.outbound.withdraw(1));
  rig.producer.publish();
  CHECK_EQ(rig.outbound.queuedMessages(), 1u);
  CHECK_EQ(rig.outbound.queuedBytes(), 20 * kPayload);
  // The number may be used again at once.
  CHECK(rig.send(1, 2 * kPayload) == Result::accepted);
  for (Record& record : rig.takeAll()) records.push_back(std::move(record));
  const auto aborts = std::count_if(records.begin(), records.end(), [](const Record& record) {
    return record.header.kind == kAbort;
  });
  CHECK_EQ(aborts, 1);
  const auto messages = messagesOf(records);
  CHECK_EQ(messages.size(), 2u);
  CHECK(messages.at(1) == patternOf(1, 2 * kPayload));
  CHECK(messages.at(2) == patternOf(2, 20 * kPayload));
}

TEST(channel_outbound_never_shows_more_than_four_at_once_even_when_it_withdraws) {
  Rig rig;
  Random random(4);
  std::vector<Record> records;
  for (uint32_t i = 0; i < 300; i++) {
    CHECK(rig.send(i, (1 + random.below(6)) * kPayload + 1) == Result::accepted);
    if (random.below(3) == 0) rig.outbound.withdraw(i - random.below(8));
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

// ---- what was never taken -----------------------------------------------------------------------

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
  CHECK(rig.send(1, 30 * kPayload) == Result::accepted);
  CHECK(rig.send(2, 30 * kPayload) == Result::accepted);
  CHECK(rig.send(3, 30 * kPayload) == Result::accepted);
  for (int i = 0; i < 5; i++) {
    rig.take();
    rig.pump();
  }
  CHECK(rig.outbound.withdraw(2));
  rig.producer.publish();
  const auto untaken = rig.outbound.takeUntaken();
  REQUIRE_EQ(untaken.size(), 2u);
  for (const Untaken& one : untaken) CHECK(isUntaken(one, one.header.callId, 30 * kPayload));
  CHECK_EQ(untaken[0].header.callId + untaken[1].header.callId, 4u);
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
                              false) == Result::accepted);
      CHECK(rig.send(2, 5) == Result::accepted);
      rig.producer.publish();
      for (uint64_t inside = 16; inside < payload.size(); inside += 16) {
        Rig copy(kUnboundedMessages, kUnboundedBytes, position);
        copy.outbound.send(headerOf(1), payload.data(), static_cast<uint32_t>(payload.size()),
                           false);
        copy.send(2, 5);
        copy.setHead(uint64_t{position} + inside);
        for (const Untaken& one : copy.outbound.takeUntaken()) CHECK(one.header.callId != 666);
      }
    }
  }
}

}  // namespace
