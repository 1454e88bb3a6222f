/// @file
/// Bytes of a fuzzer as choices.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>

namespace fuzz {

/// Ends the process, so that the fuzzer keeps the bytes.
inline void must(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "fuzz: %s\n", what);
  std::abort();
}

/// Takes choices from the front; zeros when nothing is left.
class Input {
 public:
  Input(const uint8_t* bytes, size_t size) : rest_(bytes, size) {}

  bool empty() const { return rest_.empty(); }

  template <class T>
  T number() {
    T value{};
    const auto taken = bytes(sizeof(T));
    if (!taken.empty()) std::memcpy(&value, taken.data(), taken.size());
    return value;
  }

  uint32_t below(uint32_t bound) { return number<uint8_t>() % bound; }

  std::span<const uint8_t> bytes(size_t count) {
    const auto taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const uint8_t> rest_;
};

}  // namespace fuzz
