#include "channel/fd_passing.h"

#include <algorithm>
#include <cerrno>

#include "os/unix_socket.h"

namespace doorcall::channel {

FdPassing::FdPassing(uint32_t maxSend, uint32_t maxReceive)
    : maxSend_(maxSend),
      maxReceive_(maxReceive),
      mostHeld_(std::min(kHeldMessages * maxReceive, kMostHeldFds)) {}

FdSendOutcome FdPassing::send(int socket, std::span<const int> fds) {
  if (maxSend_ == 0) return {FdSend::unwanted};
  if (fds.empty()) return {FdSend::bad};
  if (fds.size() > maxSend_) return {FdSend::tooMany};
  // A number is never used again: after four billion messages it is time for another connection.
  if (lastSent_ == UINT32_MAX) return {FdSend::noRoom};
  const auto bytes = encode(SocketMessage{SocketMessageType::descriptors,
                                          static_cast<uint16_t>(fds.size()), lastSent_ + 1});
  const auto sent = os::sendMessage(socket, bytes.data(), bytes.size(), fds.data(), fds.size());
  if (sent) return {FdSend::sent, ++lastSent_};
  switch (sent.error().code) {
    case EAGAIN:
    case ENOBUFS:
    case ENOMEM:
    case ETOOMANYREFS:
      return {FdSend::noRoom};
    case EPIPE:
    case ECONNRESET:
    case ENOTCONN:
      return {FdSend::closed};
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
  if (lost || heldFds_ + fds.size() > mostHeld_) return nullptr;
  heldFds_ += fds.size();
  held_.emplace(message.id, std::move(fds));
  return nullptr;
}

FdTakeOutcome FdPassing::take(uint32_t ticket) {
  if (ticket == 0 || ticket > lastReceived_) return {FdTake::neverCame, {}};
  const auto found = held_.find(ticket);
  if (found == held_.end()) return {FdTake::lost, {}};
  FdTakeOutcome outcome{FdTake::taken, std::move(found->second)};
  held_.erase(found);
  heldFds_ -= outcome.fds.size();
  return outcome;
}

}  // namespace doorcall::channel
