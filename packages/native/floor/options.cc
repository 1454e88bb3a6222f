#include "options.h"

#include <getopt.h>
#include <sched.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "kinds.h"

namespace floor_lab {
namespace {

constexpr const char* kUsage =
    "Usage: floor <kind> [options]\n"
    "\n"
    "Two processes of this program send a payload there and back, one exchange at a time, and the\n"
    "time of each is counted. What comes out is what no framework between them can be faster "
    "than.\n"
    "\n"
    "Kinds:\n"
    "  ring          doorcall's own ring; waits as doorcall does: spins for a while, then sleeps\n"
    "  ring-parked   the same, always asleep between two messages\n"
    "  futex         a bare word in shared memory, always asleep between two messages\n"
    "  pipe          two pipes\n"
    "  unix-socket   a pair of Unix sockets (SOCK_STREAM)\n"
    "\n"
    "Options:\n"
    "  --bytes <n>         payload in each direction, copied in and out on both ends; 0 to "
    "67108864\n"
    "                      (default 0; a pipe and a socket carry one byte then)\n"
    "  --duration-ms <n>   measured time, 1 to 600000 (default 1000)\n"
    "  --warm-up-ms <n>    exchanges before it, 0 to 600000 (default 100)\n"
    "  --server-cpu <n>    the CPU of the end that answers (default: any)\n"
    "  --client-cpu <n>    the CPU of the end that measures (default: any)\n"
    "  --help              this text\n"
    "\n"
    "Prints one line of JSON: elapsedNs, calls, sumNs, [CPU time in us] and [context switches] of\n"
    "client and server within the measured time, and counts: [nanoseconds, exchanges] with three\n"
    "significant digits, as an HDR histogram has them.\n";

[[noreturn]] void refuse(const char* what, const char* value) {
  std::fprintf(stderr, "floor: %s%s%s\n(--help says what there is)\n", what,
               value[0] == '\0' ? "" : ": ", value);
  std::exit(2);
}

uint32_t number(const char* option, const char* text, uint32_t least, uint32_t most) {
  uint32_t value = 0;
  const char* end = text + std::strlen(text);
  const auto [stopped, problem] = std::from_chars(text, end, value);
  if (problem == std::errc() && stopped == end && value >= least && value <= most) return value;
  char what[96];
  std::snprintf(what, sizeof what, "%s has to be a whole number from %u to %u", option, least,
                most);
  refuse(what, text);
}

bool known(const char* kind) {
  for (const char* name : kKinds) {
    if (std::strcmp(name, kind) == 0) return true;
  }
  return false;
}

}  // namespace

Options parseOptions(int argc, char** argv) {
  constexpr uint32_t kMaxMs = 600'000;
  const option options[] = {
      {"bytes", required_argument, nullptr, 'b'},
      {"duration-ms", required_argument, nullptr, 'd'},
      {"warm-up-ms", required_argument, nullptr, 'w'},
      {"server-cpu", required_argument, nullptr, 's'},
      {"client-cpu", required_argument, nullptr, 'c'},
      {"help", no_argument, nullptr, 'h'},
      {nullptr, 0, nullptr, 0},
  };
  Options parsed;
  int found;
  while ((found = ::getopt_long(argc, argv, "", options, nullptr)) != -1) {
    switch (found) {
      case 'b':
        parsed.bytes = number("--bytes", optarg, 0, 64u << 20);
        break;
      case 'd':
        parsed.durationMs = number("--duration-ms", optarg, 1, kMaxMs);
        break;
      case 'w':
        parsed.warmUpMs = number("--warm-up-ms", optarg, 0, kMaxMs);
        break;
      case 's':
        parsed.serverCpu = number("--server-cpu", optarg, 0, CPU_SETSIZE - 1);
        break;
      case 'c':
        parsed.clientCpu = number("--client-cpu", optarg, 0, CPU_SETSIZE - 1);
        break;
      case 'h':
        std::fputs(kUsage, stdout);
        std::exit(0);
      default:
        // getopt has said what it does not understand.
        std::fputs("(--help says what there is)\n", stderr);
        std::exit(2);
    }
  }
  if (optind == argc) refuse("no kind is given", "");
  parsed.kind = argv[optind];
  if (!known(argv[optind])) refuse("no such kind", argv[optind]);
  if (optind + 1 < argc) refuse("more than one kind", argv[optind + 1]);
  return parsed;
}

}  // namespace floor_lab
