// Peers that send descriptors against the rules: the connection ends, and nothing of it is left.
#include "channel_fds.h"

namespace {

using namespace channel_test;

TEST(channel_hostile_fds_break_the_rules) {
  NothingLeft guard;
  const auto spoilt = [](Bytes bytes, size_t at, uint8_t value) {
    bytes[at] = value;
    return bytes;
  };
  const auto longer = [](Bytes bytes) {
    bytes.push_back(0);
    return bytes;
  };
  const std::string nothing = "socket message that means nothing";
  const std::string count = "message without the descriptors that it counts";
  const std::string most = "more descriptors in a message than this side takes, or none";
  const std::string order = "descriptors out of order";
  const std::string tooMany =
      "socket message too long, or with more descriptors than this side takes";
  struct Case {
    Bytes bytes;
    size_t fds;
    std::string expected;
  };
  const std::vector<Case> cases{
      {spoilt(bytesOf(1, 1), 0, 'E'), 1, nothing},
      {spoilt(bytesOf(1, 1), 4, 0), 1, nothing},
      {spoilt(bytesOf(1, 1), 4, 3), 1, nothing},
      {spoilt(bytesOf(1, 1), 5, 1), 1, nothing},
      {spoilt(bytesOf(1, 1), 12, 1), 1, nothing},
      {spoilt(bytesOf(1, 1), 15, 1), 1, nothing},
      {longer(bytesOf(1, 1)), 1, nothing},
      {Bytes(15, 0), 0, nothing},
      {Bytes(17, 0), 0, nothing},
      {Bytes(2, 0), 0, nothing},
      {{0}, 1, nothing},
      {Bytes(64, 0), 1, nothing},
      {Bytes(65, 0), 0, tooMany},
      {bytesOf(1, 1), 0, count},
      {bytesOf(1, 1), 2, count},
      {bytesOf(2, 1), 1, count},
      {bytesOf(0, 1), 0, most},
      {bytesOf(0, 1), 1, most},
      {bytesOf(kMost + 1, 1), kMost, most},
      {bytesOf(65535, 1), 1, most},
      {bytesOf(kMost + 1, 1), kMost + 1, tooMany},
      {bytesOf(1, 1), os::kMaxMessageFds, tooMany},
      {bytesOf(1, 0), 1, order},
      {bytesOf(1, 2), 1, order},
      {bytesOf(1, ~0u), 1, order},
  };
  for (const Case& one : cases) {
    Victim victim;
    const auto fds = files(one.fds);
    const int before = os_test::openFdCount();
    sendRaw(victim.socket(), one.bytes, fds);
    CHECK_EQ(victim.violation(), one.expected);
    CHECK_EQ(os_test::openFdCount(), before);
    CHECK(sendMessage(*victim.channel, 1, 1) == Channel::Send::closed);
    // What comes now is closed without a look.
    sendRaw(victim.socket(), bytesOf(1, 1), files(1));
    CHECK_EQ(victim.violation(), one.expected);
    CHECK_EQ(os_test::openFdCount(), before);
  }
}

TEST(channel_hostile_fds_repeat_a_number) {
  NothingLeft guard;
  Victim victim;
  sendRaw(victim.socket(), bytesOf(1, 1), files(1));
  sendRaw(victim.socket(), bytesOf(1, 1), files(1));
  CHECK_EQ(victim.violation(), std::string("descriptors out of order"));
}

TEST(channel_hostile_fds_come_to_who_takes_none) {
  NothingLeft guard;
  for (const Bytes& bytes : {bytesOf(1, 1), Bytes{0}, Bytes{1, 2}}) {
    Victim victim(0);
    const auto file = files(1);
    const int before = os_test::openFdCount();
    sendRaw(victim.socket(), bytes, file);
    CHECK_EQ(victim.violation(),
             std::string("socket message too long, or with more descriptors than this side takes"));
    CHECK_EQ(os_test::openFdCount(), before);
  }
  // Nor does one who sends no descriptors get away with saying so.
  Victim victim(0);
  sendRaw(victim.socket(), bytesOf(0, 1));
  CHECK(victim.violation() != "none");
}

TEST(channel_hostile_fds_come_to_who_takes_blobs_only) {
  NothingLeft guard;
  // Room for the segment of an arena, and for nothing more: what comes in it is closed at once.
  for (const uint32_t count : {1u, 2u}) {
    Victim victim(0, true);
    const auto some = files(count);
    const int before = os_test::openFdCount();
    sendRaw(victim.socket(), bytesOf(1, static_cast<uint16_t>(count)), some);
    CHECK_EQ(
        victim.violation(),
        std::string(
            count == 1 ? "more descriptors in a message than this side takes, or none"
                       : "socket message too long, or with more descriptors than this side takes"));
    CHECK_EQ(os_test::openFdCount(), before);
  }
}

TEST(channel_hostile_drop_carries_something) {
  NothingLeft guard;
  for (const bool payload : {true, false}) {
    Victim victim;
    sendRaw(victim.socket(), bytesOf(1, 1), files(1));
    const ring::OwnSegmentView segment(victim.peer.own.memory.data(), kRingBytes);
    ring::Producer producer(segment, ring::PeerSegmentView(victim.peer.peer.data(), kRingBytes));
    ring::RecordHeader header{};
    header.kind = kFdReleaseKind;
    header.callId = 1;
    header.flags = payload ? 0 : 1;
    const uint8_t bytes[16] = {};
    CHECK(producer.write(header, nullptr, 0, bytes, payload ? 16 : 0, 0) ==
          ring::Producer::Result::written);
    producer.publish();
    CHECK(take(*victim.channel).empty());
    CHECK_EQ(std::string(victim.channel->violation()), "control record with a payload or flags");
  }
}

}  // namespace
