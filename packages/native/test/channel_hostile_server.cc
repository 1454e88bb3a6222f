// A client shakes hands with a server that sends anything but what is expected.
#include <sys/resource.h>

#include <initializer_list>
#include <utility>

#include "channel_half.h"

namespace {

using namespace channel_test;

/// A client's handshake that has sent HELLO, and the socket to answer from.
struct Greeted {
  explicit Greeted(bool sameUid = true)
      : client(std::move(sockets.a), credentials(sameUid), helloOf(), "descriptor") {
    CHECK(!client.begin());
    CHECK(decodeHello(receiveRaw(sockets.b.get())).has_value());
  }

  os_test::SocketPair sockets;
  ClientHandshake client;
};

Welcome welcomeOf() {
  Welcome welcome;
  welcome.version = kProtocolVersion;
  welcome.clientRingBytes = kRingBytes;
  welcome.serverRingBytes = kRingBytes;
  welcome.hasBell = true;
  welcome.hasPidfd = true;
  welcome.self = introductionOf("server", 1);
  welcome.self.monotonicNs = os::monotonicNs();
  return welcome;
}

TEST(channel_hostile_server_spoils_its_half) {
  NothingLeft guard;
  for (const Spoiling& one : spoilings()) {
    Greeted both;
    Half half;
    one.spoil(half);
    sendRaw(both.sockets.b.get(), encode(welcomeOf()), half.fds);
    const auto event = both.client.onReadable();
    if (failureOf(event) == nullptr) std::fprintf(stderr, "  accepted: %s\n", one.name);
    if (!contains(messageOf(event), one.expected))
      CHECK_EQ(messageOf(event), std::string(one.expected));
    if (failureOf(event) != nullptr) CHECK_EQ(failureOf(event)->code, kUnavailable);
    if (failureOf(event) != nullptr) CHECK(failureOf(event)->broken);
  }
  Greeted both;
  Half half;
  half.seal();
  sendRaw(both.sockets.b.get(), encode(welcomeOf()), half.fds);
  CHECK(isPending(both.client.onReadable()));
  CHECK(decodeAttach(receiveRaw(both.sockets.b.get())).has_value());
}

// A server that refuses at once does not wait for HELLO, and one that gives up not for ATTACH: what
// it said lies in the socket when nothing can be sent there any more.
TEST(channel_handshake_reads_why_the_server_has_hung_up) {
  NothingLeft guard;
  const Bytes refusal = encode(Refuse{kUnavailable, "too many"});
  const auto check = [](const ClientHandshake::Event& event, const std::string& message) {
    CHECK_EQ(messageOf(event), message);
    REQUIRE(failureOf(event) != nullptr);
    CHECK_EQ(failureOf(event)->code, kUnavailable);
    CHECK(failureOf(event)->retryable);
    CHECK_EQ(failureOf(event)->answered, message == "too many");
  };
  for (const bool refused : {true, false}) {
    os_test::SocketPair sockets;
    ClientHandshake client(std::move(sockets.a), credentials(), helloOf(), "descriptor");
    if (refused) sendRaw(sockets.b.get(), refusal);
    sockets.b.reset();
    CHECK(!client.begin());
    check(client.onReadable(),
          refused ? "too many" : "server hung up in the middle of the handshake");
  }
  for (const bool refused : {true, false}) {
    Greeted both;
    Half half;
    half.seal();
    sendRaw(both.sockets.b.get(), encode(welcomeOf()), half.fds);
    if (refused) sendRaw(both.sockets.b.get(), refusal);
    both.sockets.b.reset();
    check(both.client.onReadable(), refused ? "too many" : "sendmsg: Broken pipe");
  }
}

TEST(channel_hostile_server_is_ready_for_what_it_does_not_let_in) {
  NothingLeft guard;
  Greeted both;
  Half half;
  half.seal();
  sendRaw(both.sockets.b.get(), encode(welcomeOf()), half.fds);
  sendRaw(both.sockets.b.get(), encodeBare(MessageType::ready));
  CHECK_EQ(::shutdown(both.sockets.b.get(), SHUT_RD), 0);
  CHECK_EQ(messageOf(both.client.onReadable()), std::string("sendmsg: Broken pipe"));
}

TEST(channel_handshake_without_room_for_descriptors_is_no_fault_of_the_server) {
  NothingLeft guard;
  Greeted both;
  Half half;
  half.seal();
  sendRaw(both.sockets.b.get(), encode(welcomeOf()), half.fds);
  rlimit former;
  ::getrlimit(RLIMIT_NOFILE, &former);
  // Of three descriptors two find room.
  const int next = ::dup(0);
  ::close(next);
  const rlimit tight{static_cast<rlim_t>(next) + 2, former.rlim_max};
  CHECK_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  const auto event = both.client.onReadable();
  CHECK_EQ(::setrlimit(RLIMIT_NOFILE, &former), 0);
  REQUIRE(failureOf(event) != nullptr);
  CHECK_EQ(failureOf(event)->code, kResourceExhausted);
  CHECK(!failureOf(event)->broken);
}

TEST(channel_hostile_server_sends_a_malformed_welcome) {
  NothingLeft guard;
  const Bytes valid = encode(welcomeOf());
  const std::string garbage = "server sent what is no handshake message";
  const std::string malformed = "server sent a malformed WELCOME";
  std::vector<std::pair<Bytes, std::string>> cases{
      {{1}, garbage},
      {Bytes(kMaxHandshakeBytes, 0), garbage},
      {encode(helloOf()), "server sent HELLO where WELCOME was expected"},
      {encode(Attach{}), "server sent ATTACH where WELCOME was expected"},
      {encodeBare(MessageType::ready), "server sent READY where WELCOME was expected"},
      {encode(Refuse{0, "no code"}), "server sent a malformed REFUSE"}};
  for (size_t size = 1; size < valid.size(); size++) {
    cases.emplace_back(Bytes(valid.begin(), valid.begin() + size), size < 6 ? garbage : malformed);
  }
  cases.emplace_back(valid, malformed);
  cases.back().first.push_back(0);
  for (const auto& [bytes, expected] : cases) {
    Greeted both;
    Half half;
    half.seal();
    sendRaw(both.sockets.b.get(), bytes, half.fds);
    const auto event = both.client.onReadable();
    CHECK_EQ(messageOf(event), expected);
    // The server's log is to say the same.
    const auto told = decodeRefuse(receiveRaw(both.sockets.b.get()));
    CHECK(told.has_value() && told->message == expected);
    // Over is over.
    sendRaw(both.sockets.b.get(), valid);
    CHECK(failureOf(both.client.onReadable()) != nullptr);
  }
}

TEST(channel_hostile_server_chooses_what_was_not_offered) {
  NothingLeft guard;
  const std::function<void(Welcome&)> choices[] = {
      [](Welcome& welcome) { welcome.version = 0; },
      [](Welcome& welcome) { welcome.version = kProtocolVersion + 1; },
      [](Welcome& welcome) { welcome.clientRingBytes = kRingBytes * 2; },
      [](Welcome& welcome) { welcome.clientRingBytes = 0; },
      [](Welcome& welcome) { welcome.clientRingBytes = 12288; },
      [](Welcome& welcome) { welcome.clientRingBytes = 2048; },
      [](Welcome& welcome) { welcome.clientRingBytes = 0x80000000; },
      [](Welcome& welcome) { welcome.serverRingBytes = 0; },
      [](Welcome& welcome) { welcome.serverRingBytes = kRingBytes + 1; },
      [](Welcome& welcome) { welcome.serverRingBytes = 0x80000000; },
      [](Welcome& welcome) { welcome.serverRingBytes = 0xffffffff; },
  };
  for (const auto& choose : choices) {
    Greeted both;
    Half half;
    half.seal();
    Welcome welcome = welcomeOf();
    choose(welcome);
    sendRaw(both.sockets.b.get(), encode(welcome), half.fds);
    const std::string told = messageOf(both.client.onReadable());
    CHECK(contains(told, "was not offered"));
    if (welcome.version != kProtocolVersion) {
      CHECK_EQ(told, "server chose protocol version " + std::to_string(welcome.version) +
                         ", which was not offered: client speaks 1…1");
    }
  }
  for (const bool sameUid : {true, false}) {
    Greeted both(sameUid);
    Half half;
    half.seal();
    Welcome welcome = welcomeOf();
    welcome.hasBell = !sameUid;
    sendRaw(both.sockets.b.get(), encode(welcome), half.fds);
    CHECK(contains(messageOf(both.client.onReadable()), "without the agreed bell"));
  }
}

TEST(channel_hostile_server_ends_the_handshake_wrongly) {
  NothingLeft guard;
  const std::pair<Bytes, std::string> cases[] = {
      {encode(welcomeOf()), "server sent WELCOME where READY was expected"},
      {encodeBare(MessageType::taken), "server sent TAKEN where READY was expected"},
      {Bytes{0}, "server sent what is no handshake message"},
      {encode(Refuse{0, "no"}), "server sent a malformed REFUSE"},
      {encode(Refuse{17, "no"}), "server sent a malformed REFUSE"}};
  for (const auto& [bytes, expected] : cases) {
    Greeted both;
    Half half;
    half.seal();
    sendRaw(both.sockets.b.get(), encode(welcomeOf()), half.fds);
    CHECK(isPending(both.client.onReadable()));
    sendRaw(both.sockets.b.get(), bytes);
    CHECK_EQ(messageOf(both.client.onReadable()), expected);
  }
  // READY needs no descriptors, and whoever sends some wants to fill our table.
  Greeted both;
  Half half;
  half.seal();
  sendRaw(both.sockets.b.get(), encode(welcomeOf()), half.fds);
  CHECK(isPending(both.client.onReadable()));
  sendRaw(both.sockets.b.get(), encodeBare(MessageType::ready), half.fds);
  CHECK(contains(messageOf(both.client.onReadable()), "too many"));
}

TEST(channel_hostile_server_is_ready_after_it_was_given_up) {
  NothingLeft guard;
  Greeted both;
  sendRaw(both.sockets.b.get(), Bytes{0});
  CHECK(failureOf(both.client.onReadable()) != nullptr);
  sendRaw(both.sockets.b.get(), encodeBare(MessageType::ready));
  CHECK(failureOf(both.client.onReadable()) != nullptr);
}

TEST(channel_hostile_server_has_an_impossible_clock) {
  NothingLeft guard;
  constexpr int64_t kSecond = 1'000'000'000;
  for (const int64_t offset : {(int64_t{1} << 62) + kSecond, INT64_MAX - kSecond, INT64_MIN,
                               INT64_MIN + kSecond, -(int64_t{1} << 62) - kSecond}) {
    Greeted both;
    Half half;
    half.seal();
    Welcome welcome = welcomeOf();
    welcome.self.monotonicNs = os::monotonicNs() + static_cast<uint64_t>(offset);
    sendRaw(both.sockets.b.get(), encode(welcome), half.fds);
    const auto event = both.client.onReadable();
    CHECK_EQ(messageOf(event), std::string("server has an impossible clock"));
  }
}

TEST(channel_hostile_server_may_have_another_clock) {
  NothingLeft guard;
  for (const int64_t offset : {int64_t{3'600'000'000'000}, int64_t{-7'200'000'000'000}}) {
    const uint64_t before = os::monotonicNs();
    Greeted both;
    Half half;
    half.seal();
    Welcome welcome = welcomeOf();
    welcome.self.monotonicNs = os::monotonicNs() + static_cast<uint64_t>(offset);
    sendRaw(both.sockets.b.get(), encode(welcome), half.fds);
    CHECK(isPending(both.client.onReadable()));
    const auto journey = static_cast<int64_t>(os::monotonicNs() - before);
    const auto attach = decodeAttach(receiveRaw(both.sockets.b.get()));
    REQUIRE(attach.has_value());
    CHECK(attach->clockOffsetNs > offset - journey && attach->clockOffsetNs < offset + journey);
    sendRaw(both.sockets.b.get(), encodeBare(MessageType::ready));
    auto event = both.client.onReadable();
    const auto* parts = std::get_if<ChannelParts>(&event);
    REQUIRE(parts != nullptr);
    CHECK_EQ(parts->clockOffsetNs, attach->clockOffsetNs);
  }
}

}  // namespace
