// Whole channels of two processes under stress: calls of all sizes that are answered out of order,
// and long ones that stay open while `span` bytes of other traffic go by in each direction.
// A channel that kept a position in 32 bits somewhere would take what is ahead for what is behind.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <deque>
#include <optional>
#include <unordered_map>

#include "channel_join.h"
#include "channel_owner.h"
#include "stress/options.h"
#include "stress/progress.h"
#include "stress/records.h"

namespace {

using namespace channel_test;
using stress::checksum;
using stress::mixed;
using stress::Progress;

constexpr const char* kUsage =
    "call_stress [--records N] [--seed S] [--before BYTES] [--wait futex|bell]\n"
    "  [--open N] [--span BYTES]  calls that stay open at once, each for so long\n";

constexpr uint32_t kInFlight = 48;
/// Calls of this method are answered only after `span` bytes.
constexpr uint16_t kLongMethod = 1;

struct Run {
  uint64_t records;
  uint64_t seed;
  uint32_t position;
  ring::WaitState how;
  uint32_t open;
  uint64_t span;
};

/// Every fourth does not fit one record.
uint32_t sizeOf(uint64_t seed, uint32_t callId) {
  const auto random = static_cast<uint32_t>(mixed(seed ^ callId) >> 32);
  return random % 4 == 0 ? (random >> 2) % 65'536 : (random >> 2) % 2'000;
}

uint32_t checksumOf(const Message& message) {
  return checksum(message.header.callId, message.payload.data(),
                  static_cast<uint32_t>(message.payload.size()));
}

/// @param echo the request's checksum: proves which one this answers.
bool sendReply(Channel& channel, uint32_t callId, uint32_t size, uint32_t echo) {
  ring::RecordHeader header{};
  header.callId = callId;
  header.kind = kReplyKind;
  header.aux = echo;
  return channel.send(header, stress::payloadOf(callId + kReplyKind), size, Precedence::message) ==
         Channel::Send::accepted;
}

/// Answers what it is asked: some at once, some after a few others, long ones after `span` bytes.
class Server {
 public:
  Server(const Run& run, Channel& channel, Progress& progress)
      : run_(run), channel_(channel), progress_(progress) {}

  void take(const Message& message) {
    const uint32_t callId = message.header.callId;
    received_ += ring::kHeaderBytes + message.payload.size();
    if (message.payload.size() != sizeOf(run_.seed, callId) ||
        message.header.aux != checksumOf(message)) {
      return progress_.violate("a request is not what was sent", callId);
    }
    const Held call{callId, message.header.aux, received_ + run_.span};
    if (message.header.method == kLongMethod) {
      long_.push_back(call);
    } else {
      held_.push_back(call);
    }
    // Nothing comes behind the last that could push out what is held.
    const bool last = ++taken_ == run_.records;
    while (!long_.empty() && (last || long_.front().due <= received_)) {
      answer(long_.front());
      long_.pop_front();
    }
    // At random from those that wait, so that answers pass one another.
    while (held_.size() > 8 ||
           (!held_.empty() && (last || mixed(callId + held_.size()) % 4 != 0))) {
      const size_t index = mixed(callId * 7 + held_.size()) % held_.size();
      std::swap(held_[index], held_.back());
      answer(held_.back());
      held_.pop_back();
    }
  }

 private:
  struct Held {
    uint32_t callId;
    uint32_t echo;
    uint64_t due;
  };

  void answer(const Held& call) {
    if (!sendReply(channel_, call.callId, sizeOf(~run_.seed, call.callId), call.echo))
      progress_.violate("a reply was refused", call.callId);
  }

  const Run& run_;
  Channel& channel_;
  Progress& progress_;
  uint64_t received_ = 0;
  uint64_t taken_ = 0;
  std::deque<Held> held_;
  std::deque<Held> long_;
};

class Client {
 public:
  Client(const Run& run, Channel& channel, Progress& progress)
      : run_(run), channel_(channel), progress_(progress) {}

