// One direction of a connection at full speed, both sides really asleep whenever there is nothing
// to do, and every record checked. `npm run test:ring-stress` runs it in many forms.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <optional>
#include <string>
#include <thread>

#include "ring_joined.h"
#include "stress/options.h"
#include "stress/slow_messages.h"

namespace {

using namespace stress;
using doorcall::ring::maxRecordBytes;
using doorcall::ring::maxRecordPayload;

constexpr const char* kUsage =
    "ring_stress [--records N] [--ring BYTES] [--sizes uniform|mixed|empty|largest] [--seed S]\n"
    "  [--before BYTES]      positions begin so many bytes before 2^32 (default: at 0)\n"
    "  [--wait futex|spin|bell] [--looks N]  at most N looks before each park (default 400)\n"
    "  [--place threads|processes] [--mappings 1|2]  of threads; processes always have two\n"
    "  [--open N] [--span BYTES]  large messages under way at once (at most 4), each for so long\n"
    "  [--batch N]           records between two publishes, at most (default 1)\n";

struct Run {
  uint64_t records;
  uint32_t ringBytes;
  std::string sizes;
  uint64_t seed;
  uint32_t position;
  Waiting waiting;
  uint32_t open;
  uint64_t span;
  uint32_t batch;
};

void tell(Progress& progress, int side, const WaitingSide& waiting) {
  progress.parks[side].store(waiting.parks, std::memory_order_relaxed);
  progress.rings[side].store(waiting.rings, std::memory_order_relaxed);
}

/// Waits for space, having made visible what is written.
bool makeSpace(WaitingSide& side, Progress& progress) {
  side.producer.publish();
  side.published();
  const uint64_t before = side.producer.headSeen();
  bool possible = true;
  const bool came = side.await(true, [&] {
    possible = side.producer.refreshHead();
    return !possible || side.producer.headSeen() != before;
  });
  if (!possible) progress.violate("an impossible head", progress.records.load());
  return came && possible;
}

void send(const Run& run, WaitingSide& side, Progress& progress) {
  const Sizes sizes(run.sizes, run.seed, side.producer.maxPayload());
  SlowSender slow(side.producer, run.open, run.span);
  ring_test::Random random(run.seed + 2);
  uint32_t left = 1;
  for (uint64_t i = 0; i < run.records; i++) {
    while (slow.due()) {
      if (!slow.writePiece() && !makeSpace(side, progress)) return;
    }
    const uint32_t size = sizes.of(i);
    const auto header = headerOf(i, size);
    while (side.producer.write(header, nullptr, 0, payloadOf(i), size, 0) !=
           Producer::Result::written) {
      if (!makeSpace(side, progress)) return;
    }
    if (--left == 0) {
      side.producer.publish();
      side.published();
      left = 1 + random.below(run.batch);
    }
    if (i % 4096 == 0) tell(progress, 0, side);
  }
  for (bool noSpace = false; slow.abortOne(noSpace);) {
    if (noSpace && !makeSpace(side, progress)) return;
  }
  side.producer.publish();
  side.published();
  side.await(true, [&] { return side.producer.allTaken(); });
  tell(progress, 0, side);
}

void receive(const Run& run, WaitingSide& side, Progress& progress) {
  const Sizes sizes(run.sizes, run.seed, maxRecordPayload(run.ringBytes));
  ring_test::Batch batch(maxRecordBytes(run.ringBytes));
  SlowReceiver slow(progress);
  uint64_t next = 0;
  const uint64_t start = side.consumer.head();
  while (next < run.records || !slow.empty()) {
    if (!side.await(false, [&] { return side.consumer.hasMore(); })) return;
    uint64_t position = side.consumer.head();
    const auto drained = side.consumer.drain(batch.data(), batch.capacity);
    if (drained.violation != nullptr) return progress.violate(drained.violation, next);
    side.consumer.publishHead();
    side.taken();
    for (uint32_t at = 0; at < drained.bytes;) {
      const uint8_t* record = batch.data() + at;
      const auto header = ring_test::headerAt(record);
      if (Reassembly::concerns(header)) {
        slow.take(record, position + at);
      } else {
        if (const char* problem = problemOf(record, next, sizes.of(next))) {
          return progress.violate(problem, next);
        }
        next++;
      }
      at += doorcall::ring::alignRecord(header.length);
    }
    progress.records.store(next, std::memory_order_relaxed);
    progress.bytes.store(side.consumer.head() - start, std::memory_order_relaxed);
    tell(progress, 1, side);
  }
  if (side.consumer.hasMore()) progress.violate("more records than were sent", next);
}

void betweenThreads(const Run& run, ring_test::Views sender, ring_test::Views receiver,
                    Progress& progress) {
  Waiting atReceiver = run.waiting;
  std::swap(atReceiver.ownBell, atReceiver.peerBell);
  WaitingSide from(sender.own, sender.peer, run.waiting, run.seed, progress);
  WaitingSide to(receiver.own, receiver.peer, atReceiver, run.seed + 1, progress);
  std::thread thread([&] { send(run, from, progress); });
  receive(run, to, progress);
  thread.join();
}

/// For the handler below.
Progress* current = nullptr;

void betweenProcesses(const Run& run, Progress& progress, std::optional<Reporter>& reporter) {
  os_test::SocketPair sockets;
  // A receiver that crashed takes no more: without this we would wait for it for ever.
  current = &progress;
  struct sigaction ended = {};
  ended.sa_handler = [](int) { current->stop.store(true); };
  ::sigaction(SIGCHLD, &ended, nullptr);
  const pid_t receiver = ::fork();
  const int socket = receiver == 0 ? sockets.b.get() : sockets.a.get();
  if (receiver == 0) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ring_test::Joined joined(socket, run.ringBytes);
  ring_test::setPosition(joined.views().own, run.position);
  // Nobody begins before both have set their words.
  char byte = 0;
  bool ready = joined.peer.valid() && ::send(socket, &byte, 1, 0) == 1 &&
               os_test::readable(socket, os_test::kWatchdogMs);
  if (!ready) progress.violate("the two processes did not come together", 0);
  Waiting waiting = run.waiting;
  if (receiver == 0) {
    std::swap(waiting.ownBell, waiting.peerBell);
    if (ready) {
      WaitingSide side(joined.views().own, joined.views().peer, waiting, run.seed + 1, progress);
      receive(run, side, progress);
    }
    ::_exit(0);
  }
  // Only now, for a process with threads is not to fork.
  reporter.emplace(progress, run.records, run.ringBytes);
  if (ready) {
    WaitingSide side(joined.views().own, joined.views().peer, waiting, run.seed, progress);
    send(run, side, progress);
  }
  int status = 0;
  while (::waitpid(receiver, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) progress.violate("the receiving process crashed", progress.records.load());
}

}  // namespace

int main(int argc, char** argv) {
  Options options(argc, argv, kUsage);
  Run run;
  run.records = options.number("records", 1'000'000);
  run.ringBytes = static_cast<uint32_t>(options.number("ring", doorcall::ring::kMinRingBytes));
  run.sizes = options.word("sizes", {"uniform", "mixed", "empty", "largest"});
  run.seed = options.number("seed", 1);
  run.position = 0u - static_cast<uint32_t>(options.number("before", 0));
  run.waiting.looks = static_cast<uint32_t>(options.number("looks", 400));
  const std::string how = options.word("wait", {"futex", "spin", "bell"});
  const std::string place = options.word("place", {"threads", "processes"});
  const uint64_t mappings = options.number("mappings", 1);
  run.open = static_cast<uint32_t>(options.number("open", 0));
  run.span = options.number("span", uint64_t{1} << 32);
  run.batch = static_cast<uint32_t>(options.number("batch", 1));
  options.done();
  if (!doorcall::ring::isValidRingBytes(run.ringBytes)) options.refuse("--ring");
  if (run.position % doorcall::ring::kRecordAlignment != 0) options.refuse("--before");
  if (run.open > Reassembly::kMaxFragmentedAtOnce) options.refuse("--open");
  if (run.batch == 0) options.refuse("--batch");

  run.waiting.how = how == "spin"   ? WaitState::spinning
                    : how == "bell" ? WaitState::loop
                                    : WaitState::futex;
  const auto senderBell = os::createEventBell().value();
  const auto receiverBell = os::createEventBell().value();
  run.waiting.ownBell = senderBell.get();
  run.waiting.peerBell = receiverBell.get();

  Progress& progress = *Progress::make();
  std::optional<Reporter> reporter;
  if (place == "processes") {
    betweenProcesses(run, progress, reporter);
  } else {
    reporter.emplace(progress, run.records, run.ringBytes);
    if (mappings == 1) {
      ring_test::HeapSegment left(run.ringBytes, run.position);
      ring_test::HeapSegment right(run.ringBytes, run.position);
      betweenThreads(run, {left.own(), right.peer()}, {right.own(), left.peer()}, progress);
    } else {
      ring_test::SharedSegment left(run.ringBytes);
      ring_test::SharedSegment right(run.ringBytes);
      ring_test::setPosition(left.own(), run.position);
      ring_test::setPosition(right.own(), run.position);
      betweenThreads(run, {left.own(), right.peer()}, {right.own(), left.peer()}, progress);
    }
  }
  const double seconds = reporter->seconds();
  reporter.reset();
  if (progress.violations.load() == 0 && progress.records.load() != run.records) {
    progress.violate("records are missing", progress.records.load());
  }
  // Whoever rings does so at most once for each sleep of the other side.
  if (progress.rings[0] > progress.parks[1] || progress.rings[1] > progress.parks[0]) {
    progress.violate("rung more often than the peer slept", run.records);
  }
  if (doorcall::test::failures.load() > 0) progress.violate("a check of the setup failed", 0);
  return summary(progress, seconds, run.ringBytes);
}
