// The ring with both sides at work at once: two threads, two processes.
//
// With one mapping ThreadSanitizer sees the bytes that are handed over: make the store of `tail` or
// `head` relaxed, or either load, and it reports the race. x86 itself cannot show it, since it
// neither reorders stores with stores nor loads with loads.
#include <thread>

#include "ring_joined.h"
#include "ring_side.h"

namespace {

using namespace ring_test;
using namespace os_test;

/// Of many sizes, mostly small, some as large as can be.
uint32_t sizeOf(uint32_t sequence, uint32_t largest) {
  const uint32_t mixed = sequence * 2654435761u >> 8;
  return mixed % 16 == 0 ? largest - mixed / 16 % 3 : mixed % 97;
}

bool sendAll(Side& side, uint32_t count, uint32_t largest) {
  for (uint32_t i = 0; i < count; i++) {
    if (!side.send(i, sizeOf(i, largest))) return false;
  }
  return true;
}

bool receiveAll(Side& side, uint32_t count, uint32_t largest, uint32_t ringBytes) {
  Batch batch(maxRecordBytes(ringBytes));
  uint32_t next = 0;
  bool right = true;
  while (next < count && right) {
    if (!side.receive(batch, [&](const uint8_t* record) {
          right = right && isRecord(record, next, sizeOf(next, largest));
          next++;
        })) {
      return false;
    }
  }
  return right && next == count && !side.consumer.hasMore();
}

void transferBetweenThreads(uint32_t ringBytes, uint32_t position, uint32_t count) {
  HeapSegment left(ringBytes, position);
  HeapSegment right(ringBytes, position);
  Side sender(left.own(), right.peer());
  Side receiver(right.own(), left.peer());
  const uint32_t largest = maxRecordPayload(ringBytes);
  bool sent = false;
  std::thread thread([&] { sent = sendAll(sender, count, largest); });
  CHECK(receiveAll(receiver, count, largest, ringBytes));
  thread.join();
  CHECK(sent);
  CHECK(sender.producer.allTaken());
  CHECK(sender.rings <= receiver.parks);
  CHECK(receiver.rings <= sender.parks);
}

TEST(ring_between_threads_many_times_around_the_smallest_ring) {
  transferBetweenThreads(kMinRingBytes, 0, 100'000);
}

TEST(ring_between_threads_across_two_to_the_32) {
  transferBetweenThreads(16 * 1024, 0u - 1024 * 1024, 30'000);
}

// Each writes what only it can write, and reads what it cannot write.
TEST(ring_between_processes_in_both_directions) {
  constexpr uint32_t kRingBytes = 8192;
  constexpr uint32_t kCount = 20'000;
  constexpr uint32_t kLargest = maxRecordPayload(kRingBytes);
  constexpr uint32_t kInFlight = 8;
  NothingLeft guard;
  SocketPair sockets;
  Child echo([&] {
    Joined joined(sockets.b.get(), kRingBytes);
    if (!joined.peer.valid()) return false;
    Side side(joined.views().own, joined.views().peer);
    Batch batch(maxRecordBytes(kRingBytes));
    uint32_t next = 0;
    bool good = true;
    while (good && next < kCount) {
      good = side.receive(batch, [&](const uint8_t* record) {
        good = good && isRecord(record, next, sizeOf(next, kLargest)) &&
               side.send(next, sizeOf(next, kLargest));
        next++;
      }) && good;
    }
    return good && next == kCount;
  });
  Joined joined(sockets.a.get(), kRingBytes);
  REQUIRE(joined.peer.valid());
  Side side(joined.views().own, joined.views().peer);
  Batch batch(maxRecordBytes(kRingBytes));
  uint32_t sent = 0;
  uint32_t received = 0;
  bool good = true;
  while (good && received < kCount) {
    while (good && sent < kCount && sent - received < kInFlight) {
      good = side.send(sent, sizeOf(sent, kLargest));
      sent++;
    }
    good = good && side.receive(batch, [&](const uint8_t* record) {
      good = good && isRecord(record, received, sizeOf(received, kLargest));
      received++;
    }) && good;
  }
  CHECK(good);
  CHECK_EQ(received, kCount);
  CHECK(echo.wait());
}

}  // namespace
