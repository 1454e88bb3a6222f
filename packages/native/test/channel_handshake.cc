// Two well-meaning sides shake hands, or find that they do not agree.
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <initializer_list>

#include "channel_support.h"
#include "os/epoll.h"
#include "os/file_lock.h"

namespace {

using namespace channel_test;

bool sameFile(int a, int b) {
  struct stat first;
  struct stat second;
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

bool closesOnExec(int fd) { return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }

TEST(channel_handshake_joins_two_segments) {
  NothingLeft guard;
  Handshakes both;
  auto parts = finish(both, introductionOf("server", 1), 8192, kRingBytes);
  REQUIRE(parts.has_value());
  ChannelParts& client = parts->client;
  ChannelParts& server = parts->server;
  CHECK_EQ(client.ownRingBytes, kRingBytes);
  CHECK_EQ(client.peerRingBytes, 8192u);
  CHECK_EQ(server.ownRingBytes, 8192u);
  CHECK_EQ(server.peerRingBytes, kRingBytes);
  CHECK_EQ(client.own.memory.size(), ring::segmentBytes(kRingBytes));
  CHECK_EQ(client.peer.size(), ring::segmentBytes(8192));
  for (ChannelParts* one : {&client, &server}) {
    // The mapping keeps the memory; the descriptor would only be one more thing to leak.
    CHECK(!one->own.fd.valid());
    CHECK(one->socket.valid() && closesOnExec(one->socket.get()));
    CHECK(one->ownBell.valid() && closesOnExec(one->ownBell.get()));
    CHECK(one->peerBell.valid() && closesOnExec(one->peerBell.get()));
    CHECK(one->peerPidfd.valid() && closesOnExec(one->peerPidfd.get()));
    CHECK(!os::processExited(one->peerPidfd.get()));
    CHECK_EQ(one->protocolVersion, kProtocolVersion);
    CHECK_EQ(one->clockOffsetNs, 0);
    CHECK_EQ(one->credentials.uid, ::geteuid());
  }
  // What one writes the other reads.
  static_cast<uint8_t*>(client.own.memory.data())[5000] = 77;
  CHECK_EQ(static_cast<const uint8_t*>(server.peer.data())[5000], 77);
  static_cast<uint8_t*>(server.own.memory.data())[6000] = 88;
  CHECK_EQ(static_cast<const uint8_t*>(client.peer.data())[6000], 88);
  // And whom one rings the other hears.
  os::Epoll atServer = os::Epoll::create().value();
  os::Epoll atClient = os::Epoll::create().value();
  epoll_event events[2];
  CHECK(atServer.add(server.ownBell.get(), EPOLLIN | EPOLLET, 0).ok());
  CHECK(atClient.add(client.ownBell.get(), EPOLLIN | EPOLLET, 0).ok());
  // That they can be read at all.
  CHECK_EQ(atServer.wait(events, 0).value(), size_t{1});
  CHECK_EQ(atClient.wait(events, 0).value(), size_t{1});
  os::ringEventBell(client.peerBell.get());
  CHECK_EQ(atServer.wait(events, 0).value(), size_t{1});
  CHECK_EQ(atClient.wait(events, 0).value(), size_t{0});
  os::ringEventBell(server.peerBell.get());
  CHECK_EQ(atClient.wait(events, 0).value(), size_t{1});
  // No byte of the handshake is left for the connection to stumble over.
  CHECK(!os_test::readable(client.socket.get(), 0));
  CHECK(!os_test::readable(server.socket.get(), 0));
}

TEST(channel_handshake_needs_as_many_descriptors_as_it_says) {
  NothingLeft guard;
  const int before = os_test::openFdCount();
  {
    Handshakes both;
    auto parts = finish(both, introductionOf("server", 1));
    REQUIRE(parts.has_value());
    // Each side: socket, own bell, peer's bell, peer's pidfd.
    CHECK_EQ(os_test::openFdCount(), before + 8);
  }
  CHECK_EQ(os_test::openFdCount(), before);
}

TEST(channel_handshake_introduces_both_to_each_other) {
  NothingLeft guard;
  Hello hello = helloOf(7);
  hello.self.maxMessageBytes = 1234;
  hello.self.maxInFlight = 56;
  hello.self.onewayWindow = 78;
  hello.self.streamWindowBytes = 90;
  hello.self.streamWindowItems = 12;
  hello.self.maxBlobBytes = kMostBlobBytes;
  hello.self.maxFds = kMostFds;
  hello.self.codec = {1, 2, 3, 4, 5, 6, 7, 8};
  Introduction server = introductionOf("server", 7, "of the server");
  server.codec = {8, 7, 6, 5, 4, 3, 2, 1};
  Handshakes both(hello, "of the client");
  auto parts = finish(both, server);
  REQUIRE(parts.has_value());
  CHECK_EQ(parts->client.remote.service, std::string("server"));
  CHECK_EQ(parts->client.remote.maxMessageBytes, kMaxMessageBytes);
  CHECK_EQ(parts->client.remote.maxInFlight, 64u);
  CHECK_EQ(parts->client.remote.onewayWindow, 32u);
  CHECK_EQ(parts->server.remote.service, std::string("client"));
  CHECK_EQ(parts->server.remote.maxMessageBytes, 1234u);
  CHECK_EQ(parts->server.remote.maxInFlight, 56u);
  CHECK_EQ(parts->server.remote.onewayWindow, 78u);
  CHECK_EQ(parts->client.remote.maxFds, 4u);
  CHECK_EQ(parts->client.remote.maxBlobBytes, 256u << 20);
  CHECK_EQ(parts->server.remote.streamWindowBytes, 90u);
  CHECK_EQ(parts->server.remote.streamWindowItems, 12u);
  CHECK_EQ(parts->server.remote.maxBlobBytes, kMostBlobBytes);
  CHECK_EQ(parts->server.remote.maxFds, kMostFds);
  CHECK(parts->client.remote.fingerprint == parts->server.remote.fingerprint);
  // Neither has said on which CPU it runs: the other must not take it for its own.
  for (const ChannelParts* one : {&parts->client, &parts->server}) {
    const ring::PeerSegmentView peer(one->peer.data(), one->peerRingBytes);
    CHECK_EQ(ring::Parked::unpack(peer.header().parked.load()).cpu, ring::kUnknownCpu);
  }
  CHECK(parts->client.remote.codec == server.codec);
  CHECK(parts->server.remote.codec == hello.self.codec);
  // Equal fingerprints: nobody needs to know what the other's contract looks like.
  CHECK_EQ(parts->client.remote.descriptor, std::string());
  CHECK_EQ(parts->server.remote.descriptor, std::string());
}

TEST(channel_handshake_exchanges_descriptors_when_fingerprints_differ) {
  NothingLeft guard;
  const std::string largest(kMaxDescriptorBytes, 'd');
  Handshakes both(helloOf(7), largest);
  auto parts = finish(both, introductionOf("server", 8, largest + "not sent"));
  REQUIRE(parts.has_value());
  CHECK(parts->client.remote.descriptor == largest);
  CHECK(parts->server.remote.descriptor == largest);
  CHECK_EQ(parts->client.remote.fingerprint[0], 8);
  CHECK_EQ(parts->server.remote.fingerprint[0], 7);
}

TEST(channel_handshake_with_another_uid_has_no_bells) {
  NothingLeft guard;
  Handshakes both(helloOf(), "", false);
  auto parts = finish(both, introductionOf("server", 1));
  REQUIRE(parts.has_value());
  for (const ChannelParts* one : {&parts->client, &parts->server}) {
    CHECK(!one->ownBell.valid());
    CHECK(!one->peerBell.valid());
    CHECK(one->peerPidfd.valid());
    CHECK(one->peer.valid());
  }
}

TEST(channel_handshake_bounds_the_rings) {
  NothingLeft guard;
  struct Case {
    uint32_t wished;
    uint32_t bound;
    uint32_t expected;
  };
  for (const Case& one :
       std::initializer_list<Case>{{4096, 4096, 4096},
                                   {65536, 16384, 16384},
                                   {8192, 65536, 8192},
                                   {1u << 30, 8192, 8192},
                                   // A bound that is no power of two is not exceeded.
                                   {65536, 12000, 8192},
                                   {65536, 16383, 8192},
                                   // Less than the least there is.
                                   {65536, 1000, 4096},
                                   {65536, 0, 4096}}) {
    Handshakes both(helloOf(1, one.wished));
    auto parts = finish(both, introductionOf("server", 1), 4096, one.bound);
    REQUIRE(parts.has_value());
    CHECK_EQ(parts->server.peerRingBytes, one.expected);
    CHECK_EQ(parts->client.ownRingBytes, one.expected);
  }
}

TEST(channel_handshake_ring_wishes_have_no_end) {
  NothingLeft guard;
  // Only the server's half: nobody could make such a ring. It must neither hang nor wrap to zero.
  for (const uint32_t wished : {0xffffffffu, 0x80000001u, 0x80000000u}) {
    Handshakes both(helloOf(1, wished));
    CHECK(!both.client.begin());
    CHECK(std::holds_alternative<ServerHandshake::HelloArrived>(both.server.onReadable()));
    CHECK(!both.server.welcome(introductionOf("server", 1), 4096, 0xffffffffu));
    std::vector<uint8_t> buffer(kMaxHandshakeBytes);
    auto message =
        os::receiveMessage(both.client.socket(), buffer.data(), buffer.size(), os::kMaxMessageFds);
    REQUIRE(message.ok());
    const auto welcome = decodeWelcome({buffer.data(), message.value().size});
    REQUIRE(welcome.has_value());
    CHECK_EQ(welcome->clientRingBytes, 0x80000000u);
  }
}

TEST(channel_handshake_waits_while_nothing_comes) {
  NothingLeft guard;
  Handshakes both;
  CHECK(isPending(both.server.onReadable()));
  CHECK(!both.client.begin());
  CHECK(isPending(both.client.onReadable()));
  CHECK(std::holds_alternative<ServerHandshake::HelloArrived>(both.server.onReadable()));
  CHECK(isPending(both.server.onReadable()));
  CHECK(isPending(both.client.onReadable()));
  CHECK(!both.server.welcome(introductionOf("server", 1), kRingBytes, kRingBytes));
  CHECK(isPending(both.server.onReadable()));
  CHECK(isPending(both.client.onReadable()));
  CHECK(isPending(both.client.onReadable()));
  CHECK(std::holds_alternative<ChannelParts>(both.server.onReadable()));
  CHECK(std::holds_alternative<ChannelParts>(both.client.onReadable()));
}

TEST(channel_handshake_carries_a_refusal) {
  NothingLeft guard;
  struct Case {
    uint16_t code;
    bool retryable;
  };
  for (const Case& one :
       {Case{kPermissionDenied, false}, Case{kUnavailable, true}, Case{16, false}}) {
    Handshakes both;
    CHECK(!both.client.begin());
    both.server.onReadable();
    both.server.refuse(one.code, "uid 4711 is not welcome");
    const auto event = both.client.onReadable();
    REQUIRE(failureOf(event) != nullptr);
    CHECK_EQ(failureOf(event)->code, one.code);
    CHECK_EQ(messageOf(event), std::string("uid 4711 is not welcome"));
    CHECK_EQ(failureOf(event)->retryable, one.retryable);
    CHECK(failureOf(event)->answered);
    // It is over for the server too.
    CHECK(both.server.welcome(introductionOf("server", 1), kRingBytes, kRingBytes).has_value());
  }
}

TEST(channel_handshake_notices_that_the_other_side_left) {
  NothingLeft guard;
  for (int step = 0; step < 3; step++) {
    auto both = std::make_unique<Handshakes>();
    ServerHandshake server = std::move(both->server);
    if (step > 0) {
      CHECK(!both->client.begin());
      server.onReadable();
    }
    if (step > 1) CHECK(!server.welcome(introductionOf("server", 1), kRingBytes, kRingBytes));
    both.reset();
    const auto event = server.onReadable();
    REQUIRE(failureOf(event) != nullptr);
    CHECK_EQ(failureOf(event)->code, kUnavailable);
  }
  for (int step = 0; step < 3; step++) {
    auto both = std::make_unique<Handshakes>();
    ClientHandshake client = std::move(both->client);
    CHECK(!client.begin());
    if (step > 0) both->server.onReadable();
    if (step > 1) {
      CHECK(!both->server.welcome(introductionOf("server", 1), kRingBytes, kRingBytes));
      CHECK(isPending(client.onReadable()));
    }
    both.reset();
    const auto event = client.onReadable();
    REQUIRE(failureOf(event) != nullptr);
    CHECK_EQ(failureOf(event)->code, kUnavailable);
    CHECK(failureOf(event)->retryable);
    CHECK(!failureOf(event)->answered);
  }
  auto gone = std::make_unique<Handshakes>();
  ClientHandshake client = std::move(gone->client);
  gone.reset();
  CHECK(!client.begin());
  const auto event = client.onReadable();
  const HandshakeFailure* failure = failureOf(event);
  CHECK(failure != nullptr && failure->code == kUnavailable && failure->retryable);
}

TEST(channel_handshake_gives_the_lock_away) {
  NothingLeft guard;
  os_test::TemporaryDirectory directory;
  const auto open = [&] {
    return UniqueFd(::openat(directory.fd(), "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  };
  UniqueFd lock = open();
  CHECK(os::tryLock(lock.get()).value() == os::LockAttempt::acquired);

  os_test::SocketPair sockets;
  ServerHandshake server(std::move(sockets.b), credentials());
  const auto ask = encodeBare(MessageType::takeover);
  CHECK(os::sendMessage(sockets.a.get(), ask.data(), ask.size(), nullptr, 0).ok());
  CHECK(std::holds_alternative<ServerHandshake::TakeoverAsked>(server.onReadable()));
  server.giveLock(lock.get());

  std::vector<uint8_t> buffer(64);
  auto answer = os::receiveMessage(sockets.a.get(), buffer.data(), buffer.size(), 1);
  REQUIRE(answer.ok() && !answer.value().truncated && answer.value().fds.size() == 1);
  CHECK(isBare({buffer.data(), answer.value().size}, MessageType::taken));
  UniqueFd taken = std::move(answer.value().fds[0]);
  CHECK(sameFile(taken.get(), lock.get()));
  // The giver's own descriptor is still the giver's, and closing it does not end the lock.
  lock.reset();
  UniqueFd other = open();
  CHECK(os::tryLock(other.get()).value() == os::LockAttempt::held);
  CHECK(os::tryLock(taken.get()).value() == os::LockAttempt::acquired);
  taken.reset();
  CHECK(os::tryLock(other.get()).value() == os::LockAttempt::acquired);
}

TEST(channel_handshake_refuses_to_give_the_lock_away) {
  NothingLeft guard;
  os_test::SocketPair sockets;
  ServerHandshake server(std::move(sockets.b), credentials());
  const auto ask = encodeBare(MessageType::takeover);
  CHECK(os::sendMessage(sockets.a.get(), ask.data(), ask.size(), nullptr, 0).ok());
  CHECK(std::holds_alternative<ServerHandshake::TakeoverAsked>(server.onReadable()));
  server.refuse(kPermissionDenied, "not you");
  std::vector<uint8_t> buffer(64);
  auto answer = os::receiveMessage(sockets.a.get(), buffer.data(), buffer.size(), 1);
  REQUIRE(answer.ok());
  const auto refused = decodeRefuse({buffer.data(), answer.value().size});
  REQUIRE(refused.has_value());
  CHECK_EQ(refused->code, kPermissionDenied);
}

}  // namespace
