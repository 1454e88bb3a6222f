#include "channel/channel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <span>
#include <vector>

#include "channel/socket_messages.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"
#include "os/arena_file.h"
#include "os/event_bell.h"

namespace fuzz {
namespace {

using namespace doorcall::channel;
namespace os = doorcall::os;
namespace ring = doorcall::ring;
using os::UniqueFd;
using ring::RecordHeader;

constexpr uint32_t kRing = ring::kMinRingBytes;
constexpr uint32_t kMaxMessage = 8192;
constexpr uint32_t kMaxFds = 2;
constexpr uint32_t kFdCredit = FdPassing::kHeldMessages * kMaxFds;

/// One side's segment, with the other side's view of it.
struct Half {
  os::OwnSegment own;
  os::Mapping seen;
};

Half half() {
  Half made;
  made.own = std::move(os::createSegment("fuzz", ring::segmentBytes(kRing))).value();
  ring::OwnSegmentView(made.own.memory.data(), kRing).initialise();
  made.seen = std::move(os::Mapping::map(made.own.fd.get(), ring::segmentBytes(kRing),
                                         os::Access::readOnly))
                  .value();
  return made;
}

/// A channel, and its peer as nothing but memory and a socket.
struct Rig {
  Rig() {
    int ends[2];
    must(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0,
         "no sockets");
    socket.reset(ends[0]);
    Half mine = half();
    Half theirs = half();
    memory = std::move(theirs.own.memory);
    ChannelParts parts;
    parts.own.memory = std::move(mine.own.memory);
    parts.peer = std::move(theirs.seen);
    parts.ownRingBytes = parts.peerRingBytes = kRing;
    parts.socket.reset(ends[1]);
    parts.ownBell = std::move(os::createEventBell()).value();
    parts.peerBell = std::move(os::createEventBell()).value();
    parts.features = kFeatures;
    parts.remote.maxFds = kMaxFds;
    parts.remote.maxBlobBytes = 1 << 20;
    ChannelLimits limits;
    limits.maxSendBytes = limits.maxReceiveBytes = kMaxMessage;
    limits.maxReceiveFds = kMaxFds;
    limits.maxReceiveBlobBytes = 1 << 20;
    limits.maxQueuedBytes = 64 * 1024;
    channel = std::make_unique<Channel>(std::move(parts), limits);
  }

  ring::SegmentHeader& words() { return *static_cast<ring::SegmentHeader*>(memory.data()); }
  uint8_t* bytes() { return static_cast<uint8_t*>(memory.data()) + ring::kRingOffset; }