  void sendMore() {
    while (sent_ < run_.records && short_ < kInFlight && !progress_.stop.load()) {
      const bool isLong = long_ < run_.open && sent_ + kInFlight < run_.records;
      // Ids are no sequence: an odd factor makes each come once in 2^32.
      const uint32_t callId = static_cast<uint32_t>(sent_) * 2'654'435'761u;
      const uint32_t size = sizeOf(run_.seed, callId);
      ring::RecordHeader header{};
      header.callId = callId;
      header.kind = kRequestKind;
      header.method = isLong ? kLongMethod : 0;
      sent_++;
      const uint8_t* payload = stress::payloadOf(callId);
      header.aux = checksum(callId, payload, size);
      waiting_[callId] = {header.aux, isLong, channel_.sentPosition()};
      (isLong ? long_ : short_)++;
      if (channel_.send(header, payload, size, Precedence::message) != Channel::Send::accepted)
        return progress_.violate("a request was refused", callId);
    }
  }

  void take(const Message& message) {
    const uint32_t callId = message.header.callId;
    const auto found = waiting_.find(callId);
    if (found == waiting_.end()) return progress_.violate("a reply to no call", callId);
    const Waiting call = found->second;
    waiting_.erase(found);
    const uint8_t* expected = stress::payloadOf(callId + kReplyKind);
    if (message.header.aux != call.echo || message.payload.size() != sizeOf(~run_.seed, callId) ||
        !std::equal(message.payload.begin(), message.payload.end(), expected)) {
      return progress_.violate("a reply to another call", callId);
    }
    (call.isLong ? long_ : short_)--;
    if (call.isLong) {
      const uint64_t span = channel_.sentPosition() - call.sentAt;
      progress_.longMessages.fetch_add(1);
      if (span > progress_.longestSpan.load()) progress_.longestSpan.store(span);
    }
    progress_.records.fetch_add(1);
    progress_.bytes.store(channel_.sentPosition() - run_.position);
    sendMore();
  }

  bool done() const { return (sent_ == run_.records && waiting_.empty()) || progress_.stop.load(); }

 private:
  struct Waiting {
    uint32_t echo;
    bool isLong;
    uint64_t sentAt;
  };

  const Run& run_;
  Channel& channel_;
  Progress& progress_;
  uint64_t sent_ = 0;
  uint32_t short_ = 0;
  uint32_t long_ = 0;
  std::unordered_map<uint32_t, Waiting> waiting_;
};

void serve(const Run& run, UniqueFd socket, Progress& progress) {
  const auto channel = acceptOn(std::move(socket), run.position);
  if (!channel) return progress.violate("no handshake", 0);
  Server server(run, *channel, progress);
  Owner owner(*channel, ring::WaitState::loop);
  owner.run([&](const Message& message) { server.take(message); },
            [&] { return progress.stop.load(); });
  if (channel->violation() != nullptr) progress.violate(channel->violation(), 0);
}

void call(const Run& run, UniqueFd socket, Progress& progress) {
  const auto channel = connectOn(std::move(socket), run.position);
  if (!channel) return progress.violate("no handshake", 0);
  Client client(run, *channel, progress);
  Owner owner(*channel, run.how);
  client.sendMore();
  const bool finished = owner.run([&](const Message& message) { client.take(message); },
                                  [&] { return client.done(); });
  if (channel->violation() != nullptr) progress.violate(channel->violation(), 0);
  if (!finished) progress.violate("replies never came", progress.records.load());
  channel->close();
}

}  // namespace

int main(int argc, char** argv) {
  stress::Options options(argc, argv, kUsage);
  Run run;
  run.records = options.number("records", 100'000);
  run.seed = options.number("seed", 1);
  run.position = 0u - static_cast<uint32_t>(options.number("before", 0));
  run.how = options.word("wait", {"futex", "bell"}) == "futex" ? ring::WaitState::futex
                                                               : ring::WaitState::loop;
  run.open = static_cast<uint32_t>(options.number("open", 0));
  run.span = options.number("span", uint64_t{1} << 32);
  options.done();
  if (run.position % ring::kRecordAlignment != 0) options.refuse("--before");

  Progress& progress = *Progress::make();
  os_test::SocketPair sockets;
  const pid_t server = ::fork();
  if (server == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sockets.a.reset();
    serve(run, std::move(sockets.b), progress);
    ::_exit(0);
  }
  sockets.b.reset();
  std::optional<stress::Reporter> reporter(std::in_place, progress, run.records, kRingBytes);
  call(run, std::move(sockets.a), progress);
  int status = 0;
  ::waitpid(server, &status, 0);
  const double seconds = reporter->seconds();
  reporter.reset();
  if (status != 0) progress.violate("the server crashed", progress.records.load());
  if (progress.violations.load() == 0 && progress.records.load() != run.records)
    progress.violate("replies are missing", progress.records.load());
  return stress::summary(progress, seconds, kRingBytes);
}
