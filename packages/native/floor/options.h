/// @file
/// The command line of the floor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace floor_lab {

struct Options {
  std::string kind;
  /// Payload in each direction.
  uint32_t bytes = 0;
  uint32_t durationMs = 1000;
  /// Exchanges before the measured window, not recorded.
  uint32_t warmUpMs = 100;
  /// Where the scheduler likes, unless given.
  std::optional<uint32_t> serverCpu;
  std::optional<uint32_t> clientCpu;
};

/// Ends the process after --help (exit code 0) or what cannot be understood (exit code 2).
Options parseOptions(int argc, char** argv);

}  // namespace floor_lab
