// Messages larger than a record on their way out: pieces, turns, and how many at once.
#include <algorithm>
#include <initializer_list>
#include <map>

#include "channel_outbound_rig.h"

namespace {

using namespace channel_test;

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

TEST(channel_outbound_keeps_a_large_message_until_it_was_taken) {
  Rig rig;
  CHECK(rig.send(1, 3 * kPayload) == Result::accepted);
  CHECK(rig.outbound.empty());
  CHECK(rig.outbound.keepsSent());
  rig.setHead(rig.producer.tail() - 32);
  CHECK(rig.pump() == Result::accepted);
  CHECK(rig.outbound.keepsSent());
  rig.setHead(rig.producer.tail());
  CHECK(rig.pump() == Result::accepted);
  CHECK(!rig.outbound.keepsSent());
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
  for (const bool begun : {false, true}) {
    Rig rig;
    // Some pieces of it go at once, or the first one already has to wait.
    if (!begun) rig.fill();
    CHECK(rig.send(1000, 20 * kPayload) == Result::accepted);
    // The peer takes one record's worth, we send that much at once: never is there more free.
    uint32_t pieces = 0;
    for (uint32_t i = 0; i < 2000; i++) {
      for (const Record& record : rig.take()) pieces += record.isPiece() ? 1 : 0;
      while (rig.producer.refreshHead() &&
             kRing - (rig.producer.tail() - rig.producer.headSeen()) >= kControlReserveBytes + 32 &&
             rig.outbound.queuedMessages() < 50) {
        REQUIRE(rig.send(i, 16) == Result::accepted);
      }
      rig.pump();
    }
    CHECK_EQ(pieces, 21u);
  }
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

}  // namespace
