/// @file
/// What one side of a handshake sends of its half, and the ways to spoil it.
#pragma once

#include <sys/eventfd.h>
#include <sys/mman.h>

#include <functional>

#include "channel_support.h"

namespace channel_test {

using Bytes = std::vector<uint8_t>;

/// What one side sends of its half, right unless the test spoils it.
struct Half {
  explicit Half(uint32_t ringBytes = kRingBytes) {
    auto segment = os::createSegment("doorcall-test", ring::segmentBytes(ringBytes)).value();
    ring::OwnSegmentView(segment.memory.data(), ringBytes).initialise();
    memory = std::move(segment.memory);
    fds.push_back(std::move(segment.fd));
    fds.push_back(os::createEventBell().value());
    fds.push_back(os::openSelfPidfd().value());
  }

  void seal() {
    os::OwnSegment segment{std::move(fds[0]), std::move(memory)};
    CHECK(os::sealSegment(segment).ok());
    fds[0] = std::move(segment.fd);
    memory = std::move(segment.memory);
  }
  ring::Identity& identity() { return static_cast<ring::SegmentHeader*>(memory.data())->identity; }

  os::Mapping memory;
  /// Segment, bell, pidfd.
  std::vector<UniqueFd> fds;
};

inline void sendRaw(int socket, const Bytes& bytes, const std::vector<UniqueFd>& fds = {}) {
  std::vector<int> numbers;
  for (const UniqueFd& fd : fds) numbers.push_back(fd.get());
  CHECK(os::sendMessage(socket, bytes.data(), bytes.size(), numbers.data(), numbers.size()).ok());
}

/// The message that lies in `socket`, without the descriptors that came along.
inline Bytes receiveRaw(int socket) {
  Bytes bytes(kMaxHandshakeBytes);
  auto message = os::receiveMessage(socket, bytes.data(), bytes.size(), os::kMaxMessageFds);
  CHECK(message.ok());
  bytes.resize(message.ok() ? message.value().size : 0);
  return bytes;
}

struct Spoiling {
  const char* name;
  /// Part of the message that the victim gives.
  const char* expected;
  std::function<void(Half&)> spoil;
};

/// Ways to spoil what WELCOME and ATTACH carry, the same for both.
inline std::vector<Spoiling> spoilings() {
  const auto pipeEnd = [] { return std::move(os_test::Pipe().out); };
  const auto seal = [](Half& half) { half.seal(); };
  return {
      {"nothing", "expected 3 descriptors, got 0", [](Half& half) { half.fds.clear(); }},
      {"only a segment", "expected 3 descriptors, got 1",
       [=](Half& half) {
         seal(half);
         half.fds.resize(1);
       }},
      {"no pidfd", "expected 3 descriptors, got 2",
       [=](Half& half) {
         seal(half);
         half.fds.resize(2);
       }},
      {"one too many", "too many",
       [=](Half& half) {
         seal(half);
         half.fds.push_back(pipeEnd());
       }},
      {"very many", "too many",
       [=](Half& half) {
         seal(half);
         while (half.fds.size() < 100) half.fds.push_back(pipeEnd());
       }},
      {"a pipe for a segment", "map peer segment", [=](Half& half) { half.fds[0] = pipeEnd(); }},
      {"an unsealed segment", "seal", [](Half&) {}},
      {"seals that let it shrink", "seal",
       [](Half& half) {
         CHECK_EQ(::fcntl(half.fds[0].get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_WRITE), -1);
         CHECK_EQ(::fcntl(half.fds[0].get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SEAL), 0);
       }},
      {"a smaller segment", "were agreed",
       [=](Half& half) {
         half = Half(kRingBytes / 2);
         seal(half);
       }},
      {"a larger segment", "were agreed",
       [=](Half& half) {
         half = Half(kRingBytes * 2);
         seal(half);
       }},
      {"another magic", "wrong magic",
       [=](Half& half) {
         half.identity().magic++;
         seal(half);
       }},
      {"another layout", "another layout version",
       [=](Half& half) {
         half.identity().layoutVersion++;
         seal(half);
       }},
      {"another ring size inside", "another ring size",
       [=](Half& half) {
         half.identity().ringBytes /= 2;
         seal(half);
       }},
      {"a pipe for a bell", "is no eventfd",
       [=](Half& half) {
         seal(half);
         half.fds[1] = pipeEnd();
       }},
      {"a bell that could block us", "blocking mode",
       [=](Half& half) {
         seal(half);
         half.fds[1].reset(::eventfd(0, EFD_CLOEXEC));
       }},
      {"a pipe for a pidfd", "is no pidfd",
       [=](Half& half) {
         seal(half);
         half.fds[2] = pipeEnd();
       }},
      {"bell and pidfd exchanged", "is no eventfd",
       [=](Half& half) {
         seal(half);
         std::swap(half.fds[1], half.fds[2]);
       }},
      {"segment and bell exchanged", "map peer segment",
       [=](Half& half) {
         seal(half);
         std::swap(half.fds[0], half.fds[1]);
       }},
  };
}

}  // namespace channel_test
