#include "channel/handshake_messages.h"

#include <algorithm>
#include <vector>

#include "fuzz/input.h"
#include "fuzz/targets.h"

namespace fuzz {
namespace {

using namespace doorcall::channel;

/// What is accepted has one form only, so that writing it again gives the same bytes.
void mustBe(const std::vector<uint8_t>& written, std::span<const uint8_t> read, MessageType type) {
  must(std::equal(written.begin(), written.end(), read.begin(), read.end()),
       "a message that was accepted has another form, too");
  must(peekType(read) == type, "a message that was accepted has another type");
}

}  // namespace

int handshakeMessages(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> bytes(data, size);
  int accepted = 0;
  if (const auto hello = decodeHello(bytes)) {
    accepted++;
    mustBe(encode(*hello), bytes, MessageType::hello);
    must(hello->minVersion <= hello->maxVersion, "versions in the wrong order");
    must(hello->self.maxFds <= kMostFds && hello->self.maxBlobBytes <= kMostBlobBytes, "limits");
    must(hello->self.maxMessageBytes >= kLeastMaxMessageBytes, "a limit that no error fits");
    must(hello->self.service.size() <= kMaxNameBytes, "a name that is too long");
    must(hello->self.descriptor.size() <= kMaxDescriptorBytes, "a contract that is too long");
  }
  if (const auto welcome = decodeWelcome(bytes)) {
    accepted++;
    mustBe(encode(*welcome), bytes, MessageType::welcome);
  }
  if (const auto attach = decodeAttach(bytes)) {
    accepted++;
    mustBe(encode(*attach), bytes, MessageType::attach);
    must(isPossibleClockOffset(attach->clockOffsetNs), "an impossible clock");
  }
  if (const auto refuse = decodeRefuse(bytes)) {
    accepted++;
    mustBe(encode(*refuse), bytes, MessageType::refuse);
    must(refuse->code >= 1 && refuse->code <= 16, "a code that there is not");
  }
  for (const auto type : {MessageType::ready, MessageType::takeover, MessageType::taken}) {
    if (!isBare(bytes, type)) continue;
    accepted++;
    mustBe(encodeBare(type), bytes, type);
  }
  must(accepted <= 1, "a message of two types");
  must(accepted == 0 || size <= kMaxHandshakeBytes, "a message that is too long");
  return 0;
}

}  // namespace fuzz
