// A server shakes hands with somebody who sends anything but what is expected: it ends, says why to
// both, and leaves nothing open.
#include <initializer_list>
#include <utility>

#include "channel_half.h"

namespace {

using namespace channel_test;

/// A server's handshake that has had its HELLO, and the socket to go on from.
struct Welcomed {
  Welcomed() : server(std::move(sockets.b), credentials()) {
    sendRaw(sockets.a.get(), encode(helloOf()));
    CHECK(std::holds_alternative<ServerHandshake::HelloArrived>(server.onReadable()));
    CHECK(!server.welcome(introductionOf("server", 1), kRingBytes, kRingBytes));
    const Bytes answer = receiveRaw(sockets.a.get());
    CHECK(decodeWelcome(answer).has_value());
  }

  os_test::SocketPair sockets;
  ServerHandshake server;
};

/// The server must have failed with a sentence, said so to its peer, and want no more.
template <class Event>
void checkRefused(const Event& event, ServerHandshake& server, int socket, uint16_t code,
                  const std::string& part) {
  REQUIRE(failureOf(event) != nullptr);
  CHECK_EQ(failureOf(event)->code, code);
  if (!contains(messageOf(event), part)) {
    CHECK_EQ(messageOf(event), part);
  }
  const auto refuse = decodeRefuse(receiveRaw(socket));
  REQUIRE(refuse.has_value());
  CHECK_EQ(refuse->code, code);
  CHECK_EQ(refuse->message, messageOf(event));
  CHECK(server.welcome(introductionOf("server", 1), kRingBytes, kRingBytes).has_value());
}

Attach attachOf() {
  Attach attach;
  attach.hasBell = true;
  attach.hasPidfd = true;
  return attach;
}

TEST(channel_hostile_client_sends_garbage_first) {
  NothingLeft guard;
  const Bytes hello = encode(helloOf());
  const std::string garbage = "not a doorcall handshake";
  std::vector<std::pair<Bytes, std::string>> cases{
      {{0}, garbage},
      {Bytes(100, 0xff), garbage},
      {Bytes(kMaxHandshakeBytes, 0), garbage},
      {encode(attachOf()), "got ATTACH where HELLO was expected"},
      {encode(Refuse{3, "no"}), "got REFUSE where HELLO was expected"},
      {encodeBare(MessageType::ready), "got READY where HELLO was expected"},
      {encodeBare(MessageType::taken), "got TAKEN where HELLO was expected"}};
  for (size_t size = 1; size < hello.size(); size++) {
    cases.emplace_back(Bytes(hello.begin(), hello.begin() + size),
                       size < 6 ? garbage : "got a malformed HELLO");
  }
  cases.emplace_back(hello, "got a malformed HELLO");
  cases.back().first.push_back(0);
  cases.emplace_back(encodeBare(MessageType::takeover), "got a malformed TAKEOVER");
  cases.back().first.push_back(0);
  for (const auto& [bytes, expected] : cases) {
    os_test::SocketPair sockets;
    ServerHandshake server(std::move(sockets.b), credentials());
    sendRaw(sockets.a.get(), bytes);
    const auto event = server.onReadable();
    CHECK_EQ(messageOf(event), expected);
    checkRefused(event, server, sockets.a.get(), kInvalidArgument, expected);
  }
}

// A client that finds something wrong with the server's half says so; that is no malformed message.
TEST(channel_hostile_client_gives_up) {
  NothingLeft guard;
  const Bytes refusal = encode(Refuse{kResourceExhausted, "no memory\nof its own"});
  for (const bool welcomed : {false, true}) {
    os_test::SocketPair sockets;
    ServerHandshake server(std::move(sockets.b), credentials());
    sendRaw(sockets.a.get(), encode(helloOf()));
    CHECK(std::holds_alternative<ServerHandshake::HelloArrived>(server.onReadable()));
    if (welcomed) {
      CHECK(!server.welcome(introductionOf("server", 1), kRingBytes, kRingBytes));
      CHECK(decodeWelcome(receiveRaw(sockets.a.get())).has_value());
    }
    sendRaw(sockets.a.get(), refusal);
    const auto event = server.onReadable();
    REQUIRE(failureOf(event) != nullptr);
    CHECK_EQ(failureOf(event)->code, kResourceExhausted);
    CHECK_EQ(messageOf(event), std::string("the client gave up: no memory of its own"));
    // Whoever has refused is told nothing more.
    CHECK(!os_test::readable(sockets.a.get(), 0));
    CHECK(server.welcome(introductionOf("server", 1), kRingBytes, kRingBytes).has_value());
  }
}

TEST(channel_hostile_client_gives_up_with_many_words) {
  NothingLeft guard;
  Welcomed both;
  sendRaw(both.sockets.a.get(), encode(Refuse{3, std::string(kMaxDescriptorBytes, 'w')}));
  CHECK(messageOf(both.server.onReadable()).size() < 300);
}

TEST(channel_hostile_client_sends_too_much_first) {
  NothingLeft guard;
  {
    os_test::SocketPair sockets;
    ServerHandshake server(std::move(sockets.b), credentials());
    Bytes hello = encode(helloOf());
    hello.resize(kMaxHandshakeBytes + 1);
    sendRaw(sockets.a.get(), hello);
    const auto event = server.onReadable();
    checkRefused(event, server, sockets.a.get(), kInvalidArgument, "truncated");
  }
  for (const size_t count : {size_t{1}, size_t{3}, os::kMaxMessageFds}) {
    os_test::SocketPair sockets;
    ServerHandshake server(std::move(sockets.b), credentials());
    std::vector<UniqueFd> fds;
    while (fds.size() < count) fds.emplace_back(::fcntl(sockets.a.get(), F_DUPFD_CLOEXEC, 0));
    sendRaw(sockets.a.get(), encode(helloOf()), fds);
    const auto event = server.onReadable();
    checkRefused(event, server, sockets.a.get(), kInvalidArgument, "too many");
  }
}

TEST(channel_hostile_client_speaks_out_of_turn) {
  NothingLeft guard;
  const std::vector<Bytes> messages{
      encode(helloOf()), encode(attachOf()), encodeBare(MessageType::takeover), {1}};
  for (const Bytes& bytes : messages) {
    os_test::SocketPair sockets;
    ServerHandshake server(std::move(sockets.b), credentials());
    sendRaw(sockets.a.get(), encode(helloOf()));
    CHECK(std::holds_alternative<ServerHandshake::HelloArrived>(server.onReadable()));
    sendRaw(sockets.a.get(), bytes);
    const auto event = server.onReadable();
    checkRefused(event, server, sockets.a.get(), kInvalidArgument, "out of turn");
  }
}

TEST(channel_hostile_client_sends_an_empty_message) {
  NothingLeft guard;
  os_test::SocketPair sockets;
  ServerHandshake server(std::move(sockets.b), credentials());
  CHECK_EQ(::send(sockets.a.get(), "", 0, 0), 0);
  CHECK_EQ(messageOf(server.onReadable()), std::string("peer left in the middle of the handshake"));
}

TEST(channel_hostile_client_spoils_its_half) {
  NothingLeft guard;
  for (const Spoiling& one : spoilings()) {
    Welcomed both;
    Half half;
    one.spoil(half);
    sendRaw(both.sockets.a.get(), encode(attachOf()), half.fds);
    const auto event = both.server.onReadable();
    if (failureOf(event) == nullptr) std::fprintf(stderr, "  accepted: %s\n", one.name);
    checkRefused(event, both.server, both.sockets.a.get(), kInvalidArgument, one.expected);
  }
  // Nothing but the spoiling was wrong.
  Welcomed both;
  Half half;
  half.seal();
  sendRaw(both.sockets.a.get(), encode(attachOf()), half.fds);
  CHECK(std::holds_alternative<ChannelParts>(both.server.onReadable()));
  CHECK(isBare(receiveRaw(both.sockets.a.get()), MessageType::ready));
}

TEST(channel_hostile_client_sends_a_malformed_attach) {
  NothingLeft guard;
  Attach named = attachOf();
  named.descriptor = "descriptor";
  const Bytes valid = encode(named);
  const std::string malformed = "got a malformed ATTACH";
  std::vector<std::pair<Bytes, std::string>> cases{
      {encode(helloOf()), "got HELLO where ATTACH was expected"},
      {encodeBare(MessageType::ready), "got READY where ATTACH was expected"},
      {encode(Refuse{0, "no code"}), "got REFUSE where ATTACH was expected"}};
  for (size_t size = 1; size < valid.size(); size++) {
    cases.emplace_back(Bytes(valid.begin(), valid.begin() + size),
                       size < 6 ? "got no handshake message" : malformed);
  }
  cases.emplace_back(valid, malformed);
  cases.back().first.push_back(0);
  for (const int64_t offset : {INT64_MIN, INT64_MIN + 1, INT64_MAX, -(int64_t{1} << 62)}) {
    Attach far = attachOf();
    far.clockOffsetNs = offset;
    cases.emplace_back(encode(far), malformed);
  }
  for (const auto& [bytes, expected] : cases) {
    Welcomed both;
    Half half;
    half.seal();
    sendRaw(both.sockets.a.get(), bytes, half.fds);
    const auto event = both.server.onReadable();
    CHECK_EQ(messageOf(event), expected);
    checkRefused(event, both.server, both.sockets.a.get(), kInvalidArgument, expected);
  }
}

TEST(channel_hostile_client_has_a_bell_where_none_was_agreed) {
  NothingLeft guard;
  for (const bool sameUid : {true, false}) {
    os_test::SocketPair sockets;
    ServerHandshake server(std::move(sockets.b), credentials(sameUid));
    sendRaw(sockets.a.get(), encode(helloOf()));
    server.onReadable();
    CHECK(!server.welcome(introductionOf("server", 1), kRingBytes, kRingBytes));
    receiveRaw(sockets.a.get());
    Half half;
    half.seal();
    Attach attach = attachOf();
    attach.hasBell = !sameUid;
    if (sameUid) half.fds.erase(half.fds.begin() + 1);
    sendRaw(sockets.a.get(), encode(attach), half.fds);
    const auto event = server.onReadable();
    checkRefused(event, server, sockets.a.get(), kInvalidArgument, "without the agreed bell");
  }
}

TEST(channel_hostile_client_may_lack_pidfds_and_have_another_clock) {
  NothingLeft guard;
  for (const int64_t offset : {int64_t{0}, int64_t{-5'000'000'000}, (int64_t{1} << 62) - 1}) {
    Welcomed both;
    Half half;
    half.seal();
    half.fds.pop_back();
    Attach attach = attachOf();
    attach.hasPidfd = false;
    attach.clockOffsetNs = offset;
    sendRaw(both.sockets.a.get(), encode(attach), half.fds);
    auto event = both.server.onReadable();
    const auto* parts = std::get_if<ChannelParts>(&event);
    REQUIRE(parts != nullptr);
    CHECK(!parts->peerPidfd.valid());
    CHECK(parts->peerBell.valid());
    // Its offset is ours from the other side.
    CHECK_EQ(parts->clockOffsetNs, -offset);
  }
}

}  // namespace
