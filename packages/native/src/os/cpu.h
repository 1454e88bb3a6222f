/// @file
/// What the waiting policy must know of processors.
#pragma once

#include <cstdint>
#include <string>

namespace doorcall::os {

/// currentCpu() when the kernel does not tell. It equals no CPU's number.
inline constexpr uint32_t kUnknownCpu = UINT32_MAX;

/// The CPU that the calling thread runs on; stale as soon as it is returned. A few nanoseconds
/// where libc has rseq or a vDSO for it (glibc 2.35, x64), a system call elsewhere.
uint32_t currentCpu();

/// Whether a process that waits for another one can do so spinning without taking the very CPU that
/// the other needs: more than one CPU online, and no CPU quota below two (a control group's members
/// share it). The own affinity does not matter: a peer on the same CPU is seen by its number. Reads
/// files: ask rarely.
///
/// @param fileSystemRoot goes before every path that is read; not empty only in tests.
bool spinningMayHelp(const std::string& fileSystemRoot = "");

/// Tells the CPU that the thread spins: gives pipeline and hyper-thread sibling room, saves power.
inline void spinPause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  // isb waits for the pipeline, some ten nanoseconds; `yield` does nothing on most arm64 cores.
  asm volatile("isb" ::: "memory");
#else
  asm volatile("" ::: "memory");
#endif
}

}  // namespace doorcall::os
