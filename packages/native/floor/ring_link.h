/// @file
/// doorcall's own rings, parked words and waiting policy, as a synchronous call uses them
/// (napi/sync_call.cc), without connection, handshake and calls around them.
#pragma once

#include <cstdint>
#include <vector>

#include "ring/consumer.h"
#include "ring/parking.h"
#include "ring/producer.h"
#include "ring/wait_policy.h"
#include "shared_memory.h"

namespace floor_lab {

namespace ring = doorcall::ring;

class RingLink {
 public:
  RingLink(ring::WaitPolicy::Rules rules, uint32_t bytes);

  class End {
   public:
    void send(const uint8_t* payload);
    /// @return private memory, until the next call.
    const uint8_t* receive();

   private:
    friend class RingLink;
    End(void* own, void* peer, ring::WaitPolicy::Rules rules, bool asks, uint32_t bytes);

    bool hasWork(bool forSpace);
    void waitFor(bool forSpace);
    bool spin(bool forSpace, uint64_t& waitStart);
    void sleep(bool forSpace);
    void wake(ring::WaitState how);

    ring::OwnSegmentView own_;
    ring::PeerSegmentView peer_;
    ring::Producer producer_;
    ring::Consumer consumer_;
    ring::ParkedWord parked_;
    ring::WakeDecision wakeDecision_;
    ring::WaitPolicy policy_;
    /// Waits for answers; the other end waits for requests.
    bool asks_;
    uint32_t bytes_;
    uint64_t headWhenFull_ = 0;
    /// What a drain copies into, and where a message of several records is put together.
    std::vector<uint8_t> batch_;
    std::vector<uint8_t> message_;
  };

  End client() { return End(clients_, servers_, rules_, true, bytes_); }
  End server() { return End(servers_, clients_, rules_, false, bytes_); }

 private:
  ring::WaitPolicy::Rules rules_;
  uint32_t bytes_;
  void* clients_;
  void* servers_;
};

}  // namespace floor_lab
