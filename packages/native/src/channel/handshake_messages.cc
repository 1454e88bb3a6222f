#include "channel/handshake_messages.h"

#include <algorithm>
#include <cstring>

namespace doorcall::channel {
namespace {

constexpr uint32_t kHandshakeMagic = 0x31484344;  // "DCH1"

class Writer {
 public:
  explicit Writer(MessageType type) {
    number(kHandshakeMagic);
    number(static_cast<uint16_t>(type));
  }

  template <class T>
  void number(T value) {
    const auto at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    std::memcpy(bytes_.data() + at, &value, sizeof(T));
  }

  void text(const std::string& value, size_t limit) {
    const auto size = std::min(value.size(), limit);
    number(static_cast<uint32_t>(size));
    bytes_.insert(bytes_.end(), value.begin(), value.begin() + static_cast<ptrdiff_t>(size));
  }

  template <size_t Size>
  void array(const std::array<uint8_t, Size>& value) {
    bytes_.insert(bytes_.end(), value.begin(), value.end());
  }

  void introduction(const Introduction& self) {
    text(self.service, kMaxNameBytes);
    array(self.fingerprint);
    array(self.codec);
    text(self.descriptor, kMaxDescriptorBytes);
    number(self.maxMessageBytes);
    number(self.maxInFlight);
    number(self.onewayWindow);
    number(self.streamWindowBytes);
    number(self.streamWindowItems);
    number(self.maxBlobBytes);
    number(self.maxFds);
    number(self.monotonicNs);
  }

  std::vector<uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
};

/** Reads in order; once something is wrong every further read gives zero and `done` says no. */
class Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  template <class T>
  T number() {
    T value{};
    if (!take(sizeof(T))) return value;
    std::memcpy(&value, bytes_.data() + at_ - sizeof(T), sizeof(T));
    return value;
  }

  std::string text(size_t limit) {
    const auto size = number<uint32_t>();
    if (size > limit) good_ = false;
    if (!good_ || !take(size)) return {};
    return {reinterpret_cast<const char*>(bytes_.data()) + at_ - size, size};
  }

  template <size_t Size>
  std::array<uint8_t, Size> array() {
    std::array<uint8_t, Size> value{};
    if (take(Size)) std::memcpy(value.data(), bytes_.data() + at_ - Size, Size);
    return value;
  }

  Introduction introduction() {
    Introduction self;
    self.service = text(kMaxNameBytes);
    self.fingerprint = array<kFingerprintBytes>();
    self.codec = array<kCodecBytes>();
    self.descriptor = text(kMaxDescriptorBytes);
    self.maxMessageBytes = number<uint32_t>();
    self.maxInFlight = number<uint32_t>();
    self.onewayWindow = number<uint32_t>();
    self.streamWindowBytes = number<uint32_t>();
    self.streamWindowItems = number<uint32_t>();
    self.maxBlobBytes = number<uint64_t>();
    self.maxFds = number<uint32_t>();
    self.monotonicNs = number<uint64_t>();
    require(self.maxMessageBytes >= kLeastMaxMessageBytes);
    require(self.maxBlobBytes <= kMostBlobBytes && self.maxFds <= kMostFds);
    return self;
  }

  bool flag(uint8_t flags, uint8_t bit) const { return (flags & bit) != 0; }
  void require(bool condition) { good_ = good_ && condition; }
  bool intact() const { return good_; }
  bool done() const { return good_ && at_ == bytes_.size(); }

  bool begin(MessageType type) {
    require(number<uint32_t>() == kHandshakeMagic);
    require(number<uint16_t>() == static_cast<uint16_t>(type));
    return good_;
  }

 private:
  bool take(size_t count) {
    if (!good_ || bytes_.size() - at_ < count) return good_ = false;
    at_ += count;
    return true;
  }

  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
  bool good_ = true;
};

constexpr uint8_t kHasBell = 1;
constexpr uint8_t kHasPidfd = 2;

uint8_t descriptorFlags(bool bell, bool pidfd) {
  return static_cast<uint8_t>((bell ? kHasBell : 0) | (pidfd ? kHasPidfd : 0));
}

}  // namespace

std::vector<uint8_t> encode(const Hello& hello) {
  Writer writer(MessageType::hello);
  writer.number(hello.minVersion);
  writer.number(hello.maxVersion);
  writer.number(hello.features);
  writer.number(hello.ringBytes);
  writer.introduction(hello.self);
  return writer.take();
}

std::vector<uint8_t> encode(const Welcome& welcome) {
  Writer writer(MessageType::welcome);
  writer.number(welcome.version);
  writer.number(welcome.features);
  writer.number(welcome.clientRingBytes);
  writer.number(welcome.serverRingBytes);
  writer.number(descriptorFlags(welcome.hasBell, welcome.hasPidfd));
  writer.introduction(welcome.self);
  return writer.take();
}

