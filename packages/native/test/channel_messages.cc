// The bytes of the handshake: what was put in comes out, and nothing else is accepted.
#include <cstring>
#include <functional>
#include <initializer_list>

#include "channel/handshake_messages.h"
#include "ring_support.h"

namespace {

using namespace doorcall::channel;
using ring_test::Random;
using Bytes = std::vector<uint8_t>;

Introduction introduction() {
  Introduction self;
  self.service = "orders";
  for (size_t i = 0; i < self.fingerprint.size(); i++)
    self.fingerprint[i] = static_cast<uint8_t>(i * 17);
  for (size_t i = 0; i < self.codec.size(); i++) self.codec[i] = static_cast<uint8_t>(0x61 + i);
  self.descriptor = "{\"a\":1}";
  self.maxMessageBytes = 0x01020304;
  self.maxInFlight = 0x11121314;
  self.onewayWindow = 0x21222324;
  self.streamWindowBytes = 0x61626364;
  self.streamWindowItems = 0x71727374;
  self.maxBlobBytes = 0x818283848586;
  self.maxFds = 0x91;
  self.monotonicNs = 0x3132333435363738;
  return self;
}

bool same(const Introduction& a, const Introduction& b) {
  return a.service == b.service && a.fingerprint == b.fingerprint && a.codec == b.codec &&
         a.descriptor == b.descriptor && a.maxMessageBytes == b.maxMessageBytes &&
         a.maxInFlight == b.maxInFlight && a.onewayWindow == b.onewayWindow &&
         a.streamWindowBytes == b.streamWindowBytes && a.streamWindowItems == b.streamWindowItems &&
         a.maxBlobBytes == b.maxBlobBytes && a.maxFds == b.maxFds && a.monotonicNs == b.monotonicNs;
}

Hello hello() {
  Hello hello;
  hello.minVersion = 0x0102;
  hello.maxVersion = 0x0304;
  hello.features = 0x41424344;
  hello.ringBytes = 0x51525354;
  hello.self = introduction();
  return hello;
}

Welcome welcome() {
  Welcome welcome;
  welcome.version = 7;
  welcome.features = 8;
  welcome.clientRingBytes = 9;
  welcome.serverRingBytes = 10;
  welcome.hasPidfd = true;
  welcome.self = introduction();
  return welcome;
}

Attach attach() {
  Attach attach;
  attach.hasBell = true;
  attach.clockOffsetNs = -123456789012345;
  attach.descriptor = "descriptor";
  return attach;
}

/// One kind of message: valid bytes, and whether bytes are accepted as such.
struct Kind {
  MessageType type;
  Bytes valid;
  std::function<bool(const Bytes&)> accepts;
};

std::vector<Kind> kinds() {
  const auto bare = [](MessageType type) {
    return Kind{type, encodeBare(type), [type](const Bytes& bytes) { return isBare(bytes, type); }};
  };
  return {
      {MessageType::hello, encode(hello()),
       [](const Bytes& b) { return decodeHello(b).has_value(); }},
      {MessageType::welcome, encode(welcome()),
       [](const Bytes& b) { return decodeWelcome(b).has_value(); }},
      {MessageType::attach, encode(attach()),
       [](const Bytes& b) { return decodeAttach(b).has_value(); }},
      {MessageType::refuse, encode(Refuse{7, "no"}),
       [](const Bytes& b) { return decodeRefuse(b).has_value(); }},
      bare(MessageType::ready),
      bare(MessageType::takeover),
      bare(MessageType::taken),
  };
}

/// Bytes in a block of exactly their size, so that AddressSanitizer sees a step beyond.
Bytes exact(const uint8_t* from, size_t size) {
  Bytes bytes(from, from + size);
  bytes.shrink_to_fit();
  return bytes;
}

TEST(channel_messages_come_out_as_they_went_in) {
  const auto h = decodeHello(encode(hello()));
  REQUIRE(h.has_value());
  CHECK_EQ(h->minVersion, 0x0102);
  CHECK_EQ(h->maxVersion, 0x0304);
  CHECK_EQ(h->features, 0x41424344u);
  CHECK_EQ(h->ringBytes, 0x51525354u);
  CHECK(same(h->self, introduction()));

  for (const bool bell : {false, true}) {
    for (const bool pidfd : {false, true}) {
      Welcome sent = welcome();
      sent.hasBell = bell;
      sent.hasPidfd = pidfd;
      const auto w = decodeWelcome(encode(sent));
      REQUIRE(w.has_value());
      CHECK_EQ(w->version, 7);
      CHECK_EQ(w->features, 8u);
      CHECK_EQ(w->clientRingBytes, 9u);
      CHECK_EQ(w->serverRingBytes, 10u);
      CHECK_EQ(w->hasBell, bell);
      CHECK_EQ(w->hasPidfd, pidfd);
      CHECK(same(w->self, introduction()));
      Attach attached = attach();
      attached.hasBell = bell;
      attached.hasPidfd = pidfd;
      const auto a = decodeAttach(encode(attached));
      REQUIRE(a.has_value());
      CHECK_EQ(a->hasBell, bell);
      CHECK_EQ(a->hasPidfd, pidfd);
      CHECK_EQ(a->clockOffsetNs, -123456789012345);
      CHECK_EQ(a->descriptor, std::string("descriptor"));
    }
  }
  const auto r = decodeRefuse(encode(Refuse{16, "go away"}));
  REQUIRE(r.has_value());
  CHECK_EQ(r->code, 16);
  CHECK_EQ(r->message, std::string("go away"));
}

// Two builds of different age must agree on these bytes, at least as far as to tell that they
// differ.
TEST(channel_messages_hello_byte_by_byte) {
  const uint8_t expected[] = {
      'D',
      'C',
      'H',
      '1',  // magic
      1,
      0,  // HELLO
      0x02,
      0x01,
      0x04,
      0x03,  // versions
      0x44,
      0x43,
      0x42,
      0x41,  // features
      0x54,
      0x53,
      0x52,
      0x51,  // ring bytes
      6,
      0,
      0,
      0,
      'o',
      'r',
      'd',
      'e',
      'r',
      's',
      0,
      17,
      34,
      51,
      68,
      85,
      102,
      119,
      136,
      153,
      170,
      187,
      204,
      221,
      238,
      255,
      0x61,
      0x62,
      0x63,
      0x64,
      0x65,
      0x66,
      0x67,
      0x68,  // codec
      7,
      0,
      0,
      0,
      '{',
      '"',
      'a',
      '"',
      ':',
      '1',
      '}',
      0x04,
      0x03,
      0x02,
      0x01,  // longest
             // message
      0x14,
      0x13,
      0x12,
      0x11,  // calls in flight
      0x24,
      0x23,
      0x22,
      0x21,  // one-way window
      0x64,
      0x63,
      0x62,
      0x61,
      0x74,
      0x73,
      0x72,
      0x71,  // stream window: bytes, items
      0x86,
      0x85,
      0x84,
      0x83,
      0x82,
      0x81,
      0,
      0,  // blobs
      0x91,
      0,
      0,
      0,  // descriptors
      0x38,
      0x37,
      0x36,
      0x35,
      0x34,
      0x33,
      0x32,
      0x31,
  };
  CHECK(encode(hello()) == Bytes(expected, expected + sizeof expected));
}

TEST(channel_messages_refuse_every_prefix_and_every_extra_byte) {
  for (const Kind& kind : kinds()) {
    CHECK(kind.accepts(kind.valid));
    for (size_t size = 0; size < kind.valid.size(); size++) {
      CHECK(!kind.accepts(exact(kind.valid.data(), size)));
    }
    for (const uint8_t extra : {0, 1, 255}) {
      Bytes longer = kind.valid;
      longer.push_back(extra);
      CHECK(!kind.accepts(longer));
    }
  }
}

TEST(channel_messages_are_told_apart) {
  const auto all = kinds();
  for (const Kind& kind : all) {
    for (const Kind& other : all) CHECK_EQ(kind.accepts(other.valid), kind.type == other.type);
    CHECK(peekType(kind.valid) == kind.type);
    for (size_t bit = 0; bit < 6 * 8; bit++) {
      Bytes flipped = kind.valid;
      flipped[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      CHECK(!kind.accepts(flipped));
      CHECK(peekType(flipped) != kind.type);
    }
    for (size_t size = 0; size < 6; size++) {
      CHECK(!peekType(exact(kind.valid.data(), size)).has_value());
    }
  }
  for (const uint16_t type : {0, 8, 255, 256, 65535}) {
    Bytes bytes = encodeBare(MessageType::ready);
    std::memcpy(bytes.data() + 4, &type, sizeof type);
    CHECK(!peekType(bytes).has_value());
  }
}

TEST(channel_messages_refuse_texts_beyond_their_limits) {
  const auto withLength = [](Bytes bytes, size_t at, uint32_t length) {
    std::memcpy(bytes.data() + at, &length, sizeof length);
    return bytes;
  };
  const Bytes valid = encode(hello());
  constexpr size_t kName = 18;
  constexpr size_t kBeforeDescriptor = kFingerprintBytes + kCodecBytes;
  constexpr size_t kDescriptor = kName + 4 + 6 + kBeforeDescriptor;
  for (const uint32_t length : {7u, 255u, 256u, 0x7fffffffu, 0xffffffffu}) {
    CHECK(!decodeHello(withLength(valid, kName, length)).has_value());
    CHECK(!decodeHello(withLength(valid, kDescriptor, length + 1)).has_value());
  }

  Hello largest = hello();
  largest.self.service = std::string(kMaxNameBytes, 'n');
  largest.self.descriptor = std::string(kMaxDescriptorBytes, 'd');
  const auto decoded = decodeHello(encode(largest));
  REQUIRE(decoded.has_value());
  CHECK(same(decoded->self, largest.self));
  CHECK(encode(largest).size() <= kMaxHandshakeBytes);

  // One byte more, with all the rest right.
  Bytes longName = encode(largest);
  longName.insert(longName.begin() + kName + 4, 'n');
  CHECK(!decodeHello(withLength(longName, kName, kMaxNameBytes + 1)).has_value());
  Bytes longDescriptor = encode(largest);
  const size_t at = kName + 4 + kMaxNameBytes + kBeforeDescriptor;
  longDescriptor.insert(longDescriptor.begin() + at + 4, 'd');
  CHECK(!decodeHello(withLength(longDescriptor, at, kMaxDescriptorBytes + 1)).has_value());

  // What is too long to be sent is cut, so that what is sent is always valid.
  const auto refuse = decodeRefuse(encode(Refuse{3, std::string(kMaxHandshakeBytes * 2, 'm')}));
  REQUIRE(refuse.has_value());
  CHECK_EQ(refuse->message.size(), kMaxDescriptorBytes);
}

TEST(channel_messages_refuse_values_that_mean_nothing) {
  Hello backwards = hello();
  backwards.minVersion = 2;
  backwards.maxVersion = 1;
  CHECK(!decodeHello(encode(backwards)).has_value());

  // Less could not even carry the reason why a call failed.
  for (const uint32_t least : {0u, 1u, kLeastMaxMessageBytes - 1, kLeastMaxMessageBytes}) {
    Hello small = hello();
    small.self.maxMessageBytes = least;
    CHECK_EQ(decodeHello(encode(small)).has_value(), least == kLeastMaxMessageBytes);
    Welcome answer = welcome();
    answer.self.maxMessageBytes = least;
    CHECK_EQ(decodeWelcome(encode(answer)).has_value(), least == kLeastMaxMessageBytes);
  }

  // More than any address space or message holds.
  for (const bool blobs : {false, true}) {
    for (const uint32_t beyond : {0u, 1u, ~0u}) {
      Hello greedy = hello();
      if (blobs) {
        greedy.self.maxBlobBytes = kMostBlobBytes + beyond;
      } else {
        greedy.self.maxFds = beyond == ~0u ? beyond : kMostFds + beyond;
      }
      CHECK_EQ(decodeHello(encode(greedy)).has_value(), beyond == 0);
      Welcome answer = welcome();
      answer.self = greedy.self;
      CHECK_EQ(decodeWelcome(encode(answer)).has_value(), beyond == 0);
    }
  }

  for (const uint16_t code : {0, 17, 255, 65535}) {
    CHECK(!decodeRefuse(encode(Refuse{code, "no"})).has_value());
  }
  for (uint16_t code = 1; code <= 16; code++) {
    CHECK(decodeRefuse(encode(Refuse{code, "no"})).has_value());
  }

  // Descriptors that this version knows nothing of.
  for (int bit = 2; bit < 8; bit++) {
    Bytes attached = encode(attach());
    attached[6] |= static_cast<uint8_t>(1 << bit);
    CHECK(!decodeAttach(attached).has_value());
    Bytes welcomed = encode(welcome());
    welcomed[6 + 2 + 3 * 4] |= static_cast<uint8_t>(1 << bit);
    CHECK(!decodeWelcome(welcomed).has_value());
  }
}

TEST(channel_messages_survive_garbage) {
  Random random(2);
  const auto all = kinds();
  for (int round = 0; round < 20'000; round++) {
    const Kind& kind = all[random.below(static_cast<uint32_t>(all.size()))];
    Bytes bytes = exact(kind.valid.data(), kind.valid.size());
    for (uint32_t i = random.below(4); i > 0; i--) {
      bytes[random.below(static_cast<uint32_t>(bytes.size()))] =
          static_cast<uint8_t>(random.next());
    }
    if (random.below(4) == 0) bytes.resize(random.below(static_cast<uint32_t>(bytes.size())));
    bytes.shrink_to_fit();
    for (const Kind& other : all) other.accepts(bytes);
    peekType(bytes);
  }
}

}  // namespace
