// Sides that speak different versions of the protocol agree on one, or say what each of them
// speaks.
#include "channel_support.h"

namespace {

using namespace channel_test;

constexpr uint16_t kThis = kProtocolVersion;
constexpr uint16_t kFormer = kThis - 1;
constexpr uint16_t kNext = kThis + 1;

/// All that a side can speak of these three: what lies between two versions is spoken, too.
constexpr Versions kSpoken[] = {
    {kFormer, kFormer}, {kThis, kThis}, {kNext, kNext},
    {kFormer, kThis},   {kThis, kNext}, {kFormer, kNext},
};

std::string textOf(Versions versions) {
  return std::to_string(versions.oldest) + "…" + std::to_string(versions.newest);
}

bool speaks(Versions versions, uint16_t version) {
  return versions.oldest <= version && version <= versions.newest;
}

/// The newest of the three that both speak.
std::optional<uint16_t> common(Versions client, Versions server) {
  for (const uint16_t version : {kNext, kThis, kFormer}) {
    if (speaks(client, version) && speaks(server, version)) return version;
  }
  return std::nullopt;
}

Hello helloOfVersions(Versions versions) {
  Hello hello = helloOf();
  hello.minVersion = versions.oldest;
  hello.maxVersion = versions.newest;
  return hello;
}

void refusedOnBothSides(Handshakes& both, Versions client, Versions server) {
  CHECK(!both.client.begin());
  const auto atServer = both.server.onReadable();
  REQUIRE(failureOf(atServer) != nullptr);
  CHECK_EQ(failureOf(atServer)->code, kFailedPrecondition);
  CHECK_EQ(messageOf(atServer), "protocol versions do not meet: client speaks " + textOf(client) +
                                    ", server " + textOf(server));
  const auto atClient = both.client.onReadable();
  REQUIRE(failureOf(atClient) != nullptr);
  CHECK_EQ(failureOf(atClient)->code, kFailedPrecondition);
  CHECK_EQ(messageOf(atClient), messageOf(atServer));
  CHECK(!failureOf(atClient)->retryable);
}

TEST(channel_versions_are_agreed_on_or_refused_by_name) {
  NothingLeft guard;
  int agreed = 0;
  int refused = 0;
  for (const Versions client : kSpoken) {
    for (const Versions server : kSpoken) {
      Handshakes both(helloOfVersions(client), "", true, server);
      const auto expected = common(client, server);
      if (!expected) {
        refusedOnBothSides(both, client, server);
        refused++;
        continue;
      }
      auto parts = finish(both, introductionOf("server", 1));
      REQUIRE(parts.has_value());
      CHECK_EQ(parts->client.protocolVersion, *expected);
      CHECK_EQ(parts->server.protocolVersion, *expected);
      agreed++;
    }
  }
  CHECK_EQ(agreed, 26);
  CHECK_EQ(refused, 10);
}

TEST(channel_versions_far_away_are_refused_by_name) {
  NothingLeft guard;
  for (const Versions client : {Versions{2, 3}, Versions{0, 0}, Versions{65535, 65535}}) {
    Handshakes both(helloOfVersions(client));
    refusedOnBothSides(both, client, {});
  }
  Handshakes all(helloOfVersions({0, 65535}));
  auto parts = finish(all, introductionOf("server", 1));
  REQUIRE(parts.has_value());
  CHECK_EQ(parts->client.protocolVersion, kThis);
}

// Later versions may have more in their HELLO, or less.
TEST(channel_versions_are_read_off_a_hello_of_any_shape) {
  NothingLeft guard;
  const auto whole = encode(helloOfVersions({kNext, kNext}));
  auto longer = whole;
  longer.resize(whole.size() + 100, 7);
  const std::vector<uint8_t> shorter(whole.begin(), whole.begin() + 10);
  for (const auto& bytes : {longer, shorter}) {
    os_test::SocketPair sockets;
    ServerHandshake server(std::move(sockets.b), credentials());
    CHECK(os::sendMessage(sockets.a.get(), bytes.data(), bytes.size(), nullptr, 0).ok());
    CHECK_EQ(messageOf(server.onReadable()), "protocol versions do not meet: client speaks " +
                                                 textOf({kNext, kNext}) + ", server " + textOf({}));
  }
  // One that says that it can speak this version has to speak it.
  auto ours = encode(helloOfVersions({kThis, kNext}));
  ours.push_back(7);
  const std::vector<uint8_t> tooShort(whole.begin(), whole.begin() + 9);
  const auto backwards = encode(helloOfVersions({kNext, kFormer}));
  for (const auto& bytes : {ours, tooShort, backwards}) {
    os_test::SocketPair sockets;
    ServerHandshake server(std::move(sockets.b), credentials());
    CHECK(os::sendMessage(sockets.a.get(), bytes.data(), bytes.size(), nullptr, 0).ok());
    CHECK_EQ(messageOf(server.onReadable()), "got a malformed HELLO");
  }
}

}  // namespace