std::vector<uint8_t> encode(const Attach& attach) {
  Writer writer(MessageType::attach);
  writer.number(descriptorFlags(attach.hasBell, attach.hasPidfd));
  writer.number(attach.clockOffsetNs);
  writer.text(attach.descriptor, kMaxDescriptorBytes);
  return writer.take();
}

std::vector<uint8_t> encode(const Refuse& refuse) {
  Writer writer(MessageType::refuse);
  writer.number(refuse.code);
  writer.text(refuse.message, kMaxDescriptorBytes);
  return writer.take();
}

std::vector<uint8_t> encodeBare(MessageType type) { return Writer(type).take(); }

const char* nameOf(MessageType type) {
  switch (type) {
    case MessageType::hello:
      return "HELLO";
    case MessageType::welcome:
      return "WELCOME";
    case MessageType::attach:
      return "ATTACH";
    case MessageType::ready:
      return "READY";
    case MessageType::refuse:
      return "REFUSE";
    case MessageType::takeover:
      return "TAKEOVER";
    case MessageType::taken:
      return "TAKEN";
  }
  return "?";
}

std::optional<MessageType> peekType(std::span<const uint8_t> bytes) {
  Reader reader(bytes);
  const auto magic = reader.number<uint32_t>();
  const auto type = reader.number<uint16_t>();
  if (magic != kHandshakeMagic || type < static_cast<uint16_t>(MessageType::hello) ||
      type > static_cast<uint16_t>(MessageType::taken)) {
    return std::nullopt;
  }
  return static_cast<MessageType>(type);
}

std::optional<Versions> peekVersions(std::span<const uint8_t> bytes) {
  Reader reader(bytes);
  reader.begin(MessageType::hello);
  const auto oldest = reader.number<uint16_t>();
  const auto newest = reader.number<uint16_t>();
  if (!reader.intact() || oldest > newest) return std::nullopt;
  return Versions{oldest, newest};
}

std::optional<Hello> decodeHello(std::span<const uint8_t> bytes) {
  Reader reader(bytes);
  reader.begin(MessageType::hello);
  Hello hello;
  hello.minVersion = reader.number<uint16_t>();
  hello.maxVersion = reader.number<uint16_t>();
  hello.features = reader.number<uint32_t>();
  hello.ringBytes = reader.number<uint32_t>();
  hello.self = reader.introduction();
  reader.require(hello.minVersion <= hello.maxVersion);
  if (!reader.done()) return std::nullopt;
  return hello;
}

std::optional<Welcome> decodeWelcome(std::span<const uint8_t> bytes) {
  Reader reader(bytes);
  reader.begin(MessageType::welcome);
  Welcome welcome;
  welcome.version = reader.number<uint16_t>();
  welcome.features = reader.number<uint32_t>();
  welcome.clientRingBytes = reader.number<uint32_t>();
  welcome.serverRingBytes = reader.number<uint32_t>();
  const auto flags = reader.number<uint8_t>();
  reader.require((flags & ~(kHasBell | kHasPidfd)) == 0);
  welcome.hasBell = reader.flag(flags, kHasBell);
  welcome.hasPidfd = reader.flag(flags, kHasPidfd);
  welcome.self = reader.introduction();
  if (!reader.done()) return std::nullopt;
  return welcome;
}

std::optional<Attach> decodeAttach(std::span<const uint8_t> bytes) {
  Reader reader(bytes);
  reader.begin(MessageType::attach);
  Attach attach;
  const auto flags = reader.number<uint8_t>();
  reader.require((flags & ~(kHasBell | kHasPidfd)) == 0);
  attach.hasBell = reader.flag(flags, kHasBell);
  attach.hasPidfd = reader.flag(flags, kHasPidfd);
  attach.clockOffsetNs = reader.number<int64_t>();
  reader.require(isPossibleClockOffset(attach.clockOffsetNs));
  attach.descriptor = reader.text(kMaxDescriptorBytes);
  if (!reader.done()) return std::nullopt;
  return attach;
}

std::optional<Refuse> decodeRefuse(std::span<const uint8_t> bytes) {
  Reader reader(bytes);
  reader.begin(MessageType::refuse);
  Refuse refuse;
  refuse.code = reader.number<uint16_t>();
  reader.require(refuse.code >= 1 && refuse.code <= 16);
  refuse.message = reader.text(kMaxDescriptorBytes);
  if (!reader.done()) return std::nullopt;
  return refuse;
}

bool isBare(std::span<const uint8_t> bytes, MessageType type) {
  Reader reader(bytes);
  reader.begin(type);
  return reader.done();
}

}  // namespace doorcall::channel
