#pragma once

#include <cstddef>
#include <cstdint>

/** Walks over batches: private copies of whole, checked records, each padded to 16 bytes. */
namespace doorcall::napi {

/** How many bytes of whole records stand at the beginning of `bytes` within `limit`. */
uint32_t wholeRecords(const uint8_t* batch, size_t bytes, uint32_t limit);

/** The same, but at least the first record of what is a whole batch. */
uint32_t wholeRecordsOrFirst(const uint8_t* batch, size_t bytes, uint32_t limit);

/** Sets ring::kCancelFollows on requests that a later record of the batch cancels, so that they
 * never start. */
void markCancelled(uint8_t* batch, uint32_t bytes);

}  // namespace doorcall::napi
