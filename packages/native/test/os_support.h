/// @file
/// Real counterparts for the tests of the `os` layer: processes, directories, limited kernels.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "os/unique_fd.h"
#include "support/check.h"

namespace os_test {

using doorcall::os::UniqueFd;

/// How long a test waits for what must happen before it gives up. A watchdog, not an expectation.
/// `npm run test:mutants`, which waits for what never happens, sets it lower.
inline const int kWatchdogMs = [] {
  const char* const given = ::getenv("DOORCALL_WATCHDOG_MS");
  return given != nullptr ? ::atoi(given) : 30'000;
}();
/// When a process that hangs in spite of it is ended.
inline const auto kHangSeconds = static_cast<unsigned>(2 * kWatchdogMs / 1000);

inline int openFdCount() {
  int count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (::readdir(directory) != nullptr) count++;
  ::closedir(directory);
  return count;
}

inline int memfdMappingCount() {
  FILE* maps = ::fopen("/proc/self/maps", "re");
  int count = 0;
  char line[4096];
  while (::fgets(line, sizeof line, maps) != nullptr) {
    if (::strstr(line, "/memfd:") != nullptr) count++;
  }
  ::fclose(maps);
  return count;
}

/// First in every test: fails it when it leaves descriptors or mappings behind, and ends the whole
/// run by SIGALRM when it hangs.
class NothingLeft {
 public:
  NothingLeft() : fds_(openFdCount()), mappings_(memfdMappingCount()) { ::alarm(kHangSeconds); }
  ~NothingLeft() {
    ::alarm(0);
    CHECK_EQ(openFdCount(), fds_);
    CHECK_EQ(memfdMappingCount(), mappings_);
  }
  NothingLeft(const NothingLeft&) = delete;
  NothingLeft& operator=(const NothingLeft&) = delete;

 private:
  int fds_;
  int mappings_;
};

/// A forked process that runs `body` and exits with success if that returned true.
class Child {
 public:
  explicit Child(const std::function<bool()>& body) : pid_(::fork()) {
    if (pid_ != 0) return;
    ::alarm(kHangSeconds);
    ::_exit(body() ? 0 : 1);
  }
  ~Child() {
    if (pid_ > 0) {
      kill(SIGKILL);
      wait();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  void kill(int signal) const { ::kill(pid_, signal); }

  /// Waits for its end. @return whether `body` returned true.
  bool wait() {
    int status = 0;
    pid_t reaped = ::waitpid(std::exchange(pid_, -1), &status, 0);
    return reaped > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  pid_t pid_;
};

/// A pipe, to tell another process something.
struct Pipe {
  Pipe() {
    int ends[2];
    CHECK(::pipe2(ends, O_CLOEXEC) == 0);
    out.reset(ends[0]);
    in.reset(ends[1]);
  }

  void tell() const { CHECK(::write(in.get(), "!", 1) == 1); }
  /// Waits until somebody tells. False when every `in` was closed instead.
  bool await() const {
    char byte;
    return ::read(out.get(), &byte, 1) == 1;
  }

  UniqueFd out;
  UniqueFd in;
};

/// While it lives, signals interrupt the system calls of the thread that made it, again and again,
/// lest the only signal come before the call.
class Interruptions {
 public:
  Interruptions() {
    struct sigaction handler = {};
    handler.sa_handler = [](int) {};
    ::sigaction(SIGUSR1, &handler, &former_);
    thread_ = std::thread([this, target = ::pthread_self()] {
      while (!done_) {
        ::pthread_kill(target, SIGUSR1);
        ::poll(nullptr, 0, 1);
      }
    });
  }
  ~Interruptions() {
    done_ = true;
    thread_.join();
    ::sigaction(SIGUSR1, &former_, nullptr);
  }
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;

 private:
  struct sigaction former_ = {};
  std::atomic<bool> done_{false};
  std::thread thread_;
};

/// Whether `fd` becomes readable, or hangs up, within `timeoutMs`.
inline bool readable(int fd, int timeoutMs) {
  pollfd watched{fd, POLLIN, 0};
  return ::poll(&watched, 1, timeoutMs) == 1;
}

/// A new directory that goes away with all that is in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    char pattern[] = "/tmp/doorcall-os-XXXXXX";
    CHECK(::mkdtemp(pattern) != nullptr);
    path_ = pattern;
    fd_.reset(::open(pattern, O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  ~TemporaryDirectory() {
    int outcome = ::system(("rm -rf " + path_).c_str());
    CHECK_EQ(outcome, 0);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  UniqueFd fd_;
};

/// Two connected SOCK_SEQPACKET sockets.
struct SocketPair {
  SocketPair() {
    int ends[2];
    CHECK(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    a.reset(ends[0]);
    b.reset(ends[1]);
  }
  UniqueFd a;
  UniqueFd b;
};

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace os_test
