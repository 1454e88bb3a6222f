/// @file
/// CPU quotas of control groups. Internal to the `os` layer.
#pragma once

#include <optional>
#include <string>

namespace doorcall::os {

/// The tightest CPU quota of this process's control group and its visible ancestors, in CPUs (0.5:
/// half of one), whether version 1, version 2 or both; none when unlimited or when /proc does not
/// tell.
///
/// @param fileSystemRoot goes before every path that is read; not empty only in tests.
std::optional<double> cgroupCpuQuota(const std::string& fileSystemRoot = "");

}  // namespace doorcall::os
