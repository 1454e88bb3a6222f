/// @file
/// Segments in real shared memory for the tests of the `ring` layer.
#pragma once

#include <utility>

#include "os/segment.h"
#include "os_support.h"
#include "ring_support.h"

namespace ring_test {

using doorcall::os::Mapping;
using doorcall::os::OwnSegment;
using doorcall::os::UniqueFd;

/// A sealed segment, ready to be sent.
inline OwnSegment makeSegment(uint32_t ringBytes) {
  OwnSegment segment =
      doorcall::os::createSegment("doorcall-test", segmentBytes(ringBytes)).value();
  OwnSegmentView(segment.memory.data(), ringBytes).initialise();
  CHECK(doorcall::os::sealSegment(segment).ok());
  return segment;
}

/// One segment in two mappings of this process, as its owner and as the peer would have them.
/// Sanitizers cannot see that both are the same memory, so either side may be hostile.
class SharedSegment {
 public:
  explicit SharedSegment(uint32_t ringBytes)
      : ringBytes_(ringBytes), segment_(makeSegment(ringBytes)) {
    UniqueFd copy(::fcntl(segment_.fd.get(), F_DUPFD_CLOEXEC, 0));
    readOnly_ = doorcall::os::mapPeerSegment(std::move(copy), segmentBytes(ringBytes)).value();
    segment_.fd.reset();
  }

  OwnSegmentView own() const { return {segment_.memory.data(), ringBytes_}; }
  PeerSegmentView peer() const { return {readOnly_.data(), ringBytes_}; }

 private:
  uint32_t ringBytes_;
  OwnSegment segment_;
  Mapping readOnly_;
};

}  // namespace ring_test
