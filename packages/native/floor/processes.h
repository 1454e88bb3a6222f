/// @file
/// The two processes of a measurement: none of them outlives the other, or whoever started them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace floor_lab {

/// This process ends with the one that started it.
void endWithParent();

/// Forks, once. In the child the return value is 0, and it dies with its parent. When it ends
/// before dismissServer(), the parent ends as well, with the exit code of the child or 1. A parent
/// that is told to end (SIGTERM, SIGINT) ends it first, so that it is left to nobody.
pid_t forkServer();

/// Ends the child, and returns once it has ended.
void dismissServer();

/// Stays on this CPU. Ends the process with exit code 2 when it may not.
void stayOn(std::optional<uint32_t> cpu);

}  // namespace floor_lab
