// Walks over batches of whole records.
#include <initializer_list>

#include "napi/batch.cc"  // Node-API's glue is not linked to these tests, and this file needs none of it.
#include "napi/batch.h"
#include "ring_support.h"

namespace {

using namespace ring_test;
using namespace doorcall::channel;
using namespace doorcall::napi;

/// A batch in memory of exactly its size.
struct Records {
  void add(uint8_t kind, uint32_t callId, uint32_t payload = 0, uint8_t flags = 0) {
    RecordHeader header{};
    header.length = kHeaderBytes + payload;
    header.callId = callId;
    header.kind = kind;
    header.flags = flags;
    const size_t at = bytes.size();
    offsets.push_back(at);
    bytes.resize(at + alignRecord(header.length), 0xee);
    bytes.shrink_to_fit();
    std::memcpy(bytes.data() + at, &header, sizeof header);
  }
  void mark() { markCancelled(bytes.data(), static_cast<uint32_t>(bytes.size())); }
  bool cancelled(size_t index) const {
    return (ring_test::headerAt(bytes.data() + offsets[index]).flags & kCancelFollows) != 0;
  }

  std::vector<uint8_t> bytes;
  std::vector<size_t> offsets;
};

TEST(napi_batch_counts_the_whole_records_within_a_limit) {
  Records records;
  for (const uint32_t payload : {0u, 1u, 16u, 100u, 17u}) records.add(1, 1, payload);
  const auto whole = [&](uint32_t limit) {
    return wholeRecords(records.bytes.data(), records.bytes.size(), limit);
  };
  for (uint32_t limit = 0; limit <= records.bytes.size() + 100; limit++) {
    uint32_t expected = 0;
    for (size_t i = 1; i <= records.offsets.size(); i++) {
      const size_t end = i < records.offsets.size() ? records.offsets[i] : records.bytes.size();
      if (end <= limit) expected = static_cast<uint32_t>(end);
    }
    CHECK_EQ(whole(limit), expected);
  }
  CHECK_EQ(whole(0xffffffff), records.bytes.size());
  CHECK_EQ(wholeRecords(nullptr, 0, 100), 0u);
}

TEST(napi_batch_gives_at_least_the_first_record) {
  Records records;
  for (const uint32_t payload : {100u, 0u, 0u}) records.add(1, 1, payload);
  const auto whole = [&](uint32_t limit) {
    return wholeRecordsOrFirst(records.bytes.data(), records.bytes.size(), limit);
  };
  CHECK_EQ(whole(0), alignRecord(kHeaderBytes + 100));
  CHECK_EQ(whole(alignRecord(kHeaderBytes + 100)), alignRecord(kHeaderBytes + 100));
  CHECK_EQ(whole(kBatchBytes), records.bytes.size());
  CHECK_EQ(wholeRecordsOrFirst(nullptr, 0, 16), 0u);
}

TEST(napi_batch_marks_requests_that_are_cancelled_further_on) {
  Records records;
  records.add(kRequestKind, 1, 33, 0x03);
  records.add(kRequestKind, 2, 7);
  records.add(kOnewayKind, 3);
  records.add(kCancelKind, 1);
  records.add(kRequestKind, 4);
  records.add(kCancelKind, 3);
  records.add(kCancelKind, 99);
  const auto before = records.bytes;
  records.mark();
  CHECK(records.cancelled(0));
  for (const size_t index : {1, 2, 3, 4, 5, 6}) CHECK(!records.cancelled(index));
  // Nothing else was touched.
  records.bytes[11] &= static_cast<uint8_t>(~kCancelFollows);
  CHECK(records.bytes == before);
}

// A number is used again as soon as its answer has come; a cancel that crossed the answer belongs
// to the call before.
TEST(napi_batch_does_not_mark_a_request_behind_the_cancel) {
  Records records;
  records.add(kCancelKind, 1);
  records.add(kRequestKind, 1);
  records.mark();
  CHECK(!records.cancelled(1));
  records.add(kCancelKind, 1);
  records.add(kRequestKind, 1);
  records.mark();
  CHECK(records.cancelled(1));
  CHECK(!records.cancelled(3));
}

TEST(napi_batch_without_cancels_stays_as_it_is) {
  Records records;
  for (uint32_t i = 0; i < 50; i++) records.add(static_cast<uint8_t>(i % 5), i, i);
  const auto before = records.bytes;
  records.mark();
  CHECK(records.bytes == before);
  markCancelled(nullptr, 0);
}

}  // namespace
