/// @file
/// Sleeping on, and waking sleepers of, a 32-bit word in memory shared between processes.
///
/// Both directions work through a read-only mapping, so either side may sleep on a word of the
/// other's segment, and either side may wake the sleepers of a word that it cannot write.
#pragma once

#include <atomic>
#include <cstdint>

namespace doorcall::os {

static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t));
static_assert(std::atomic<uint32_t>::is_always_lock_free);

/// Sleeps while `*word == expected`. The comparison and the falling asleep are one atomic step with
/// respect to futexWake(), so a waker that changes the word first and wakes then is never missed.
///
/// @param timeoutNs longest sleep in nanoseconds of CLOCK_MONOTONIC, relative; negative: no limit.
/// @return 0 when woken (spurious wakes are possible: re-check the condition), EAGAIN when the word
///   already differed, ETIMEDOUT, or EINTR when a signal came.
int futexWait(const std::atomic<uint32_t>* word, uint32_t expected, int64_t timeoutNs);

/// Wakes at most `count` sleepers of `word`, in whatever process and through whatever mapping they
/// sleep. Never blocks. A failure could only mean an unmapped or unaligned word, which is a bug of
/// the caller, so there is nothing to return (asserted).
void futexWake(const std::atomic<uint32_t>* word, int count);

}  // namespace doorcall::os