  UniqueFd socket;
  os::Mapping memory;
  std::unique_ptr<Channel> channel;
  uint32_t written = 0;
  /// Of the last message with descriptors that came in order.
  uint32_t lastTicket = 0;
  std::vector<uint8_t> batch = std::vector<uint8_t>(ring::kBatchBytes);
};

void writeRecord(Rig& rig, Input& input) {
  constexpr uint8_t kKinds[] = {1,
                                2,
                                3,
                                5,
                                8,
                                10,
                                kReleaseKind,
                                kFdReleaseKind,
                                kFdCreditKind,
                                kDoorReleaseKind,
                                ring::kContinuation,
                                ring::kAbort,
                                0};
  RecordHeader header{};
  header.kind = kKinds[input.below(sizeof kKinds)];
  header.callId = input.below(4);
  if (header.kind == kFdCreditKind) header.aux = header.callId;
  constexpr uint8_t kFlags[] = {0, 0, ring::kFragmented, ring::kFragmented, 0x10, 0xff};
  header.flags = kFlags[input.below(sizeof kFlags)];
  std::vector<uint8_t> payload;
  if ((header.flags & ring::kFragmented) != 0) {
    const uint32_t total = input.number<uint16_t>();
    payload.resize(4);
    std::memcpy(payload.data(), &total, 4);
  }
  const auto more = input.bytes(input.below(256));
  payload.insert(payload.end(), more.begin(), more.end());
  header.length = ring::kHeaderBytes + static_cast<uint32_t>(payload.size());
  std::vector<uint8_t> record(sizeof header);
  std::memcpy(record.data(), &header, sizeof header);
  record.insert(record.end(), payload.begin(), payload.end());
  for (size_t i = 0; i < record.size(); i++) rig.bytes()[(rig.written + i) % kRing] = record[i];
  rig.written += ring::alignRecord(header.length);
}

void sendSocketMessage(Rig& rig, Input& input) {
  const auto type =
      input.below(2) == 0 ? SocketMessageType::descriptors : SocketMessageType::segment;
  const auto counted = static_cast<uint16_t>(input.below(4));
  uint32_t id = input.below(4);
  const bool inOrder = type == SocketMessageType::descriptors && id == 0;
  if (inOrder) id = rig.lastTicket + 1;
  std::array<uint8_t, kSocketMessageBytes> message = encode(SocketMessage{type, counted, id});
  if (input.below(8) == 0) message[input.below(kSocketMessageBytes)] = input.number<uint8_t>();
  std::vector<UniqueFd> owned;
  const uint32_t count = input.below(4);
  for (uint32_t i = 0; i < count; i++) {
    if (input.below(2) == 0) {
      auto file = os::createArenaFile(input.below(4) == 0 ? 1 << 20 : kLeastSegmentBytes);
      if (file) owned.push_back(std::move(file.value().fd));
    } else {
      owned.emplace_back(::open("/dev/null", O_RDWR | O_CLOEXEC));
    }
  }
  std::vector<int> fds;
  for (const UniqueFd& fd : owned) fds.push_back(fd.get());
  const size_t size = input.below(8) == 0 ? 1 + input.below(16) : message.size();
  const bool sent =
      os::sendMessage(rig.socket.get(), message.data(), size, fds.data(), fds.size()).ok();
  if (sent && inOrder) rig.lastTicket = id;
}

/// Descriptors that came, and some that go.
void passFds(Rig& rig, Input& input) {
  const uint32_t take = input.below(16);
  const uint32_t ticket = take % 4 == 0 ? rig.lastTicket : take % 4;
  if (take < 8) (void)rig.channel->takeFds(ticket);
  const uint32_t send = input.below(16);
  (void)rig.channel->withdraw(send % 4);
  if (send < 8) return;
  const UniqueFd file(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const int fds[] = {file.get(), file.get()};
  const bool item = send >= 12;
  const auto outcome = rig.channel->sendFds(std::span(fds, 1 + send % 2), item);
  const uint32_t most = item ? kFdCredit / 2 : kFdCredit;
  must(outcome.result != FdSend::sent || rig.channel->fdsUnderWay() <= most,
       "descriptors sent beyond the credit");
}

void drain(Rig& rig) {
  const uint32_t bytes =
      rig.channel->drain(rig.batch.data(), static_cast<uint32_t>(rig.batch.size()));
  must(bytes <= rig.batch.size(), "more than the batch holds");
  must(bytes == 0 || rig.channel->violation() == nullptr, "records of a peer that failed");
  for (uint32_t at = 0; at < bytes;) {
    RecordHeader header;
    must(bytes - at >= sizeof header, "a batch that ends in the midst of a header");
    std::memcpy(&header, rig.batch.data() + at, sizeof header);
    must(header.length >= ring::kHeaderBytes && ring::alignRecord(header.length) <= bytes - at,
         "a record that reaches beyond its batch");
    if ((header.flags & ring::kLarge) != 0) {
      uint32_t ticket = 0;
      std::memcpy(&ticket, rig.batch.data() + at + ring::kHeaderBytes, sizeof ticket);
      const LargeMessage message = rig.channel->takeLarge(ticket);
      must(message.bytes != nullptr && message.size <= kMaxMessage, "a large message is wrong");
    }
    at += ring::alignRecord(header.length);
  }
}

void send(Rig& rig, Input& input) {
  static const uint8_t kPayload[kMaxMessage] = {};
  RecordHeader header{};
  constexpr uint8_t kKinds[] = {1, 3, 5, 8};
  header.kind = kKinds[input.below(sizeof kKinds)];
  header.callId = input.below(4);
  const Precedence precedence = precedenceOf(header.kind);
  const uint32_t size =
      precedence == Precedence::control ? 0 : input.number<uint16_t>() % (kMaxMessage + 1);
  (void)rig.channel->send(header, kPayload, size, precedence);
}

void borrow(Rig& rig, Input& input) {
  BlobPlace place;
  place.segment = input.below(4);
  place.slot = input.below(4);
  place.offset = input.below(3) == 0 ? input.number<uint64_t>() : input.number<uint16_t>();
  place.length = input.below(3) == 0 ? input.number<uint64_t>() : 1 + input.number<uint16_t>();
  const auto borrowed = rig.channel->borrow(place);
  if (borrowed.violation != nullptr || borrowed.data == nullptr) return;
  // Every byte of it is there.
  volatile uint8_t sum = 0;
  for (uint64_t i = 0; i < place.length; i += 512) sum = sum + borrowed.data[i];
  if (input.below(2) == 0) rig.channel->giveBack(borrowed.serial);
}

void scribble(Rig& rig, Input& input) {
  switch (input.below(6)) {
    case 0:
      rig.words().tail.store(input.number<uint32_t>());
      return;
    case 1:
      rig.words().head.store(input.number<uint32_t>());
      return;
    case 2:
      rig.words().head.store(static_cast<uint32_t>(rig.channel->sentPosition()) -
                             input.below(128) * 16);
      return;
    case 3:
      rig.words().parked.store(input.number<uint64_t>());
      return;
    case 4:
      rig.words().closed.store(input.below(2));
      return;
    default:
      for (uint32_t i = 0, at = input.number<uint16_t>(); i < 4; i++)
        rig.bytes()[(at + i) % kRing] = input.number<uint8_t>();
  }
}

}  // namespace

int channel(const uint8_t* data, size_t size) {
  Input input(data, size);
  Rig rig;
  for (int step = 0; step < 200 && !input.empty(); step++) {
    switch (input.below(12)) {
      case 0:
      case 1:
      case 2:
        writeRecord(rig, input);
        break;
      case 3:
        rig.words().tail.store(rig.written);
        break;
      case 4:
        drain(rig);
        break;
      case 5:
        sendSocketMessage(rig, input);
        break;
      case 6:
        (void)rig.channel->readSocket();
        break;
      case 7:
        send(rig, input);
        break;
      case 8:
        rig.channel->pump();
        rig.channel->giveFdCredit();
        (void)rig.channel->hasNewSpace();
        break;
      case 9:
        borrow(rig, input);
        break;
      case 10:
        passFds(rig, input);
        break;
      case 11:
        scribble(rig, input);
        break;
    }
    must(rig.channel->heldFds() <= kFdCredit, "more descriptors held than there is credit");
    must(rig.channel->queuedBytes() <= 64 * 1024 + kMaxMessage, "a queue beyond its bounds");
  }
  if (input.below(2) == 0) (void)rig.channel->takeUntaken();
  rig.channel->close();
  return 0;
}

}  // namespace fuzz
