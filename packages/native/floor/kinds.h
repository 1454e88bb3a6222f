/// @file
/// What the floor can measure.
#pragma once

namespace floor_lab {

inline constexpr const char* kKinds[] = {"ring", "ring-parked", "futex", "pipe", "unix-socket"};

}  // namespace floor_lab
