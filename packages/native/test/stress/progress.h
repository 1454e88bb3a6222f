/// @file
/// What both sides of a stress run tell of themselves, in memory that threads and processes share.
#pragma once

#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <new>
#include <thread>

namespace stress {

struct Progress {
  std::atomic<uint64_t> records{0};
  std::atomic<uint64_t> bytes{0};
  /// Of the sender, and of the receiver.
  std::atomic<uint64_t> parks[2] = {};
  std::atomic<uint64_t> rings[2] = {};
  std::atomic<uint64_t> longMessages{0};
  std::atomic<uint64_t> longestSpan{0};
  std::atomic<uint64_t> violations{0};
  /// Either side has found something or is gone: the other one ends, too.
  std::atomic<bool> stop{false};

  uint64_t wakes() const { return rings[0].load() + rings[1].load(); }

  void violate(const char* what, uint64_t at) {
    violations.fetch_add(1);
    std::fprintf(stderr, "VIOLATION: %s, at record %llu\n", what,
                 static_cast<unsigned long long>(at));
    stop.store(true);
  }

  /// In a mapping that a forked process shares.
  static Progress* make() {
    void* memory = ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return new (memory) Progress;
  }
};

/// Says every two seconds how far it is, until it goes out of scope.
class Reporter {
 public:
  Reporter(const Progress& progress, uint64_t wanted, uint32_t ringBytes)
      : progress_(progress), wanted_(wanted), ringBytes_(ringBytes), thread_([this] { run(); }) {}
  ~Reporter() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      over_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  }

 private:
  void run() {
    std::unique_lock<std::mutex> lock(mutex_);
    // Not wait_for: gcc's becomes a call that ThreadSanitizer does not know.
    while (!changed_.wait_until(lock, std::chrono::system_clock::now() + std::chrono::seconds(2),
                                [this] { return over_; })) {
      const double done = static_cast<double>(progress_.records.load());
      std::fprintf(stderr,
                   "  %.2f of %.2f M records, %.2f M/s, %.3f M wraps, %.3f M wakes, "
                   "%llu violations\n",
                   done / 1e6, static_cast<double>(wanted_) / 1e6, done / seconds() / 1e6,
                   static_cast<double>(progress_.bytes.load() / ringBytes_) / 1e6,
                   static_cast<double>(progress_.wakes()) / 1e6,
                   static_cast<unsigned long long>(progress_.violations.load()));
    }
  }

  const Progress& progress_;
  uint64_t wanted_;
  uint32_t ringBytes_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  bool over_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;
};

/// Says how the run went; scripts/lib/ring-stress.mjs reads it. @return the exit code.
inline int summary(const Progress& progress, double seconds, uint32_t ringBytes) {
  const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  const uint64_t records = progress.records.load();
  std::printf(
      "  %llu records in %.2f s (%.2f M/s), %llu wraps, %llu parks, %llu wakes, "
      "%llu long ones (over up to %llu bytes), %llu violations\n",
      number(records), seconds, static_cast<double>(records) / seconds / 1e6,
      number(progress.bytes / ringBytes), number(progress.parks[0] + progress.parks[1]),
      number(progress.wakes()), number(progress.longMessages), number(progress.longestSpan),
      number(progress.violations));
  return progress.violations.load() == 0 ? 0 : 1;
}

}  // namespace stress
