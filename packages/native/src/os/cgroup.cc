#include "os/cgroup.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <sstream>
#include <vector>

#include "os/unique_fd.h"

namespace doorcall::os {
namespace {

enum class Version { v1, v2 };

std::string readFile(const std::string& path) {
  std::string text;
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return text;
  char chunk[4096];
  for (;;) {
    ssize_t got = ::read(fd.get(), chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(chunk, static_cast<size_t>(got));
  }
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

bool listContains(const std::string& commaSeparated, const char* word) {
  std::vector<std::string> words = split(commaSeparated, ',');
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Where a hierarchy is mounted, and which of its groups is visible there.
struct Mount {
  std::string point;
  std::string group;
};

/// Finds the hierarchy that rules CPU time in the text of /proc/self/mountinfo.
std::optional<Mount> findMount(const std::string& mountinfo, Version version) {
  for (const std::string& line : split(mountinfo, '\n')) {
    // id parent major:minor group point options [optional fields…] - type source super-options
    std::vector<std::string> fields = split(line, ' ');
    auto dash = std::find(fields.begin(), fields.end(), "-");
    if (fields.size() < 6 || fields.end() - dash < 4) continue;
    const std::string& type = dash[1];
    bool matches = version == Version::v2 ? type == "cgroup2"
                                          : type == "cgroup" && listContains(dash[3], "cpu");
    if (matches) return Mount{fields[4], fields[3]};
  }
  return std::nullopt;
}

/// `group` as a path below the mount point; the mount point itself when it is not visible there, as
/// for a process in a container that sees its host's group names.
std::string pathBelow(const Mount& mount, const std::string& group) {
  if (group.find("/..") != std::string::npos) return "";
  std::string path = group;
  if (mount.group != "/") {
    if (path.rfind(mount.group, 0) != 0) return "";
    path.erase(0, mount.group.size());
    if (!path.empty() && path.front() != '/') return "";
  }
  return path == "/" ? "" : path;
}

std::optional<double> quotaOf(const std::string& directory, Version version) {
  long long quota = 0;
  long long period = 0;
  if (version == Version::v2) {
    // "max 100000" without a limit: then the first number does not parse.
    if (std::sscanf(readFile(directory + "/cpu.max").c_str(), "%lld %lld", &quota, &period) != 2)
      return std::nullopt;
  } else {
    // -1 without a limit.
    if (std::sscanf(readFile(directory + "/cpu.cfs_quota_us").c_str(), "%lld", &quota) != 1)
      return std::nullopt;
    if (std::sscanf(readFile(directory + "/cpu.cfs_period_us").c_str(), "%lld", &period) != 1)
      return std::nullopt;
  }
  if (quota <= 0 || period <= 0) return std::nullopt;
  return static_cast<double>(quota) / static_cast<double>(period);
}

}  // namespace

std::optional<double> cgroupCpuQuota(const std::string& fileSystemRoot) {
  const std::string mountinfo = readFile(fileSystemRoot + "/proc/self/mountinfo");
  std::optional<double> tightest;
  for (const std::string& line : split(readFile(fileSystemRoot + "/proc/self/cgroup"), '\n')) {
    // hierarchy:controllers:group — version 2 has hierarchy 0 and names no controllers.
    size_t first = line.find(':');
    size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const Version version = controllers.empty() ? Version::v2 : Version::v1;
    if (version == Version::v1 && !listContains(controllers, "cpu")) continue;

    std::optional<Mount> mount = findMount(mountinfo, version);
    if (!mount) continue;
    std::string path = pathBelow(*mount, line.substr(second + 1));
    for (;;) {
      std::optional<double> quota = quotaOf(fileSystemRoot + mount->point + path, version);
      if (quota && (!tightest || *quota < *tightest)) tightest = quota;
      if (path.empty()) break;
      path.erase(path.rfind('/'));
    }
  }
  return tightest;
}

}  // namespace doorcall::os
