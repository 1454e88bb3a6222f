/// @file
/// The floor of the latency lab (`npm run bench`): what two processes can reach in C++ by the means
/// that a local call has. `floor --help` says how it is used.
#include <cinttypes>
#include <cstdio>

#include "futex_link.h"
#include "options.h"
#include "ping_pong.h"
#include "ring_link.h"
#include "stream_link.h"

namespace floor_lab {
namespace {

Outcome run(const Options& options) {
  const uint32_t bytes = options.bytes;
  if (options.kind == "ring")
    return pingPong(RingLink(*ring::WaitPolicy::rulesNamed("default"), bytes), options);
  if (options.kind == "ring-parked")
    return pingPong(RingLink(*ring::WaitPolicy::rulesNamed("park"), bytes), options);
  if (options.kind == "futex") return pingPong(FutexLink(bytes), options);
  if (options.kind == "pipe") return pingPong(StreamLink::pipes(bytes), options);
  return pingPong(StreamLink::sockets(bytes), options);
}

void print(const Outcome& outcome) {
  std::printf("{\"elapsedNs\":%" PRIu64 ",\"calls\":%" PRIu64 ",\"sumNs\":%" PRIu64,
              outcome.elapsedNs, outcome.calls, outcome.sumNs);
  std::printf(",\"cpuUs\":{\"client\":%" PRIu64 ",\"server\":%" PRIu64 "}", outcome.client.cpuUs,
              outcome.server.cpuUs);
  std::printf(",\"contextSwitches\":{\"client\":%" PRIu64 ",\"server\":%" PRIu64 "},\"counts\":[",
              outcome.client.contextSwitches, outcome.server.contextSwitches);
  const char* separator = "";
  outcome.counts.forEach([&](uint64_t ns, uint64_t count) {
    std::printf("%s[%" PRIu64 ",%" PRIu64 "]", separator, ns, count);
    separator = ",";
  });
  std::printf("]}\n");
}

}  // namespace
}  // namespace floor_lab

int main(int argc, char** argv) {
  const floor_lab::Options options = floor_lab::parseOptions(argc, argv);
  floor_lab::endWithParent();
  floor_lab::print(floor_lab::run(options));
}
