#include "channel/fd_passing.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "os/unix_socket.h"

namespace doorcall::channel {

namespace {

/** What a side that takes so many with one message has under way at most, or holds. */
uint32_t mostOf(uint32_t perMessage) {
  return std::min(FdPassing::kHeldMessages * perMessage, FdPassing::kMostHeldFds);
}

}  // namespace

FdPassing::FdPassing(uint32_t maxSend, uint32_t maxReceive, bool credit)
    : maxSend_(maxSend),
      maxReceive_(maxReceive),
      mostUnderWay_(mostOf(maxSend)),
      mostHeld_(mostOf(maxReceive)),
      credit_(credit) {}

FdSendOutcome FdPassing::send(int socket, std::span<const int> fds, bool item) {
  if (maxSend_ == 0) return {FdSend::unwanted};
  if (fds.empty()) return {FdSend::bad};
  if (fds.size() > maxSend_) return {FdSend::tooMany};
  // A number is never used again: after four billion messages it is time for another connection.
  if (lastSent_ == UINT32_MAX) return {FdSend::noRoom};
  const uint32_t most = item ? mostUnderWay_ / 2 : mostUnderWay_;
  if (credit_ && underWay_ + fds.size() > most)
    return {underWay_ > 0 ? FdSend::later : FdSend::noRoom};
  const auto bytes = encode(SocketMessage{SocketMessageType::descriptors,
                                          static_cast<uint16_t>(fds.size()), lastSent_ + 1});
  const auto sent = os::sendMessage(socket, bytes.data(), bytes.size(), fds.data(), fds.size());
  if (sent) {
    if (credit_) underWay_ += static_cast<uint32_t>(fds.size());
    return {FdSend::sent, ++lastSent_};
  }
  const int code = sent.error().code;
  if (os::isPeerGone(code)) return {FdSend::closed};
  switch (code) {
    case EAGAIN:
    case ENOBUFS:
    case ENOMEM:
    case ETOOMANYREFS:
      return {underWay_ > 0 ? FdSend::later : FdSend::noRoom};
    default:
      return {FdSend::bad};
  }
}

const char* FdPassing::receive(const SocketMessage& message, std::vector<os::UniqueFd> fds,
                               bool lost) {
  if (message.id != lastReceived_ + 1 || message.id == 0) return "descriptors out of order";
  if (message.count == 0 || message.count > maxReceive_) {
    return "more descriptors in a message than this side takes, or none";
  }
  if (!lost && message.count != fds.size()) return "message without the descriptors that it counts";
  lastReceived_ = message.id;
  if (credit_) {
    used_ += message.count;
    if (used_ > mostHeld_) return "descriptors beyond the credit for them";
  } else if (lost || heldFds_ + fds.size() > mostHeld_) {
    return nullptr;
  }
  heldFds_ += fds.size();
  held_.emplace(message.id, Held{std::move(fds), message.count});
  return nullptr;
}

FdTakeOutcome FdPassing::take(uint32_t ticket) {
  if (ticket == 0 || ticket > lastReceived_) return {FdTake::neverCame, {}};
  const auto found = held_.find(ticket);
  if (found == held_.end()) return {FdTake::lost, {}};
  Held held = std::move(found->second);
  held_.erase(found);
  if (credit_) owed_ += held.count;
  heldFds_ -= held.fds.size();
  if (held.fds.empty()) return {FdTake::lost, {}};
  return {FdTake::taken, std::move(held.fds)};
}

bool FdPassing::credit(uint32_t fds) {
  if (fds == 0 || fds > underWay_) return false;
  underWay_ -= fds;
  return true;
}

uint32_t FdPassing::takeOwed() {
  used_ -= owed_;
  return std::exchange(owed_, 0);
}

}  // namespace doorcall::channel
